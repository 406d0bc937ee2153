"""EPANET 2.2, the library inside wntr, run on a file."""

import numpy as np

_FLOW, _HEAD = 8, 10
_NODES, _LINKS = 0, 2


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
