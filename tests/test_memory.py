"""Arrays with memory of their own."""

import os

import numpy as np
import pytest

import textrep.memory
from textrep.memory import own_copy, own_memory


@pytest.mark.parametrize("shape", [(0,), (3,), (40_000,), (20_000, 2), (2, 300_000)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float64])
def test_zeros_that_can_be_written(shape, dtype):
    array = own_memory(shape, dtype)
    assert (array.shape, array.dtype) == (shape, dtype)
    assert not array.any()
    array[...] = 7
    assert (own_copy(array.T) == 7).all()
    assert own_copy(array.T).shape == shape[::-1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_has_its_own():
    array = own_memory((1 << 20,), np.int32)
    child = os.fork()
    if not child:
        array[0] = 99
        os._exit(0)
    os.waitpid(child, 0)
    assert array[0] == 0


def test_no_memory(monkeypatch):
    def none(*_, **__):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(textrep.memory.mmap, "mmap", none)
    with pytest.raises(MemoryError, match=r"8,000,000 bytes for an array of shape \(1000000,\): Cannot allocate"):
        own_memory((1_000_000,), np.float64)
