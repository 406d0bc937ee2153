"""Numba kernels that know nothing of a city: arrays in, arrays out."""
