"""The generator is xorshift64*; the oracle is the published recurrence in Python integers."""

from __future__ import annotations

import numba
import numpy as np

from textrep.kernels.random import bits_to_range, next_state, scramble

_MASK = 2**64 - 1


@numba.njit
def draw(seed, n, out):
    state = np.uint64(seed)
    for i in range(out.shape[0]):
        state = next_state(state)
        out[i] = scramble(state)
    return bits_to_range(scramble(state), n)


def oracle(state: int) -> tuple[int, int]:
    state ^= state >> 12
    state = (state ^ (state << 25)) & _MASK
    state ^= state >> 27
    return state, state * 2685821657736338717 & _MASK


def test_xorshift64_star():
    out = np.zeros(1000, np.uint64)
    place = draw(np.uint64(12345), 37, out)
    state, expected = 12345, []
    for _ in range(1000):
        state, bits = oracle(state)
        expected.append(bits)
    assert out.tolist() == expected
    assert place == (expected[-1] >> 32) * 37 >> 32


def test_ranges_are_even():
    out = np.zeros(100_000, np.uint64)
    draw(np.uint64(99), 5, out)
    counts = np.bincount(((out >> np.uint64(32)) * np.uint64(5) >> np.uint64(32)).astype(int), minlength=5)
    assert abs(counts - 20_000).max() < 5 * np.sqrt(16_000)
