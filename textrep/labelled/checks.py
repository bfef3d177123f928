"""What a classifier or a tagger cannot be trained on, said before training begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from itertools import chain

from textrep.errors import CorpusError
from textrep.shown import shown
from textrep.warning import warn

__all__ = ["check_classes", "check_no_texts", "check_sequences"]

_MANY = 100  # tokens: among so many, tags come again


def check_classes(
    labels: Sequence[Collection[Hashable]], place: Callable[[int], str] | None = None, *, validated: bool = True
) -> None:
    """Refuse labels that a classifier cannot learn: a class seen once, or no two classes.

    Parameters
    ----------
    labels : sequence of collections
        The labels of each document, as `LabelledDocuments.labels` has them; labels of any hashable type.
    place : callable, optional
        From the number of a document to where it comes from, as `LabelledDocuments.place` says it; by default
        ``"y[7]"``.
    validated : bool
        Whether documents are to be kept to validate on; if none are, a class may have a single document.

    Raises
    ------
    CorpusError
        If a class has a single document, which cannot be both trained and validated on; if there is no label at all,
        or all documents have the same one and no other.
    """
    alone = next((i for i, some in enumerate(labels) if isinstance(some, str)), None)
    if alone is not None:
        raise TypeError(f"labels[{alone}] is {labels[alone]!r}, a str. Pass a tuple of labels: ({labels[alone]!r},)")
    counts = Counter(chain.from_iterable(labels))
    if not counts:
        raise CorpusError(f"no label in {len(labels)} documents. A classifier learns from labelled documents")
    once = [label for label, n in counts.items() if n == 1]
    if once and validated:
        raise _seen_once(once, labels, place)
    if len(counts) == 1 and all(labels):
        (label,) = counts
        raise CorpusError(
            f"all {len(labels)} documents have the label {label!r}. A classifier needs two classes: add documents of "
            "another"
        )


def _seen_once(
    once: list[Hashable], labels: Sequence[Collection[Hashable]], place: Callable[[int], str] | None
) -> CorpusError:
    label = once[0]
    index = next(i for i, some in enumerate(labels) if label in some)
    others = ", ".join(map(repr, once[1:6])) + (f" and {len(once) - 6} more" if len(once) > 6 else "")
    more = f" So {'is' if len(once) == 2 else 'are'} {others}." if others else ""
    if place and index == 0:
        more += " If the first line names columns, say which hold what: text_field=NAME, label_field=NAME."
    return CorpusError(
        f"{place(index) if place else f'y[{index}]'}: the class {label!r} is seen once, and needs two documents at "
        f"least: one to train on, one to validate on. Add documents, pass validation_fraction=0 to validate on "
        f"none, or leave the class out.{more}"
    )


def check_sequences(
    tokens: Sequence[Sequence[str]], tags: Sequence[Sequence[str]], place: Callable[[int, int], str] | None = None
) -> None:
    """Refuse sentences that a tagger cannot learn from: none at all, without tokens, or not with one tag a token.

    Refuses also what has one tag and no other, and texts in the place of tags. Warns if there are more different tags
    than half as many as tokens, of which there are a hundred or more: texts are so many, but lemmas may be, too.

    Parameters
    ----------
    tokens, tags : sequence of sequences of str
        Of each sentence.
    place : callable, optional
        From the numbers of a sentence and of a token in it to where that comes from, as `TaggedSentences.place` says
        it; by default ``"X[7]"``, the sentence.

    Raises
    ------
    CorpusError
        If the two do not fit together, or a sentence has no token; if all tags are the same, or most hold white space.
    """
    if not len(tokens) == len(tags) > 0:
        raise CorpusError(f"token lists: {len(tokens)}, tag lists: {len(tags)}. Pass a tag list for each token list")
    for i, (words, its_tags) in enumerate(zip(tokens, tags, strict=True)):
        where = place(i, 0) if place else f"X[{i}]"
        if not len(words):
            raise CorpusError(f"{where}: a sentence without tokens. Leave it out")
        if len(words) != len(its_tags):
            raise CorpusError(f"{where}: tokens: {len(words)}, but tags: {len(its_tags)}. Pass one tag for each token")
    check_no_texts(tags, place)
    _check_different(tags, place)


def check_no_texts(tags: Sequence[Sequence[str]], place: Callable[[int, int], str] | None = None) -> None:
    """Refuse texts in the place of tags: of documents with their classes. The parameters are `check_sequences`'.

    Raises
    ------
    CorpusError
        If most tags hold white space.
    """
    counts = Counter(chain.from_iterable(tags))
    texts = {tag for tag in counts if len(tag.split()) > 1}  # a tag may well hold a space ("B-Work of Art"), not most
    if 2 * sum(counts[tag] for tag in texts) > counts.total():
        i, j = next((i, j) for i, its_tags in enumerate(tags) for j, tag in enumerate(its_tags) if tag in texts)
        where = place(i, j) if place else f"X[{i}]"
        raise CorpusError(
            f"{where}: {shown(tags[i][j])} is a text rather than a tag, and so are most. Documents "
            "with their classes are for a classifier, textrep classify; a tagger takes a token and its tag a line"
        )


def _check_different(tags: Sequence[Sequence[str]], place: Callable[[int, int], str] | None) -> None:
    """Refuse one tag and no other; warn of tags that are nearly all different."""
    counts = Counter(chain.from_iterable(tags))
    if len(counts) == 1:
        (tag,) = counts
        raise CorpusError(
            f"all {counts.total()} tokens have the tag {tag!r}. A tagger needs two tags: add sentences with another"
        )
    if counts.total() >= _MANY and 2 * len(counts) > counts.total():
        where = place(0, 0) if place else "X[0]"
        warn(
            f"{where}: {counts.total():,} tokens have {len(counts):,} different tags, {shown(tags[0][0])} and others, "
            "and of many there is one example only. Are these texts? A tagger takes a token and its tag a line"
        )
