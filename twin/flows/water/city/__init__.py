"""Water supply as a system of the city: norms, wear, leakage, breaks and repairs."""
