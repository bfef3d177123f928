"""``textrep classify``: what it writes, what it says, what it refuses before it trains."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from cli_helpers import invoke, names_in, narrow
from textrep_cli import epochs
from textrep_cli.app import textrep as app
from textrep_cli.learning import SWITCHES
from textrep_cli.signals import catch_signals

import textrep
from textrep.corpus import sources
from textrep.errors import TextrepError
from textrep.evaluation import classification_scores
from textrep.labelled import read_labelled

pytest.importorskip("torch")

from textrep.classifiers import fitting
from textrep.classifiers.saved import load
from textrep.vectorizers.pooled import StoreVectorizer

TRAIN = app.commands["classify"].commands["train"]
OPTIONS = {param.name: param for param in TRAIN.params if isinstance(param, click.Option)}
QUICK = ("--max-epochs", "3", "--batch-size", "8", "--learning-rate", "0.02")
SMALL = (*QUICK, "--hidden-size", "8", "--vector-size", "8", "--jobs", "1")
MODELS = {
    "lstm": SMALL,
    "gru": (*SMALL, "--model", "gru", "--no-bidirectional", "--pooling", "attention"),
    "rnn with store": (
        *QUICK,
        "--max-epochs",
        "9",
        "--model",
        "rnn",
        "--hidden-size",
        "8",
        "--store",
        "words.textrep",
        "--no-fine-tune",
    ),
    "feedforward": (*QUICK, "--model", "feedforward", "--ngram-range", "1,2", "--hidden-layer-sizes", "8"),
    "feedforward with store": (*QUICK, "--model", "feedforward", "--store", "words.textrep"),
    "feedforward with documents": (*QUICK, "--model", "feedforward", "--store", "documents.textrep"),
}
GOOD, BAD = ("good", "fine", "great", "lovely"), ("bad", "poor", "awful", "dull")
THINGS = ("film", "plot", "cast", "story", "music")


def texts_of(words: tuple[str, ...]) -> list[str]:
    return [f"a {word} {thing}" for word in words for thing in THINGS]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents of two classes, with several labels, stores, and a model of each kind."""
    folder = tmp_path_factory.mktemp("classify")
    labelled = [("pos", text) for text in texts_of(GOOD)] + [("neg", text) for text in texts_of(BAD)]
    (folder / "train.tsv").write_text("".join(f"{label}\t{text}\n" for label, text in labelled * 2))
    (folder / "several.txt").write_text(
        "".join(f"__label__{label} __label__{text.split()[2]} {text}\n" for label, text in labelled)
    )
    words = ["a", *GOOD, *BAD, *THINGS]
    vectors = np.random.default_rng(0).standard_normal((len(words), 16))
    textrep.EmbeddingStore.from_vectors(words, vectors, tokenizer=textrep.get_tokenizer("word")).save(
        folder / "words.textrep"
    )
    textrep.embed_documents([text for _, text in labelled], "tfidf").save(folder / "documents.textrep")
    return folder


@pytest.fixture(scope="module")
def trained(data: Path) -> Path:
    return _trained(data, "train.tsv", *SMALL)


@pytest.fixture(scope="module")
def several(data: Path) -> Path:
    return _trained(data, "several.txt", *SMALL, "--max-epochs", "20")


def _trained(folder: Path, name: str, *options: str) -> Path:
    target = folder / f"{name}-model.textrep"
    result = invoke("classify", "train", folder / name, "-o", target, *options)
    assert result.exit_code == 0, result.output
    return target


# training


