"""Random numbers inside kernels: explicit state, one 64-bit word a stream (xorshift64*, Vigna 2016).

``state = next_state(state)`` steps; ``scramble(state)`` gives 64 bits of which the upper 32 are the better ones.
"""

from __future__ import annotations

from typing import Any

from numba import uint64

from textrep.kernels.jit import inlined

__all__ = ["bits_to_range", "next_state", "scramble"]


@inlined
def next_state(state: Any) -> Any:
    """Return the state that follows; never zero for a state that is not zero."""
    state = uint64(state)  # an int where a caller is interpreted
    state ^= state >> uint64(12)
    state ^= state << uint64(25)
    state ^= state >> uint64(27)
    return state


@inlined
def scramble(state: Any) -> Any:
    """Return the 64 random bits of a state."""
    return uint64(state) * uint64(2685821657736338717)


@inlined
def bits_to_range(bits: Any, n: Any) -> Any:
    """Map the upper 32 of 64 random bits to 0..n-1 without a division (Lemire 2019, without rejection)."""
    return ((uint64(bits) >> uint64(32)) * uint64(n)) >> uint64(32)
