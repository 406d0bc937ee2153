"""Which pumps of constant power must stand still, by trying every way out one step at a time."""


def resting_pumps(nodes, links):
    """Return names of pumps beyond which nothing takes water.

    `nodes` maps a name to whether water may leave the network there; `links` are (name, tail,
    head, is_pump, both_ways) of what is open.
    """
    rest = set()
    while True:
        ways = {}
        for name, tail, head, _, both_ways in links:
            if name not in rest:
                ways.setdefault(tail, []).append((name, head))
                if both_ways:
                    ways.setdefault(head, []).append((name, tail))
        found = {
            name
            for name, tail, head, is_pump, _ in links
            if is_pump and name not in rest and not _gets_out(nodes, ways, name, tail, head)
        }
        if not found:
            return rest
        rest |= found


def _gets_out(nodes, ways, pump, tail, head):
    """Return whether water from a pump comes to a taker, or to its own inlet."""
    reached, more = set(), {head}
    while more:
        reached |= more
        more = {end for node in more for name, end in ways.get(node, []) if name != pump} - reached
    return tail in reached or any(nodes[node] for node in reached)