@pytest.mark.parametrize("model", MODELS)
def test_train_predict_evaluate(here: Path, model: str) -> None:
    result = invoke("classify", "train", "train.tsv", *MODELS[model])
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert "train-classifier.textrep" in names_in(here)
    report = narrow(result.stdout)
    assert re.search(r"^layer +output shape +parameters$", report, re.M)
    assert "\ndata  train.tsv: 80 documents\n" in report
    assert "\nclasses  2: neg 40, pos 40\n" in report
    assert re.search(r"\ntraining  [1-9] epochs?, epoch [1-9] is kept\n", report)
    for name in ("loss", "accuracy"):
        assert re.search(rf"\n{name}  \d\.\d{{4}} in training, \d\.\d{{4}} in validation\n", report)
    assert re.search(r"\nmodel  train-classifier\.textrep, [\d.]+ kB\n", report)
    command = shlex.split(report.splitlines()[-1].removeprefix("Next: textrep "))
    assert command[:3] == ["classify", "predict", "train-classifier.textrep"]
    again = invoke(*command)
    assert again.exit_code == 0
    assert again.stdout in ("pos\n", "neg\n")
    documents = read_labelled("train.tsv")
    own = load("train-classifier.textrep").predict(documents.texts).tolist()
    Path("new.txt").write_text("\n".join(documents.texts))
    assert invoke("classify", "predict", "train-classifier.textrep", "new.txt").stdout.splitlines() == own
    scores = json.loads(invoke("classify", "evaluate", "train-classifier.textrep", "train.tsv", "--json").stdout)
    assert scores == classification_scores(documents.targets, own).to_dict()
    assert scores["accuracy"] > 0.9


def test_word_vectors_are_pooled_as_is_said(here: Path) -> None:
    options = ("--model", "feedforward", "--store", "words.textrep", "--pooling", "tfidf", "--max-epochs", "1")
    assert invoke("classify", "train", "train.tsv", *options).exit_code == 0
    vectorizer, _ = load("train-classifier.textrep")
    assert vectorizer.pooling == "tfidf"


def test_the_same_seed_gives_the_same_model(here: Path) -> None:
    files = []
    for seed in (1, 1, 2):
        assert invoke("classify", "train", "train.tsv", *SMALL, "--seed", seed).exit_code == 0
        network = load("train-classifier.textrep").network_
        files.append(np.concatenate([p.detach().numpy().ravel() for p in network.parameters()]))
    np.testing.assert_array_equal(files[0], files[1])
    assert not np.array_equal(files[0], files[2])


def test_a_model_is_replaced_and_that_is_said(here: Path) -> None:
    assert "replaces" not in invoke("classify", "train", "train.tsv", *SMALL).stdout
    assert "kB, replaces the one before\n" in invoke("classify", "train", "train.tsv", *SMALL).stdout


def test_json_of_train(here: Path) -> None:
    result = invoke("classify", "train", "train.tsv", *SMALL, "--plot", "curve.svg", "--json")
    summary = json.loads(result.stdout)
    model = load("train-classifier.textrep")
    assert 0 < summary.pop("seconds") < 60
    assert summary == {
        "model": "train-classifier.textrep",
        "bytes": Path("train-classifier.textrep").stat().st_size,
        "documents": 80,
        "classes": {"neg": 40, "pos": 40},
        "parameters": model.summary().total,
        "epochs": len(model.history_),
        "best_epoch": model.best_epoch_,
        "interrupted": False,
        "history": model.history_,
        "overfitting": None,
        "plot": "curve.svg",
    }
    assert Path("curve.svg").read_text().count("<svg") == 1


