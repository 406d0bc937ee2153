"""A water network as tables and arrays: nodes, links, curves, controls, times."""
