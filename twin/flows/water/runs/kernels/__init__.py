"""Compiled runs over time: tanks, controls and rules, periods and events, many scenarios."""