def test_overfitting_is_said(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from textrep.classifiers import overfitting

    monkeypatch.setattr(overfitting, "overfitting_sentence", lambda history: f"Overfitting: {len(history)} epochs.")
    result = invoke("classify", "train", "train.tsv", *SMALL, "--no-early-stopping")
    assert "\n\nOverfitting: 3 epochs.\n\nNext: " in result.stdout


def test_records_by_field(here: Path) -> None:
    rows = [f"{document.text},{document.labels[0]}" for document in read_labelled("train.tsv")]
    Path("train.csv").write_text("\n".join(["review,stars", *rows]))
    fields = ("--text-field", "review", "--label-field", "stars")
    assert invoke("classify", "train", "train.csv", *fields, *SMALL).exit_code == 0
    by_number = ("--text-field", "0", "--label-field", "-1")
    result = invoke("classify", "evaluate", "train-classifier.textrep", "train.csv", *by_number, "--json")
    assert result.exit_code == 0, result.stderr  # the header is a document then, of a class that is unknown
    assert result.stderr.startswith("textrep: train.csv, line 1: the class 'stars' is none of train-classifier.textrep")
    assert json.loads(result.stdout)["n_documents"] == 81


# options


def default_of(option: str) -> str | None:
    shown = OPTIONS[option].show_default
    return shown if isinstance(shown, str) else None


@pytest.mark.parametrize("name", inspect.signature(textrep.RecurrentClassifier).parameters)
def test_every_parameter_is_an_option_that_shows_its_default(name: str) -> None:
    recurrent, forward = (
        inspect.signature(kind).parameters.get(name)
        for kind in (
            textrep.RecurrentClassifier,
            StoreVectorizer if name == "pooling" else textrep.FeedForwardClassifier,
        )
    )
    if name in ("verbose", "multilabel"):  # progress is shown anyway; the data tell
        return
    switch = {parameter: flag for flag, parameter in SWITCHES.items()}.get(name)
    if switch:
        assert OPTIONS[switch].is_flag
        assert recurrent.default is True
        return
    option = OPTIONS[{"cell": "model", "random_state": "seed"}.get(name, name)]
    if name in ("cell", "device"):
        assert option.default == recurrent.default
    elif name not in ("store", "tokenizer", "random_state"):
        written = {(): "none", None: "none"}.get(recurrent.default, f"{recurrent.default}".removesuffix(".0"))
        if forward is not None and forward.default != recurrent.default:
            other = forward.default
            written += "; feedforward: " + (
                ",".join(map(str, other)) if isinstance(other, tuple) else f"{other}".removesuffix(".0")
            )
        assert option.show_default == written


def test_options_are_passed_on(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {}

    class Recorder:
        def __init__(self, store, **parameters):
            given.update(parameters, store=store)
            raise TextrepError("enough")

    monkeypatch.setattr(textrep, "RecurrentClassifier", Recorder, raising=False)
    options = dict(
        [
            *(("hidden-size", 3), ("num-layers", 2), ("pooling", "mean"), ("hidden-layer-sizes", "9,4")),
            *(("activation", "tanh"), ("vector-size", 5), ("min-count", 2), ("tokenizer", "char"), ("dropout", 0.1)),
            *(("class-weight", "balanced"), ("l1", 0.5), ("l2", 0.25), ("learning-rate", 0.125), ("batch-size", 4)),
            *(("max-epochs", 6), ("device", "cpu"), ("validation-fraction", 0.2), ("patience", 7)),
            *(("clip-gradient", 1.5), ("seed", 8), ("model", "gru")),
        ]
    )
    written = [word for name, value in options.items() for word in (f"--{name}", value)]
    assert invoke("classify", "train", "train.tsv", *written, "--no-bidirectional").stderr == "textrep: enough\n"
    expected = {name.replace("-", "_"): value for name, value in options.items()}
    expected |= {"cell": expected.pop("model"), "random_state": expected.pop("seed"), "hidden_layer_sizes": (9, 4)}
    assert given == expected | {"bidirectional": False, "store": None}
    given.clear()
    none = ("--class-weight", "none", "--hidden-layer-sizes", "none", "--no-early-stopping")
    invoke("classify", "train", "train.tsv", *none, "--store", "words.textrep")
    assert len(given.pop("store")) > 5
    early_stopping = {"early_stopping": False}
    assert given == early_stopping | {"cell": "lstm", "random_state": 1, "class_weight": None, "hidden_layer_sizes": ()}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--model", "cnn"), "'cnn' is not one of 'lstm', 'gru', 'rnn', 'feedforward'."),
        (("--hidden-size", "0"), "Invalid value for '--hidden-size': 0 is not in the range x>=1."),
        (("--hidden-layer-sizes", "9,x"), "'9,x' is not whole numbers of 1 or more, such as 128,64, or none."),
        (("--hidden-layer-sizes", "0"), "'0' is not whole numbers of 1 or more"),
        (("--dropout", "1"), "Invalid value for '--dropout': 1.0 is not in the range 0<=x<=0.99."),
        (("--validation-fraction", "0.95"), "'--validation-fraction': 0.95 is not in the range 0<=x<=0.9."),
        (("--learning-rate", "nan"), "'nan' is not a finite number."),
        (("--learning-rate", "1e30"), "1e+30 is not in the range 0<x<=10"),
        (("--model", "feedforward", "--pooling", "max"), "--pooling has no effect with --model feedforward without"),
        (("--pooling", "sif"), "--pooling sif is not for --model lstm, which takes max, mean, last and attention."),
        (
            ("--model", "feedforward", "--store", "words.textrep", "--pooling", "last"),
            "--pooling last is not for --model feedforward, which takes mean, sif, tfidf and max.",
        ),
        (
            ("--model", "feedforward", "--store", "documents.textrep", "--pooling", "sif"),
            "--pooling has no effect with a --store of documents",
        ),
        (("--model", "gru", "--ngram-range", "1,2"), "--ngram-range is an option of --model feedforward, not gru."),
        (("--vector-size", "9", "--store", "words.textrep"), "--vector-size has no effect with --store, whose vectors"),
        (("--min-count", "9", "--store", "words.textrep"), "--min-count has no effect with --store, all of whose"),
        (("--no-fine-tune",), "--no-fine-tune leaves the vectors of --store as they are; name one."),
        (("--no-early-stopping", "--patience", "2"), "--patience has no effect with --no-early-stopping."),
        (
            ("--model", "feedforward", "--store", "documents.textrep", "--tokenizer", "char"),
            "--tokenizer has no effect with a --store of documents",
        ),
        (("-o", "-"), "-o - is not possible: a classifier cannot be written to standard output."),
        (("--plot", "curve.gif"), "--plot: 'curve.gif' names no kind of picture: give it the ending .png or .svg."),
        (("--encoding", "klingon"), "--encoding klingon is unknown; utf-8, cp949 and latin-1 are known ones."),
        (("--label-field", ""), "Invalid value for '--label-field': it is empty; it names a column"),
    ],
)
def test_wrong_usage(here: Path, options: tuple[str, ...], message: str) -> None:
    result = invoke("classify", "train", "train.tsv", *options)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("textrep: ")
    assert message in result.stderr
    assert result.stderr.endswith(" See: textrep classify train --help\n")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("a.tsv", "x\tone\nx\ttwo\ny\tthree\n", (), "a.tsv, line 3: the class 'y' is seen once, and needs two"),
        ("a.tsv", "x\tone\nx\ttwo\n", (), "all 2 documents have the label 'x'. A classifier needs two classes"),
        ("a.tsv", "x\tone\ntwo\n", (), "a.tsv, line 2: no label: there is no TAB in 'two'."),
        ("a.tsv", "x\t \n", (), "a.tsv, line 1: no text: nothing but the label 'x'."),
        ("a.csv", "a,b\n1,2\n", (), "--text-field"),
        ("a.csv", "text,b\n1,2\n", (), "--label-field"),
        ("a.tsv", "a\tb\tc\n", (), "Pass the columns that hold them: by number, --label-field 0, --text-field 1, or"),
        ("a.md", "x\tone\n", (), "Pass the format: --format tsv reads a label, a TAB and a text a line"),
        ("a.tsv", "", (), "a.tsv: no document: empty, blank, or a header alone"),
        ("a.tsv", "x\tone\n", ("--format", "fasttext"), "If lines are a label, a TAB and a text, pass --format tsv"),
        ("a.tsv", "x\tone\nx\ttwo\ny\tthree\n", (), "pass --validation-fraction 0 to validate on none"),
        ("a.tsv", b"x\t\xe9t\xe9\n", (), "--encoding cp949"),
        ("a.tsv", "x\tone\nx\ttwo\ny\tthree\ny\tfour\n", ("--device", "cuda:99"), "--device cuda:99 is"),
        ("no.tsv", None, (), "'no.tsv' is no file"),
        ("a/b.md", "x\tone\n", (), "textrep classify train 'a/*' --format tsv"),
        ("a.tsv", "x\tone\nx\ttwo\ny\tthree\ny\tfour\n", ("--store", "no.textrep"), "there is no file no.textrep"),
        ("a.tsv", "x\tone\nx\ttwo\ny\tthree\ny\tfour\n", ("-o", "a.tsv"), "a.tsv is the data itself; choose another"),
        ("a.tsv", "x\tone\nx\ttwo\ny\tthree\ny\tfour\n", ("-o", "words.textrep"), "words.textrep exists and is no cl"),
        ("a.tsv", "x\tone\nx\ttwo\ny\tthree\ny\tfour\n", ("-o", "no/m"), "no/m cannot be written: there is no folder"),
        ("a.tsv", "x\tone\nx\ttwo\ny\tthree\ny\tfour\n", ("--plot", "no/p.png"), "no/p.png cannot be written"),
    ],
)
def test_what_is_refused_before_training(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str | bytes | None,
    options: tuple[str, ...],
    message: str,
) -> None:
    if content is not None:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    before = {path: path.is_file() and path.read_bytes() for path in here.rglob("*")}
    result = invoke("classify", "train", name.split("/")[0], *SMALL, *options)
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert result.stderr.startswith("textrep: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not re.search(r"\w=|_field|read_|list of str", result.stderr)
    assert {path: path.is_file() and path.read_bytes() for path in here.rglob("*")} == before


# Ctrl-C


@pytest.fixture(params=["python", "textrep"])
def handler(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """What handles Ctrl-C: Python, as in a notebook, or the command. Progress is reported after each batch."""
    monkeypatch.setattr(fitting, "_BETWEEN_REPORTS", 0)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request.param == "textrep":
        catch_signals()
    yield signal.getsignal(signal.SIGINT)
    for number, old in before.items():
        signal.signal(number, old)


def test_ctrl_c_keeps_the_best_epoch_so_far(here: Path, monkeypatch: pytest.MonkeyPatch, handler: object) -> None:
    def press(self, progress) -> None:
        if progress.record is None and progress.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(epochs.EpochBar, "__call__", press)
    result = invoke("classify", "train", "train.tsv", *SMALL, "--plot", "curve.png")
    assert result.exit_code == 130
    assert result.stderr == "textrep: interrupted; train-classifier.textrep holds the model of epoch 1\n"
    assert "\ntraining  1 epoch, ended by Ctrl-C, epoch 1 is kept\n" in narrow(result.stdout)
    assert signal.getsignal(signal.SIGINT) is handler
    assert {"curve.png", "train-classifier.textrep"} <= {*names_in(here)}
    assert invoke("classify", "predict", "train-classifier.textrep", "--text", "good").exit_code == 0


@pytest.mark.parametrize("place", ["reading", "first epoch"])
def test_ctrl_c_before_there_is_a_model(
    here: Path, monkeypatch: pytest.MonkeyPatch, place: str, handler: object
) -> None:
    def press(*args: object, **options: object) -> None:
        signal.raise_signal(signal.SIGINT)

    if place == "reading":
        monkeypatch.setattr("textrep.labelled.read_labelled", press)
    else:
        monkeypatch.setattr(epochs.EpochBar, "__call__", press)
    before = names_in(here)
    result = invoke("classify", "train", "train.tsv", *SMALL)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "textrep: interrupted; no model was written\n"
    assert names_in(here) == before


# prediction


def predicted(model: Path, *args: object, stdin: bytes | str | None = None) -> list[str]:
    result = invoke("classify", "predict", model, *args, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    assert result.stdout == "" or result.stdout.endswith("\n")
    return result.stdout.split("\n")[:-1]


def test_a_line_out_for_each_line_in(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["a good film", "", "a bad plot", " \t", "unknown", *texts_of(GOOD), "", *texts_of(BAD), ""]
    model = load(trained)
    expected = [model.predict([text])[0] if text.strip() else "" for text in texts]
    assert {"pos", "neg", ""} == {*expected}
    (tmp_path / "new.txt").write_text("".join(f"{text}\n" for text in texts))
    assert predicted(trained, tmp_path / "new.txt") == expected
    assert predicted(trained, stdin="".join(f"{text}\n" for text in texts)) == expected
    assert predicted(trained, "-", stdin="﻿" + "\r\n".join(texts) + "\r\n") == expected
    assert predicted(trained, stdin="\n".join(texts[:-2])) == expected[:-2]  # no line end at the end
    assert predicted(trained, tmp_path / "new.txt", tmp_path / "new.txt") == expected * 2
    monkeypatch.setattr(sources, "BUFFER_SIZE", 7)
    assert predicted(trained, stdin="".join(f"{text}\n" for text in texts)) == expected


def test_no_text_no_line(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "empty.csv").write_text("text\n")
    for name in ("empty.txt", "empty.csv"):
        assert predicted(trained, tmp_path / name) == []
        assert predicted(trained, tmp_path / name, "--json") == ["[]"]


def test_texts_on_the_command_line(trained: Path) -> None:
    assert predicted(trained, "--text", "a good film", "--text", "a bad film") == ["pos", "neg"]


def test_records(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "new.jsonl").write_text('{"body": "a good film"}\n{"body": ""}\n{"body": "a bad film"}\n')
    assert predicted(trained, tmp_path / "new.jsonl", "--text-field", "body") == ["pos", "", "neg"]
    result = invoke("classify", "predict", trained, tmp_path / "new.jsonl")
    assert result.exit_code == 1
    assert "--text-field NAME" in result.stderr


def test_probabilities(trained: Path) -> None:
    model = load(trained)
    texts = ["a good film", "a bad film", "so so"]
    shown = [line.split("\t") for line in predicted(trained, "--probabilities", stdin="\n".join([*texts, ""]))]
    for text, (first, share, second, other) in zip(texts, shown, strict=True):
        expected = dict(zip(model.classes_.tolist(), model.predict_proba([text])[0], strict=True))
        assert first == model.predict([text])[0]
        assert {first, second} == {"pos", "neg"}
        assert (float(share), float(other)) == pytest.approx((expected[first], expected[second]), abs=1e-4)
        assert float(share) >= float(other)


def test_json(trained: Path) -> None:
    result = invoke("classify", "predict", trained, "--json", "--probabilities", stdin="a good film\n\n")
    first, blank = json.loads(result.stdout)
    assert first.keys() == {"text", "label", "probabilities"}
    assert (first["text"], first["label"]) == ("a good film", "pos")
    assert [item["label"] for item in first["probabilities"]] == ["pos", "neg"]
    assert sum(item["probability"] for item in first["probabilities"]) == pytest.approx(1)
    assert blank == {"text": "", "label": None, "probabilities": None}
    marked = invoke("classify", "predict", trained, "--json", stdin="﻿a good film\r\n".encode())
    assert [item["text"] for item in json.loads(marked.stdout)] == ["a good film"]


def test_several_labels(several: Path) -> None:
    model = load(several)
    texts = ["a good film", "a dull plot", "zzz"]
    expected = model.predict(texts)
    assert all(isinstance(labels, tuple) for labels in expected)
    assert any(len(labels) == 2 for labels in expected)
    assert predicted(several, stdin="\n".join(texts)) == ["\t".join(labels) for labels in expected]
    items = json.loads(invoke("classify", "predict", several, "--json", stdin="\n".join(texts)).stdout)
    assert items == [{"text": t, "labels": [*labels]} for t, labels in zip(texts, expected, strict=True)]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("no.textrep",), 1, "there is no file no.textrep"),
        (("words.textrep",), 1, "words.textrep is a store of vectors, no model; train one on it: textrep classify"),
        (("train.tsv",), 1, "train.tsv is not a file that textrep saved"),
        (("MODEL", "no.txt"), 1, "'no.txt' is no file"),
        (("MODEL", "new.md"), 1, "--format txt"),
        (("MODEL", "new.txt", "--text", "x"), 2, "--text and FILE both name texts; give one of them."),
        (("MODEL", "--text", "caf\udce9"), 2, "holds bytes that are no character"),
        (("MODEL", "--encoding", "klingon"), 2, "--encoding klingon is unknown"),
    ],
)
def test_what_cannot_be_predicted(here: Path, trained: Path, args: tuple[str, ...], code: int, message: str) -> None:
    Path("new.txt").write_text("x\n")
    Path("new.md").write_text("x\n")
    result = invoke("classify", "predict", *(trained if arg == "MODEL" else arg for arg in args), stdin="")
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("read", [5, 1 << 16])
def test_what_is_not_utf8_names_the_line(trained: Path, monkeypatch: pytest.MonkeyPatch, read: int) -> None:
    monkeypatch.setattr(sources, "BUFFER_SIZE", read)
    result = invoke("classify", "predict", trained, stdin=b"good\n\nbad\ncaf\xe9\n")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        r"textrep: standard input, line 4: not valid utf-8 at byte 13 of the file: b'\xe9' ("
    )
    assert result.stderr.endswith("--encoding-errors replace to read on with U+FFFD there\n")
    assert predicted(trained, "--encoding", "latin-1", stdin=b"bad caf\xe9\n") == ["neg"]
    assert len(predicted(trained, "--encoding-errors", "replace", stdin=b"good\ncaf\xe9\n")) == 2


