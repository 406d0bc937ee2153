"""One file run by us and by EPANET 2.2 (in wntr) and 2.3 (in epyt), as the same kind of run."""

import ctypes
import functools
import importlib.util
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.fuzz.water.draw import FOOT_M, GPM_LPS, HP_KW
from tests.fuzz.water.text import option

LIBRARIES = {
    "2.2": ("wntr", "epanet/libepanet/linux-x64/libepanet22.so"),
    "2.3": ("epyt", "libraries/glnx/libepanet2.so"),
}
RUNGS = ((1e-7, 1e-5), (1e-6, 1e-4), (1e-5, 1e-3))
"""Accuracy and head error in m, tightest first: the first that balances every step is taken."""
_DEMAND, _HEAD, _FLOW, _STATUS = 9, 10, 8, 11
_NODES, _LINKS = 0, 2
_TRIALS, _ACCURACY, _HEAD_ERROR = 0, 1, 5
_UNBALANCED, _MOST_WARNING = 1, 6
_MOST_STEPS = 2000


@dataclass
class Run:
    """Values of a run in SI, one row per time."""

    node: list
    link: list
    time_s: np.ndarray
    head_m: np.ndarray
    outflow_m3s: np.ndarray
    """Of a junction all that leaves it; of a tank or reservoir its net inflow."""
    flow_m3s: np.ndarray
    supplied: np.ndarray
    flagged_s: set = field(default_factory=set)
    """Times from which the run itself reports a fault."""
    swinging_s: set = field(default_factory=set)
    """Times from which it reports tanks that swing: levels answer the least difference then."""
    resting_s: set = field(default_factory=set)
    """Times from which it reports a pump of constant power shut."""
    every_step: bool = True
    """True where no solve stands between two rows."""
    error: int = 0
    open: np.ndarray | None = None
    """Links that are not shut, where the engine reports it."""


def run_ours(path):
    """Return our run, or the faults of a refused file."""
    from twin.core.errors import CityDataError
    from twin.flows import water

    try:
        net = water.read_inp(path)
    except CityDataError as error:
        return [f"{fault.where}: {fault.what}" for fault in error.faults]
    found = water.simulate(net)
    return Run(
        node=list(net.node_id),
        link=list(net.link_id),
        time_s=found.head_m.index.to_numpy(dtype=float),
        head_m=found.head_m.to_numpy(),
        outflow_m3s=found.demand_m3s.to_numpy() + found.leak_m3s.to_numpy(),
        flow_m3s=found.flow_m3s.to_numpy(),
        supplied=found.supplied.to_numpy(),
        flagged_s={float(now) for now in found.unbalanced_steps},
        swinging_s={float(now) for now in found.oscillating_steps},
        resting_s={float(now) for now in found.still_pump_steps},
        every_step=found.solves == len(found.head_m),
    )


def kilowatts_as_23_reads(net):
    """Return a network for EPANET 2.3.5, which takes kilowatts of a pump for horsepower."""
    if option(net, "UNITS") == "GPM":
        return net
    rows = []
    for row in net.get("PUMPS", []):
        at = row.index("POWER") + 1 if "POWER" in row else len(row)
        rows.append([*row[:at], *(f"{float(x) * HP_KW:.9g}" for x in row[at : at + 1]),
                     *row[at + 1 :]])  # fmt: skip
    return net | {"PUMPS": rows}


def run_epanet(path, version, us_units):
    """Return the run on the tightest rung that balances, or None where the file is refused."""
    found = None
    for accuracy, error_m in RUNGS:
        found = _epanet(path, version, (accuracy, error_m), us_units=us_units)
        if found is None or not (found.flagged_s or found.error):
            return found
    return found


@functools.cache
def _library(version):
    package, path = LIBRARIES[version]
    root = Path(importlib.util.find_spec(package).origin).parent
    return ctypes.CDLL(str(root / path))


def _epanet(path, version, rung, *, us_units):
    """Run one rung; every hydraulic step is a row."""
    library, project = _library(version), ctypes.c_void_p()

    def call(name, *given):
        return getattr(library, name)(project, *given)

    with tempfile.TemporaryDirectory() as folder:
        library.EN_createproject(ctypes.byref(project))
        report = os.fsencode(f"{folder}/x.rpt")
        try:
            if call("EN_open", os.fsencode(path), report, b"") > _MOST_WARNING:
                return None
            head_error = rung[1] / (FOOT_M if us_units else 1.0)
            for code, value in ((_TRIALS, 400.0), (_ACCURACY, rung[0]), (_HEAD_ERROR, head_error)):
                call("EN_setoption", code, ctypes.c_double(value))
            return _steps(call, us_units=us_units)
        finally:
            call("EN_close")
            library.EN_deleteproject(project)


def _steps(call, *, us_units):
    count = ctypes.c_int()
    sizes = []
    for what in (_NODES, _LINKS):
        call("EN_getcount", what, ctypes.byref(count))
        sizes.append(count.value)
    now, left = ctypes.c_long(), ctypes.c_long(1)
    times, heads, outflows, flows, opens, flagged, error = [], [], [], [], [], set(), 0
    call("EN_openH")
    call("EN_initH", 0)
    while left.value > 0 and len(times) < _MOST_STEPS:
        code = call("EN_runH", ctypes.byref(now))
        if code > _MOST_WARNING:
            error = code
            break
        if code == _UNBALANCED:
            flagged.add(float(now.value))
        times.append(float(now.value))
        heads.append(_values(call, "EN_getnodevalue", sizes[0], _HEAD))
        outflows.append(_values(call, "EN_getnodevalue", sizes[0], _DEMAND))
        flows.append(_values(call, "EN_getlinkvalue", sizes[1], _FLOW))
        opens.append(_values(call, "EN_getlinkvalue", sizes[1], _STATUS))
        if call("EN_nextH", ctypes.byref(left)) > _MOST_WARNING:
            break
    call("EN_closeH")
    length, flow = (FOOT_M, 1e-3 * GPM_LPS) if us_units else (1.0, 1e-3)
    return Run(
        node=_names(call, "EN_getnodeid", sizes[0]),
        link=_names(call, "EN_getlinkid", sizes[1]),
        time_s=np.array(times),
        head_m=length * np.array(heads).reshape(-1, sizes[0]),
        outflow_m3s=flow * np.array(outflows).reshape(-1, sizes[0]),
        flow_m3s=flow * np.array(flows).reshape(-1, sizes[1]),
        supplied=np.ones((len(times), sizes[0]), dtype=bool),
        flagged_s=flagged,
        error=error,
        open=np.array(opens).reshape(-1, sizes[1]) > 0.0,
    )


def _values(call, name, size, code):
    value, found = ctypes.c_double(), []
    for row in range(1, size + 1):
        call(name, row, code, ctypes.byref(value))
        found.append(value.value)
    return found


def _names(call, name, size):
    text, found = ctypes.create_string_buffer(64), []
    for row in range(1, size + 1):
        call(name, row, text)
        found.append(text.value.decode())
    return found
