"""How tags mark spans: tag schemes, told by their tags, and the spans that a sequence of tags marks.

A tag is ``O``, outside any span, or a prefix and the type of a span, ``B-PER``. Where spans begin and end is decided as
the CoNLL script conlleval does it, which also reads sequences that a scheme does not allow: a span that begins with
``I-PER``, or changes its type on the way.

References
----------
- E. F. Tjong Kim Sang, S. Buchholz: Introduction to the CoNLL-2000 Shared Task: Chunking. CoNLL 2000; its script
  conlleval, version of 2004-01-26.
- E. F. Tjong Kim Sang, J. Veenstra: Representing Text Chunks. EACL 1999: IOB1, IOB2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

from textrep.errors import TagSchemeError

__all__ = [
    "SCHEMES",
    "Span",
    "check_tags",
    "check_transitions",
    "detect_scheme",
    "may_follow",
    "no_tag_of",
    "parse_tag",
    "scheme_named",
    "spans",
]

# scheme -> its prefixes, each with the one of BIOES that means the same
SCHEMES = {
    "IOB1": {"I": "I", "O": "O", "B": "B"},  # B- begins a span only after another of its type
    "IOB2": {"B": "B", "I": "I", "O": "O"},  # B- begins every span; also called BIO
    "BIOES": {"B": "B", "I": "I", "O": "O", "E": "E", "S": "S"},  # end, single; also called IOBES
    "BILOU": {"B": "B", "I": "I", "L": "E", "O": "O", "U": "S"},  # last, unit
    "BMES": {"B": "B", "M": "I", "E": "E", "S": "S", "O": "O"},  # middle; for words of Chinese often without O
}
_ALIASES = {"BIO": "IOB2", "IOB": "IOB1", "IOBES": "BIOES", "BMEOS": "BMES"}
_SINGLE = {"BIOES": "S", "BILOU": "U", "BMES": "S"}
_KNOWN = "IOB1, IOB2 (BIO), BIOES, BILOU, BMES"
_PLAIN = "for tags that mark no spans, such as parts of speech, scheme=None"


class Span(NamedTuple):
    """Some tokens that belong together: those from `start` up to, but without, `end`."""

    type: str
    start: int
    end: int


def spans(tags: Sequence[str], scheme: str) -> list[Span]:
    """Return the spans that the tags of a sentence mark, as conlleval finds them.

    Parameters
    ----------
    tags : sequence of str
        One for each token.
    scheme : str
        A name out of `SCHEMES`, in any case; ``"BIO"`` and ``"IOBES"`` are known, too.

    Returns
    -------
    list of Span
        In their order.

    Raises
    ------
    TagSchemeError
        If the scheme is unknown, or a tag is none of its own.

    Notes
    -----
    A span begins at a token that is not outside, and ends before the next one that is outside or begins a span. A token
    that is not outside begins one if its prefix is B or S; if the token before is outside, or its prefix is E or S; if
    the type is not that of the token before. For B, I and O these are the rules of conlleval, for E and S the ones with
    which it was extended.

    Examples
    --------
    >>> spans(["B-PER", "I-PER", "O", "I-LOC"], "IOB2")
    [Span(type='PER', start=0, end=2), Span(type='LOC', start=3, end=4)]
    """
    scheme = scheme_named(scheme)
    found = []
    start, prefix_before, type_before = 0, "O", ""
    for i, tag in enumerate([*tags, "O"]):
        parsed = parse_tag(tag, scheme)
        if parsed is None:
            raise TagSchemeError(f"tags[{i}] is {no_tag_of(tag, scheme)}")
        prefix, type_ = parsed
        begins = prefix in "BS" or prefix_before in "OES" or type_ != type_before
        if prefix_before != "O" and (prefix == "O" or begins):
            found.append(Span(type_before, start, i))
        if prefix != "O" and begins:
            start = i
        prefix_before, type_before = prefix, type_
    return found


@lru_cache(maxsize=1 << 12)
def parse_tag(tag: str, scheme: str) -> tuple[str, str] | None:
    """Return prefix, as BIOES has it, and type: ``"L-PER", "BILOU" -> ("E", "PER")``; ``"O" -> ("O", "")``.

    None for what is no tag of the scheme.
    """
    prefix, _, type_ = tag.partition("-")
    meant = SCHEMES[scheme].get(prefix)
    return None if meant is None or (meant == "O" and tag != "O") else (meant, type_)


def check_tags(tag_lists: Iterable[Sequence[str]], scheme: str, place: Callable[[int, int], str] | None = None) -> None:
    """Refuse tags that are none of a scheme.

    Parameters
    ----------
    tag_lists : iterable of sequences of str
        The tags of each sentence.
    scheme : str
        As `spans` takes it.
    place : callable, optional
        From the numbers of a sentence and a token to where it stands, for errors; by default ``"tags[7][0]"``.

    Raises
    ------
    TagSchemeError
        If the scheme is unknown, or a tag is none of its own.
    """
    scheme = scheme_named(scheme)
    for tag, at in _first_places(tag_lists).items():
        if not isinstance(tag, str) or parse_tag(tag, scheme) is None:
            raise TagSchemeError(f"{_said(at, place)}: the tag is {no_tag_of(tag, scheme)}")


def check_transitions(
    tag_lists: Iterable[Sequence[str]], scheme: str, place: Callable[[int, int], str] | None = None
) -> None:
    """Refuse tags that are none of a scheme, and sequences of its tags that it does not allow.

    Scores need no such check: `spans` reads such sequences as conlleval does. A tagger does, for it predicts only what
    the scheme allows, and would never give tags like these.

    Parameters
    ----------
    tag_lists : iterable of sequences of str
        The tags of each sentence.
    scheme : str
        As `spans` takes it.
    place : callable, optional
        From the numbers of a sentence and a token to where it stands, for errors; by default ``"tags[7][0]"``.

    Raises
    ------
    TagSchemeError
        If the scheme is unknown, or does not allow the tags; names the first place, and the scheme that allows them.
    """
    scheme = scheme_named(scheme)
    tag_lists = tag_lists if isinstance(tag_lists, Sequence) else list(tag_lists)
    check_tags(tag_lists, scheme, place)
    broken = _first_break(tag_lists, scheme, place)
    if broken is None:
        return
    distinct = set(chain.from_iterable(tag_lists))
    others = [other for other in SCHEMES if other != scheme and all(parse_tag(tag, other) for tag in distinct)]
    elsewhere = {other: _first_break(tag_lists, other, place) for other in others}
    fitting = [other for other, breaks in elsewhere.items() if breaks is None]
    if fitting:
        raise TagSchemeError(f"{broken}; the tags look like {fitting[0]}. Name that scheme, or correct the tags")
    twin = elsewhere.get({"IOB1": "IOB2", "IOB2": "IOB1"}.get(scheme, ""))  # has the same tags
    nor = f"; {twin}" if twin else ""
    raise TagSchemeError(f"{broken}{nor}. Correct the tags; to learn them as they are, scheme=None")


def may_follow(before: tuple[str, str], after: tuple[str, str], scheme: str) -> bool:
    """Tell whether one tag may follow another, both as `parse_tag` has them; both ends of a sentence count as O."""
    in_span = before[0] in ("B", "I")  # and where ends are marked the span is still open
    same_type = before[1] == after[1]
    if scheme == "IOB1":  # only B- needs something before it: a span of its type
        return after[0] != "B" or (in_span and same_type)
    if after[0] in ("I", "E"):
        return in_span and same_type
    return scheme == "IOB2" or not in_span


def _first_break(
    tag_lists: Sequence[Sequence[str]], scheme: str, place: Callable[[int, int], str] | None
) -> str | None:
    """Say where tags, all of a scheme, are first in an order that it does not allow; None if they nowhere are."""
    distinct = {"O", *chain.from_iterable(tag_lists)}
    parts = {tag: parsed for tag in distinct if (parsed := parse_tag(tag, scheme))}
    refused = {(a, b) for a in distinct for b in distinct if not may_follow(parts[a], parts[b], scheme)}
    for i, tags in enumerate(tag_lists):
        for j, (before, after) in enumerate(pairwise(["O", *tags, "O"])):
            if (before, after) not in refused:
                continue
            if scheme == "IOB1":
                return f"{_said((i, j), place)}: {after} cannot begin a span in IOB1, but right after one of its type"
            if parts[after][0] in ("I", "E"):
                return f"{_said((i, j), place)}: {after} cannot begin a span in {scheme}"
            follows = "the sentence ends" if j == len(tags) else f"{after} follows"
            return f"{_said((i, j - 1), place)}: {before} leaves its span without an end in {scheme}: {follows}"
    return None


def no_tag_of(tag: str, scheme: str) -> str:
    """Say that a tag is none of a scheme's, as the end of a sentence."""
    prefixes = ", ".join(f"{prefix}-" for prefix in SCHEMES[scheme] if prefix != "O")
    return (
        f"{tag!r}, no tag of the scheme {scheme}: these are O and {prefixes} before a type. Known schemes: {_KNOWN}; "
        f"{_PLAIN}"
    )


