"""Powers as vector code beside those of the mathematical library."""

import math

from hypothesis import given
from hypothesis import strategies as st

from twin.kernels.powers import power_of


@given(st.floats(1e-30, 1e30), st.floats(-2.0, 2.0))
def test_a_power_is_that_of_the_library_to_the_last_digits(size, exponent):
    assert math.isclose(power_of(size, exponent), size**exponent, rel_tol=1e-13)


def test_powers_of_one_and_two_are_exact_or_next_to_it():
    assert power_of(1.0, 0.852) == 1.0
    assert math.isclose(power_of(2.0, 1.0), 2.0, rel_tol=1e-15)
