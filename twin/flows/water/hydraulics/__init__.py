"""From a network to the arrays that the kernels work on, and back."""
