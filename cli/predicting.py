"""``textrep classify predict``: what comes out for each text, as lines for people and pipes, and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import click

from .console import JsonList, flush, is_terminal, printable, put
from .incoming import anything, check_open
from .mistaken import check_no_text
from .models import final

__all__ = [
    "Answer",
    "answer_texts",
    "ask_texts",
    "check_texts",
    "from_input",
    "is_multilabel",
    "json_value",
    "predicted_labels",
    "wants_prompt",
]

_Batch = TypeVar("_Batch")
_REMEDY = "name files, give one with --text, or send lines to standard input"
_HALF = 0.5  # what is likelier than this is given, where any number of labels can be


class Answer(NamedTuple):
    """What a classifier says of a text.

    Attributes
    ----------
    text : str
        The text.
    labels : tuple or None
        Its class; or its classes, if the classifier gives any number; None for a blank line.
    probabilities : list of (label, float) or None
        Of all classes, the likeliest first, if these are wanted.
    """

    text: str
    labels: tuple[Any, ...] | None
    probabilities: list[tuple[Any, float]] | None


def _answers(classifier: Any, texts: Sequence[str], *, probabilities: bool) -> Iterator[Answer]:
    """Yield an answer for each text, in order."""
    from textrep.corpus import is_blank

    asked = [text for text in texts if not is_blank(text)]
    found = _found(classifier, asked, probabilities=probabilities) if asked else iter(())
    for text in texts:
        yield Answer(text, None, None) if is_blank(text) else Answer(text, *next(found))


def _found(
    classifier: Any, texts: list[str], *, probabilities: bool
) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, float]] | None]]:
    if not probabilities:
        return ((labels, None) for labels in predicted_labels(classifier, texts))
    classes = _listed(classifier.classes_)
    table = classifier.predict_proba(texts)  # [n_texts, n_classes]
    several = is_multilabel(classifier)
    order = (-table).argsort(axis=1, kind="stable")  # of equal ones the first, as predict has it
    return (_ranked(row, best, classes, several=several) for row, best in zip(table, order.tolist(), strict=True))


def _ranked(
    row: Any, best: list[int], classes: list[Any], *, several: bool
) -> tuple[tuple[Any, ...], list[tuple[Any, float]]]:
    """Return the labels of a text by the probabilities of the classes, and these, the likeliest first."""
    given = [i for i, share in enumerate(row) if share > _HALF] if several else best[:1]
    return tuple(classes[i] for i in given), [(classes[i], float(row[i])) for i in best]


def predicted_labels(classifier: Any, texts: list[str]) -> list[tuple[Any, ...]]:
    """Return the labels of each text; one, if the classifier gives one."""
    predicted = classifier.predict(texts)
    if not is_multilabel(classifier):
        return [(label,) for label in _listed(predicted)]
    if isinstance(predicted, list):
        return predicted
    classes = _listed(classifier.classes_)  # trained on a matrix of 0 and 1
    return [tuple(classes[i] for i in row.nonzero()[0]) for row in predicted]


def is_multilabel(classifier: Any) -> bool:
    """Whether a classifier gives a text any number of labels."""
    return bool(final(classifier).multilabel_)


def _listed(values: Any) -> list[Any]:
    return values.tolist() if hasattr(values, "tolist") else list(values)


def answer_texts(classifier: Any, batches: Iterable[Sequence[str]], *, probabilities: bool, as_json: bool) -> None:
    """Write an answer for each text to stdout: a line each, or an item of a JSON list."""
    if not as_json:
        for batch in batches:
            put("\n".join(map(_line, _answers(classifier, batch, probabilities=probabilities))))
            flush()
        return
    with JsonList() as results:
        for batch in batches:
            for answer in _answers(classifier, batch, probabilities=probabilities):
                results.add(_item(answer, several=is_multilabel(classifier), probabilities=probabilities))
            flush()


def _line(answer: Answer) -> str:
    """Return the labels, and behind each its probability if wanted, with TABs between; nothing for a blank line."""
    if answer.probabilities is None:
        return "\t".join(printable(str(label)) for label in answer.labels or ())
    return "\t".join(f"{printable(str(label))}\t{share:.4f}" for label, share in answer.probabilities)


def _item(answer: Answer, *, several: bool, probabilities: bool) -> dict[str, Any]:
    item: dict[str, Any] = {"text": answer.text}
    if several:
        item["labels"] = None if answer.labels is None else [json_value(label) for label in answer.labels]
    else:
        item["label"] = None if answer.labels is None else json_value(answer.labels[0])
    if probabilities:
        shares = answer.probabilities
        item["probabilities"] = (
            None if shares is None else [{"label": json_value(label), "probability": share} for label, share in shares]
        )
    return item


def json_value(label: Any) -> Any:
    """Return a label as JSON has it; one of another type than JSON's by how Python writes it."""
    return label if isinstance(label, str | int | float | None) else str(label)


def ask_texts(classifier: Any, about: str, *, probabilities: bool) -> None:
    """Answer what is typed at a prompt."""
    from .prompt import ask

    def answer(text: str) -> None:
        answer_texts(classifier, [[text]], probabilities=probabilities, as_json=False)

    ask(about, answer, what="text")


def wants_prompt(files: Sequence[str], texts: Sequence[str], *, as_json: bool, what: str = "text") -> bool:
    """Whether there is nobody but a person at a terminal to get texts from; refuse it if there is nobody at all."""
    if not texts and (not files or "-" in files):
        check_open(what, _REMEDY)
    if files or texts or not is_terminal(sys.stdin):
        return False
    if as_json:
        raise click.UsageError(f"no {what} given: {_REMEDY}")
    return True


def from_input(files: Sequence[str], batches: Iterable[_Batch], what: str = "text") -> Iterable[_Batch]:
    """Return what comes of some files; where nothing comes of standard input alone, that is said."""
    return batches if set(files) - {"-"} else anything(batches, what, _REMEDY)


def check_texts(files: Sequence[str], texts: Sequence[str]) -> None:
    """Refuse what is wrong with texts on the command line, as wrong usage."""
    if files and texts:
        raise click.UsageError("--text and FILE both name texts; give one of them.")
    check_no_text(files)
