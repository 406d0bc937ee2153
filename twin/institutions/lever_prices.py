"""What each field of each lever costs: the parameters that price it, or the reason why it is free.

`docs/levers.md` prints it; a contract test moves every field and looks at the cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.city.networks import NETWORKS

if TYPE_CHECKING:
    from collections.abc import Mapping

_PRICES = "economy.prices"
_BY_RETURN = "The price of capital is its return, which is in the books when it is paid."

PRICED: Mapping[str, tuple[str, ...]] = {
    "closures.busiest": (f"{_PRICES}.closure_kzt_street",),
    "closures.streets": (f"{_PRICES}.closure_kzt_street",),
    "collection.cut_off_months": (f"{_PRICES}.cut_off_kzt",),
    "detection.awareness_days": (f"{_PRICES}.survey_kzt_per_km",),
    "detection.cost_kzt_per_km_year": ("levers.detection.cost_kzt_per_km_year",),
    "detection.sensor_days": (f"{_PRICES}.sensor_reading_kzt_per_km",),
    "detection.sensor_share": (
        f"{_PRICES}.sensor_kzt_per_km",
        f"{_PRICES}.sensor_life_years",
        f"{_PRICES}.sensor_reading_kzt_per_km",
        "levers.detection.cost_kzt_per_km_year",
    ),
    "detection.upkeep_share": ("levers.detection.cost_kzt_per_km_year",),
    **{f"dispatch.{kind.name}_crews": (f"{_PRICES}.crew_kzt_year",) for kind in NETWORKS},
    "emergency.ambulances_per_10000": (f"{_PRICES}.ambulance_kzt_year",),
    "emergency.delay_share": (f"{_PRICES}.signal_priority_kzt_year",),
    "emergency.fire_engines_per_station": (f"{_PRICES}.fire_engine_kzt_year",),
    "heat_loops.count": (
        "networks.heat.costs.renewal_kzt_per_m",
        "networks.heat.costs.renewal_kzt_per_m2",
    ),
    "inspection.method": (
        "inspection.cctv.price_kzt_per_m",
        "inspection.acoustic.price_kzt_per_m",
        "inspection.coupon.price_kzt_per_m",
    ),
    "inspection.most_kzt_per_year": (
        "inspection.cctv.price_kzt_per_m",
        "inspection.acoustic.price_kzt_per_m",
        "inspection.coupon.price_kzt_per_m",
    ),
    "inspection.share_per_year": (
        "inspection.cctv.price_kzt_per_m",
        "inspection.acoustic.price_kzt_per_m",
        "inspection.coupon.price_kzt_per_m",
    ),
    "institutions.competence": (f"{_PRICES}.competence_pay_share",),
    "institutions.coordinated_digs": (f"{_PRICES}.coordination_kzt_year",),
    "institutions.integrity": (f"{_PRICES}.integrity_kzt_person_year",),
    "institutions.transparency": (f"{_PRICES}.transparency_kzt_person_year",),
    "metering.new_share": (
        f"{_PRICES}.meter_kzt_household",
        f"{_PRICES}.heat_meter_kzt_building",
        f"{_PRICES}.meter_life_years",
    ),
    "participation.channels": (
        f"{_PRICES}.phone_kzt_year",
        f"{_PRICES}.app_kzt_year",
        f"{_PRICES}.office_kzt_year",
    ),
    "participation.feedback_rate": (f"{_PRICES}.answer_kzt",),
    "participatory_budget.campaign_kzt_per_person": (
        "levers.participatory_budget.campaign_kzt_per_person",
    ),
    "participation.voice_share": (f"{_PRICES}.campaign_kzt_person_year",),
    "traffic_lights.adaptive_share": ("levers.traffic_lights.cost_kzt_per_junction_year",),
    "traffic_lights.cost_kzt_per_junction_year": (
        "levers.traffic_lights.cost_kzt_per_junction_year",
    ),
}
"""Parameters, and fields of levers that are prices themselves, by field of a lever."""

FREE: Mapping[str, str] = {
    "budget.credit_share": "Decides when repairs are paid, not what they cost.",
    "budget.growth_share_per_year": "Is money itself: who gives it is in the books.",
    "budget.network_kzt_per_person_year": "Is money itself: who gives it is in the books.",
    "budget.rule": "Divides the money that there is.",
    "budget.transfer_share": "Decides who gives the money, the state or taxpayers.",
    "closures.ambulances_pass": "Posts that sink are in the price of a closed street.",
    "detection.life_years_without_upkeep": "A property of sensors, not a choice.",
    "dispatch.order": "The same crews in another order.",
    "departments.approval_days": "Departments have their staff.",
    "departments.plan": "Divides the money that there is.",
    **{f"departments.{kind.name}_weight": "Divides the money that there is." for kind in NETWORKS},
    "emergency.stand_by_at_fire_stations": "Ambulances wait in garages that there are.",
    "heat_loops.grant_share": "Decides who pays for the loops: the city or the state.",
    "heat_loops.pay_years": "Decides when loops are paid, without interest.",
    "heat_loops.candidates": "The same loops in other places.",
    "inspection.choose": "The same inspections of other mains.",
    "investment.capital_kzt_per_person": _BY_RETURN,
    "investment.contract": _BY_RETURN,
    "investment.grant_share": "Decides who pays for the works: the investor or the state.",
    "investment.guarantee_share": "Decides who pays what is missing: the budget or nobody.",
    "investment.network": _BY_RETURN,
    "investment.return_share_per_year": _BY_RETURN,
    "investment.tariff_supplement_share": "Is money itself: residents pay it.",
    "investment.term_years": _BY_RETURN,
    "participatory_budget.ballot_length": "What a ballot looks like.",
    "participatory_budget.completion": "Another count of the same votes.",
    "participatory_budget.diverted_share": "Divides the money that there is.",
    "participatory_budget.least_votes": "Another count of the same votes.",
    "participatory_budget.paper_ballots": "Schools lend boxes and staff.",
    "participatory_budget.project_cap_share": "Divides the money that there is.",
    "participatory_budget.rule": "Another count of the same votes.",
    "participatory_budget.share": "Divides the money that there is.",
    "participatory_budget.source": "Divides the money that there is.",
    "participatory_budget.veto_share": "The council reads proposals as part of its work.",
    "renewal.heat_share": "Divides the money that there is.",
    "renewal.options": "Each option has its own cost: it is paid out of the renewal fund.",
    "renewal.street_share": "Divides the money that there is.",
    "renewal.water_share": "Divides the money that there is.",
    "renewal.least_age_years": "The same money for other assets.",
    "renewal.order": "The same money in another order.",
    "renewal.ring_fence_share": "Divides the money that there is.",
    "tariff.bill_kzt_per_person_month": "Is money itself: who pays it is in the books.",
    "tariff.growth_share_per_year": "Is money itself: who pays it is in the books.",
}
"""Why a field of a lever costs nothing."""
