"""``textrep tag predict``: what comes out for each sentence, as CoNLL for people and pipes, and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from .console import JsonList, flush, is_terminal, printable, put
from .predicting import json_value

__all__ = ["answer_sentences", "ask_sentences"]


def ask_sentences(tagger: Any, about: str, format: str | None, *, probabilities: bool) -> None:  # noqa: A002
    """Tag what is typed at a prompt."""
    from textrep.labelled import splitter

    from .prompt import ask

    split = splitter(format)

    def answer(text: str) -> None:
        answer_sentences(tagger, [[split(text)]], probabilities=probabilities, as_json=False)

    ask(about, answer, what="sentence")


def answer_sentences(tagger: Any, batches: Iterable[list[list[str]]], *, probabilities: bool, as_json: bool) -> None:
    """Write the tags of each sentence to stdout: a token a line, or an item of a JSON list."""
    if as_json:
        with JsonList() as results:
            for batch in batches:
                for tokens, tags, shares in _tagged(tagger, batch, probabilities=probabilities):
                    more = {} if shares is None else {"probabilities": shares}
                    results.add({"tokens": tokens, "tags": list(map(json_value, tags)), **more})
                flush()
        return
    shown = printable if is_terminal(sys.stdout) else str  # what goes into a file is to be what came out of one
    for batch in batches:
        for tokens, tags, shares in _tagged(tagger, batch, probabilities=probabilities):
            for i, (token, label) in enumerate(zip(tokens, tags, strict=True)):
                put(f"{shown(token)}\t{printable(str(label))}" + ("" if shares is None else f"\t{shares[i]:.4f}"))
            put()
        flush()


def _tagged(
    tagger: Any, sentences: list[list[str]], *, probabilities: bool
) -> Iterable[tuple[list[str], list[Any], list[float] | None]]:
    """Return the tokens of each sentence, their tags, and the probabilities of these if wanted."""
    if not sentences:
        return []
    if not probabilities:
        tags = tagger.predict(sentences)
        return zip(sentences, tags, [None] * len(tags), strict=True)
    tags, tables = tagger.predict_with_proba(sentences)
    numbers = {label: i for i, label in enumerate(tagger.classes_.tolist())}
    shares = [
        [float(row[numbers[label]]) for row, label in zip(table, labels, strict=True)]
        for table, labels in zip(tables, tags, strict=True)
    ]
    return zip(sentences, tags, shares, strict=True)
