"""Each command's ``--help`` ends in examples, and each of them works: here all are run, on little data."""

from __future__ import annotations

import gzip
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from cli_helpers import CORPORA, invoke
from click.testing import Result
from textrep_cli.app import textrep as app

import textrep

WORDS = ("king", "queen", "man", "woman", "paris", "france", "rome")  # those that the examples ask for
LINES_EACH = 40  # of the corpus, with each of these words
TEXTS = 60  # with a topic each
CONLLU = "1\tAnn\tAnn\tPROPN\tNNP\t_\t0\troot\t_\t_\n2\tsees\tsee\tVERB\tVBZ\t_\t1\tdep\t_\t_\n\n"
QUICK = {"embed": ["--jobs", "1"], "classify train": ["--max-epochs", "1"], "tag train": ["--max-epochs", "1"]}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command, by the words that call it; the groups, too."""
    todo: list[tuple[str, click.Command]] = [("", app)]
    while todo:
        name, command = todo.pop(0)
        yield name, command
        if isinstance(command, click.Group):
            todo += [(f"{name} {key}".strip(), part) for key, part in command.commands.items()]


NAMES = [name for name, _ in commands()]


def examples(name: str) -> list[tuple[str, str]]:
    """Return the examples in the help of a command, each with the remark beside it."""
    shown = invoke(*name.split(), "--help").stdout.partition("Examples:\n")[2].partition("\n\n")[0]
    lines = [re.split(r" {2,}", line.strip(), maxsplit=1) for line in shown.splitlines()]
    return [(line[0], line[1] if len(line) > 1 else "") for line in lines]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file that an example names, made of the corpora."""
    folder = tmp_path_factory.mktemp("help")
    lines = (CORPORA / "en_wiki.txt").read_text(encoding="utf-8").splitlines()
    taken = [line for word in WORDS for line in [x for x in lines if f" {word} " in x.lower()][:LINES_EACH]]
    text = "\n".join(taken) + "\n"
    for name in ("corpus.txt", "more.txt"):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "corpus.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "articles").mkdir()
    (folder / "articles" / "a.jsonl").write_text('{"body": "a king and a queen"}\n' * 9)
    (folder / "more.jsonl.gz").write_bytes(gzip.compress(b'{"body": "a man and a woman"}\n' * 9))
    (folder / "words.txt").write_text("king\nqueen\n")
    write_labelled(folder)
    write_gold(folder)
    write_vectors(folder, taken)
    return folder


def write_labelled(folder: Path) -> None:
    """Write texts with topics, sentences with tags, and such without."""
    rows = (CORPORA / "labelled" / "en_topics.train.tsv").read_text(encoding="utf-8").splitlines()[1:TEXTS]
    pairs = [row.split("\t") for row in rows]
    for name in ("reviews.tsv", "test.tsv", "train.txt"):
        (folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    quoted = [f'{label},"{text.replace(chr(34), chr(39))}"' for label, text in pairs]
    (folder / "train.csv").write_text("\n".join(["stars,review", *quoted]) + "\n", encoding="utf-8")
    for name in ("new.txt", "sentences.txt"):
        (folder / name).write_text("\n".join(text for _, text in pairs[:5]) + "\n", encoding="utf-8")
    sentences = (CORPORA / "labelled" / "en_tags.train.conll").read_text(encoding="utf-8").split("\n\n")[:30]
    for name in ("names.conll", "test.conll", "new.conll"):
        (folder / name).write_text("\n\n".join(sentences) + "\n\n", encoding="utf-8")
    (folder / "en_ewt-ud-train.conllu").write_text(CONLLU * 10)


def write_gold(folder: Path) -> None:
    """Write gold sets under the names that they have in the world."""
    (folder / "goldsets").mkdir()
    for name, known_as in (("en_pairs.tsv", "EN-WS-353-ALL.txt"), ("en_questions.txt", "questions-words.txt")):
        shutil.copy(CORPORA / "gold" / name, folder / known_as)
        shutil.copy(CORPORA / "gold" / name, folder / "goldsets" / name)
    (folder / "pairs.tsv").write_text("king\tqueen\t9\nman\twoman\t8\nking\trome\t1\n")


def write_vectors(folder: Path, lines: list[str]) -> None:
    """Write stores, vector files, a classifier and a tagger."""
    options = {"vector_size": 8, "epochs": 1, "min_count": 3, "random_state": 1}
    store = textrep.embed(lines, **options)
    for name in ("corpus", "news"):
        store.save(folder / f"{name}.textrep")
    store.export(folder / "GoogleNews-vectors-negative300.bin.gz", "word2vec-binary")
    store.export(folder / "vectors.bin", "word2vec-binary")
    store.export(folder / "glove.6B.300d.txt", "glove")
    store.build_index(n_jobs=1)
    store.save(folder / "large.textrep")
    textrep.embed_documents(lines[:50]).save(folder / "documents.textrep")
    quick = {"max_epochs": 1, "random_state": 0, "vector_size": 2, "hidden_size": 2}
    reviews = textrep.read_labelled(folder / "reviews.tsv")
    textrep.RecurrentClassifier(**quick).fit(reviews.texts, reviews.targets).save(folder / "reviews-classifier.textrep")
    names = textrep.read_sequences(folder / "names.conll")
    textrep.RecurrentTagger(**quick).fit(names.tokens, names.tags).save(folder / "names-tagger.textrep")


def run_line(line: str) -> Result:
    """Run an example as a shell does: ``zcat FILE |`` before it, ``<``, ``>`` and ``&&`` after it."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|<>&")
    lexer.wordchars += ",%"
    words = list(lexer)
    stdin, stdout = "king\nqueen\n", None  # what is typed at a prompt
    if "|" in words:
        (program, file, _), words = words[:3], words[3:]
        assert program == "zcat"
        stdin = gzip.decompress(Path(file).read_bytes()).decode()
    if "&&" in words:
        words = words[: words.index("&&")]
    if ">" in words:
        at = words.index(">")
        stdout, words = Path(words[at + 1]), words[:at]
    if "<" in words:
        at = words.index("<")
        stdin, words = Path(words[at + 1]).read_text(encoding="utf-8"), words[:at]
    assert words[0] == "textrep"
    quick = next((options for name, options in QUICK.items() if words[1:][: len(name.split())] == name.split()), [])
    result = invoke(*words[1:], *quick, stdin=stdin)
    if stdout is not None:
        stdout.write_text(result.stdout, encoding="utf-8")
    return result


@pytest.mark.filterwarnings("ignore::UserWarning")  # an epoch of training learns little
@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_help_run(name: str, material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(material, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    found = examples(name)
    assert found, f"textrep {name} --help shows no example"
    for line, remark in found:
        assert f"textrep {name}".strip() in line, "an example is of the command that shows it"
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        result = run_line(line)
        assert result.exit_code == 0, f"{line}\n{result.stderr}"
        assert result.stdout or result.stderr, line
        written = {path.name for path in tmp_path.rglob("*") if before.get(path) != path.stat().st_mtime_ns}
        named = re.findall(r"(?:-o|--plot|>) (\S+)", line) + re.findall(r"writes (\S+)", remark)
        assert set(named) <= written, f"{line} has written {written}"


def test_each_command_has_an_example_of_its_own() -> None:
    assert len(NAMES) == len(set(NAMES)) > 14
    leaves = [name for name, command in commands() if not isinstance(command, click.Group)]
    assert {"embed", "similar", "classify train", "tag evaluate"} <= set(leaves)
    assert all(line.split("textrep ", 1)[-1].startswith(name) for name in leaves for line, _ in examples(name))
