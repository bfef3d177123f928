"""Schemes of tags, against a plain reading of whole sequences."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from textrep.classifiers.tags import allowed_transitions
from textrep.errors import TagSchemeError
from textrep.evaluation import spans

BIO = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
BIOES = [*BIO, "E-LOC", "E-PER", "S-LOC", "S-PER"]


def is_valid(sequence: tuple[str, ...], scheme: str) -> bool:
    """Read a sequence from left to right, knowing which chunk is open."""
    open_kind = None
    for tag in sequence:
        prefix, _, kind = tag.partition("-")
        if prefix in ("I", "E") and kind != open_kind:
            return False
        if scheme == "BIOES" and prefix in ("O", "B", "S") and open_kind is not None:
            return False
        open_kind = kind if prefix in ("B", "I") else None
    return scheme == "BIO" or open_kind is None


@pytest.mark.parametrize(("tags", "scheme"), [(BIO, "BIO"), (BIOES, "BIOES"), (BIO[::-1], "BIO"), (BIO, "BIOES")])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_sequences_are_allowed_as_the_scheme_reads_them(tags: list[str], scheme: str, length: int) -> None:
    allowed = allowed_transitions(tags, scheme)
    assert allowed.start.dtype == allowed.transitions.dtype == allowed.end.dtype == np.bool_
    for path in product(range(len(tags)), repeat=length):
        steps = all(allowed.transitions[i, j] for i, j in pairwise(path))
        valid = is_valid(tuple(tags[i] for i in path), scheme)
        assert (allowed.start[path[0]] and steps and allowed.end[path[-1]]) == valid, path


def test_a_type_may_hold_dashes() -> None:
    allowed = allowed_transitions(["B-creative-work", "I-creative-work", "I-creative"], "BIO")
    assert allowed.transitions[0].tolist() == [True, True, False]


@pytest.mark.parametrize(("scheme", "letters"), [("BILOU", "BILUO"), ("BMES", "BMESO")])
def test_schemes_that_are_bioes_with_other_letters(scheme: str, letters: str) -> None:
    theirs = ["O" if p == "O" else f"{p}-{kind}" for p in letters for kind in (["A"] if p == "O" else ["A", "B"])]
    ours = ["O" if p == "O" else f"{p}-{kind}" for p in "BIESO" for kind in (["A"] if p == "O" else ["A", "B"])]
    one, other = allowed_transitions(theirs, scheme), allowed_transitions(ours, "BIOES")
    for name in ("start", "transitions", "end"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_of_iob1_all_but_a_b_that_continues_nothing_is_allowed() -> None:
    """Exactly the sequences that say in IOB1 what they would not say without their B."""
    tags = ["O", "I-A", "I-B", "B-A", "B-B"]
    allowed = allowed_transitions(tags, "IOB1")
    for path in product(range(5), repeat=3):
        names = [tags[i] for i in path]
        needed = all(
            spans(names, "IOB1") != spans([*names[:i], "I" + names[i][1:], *names[i + 1 :]], "IOB1")
            for i in range(3)
            if names[i][0] == "B"
        )
        steps = all(allowed.transitions[i, j] for i, j in pairwise(path))
        assert (allowed.start[path[0]] and steps and allowed.end[path[-1]]) == needed, names


def test_tags_without_types() -> None:
    allowed = allowed_transitions(["B", "M", "E", "S"], "BMES")
    assert allowed.start.tolist() == [True, False, False, True]
    assert allowed.end.tolist() == [False, False, True, True]


def test_what_no_scheme_has_is_refused() -> None:
    with pytest.raises(TagSchemeError, match=r"^scheme='IOB7' is unknown\. Known schemes: IOB1, IOB2"):
        allowed_transitions(BIO, "IOB7")
    with pytest.raises(
        TagSchemeError, match=r"^tags hold 'S-LOC', no tag of the scheme IOB2: these are O and B-, I- before"
    ):
        allowed_transitions(["O", "S-LOC"], "BIO")
    with pytest.raises(TagSchemeError, match=r"^tags hold 'NOUN', no tag of the scheme BIOES"):
        allowed_transitions(["O", "NOUN"], "BIOES")
