"""`Terms` is a mapping like any dict of the same pairs, without being one."""

import pickle
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep import CountVectorizer
from textrep.bags.terms import Terms
from textrep.errors import UnknownWordError
from textrep.keytable import KeyTable

LISTS = st.lists(st.text(st.sampled_from("ab \0é가𐀀"), min_size=1, max_size=6), unique=True, max_size=20)


def terms_of(strings):
    return Terms.from_table(KeyTable.from_strings(strings))


@settings(deadline=None)
@given(LISTS, st.text(max_size=3))
def test_as_a_dict(strings, other):
    terms, wanted = terms_of(strings), {string: i for i, string in enumerate(strings)}
    assert isinstance(terms, Mapping)
    assert terms == wanted
    assert wanted == terms
    assert dict(terms) == wanted
    assert len(terms) == len(wanted)
    assert bool(terms) == bool(wanted)
    assert list(terms) == list(wanted) == terms.to_list()
    assert list(terms.items()) == list(wanted.items())
    assert list(terms.values()) == list(wanted.values())
    assert [terms.term(column) for column in range(len(terms))] == strings
    assert [terms[string] for string in strings] == list(range(len(strings)))
    assert (other in terms) == (other in wanted)
    assert terms.get(other) == wanted.get(other)
    assert terms.get(other, "none") == wanted.get(other, "none")


def test_unequal():
    terms = terms_of(["a", "b"])
    assert terms != {"a": 0}
    assert terms != {"a": 1, "b": 0}
    assert terms != terms_of(["b", "a"])
    assert terms == terms_of(["a", "b"])
    assert terms != ["a", "b"]


@pytest.mark.parametrize("key", [3, None, b"a", ("a",), "\ud800"])
def test_what_cannot_be_a_term(key):
    terms, wanted = terms_of(["a"]), {"a": 0}
    assert (key in terms) == (key in wanted)
    assert terms.get(key) == wanted.get(key)
    assert terms.get(key, -1) == -1
    with pytest.raises(KeyError) as refusal:
        terms[key]
    assert repr(key) in str(refusal.value)


def test_unknown_term_names_close_ones():
    terms = terms_of(["apple", "banana", "cherry", "사과"])
    with pytest.raises(UnknownWordError, match=r"'appel' is not in the vocabulary. Close: apple") as refusal:
        terms["appel"]
    assert refusal.value.word == "appel"
    assert refusal.value.close[0] == "apple"
    with pytest.raises(KeyError, match="Close: cherry"):
        terms["Cherry"]


def test_nothing_can_be_changed():
    terms = terms_of(["a"])
    with pytest.raises(TypeError, match="does not support item assignment"):
        terms["b"] = 1


def test_repr_is_short():
    assert repr(terms_of([str(i) for i in range(5000)])) == "Terms(5000 terms)"


@pytest.mark.parametrize("looked_up", [True, False])
@pytest.mark.parametrize("n", [0, 3, 5000])  # the index of few terms is made in another way
def test_pickle(n, looked_up):
    strings = [f"t{i}가" for i in range(n)]
    terms = terms_of(strings)
    if not looked_up:  # the table is made when it is needed
        terms = Terms(terms.blob, terms.offsets)
    again = pickle.loads(pickle.dumps(terms))
    assert again == terms == dict(zip(strings, range(n), strict=True))
    assert again.get("t2가") == (2 if n else None)


@settings(deadline=None)
@given(LISTS, st.data())
def test_gathered(strings, data):
    terms = terms_of(strings)
    order = data.draw(st.lists(st.integers(0, len(strings) - 1), unique=True)) if strings else []
    sizes = np.diff(terms.offsets)
    gathered = Terms.gathered(terms.blob, terms.offsets[:-1], sizes, np.array(order, np.int64))
    assert gathered.to_list() == [strings[i] for i in order]
    assert gathered == {strings[i]: k for k, i in enumerate(order)}


def test_a_vocabulary_serves_another_vectorizer():
    first = CountVectorizer().fit(["a b c"])
    second = CountVectorizer(vocabulary=first.vocabulary_).fit(["b"])
    assert second.vocabulary_ is first.vocabulary_
    assert second.transform(["c a a"]).toarray().tolist() == [[2, 0, 1]]


def test_items_and_equality_without_a_look_up_for_each():
    terms = Terms.from_table(KeyTable.from_strings(["b", "a", "가"]))
    assert list(terms.items()) == [("b", 0), ("a", 1), ("가", 2)]
    assert terms == {"a": 1, "b": 0, "가": 2}
    assert terms == Terms.from_table(KeyTable.from_strings(["b", "a", "가"]))
    assert terms != Terms.from_table(KeyTable.from_strings(["a", "b", "가"]))
    assert terms != {"a": 1, "b": 0}
    assert terms != ["b", "a", "가"]
