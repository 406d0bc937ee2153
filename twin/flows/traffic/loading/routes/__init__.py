"""Routes of trips, from an equilibrium."""

from twin.flows.traffic.loading.routes.build import Detours, Routes, routes_of

__all__ = ["Detours", "Routes", "routes_of"]
