"""What ``predict`` takes: folders and globs, files by their names, tables with a header and without."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_helpers import invoke

pytest.importorskip("torch")

from saved_models import SMALL, TEXTS, fitted
from sklearn.pipeline import make_pipeline

from textrep import FeedForwardClassifier, TfidfVectorizer
from textrep.classifiers import save
from textrep.labelled import read_labelled


@pytest.fixture
def classified(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    return _asking("classify", models / "classifier.textrep", tmp_path, monkeypatch)


@pytest.fixture
def tagged(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    return _asking("tag", models / "tagger.textrep", tmp_path, monkeypatch)


def _asking(command: str, model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(folder)

    def ask(*args: object, stdin: str | None = None, fails: int = 0) -> str:
        result = invoke(command, "predict", model, *args, stdin=stdin)
        assert result.exit_code == fails, result.output
        assert (result.stdout if fails else result.stderr) == ""
        return result.stderr if fails else result.stdout

    return ask


def labels_of(*texts: str) -> str:
    return "".join(f"{label}\n" for label in fitted("TF-IDF").predict(list(texts)))


def conll_of(*sentences: str) -> str:
    tokens = [sentence.split() for sentence in sentences]
    pairs = zip(tokens, fitted("tagger").predict(tokens), strict=True)
    return "".join("".join(f"{t}\t{g}\n" for t, g in zip(*pair, strict=True)) + "\n" for pair in pairs)


# documents


def test_folders_and_globs_of_texts(classified: Callable[..., str]) -> None:
    Path("new/more").mkdir(parents=True)
    Path("new/b.txt").write_text("a bad film\n")
    Path("new/more/a.jsonl").write_text('{"text": "a good film"}\n')
    Path("new/notes.md").write_text("not read\n")
    expected = labels_of("a bad film", "a good film")
    assert classified("new") == expected
    assert classified("new/**/*.[tj]*") == expected
    assert classified("new/*.txt", "new/more") == expected


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("train.tsv", "+\ta good film\n-\ta bad film\n", 1),
        ("train.tsv", "+\ta good film\n-\ta bad film\n", -1),
        ("a.csv", 'a good film,"x, y"\na bad film,z\n', 0),
    ],
)
def test_a_table_without_a_header(classified: Callable[..., str], name: str, content: str, field: int) -> None:
    Path(name).write_text(content)
    assert classified(name, "--text-field", field) == labels_of("a good film", "a bad film")


def test_a_header_is_none_of_the_texts_as_in_training(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    path.write_text("\nlabel\ttext\n+\ta good film\n-\ta bad film\n")
    assert len(read_labelled(path)) == 2
    for column in (1, -1):
        result = invoke("classify", "predict", models / "classifier.textrep", path, "--text-field", column)
        assert (result.exit_code, result.stdout) == (0, labels_of("a good film", "a bad film"))
        assert result.stderr == f"textrep: {path}, line 2: taken for a header, it names columns: label, text\n"


@pytest.mark.parametrize(
    ("name", "content", "field", "message"),
    [
        (
            "train.tsv",
            "+\ta good film\n",
            "text",
            "--text-field NAME; a file without a header has numbers: --text-field 1\n",
        ),
        (
            "train.tsv",
            "+\ta good film\n",
            "2",
            "train.tsv, line 1: --text-field 2, but the columns are 0 to 1. Pass one",
        ),
        ("a.jsonl", '{"text": "a"}\n', "0", "a.jsonl: --text-field 0: JSON has fields by name, not by number."),
        (
            "a.tsv",
            "+\ta\n+\tb\tc\n",
            "1",
            "a.tsv, line 2: columns: 3, but 2 in line 1. Mend the row: in TSV a text holds",
        ),
    ],
)
def test_where_the_text_is_not(
    classified: Callable[..., str], name: str, content: str, field: str, message: str
) -> None:
    Path(name).write_text(content)
    assert message in classified(name, "--text-field", field, fails=1)


def test_a_device_that_is_not_there(classified: Callable[..., str], tagged: Callable[..., str]) -> None:
    for ask in (classified, tagged):
        said = ask("--text", "a", "--device", "cuda:99", fails=1)
        assert said.startswith("textrep: --device cuda:99 is asked for, but PyTorch finds ")
        assert said.endswith("; pass --device auto or --device cpu\n")
        assert said.count("\n") == 1


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "base64"])
def test_an_encoding_of_no_texts(classified: Callable[..., str], encoding: str) -> None:
    assert f"--encoding {encoding} is unknown; utf-8, cp949" in classified("--encoding", encoding, stdin="a", fails=2)


@pytest.mark.parametrize("options", [(), ("--probabilities",)], ids=["labels", "probabilities"])
def test_the_network_runs_once(
    classified: Callable[..., str], options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    transform = TfidfVectorizer.transform
    monkeypatch.setattr(TfidfVectorizer, "transform", lambda self, X: seen.append(len(X)) or transform(self, X))
    classified(*options, stdin="a good film\n\na bad film\n")
    assert seen == [2]


@pytest.fixture(scope="module")
def of_a_matrix(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A classifier trained on a matrix of 0 and 1, and its file."""
    rows = np.array([["film" in text, "good" in text, "bad" in text] for text in TEXTS], int)
    network = FeedForwardClassifier(hidden_layer_sizes=(), **{**SMALL, "max_epochs": 40, "learning_rate": 0.1})
    model = make_pipeline(TfidfVectorizer(), network).fit(TEXTS, rows)
    path = tmp_path_factory.mktemp("matrix") / "matrix.textrep"
    save(model, path)
    return model, path


