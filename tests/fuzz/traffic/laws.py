"""Gap, balance, costs and objective of an assignment, found anew from its flows."""

import heapq
import math
from itertools import pairwise

SHARE = 1e-9
"""Of the largest number: what round-off may make."""
_POINTS = 200


def faults(case, found):
    """Return (fault, name, amount) of a result."""
    numbers = [*found["time"], *(v for row in found["flow"] for v in row), found["objective"],
               found["total_cost"], found["gap"]]  # fmt: skip
    if any(math.isnan(value) for value in numbers):
        return [("not a number", "", math.nan)]
    city = City(case, found)
    broken = [*city.flow_faults(), *city.time_faults(), *city.balance_faults()]
    if not broken:
        broken += [*city.cost_faults(), *city.sum_faults()]
    return broken


class City:
    """A case and its result, by row of the links given."""

    def __init__(self, case, found):
        self.case, self.found, self.links = case, found, case["links"]
        self.classes = case["classes"] or [
            {"vehicle_class": "car", "pce": 1.0, "toll_factor": 0.0, "distance_factor": 0.0}
        ]
        self.closed = case["closed"] or [False] * len(self.links)
        self.flow = found["flow"]
        self.load = [sum(one["pce"] * row[k] for one, row in zip(self.classes, self.flow,
                                                                 strict=True))
                     for k in range(len(self.links))]  # fmt: skip
        self.penalty = {(row["from_link"], row["to_link"]): row["penalty"]
                        for row in case["turns"]}  # fmt: skip
        names = [one["vehicle_class"] for one in self.classes]
        self.trips = {}
        for row in case["trips"]:
            if row["origin"] != row["dest"] and row["demand"] > 0.0:
                key = names.index(row["vehicle_class"]), row["origin"], row["dest"]
                self.trips[key] = self.trips.get(key, 0.0) + row["demand"]
        demand = sum(self.trips.values())
        self.large = max([1e-9, demand])

    def delay(self, k, load):
        """Return the time of a link at a load."""
        link = self.links[k]
        ratio = load / link["capacity"]
        if link["delay"] == "conical":
            a = link["power"]
            c = (2 * a - 1) / (2 * a - 2)
            bent = 2 + math.sqrt(a**2 * (1 - ratio) ** 2 + c**2) - a * (1 - ratio) - c
            return link["free_flow_time"] * bent
        knee = min(ratio, link["linear_from"])
        bent = 1 + link["b"] * knee ** link["power"]
        if ratio > knee:
            bent += link["b"] * link["power"] * knee ** (link["power"] - 1) * (ratio - knee)
        return link["free_flow_time"] * bent

    def added(self, kind, k):
        """Return what a class adds to the time of a link."""
        one, link = self.classes[kind], self.links[k]
        cost = link["fixed_cost"] + one["toll_factor"] * link["toll"]
        return cost + one["distance_factor"] * link["length"]

    def may_use(self, kind, k):
        name = self.classes[kind]["vehicle_class"]
        return not self.closed[k] and name not in self.links[k]["banned_classes"].split(";")

    def flow_faults(self):
        for kind, row in enumerate(self.flow):
            for k, flow in enumerate(row):
                if flow < 0.0:
                    yield "flow below 0", f"link {k}", -flow
                if flow > 0.0 and not self.may_use(kind, k):
                    yield "flow on a link that is shut", f"link {k}", flow
        for row in self.found["turns"]:
            if row["flow_vehph"] > 0.0 and math.isinf(row["penalty"]):
                yield "flow on a turn that is forbidden", str(row), row["flow_vehph"]

    def time_faults(self):
        for k in range(len(self.links)):
            if not self.closed[k]:
                miss = abs(self.found["time"][k] - self.delay(k, self.load[k]))
                if miss > SHARE * max(1.0, self.delay(k, self.load[k])):
                    yield "time of a link", f"link {k}", miss

    def balance_faults(self):
        """Check that what enters a node leaves it or ends there, class by class."""
        for kind, row in enumerate(self.flow):
            net = {}
            for link, flow in zip(self.links, row, strict=True):
                net[link["init_node"]] = net.get(link["init_node"], 0.0) - flow
                net[link["term_node"]] = net.get(link["term_node"], 0.0) + flow
            for (own, origin, dest), demand in self.trips.items():
                if own == kind and math.isfinite(self.ways(kind, origin).get(dest, math.inf)):
                    net[origin] = net.get(origin, 0.0) + demand
                    net[dest] = net.get(dest, 0.0) - demand
            for node, gap in net.items():
                if abs(gap) > SHARE * self.large:
                    yield "balance", f"node {node}", abs(gap)

    def ways(self, kind, origin):
        """Return {node: least cost} by Dijkstra's algorithm over links, with turns."""
        first = self.case["first_thru_node"]
        cost = [self.delay(k, self.load[k]) + self.added(kind, k) for k in range(len(self.links))]
        usable = [k for k in range(len(self.links)) if self.may_use(kind, k)]
        heap = [(cost[k], k) for k in usable if self.links[k]["init_node"] == origin]
        heapq.heapify(heap)
        done, best = set(), {}
        while heap:
            label, k = heapq.heappop(heap)
            if k in done:
                continue
            done.add(k)
            node = self.links[k]["term_node"]
            best[node] = min(best.get(node, math.inf), label)
            if node < first:
                continue
            for after in usable:
                turn = self.penalty.get((k, after), 0.0)
                leaves = self.links[after]["init_node"] == node
                if leaves and after not in done and math.isfinite(turn):
                    heapq.heappush(heap, (label + turn + cost[after], after))
        return best

    def cost_faults(self):
        """Check costs of trips, trips without a way, and the relative gap."""
        least, unserved = 0.0, 0.0
        rows = list(zip(self.found["trips"], self.found["trip_class"], strict=True))
        wanted = {}
        for (kind, origin, dest), demand in self.trips.items():
            cost = self.ways(kind, origin).get(dest, math.inf)
            wanted.setdefault((kind, origin), []).append(cost)
            if math.isinf(cost):
                unserved += demand
            else:
                least += demand * cost
        if abs(unserved - self.found["unserved"]) > SHARE * self.large:
            yield "unserved", "", abs(unserved - self.found["unserved"])
        for row, kind in rows:
            costs = wanted.get((kind, row["origin"]), [math.inf])
            if min(_apart(row["cost"], cost) for cost in costs) > SHARE:
                yield "cost of a trip", f"{row['origin']}", row["cost"]
        spent = self._spent()
        gap = (spent - least) / spent if spent > 0.0 else 0.0
        if abs(gap - self.found["gap"]) > 1e-11 + 1e-3 * abs(gap):
            yield "relative gap", f"ours {self.found['gap']:.3g}", gap
        if self.found["status"] == "CONVERGED" and gap > self.case["gap"] * 1.001 + 1e-11:
            yield "gap over what is asked", "", gap

    def _turn_cost(self):
        return sum(row["flow_vehph"] * row["penalty"] for row in self.found["turns"]
                   if row["flow_vehph"] > 0.0)  # fmt: skip

    def _spent(self):
        rows = range(len(self.links))
        return self._turn_cost() + sum(
            row[k] * (self.delay(k, self.load[k]) + self.added(kind, k))
            for kind, row in enumerate(self.flow)
            for k in rows
            if row[k] > 0.0
        )

    def sum_faults(self):
        """Check the sums over all links."""
        hours = self._turn_cost() + sum(
            row[k] * self.delay(k, self.load[k]) for row in self.flow for k in range(len(row))
        )
        if _apart(hours, self.found["total_travel_time"]) > SHARE:
            yield "total travel time", "", hours - self.found["total_travel_time"]
        if _apart(self._spent(), self.found["total_cost"]) > SHARE:
            yield "total cost", "", self._spent() - self.found["total_cost"]
        if any(one["pce"] != 1.0 for one in self.classes) and self.found["turns"]:
            return  # turns are given as vehicles of all classes together
        whole = self._turn_cost() + sum(
            one["pce"] * row[k] * self.added(kind, k)
            for kind, (one, row) in enumerate(zip(self.classes, self.flow, strict=True))
            for k in range(len(row))
        )
        whole += sum(self._integral(k) for k in range(len(self.links)))
        if _apart(whole, self.found["objective"]) > 1e-6:
            yield "objective", "", whole - self.found["objective"]

    def _integral(self, k):
        """Return the integral of time over load by Simpson's rule, in pieces where it bends."""
        link, total = self.links[k], 0.0
        bends = (0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 4.0, 16.0) if link["delay"] == "conical" else ()
        at = sorted({0.0, *bends, link["linear_from"]})
        points = [x * link["capacity"] for x in at if x * link["capacity"] < self.load[k]]
        for low, high in pairwise([*points, self.load[k]]):
            times = [self.delay(k, low + (high - low) * i / _POINTS) for i in range(_POINTS + 1)]
            weighed = times[0] + times[-1] + 4.0 * sum(times[1::2]) + 2.0 * sum(times[2:-1:2])
            total += (high - low) / _POINTS * weighed / 3.0
        return total


def _apart(one, other):
    if math.isinf(one) and math.isinf(other):
        return 0.0
    return abs(one - other) / max(1.0, abs(one), abs(other))
