"""How well and how fast documents are classified, beside TF-IDF with logistic regression, fastText, and plain PyTorch.

    python -m tests.benchmarks.classify [--quick] [--sets NAME,...] [--seeds N] [--vectors DIR] [--json FILE]
                                        [--markdown FILE]

Scores are accuracies on the test parts of SST-2, TREC, R8 and NSMC. Our classifiers, `RecurrentClassifier` or, where
the settings have features, `FeedForwardClassifier`, begin with word vectors that textrep trains on Wikipedia in the
same run; where a set has several, their probabilities are averaged by scikit-learn's `VotingClassifier`. The peers see
the same training documents. All settings stand in `TASKS`; they were chosen on validation data:
the validation part of SST-2, of the others a tenth of the training documents, which ``--validation`` scores on. The
sets `training` and `predicting` are speeds: of an epoch on SST-2, beside the straightforward loop in
`tests.benchmarks.lstm_loop`, and of ``textrep classify predict``. The full run takes some two hours on two cores,
``--quick`` a few minutes on little data.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep import EmbeddingStore
from textrep.labelled import LabelledDocuments, read_labelled

from .document_peers import FastTextPeer, Texts, TfidfPeer
from .learning import Group, Run, few, held_out, run_groups, scored
from .measures import told, turns
from .processes import finished, textrep_command
from .rows import Row, difference_row, limit_row, rate_row, score_row
from .vectors import Recipe, trained

_PACKAGES = {"torch": "torch", "sklearn": "scikit-learn", "fasttext": "fasttext"}
_METHOD = (
    "Accuracy on test documents, mean of the seeds; settings chosen on validation data. Word vectors: trained by "
    "textrep on en_simplewiki, and for NSMC on ko_wiki and the training documents."
)
_SPEED_TURNS = 3
_TIMES_FASTER = 1.5
_SECONDS_AN_EPOCH = 60.0
_PREDICTED = 100_000
_PREDICTED_QUICKLY = 10_000  # with --quick
_DOCUMENTS_A_SECOND = 5000.0
_FIT_FOR_PREDICTION = 5000  # documents that the model of the prediction row has learned


@dataclass(frozen=True, kw_only=True)
class Model:
    """One of our classifiers.

    Parameters
    ----------
    features : dict, optional
        Of `TfidfVectorizer`: `FeedForwardClassifier` is given its matrix beside the means of the words' vectors.
        Without, it is `RecurrentClassifier` that learns.
    parameters : dict
        Of the classifier, where they are not its defaults.
    """

    features: dict[str, Any] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    def classifier(self, store: EmbeddingStore, **changed: Any) -> Any:
        """Return it, not fitted, with some parameters other than the table says."""
        from sklearn.pipeline import make_pipeline, make_union

        from textrep import FeedForwardClassifier, RecurrentClassifier, TfidfVectorizer
        from textrep.vectorizers.pooled import StoreVectorizer

        parameters = {**self.parameters, **changed, "device": "cpu"}
        if self.features is None:
            return RecurrentClassifier(store, **parameters)
        features = make_union(TfidfVectorizer(**self.features), StoreVectorizer(store))
        return make_pipeline(features, FeedForwardClassifier(**parameters))


@dataclass(frozen=True, kw_only=True)
class Task:
    """A set of documents, and how each classifier learns it.

    Parameters
    ----------
    name : str
        The folder below ``documents/``.
    at_least : float
        The accuracy wanted.
    vectors : Recipe
        Of the words.
    models : tuple of Model
        Ours; of several, the probabilities are averaged.
    tfidf, fasttext : TfidfPeer, FastTextPeer
        The peers.
    """

    name: str
    at_least: float
    vectors: Recipe
    models: tuple[Model, ...]
    tfidf: TfidfPeer
    fasttext: FastTextPeer

    def classifier(self, store: EmbeddingStore, **changed: Any) -> Any:
        """Return our classifier, not fitted, with some parameters other than the table says."""
        from sklearn.ensemble import VotingClassifier

        voters = [(str(i), model.classifier(store, **changed)) for i, model in enumerate(self.models)]
        return voters[0][1] if len(voters) == 1 else VotingClassifier(voters, voting="soft")


_ENGLISH = Recipe("en_simplewiki", "word2vec")
_KOREAN = Recipe("ko_wiki", "fasttext", {"subwords": "jamo", "min_n": 1, "max_n": 4}, and_training_texts=True)


def _epochs(n: int, **more: Any) -> dict[str, Any]:
    """Return parameters that train on all documents for so many epochs, a number found on validation data."""
    return {"max_epochs": n, "early_stopping": False, "validation_fraction": 0.0, **more}


TASKS = (
    Task(
        name="sst2",
        at_least=0.835,
        vectors=Recipe("en_simplewiki", "word2vec", {"vector_size": 200, "epochs": 8}),
        models=(
            Model(parameters=_epochs(2, pooling="attention")),
            Model(parameters=_epochs(2, cell="gru")),
            Model(
                features={"ngram_range": (1, 2), "sublinear_tf": True},
                parameters=_epochs(4, hidden_layer_sizes=(64,), dropout=0.5, learning_rate=3e-4),
            ),
        ),
        tfidf=TfidfPeer(10, {"ngram_range": (1, 2)}),
        fasttext=FastTextPeer({"wordNgrams": 2, "epoch": 5, "lr": 0.25}),
    ),
    Task(
        name="trec",
        at_least=0.91,
        vectors=_ENGLISH,
        models=(Model(parameters=_epochs(16)),),
        tfidf=TfidfPeer(30, {"ngram_range": (1, 2)}),
        fasttext=FastTextPeer({"wordNgrams": 2, "epoch": 25, "lr": 0.5}),
    ),
    Task(
        name="r8",
        at_least=0.97,
        vectors=_ENGLISH,
        models=(
            Model(
                features={"ngram_range": (1, 2), "sublinear_tf": True},
                parameters=_epochs(15, hidden_layer_sizes=(256,), dropout=0.5),
            ),
        ),
        tfidf=TfidfPeer(100, {"ngram_range": (1, 2)}),
        fasttext=FastTextPeer({"wordNgrams": 2, "epoch": 25, "lr": 0.5}),
    ),
    Task(
        name="nsmc",
        at_least=0.86,
        vectors=_KOREAN,
        models=(
            Model(
                features={"analyzer": "char", "ngram_range": (1, 5), "min_df": 2, "sublinear_tf": True},
                parameters=_epochs(5, hidden_layer_sizes=(64,), dropout=0.5, learning_rate=3e-4),
            ),
        ),
        tfidf=TfidfPeer(3, {"analyzer": "char", "ngram_range": (1, 5), "min_df": 2}),
        fasttext=FastTextPeer({"wordNgrams": 2, "epoch": 5, "lr": 0.25, "minn": 1, "maxn": 4}),
    ),
)


def read_parts(task: Task, run: Run) -> tuple[Texts, Texts]:
    """Return the documents to train on and those to score.

    Raises
    ------
    FileNotFoundError
        If the data is not there.
    """
    train = read_labelled(run.path("documents", task.name, "train.tsv.xz"))
    if not run.validation:
        test = read_labelled(run.path("documents", task.name, "test.tsv.xz"))
    elif run.data.joinpath("documents", task.name, "valid.tsv.xz").exists():
        test = read_labelled(run.path("documents", task.name, "valid.tsv.xz"))
    else:
        rest, held = held_out(len(train))
        return _chosen(train, rest[few(run, len(rest))]), _chosen(train, held[few(run, len(held), scored=True)])
    return _chosen(train, few(run, len(train))), _chosen(test, few(run, len(test), scored=True))


def _chosen(documents: LabelledDocuments, rows: NDArray[np.int64]) -> Texts:
    chosen = [documents[int(row)] for row in rows]
    return Texts([document.text for document in chosen], [document.labels[0] for document in chosen])


def accuracies(task: Task, run: Run) -> Iterator[Row]:
    """Yield the rows of one set: our accuracy, and how it differs from the peers'."""
    train, test = read_parts(task, run)
    store = trained(task.vectors, train.texts, run.data, run.vectors, run.most_documents)
    ours, fasttext = [], []
    for seed in range(1, run.seeds + 1):
        model = task.classifier(store, **run.parameters, random_state=seed)
        our_own = partial(_accuracy, model, train, test)
        ours.append(scored(f"{task.name}: textrep, seed {seed}", our_own))
        peer_own = partial(task.fasttext.accuracy, train, test, run.folder, seed, run.jobs)
        fasttext.append(scored(f"{task.name}: fastText, seed {seed}", peer_own))
    regression = partial(task.tfidf.accuracy, train, test)
    tfidf = [scored(f"{task.name}: TF-IDF and logistic regression", regression)]
    part = "validation" if run.validation else "test"
    method = f"{len(test.texts):,} documents, {len(train.texts):,} to train on; mean of {run.seeds} seeds"
    yield score_row(f"{task.name}: {part} accuracy", ours, unit="share", at_least=task.at_least, method=method)
    for peer_name, peer in (("TF-IDF + LR", tfidf), ("fastText", fasttext)):
        yield difference_row(
            f"{task.name}: {part} accuracy", ours, peer, unit="share", peer_name=peer_name, at_least=0.0, method=method
        )


