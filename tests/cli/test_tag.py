"""``textrep tag``: what it writes, what it says, what it refuses before it trains."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import signal
from itertools import chain
from pathlib import Path

import click
import numpy as np
import pytest
from cli_helpers import invoke, names_in, narrow
from textrep_cli import epochs
from textrep_cli.app import textrep as app
from textrep_cli.learning import SWITCHES

import textrep
from textrep.errors import TextrepError
from textrep.evaluation import tagging_scores
from textrep.labelled import read_sequences

pytest.importorskip("torch")

from textrep.classifiers.saved import load

TRAIN = app.commands["tag"].commands["train"]
OPTIONS = {param.name: param for param in TRAIN.params if isinstance(param, click.Option)}
SMALL = (
    *("--vector-size", "8", "--max-epochs", "12", "--batch-size", "8", "--learning-rate", "0.03"),
    *("--hidden-size", "8", "--jobs", "1", "--dropout", "0"),
)
SENTENCES = [
    ["Ann/B-PER", "sees/O", "Rome/B-LOC"],
    ["Bob/B-PER", "saw/O", "Ann/B-PER", "Lee/I-PER"],
    ["Rome/B-LOC", "saw/O", "Bob/B-PER"],
    ["it/O", "rains/O", "in/O", "Rome/B-LOC"],
] * 8
POS = {"Ann": "PROPN", "Bob": "PROPN", "Lee": "PROPN", "Rome": "PROPN", "it": "PRON", "in": "ADP"}


def conll(sentences: list[list[str]]) -> str:
    return "".join("".join(word.replace("/", "\t") + "\n" for word in sentence) + "\n" for sentence in sentences)


def conllu(sentences: list[list[str]]) -> str:
    rows = []
    for sentence in sentences:
        rows.append("# text = " + " ".join(sentence))
        for i, word in enumerate(sentence, 1):
            form = word.partition("/")[0]
            rows.append(f"{i}\t{form}\t_\t{POS.get(form, 'VERB')}\tX{i % 2}\t_\t_\t_\t_\t_")
        rows.append("")
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tagged sentences in both formats, a store, and a model of each kind of tags."""
    folder = tmp_path_factory.mktemp("tag")
    (folder / "names.conll").write_text(conll(SENTENCES))
    (folder / "words.conllu").write_text(conllu(SENTENCES))
    words = sorted({word.partition("/")[0].lower() for word in chain.from_iterable(SENTENCES)})
    vectors = np.random.default_rng(0).standard_normal((len(words), 16))
    textrep.EmbeddingStore.from_vectors(words, vectors, tokenizer=textrep.get_tokenizer("word")).save(
        folder / "words.textrep"
    )
    return folder


@pytest.fixture(scope="module")
def names(data: Path) -> Path:
    return _trained(data, "names.conll")


@pytest.fixture(scope="module")
def parts(data: Path) -> Path:
    return _trained(data, "words.conllu")


def _trained(folder: Path, name: str) -> Path:
    target = folder / f"{name}-model.textrep"
    result = invoke("tag", "train", folder / name, "-o", target, *SMALL)
    assert result.exit_code == 0, result.output
    return target


# training


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--model", "gru", "--no-crf", "--no-char-features", "--no-bidirectional"),
        ("--model", "rnn", "--scheme", "none"),
        ("--store", "words.textrep", "--no-fine-tune"),
    ],
)
def test_train_predict_evaluate(here: Path, options: tuple[str, ...]) -> None:
    small = SMALL[2:] if "--store" in options else SMALL  # a store's vectors have their size
    result = invoke("tag", "train", "names.conll", *small, *options)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    report = narrow(result.stdout)
    score = "accuracy" if "none" in options else "span F1"
    assert re.search(r"^layer +output shape +parameters$", report, re.M)
    assert "\ndata  names.conll: 32 sentences, 112 tokens\n" in report
    assert "\ntags  4: O 48, B-PER 32, B-LOC 24, I-PER 8\n" in report
    for name in ("loss", score):
        assert re.search(rf"\n{name}  \d+\.\d{{4}} in training, \d+\.\d{{4}} in validation\n", report)
    command = shlex.split(report.splitlines()[-1].removeprefix("Next: textrep "))
    assert command[:3] == ["tag", "predict", "names-tagger.textrep"]
    again = invoke(*command)
    assert again.exit_code == 0
    words = command[-1].split()
    assert [line.partition("\t")[0] for line in again.stdout.splitlines()] == [*words, ""]
    sentences = read_sequences("names.conll")
    own = load("names-tagger.textrep").predict(sentences.tokens)
    scores = json.loads(invoke("tag", "evaluate", "names-tagger.textrep", "names.conll", "--json").stdout)
    assert scores == tagging_scores(sentences.tags, own).to_dict()
    assert scores["accuracy"] > 0.9


