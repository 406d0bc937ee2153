"""District heating as a network of the city."""

from math import nan

from twin.city.hazard_laws import Covariates, HeatSchemeLaw
from twin.city.network_kind import (
    Costs,
    Felt,
    NetworkKind,
    Perception,
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
)
from twin.core.columns import Column
from twin.core.parameters import Grade, Number

_CONTRACTS = (
    "415 M KZT/km at DN530 and 590 M at DN820 (contracts of Stepnogorsk, caspian-khabarshys and "
    "informburo.kz)"
)


def _law(base_per_km_year: float, grade: Grade, source: str) -> HeatSchemeLaw:
    """Return the law of one material."""
    return HeatSchemeLaw(
        failure_rate(base_per_km_year, grade, source),
        Number(25.0, "years", 17.0, 60.0, Grade.GUESS, "norm life; later the power runs away"),
        growth(0.10, Grade.LITERATURE, "10-12 % a year in worn fleets (Samruk-Energo 2021)"),
    )


KIND = NetworkKind(
    name="heat",
    code=2,
    edges_name="heat mains",
    system="twin.flows.heat.system",
    colour="#d7301f",
    invariant="heat",
    end_kinds={"source": "#99000d"},
    facilities={"source": "heat_source"},
    building_node="util node that serves it, -1 own stove or boiler",
    node_columns=(
        Column(
            "capacity_w", "float64", "heat source: power", "W", 1, 1e11, nullable=True, absent=nan
        ),
        Column(
            "supply_pressure_pa",
            "float64",
            "heat source: on the supply side",
            "Pa",
            0,
            1e8,
            nullable=True,
            absent=nan,
        ),
        Column(
            "lift_pa",
            "float64",
            "heat source: largest pump lift",
            "Pa",
            0,
            1e8,
            nullable=True,
            absent=nan,
        ),
        Column(
            "design_supply_c",
            "float64",
            "heat source: at design cold",
            "C",
            40,
            180,
            nullable=True,
            absent=nan,
        ),
        Column(
            "design_return_c",
            "float64",
            "heat source: at design cold",
            "C",
            20,
            120,
            nullable=True,
            absent=nan,
        ),
        Column(
            "design_outdoor_c",
            "float64",
            "heat source: design cold",
            "C",
            -60,
            15,
            nullable=True,
            absent=nan,
        ),
    ),
    edge_columns=(
        Column(
            "roughness_m",
            "float64",
            "heat pipe, sand roughness",
            "m",
            0,
            0.05,
            nullable=True,
            absent=nan,
        ),
        Column(
            "loss_w_m2k",
            "float64",
            "heat pipe, when new, on the inner wall",
            "W/(m2 K)",
            0.01,
            100,
            nullable=True,
            absent=nan,
        ),
    ),
    hazards={
        "steel": _law(
            0.013,
            Grade.LITERATURE,
            "normative rate (vunivere.ru); Order 212/2019, second-hand, has 0.05. The default town "
            "then has 20-40 times the official violations (ekaraganda.kz 156038)",
        ),
        "preinsulated": _law(
            0.007, Grade.GUESS, "below steel in channels, as it is monitored and dry"
        ),
    },
    covariates={
        material: Covariates(
            diameter_exponent=exponent(-0.5, Grade.GUESS, "below that of water mains"),
            hidden_variance=variance(1.5, Grade.GUESS, "between cast iron and ductile iron mains"),
            cold_per_k=per_degree(0.02, Grade.GUESS, "hotter water and more pressure in the cold"),
            corrodes=material == "steel",
        )
        for material in ("steel", "preinsulated")
    },
    hidden=hidden_causes(),
    modern_materials={"preinsulated": 3.0},
    default_material="steel",
    most_failures_per_km_year=failure_rate(1.5, Grade.GUESS, "above this it would be given up"),
    norm_life_years=Number(
        25.0, "years", 1.0, 200.0, Grade.GUESS, "within the range of the depreciation norms"
    ),
    costs=Costs(
        repair_kzt=cost(2.0e6, "KZT", Grade.GUESS, "more than a water main: two pipes, insulation"),
        repair_kzt_per_m=cost(8.0e6, "KZT/m", Grade.GUESS, "wider pipes, deeper digs"),
        renewal_kzt_per_m=cost(60_000.0, "KZT/m", Grade.MEASURED, _CONTRACTS),
        renewal_kzt_per_m2=cost(660_000.0, "KZT/m2", Grade.MEASURED, _CONTRACTS),
        capitalised_share=capitalised(),
    ),
    works=Works(
        repair_hours=hours(16.0, 1000.0, Grade.GUESS, "drain, dig, weld, refill"),
        repair_hours_per_m=hours(24.0, 1000.0, Grade.GUESS, "wider pipes take longer"),
        shift_hours=shift(24.0, "emergencies go on round the clock"),
        isolation_hours=hours(0.0, 24.0, Grade.GUESS, "shut at once from the plant"),
        leak_share=share(0.02, Grade.GUESS, "welded steel opens less than a water main"),
    ),
    records=mains_records(),
    felt=Felt(
        service_weight=share(0.8, Grade.GUESS, "service felt lost without heat"),
        seen_severity=share(0.5, Grade.GUESS, "a full break that shows in one's street"),
    ),
    perceived=Perception.COLD_HOME,
    sales=Sales(
        unit="MWh",
        made="supplied_mwh",
        usual_per_person_year=Number(
            6.0,
            "MWh/person/year",
            0.1,
            100.0,
            Grade.GUESS,
            "24 m2 at 250 kWh/m2, of a stock built before 1991",
        ),
        bill_share=share(0.8, Grade.GUESS, "the greater part of a bill"),
        made_kzt=Number(
            2_400.0,
            "KZT/MWh",
            0.0,
            1e6,
            Grade.GUESS,
            "0.25 t of coal of 4,500 kcal/kg at 75 %, 9,600 KZT a tonne delivered",
        ),
        supplier="fuel",
        leaked="leaked_mwh",
        metered_share=share(0.436, Grade.MEASURED, "43.6 % nationally (zakon.kz 2015)"),
        meter_of_building=True,
    ),
    service_meaning=(
        "Heat delivered over heat wanted, mean over residents on district heat and days."
    ),
    outage_meaning=(
        "Days a year with less than half the heat wanted, per resident on district heat."
    ),
    failures_meaning="Failures of heat mains per kilometre and year.",
)
