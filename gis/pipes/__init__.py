"""Water and heat networks laid along the streets and sized with the real solvers."""
