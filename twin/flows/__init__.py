"""Flow solvers: each folder is a library of its own and a system of the city."""