def scheme_named(name: str) -> str:
    """Return the name that `SCHEMES` has for a scheme: ``"bio" -> "IOB2"``.

    Raises
    ------
    TagSchemeError
        If there is none.
    """
    known = _ALIASES.get(name.upper(), name.upper()) if isinstance(name, str) else ""
    if known not in SCHEMES:
        raise TagSchemeError(f"scheme={name!r} is unknown. Known schemes: {_KNOWN}; {_PLAIN}")
    return known


def detect_scheme(tag_lists: Iterable[Sequence[str]], place: Callable[[int, int], str] | None = None) -> str | None:
    """Tell the scheme by which tags mark spans.

    Parameters
    ----------
    tag_lists : iterable of sequences of str
        The tags of each sentence.
    place : callable, optional
        From the numbers of a sentence and a token to where it stands, for errors; by default ``"tags[7][0]"``.

    Returns
    -------
    str or None
        A name out of `SCHEMES`; None if the tags mark no spans.

    Raises
    ------
    TagSchemeError
        If some tags mark spans, and there is no scheme that has all of them.

    Notes
    -----
    Tags mark spans if any is ``O``, or a letter and a hyphen before a type; without types, if they are letters out of
    one scheme, B among them. Of the two schemes that have the same tags, the sequences tell: IOB2 if ``I-`` never
    begins a span, else IOB1.
    """
    tag_lists = tag_lists if isinstance(tag_lists, Sequence) else list(tag_lists)
    places = _first_places(tag_lists)
    if not _mark_spans(places):
        return None
    candidates = list(SCHEMES)
    for tag in places:
        left = [scheme for scheme in candidates if parse_tag(tag, scheme)]
        if not left:
            raise _no_scheme(tag, places, place)
        candidates = left
    if candidates[0] in _SINGLE:
        return _with_ends(candidates, places, place)
    return "IOB1" if any(_inside_begins(tags) for tags in tag_lists) else "IOB2"


