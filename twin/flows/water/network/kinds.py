"""Kinds of nodes and links, by their row."""

JUNCTION_KIND, RESERVOIR_KIND, TANK_KIND = 0, 1, 2
NODE_KINDS = ("junction", "reservoir", "tank")
LINK_KINDS = ("pipe", "pump", "prv", "psv", "pbv", "fcv", "tcv", "gpv", "pcv")
PIPE_KIND, PUMP_KIND, PRV_KIND, PSV_KIND, PBV_KIND, FCV_KIND, TCV_KIND, GPV_KIND = range(8)
PCV_KIND = 8
VALVE_KINDS = LINK_KINDS[2:]
