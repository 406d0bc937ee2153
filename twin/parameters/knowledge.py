"""What services know of their mains, and how inspections see them."""

from __future__ import annotations

from typing import final

from twin.core.parameters import Grade, Number, parameter_group

_GUESS, _PUBLISHED = Grade.GUESS, Grade.LITERATURE
_KWB = "KWB Berlin: a poor sewer is graded right in about 80 %, good ones too bad in 15 %"
_FEW_POINTS = "a coupon is exact where it is cut, and a main has few"
_NO_PRICE = "order of magnitude; no price list of Kazakhstan was found"


@final
@parameter_group("knowledge")
class KnowledgeParams:
    """How far the register is from the ground, and how the services estimate failures."""

    wrong_year_share: float = Number(
        0.15, "share", 0, 1, _GUESS, "years copied from the houses along", "of mains, as below"
    )
    wrong_year_spread_years: float = Number(
        8.0, "years", 0, 50, _GUESS, "a building period", "standard deviation of a wrong year"
    )
    missing_year_share: float = Number(
        0.10,
        "share",
        0,
        1,
        _GUESS,
        "old mains whose papers are lost",
        "of mains, no year of laying",
    )
    wrong_material_share: float = Number(
        0.05, "share", 0, 1, _GUESS, "a repair shows another pipe", "of mains"
    )
    missing_material_share: float = Number(
        0.05, "share", 0, 1, _GUESS, "old mains whose papers are lost", "of mains, no material"
    )
    record_years: float = Number(
        5.0, "years", 0, 50, _GUESS, "what is kept", "years of breaks on record before the start"
    )
    network_weight: float = Number(
        2.0,
        "failures",
        0.01,
        1000,
        _GUESS,
        "a city may have a third or three times the failures of the law",
        "expected failures at which a network's own records weigh as much as the law",
    )
    class_weight: float = Number(
        4.0,
        "failures",
        0.01,
        1000,
        _GUESS,
        "materials and vintages differ less than cities",
        "likewise for mains of one material, vintage and width",
    )
    frailty_shape: float = Number(
        1.0,
        "1",
        0.05,
        100,
        _GUESS,
        "a few mains have most breaks",
        "shape of the gamma distribution of differences between like mains, before records",
    )


@final
@parameter_group()
class InspectionMethod:
    """One way to look at a main in the ground."""

    hit_share: float = Number(
        0.8, "share", 0.5, 1, _GUESS, "set by method", "poor mains found poor"
    )
    false_alarm_share: float = Number(
        0.15, "share", 0, 0.5, _GUESS, "set by method", "good mains found poor"
    )
    price_kzt_per_m: float = Number(2_000.0, "KZT/m", 0, 1e6, _GUESS, "set by method", "of main")


def _method(hit: Number, false_alarm: Number, price: Number) -> InspectionMethod:
    """Return a method."""
    return InspectionMethod(hit_share=hit, false_alarm_share=false_alarm, price_kzt_per_m=price)


def _hit(value: float, grade: Grade, source: str) -> Number:
    return Number(value, "share", 0.5, 1, grade, source, "poor mains found poor")


def _false(value: float, grade: Grade, source: str) -> Number:
    return Number(value, "share", 0, 0.5, grade, source, "good mains found poor")


def _price(value: float) -> Number:
    return Number(value, "KZT/m", 0, 1e6, _GUESS, _NO_PRICE, "of main")


@final
@parameter_group("inspection")
class InspectionParams:
    """How inspections see mains, by method."""

    poor_wear: float = Number(
        0.5,
        "share",
        0.01,
        0.99,
        _GUESS,
        "a run of 250 m as likely broken as not",
        "physical wear from which a main is poor",
    )
    cctv: InspectionMethod = _method(
        _hit(0.80, _PUBLISHED, _KWB), _false(0.15, _PUBLISHED, _KWB), _price(2_500.0)
    )
    acoustic: InspectionMethod = _method(
        _hit(0.70, _GUESS, "walls are heard through the pipe, less sure than seen"),
        _false(0.20, _GUESS, "walls are heard through the pipe, less sure than seen"),
        _price(1_000.0),
    )
    coupon: InspectionMethod = _method(
        _hit(0.65, _GUESS, _FEW_POINTS), _false(0.05, _GUESS, _FEW_POINTS), _price(1_500.0)
    )


@final
@parameter_group("works")
class WorkParams:
    """What works cost and bring beside laying new, and what a failure is worth."""

    plan_years: float = Number(
        20.0, "years", 1, 60, _GUESS, "a planning horizon", "years a plan of works looks ahead"
    )
    person_hour_kzt: float = Number(
        300.0,
        "KZT/h",
        0,
        1e5,
        _GUESS,
        "a tenth to a fifth of an hour's wage for each resident without supply",
        "value of an hour without supply, times the network's weight of service",
    )
    lining_price_share: float = Number(
        0.55, "share", 0.01, 1, _GUESS, "no trench, but pits and branches", "of the price of laying"
    )
    lining_failures_share: float = Number(
        0.35,
        "share",
        0,
        1,
        _GUESS,
        "joints and branches stay as they are",
        "failures of a lined main over those before",
    )
    least_lined_m: float = Number(
        0.1, "m", 0, 3, _GUESS, "liners come from DN100", "narrower mains are not lined"
    )
    decommission_price_share: float = Number(
        0.03, "share", 0, 1, _GUESS, "two pits and plugs", "of the price of laying"
    )
