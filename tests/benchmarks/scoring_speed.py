"""How fast gold sets are scored, and whether the scores are gensim's: analogies and pairs of words.

    python -m tests.benchmarks.scoring_speed [--quick] [--data DIR] [--json FILE] [--markdown FILE]

Both score the same vectors, of all words that the gold sets ask for and of made-up ones, 100,000 in all. Vectors are
random, but the second word of a pair in questions-words.txt is the first one moved by a direction of its section, and
by noise, so that some questions are answered right. The full run takes some minutes, nearly all of them gensim's.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textrep import EmbeddingStore, get_tokenizer
from textrep.evaluation import AnalogyGold, SimilarityGold, evaluate_analogies, evaluate_similarity, read_gold

from .inputs import DATA
from .measures import told
from .report import add_output_options, measure, new_record, refuse_missing
from .rows import Row, limit_row, time_row

SETS = ("analogies", "similarity")
_WORDS, _WORDS_QUICKLY = 100_000, 10_000
_QUESTIONS_QUICKLY = 300
_DIM = 100
_NOISE = 0.5
_MOST_SECONDS = 10
_SAME = 1e-6  # correlations may differ by so much: gensim's cosines are float32
_METHOD = (
    "The same vectors, float32, dimension 100, scored by textrep.evaluation with all cores and by gensim's "
    "evaluate_word_analogies (dummy4unknown=False) and evaluate_word_pairs; ours: median of 3, gensim once."
)


def vectors_of(analogies: AnalogyGold, pairs: SimilarityGold, n: int) -> tuple[list[str], NDArray[np.float32]]:
    """Return the words of the gold sets and others, `n` in all, and vectors by which some questions are answered."""
    random = np.random.default_rng(0)
    asked = [question for questions in analogies.sections.values() for question in questions]
    words = list(dict.fromkeys(w.lower() for group in (asked, (p[:2] for p in pairs.pairs)) for q in group for w in q))
    words += [f"word{i}" for i in range(n - len(words))]
    row = {word: i for i, word in enumerate(words)}
    vectors = random.standard_normal((len(words), _DIM))  # [n_words, dim]
    for questions in analogies.sections.values():
        direction = random.standard_normal(_DIM)
        for a, b in dict.fromkeys((q.a.lower(), q.b.lower()) for q in questions):
            vectors[row[b]] = vectors[row[a]] + direction + _NOISE * random.standard_normal(_DIM)
    return words, vectors.astype(np.float32)


def few_questions(path: Path, target: Path, most: int) -> Path:
    """Write the headers of a file of questions and some of its questions, from all over it; return the new file."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    step = max(1, len(lines) // most)
    target.write_text("".join(line for i, line in enumerate(lines) if line.startswith(":") or i % step == 0), "utf-8")
    return target


def analogy_rows(store: EmbeddingStore, gold: Path, repeats: int) -> Iterator[Row]:
    """Yield how long both take to ask all questions, and how many they count otherwise."""
    keyed = store.to_gensim()
    ours = []
    for _ in range(repeats):
        start = time.perf_counter()
        found = evaluate_analogies(store, gold, n_jobs=-1)
        ours.append(time.perf_counter() - start)
    with told("analogies, gensim"):
        start = time.perf_counter()
        _, sections = keyed.evaluate_word_analogies(str(gold), dummy4unknown=False)
        peer = [time.perf_counter() - start]
    theirs = {section["section"]: (len(section["correct"]), len(section["incorrect"])) for section in sections}
    theirs.pop("Total accuracy")
    different = 0
    for name, own in found.sections.items():
        right, wrong = theirs.get(name, (0, 0))
        different += abs(own.correct - right) + abs(own.covered - own.correct - wrong)
    total = found.total
    size = f"{total.asked:,} questions, {len(store):,} words"
    counts = f"{total.covered:,} covered, {total.correct:,} answered right"
    yield time_row(f"score {size}", ours, peer, peer_name="gensim", method=counts)
    yield limit_row(f"score {size}, at most", ours, at_most=_MOST_SECONDS, method=counts)
    name = f"counted otherwise than by gensim, of {total.covered:,} covered and {total.correct:,} right"
    yield limit_row(name, [float(different)], unit="questions", at_most=0, method=counts)


def similarity_rows(store: EmbeddingStore, gold: Path) -> Iterator[Row]:
    """Yield how far the correlations of pairs of words are from gensim's."""
    found = evaluate_similarity(store, gold)
    pearson, spearman, _ = store.to_gensim().evaluate_word_pairs(str(gold))
    for name, ours, theirs in (("Spearman", found.spearman, spearman[0]), ("Pearson", found.pearson, pearson[0])):
        yield limit_row(
            f"{name}, {found.n_covered} pairs of words, away from gensim's",
            [abs(ours - float(theirs))],
            unit="correlation",
            at_most=_SAME,
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.scoring_speed",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="few questions over few words: some seconds")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="default: ../shared/data")
    add_output_options(parser)
    options = parser.parse_args(arguments)
    refuse_missing(parser, {"gensim": "gensim"})
    logging.getLogger("gensim").setLevel(logging.ERROR)
    questions, pairs = (options.data / "similarity" / "en" / n for n in ("questions-words.txt", "EN-WS-353-ALL.txt"))
    for path in (questions, pairs):
        if not path.exists():
            sys.exit(f"error: there is no {path}; --data is the folder that holds similarity/")
    n = _WORDS_QUICKLY if options.quick else _WORDS
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as folder:
        if options.quick:
            questions = few_questions(questions, Path(folder) / questions.name, _QUESTIONS_QUICKLY)
        analogies, similarity = read_gold(questions), read_gold(pairs)
        assert isinstance(analogies, AnalogyGold)
        assert isinstance(similarity, SimilarityGold)
        words, vectors = vectors_of(analogies, similarity, n)
        store = EmbeddingStore.from_vectors(words, vectors, copy=False, tokenizer=get_tokenizer("word"))
        record = new_record("scoring_speed", arguments, ("numpy", "gensim"), _METHOD, {"words": n, "noise": _NOISE})
        sets = (analogy_rows(store, questions, 1 if options.quick else 3), similarity_rows(store, pairs))
        measure(record, zip(SETS, sets, strict=True), options)


if __name__ == "__main__":
    main()
