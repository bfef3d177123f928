"""Schemes of chunk tags, BIO and BIOES: which tag may begin, follow another, and end a sequence.

A chunk tag is a prefix, a dash and the chunk's type: ``B-LOC``. ``O`` is outside of chunks.

- BIO (IOB2): ``B`` begins a chunk, ``I`` continues one of the same type.
- BIOES (IOBES): also ``E`` ends a chunk of two tokens or more, and ``S`` is a chunk of one token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SCHEMES", "TagConstraints", "allowed_transitions", "tag_scheme"]

SCHEMES = {"BIO": "BIO", "BIOES": "BIOES"}  # name -> the prefixes it knows


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


def tag_scheme(tags: Sequence[str]) -> str | None:
    """Tell the scheme of some tags by their prefixes.

    Tags of the older IOB1 have the prefixes of BIO and cannot be told from it here.

    Parameters
    ----------
    tags : sequence of str
        All tags of a data set.

    Returns
    -------
    str or None
        ``"BIO"``; ``"BIOES"`` if a tag needs it; None if the tags are no chunk tags, as parts of speech are not.
    """
    parts = [_parts(tag) for tag in tags]
    if all(part is None or part[0] == "O" for part in parts) or None in parts:
        return None
    prefixes = {part[0] for part in parts if part is not None}
    return "BIO" if prefixes <= set(SCHEMES["BIO"]) else "BIOES"


def allowed_transitions(tags: Sequence[str], scheme: str) -> TagConstraints:
    """Tell which sequences of tags a scheme allows.

    Parameters
    ----------
    tags : sequence of str
        Distinct tags; their order is that of the result.
    scheme : {"BIO", "BIOES"}
        The scheme.

    Returns
    -------
    TagConstraints
        What may begin, follow and end.

    Raises
    ------
    ValueError
        If the scheme is unknown, or a tag is none of its tags.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(map(repr, SCHEMES))}; got {scheme!r}")
    parts = []
    for tag in tags:
        part = _parts(tag)
        if part is None or part[0] not in SCHEMES[scheme]:
            raise ValueError(
                f"the tag {tag!r} is none of the scheme {scheme}: expected 'O', or one of "
                f"{', '.join(prefix + '-TYPE' for prefix in SCHEMES[scheme] if prefix != 'O')}"
            )
        parts.append(part)
    outside = ("O", "")
    return TagConstraints(
        start=np.array([_may_follow(outside, part, scheme) for part in parts], bool),
        transitions=np.array([[_may_follow(a, b, scheme) for b in parts] for a in parts], bool).reshape(
            len(parts), len(parts)
        ),
        end=np.array([_may_follow(part, outside, scheme) for part in parts], bool),
    )


def _parts(tag: str) -> tuple[str, str] | None:
    """Split ``"B-LOC"`` into ``("B", "LOC")``; ``"O"`` into ``("O", "")``; return None for what is no chunk tag."""
    if tag == "O":
        return "O", ""
    prefix, dash, kind = tag.partition("-")
    return (prefix, kind) if dash and kind and prefix in ("B", "I", "E", "S") else None


def _may_follow(before: tuple[str, str], after: tuple[str, str], scheme: str) -> bool:
    """Tell whether one tag may follow another; both ends of a sequence count as outside."""
    in_chunk = before[0] in ("B", "I")  # and under BIOES the chunk is still open
    continues = after[0] in ("I", "E")
    if continues:
        return in_chunk and before[1] == after[1]
    return scheme == "BIO" or not in_chunk
