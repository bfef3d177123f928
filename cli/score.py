"""``textrep score``: a store of word vectors against gold sets, pairs of words that people scored and analogies."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from textrep.errors import TextrepError

from .console import bold, put, put_json, say, table
from .formats import opened_store
from .outcome import DONE
from .wording import OptionsError, in_options

if TYPE_CHECKING:
    from textrep import EmbeddingStore
    from textrep.evaluation import AnalogyGold, AnalogyScores, Correlation, SimilarityGold, SimilarityScores

    Gold = SimilarityGold | AnalogyGold

__all__ = ["score"]

_FORMATS = ("similarity", "analogies")
_METHODS = {"3cosadd": "3CosAdd", "3cosmul": "3CosMul"}
_WORDS = 300_000  # as gensim
_CALL = re.compile(r'read_gold\("(.*?)", format="(\w+)"\)')
_ONLY_PYTHON = re.compile(r"\.? Word pairs and analogies themselves need no read_gold: .*$")


class _NoWordsError(TextrepError):
    """The store holds no vectors of words that a gold set could name."""


@click.command(
    short_help="Score word vectors with gold sets.",
    epilog="""\b
Examples:
  textrep score corpus.textrep EN-WS-353-ALL.txt
  textrep score corpus.textrep EN-WS-353-ALL.txt questions-words.txt
  textrep score corpus.textrep goldsets/ --method 3cosadd --json""",
)
@click.argument("store", type=click.Path(path_type=Path))
@click.argument("gold", metavar="GOLD...", nargs=-1, required=True)
@click.option(
    "--method",
    "methods",
    type=click.Choice(tuple(_METHODS)),
    multiple=True,
    show_default="both",
    help="How analogies are answered; can be repeated.",
)
@click.option(
    "--restrict-vocabulary",
    type=click.IntRange(min=1),
    default=_WORDS,
    show_default=True,
    metavar="N",
    help="Analogies: only the first N words of the store, its most frequent ones, count.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    show_default="told by the content of each",
    help="What the files are.",
)
@click.option("--json", "in_json", is_flag=True, help="Write JSON instead of tables.")
def score(
    store: Path,
    gold: tuple[str, ...],
    methods: tuple[str, ...],
    restrict_vocabulary: int,
    format_: str | None,
    in_json: bool,
) -> int:
    """Score the word vectors of STORE with each GOLD: a file, a folder, or a glob.

    A file with two words and a score a line, separated by TABs, semicolons, commas or spaces, is compared with the
    cosines of the same words: Spearman's and Pearson's correlation, over the pairs whose words are both known
    (covered). If the store has subwords, also with vectors of unseen words that are made up of these.

    A file with four words a line, and lines ": section" between, asks analogies: the first is to the second as the
    third is to what? Questions with unknown words are left out; of the others (covered) the share answered right is
    shown. 3CosAdd adds cosines, 3CosMul multiplies them. Sections whose names begin with gram or syn are syntactic.

    Words are looked up as the store's tokenizer writes them (Athens as athens, if the corpus was lower-cased).

    With --json: a list with an item a file: {"file", "kind": "similarity", "n_pairs", "n_covered", "spearman",
    "pearson", "with_subwords"} or {"file", "kind": "analogies", "n_words", "methods": {"3cosadd": {"total", "semantic",
    "syntactic", "sections"}}}; what cannot be computed is null.
    """
    opened = opened_store(store)
    _check_words(opened)
    golds = _read(gold, format_)
    chosen = tuple(dict.fromkeys(methods)) or tuple(_METHODS)
    if in_json:
        put_json([_as_json(opened, each, chosen, restrict_vocabulary) for each in golds])
    else:
        _show(opened, golds, chosen, restrict_vocabulary)
    return DONE


def _check_words(store: EmbeddingStore) -> None:
    from textrep.evaluation.words import check_words

    try:
        check_words(store)
    except ValueError as error:
        raise _NoWordsError(str(error)) from error


def _read(paths: Sequence[str], format_: str | None) -> list[Gold]:
    from textrep.evaluation import SimilarityGold, read_gold_files

    try:
        golds = read_gold_files(*paths, format=format_)
    except TextrepError as error:
        message = _CALL.sub(r"textrep score STORE '\1' --format \2", _ONLY_PYTHON.sub("", str(error)))
        raise OptionsError(in_options(message)) from error
    for gold in golds:
        if isinstance(gold, SimilarityGold) and gold.header:
            say(f"{gold.name}: its first line is taken for a header: {', '.join(gold.header)}")
    return golds


def _as_json(store: EmbeddingStore, gold: Gold, methods: Sequence[str], n_words: int) -> dict[str, Any]:
    from textrep.evaluation import SimilarityGold, evaluate_similarity

    if isinstance(gold, SimilarityGold):
        return {"file": gold.name, "kind": "similarity", **evaluate_similarity(store, gold).to_dict()}
    every = _analogies(store, gold, methods, n_words)
    found = {scores.method: scores.to_dict() for scores in every}
    return {"file": gold.name, "kind": "analogies", "n_words": every[0].n_words, "methods": found}


def _analogies(store: EmbeddingStore, gold: AnalogyGold, methods: Sequence[str], n_words: int) -> list[AnalogyScores]:
    from textrep.evaluation import evaluate_analogies

    return [evaluate_analogies(store, gold, method, n_words) for method in methods]


def _show(store: EmbeddingStore, golds: Sequence[Gold], methods: Sequence[str], n_words: int) -> None:
    """Write a table of all files of pairs, and a table of sections for each file of analogies."""
    from textrep.evaluation import SimilarityGold, evaluate_similarity

    pairs = [evaluate_similarity(store, gold) for gold in golds if isinstance(gold, SimilarityGold)]
    if pairs:
        _show_similarity(pairs)
    first = not pairs
    for gold in golds:
        if not isinstance(gold, SimilarityGold):
            every = _analogies(store, gold, methods, n_words)
            if not first:
                put()
            first = False
            _show_analogies(every)
            if every[0].n_words < len(store):
                put(f"Of {len(store):,} words the first {n_words:,} count; --restrict-vocabulary sets how many.")


def _show_similarity(every: Sequence[SimilarityScores]) -> None:
    rows = [("similarity", "pairs", "covered", "Spearman", "Pearson")]
    for scores in every:
        rows.append((Path(scores.name).name, f"{scores.n_pairs:,}", *_cells(scores)))
        if scores.with_subwords is not None:
            rows.append(("  with subwords", "", *_cells(scores.with_subwords)))
    _put_table(rows)


def _cells(scores: SimilarityScores | Correlation) -> tuple[str, str, str]:
    return f"{scores.n_covered:,}", _share(scores.spearman), _share(scores.pearson)


def _show_analogies(every: Sequence[AnalogyScores]) -> None:
    """Write what each method answers, a section a line, and sums."""
    one = every[0]
    names = [cell for scores in every for cell in ("correct", _METHODS[scores.method])]
    rows = [(Path(one.name).name, "asked", "covered", *names)]
    lines = [(name or "(no section)", [scores.sections[name] for scores in every]) for name in one.sections]
    if one.semantic.asked and one.syntactic.asked:
        lines.append(("semantic", [scores.semantic for scores in every]))
        lines.append(("syntactic", [scores.syntactic for scores in every]))
    lines.append(("total", [scores.total for scores in every]))
    for name, found in lines:
        cells = [cell for own in found for cell in (f"{own.correct:,}", _share(own.accuracy))]
        rows.append((name, f"{found[0].asked:,}", f"{found[0].covered:,}", *cells))
    _put_table(rows)


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def _put_table(rows: Sequence[Sequence[str]]) -> None:
    first, *others = table(rows)
    put(bold(first))
    for line in others:
        put(line)