def test_columns(here: Path) -> None:
    columns = ("--tag-column", "xpos", "--token-column", "form")
    assert "\ntags  2: X1 64, X0 48\n" in narrow(invoke("tag", "train", "words.conllu", *SMALL, *columns).stdout)
    result = invoke("tag", "evaluate", "words-tagger.textrep", "words.conllu", "--tag-column", "4", "--json")
    assert json.loads(result.stdout)["scheme"] is None
    assert json.loads(result.stdout)["f1"] is None
    Path("three.txt").write_text("B-PER x Ann\nO x saw\n\n" * 4)
    by_number = ("--tag-column", "0", "--token-column", "-1")
    assert "\ntags  2: B-PER 4, O 4\n" in narrow(invoke("tag", "train", "three.txt", *SMALL, *by_number).stdout)


def test_json_of_train(here: Path) -> None:
    result = invoke("tag", "train", "names.conll", *SMALL, "--plot", "curve.png", "--json")
    summary = json.loads(result.stdout)
    tagger = load("names-tagger.textrep")
    assert 0 < summary.pop("seconds") < 60
    del summary["overfitting"]  # or not
    assert summary == {
        "model": "names-tagger.textrep",
        "bytes": Path("names-tagger.textrep").stat().st_size,
        "sentences": 32,
        "tokens": 112,
        "tags": {"B-LOC": 24, "B-PER": 32, "I-PER": 8, "O": 48},
        "parameters": tagger.summary().total,
        "epochs": len(tagger.history_),
        "best_epoch": tagger.best_epoch_,
        "interrupted": False,
        "history": tagger.history_,
        "plot": "curve.png",
    }
    assert Path("curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", inspect.signature(textrep.RecurrentTagger).parameters)
def test_every_parameter_is_an_option_that_shows_its_default(name: str) -> None:
    default = inspect.signature(textrep.RecurrentTagger).parameters[name].default
    switch = {parameter: flag for flag, parameter in SWITCHES.items()}.get(name)
    if name == "verbose":  # progress is shown anyway
        return
    if switch:
        assert OPTIONS[switch].is_flag
        assert default is True
        return
    option = OPTIONS[{"cell": "model", "random_state": "seed"}.get(name, name)]
    if name in ("cell", "device"):
        assert option.default == default
    elif name not in ("store", "random_state"):
        assert option.show_default == ("none" if default is None else str(default).removesuffix(".0"))


