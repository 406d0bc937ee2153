"""Philox4x32-10 against its published vectors, and its statistics."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin.kernels.rng import (
    exponential,
    normals_for,
    philox4x32,
    uniform01,
    uniforms4,
    uniforms_for,
)

WORD = st.integers(0, 2**32 - 1)


def _block(counter, key):
    return [int(x) for x in philox4x32(*(np.uint32(v) for v in (*counter, *key)))]


def test_zero_counter_and_key_give_the_published_vector():
    assert _block((0, 0, 0, 0), (0, 0)) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def test_all_ones_give_the_published_vector():
    ones = 0xFFFFFFFF
    expected = [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    assert _block((ones,) * 4, (ones,) * 2) == expected


def test_digits_of_pi_give_the_published_vector():
    counter = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
    expected = [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]
    assert _block(counter, (0xA4093822, 0x299F31D0)) == expected


@given(WORD, WORD, WORD)
def test_uniforms_stay_inside_the_open_interval(entity, step, seed):
    assert all(0.0 < u < 1.0 for u in uniforms4(seed, 7, entity, step, 0))


def test_every_part_of_the_key_changes_the_draw():
    base = uniform01(1, 2, 3, 4, 5)
    others = [
        uniform01(9, 2, 3, 4, 5),
        uniform01(1, 9, 3, 4, 5),
        uniform01(1, 2, 9, 4, 5),
        uniform01(1, 2, 3, 9, 5),
        uniform01(1, 2, 3, 4, 9),
        uniform01(1 + 2**40, 2, 3, 4, 5),
    ]
    assert base not in others
    assert len(set(others)) == len(others)


def test_draws_do_not_depend_on_the_order_of_entities():
    ids = np.arange(1000, dtype=np.int32)
    straight = uniforms_for(3, 1, ids, 0, 0)
    assert np.array_equal(uniforms_for(3, 1, ids[::-1].copy(), 0, 0)[::-1], straight)


def test_uniforms_look_uniform_and_uncorrelated():
    n = 200_000
    ids = np.arange(n, dtype=np.int32)
    u = uniforms_for(1, 100, ids, 0, 0)
    counts = np.bincount((u * 64).astype(int), minlength=64)
    chi2 = ((counts - n / 64) ** 2 / (n / 64)).sum()
    assert 30 < chi2 < 105  # 63 degrees of freedom
    for other in (
        uniforms_for(1, 101, ids, 0, 0),
        uniforms_for(1, 100, ids, 1, 0),
        uniforms_for(2, 100, ids, 0, 0),
        np.roll(u, 1),
    ):
        assert abs(np.corrcoef(u, other)[0, 1]) < 4 / np.sqrt(n)


def test_normals_and_exponentials_have_their_moments():
    ids = np.arange(100_000, dtype=np.int32)
    z = normals_for(1, 5, ids, 0, 0)
    assert abs(z.mean()) < 0.02
    assert abs(z.std() - 1.0) < 0.02
    draws = np.array([exponential(1, 6, i, 0) for i in range(20_000)])
    assert abs(draws.mean() - 1.0) < 0.03
