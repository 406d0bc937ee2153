"""Drawn networks beside real ones: water beside ky4 and ky10, heat beside Schutterwald.

A town is drawn for about as many pipes as the real network has; what is compared does not depend on
size: distributions by length of pipe, meshedness, leaves, pressures in EPANET.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from wntr.network import WaterNetworkModel

    from gis.likeness import Pipes
    from twin.city.bundle import City

ROOT = Path(__file__).resolve().parents[1]
REAL = ("ky4", "ky10", "Net3", "Net6")
COMPARED = ("ky4", "ky10")
WATER_PEOPLE, HEAT_PEOPLE = 20_000, 7_000
"""Mains of about the length of the two Kentucky systems; Schutterwald has about 7,000 people."""
BANDED = ("diameter_ks", "betweenness_ks", "meshedness_gap")


def run() -> dict[str, Any]:
    """Compare drawn with real networks.

    A drawn network passes where it is no farther from a real one than the real ones are from each
    other; one real heating network gives figures and no band.
    """
    from gis.synthesise import synthesise

    real = {name: _wntr_network(name) for name in REAL}
    pipes = {name: _pipes_of_wntr(net) for name, net in real.items()}
    bands = _bands(pipes)
    town = synthesise(WATER_PEOPLE, 1)
    figures: dict[str, Any] = {"bands": bands}
    for name in COMPARED:
        found = _water(real[name], pipes[name], town)
        outside = [key for key, most in bands.items() if found[key] > most]
        figures[name] = {**found, "outside": ", ".join(outside) or "none"}
    figures["schutterwald"] = _heat(synthesise(HEAT_PEOPLE, 1))
    return figures


def _bands(pipes: dict[str, Pipes]) -> dict[str, float]:
    """Return the largest distance between any two real networks."""
    pairs = [_compared(pipes[a], pipes[b]) for a, b in itertools.combinations(pipes, 2)]
    return {name: max(pair[name] for pair in pairs) for name in BANDED}


def _compared(drawn: Pipes, real: Pipes) -> dict[str, float]:
    """Return all figures of a likeness, and the gap of meshedness."""
    from gis.likeness import likeness

    found = asdict(likeness(drawn, real))
    found["meshedness_gap"] = abs(found["meshedness"] - found["meshedness_real"])
    return found


def _wntr_network(name: str) -> WaterNetworkModel:
    """Return a network of the wntr library."""
    import wntr

    path = Path(wntr.__file__).parent / "library" / "networks" / f"{name}.inp"
    return wntr.network.WaterNetworkModel(str(path))


def _water(real: WaterNetworkModel, pipes: Pipes, town: City) -> dict[str, float]:
    """Compare the water network of a town with a real one, pressures too."""
    import wntr

    from gis.export.epanet import write_inp
    from gis.likeness import ks_distance, pipes_of

    found = _compared(pipes_of(town, "water"), pipes)
    with tempfile.TemporaryDirectory() as folder:
        drawn = wntr.network.WaterNetworkModel(str(write_inp(town, Path(folder) / "drawn.inp")))
        ours, theirs = (
            _pressures(net, f"{folder}/{number}") for number, net in enumerate((drawn, real))
        )
    found["pressure_ks"] = ks_distance(ours, np.ones(ours.size), theirs, np.ones(theirs.size))
    found["pressure_median_m"] = float(np.median(ours))
    found["pressure_median_real_m"] = float(np.median(theirs))
    return found


def _pipes_of_wntr(net: WaterNetworkModel) -> Pipes:
    from gis.likeness import Pipes, largest_part

    place = {name: row for row, name in enumerate(net.node_name_list)}
    pipes = [pipe for _, pipe in net.pipes()]
    return largest_part(
        Pipes(
            np.array([place[pipe.start_node_name] for pipe in pipes]),
            np.array([place[pipe.end_node_name] for pipe in pipes]),
            np.array([pipe.length for pipe in pipes]),
            np.array([pipe.diameter for pipe in pipes]),
        )
    )


def _pressures(net: WaterNetworkModel, prefix: str) -> np.ndarray:
    """Return the mean pressure of each junction over a day."""
    import wntr

    net.options.time.duration = 24 * 3600
    result = wntr.sim.EpanetSimulator(net).run_sim(prefix)
    return result.node["pressure"][net.junction_name_list].mean(axis=0).to_numpy()


def _heat(town: City) -> dict[str, Any]:
    """Compare the trenches of a city's district heating with Schutterwald's supply pipes."""
    from gis.likeness import Pipes, largest_part, pipes_of

    data = Path(os.environ.get("TWIN_TEST_DATA", ROOT.parent / "shared" / "data"))
    path = data / "city" / "schutterwald" / "sw_heat.json"
    if not path.exists():
        return {"missing": f"no network at {path}; set TWIN_TEST_DATA to the data folder"}
    import pandapipes

    net = pandapipes.from_json(str(path))
    pipe = net.pipe
    column = "inner_diameter_mm" if "inner_diameter_mm" in pipe else "diameter_m"
    scale = 1e-3 if column.endswith("_mm") else 1.0
    real = largest_part(
        Pipes(
            pipe["from_junction"].to_numpy(),
            pipe["to_junction"].to_numpy(),
            pipe["length_km"].to_numpy() * 1000.0,
            pipe[column].to_numpy() * scale,
        )
    )
    found = _compared(pipes_of(town, "heat"), real)
    # the file gives every pipe the same 800 mm, so its diameters say nothing
    return {key: value for key, value in found.items() if not key.startswith("diameter")}
