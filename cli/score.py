"""``textrep score``: a store of word vectors against gold sets, pairs of words that people scored and analogies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from textrep.errors import TextrepError

from .console import check_output, put, put_json, put_table, say
from .declaring import ENCODINGS, Whole, with_options
from .formats import opened_store
from .incoming import announce, saying_how_to_give_data
from .outcome import DONE, FAILED
from .reading import check_encoding
from .wording import OptionsError, in_options, said_in_options

if TYPE_CHECKING:
    from textrep import EmbeddingStore
    from textrep.evaluation import AnalogyGold, AnalogyScores, Correlation, SimilarityGold, SimilarityScores

    Gold = SimilarityGold | AnalogyGold
    Scores = SimilarityScores | list[AnalogyScores]

__all__ = ["score"]

_FORMATS = ("similarity", "analogies")
_METHODS = {"3cosadd": "3CosAdd", "3cosmul": "3CosMul"}
_WORDS = 300_000  # as gensim


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
    type=Whole(min=1),
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
@click.option(
    "--jobs",
    type=Whole(min=1),
    show_default="all cores",
    metavar="N",
    help="Threads that answer analogies.",
)
@with_options(ENCODINGS)
@click.option("--json", "in_json", is_flag=True, help="Write JSON instead of tables.")
def score(
    store: Path,
    gold: tuple[str, ...],
    methods: tuple[str, ...],
    restrict_vocabulary: int,
    format_: str | None,
    jobs: int | None,
    encoding: str,
    encoding_errors: str,
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
    check_output()
    opened = opened_store(store)
    check_encoding(encoding)
    golds, n_bad = _read(gold, format=format_, encoding=encoding, encoding_errors=encoding_errors)
    chosen = tuple(dict.fromkeys(methods)) or tuple(_METHODS)
    n_jobs = jobs if jobs is not None else -1
    found = [_scores(opened, each, chosen, restrict_vocabulary, n_jobs) for each in golds]
    _say_headers(golds)
    if in_json:
        put_json([_as_json(each) for each in found])
    else:
        _show(found, len(opened))
    return FAILED if n_bad else DONE


def _read(paths: Sequence[str], **how: Any) -> tuple[list[Gold], int]:
    """Return the gold sets that can be read; say what is wrong with the others, and return how many there are."""
    from textrep.evaluation import read_gold_files

    errors: list[TextrepError] = []
    announce(paths)
    with said_in_options():
        golds = read_gold_files(*paths, **how, on_error=errors.append)
    if errors and not golds and len(errors) == 1:
        with saying_how_to_give_data(paths):
            raise OptionsError(in_options(str(errors[0]))) from errors[0]
    for error in errors:
        say(in_options(str(error)))
    return golds, len(errors)


def _scores(store: EmbeddingStore, gold: Gold, methods: Sequence[str], n_words: int, n_jobs: int) -> Scores:
    """Score a store with a gold set; analogies with each method."""
    from textrep.evaluation import SimilarityGold, evaluate_analogies, evaluate_similarity

    if isinstance(gold, SimilarityGold):
        return evaluate_similarity(store, gold)
    return [evaluate_analogies(store, gold, method, n_words, n_jobs) for method in methods]


def _say_headers(golds: Sequence[Gold]) -> None:
    from textrep.evaluation import SimilarityGold

    for gold in golds:
        if isinstance(gold, SimilarityGold) and gold.header:
            say(f"{gold.name}: its first line is taken for a header: {', '.join(gold.header)}")


def _as_json(scores: Scores) -> dict[str, Any]:
    if not isinstance(scores, list):
        return {"file": scores.name, "kind": "similarity", **scores.to_dict()}
    methods = {own.method: own.to_dict() for own in scores}
    return {"file": scores[0].name, "kind": "analogies", "n_words": scores[0].n_words, "methods": methods}


def _show(every: Sequence[Scores], n_words: int) -> None:
    """Write a table of all files of pairs, and a table of sections for each file of analogies."""
    pairs = [scores for scores in every if not isinstance(scores, list)]
    if pairs:
        _show_similarity(pairs)
    first = not pairs
    for scores in every:
        if isinstance(scores, list):
            if not first:
                put()
            first = False
            _show_analogies(scores)
            counted = scores[0].n_words
            if counted < n_words:
                put(f"Of {n_words:,} words the first {counted:,} count; --restrict-vocabulary sets how many.")


def _show_similarity(every: Sequence[SimilarityScores]) -> None:
    rows = [("similarity", "pairs", "covered", "Spearman", "Pearson")]
    for scores in every:
        rows.append((Path(scores.name).name, f"{scores.n_pairs:,}", *_cells(scores)))
        if scores.with_subwords is not None:
            rows.append(("  with subwords", "", *_cells(scores.with_subwords)))
    put_table(rows)


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
    put_table(rows)


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"
