"""Which tag may begin a sequence, follow another, and end it, where tags mark spans by a scheme.

The schemes are those of `textrep.evaluation.schemes`: IOB1, IOB2 (BIO), BIOES, BILOU, BMES.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textrep.errors import TagSchemeError
from textrep.evaluation.schemes import may_follow, no_tag_of, parse_tag, scheme_named

__all__ = ["TagConstraints", "allowed_transitions"]

_OUTSIDE = ("O", "")  # what counts as tag before and after a sentence


@dataclass(frozen=True)
class TagConstraints:
    """Which sequences of tags are allowed.

    Attributes
    ----------
    start : ndarray of bool, shape (n_tags,)
        Whether a sequence may begin with the tag.
    transitions : ndarray of bool, shape (n_tags, n_tags)
        ``transitions[i, j]``: whether tag `j` may follow tag `i`.
    end : ndarray of bool, shape (n_tags,)
        Whether a sequence may end with the tag.
    """

    start: NDArray[np.bool_]
    transitions: NDArray[np.bool_]
    end: NDArray[np.bool_]


def allowed_transitions(tags: Sequence[str], scheme: str) -> TagConstraints:
    """Tell which sequences of tags a scheme allows.

    Parameters
    ----------
    tags : sequence of str
        Distinct tags; their order is that of the result.
    scheme : str
        A name that `textrep.evaluation.spans` takes: ``"BIO"``, ``"BIOES"``, and so on.

    Returns
    -------
    TagConstraints
        What may begin, follow and end.

    Raises
    ------
    TagSchemeError
        If the scheme is unknown, or a tag is none of its tags.
    """
    scheme = scheme_named(scheme)
    parts = []
    for tag in tags:
        part = parse_tag(tag, scheme)
        if part is None:
            raise TagSchemeError(f"tags hold {no_tag_of(tag, scheme)}")
        parts.append(part)
    n = len(parts)
    return TagConstraints(
        start=np.array([may_follow(_OUTSIDE, part, scheme) for part in parts], bool),
        transitions=np.array([[may_follow(a, b, scheme) for b in parts] for a in parts], bool).reshape(n, n),
        end=np.array([may_follow(part, _OUTSIDE, scheme) for part in parts], bool),
    )
