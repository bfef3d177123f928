"""What training keeps, writes and says around the network: stores, threads, pictures, Ctrl-C, schemes of tags."""

from __future__ import annotations

import json
import re
import shlex
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import invoke, names_in

import textrep

pytest.importorskip("torch")

from textrep.classifiers import load

FEEDFORWARD = ("--model", "feedforward", "--max-epochs", "1", "--hidden-layer-sizes", "4")
SMALL = ("--max-epochs", "1", "--hidden-size", "4", "--vector-size", "4", "--jobs", "1")
WIDE = ["the moon is far away", "a cat and a dog", "snow falls on the roof", "bread and butter"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with documents of two classes and with sentences, to work in."""
    (tmp_path / "train.tsv").write_text("cat\ta cat\nmoon\tthe moon\n" * 10)
    (tmp_path / "names.conll").write_text("Ann\tB-PER\nsaw\tO\n\n" * 10)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def done(*args: object) -> str:
    result = invoke(*args)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def failed(*args: object, code: int = 1) -> str:
    result = invoke(*args)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    return result.stderr


def test_a_class_seen_once_where_nothing_is_validated(here: Path) -> None:
    Path("train.tsv").write_text("cat\ta cat\ncat\tcats\nmoon\tthe moon\n")
    assert "moon 1" in done("classify", "train", "train.tsv", *FEEDFORWARD, "--validation-fraction", "0")


# stores of documents


@pytest.mark.parametrize(
    ("method", "options"), [("tfidf", {}), ("word2vec", {"vector_size": 4, "min_count": 1, "sample": 0})]
)
def test_what_a_store_of_documents_has_learned_stays(here: Path, method: str, options: dict[str, int]) -> None:
    textrep.embed_documents(WIDE, method, **options).save("wide.textrep")
    done("classify", "train", "train.tsv", *FEEDFORWARD, "--store", "wide.textrep")
    own = textrep.EmbeddingStore.open("wide.textrep").vectorizer
    kept = load("train-classifier.textrep")[0]
    assert list(kept.vocabulary_) == list(own.vocabulary_)
    assert len(kept.vocabulary_) > len({"a", "cat", "the", "moon"})
    found, expected = (each.transform(["a cat and snow"]) for each in (kept, own))
    np.testing.assert_array_equal(
        found.toarray() if method == "tfidf" else found, expected.toarray() if method == "tfidf" else expected
    )


@pytest.mark.parametrize("command", ["classify", "tag"])
def test_a_store_of_documents_is_no_store_of_words(here: Path, command: str) -> None:
    textrep.embed_documents(WIDE, "tfidf").save("wide.textrep")
    data = {"classify": "train.tsv", "tag": "names.conll"}[command]
    said = failed(command, "train", data, "--store", "wide.textrep", "--model", "gru", code=2)
    other = "give --model feedforward, or " if command == "classify" else ""
    assert said.startswith(
        "textrep: --store wide.textrep holds vectors of documents, and --model gru begins with those of words: "
        f"{other}name a store that textrep embed made without --documents. See: "
    )


def test_vectors_of_documents_alone_say_nothing_of_a_text(here: Path) -> None:
    store = textrep.EmbeddingStore.from_vectors(["a:1", "a:2"], np.eye(2), metadata={"of": "documents"})
    store.save("wide.textrep")
    said = failed("classify", "train", "train.tsv", *FEEDFORWARD, "--store", "wide.textrep", code=2)
    assert "--store wide.textrep holds vectors of documents, but not what makes one of a text; without --store" in said


# threads


def test_jobs_are_those_of_the_vectorizer_too(here: Path) -> None:
    for options, expected in (((), -1), (("--jobs", "2"), 2)):
        done("classify", "train", "train.tsv", *FEEDFORWARD, *options)
        assert load("train-classifier.textrep")[0].n_jobs == expected


@pytest.mark.parametrize(("options", "expected"), [((), -1), (("--jobs", "1"), 1)])
def test_jobs_of_prediction_are_not_those_of_training(
    here: Path, options: tuple[str, ...], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done("classify", "train", "train.tsv", *FEEDFORWARD, "--jobs", "2")
    seen = []
    transform = textrep.TfidfVectorizer.transform
    monkeypatch.setattr(
        textrep.TfidfVectorizer, "transform", lambda self, X: seen.append(self.n_jobs) or transform(self, X)
    )
    done("classify", "predict", "train-classifier.textrep", "--text", "a cat", *options)
    assert seen == [expected]


# files


@pytest.fixture
def own_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("own_handler")
def test_ctrl_c_after_saving_says_what_was_written(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def press(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("textrep.plot.learning_curve", press)
    said = failed("classify", "train", "train.tsv", *SMALL, "--plot", "curve.png", code=130)
    assert said == "textrep: interrupted; train-classifier.textrep was written, curve.png was not\n"
    assert "train-classifier.textrep" in names_in(here)


@pytest.mark.usefixtures("own_handler")
def test_ctrl_c_while_saving_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from textrep import container

    def press(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    before = names_in(here)
    monkeypatch.setattr(container.os, "replace", press)
    assert failed("classify", "train", "train.tsv", *SMALL, code=130) == "textrep: interrupted; no model was written\n"
    assert names_in(here) == before


@pytest.mark.parametrize("picture", ["m.svg", "./m.svg", "link/m.svg"])
@pytest.mark.parametrize("command", ["classify", "tag"])
def test_the_picture_is_not_written_over_the_model(here: Path, command: str, picture: str) -> None:
    Path("link").symlink_to(here)
    data = {"classify": "train.tsv", "tag": "names.conll"}[command]
    message = (
        f"textrep: --plot {picture} is the file of the model; choose another for the picture. See: textrep {command}"
    )
    assert failed(command, "train", data, *SMALL, "-o", "m.svg", "--plot", picture, code=2).startswith(message)
    done(command, "train", data, *SMALL, "-o", "m.svg")
    before = Path("m.svg").read_bytes()
    assert failed(command, "evaluate", "m.svg", data, "--plot", picture, code=2).startswith(message)
    assert Path("m.svg").read_bytes() == before


@pytest.mark.parametrize("command", ["classify", "tag"])
@pytest.mark.parametrize("options", [(), ("--json",)], ids=["people", "programs"])
def test_scores_are_written_before_the_picture(
    here: Path, command: str, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"classify": "train.tsv", "tag": "names.conll"}[command]
    done(command, "train", data, *SMALL, "-o", "m.textrep")
    expected = done(command, "evaluate", "m.textrep", data, *options)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "c.png")

    monkeypatch.setattr("textrep.plot.confusion_matrix", fail)
    result = invoke(command, "evaluate", "m.textrep", data, "--plot", "c.png", *options)
    assert (result.exit_code, result.stdout) == (1, expected)
    assert result.stderr == "textrep: c.png: No space left on device\n"


# reports


@pytest.mark.parametrize(("command", "score"), [("classify", "accuracy"), ("tag", "span F1")])
def test_without_a_validation_part_nothing_is_said_of_it(here: Path, command: str, score: str) -> None:
    data = {"classify": "train.tsv", "tag": "names.conll"}[command]
    options = (*SMALL[2:], "--max-epochs", "2", "--validation-fraction", "0")
    report = re.sub(" {2,}", "  ", done(command, "train", data, *options, "-o", "m.textrep"))
    assert re.search(rf"\ntraining  2 epochs, epoch 2 is kept\nloss  \d\.\d{{4}} in training\n{score}  \d\.", report)
    assert "validation" not in report
    summary = json.loads(done(command, "train", data, *options, "-o", "m.textrep", "--json"))
    assert [sorted(epoch) for epoch in summary["history"]] == [["epoch", "seconds", "train_loss", "train_score"]] * 2
    assert summary["overfitting"] is None


def test_what_to_type_next_is_short(here: Path) -> None:
    Path("train.tsv").write_text(f"x\t{'가' * 500}\ny\t{'b' * 500} c\n" * 10)
    command = shlex.split(done("classify", "train", "train.tsv", *FEEDFORWARD).splitlines()[-1])
    assert len(command[-1]) == 60
    Path("names.conll").write_text(f"{'a' * 500}\tO\nb\tB-X\n\n" * 10)
    command = shlex.split(done("tag", "train", "names.conll", *SMALL).splitlines()[-1])
    assert len(command[-1]) == 60


class SpecialWarning(UserWarning):
    """One of a library's own."""


def test_warnings_for_users_are_passed_on_once(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = textrep.FeedForwardClassifier.fit_reporting

    def warning(self, *args: object) -> object:
        for _ in range(2):
            warnings.warn("max_epochs=1 is few", SpecialWarning, stacklevel=1)
            warnings.warn("overflow", RuntimeWarning, stacklevel=1)
            warnings.warn("for developers", DeprecationWarning, stacklevel=1)
        return fit(self, *args)

    monkeypatch.setattr(textrep.FeedForwardClassifier, "fit_reporting", warning)
    result = invoke("classify", "train", "train.tsv", *FEEDFORWARD)
    assert result.exit_code == 0
    assert result.stderr == "textrep: --max-epochs 1 is few\ntextrep: overflow\n"


def test_many_different_tags_are_warned_of(here: Path) -> None:
    Path("lemmas.conll").write_text("".join(f"a{i}\tlemma{i}\n\n" for i in range(100)))
    result = invoke("tag", "train", "lemmas.conll", *SMALL, "--scheme", "none", "-o", "t.textrep")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0].startswith(
        "textrep: lemmas.conll, line 1: 100 tokens have 100 different tags, 'lemma0' and others, and of many there is"
    )
    assert Path("t.textrep").exists()


# what the model does not know


def test_many_unknown_labels_are_counted(here: Path) -> None:
    done("classify", "train", "train.tsv", *SMALL, "-o", "m.textrep")
    Path("test.tsv").write_text("".join(f"c{i % 8}\twords\n" for i in range(20)) + "cat\ta cat\n")
    lines = invoke("classify", "evaluate", "m.textrep", "test.tsv").stderr.splitlines()
    assert lines[:5] == [
        f"textrep: test.tsv, line {i + 1}: the class 'c{i}' is none of m.textrep; it counts as wrong, in "
        f"{3 if i < 4 else 2} documents"
        for i in range(5)
    ]
    assert lines[5:] == ["textrep: and 3 more classes unknown to m.textrep, in 6 documents"]
    done("tag", "train", "names.conll", *SMALL, "-o", "t.textrep")
    Path("test.conll").write_text("a\tO\n" + "".join(f"a\tB-T{i}\n" for i in range(6)))
    lines = invoke("tag", "evaluate", "t.textrep", "test.conll").stderr.splitlines()
    assert (
        lines[0] == "textrep: test.conll, line 2: the tag 'B-T0' is none of t.textrep; it counts as wrong, at 1 token"
    )
    assert lines[5:] == ["textrep: and 1 more tag unknown to t.textrep, at 1 token"]


# schemes of tags


@pytest.fixture
def tagger(here: Path) -> Callable[[str, str], str]:
    """Trains a tagger on sentences of these tags, and returns its file."""

    def train(tags: str, *options: str) -> str:
        sentence = "".join(f"w{i}\t{tag}\n" for i, tag in enumerate(tags.split()))
        Path("own.conll").write_text(f"{sentence}\n" * 8)
        done("tag", "train", "own.conll", *SMALL, *options, "-o", "t.textrep")
        return "t.textrep"

    return train


def test_tags_that_are_not_of_the_scheme_given_are_named_by_line(here: Path) -> None:
    Path("a.conll").write_text("a\tO\n\nb\tB-PER\nc\tI-PER\n")
    said = failed("tag", "train", "a.conll", "--scheme", "bmes")
    assert said.startswith(
        "textrep: a.conll, line 4: the tag is 'I-PER', no tag of the scheme BMES: these are O and B-,"
    )
    assert said.endswith("scheme none\n")
    done("tag", "train", "names.conll", *SMALL, "-o", "t.textrep")
    assert failed("tag", "evaluate", "t.textrep", "a.conll", "--scheme", "BMES") == said


def test_sequences_that_the_scheme_given_does_not_allow_are_named_by_line(here: Path) -> None:
    Path("a.conll").write_text("saw\tO\n\nAnn\tI-PER\nLee\tI-PER\nsaw\tO\n\n" * 10)
    said = failed("tag", "train", "a.conll", "--scheme", "iob2")
    assert said.startswith("textrep: a.conll, line 3: I-PER cannot begin a span in IOB2; the tags look like IOB1")
    done("tag", "train", "a.conll", *SMALL, "--scheme", "iob1", "-o", "t.textrep")
    assert failed("tag", "evaluate", "t.textrep", "a.conll", "--scheme", "IOB2") == said
    done("tag", "evaluate", "t.textrep", "a.conll")
    Path("b.conll").write_text("Ann\tI-PER\nsaw\tO\nLee\tB-PER\n")  # as no scheme has it, but conlleval scores it
    assert invoke("tag", "evaluate", "t.textrep", "b.conll").exit_code == 0
    for scheme, line in (("IOB1", 3), ("IOB2", 1), ("BIOES", 1)):
        said = failed("tag", "train", "b.conll", "--scheme", scheme)
        assert said.startswith(f"textrep: b.conll, line {line}: ")
        assert said.endswith("--scheme none\n")


@pytest.mark.parametrize(
    ("own", "data", "message"),
    [
        (
            "B-X E-X S-X O",
            "B-X I-X O",
            "t.textrep gives tags of BIOES, and test.conll has those of IOB2. Convert the t",
        ),
        (
            "B-X I-X O",
            "B-X E-X S-X O",
            "t.textrep gives tags of IOB2, and test.conll has those of BIOES. Convert the t",
        ),
        (
            "N V",
            "B-X I-X O",
            "t.textrep gives tags that mark no spans, and test.conll has those of IOB2. Convert the t",
        ),
    ],
)
def test_a_model_of_another_scheme(tagger: Callable[..., str], own: str, data: str, message: str) -> None:
    model = tagger(own)
    Path("test.conll").write_text("".join(f"w\t{tag}\n" for tag in data.split()))
    said = failed("tag", "evaluate", model, "test.conll")
    assert said.startswith(f"textrep: {message}")
    assert said.endswith("--scheme none\n")
    assert invoke("tag", "evaluate", model, "test.conll", "--scheme", "none").exit_code == 0


@pytest.mark.parametrize(
    ("own", "data", "scheme"),
    [
        ("B-X E-X S-X O", "O O", "BIOES"),
        ("B-X M-X E-X O", "B-X E-X O", "BMES"),
        ("B-X I-X O", "I-X O", "IOB1"),
        ("B-X I-X O", "N V", None),
    ],
)
def test_what_the_data_leave_open_the_model_decides(
    tagger: Callable[..., str], own: str, data: str, scheme: str | None
) -> None:
    model = tagger(own)
    Path("test.conll").write_text("".join(f"w\t{tag}\n" for tag in data.split()))
    result = invoke("tag", "evaluate", model, "test.conll", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["scheme"] == scheme
