"""UTF-16 to UTF-8, while other threads run Python: which makes UTF-16 of a str fast, but UTF-8 only of ASCII."""

from __future__ import annotations

import numpy as np
from numba import int64, uint64

from textrep.kernels.eights import load_eight, store_four
from textrep.kernels.jit import inlined, kernel

__all__ = ["encode", "utf8_of_texts"]

_NOT_ASCII = 0xFF80FF80FF80FF80  # bits that none of four ASCII characters has


@inlined
def encode(c):  # type: ignore[no-untyped-def]
    """Return the UTF-8 of a code point, its first byte lowest, and its number of bytes."""
    if c < 0x80:
        return c, 1
    last = 0x80 | (c & 0x3F)
    if c < 0x800:
        return (0xC0 | (c >> 6)) | (last << 8), 2
    second_last = 0x80 | ((c >> 6) & 0x3F)
    if c < 0x10000:
        return (0xE0 | (c >> 12)) | (second_last << 8) | (last << 16), 3
    third_last = 0x80 | ((c >> 12) & 0x3F)
    return (0xF0 | (c >> 18)) | (third_last << 8) | (second_last << 16) | (last << 24), 4


@kernel
def utf8_of_texts(
    pairs: np.ndarray,  # uint8: texts end to end as UTF-16, little-endian, and a margin
    n_chars: np.ndarray,  # int64 [n_texts]: the characters of each
    data: np.ndarray,  # uint8 [1.5 times as many, and a margin]: the same texts as UTF-8
    ends: np.ndarray,  # int64 [n_texts]: where each ends there
) -> int:
    """Encode texts; return how many bytes they are."""
    read = 0
    size = 0
    for i in range(n_chars.shape[0]):
        left = n_chars[i]
        while left > 0:
            four = load_eight(pairs, read)
            if left >= 4 and four & uint64(_NOT_ASCII) == uint64(0):
                two = four | (four >> uint64(8))
                store_four(data, size, int64((two & uint64(0xFFFF)) | ((two >> uint64(16)) & uint64(0xFFFF0000))))
                size += 4
                read += 8
                left -= 4
                continue
            c = int64(four & uint64(0xFFFF))
            read += 2
            if c & 0xF800 == 0xD800:  # the first half of a pair
                c = 0x10000 + ((c & 0x3FF) << 10) + (int64(four >> uint64(16)) & 0x3FF)
                read += 2
            encoded, n_bytes = encode(c)
            store_four(data, size, encoded)
            size += n_bytes
            left -= 1
        ends[i] = size
    return size
