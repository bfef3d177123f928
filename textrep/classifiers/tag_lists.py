"""What callers give as the tags of sentences: checked, numbered, and scored."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.checks import as_list
from textrep.evaluation import detect_scheme, tagging_scores
from textrep.evaluation.schemes import check_transitions, scheme_named
from textrep.shown import shown

__all__ = ["checked_tags", "numbered_tags", "score_tags", "told_scheme"]


def checked_tags(y: Any, lengths: NDArray[np.int64]) -> list[list[Any]]:
    """Return the tags of each sentence as lists.

    Parameters
    ----------
    y : iterable of lists, tuples or arrays
        The tags.
    lengths : ndarray of int64, shape (n_sentences,)
        How many tokens each sentence has.

    Raises
    ------
    ValueError
        If there are not as many; names the sentence.
    TypeError
        If the tags of a sentence are no list.
    """
    if y is None:
        raise ValueError("y is None; pass the tags of each sentence, a list for each")
    lists = as_list("y", y, "lists of tags, one for each sentence")
    if len(lists) != len(lengths):
        raise ValueError(f"X has {len(lengths)} sentences, but y has {len(lists)}; pass the tags of each")
    checked = []
    for i, (tags, length) in enumerate(zip(lists, lengths.tolist(), strict=True)):
        if not isinstance(tags, list | tuple | np.ndarray):
            raise TypeError(f"y[{i}] is {shown(tags)}, a {type(tags).__name__}; pass a list with a tag for each token")
        if len(tags) != length:
            raise ValueError(f"y[{i}] has {len(tags)} tags, but X[{i}] has {length} tokens; pass one tag a token")
        checked.append(tags.tolist() if isinstance(tags, np.ndarray) else list(tags))
    return checked


def told_scheme(scheme: str | None, tag_lists: Sequence[Sequence[Any]]) -> str | None:
    """Return the scheme by which tags mark spans, None for none; ``"auto"`` tells it by the tags.

    Raises
    ------
    TagSchemeError
        If there is no such scheme, or ``"auto"`` finds tags that mark spans by none that is known; if the scheme does
        not allow the tags in the order in which they are: names the first place.
    """
    if scheme is None:
        return None

    def place(sentence: int, token: int) -> str:
        return f"y[{sentence}][{token}]"

    if scheme != "auto":
        told: str | None = scheme_named(scheme)
    elif all(isinstance(tag, str) for tag in chain.from_iterable(tag_lists)):
        told = detect_scheme(tag_lists, place)
    else:
        told = None
    if told is not None:
        check_transitions(tag_lists, told, place)
    return told


def numbered_tags(tag_lists: Sequence[Sequence[Any]], tags: Sequence[Any]) -> NDArray[np.int64]:
    """Return the tags of all tokens, sentence after sentence, as numbers of `tags` (int64 [n_tokens])."""
    numbers = {tag: i for i, tag in enumerate(tags)}
    return np.array([numbers[tag] for tag in chain.from_iterable(tag_lists)], np.int64)


def score_tags(right: Sequence[Sequence[Any]], predicted: Sequence[Sequence[Any]], scheme: str | None) -> float:
    """Return F1 of spans, as conlleval has it, or without a scheme the share of tokens tagged right."""
    scores = tagging_scores(right, predicted, scheme)
    return scores.accuracy if scores.f1 is None else scores.f1