def _accuracy(model: Any, train: Texts, test: Texts) -> float:
    return float(model.fit(train.texts, train.labels).score(test.texts, test.labels))


def training_speed(run: Run) -> Iterator[Row]:
    """Yield how fast an epoch of SST-2 is trained, beside the straightforward loop.

    Ours includes what the estimator does at the end of an epoch: it scores 2,000 of the documents.
    """
    import torch

    from textrep import RecurrentClassifier

    from .lstm_loop import PlainLSTM, numbered, train_epoch

    train, _ = read_parts(TASKS[0], run)
    n = len(train.texts)
    documents, n_words = numbered(train.texts)
    targets = torch.tensor([float(label == "positive") for label in train.labels])
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    for who, i in turns(_SPEED_TURNS, _SPEED_TURNS):
        model = RecurrentClassifier(**_epochs(1, **run.parameters, random_state=i, device="cpu"))
        with told(f"an epoch of SST-2, {who}"):
            if who == "ours":
                seconds[who].append(model.fit(train.texts, train.labels).history_[0]["seconds"])
            else:
                torch.manual_seed(i)
                plain = PlainLSTM(n_words, model.vector_size, model.hidden_size, model.dropout)
                seconds[who].append(train_epoch(plain, documents, targets, model.batch_size, model.learning_rate))
    method = f"one epoch of {n:,} documents, median of {_SPEED_TURNS} turns; {run.jobs} threads"
    yield rate_row(
        "LSTM on SST-2, training",
        [n / s for s in seconds["ours"]],
        [n / s for s in seconds["peer"]],
        unit="sentences/s",
        peer_name="nn.LSTM, file order",
        at_least=_TIMES_FASTER,
        method=method,
    )
    at_most = None if run.quick else _SECONDS_AN_EPOCH
    yield limit_row("LSTM on SST-2, an epoch", seconds["ours"], unit="s", at_most=at_most, method=method)


