"""The parts of the benchmarks of classifiers and taggers that can be wrong without anybody noticing."""

from __future__ import annotations

import dataclasses
import json
import lzma
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.ensemble import VotingClassifier

from tests.benchmarks import classify, lstm_loop, pooling, tag, vectors
from tests.benchmarks.document_peers import FastTextPeer, Texts, TfidfPeer
from tests.benchmarks.learning import Run, few, held_out
from tests.benchmarks.processes import Finished
from tests.benchmarks.rows import score_row
from tests.benchmarks.vectors import Recipe, trained
from textrep import EmbeddingStore
from textrep.classifiers import load

pytestmark = pytest.mark.slow

_WORDS = {"positive": ["good", "fine", "great"], "negative": ["bad", "poor", "awful"]}


def opinions(n, seed):
    """Return lines of ``label TAB text``, with a word that tells the label."""
    random = np.random.default_rng(seed)
    labels = random.choice(sorted(_WORDS), n)
    return [f"{label}\tThe film {i} was {random.choice(_WORDS[label])} ." for i, label in enumerate(labels)]


def names(n, seed):
    """Return rows of a CoNLL file: sentences with one name each."""
    random = np.random.default_rng(seed)
    people, places = ["Ann", "Bob", "Eve"], ["Rome", "Oslo", "Lima"]
    rows = []
    for _ in range(n):
        person, place = random.choice(people), random.choice(places)
        rows += [f"{person}\tB-person", "saw\tO", f"{place}\tB-location", ""]
    return rows


