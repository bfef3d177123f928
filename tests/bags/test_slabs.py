"""Arrays that wait in common memory: as they were, apart from each other, aligned, and freed with the last of them."""

import weakref

import numpy as np
import pytest

from textrep.bags import slabs as module
from textrep.bags.slabs import Slabs


def test_arrays_are_as_they_were_and_apart(monkeypatch):
    monkeypatch.setattr(module, "_SIZE", 1 << 17)  # so that some need a slab of their own, and many fill one
    random = np.random.default_rng(0)
    arrays = [
        random.integers(0, 100, random.integers(0, 30_000)).astype(dtype)
        for dtype in (np.uint8, np.int32, np.float64)
        for _ in range(40)
    ]
    slabs = Slabs()
    kept = [slabs.kept(array) for array in arrays]
    for array in arrays:
        array += 1  # what is kept is a copy
    for array, copy in zip(arrays, kept, strict=True):
        assert copy.dtype == array.dtype
        np.testing.assert_array_equal(copy, array - 1)
        assert copy.ctypes.data % 64 == 0 or not copy.size


def test_a_slab_is_freed_with_the_last_array_in_it():
    slabs = Slabs()
    one, two = slabs.kept(np.arange(9)), slabs.kept(np.arange(9))
    assert one.base is two.base
    slab = weakref.ref(one.base)
    slabs.kept(np.zeros(module._SIZE, np.uint8))  # which begins another
    del one
    assert slab() is not None
    del two
    assert slab() is None


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_no_elements(dtype):
    kept = Slabs().kept(np.zeros(0, dtype))
    assert (kept.dtype, kept.size) == (dtype, 0)