def prediction_speed(run: Run) -> Iterator[Row]:
    """Yield how many short documents ``textrep classify predict`` labels in a second, once it has started."""
    from textrep import RecurrentClassifier

    task = TASKS[0]
    train, _ = read_parts(task, run)
    store = trained(task.vectors, train.texts, run.data, run.vectors, run.most_documents)
    model = RecurrentClassifier(store, **_epochs(1, **run.parameters, random_state=0, device="cpu"))
    file = run.folder / "model.textrep"
    model.fit(train.texts[:_FIT_FOR_PREDICTION], train.labels[:_FIT_FOR_PREDICTION]).save(file)
    n = _PREDICTED_QUICKLY if run.quick else _PREDICTED
    speeds = []
    for _ in range(_SPEED_TURNS):
        with told(f"classify predict, {n:,} documents"):
            start = _seconds_to_predict(train.texts[:1], file, run)
            whole = _seconds_to_predict(list(islice(cycle(train.texts), n + 1)), file, run)
        speeds.append(n / (whole - start))
    yield limit_row(
        "`textrep classify predict`, after loading",
        speeds,
        unit="documents/s",
        at_least=_DOCUMENTS_A_SECOND,
        method=f"{n:,} phrases of SST-2, {statistics.fmean(len(t.split()) for t in train.texts):.1f} words each in the "
        f"mean; seconds of the whole process less those for one document; median of {_SPEED_TURNS} turns",
    )


def _seconds_to_predict(texts: Sequence[str], model: Path, run: Run) -> float:
    file = run.folder / "texts.txt"
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8", newline="\n")
    return finished(textrep_command("classify", "predict", model, file, "--jobs", str(run.jobs))).seconds


GROUPS: dict[str, Group] = {
    **{task.name: partial(accuracies, task) for task in TASKS},
    "training": training_speed,
    "predicting": prediction_speed,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for."""
    run_groups("classify", __doc__, GROUPS, _PACKAGES, _METHOD, [asdict(task) for task in TASKS], arguments)


if __name__ == "__main__":
    main()
