"""How well documents are classified by pooled word vectors, of each pooling, beside TF-IDF with logistic regression.

    python -m tests.benchmarks.pooling [--quick] [--sets NAME,...] [--vectors DIR] [--json FILE] [--markdown FILE]

Test accuracies on SST-2, TREC, R8 and NSMC. Ours is `StoreVectorizer`, standardised features and logistic regression;
the word vectors, and the peer's settings, are those of ``tests.benchmarks.classify``. Weights of words and SIF's common
component are learned from the documents trained on. C of the regression is the best on validation data: the validation
part of SST-2, of the others a tenth of the training documents. The full run takes some twenty minutes on two cores,
``--quick`` less than one on little data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from textrep import EmbeddingStore
from textrep.pooling import POOLINGS
from textrep.vectorizers.pooled import StoreVectorizer

from .classify import TASKS, Task, read_parts
from .document_peers import Texts
from .learning import Group, Run, run_groups, scored
from .rows import Row, difference_row
from .vectors import trained

_PACKAGES = {"sklearn": "scikit-learn", "numba": "numba"}
_METHOD = (
    "Accuracy on test documents. Vectors of words: trained by textrep on en_simplewiki, and for NSMC on ko_wiki and "
    "the training documents; weights learned from the training documents; features standardised; C of both regressions "
    "chosen on validation data."
)
_STRENGTHS = (1e-3, 1e-2, 0.1, 1.0, 10.0)  # of C, tried on validation data


def pooled_parts(
    store: EmbeddingStore, pooling: str, train: Texts, test: Texts, n_jobs: int
) -> tuple[tuple[Any, list[str]], tuple[Any, list[str]]]:
    """Return standardised features and labels of documents to train on and of those to score."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features = make_pipeline(StoreVectorizer(store, pooling, n_jobs=n_jobs), StandardScaler())
    return (features.fit_transform(train.texts), train.labels), (features.transform(test.texts), test.labels)


def accuracy(C: float, train: tuple[Any, list[str]], test: tuple[Any, list[str]], **parameters: Any) -> float:
    """Fit logistic regression, and return the share of documents that are given the right label."""
    from sklearn.linear_model import LogisticRegression

    return float(LogisticRegression(C=C, **{"max_iter": 1000, **parameters}).fit(*train).score(*test))


def rows(task: Task, run: Run) -> Iterator[Row]:
    """Yield the accuracy of each pooling of one set, and how it differs from the peer's."""
    train, test = read_parts(task, run)
    rest, held = read_parts(task, replace(run, validation=True))
    store = trained(task.vectors, train.texts, run.data, run.vectors, run.most_documents)
    # vectors of words that have seen the documents held out would choose another C
    of_rest = trained(task.vectors, rest.texts, run.data, run.vectors, run.most_documents)
    peer = scored(f"{task.name}: TF-IDF and logistic regression", partial(task.tfidf.accuracy, train, test))
    part = "validation" if run.validation else "test"
    for pooling in POOLINGS:
        tried = pooled_parts(of_rest, pooling, rest, held, run.jobs)
        validated = {C: accuracy(C, *tried, **run.parameters) for C in _STRENGTHS}
        C = max(validated, key=validated.__getitem__)  # the smallest of the best
        parts = pooled_parts(store, pooling, train, test, run.jobs)
        ours = scored(f"{task.name}: {pooling}, C={C:g}", partial(accuracy, C, *parts, **run.parameters))
        yield difference_row(
            f"{task.name}: {pooling} + LR, {part} accuracy",
            [ours],
            [peer],
            unit="share",
            peer_name="TF-IDF + LR",
            method=f"{len(test.texts):,} documents, {len(train.texts):,} to train on; C={C:g}, of the peer "
            f"{task.tfidf.C:g}",
        )


GROUPS: dict[str, Group] = {task.name: partial(rows, task) for task in TASKS}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for."""
    settings = {"C": _STRENGTHS, "tasks": [{"vectors": asdict(t.vectors), "tfidf": asdict(t.tfidf)} for t in TASKS]}
    run_groups("pooling", __doc__, GROUPS, _PACKAGES, _METHOD, settings, arguments, seeded=False)


if __name__ == "__main__":
    main()
