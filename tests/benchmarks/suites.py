"""The suites of ``python -m tests.benchmarks``, in the order in which they run and stand in the table.

Modules are named, not imported: each runs in a process of its own, so that threads and memory of one disturb no other.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SUITES", "Process", "Suite", "processes"]


@dataclass(frozen=True)
class Process:
    """One process of a full run: some sets of a suite, and the arguments that they are measured with."""

    sets: tuple[str, ...]
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Suite:
    """What runs, and how its table is introduced.

    Parameters
    ----------
    name : str
        The module of this package.
    title, text : str
        Above the table.
    sets : tuple of str
        Groups of rows that can be measured by themselves, in the order of the table.
    chosen_by : str, optional
        The option that names sets; None where all are always measured.
    options : frozenset of str
        Those of the whole benchmark that the module knows as well.
    full : tuple of Process, optional
        The processes of a full run; one with all sets unless given.
    quick : tuple of str
        Arguments of a quick run, besides ``--quick``.
    not_chosen : tuple of str
        Sets that `chosen_by` does not name, because they come with another.
    """

    name: str
    title: str
    text: str
    sets: tuple[str, ...]
    chosen_by: str | None = None
    options: frozenset[str] = frozenset()
    full: tuple[Process, ...] = ()
    quick: tuple[str, ...] = ()
    not_chosen: tuple[str, ...] = ()


_ONE_EPOCH = ("--jobs", "1", "--parameters", '{"max_epochs": 1}')
_LEARNING = frozenset({"data", "seeds", "jobs", "vectors"})
_ONE_THREAD = ("--jobs", "1")  # what scores are measured with


def _each_alone(*sets: str) -> tuple[Process, ...]:
    return tuple(Process((name,), _ONE_THREAD) for name in sets)


SUITES = {
    suite.name: suite
    for suite in (
        Suite(
            name="embed",
            title="Word vectors",
            text="word2vec beside gensim and fastText, same text and hyper-parameters: how fast, and how good.",
            sets=("skipgram", "cbow", "whole", "vocabulary", "threads", "start", "memory"),
            chosen_by="--rows",
            options=frozenset({"data", "seeds"}),
        ),
        Suite(
            name="glove",
            title="GloVe",
            text="GloVe beside textrep's own skip-gram: there is no program of GloVe to install with pip.",
            sets=("glove",),
            options=frozenset({"data", "seeds", "jobs"}),
        ),
        Suite(
            name="subwords",
            title="FastText",
            text="FastText beside fastText's own program: time from text to a saved store, and what the vectors are "
            "worth.",
            sets=("ko", "jamo", "en"),
            chosen_by="--languages",
            options=frozenset({"data", "seeds"}),
            not_chosen=("jamo",),
        ),
        Suite(
            name="sparse",
            title="TF-IDF",
            text="TF-IDF beside scikit-learn's, same parameters and tokens: how fast, and in how much memory.",
            sets=("opening", "en", "nsmc"),
            chosen_by="--corpora",
            options=frozenset({"data"}),
            not_chosen=("opening",),
        ),
        Suite(
            name="store",
            title="Neighbours",
            text="Opening and searching a store beside gensim and faiss; its index, by usearch, beside exact search.",
            sets=("opening", "exact", "approximate"),
        ),
        Suite(
            name="formats",
            title="Vector files",
            text="Reading word2vec's files beside gensim.",
            sets=("word2vec", "word2vec-binary"),
        ),
        Suite(
            name="scoring_speed",
            title="Scoring",
            text="Scoring word vectors by gold sets beside gensim: how fast, and whether the counts are the same.",
            sets=("analogies", "similarity"),
            options=frozenset({"data"}),
        ),
        Suite(
            name="pooling",
            title="Document vectors",
            text="Word vectors pooled by `StoreVectorizer`, with logistic regression, beside TF-IDF with logistic "
            "regression, on the test parts of four sets.",
            sets=("sst2", "trec", "r8", "nsmc"),
            chosen_by="--sets",
            options=_LEARNING - {"seeds"},
            quick=_ONE_THREAD,
        ),
        Suite(
            name="classify",
            title="Classifiers",
            text="Classifiers of documents beside TF-IDF with logistic regression and beside fastText's, on the test "
            "parts of four sets; the settings were chosen on validation data.",
            sets=("sst2", "trec", "r8", "nsmc", "training", "predicting"),
            chosen_by="--sets",
            options=_LEARNING,
            full=(*_each_alone("sst2", "trec", "r8", "nsmc"), Process(("training", "predicting"))),
            quick=_ONE_EPOCH,
        ),
        Suite(
            name="tag",
            title="Taggers",
            text="Taggers beside the same networks without the vectors of a store.",
            sets=("en_ewt", "ko_gsd", "wnut17", "klue_ner"),
            chosen_by="--sets",
            options=_LEARNING,
            full=_each_alone("en_ewt", "ko_gsd", "wnut17", "klue_ner"),
            quick=_ONE_EPOCH,
        ),
    )
}


def processes(suite: Suite, sets: tuple[str, ...] = (), *, quick: bool = False) -> list[tuple[str, ...]]:
    """Return the arguments of each process of a suite: of a full run, or a quick one, of all sets or of some."""
    all_sets = tuple(name for name in suite.sets if name not in suite.not_chosen)
    full = suite.full or (Process(all_sets),)
    found = []
    for process in [Process(all_sets, ("--quick", *suite.quick))] if quick else full:
        chosen = tuple(name for name in process.sets if not sets or name in sets)
        if chosen:
            named = () if chosen == all_sets or suite.chosen_by is None else (suite.chosen_by, ",".join(chosen))
            found.append((*named, *process.arguments))
    return found