def _first_places(tag_lists: Iterable[Sequence[str]]) -> dict[str, tuple[int, int]]:
    """Return where each tag is seen first."""
    places: dict[str, tuple[int, int]] = {}
    for i, tags in enumerate(tag_lists):
        for tag in set(tags).difference(places):
            places[tag] = (i, list(tags).index(tag))
    return dict(sorted(places.items(), key=lambda item: item[1]))


def _mark_spans(tags: Iterable[str]) -> bool:
    distinct = set(tags)
    if any(map(_marks_span, distinct)):
        return True
    return "B" in distinct and any(distinct <= set(prefixes) for prefixes in SCHEMES.values())


def _marks_span(tag: str) -> bool:
    return tag == "O" or bool(tag[1:2] == "-" and tag[0].isalpha() and tag[2:])


def _said(at: tuple[int, int], place: Callable[[int, int], str] | None) -> str:
    return place(*at) if place else "tags[{}][{}]".format(*at)


def _no_scheme(tag: str, places: dict[str, tuple[int, int]], place: Callable[[int, int], str] | None) -> TagSchemeError:
    """Return the error for the first tag that no scheme has together with those before it."""
    others = list(places)[: list(places).index(tag)]
    if not _marks_span(tag):  # but another one does, or no scheme would have been looked for
        marking = next(other for other in places if _marks_span(other))
        if any(parse_tag(marking, scheme) for scheme in SCHEMES):
            others = others or [marking]
        else:  # P-X among parts of speech
            tag, others = marking, []
    shown = ", ".join(map(repr, others[:6])) + (", ..." if len(others) > 6 else "")
    return TagSchemeError(
        f"{_said(places[tag], place)}: the tag {tag!r} belongs to no known scheme"
        f"{f' together with {shown}' if shown else ''}. Known schemes: {_KNOWN}. Correct the tags; {_PLAIN}"
    )


def _with_ends(
    candidates: list[str], places: dict[str, tuple[int, int]], place: Callable[[int, int], str] | None
) -> str:
    """Return the first of the schemes that mark ends, unless the tags are those of IOE, which has no B-."""
    scheme = candidates[0]
    prefixes = {tag.partition("-")[0] for tag in places}
    if "B" not in prefixes and _SINGLE[scheme] not in prefixes:
        tag, at = next((tag, at) for tag, at in places.items() if tag[0] in "EL")
        raise TagSchemeError(
            f"{_said(at, place)}: {tag!r} ends a span, but no tag begins one: IOE is no known scheme. Known schemes: "
            f"{_KNOWN}. Convert the tags; {_PLAIN}"
        )
    return scheme


def _inside_begins(tags: Sequence[str]) -> bool:
    pairs: Iterator[tuple[str, str]] = zip(["O", *tags], tags, strict=False)
    return any(tag[0] == "I" and before[1:] != tag[1:] for before, tag in pairs)
