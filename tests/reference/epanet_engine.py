"""EPANET run on a file: 2.2, the library inside wntr, and 2.3, that inside epyt."""

import contextlib
import ctypes
from pathlib import Path

import numpy as np
import pytest

from twin.flows import water

_FLOW, _DEMAND, _HEAD, _QUALITY = 8, 9, 10, 12
_REPORT_STEP = 5
_WARNINGS = 6
_NODES, _LINKS = 0, 2


def read_case(name, folder):
    """Return a public case as a network, and its reference arrays; skip where it is absent."""
    path = folder / "water" / f"{name}.inp"
    if not path.is_file():
        pytest.skip(f"no {name}.inp in {folder}")
    return water.read_inp(path), np.load(path.with_suffix(".ref.npz"), allow_pickle=True)


def run_hydraulics(path, folder):
    """Return times, heads (time, node) and flows (time, link) of every solve, in file units."""
    from wntr.epanet.toolkit import ENepanet

    engine = ENepanet()
    engine.ENopen(str(path), str(folder / "epanet.rpt"), str(folder / "epanet.bin"))
    nodes = range(1, engine.ENgetcount(_NODES) + 1)
    links = range(1, engine.ENgetcount(_LINKS) + 1)
    engine.ENopenH()
    engine.ENinitH(0)
    times, heads, flows, left = [], [], [], 1
    while left > 0:
        times.append(engine.ENrunH())
        heads.append([engine.ENgetnodevalue(i, _HEAD) for i in nodes])
        flows.append([engine.ENgetlinkvalue(i, _FLOW) for i in links])
        left = engine.ENnextH()
    engine.ENcloseH()
    engine.ENclose()
    return np.array(times), np.array(heads), np.array(flows)


def run_quality(path, folder):
    """Return times of reports, and quality (time, node) in the file's unit at each."""
    from wntr.epanet.toolkit import ENepanet

    engine = ENepanet()
    engine.ENopen(str(path), str(folder / "epanet.rpt"), str(folder / "epanet.bin"))
    nodes = range(1, engine.ENgetcount(_NODES) + 1)
    engine.ENsolveH()
    step_s, now_s = engine.ENgettimeparam(_REPORT_STEP), 0
    engine.ENopenQ()
    engine.ENinitQ(0)
    times, values, left = [], [], 1
    while left > 0:
        now_s = engine.ENrunQ()
        if now_s % step_s == 0:
            times.append(now_s)
            values.append([engine.ENgetnodevalue(i, _QUALITY) for i in nodes])
        left = engine.ENnextQ()
    engine.ENcloseQ()
    engine.ENclose()
    return np.array(times), np.array(values)


@contextlib.contextmanager
def engine_23(path, folder):
    """Open EPANET 2.3 out of epyt on a file; give what calls its functions by name."""
    import epyt

    root = Path(epyt.__file__).parent / "libraries" / "glnx" / "libepanet2.so"
    library, project = ctypes.CDLL(str(root)), ctypes.c_void_p()
    names = [str(path), str(folder / "x.rpt"), str(folder / "x.bin")]

    def call(name, *given):
        code = getattr(library, name)(project, *given)
        assert code <= _WARNINGS, f"{name} gives error {code}"

    library.EN_createproject(ctypes.byref(project))
    call("EN_open", *(name.encode() for name in names))
    yield call
    call("EN_close")
    library.EN_deleteproject(project)


def node_values_23(call, code):
    """Return one value of every node, in the order of the file."""
    number, value = ctypes.c_int(), ctypes.c_double()
    call("EN_getcount", _NODES, ctypes.byref(number))
    found = []
    for node in range(1, number.value + 1):
        call("EN_getnodevalue", node, code, ctypes.byref(value))
        found.append(value.value)
    return found


def run_steady_23(path, folder):
    """Return heads and outflows by node name at the first moment, by EPANET 2.3."""
    now = ctypes.c_long()
    with engine_23(path, folder) as call:
        call("EN_openH")
        call("EN_initH", 0)
        call("EN_runH", ctypes.byref(now))
        pairs = zip(node_values_23(call, _HEAD), node_values_23(call, _DEMAND), strict=True)
        found = {}
        for node, pair in enumerate(pairs, start=1):
            text = ctypes.create_string_buffer(64)
            call("EN_getnodeid", node, text)
            found[text.value.decode()] = pair
        call("EN_closeH")
    return found


def run_quality_23(path, folder, step_s):
    """Return times and quality (time, node) in the file's unit, by EPANET 2.3."""
    now, left = ctypes.c_long(), ctypes.c_long(1)
    times, values = [], []
    with engine_23(path, folder) as call:
        call("EN_solveH")
        call("EN_openQ")
        call("EN_initQ", 0)
        while left.value > 0:
            call("EN_runQ", ctypes.byref(now))
            if now.value % step_s == 0:
                times.append(now.value)
                values.append(node_values_23(call, _QUALITY))
            call("EN_nextQ", ctypes.byref(left))
        call("EN_closeQ")
    return np.array(times), np.array(values)
