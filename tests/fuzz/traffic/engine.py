"""One drawn case assigned by us, through the public functions alone."""

import numpy as np
import pandas as pd


def _frame(rows, columns):
    return pd.DataFrame(rows) if rows else pd.DataFrame({name: [] for name in columns})


def run_ours(case):
    """Return results as plain values, or the faults of refused tables."""
    from twin.core.errors import CityDataError
    from twin.flows import traffic

    links, trips = pd.DataFrame(case["links"]), pd.DataFrame(case["trips"])
    classes = pd.DataFrame(case["classes"]) if case["classes"] else None
    if classes is None:
        trips = trips.drop(columns="vehicle_class")
    options = {"classes": classes, "first_thru_node": case["first_thru_node"]}
    turned = None
    try:
        if case["turns"]:
            turned = traffic.expand_turns(links, trips, pd.DataFrame(case["turns"]), **options)
            net = turned.net
        else:
            net = traffic.TrafficNetwork.from_frames(links, trips, **options)
    except CityDataError as error:
        return [f"{fault.where}: {fault.what}" for fault in error.faults]
    size = len(case["links"])
    given = np.array(case["closed"] or [False] * size, dtype=bool)
    closed = turned.closed(given) if turned else given
    start = traffic.assign(net, case["gap"]) if case["warm"] else None
    found = traffic.assign(net, case["gap"], closed=closed, start=start)
    turns = turned.turns(found) if turned else None
    return {
        "flow": found.class_flow_vehph[:, :size].tolist(),
        "time": found.time[:size].tolist(),
        "turns": turns.to_dict("records") if turned else [],
        "trips": found.trips.to_dict("records"),
        "trip_class": net.trip_class.tolist(),
        "gap": found.relative_gap,
        "objective": found.objective,
        "total_travel_time": found.total_travel_time,
        "total_cost": found.total_cost,
        "unserved": found.unserved,
        "imbalance": found.imbalance_vehph,
        "status": found.status.name,
    }
