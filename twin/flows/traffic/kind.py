"""Streets as a network of the city."""

from twin.city.hazard_laws import Covariates, ExponentialLaw
from twin.city.network_kind import (
    Costs,
    Felt,
    NetworkKind,
    Perception,
    Works,
    cost,
    failure_rate,
    growth,
    hours,
    per_degree,
    share,
    shift,
)
from twin.city.pavement import Pavement
from twin.core.parameters import Grade, Number

_STRENGTH = {"trunk": 4.5, "arterial": 4.0, "collector": 3.0, "local": 2.5, "service": 2.0}

KIND = NetworkKind(
    name="street",
    code=0,
    edges_name="streets",
    system="twin.flows.traffic.system",
    colour="#6c757d",
    invariant="vehicles",
    hazards={
        "asphalt": ExponentialLaw(
            failure_rate(0.05, Grade.GUESS, "defects of a new pavement"),
            growth(0.075, Grade.GUESS, "as steel water mains"),
        ),
    },
    covariates={
        "asphalt": Covariates(
            cold_per_k=per_degree(0.03, Grade.GUESS, "cracks and potholes of frost and thaw")
        )
    },
    default_material="asphalt",
    most_failures_per_km_year=failure_rate(4.0, Grade.GUESS, "above this it would be given up"),
    norm_life_years=Number(
        18.0, "years", 1.0, 200.0, Grade.GUESS, "within the repair cycles of local roads"
    ),
    pavement=Pavement(
        climate_per_year=Number(
            0.05,
            "1/a",
            0.001,
            0.5,
            Grade.LITERATURE,
            "0.04-0.06 for dry climates with long frost (Paterson, 1987)",
        ),
        strength={
            road_class: Number(
                value, "structural number", 0.5, 10.0, Grade.GUESS, "order of usual pavements"
            )
            for road_class, value in _STRENGTH.items()
        },
    ),
    costs=Costs(
        repair_kzt=cost(0.4e6, "KZT", Grade.GUESS, "a patch"),
        repair_kzt_per_m=0.0,
        renewal_kzt_per_m=cost(15_000.0, "KZT/m", Grade.GUESS, "per metre of lane"),
        renewal_kzt_per_m2=0.0,
    ),
    works=Works(
        repair_hours=hours(5.0, 1000.0, Grade.GUESS, "a patch takes half a day"),
        repair_hours_per_m=0.0,
        shift_hours=shift(12.0, "road crews work by day"),
        isolation_hours=0.0,
        leak_share=0.0,
    ),
    felt=Felt(
        service_weight=share(0.3, Grade.GUESS, "service felt lost before a ruined street"),
        seen_severity=share(0.6, Grade.GUESS, "a full defect before one's house"),
    ),
    perceived=Perception.CUT_OFF,
    service_meaning=(
        "Free-flow over actual travel time in the morning peak, mean over residents and days."
    ),
    failures_name="defects",
    failures_meaning="Street defects that arise per kilometre and year.",
)
