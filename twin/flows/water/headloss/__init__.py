"""Head loss laws of pipes, pumps and valves."""
