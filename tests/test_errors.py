"""Errors: two parents each, pickled and back, close words looked for late."""

from __future__ import annotations

import contextlib
import pickle

import pytest

from textrep import errors
from textrep.errors import MissingExtraError, TextrepError, UnknownWordError

ARGUMENTS = {
    "MissingExtraError": ("Reading .parquet", "pyarrow", "parquet"),
    "UnknownWordError": ("kingg", lambda: ["king", "kings"]),
}
each_class = pytest.mark.parametrize("name", errors.__all__)


@each_class
def test_every_error_survives_pickling(name):
    kind = getattr(errors, name)
    error = kind(*ARGUMENTS.get(name, ("corpus.txt: line 3 is wrong",)))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) != ""
    assert {key: value for key, value in vars(again).items() if key[0] != "_"} == {
        key: value for key, value in vars(error).items() if key[0] != "_"
    }


@each_class
def test_every_error_has_two_parents(name):
    kind = getattr(errors, name)
    assert issubclass(kind, TextrepError)
    builtin = [base for base in kind.__mro__ if base.__module__ == "builtins"]
    assert builtin[0] is Exception if kind is TextrepError else set(builtin) > {Exception, BaseException, object}


def test_a_missing_extra_says_what_to_install():
    error = MissingExtraError("Reading .parquet", "pyarrow", "parquet")
    assert (error.feature, error.package, error.extra) == ("Reading .parquet", "pyarrow", "parquet")
    assert (
        str(error) == "Reading .parquet needs pyarrow. Install it with: pip install pyarrow (textrep's extra 'parquet')"
    )


@pytest.mark.parametrize(
    ("close", "hint"),
    [
        (["king", "kings"], ". Close: king, kings."),
        ([], "."),
    ],
)
def test_close_words_are_looked_for_once_and_only_when_asked_for(close, hint):
    calls = []

    def look():
        calls.append("called")
        return close

    error = UnknownWordError("kingg", look)
    with contextlib.suppress(KeyError):
        raise error
    assert error.word == "kingg"
    assert calls == []
    assert str(error) == f"'kingg' is not in the vocabulary{hint}"
    assert error.close == pickle.loads(pickle.dumps(error)).close == close
    assert calls == ["called"]
