"""Water supply as a network of the city."""

from math import nan

from twin.city.hazard_laws import Covariates, ExponentialLaw, HazardLaw, NoFailures
from twin.city.network_kind import (
    Costs,
    Felt,
    NetworkKind,
    Sales,
    Works,
    capitalised,
    cost,
    exponent,
    failure_rate,
    growth,
    hidden_causes,
    hours,
    mains_records,
    per_degree,
    share,
    shift,
    variance,
    vintage,
    widest,
)
from twin.core.columns import Column
from twin.core.parameters import Grade, Number

_RECORDS = "main breaks of a cold city, 2005-2016 (docs/wear.md)"
_POOLED = (
    "two parts of the main breaks of a cold city, 2005-2016, and one part of the survey of North "
    "American utilities (Folkman 2018, second-hand), in logarithms (docs/wear.md)"
)
_SURVEY = "at 40 years and DN200 the rate of North American utilities (Folkman 2018, second-hand): "
_GROWTH = "0.05-0.15 a year (Shamir & Howard 1979); 0.10 in statistics of Kazakh utilities"
_LIKE_IRON = "as ductile iron, which corrodes alike"
_PLASTIC = "as PVC, for which there are records"
_NO_LENGTH = "published laws are per km; registers of a town may show another power"
_PROGRAMME = (
    "50 M KZT/km at DN200, the national programme's mean: 12,000 km for 600 bn KZT (inform.kz 2025)"
)
_KNOWN, _GUESS = Grade.LITERATURE, Grade.GUESS

_LAWS: dict[str, HazardLaw] = {
    "steel": ExponentialLaw(
        failure_rate(0.0016, _KNOWN, _SURVEY + "0.047 per km"), growth(0.080, _KNOWN, _GROWTH)
    ),
    "cast_iron": ExponentialLaw(
        failure_rate(0.347, _KNOWN, _POOLED), growth(0.0, _KNOWN, f"vintage decides: {_RECORDS}")
    ),
    "asbestos_cement": ExponentialLaw(
        failure_rate(0.0095, _KNOWN, _SURVEY + "0.065 per km"),
        growth(0.050, _GUESS, "between cast iron and steel"),
    ),
    "ductile_iron": ExponentialLaw(
        failure_rate(0.00526, _KNOWN, _POOLED), growth(0.052, _KNOWN, _RECORDS)
    ),
    "pvc": ExponentialLaw(failure_rate(0.0099, _KNOWN, _POOLED), growth(0.030, _KNOWN, _RECORDS)),
    "pe": ExponentialLaw(failure_rate(0.0099, _GUESS, _PLASTIC), growth(0.030, _GUESS, _PLASTIC)),
    "preinsulated": ExponentialLaw(
        failure_rate(0.0099, _GUESS, _PLASTIC), growth(0.030, _GUESS, _PLASTIC)
    ),
    "pump": NoFailures(),
}
_PLASTIC_COVARIATES = Covariates(
    diameter_exponent=exponent(-0.5, _KNOWN, f"{_RECORDS}, 26 of PVC"),
    length_exponent=exponent(0.0, _GUESS, _NO_LENGTH),
    hidden_variance=variance(2.5, _GUESS, "as ductile iron; 26 breaks of PVC do not show it"),
)
_IRON_COVARIATES = Covariates(
    diameter_exponent=exponent(-0.85, _KNOWN, _RECORDS),
    length_exponent=exponent(0.0, _GUESS, _NO_LENGTH),
    hidden_variance=variance(2.4, _KNOWN, _RECORDS),
    vintages={
        "before_1970": vintage(1970, 3.2, _KNOWN, _RECORDS),
        "before_1980": vintage(1980, 1.8, _KNOWN, _RECORDS),
    },
    cold_per_k=per_degree(0.14, _KNOWN, _RECORDS),
    cooling_per_k=per_degree(0.05, _KNOWN, _RECORDS),
    corrodes=True,
)
_COVARIATES = {
    "steel": Covariates(
        diameter_exponent=exponent(-0.85, _GUESS, _LIKE_IRON),
        length_exponent=exponent(0.0, _GUESS, _NO_LENGTH),
        hidden_variance=variance(2.4, _GUESS, _LIKE_IRON),
        cold_per_k=per_degree(0.14, _GUESS, _LIKE_IRON),
        cooling_per_k=per_degree(0.05, _GUESS, _LIKE_IRON),
        corrodes=True,
    ),
    "cast_iron": Covariates(
        diameter_exponent=exponent(-1.14, _KNOWN, _RECORDS),
        length_exponent=exponent(0.0, _GUESS, _NO_LENGTH),
        hidden_variance=variance(0.83, _KNOWN, _RECORDS),
        vintages={"thick_walls": vintage(1945, 0.53, _KNOWN, _RECORDS)},
        cold_per_k=per_degree(0.82, _KNOWN, _RECORDS),
        cooling_per_k=per_degree(0.40, _KNOWN, _RECORDS),
        corrodes=True,
    ),
    "asbestos_cement": Covariates(
        diameter_exponent=exponent(-0.9, _GUESS, "between cast iron and ductile iron"),
        length_exponent=exponent(0.0, _GUESS, _NO_LENGTH),
        hidden_variance=variance(0.83, _GUESS, "as cast iron, which is brittle too"),
        cold_per_k=per_degree(0.14, _GUESS, "as ductile iron; 6 breaks do not show it"),
        cooling_per_k=per_degree(0.05, _GUESS, "as ductile iron; 6 breaks do not show it"),
    ),
    "ductile_iron": _IRON_COVARIATES,
    "pvc": _PLASTIC_COVARIATES,
    "pe": _PLASTIC_COVARIATES,
    "preinsulated": _PLASTIC_COVARIATES,
}

