"""Reading networks and trips from GMNS tables."""

from twin.flows.traffic.files.gmns.read import GmnsTables, read_gmns, read_gmns_tables

__all__ = ["GmnsTables", "read_gmns", "read_gmns_tables"]