# evaluation


def test_evaluate_for_people(here: Path, trained: Path) -> None:
    Path("test.tsv").write_text("pos\ta good film\npos\ta bad film\nneg\ta bad plot\n")
    result = invoke("classify", "evaluate", trained, "test.tsv", "--plot", "confusion.png")
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    assert result.stdout == (
        "documents       3\n"
        "accuracy   0.6667\n"
        "macro F1   0.6667\n"
        "micro F1   0.6667\n"
        "\n"
        "class  precision  recall      F1  documents\n"
        "neg       0.5000  1.0000  0.6667          1\n"
        "pos       1.0000  0.5000  0.6667          2\n"
        "\n"
        "Confusion matrix: a row is what the data have, a column what was predicted.\n"
        "     neg  pos\n"
        "neg    1    .\n"
        "pos    1    1\n"
    )
    assert Path("confusion.png").read_bytes().startswith(b"\x89PNG")


def test_evaluate_several_labels(here: Path, several: Path) -> None:
    documents = read_labelled("several.txt")
    expected = classification_scores(documents.labels, load(several).predict(documents.texts), multilabel=True)
    result = invoke("classify", "evaluate", several, "several.txt", "--json", "--plot", "confusion.svg")
    assert json.loads(result.stdout) == expected.to_dict()
    shown = invoke("classify", "evaluate", several, "several.txt").stdout
    assert f"share of exact matches  {expected.accuracy:.4f}\n" in narrow(shown)  # what train calls it
    assert f"micro F1  {expected.micro_f1:.4f}\n" in narrow(shown)
    assert "Confusion matrix" not in shown


