"""Schemes of tags, against a plain reading of whole sequences."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from textrep.classifiers.tags import allowed_transitions, tag_scheme

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


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (BIO, "BIO"),
        (BIOES, "BIOES"),
        (["O", "B-X"], "BIO"),
        (["O", "S-X"], "BIOES"),
        (["NOUN", "VERB"], None),
        (["NOUN", "O", "B-X"], None),
        (["B-", "O"], None),
        (["O"], None),
        ([], None),
    ],
)
def test_the_scheme_of_tags_is_told_by_their_prefixes(tags: list[str], scheme: str | None) -> None:
    assert tag_scheme(tags) == scheme


def test_what_no_scheme_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^scheme must be one of 'BIO', 'BIOES'; got 'IOB1'$"):
        allowed_transitions(BIO, "IOB1")
    with pytest.raises(
        ValueError, match=r"^the tag 'S-LOC' is none of the scheme BIO: expected 'O', or one of B-TYPE, "
    ):
        allowed_transitions(["O", "S-LOC"], "BIO")
    with pytest.raises(ValueError, match=r"^the tag 'NOUN' is none of the scheme BIOES"):
        allowed_transitions(["O", "NOUN"], "BIOES")
