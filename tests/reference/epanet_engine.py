"""EPANET 2.2, the library inside wntr, run on a file."""

import numpy as np
import pytest

from twin.flows import water

_FLOW, _DEMAND, _HEAD = 8, 9, 10
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


def run_steady_23(path, folder):
    """Return heads and outflows by node name at the first moment, by EPANET 2.3 out of epyt."""
    import ctypes
    from pathlib import Path

    import epyt

    root = Path(epyt.__file__).parent / "libraries" / "glnx" / "libepanet2.so"
    library, project = ctypes.CDLL(str(root)), ctypes.c_void_p()
    value, number, now = ctypes.c_double(), ctypes.c_int(), ctypes.c_long()
    names = [str(path), str(folder / "x.rpt"), str(folder / "x.bin")]

    def call(name, *given):
        code = getattr(library, name)(project, *given)
        assert code <= 6, f"{name} gives error {code}"

    library.EN_createproject(ctypes.byref(project))
    call("EN_open", *(name.encode() for name in names))
    call("EN_openH")
    call("EN_initH", 0)
    call("EN_runH", ctypes.byref(now))
    call("EN_getcount", _NODES, ctypes.byref(number))
    found = {}
    for node in range(1, number.value + 1):
        text = ctypes.create_string_buffer(64)
        call("EN_getnodeid", node, text)
        pair = []
        for code in (_HEAD, _DEMAND):
            call("EN_getnodevalue", node, code, ctypes.byref(value))
            pair.append(value.value)
        found[text.value.decode()] = tuple(pair)
    call("EN_closeH")
    call("EN_close")
    library.EN_deleteproject(project)
    return found