def test_options_are_passed_on(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {}

    class Recorder:
        def __init__(self, store, **parameters):
            given.update(parameters, store=store)
            raise TextrepError("enough")

    monkeypatch.setattr(textrep, "RecurrentTagger", Recorder, raising=False)
    switches = ("--no-crf", "--no-char-features", "--no-bidirectional", "--no-early-stopping")
    assert invoke("tag", "train", "names.conll", *SMALL, *switches, "--scheme", "iob1").stderr == "textrep: enough\n"
    assert given == {
        "store": None,
        "cell": "lstm",
        "random_state": 1,
        "max_epochs": 12,
        "batch_size": 8,
        "learning_rate": 0.03,
        "hidden_size": 8,
        "vector_size": 8,
        "dropout": 0.0,
        "scheme": "IOB1",
        **dict.fromkeys(("crf", "char_features", "bidirectional", "early_stopping"), False),
    }


@pytest.mark.parametrize(
    ("content", "options", "code", "message"),
    [
        ("a\tB-X\nb\tQ-X\n", (), 1, "a.conll, line 2: the tag 'Q-X' belongs to no known scheme together with 'B-X'"),
        ("a\tB-X\nb\tQ-X\n", (), 1, "--scheme none"),
        ("a\tO\nb\n", (), 1, "a.conll, line 2: columns: 1, but 2 in line 1"),
        ("a\tO\nb\n", (), 1, "--comment-prefix '#'"),
        ("a\nb\n", (), 1, "a.conll, line 1: no tag: one column only."),
        ("a\nb\n", (), 1, "--token-column, --tag-column"),
        ("a\tO\n", ("--tag-column", "9"), 1, "a.conll, line 1: --tag-column 9, but the columns are 0 to 1."),
        ("a\tO\n", ("--tag-column", "upos"), 1, "If the file is CoNLL-U, pass --format conllu"),
        ("\n", (), 1, "a.conll: no sentence: empty or blank"),
        ("a\tO\nb\tO\n", (), 1, "all 2 tokens have the tag 'O'. A tagger needs two tags"),
        ("+\ta good film\n-\ta bad film\n", (), 1, "a.conll, line 1: 'a good film' is a text rather than a tag"),
        ("a\tO\n", ("-o", "a.conll"), 1, "a.conll is the data itself; choose another file with -o"),
        ("a\tO\n", ("-o", "words.textrep"), 1, "words.textrep exists and is no tagger, so it is not replaced"),
        ("a\tO\n", ("--store", "a.conll"), 1, "a.conll"),
        ("a\tO\n", ("--model", "feedforward"), 2, "'feedforward' is not one of 'lstm', 'gru', 'rnn'."),
        ("a\tO\n", ("--no-fine-tune",), 2, "--no-fine-tune leaves the vectors of --store as they are; name one."),
        ("a\tO\n", ("-o", "-"), 2, "-o - is not possible: a tagger cannot be written to standard output."),
    ],
)
def test_what_is_refused_before_training(
    here: Path, content: str, options: tuple[str, ...], code: int, message: str
) -> None:
    Path("a.conll").write_text(content)
    before = names_in(here)
    result = invoke("tag", "train", "a.conll", *options)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not re.search(r"\w=|_column|_prefix|read_", result.stderr)
    assert names_in(here) == before


def test_an_empty_sentence_is_named(here: Path) -> None:
    Path("a.conllu").write_text("# text = nothing\n\n")
    result = invoke("tag", "train", "a.conllu")
    assert result.stderr == "textrep: a.conllu, line 1: a sentence without tokens. Leave it out, with its comments\n"


def test_ctrl_c_keeps_the_best_epoch_so_far(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def press(self, progress) -> None:
        if progress.record is not None and progress.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(epochs.EpochBar, "__call__", press)
    result = invoke("tag", "train", "names.conll", *SMALL, "--json")
    assert result.exit_code == 130
    best = load("names-tagger.textrep").best_epoch_
    assert result.stderr == f"textrep: interrupted; names-tagger.textrep holds the model of epoch {best}\n"
    summary = json.loads(result.stdout)
    assert (summary["epochs"], summary["best_epoch"], summary["interrupted"]) == (2, best, True)


# prediction


def tagged(model: Path, *args: object, stdin: bytes | str | None = None) -> str:
    result = invoke("tag", "predict", model, *args, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def test_text_and_conll_give_the_same(here: Path, names: Path) -> None:
    tokens = [["Ann", "saw", "Rome"], ["Bob", "Lee", "rains"]]
    tags = load(names).predict(tokens)
    assert {"B-PER", "O", "B-LOC"} <= {*chain.from_iterable(tags)}
    expected = conll([[f"{t}/{g}" for t, g in zip(*pair, strict=True)] for pair in zip(tokens, tags, strict=True)])
    text = "Ann saw  Rome\nBob Lee rains\n"
    Path("new.txt").write_text(text)
    Path("new.conll").write_text("\n\n".join("\n".join(sentence) for sentence in tokens))
    Path("tagged.conll").write_text("\n\n".join("\n".join(f"{t}\tX" for t in sentence) for sentence in tokens))
    assert tagged(names, "new.txt") == expected
    assert tagged(names, stdin=text) == expected
    assert tagged(names, "--text", "Ann saw Rome", "--text", "Bob Lee rains") == expected
    assert tagged(names, "new.conll") == expected
    assert tagged(names, "tagged.conll") == expected
    assert tagged(names, "--format", "conll", stdin=Path("tagged.conll").read_bytes()) == expected
    assert tagged(names, "new.txt", "new.conll") == expected * 2
    Path("out.conll").write_text(expected)
    assert tagged(names, "out.conll") == expected  # what it writes, it reads
    assert invoke("tag", "evaluate", names, "out.conll", "--json").exit_code == 0


def test_a_blank_line_is_a_sentence_without_tokens(names: Path) -> None:
    assert tagged(names, stdin="Ann\n\n \nRome\n") == tagged(names, stdin="Ann\n") + "\n\n" + tagged(
        names, stdin="Rome"
    )
    items = json.loads(tagged(names, "--json", stdin="Ann\n\n"))
    assert items == [{"tokens": ["Ann"], "tags": ["B-PER"]}, {"tokens": [], "tags": []}]


def test_nothing_in_nothing_out(here: Path, names: Path) -> None:
    for name in ("empty.txt", "empty.conll"):
        Path(name).touch()
        assert tagged(names, name) == ""
        assert tagged(names, name, "--json") == "[]\n"


def test_characters_are_tokens_if_asked_for(names: Path) -> None:
    lines = tagged(names, "--format", "characters", "--text", "한 a").split("\n")
    assert [line.partition("\t")[0] for line in lines] == ["한", " ", "a", "", ""]
    assert tagged(names, "--format", "characters", stdin="한 a\n") == "\n".join(lines)


def test_probabilities(names: Path) -> None:
    tagger = load(names)
    tokens = ["Bob", "saw", "Ann", "Lee"]
    (tags,), (table,) = tagger.predict([tokens]), tagger.predict_proba([tokens])
    expected = [row[tagger.classes_.tolist().index(label)] for row, label in zip(table, tags, strict=True)]
    rows = [line.split("\t") for line in tagged(names, "--probabilities", "--text", " ".join(tokens)).splitlines()]
    assert [row[:2] for row in rows[:-1]] == [list(pair) for pair in zip(tokens, tags, strict=True)]
    assert [float(row[2]) for row in rows[:-1]] == pytest.approx(expected, abs=1e-4)
    (item,) = json.loads(tagged(names, "--probabilities", "--json", "--text", " ".join(tokens)))
    assert item["probabilities"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (
            ("MODEL",),
            1,
            r"standard input, line 1: 'Ann\tB-PER' has a TAB. If each line is a token, give --format conll",
        ),
        (("words.textrep",), 1, "is a store of vectors, no model; train one on it: textrep tag train DATA --store"),
        (("MODEL", "no.conll"), 1, "'no.conll' is no file"),
        (("MODEL", "--text", "x", "--format", "conll"), 2, "--text is a sentence; it has no --format conll."),
        (("MODEL", "names.conll", "--text", "x"), 2, "--text and FILE both name texts; give one of them."),
    ],
)
def test_what_cannot_be_tagged(here: Path, names: Path, args: tuple[str, ...], code: int, message: str) -> None:
    result = invoke("tag", "predict", *(names if arg == "MODEL" else arg for arg in args), stdin="Ann\tB-PER\n")
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_documents_and_their_classes_are_not_compared_with_tags(here: Path, names: Path) -> None:
    Path("reviews.tsv").write_text("good\ta good film\nbad\ta bad film\n" * 3)
    result = invoke("tag", "evaluate", names, "reviews.tsv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "reviews.tsv, line 1: 'a good film' is a text rather than a tag, and so are most." in result.stderr


def test_each_command_wants_a_model_of_its_own(here: Path, names: Path) -> None:
    result = invoke("classify", "predict", names, "--text", "x")
    assert result.exit_code == 1
    assert result.stderr == f"textrep: {names} is a tagger; it is used by: textrep tag predict {names}\n"


# evaluation


def test_evaluate_spans_for_people(here: Path, names: Path) -> None:
    Path("test.conll").write_text(conll([["Ann/B-PER", "sees/O", "Rome/B-PER"], ["Bob/B-PER", "saw/O"]]))
    result = invoke("tag", "evaluate", names, "test.conll", "--plot", "confusion.png")
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    assert result.stdout == (
        "sentences       2\n"
        "tokens          5\n"
        "accuracy   0.8000\n"
        "precision  0.6667\n"
        "recall     0.6667\n"
        "F1         0.6667\n"
        "\n"
        "span  precision  recall      F1  in the data  predicted\n"
        "LOC      0.0000  0.0000  0.0000            0          1\n"
        "PER      1.0000  0.6667  0.8000            3          2\n"
    )
    assert Path("confusion.png").read_bytes().startswith(b"\x89PNG")
    alone = json.loads(invoke("tag", "evaluate", names, "test.conll", "--scheme", "none", "--json").stdout)
    assert (alone["accuracy"], alone["f1"]) == (0.8, None)


def test_evaluate_parts_of_speech_for_people(here: Path, parts: Path) -> None:
    result = invoke("tag", "evaluate", parts, "words.conllu")
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    assert re.match(
        r"sentences +32\ntokens +112\naccuracy +[01]\.\d{4}\n\ntag +precision +recall +F1 +tokens\n", result.stdout
    )
    assert re.search(r"\nVERB( +[01]\.\d{4}){3} +32\n", result.stdout)
    assert "\nConfusion matrix: a row is what the data have, a column what was predicted.\n" in result.stdout


def test_a_tag_that_the_model_does_not_know(here: Path, names: Path) -> None:
    Path("test.conll").write_text(conll([["Ann/B-PER"], ["saw/O", "Rome/B-ORG"]]))
    result = invoke("tag", "evaluate", names, "test.conll", "--json")
    assert result.exit_code == 0
    assert result.stderr == (
        f"textrep: test.conll, line 4: the tag 'B-ORG' is none of {names}; it counts as wrong, at 1 token\n"
    )
    assert json.loads(result.stdout)["accuracy"] == pytest.approx(2 / 3)
