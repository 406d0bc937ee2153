"""Extended period by events: controls, rules, tanks and patterns, step by step as EPANET."""