KIND = NetworkKind(
    name="water",
    code=1,
    edges_name="water mains",
    system="twin.flows.water.city.system",
    colour="#1f78b4",
    invariant="water",
    end_kinds={"reservoir": "#08306b"},
    other_node_kinds={"tank": "#2171b5"},
    facilities={"reservoir": "water_source", "tank": "water_tank"},
    building_node="util node that serves it, -1 none",
    node_columns=(
        Column(
            "head_m",
            "float64",
            "reservoir: water level",
            "m",
            -450,
            6500,
            nullable=True,
            absent=nan,
        ),
        Column("tank_diameter_m", "float64", "tank", "m", 0.1, 200, nullable=True, absent=nan),
        Column(
            "tank_min_m",
            "float64",
            "tank: lowest level over its floor",
            "m",
            0,
            100,
            nullable=True,
            absent=nan,
        ),
        Column(
            "tank_max_m", "float64", "tank: highest level", "m", 0, 100, nullable=True, absent=nan
        ),
        Column(
            "tank_init_m",
            "float64",
            "tank: level at midnight",
            "m",
            0,
            100,
            nullable=True,
            absent=nan,
        ),
    ),
    edge_columns=(
        Column(
            "hazen_williams_c",
            "float64",
            "water pipe, when new",
            "",
            20,
            160,
            nullable=True,
            absent=nan,
        ),
        Column(
            "pump_head_m", "float64", "pump: design head", "m", 0.1, 1000, nullable=True, absent=nan
        ),
        Column(
            "pump_flow_m3s",
            "float64",
            "pump: design flow",
            "m3/s",
            1e-5,
            100,
            nullable=True,
            absent=nan,
        ),
    ),
    hazards=_LAWS,
    covariates=_COVARIATES,
    hidden=hidden_causes(),
    modern_materials={
        "pe": widest(0.63, "usual sizes of polyethylene pressure pipe"),
        "ductile_iron": 3.0,
    },
    default_material="steel",
    most_failures_per_km_year=failure_rate(4.0, Grade.GUESS, "above this it would be given up"),
    norm_life_years=Number(
        25.0,
        "years",
        1.0,
        200.0,
        Grade.MEASURED,
        "the norm by which 64 % of water mains needed an overhaul (kzvkp.kz, 2011)",
    ),
    costs=Costs(
        repair_kzt=cost(
            1.6e6, "KZT", Grade.GUESS, "a break of 10,000 USD (ASCE 2024) would be 5 M KZT"
        ),
        repair_kzt_per_m=cost(6.0e6, "KZT/m", Grade.GUESS, "wider pipes, deeper digs"),
        renewal_kzt_per_m=cost(20_000.0, "KZT/m", Grade.MEASURED, _PROGRAMME),
        renewal_kzt_per_m2=cost(150_000.0, "KZT/m2", Grade.MEASURED, _PROGRAMME),
        capitalised_share=capitalised(),
    ),
    works=Works(
        repair_hours=hours(9.0, 1000.0, Grade.GUESS, "dig, mend, fill in"),
        repair_hours_per_m=hours(12.0, 1000.0, Grade.GUESS, "wider pipes take longer"),
        shift_hours=shift(24.0, "emergencies go on round the clock"),
        isolation_hours=hours(3.0, 24.0, Grade.GUESS, "drive there, find the valves, turn them"),
        leak_share=share(
            0.03,
            Grade.GUESS,
            "a mean break of DN150 at 35 m then loses about 10 m3/h, as reported bursts do "
            "(Lambert's BABE)",
        ),
    ),
    records=mains_records(),
    felt=Felt(
        service_weight=share(0.7, Grade.GUESS, "service felt lost without water"),
        seen_severity=share(0.5, Grade.GUESS, "a full break that shows in one's street"),
    ),
    sales=Sales(
        unit="m3",
        made="produced_m3",
        usual_per_person_year=Number(
            54.75,
            "m3/person/year",
            1.0,
            1000.0,
            Grade.LITERATURE,
            "150 l a day: 125-160 by SNiP 2.04.02-84, table 1",
        ),
        bill_share=share(0.2, Grade.GUESS, "the smaller part of a bill; heat is the greater"),
        made_kzt=Number(25.0, "KZT/m3", 0.0, 1e4, Grade.GUESS, "chemicals, abstraction and lab"),
        supplier="treatment",
        metered_share=share(0.8, Grade.GUESS, "most homes have a water meter"),
        meter_of_building=False,
        leaked="leaked_m3",
        pump_kwh="pump_kwh",
        price_elasticity=Number(
            -0.4,
            "1",
            -2.0,
            0.0,
            Grade.LITERATURE,
            "-0.37 to -0.51 in reviews (Sebri 2014; Espey 1997), second-hand",
        ),
    ),
    default_crews=2,
    service_meaning="Water delivered over water wanted, mean over residents and days.",
    outage_meaning="Days a year with less than half the water wanted, per connected resident.",
    failures_meaning="Failures of water mains per kilometre and year.",
)
