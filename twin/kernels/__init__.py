"""Numba kernels without a city: arrays in, arrays out."""
