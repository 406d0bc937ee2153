"""Compiled loops of traffic: bushes of equilibrium, delays, shortest trees, queues."""