def test_classes_of_a_matrix_are_its_columns(of_a_matrix: tuple[Any, Path]) -> None:
    model, path = of_a_matrix
    texts = ["a good film", "a bad cast", "고양이 나라"]
    expected = [np.flatnonzero(row).tolist() for row in model.predict(texts)]
    assert expected == [[0, 1], [2], []]
    lines = invoke("classify", "predict", path, stdin="\n".join(texts)).stdout
    assert lines == "".join("\t".join(map(str, row)) + "\n" for row in expected)
    for options in ((), ("--probabilities",)):
        items = json.loads(invoke("classify", "predict", path, "--json", *options, stdin="\n".join(texts)).stdout)
        assert [item["labels"] for item in items] == expected


# sentences


def test_each_file_is_read_by_its_own_name(tagged: Callable[..., str]) -> None:
    Path("new").mkdir()
    Path("new/a.txt").write_text("Ann sees Rome\n")
    Path("new/b.conll").write_text("Bob\nsaw\n\n")
    Path("new/c.tsv").write_text("Rome\tX\n")
    expected = conll_of("Ann sees Rome", "Bob saw", "Rome")
    assert tagged("new") == expected
    assert tagged("new/*") == expected
    assert tagged("new/a.txt", "new/[bc]*") == expected
    Path("plain").write_text("Ann sees Rome\n")  # no ending: text
    assert tagged("plain") == conll_of("Ann sees Rome")
    assert tagged("new/*.conll", "--format", "text") == "".join(conll_of("Bob", "saw")) + "\n"


@pytest.mark.parametrize("name", ["a.txt", "-"])
def test_a_tab_names_its_line(tagged: Callable[..., str], name: str) -> None:
    content = "Ann sees Rome\n" * 3 + "Ann\tB-PER\n"
    Path("a.txt").write_text(content)
    where = {"-": "standard input"}.get(name, name)
    said = tagged(name, stdin=content, fails=1)
    assert said.startswith(
        f"textrep: {where}, line 4: 'Ann\\tB-PER' has a TAB. If each line is a token, give --format conll"
    )
    assert tagged(name, "--format", "text", stdin=content) == conll_of(*content.splitlines())


def test_a_tab_is_no_character_to_tag_unless_in_json(tagged: Callable[..., str]) -> None:
    said = tagged("--format", "characters", stdin="한\na\tb\n", fails=1)
    assert said == (
        r"textrep: standard input, line 2: 'a\tb' has a TAB. In what is written, TABs separate columns: replace it, or "
        "give --json\n"
    )
    assert "has a TAB. In what is written" in tagged("--format", "characters", "--text", "a\tb", fails=2)
    for args, stdin in ((("--text", "a\tb"), None), ((), "a\tb\n")):
        (item,) = json.loads(tagged("--format", "characters", "--json", *args, stdin=stdin))
        assert item["tokens"] == ["a", "\t", "b"]