def parts_of_speech(n, seed):
    """Return rows of a CoNLL-U file."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        words = [("the", "DET"), (str(random.choice(["cat", "dog"])), "NOUN"), ("sleeps", "VERB")]
        rows += [f"{i}\t{word}\t_\t{upos}\t" + "\t".join("_" * 6) for i, (word, upos) in enumerate(words, 1)]
        rows.append("")
    return rows


def packed(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress("".join(f"{line}\n" for line in lines).encode()))


@pytest.fixture(autouse=True)
def one_thread():
    n = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n)


@pytest.fixture
def data(tmp_path):
    """A folder of data, without the files that scores are published of."""
    folder = tmp_path / "data"
    corpus = [line.partition("\t")[2] for line in opinions(200, 9)] + ["Ann saw Rome , Bob saw Oslo"] * 20
    packed(folder / "corpora/en_simplewiki.txt.xz", corpus)
    for name in ("sst2", "trec"):
        packed(folder / f"documents/{name}/train.tsv.xz", opinions(100, 1))
    packed(folder / "documents/sst2/valid.tsv.xz", opinions(20, 2))
    packed(folder / "sequences/wnut17/train.conll.xz", names(60, 1))
    packed(folder / "sequences/en_ewt/train.conllu.xz", parts_of_speech(60, 1))
    packed(folder / "sequences/klue_ner/train.tsv.xz", names(50, 1))
    return folder


@pytest.fixture
def run(data, tmp_path):
    return Run(data, tmp_path, tmp_path, seeds=1)


def validating(run):
    return Run(run.data, run.vectors, run.folder, seeds=1, validation=True)


def named(tasks, name):
    return next(task for task in tasks if task.name == name)


def test_rows_held_out():
    rest, held = held_out(200)
    assert (len(rest), len(held)) == (180, 20)
    assert sorted([*rest, *held]) == list(range(200))
    assert not np.array_equal(held, np.arange(180, 200))
    assert np.array_equal(held_out(200)[1], held)


def test_a_quick_run_takes_some_rows_at_random(run):
    quick = Run(run.data, run.vectors, run.folder, quick=True)
    assert few(run, 5000).tolist() == list(range(5000))
    assert few(quick, 30).tolist() == list(range(30))
    rows = few(quick, 5000)
    assert (len(set(rows.tolist())), len(few(quick, 5000, scored=True))) == (400, 100)
    assert rows.max() > 4000


def test_the_mean_of_scores_is_held_against_the_target():
    row = score_row("x", [0.9, 0.9, 0.6], unit="share", at_least=0.85)
    assert (row.ours, row.met, row.cells()[4]) == (pytest.approx(0.8), False, ">= 0.85 share")


def test_a_task_with_features_has_them_beside_the_means_of_vectors(run):
    (own,) = named(classify.TASKS, "r8").models
    models = (dataclasses.replace(own, features={"analyzer": "char"}),)
    task = dataclasses.replace(named(classify.TASKS, "r8"), name="trec", models=models)
    train, held = classify.read_parts(task, validating(run))
    store = vectors.trained(task.vectors, train.texts, run.data, run.vectors)
    model = task.classifier(store, random_state=3, max_epochs=2).fit(train.texts, train.labels)
    network = model[-1]
    assert (network.random_state, network.max_epochs, network.hidden_layer_sizes) == (3, 2, (256,))
    letters = {letter for text in train.texts for letter in text.lower()}
    assert network.n_features_in_ == len(letters) + store.dim
    assert model.predict(held.texts).shape == (10,)


def test_a_task_of_several_models_averages_their_probabilities(run):
    (own,) = named(classify.TASKS, "r8").models
    features = dataclasses.replace(own, features={"analyzer": "char"}, parameters={"hidden_layer_sizes": (2,)})
    words = classify.Model(parameters={"hidden_size": 2})
    task = dataclasses.replace(named(classify.TASKS, "trec"), models=(words, features))
    train, held = classify.read_parts(task, validating(run))
    store = vectors.trained(task.vectors, train.texts, run.data, run.vectors)
    changed = {"random_state": 3, "max_epochs": 1, "early_stopping": False}
    model = task.classifier(store, **changed).fit(train.texts, train.labels)
    assert (type(model), model.voting) == (VotingClassifier, "soft")
    alone = [each.classifier(store, **changed).fit(train.texts, train.labels) for each in task.models]
    mean = np.mean([each.predict_proba(held.texts) for each in alone], axis=0)
    np.testing.assert_allclose(model.predict_proba(held.texts), mean, atol=1e-6)
    assert np.ptp([each.predict_proba(held.texts) for each in alone], axis=0).max() > 1e-3


def test_documents_to_train_on_and_to_score(run):
    task = named(classify.TASKS, "trec")
    with pytest.raises(FileNotFoundError, match=r"test\.tsv\.xz; --data is the folder that holds documents/"):
        classify.read_parts(task, run)
    train, held = classify.read_parts(task, validating(run))  # reads no test file
    assert (len(train.texts), len(held.texts)) == (90, 10)
    assert not set(train.texts) & set(held.texts)
    packed(run.data / "documents/trec/test.tsv.xz", opinions(7, 3))
    train, test = classify.read_parts(task, run)
    assert (len(train.texts), len(test.texts)) == (100, 7)
    assert all(text.split()[-2] in _WORDS[label] for text, label in zip(*test, strict=True))


def test_validation_documents_of_their_own(run):
    train, held = classify.read_parts(named(classify.TASKS, "sst2"), validating(run))
    assert (len(train.texts), len(held.texts)) == (100, 20)


def test_sentences_to_train_on_and_to_score(run):
    task = named(tag.TASKS, "wnut17")
    with pytest.raises(FileNotFoundError, match=r"dev\.conll\.xz; --data is the folder that holds sequences/"):
        tag.read_parts(task, run)
    train, held = tag.read_parts(task, validating(run))
    assert (len(train.tokens), len(held.tokens)) == (54, 6)
    packed(run.data / "sequences/wnut17/dev.conll.xz", names(5, 2))
    train, dev = tag.read_parts(task, run)
    assert (len(train.tokens), len(dev.tags)) == (60, 5)


def test_a_set_without_a_dev_part_is_split_and_validated_on_the_rest(run):
    task = named(tag.TASKS, "klue_ner")
    train, dev = tag.read_parts(task, run)
    assert (len(train.tokens), len(dev.tokens)) == (45, 5)
    rest, held = tag.read_parts(task, validating(run))
    assert (len(rest.tokens), len(held.tokens)) == (41, 4)
    assert Counter(map(tuple, rest.tokens)) + Counter(map(tuple, held.tokens)) == Counter(map(tuple, train.tokens))


def test_vectors_are_trained_once_on_the_texts_that_the_recipe_names(run, monkeypatch):
    parameters = {"vector_size": 8, "epochs": 1, "min_count": 1, "sample": 0}
    plain = Recipe("en_simplewiki", "word2vec", parameters)
    both = Recipe("en_simplewiki", "word2vec", parameters, and_training_texts=True)
    texts = ["novel words"]
    assert "novel" not in trained(plain, texts, run.data, run.vectors)
    assert "novel" in trained(both, texts, run.data, run.vectors)
    assert "other" in trained(both, ["other texts"], run.data, run.vectors)
    assert len(trained(plain, texts, run.data, run.vectors, most_documents=1)) < 8
    monkeypatch.setattr(vectors, "embed", None)  # none is trained again
    assert "film" in trained(plain, ["other texts"], run.data, run.vectors)
    assert "novel" in trained(both, texts, run.data, run.vectors)
    with pytest.raises(FileNotFoundError, match=r"ko_wiki\.txt\.xz; --data is the folder that holds corpora/"):
        trained(Recipe("ko_wiki", "word2vec"), texts, run.data, run.vectors)


def _split(lines):
    labels, texts = zip(*(line.split("\t") for line in lines), strict=True)
    return Texts(list(texts), list(labels))


def test_logistic_regression_learns_what_can_be_learned():
    train, test = _split(opinions(200, 1)), _split(opinions(50, 2))
    assert TfidfPeer(10).accuracy(train, test) == 1.0
    unknown = Texts(test.texts, ["another"] * len(test.labels))  # a label that training has not
    assert TfidfPeer(10).accuracy(train, unknown) == 0.0
    assert TfidfPeer(10, {"max_features": 2}).accuracy(train, test) < 1.0


class FakeFastText:
    """Learns the last word of each text by heart, after some failures such as fastText has."""

    __spec__ = "asked for by importlib.util.find_spec"

    def __init__(self, failures=0):
        self.failures = failures
        self.given = []

    def train_supervised(self, file, **options):
        self.given.append(options)
        if len(self.given) <= self.failures:
            raise RuntimeError("Encountered NaN.")
        lines = [line.split() for line in Path(file).read_text(encoding="utf-8").splitlines()]
        known = {words[-1]: words[0] for words in lines}

        def predict(texts):
            return [[known.get(text.split()[-1], "__label__9")] for text in texts], None

        return SimpleNamespace(predict=predict)


_TRAIN = Texts(["So GOOD\u3000 ga\u0301", "so bad\tfilm"], ["positive", "negative"])
_TEST = Texts(["a g\u00e1", "a G\u00c1", "no film", "no film"], ["positive", "negative", "negative", "neutral"])


def test_what_fasttext_is_given(monkeypatch, tmp_path, capsys):
    fake = FakeFastText(failures=2)
    monkeypatch.setitem(sys.modules, "fasttext", fake)
    assert FastTextPeer({"epoch": 3}).accuracy(_TRAIN, _TEST, tmp_path, 7, 2) == 0.5
    text = (tmp_path / "supervised.txt").read_text(encoding="utf-8")
    assert text == "__label__1 so good g\u00e1\n__label__0 so bad film\n"
    assert fake.given == [{"seed": 7, "thread": 2, "verbose": 0, "epoch": 3}] * 3
    assert capsys.readouterr().err.count("Encountered NaN") == 2
    monkeypatch.setitem(sys.modules, "fasttext", FakeFastText(failures=9))
    with pytest.raises(RuntimeError, match="Encountered NaN"):
        FastTextPeer().accuracy(_TRAIN, _TEST, tmp_path, 7, 2)


def test_the_plain_loop_learns():
    train = _split(opinions(200, 1))
    documents, n_words = lstm_loop.numbered([*train.texts, "..."])
    assert documents[-1].tolist() == [1]
    assert len(documents[0]) == 5
    assert n_words == max(int(document.max()) for document in documents)
    targets = torch.tensor([float(label == "positive") for label in train.labels])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = lstm_loop.PlainLSTM(n_words, 8, 8, 0.1)
        for _ in range(10):
            assert lstm_loop.train_epoch(model, documents[:-1], targets, 32, 0.01) > 0
    model.eval()
    right = [(model(document[None]) > 0).item() == target for document, target in zip(documents, targets, strict=False)]
    assert np.mean(right) > 0.9


_SMALL = json.dumps({"max_epochs": 8, "hidden_size": 8, "batch_size": 8, "learning_rate": 0.01})


def test_documents_are_classified_beside_both_peers(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "fasttext", FakeFastText())
    packed(run.data / "documents/sst2/test.tsv.xz", opinions(40, 3))
    task = named(classify.TASKS, "sst2")
    one = dataclasses.replace(task, models=task.models[:1], vectors=named(classify.TASKS, "trec").vectors)
    monkeypatch.setitem(classify.GROUPS, "sst2", partial(classify.accuracies, one))
    classify.main(["--data", str(run.data), "--sets", "sst2", "--seeds", "2", "--jobs", "1",
                   "--parameters", _SMALL, "--json", str(tmp_path / "a.json"),
                   "--markdown", str(tmp_path / "a.md")])  # fmt: skip
    results = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    own, *beside = results["rows"]
    assert (own["name"], own["target"], own["met"]) == ("sst2: test accuracy", ">= 0.835 share", True)
    assert [row["peer_name"] for row in beside] == ["TF-IDF + LR", "fastText"]
    assert [len(row["runs"]["peer"]) for row in beside] == [1, 2]
    assert (results["settings"]["parameters"], results["settings"]["settings"][0]["name"]) == (
        json.loads(_SMALL),
        "sst2",
    )
    table = capsys.readouterr().out.strip()
    assert table == (tmp_path / "a.md").read_text(encoding="utf-8").strip()
    assert "torch " in table
    assert "2 seed(s), one thread." in table
    assert {row["set"] for row in results["rows"]} == {"sst2"}


@pytest.mark.parametrize("validation", [False, True])
def test_documents_are_classified_by_each_pooling(run, validation):
    packed(run.data / "documents/trec/test.tsv.xz", opinions(40, 3))
    found = list(pooling.GROUPS["trec"](validating(run) if validation else run))
    part = "validation" if validation else "test"
    assert [row.name for row in found] == [
        f"trec: {kind} + LR, {part} accuracy" for kind in ("mean", "sif", "tfidf", "max")
    ]
    assert {row.peer for row in found} == {1.0}
    assert {row.peer_name for row in found} == {"TF-IDF + LR"}
    assert all("C=" in row.method for row in found)
    assert len(list(run.vectors.glob("*.textrep"))) == 1


def test_features_of_a_pooling_are_standardised_by_the_documents_trained_on():
    store = EmbeddingStore.from_vectors(["a", "b", "c"], [[1.0, 0.0], [0.0, 2.0], [5.0, 5.0]])
    train, test = Texts(["a", "b", "a b"], ["x", "y", "x"]), Texts(["c", "a"], ["y", "x"])
    (rows, labels), (asked, _) = pooling.pooled_parts(store, "mean", train, test, 1)
    means = np.array([[1, 0], [0, 2], [0.5, 1]])
    np.testing.assert_allclose(rows, (means - means.mean(0)) / means.std(0), atol=1e-6)
    np.testing.assert_allclose(asked, (np.array([[5, 5], [1, 0]]) - means.mean(0)) / means.std(0), atol=1e-6)
    assert labels == train.labels
    assert pooling.accuracy(10.0, (rows, labels), (asked[1:], ["x"])) == 1.0


@pytest.mark.parametrize(("name", "measure"), [("en_ewt", "UPOS accuracy"), ("wnut17", "span F1")])
def test_sentences_are_tagged_with_and_without_vectors(run, name, measure):
    task = named(tag.TASKS, name)
    validation = validating(run)
    parameters = {**json.loads(_SMALL), "early_stopping": False, "char_features": False}
    own, beside = tag.scores(task, Run(**{**vars(validation), "parameters": parameters}))
    assert own.name == f"{name}: validation {measure}"
    assert own.ours > 0.9
    assert len(beside.runs["peer"]) == 1
    assert beside.peer_name == "without our vectors"
    assert list(run.vectors.glob("en_simplewiki-*.textrep"))
    assert isinstance(EmbeddingStore.open(next(run.vectors.glob("*.textrep"))), EmbeddingStore)


def test_speed_of_training(run, monkeypatch):
    monkeypatch.setattr(classify, "_SPEED_TURNS", 1)
    speed, epoch = classify.training_speed(Run(**{**vars(validating(run)), "parameters": {"hidden_size": 4}}))
    assert epoch.ours == pytest.approx(100 / speed.ours)
    assert (speed.at_least, epoch.at_most) == (1.5, 60.0)


def test_speed_of_prediction_is_that_after_the_start(run, monkeypatch):
    def finished(command):
        """Take two seconds to start, and a millisecond a document."""
        assert command[-6:-4] == ["classify", "predict"]
        assert load(command[-4]).predict(["a good film"])[0] in _WORDS
        return Finished(2 + len(Path(command[-3]).read_text(encoding="utf-8").splitlines()) / 1000, 1.0)

    monkeypatch.setattr(classify, "finished", finished)
    (row,) = classify.prediction_speed(Run(**{**vars(validating(run)), "parameters": {"hidden_size": 4}}))
    assert (row.ours, row.at_least) == (pytest.approx(1000), 5000)


@pytest.mark.parametrize("module", [classify, tag])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sets", "imdb"], "--sets 'imdb' is not one of"),
        (["--seeds", "0"], "--seeds must be at least 1, not 0"),
        (["--parameters", "{'dropout': 1}"], "is no JSON"),
        (["--parameters", "[1]"], "is no object"),
        (["--vectors", "absent"], "--vectors absent: there is no such folder"),
    ],
)
def test_wrong_options_are_refused(module, arguments, message, capsys):
    pytest.importorskip("fasttext")
    with pytest.raises(SystemExit, match="2"):
        module.main(arguments)
    assert message in capsys.readouterr().err


def test_poolings_have_no_seeds(capsys):
    with pytest.raises(SystemExit, match="2"):
        pooling.main(["--seeds", "2"])
    assert "unrecognized arguments: --seeds 2" in capsys.readouterr().err


@pytest.mark.parametrize("module", [classify, tag])
def test_absent_data_is_named(module, tmp_path):
    pytest.importorskip("fasttext")
    with pytest.raises(SystemExit, match=r"error: there is no .*; --data is the folder that holds"):
        module.main(["--data", str(tmp_path)])