def test_a_class_that_the_model_does_not_know(here: Path, trained: Path) -> None:
    Path("test.tsv").write_text("pos\ta good film\nodd\ta bad film\nodd\ta bad plot\n")
    result = invoke("classify", "evaluate", trained, "test.tsv", "--json")
    assert result.exit_code == 0
    assert result.stderr == (
        f"textrep: test.tsv, line 2: the class 'odd' is none of {trained}; it counts as wrong, in 2 documents\n"
    )
    assert json.loads(result.stdout)["accuracy"] == pytest.approx(1 / 3)


def test_several_labels_for_a_model_of_one(here: Path, trained: Path) -> None:
    result = invoke("classify", "evaluate", trained, "several.txt")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"textrep: several.txt, line 1: 2 labels, but {trained} gives each document one")


def test_many_classes_are_shown_by_what_is_confused(capsys: pytest.CaptureFixture[str]) -> None:
    from textrep_cli.scores import show_classes

    true = [f"c{i:02}" for i in range(30) for _ in range(3)]
    wrong = [
        "c07" if label == "c03" else "c01" if (label, i % 3) == ("c02", 0) else label for i, label in enumerate(true)
    ]
    show_classes(classification_scores(true, wrong), "class", "documents")
    shown = capsys.readouterr().out
    assert shown.endswith(
        "\nConfused most often:\n"
        "in the data  predicted  times\n"
        "c03          c07            3\n"
        "c02          c01            1\n"
    )
