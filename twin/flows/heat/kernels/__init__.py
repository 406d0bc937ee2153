"""Compiled loops of heat networks: friction, pressures, temperatures, transport over hours."""
