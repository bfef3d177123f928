"""Values as JSON: what comes back is equal and of the same type."""

from __future__ import annotations

import enum
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrep.classifiers.typed_json import from_typed_json, to_typed_json

ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
HASHABLE = st.recursive(ATOMS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=5)
VALUES = st.recursive(
    HASHABLE | st.sets(HASHABLE, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HASHABLE, inner, max_size=3),
    max_leaves=6,
)


def through_a_file(value):
    return from_typed_json(json.loads(json.dumps(to_typed_json(value), allow_nan=False)))


@given(VALUES)
def test_a_value_comes_back_with_its_type(value):
    again = through_a_file(value)
    assert again == value
    assert type(again) is type(value)


def test_values_that_are_equal_but_of_other_types_stay_apart():
    values = [1, 1.0, True, 0, -0.0, False, "1", (1,), (1.0, (True,)), [1]]
    assert list(map(repr, through_a_file(values))) == list(map(repr, values))


@pytest.mark.parametrize(
    ("value", "plain"),
    [(np.int64(3), 3), (np.float32(0.1), float(np.float32(0.1))), (np.str_("a"), "a"), (np.bool_(True), True)],
)
def test_numpy_values_become_equal_plain_ones(value, plain):
    again = through_a_file((value,))[0]
    assert again == value
    assert type(again) is type(plain)


def test_what_is_not_finite():
    assert through_a_file(float("inf")) == float("inf")
    assert np.isnan(through_a_file(float("nan")))


class Colour(enum.IntEnum):
    RED = 1


@pytest.mark.parametrize(
    ("value", "named"),
    [(b"bytes", "b'bytes', a bytes,"), (Colour.RED, "<Colour.RED: 1>, a Colour,"), ((1, [print]), "print>, a builtin")],
)
def test_what_has_no_form(value, named):
    with pytest.raises(ValueError, match=f"{named}.* cannot be kept in a file; a str, int, float, bool or None can"):
        to_typed_json(value)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"tuple": [1], "list": [2]},
        {"bytes": "a"},
        {"tuple": 1},
        {"tuple": "ab"},
        {"float": "x"},
        {"dict": [[1]]},
        {"dict": [[[1], 2]]},
        {"set": [[1]]},
        {"frozenset": [{"dict": []}]},
        {"tuple": [{"bytes": 1}]},
    ],
)
def test_forms_of_no_value(value):
    with pytest.raises(ValueError, match="stands for no value that is known"):
        from_typed_json(value)
