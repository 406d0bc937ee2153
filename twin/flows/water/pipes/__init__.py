"""One Newton step of the gradient algorithm for all lanes."""
