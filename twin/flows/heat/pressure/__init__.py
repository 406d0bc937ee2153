"""Pressures and flows of a heat network, and the arrays both kernels share."""
