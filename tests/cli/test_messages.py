"""What users are told when something is wrong: all of it stands in messages.txt, to be read in one go.

Each entry there is a command line, and what it writes to stderr after its exit code; nothing goes to stdout. Here the
commands are run, in a folder with the files below.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
from importlib.metadata import version
from pathlib import Path

import pytest
from cli_helpers import invoke
from textrep_cli.app import textrep as app

import textrep

MESSAGES = Path(__file__).with_name("messages.txt").read_text(encoding="utf-8")
COMMANDS = [line[2:] for line in MESSAGES.splitlines() if line.startswith("$ ")]
# Names and choices that are unknown: their messages are Click's own, as worded since 8.4.
OF_CLICK = re.compile("No such (?:option|command) |'--scheme': ")
HAS_NEW_CLICK = tuple(map(int, version("click").split(".")[:2])) >= (8, 4)
PLANE = {"king": [1, 0.2], "queen": [1, 0.4], "man": [0.2, 1], "woman": [0.4, 1], "apple": [-1, -0.5]}
FILES = {
    "corpus.txt": "the cat sat on the mat\nthe dog sat on the cat\n" * 20,
    "empty.txt": "",
    "blank.txt": "\n \n",
    "notes.txt": "just a note\n",
    "photo.txt": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0",
    "latin1.txt": b"the cat\nun caf\xe9\n",
    "zipped.txt.gz": "no gzip\n",
    "report.docx": "a report\n",
    "posts.jsonl": '{"text": "a"}\n{"body": "b"}\n',
    "broken.jsonl": '{"text": "a"}\n{"text": \n',
    "table.csv": "title,body\na,b\n",
    "short.vec": "2 3\na 1 2 3\nb 1 2\n",
    "pairs.tsv": "king\tqueen\t9\nman\twoman\t8\nking\tapple\t1\n",
    "many.tsv": "king\tqueen\t9\nman\twoman\tmany\n",
    "words.csv": "king,queen\n",
    "reviews.tsv": "good\ta good film\nbad\ta bad film\n" * 10,
    "praise.tsv": "good\ta good film\n" * 10,
    "gap.tsv": "good\ta good film\nbad a bad film\n",
    "names.conll": "Ann B-PER\nsees O\nRome B-LOC\n\n" * 10,
    "ragged.conll": "Ann B-PER\nsees\n",
    "papers/readme.md": "read me\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files above, stores, a classifier and a tagger; the one to work in."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.chdir(tmp_path)
    store = textrep.EmbeddingStore.from_vectors(list(PLANE), list(PLANE.values()))
    store.save("words.textrep")
    store.export("words.vec", "word2vec")
    textrep.embed_documents(["a cat sat", "a dog ran", "the cat ran"]).save("documents.textrep")
    Path("half.textrep").write_bytes(Path("words.textrep").read_bytes()[:600])
    texts, labels = ["a good film", "a bad film"] * 2, ["good", "bad"] * 2
    options = {"max_epochs": 1, "random_state": 0, "validation_fraction": 0.0, "vector_size": 2, "hidden_size": 2}
    textrep.RecurrentClassifier(**options).fit(texts, labels).save("reviews-classifier.textrep")
    textrep.RecurrentTagger(**options).fit([["Ann", "sees"]] * 2, [["B-PER", "O"]] * 2).save("names-tagger.textrep")
    return tmp_path


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """What lies in a folder, and when each file was written."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.rglob("*"))}


def said(command: str, folder: Path) -> str:
    """Run a command, whose standard input may be a file (``textrep embed - < empty.txt``)."""
    words, _, stdin = command.partition(" < ")
    result = invoke(*shlex.split(words)[1:], stdin=Path(stdin).read_bytes() if stdin else b"")
    assert result.stdout == "", command
    stderr = re.sub(r"^Compiling kernels .*\n", "", result.stderr, flags=re.M)
    return f"$ {command}\n[{result.exit_code}] {stderr}".replace(os.path.realpath(folder), "FOLDER")


def test_every_message_is_as_written_and_no_file_is_touched(folder: Path) -> None:
    parts = re.split(r"\n\n", re.sub(r"^#.*\n*", "", MESSAGES, flags=re.M))
    expected = [part.strip() for part in parts if part.strip()]
    before = state(folder)
    found = []
    for command in COMMANDS:
        found.append(said(command, folder).strip())
        assert state(folder) == before, command
    if not HAS_NEW_CLICK:
        found = [old if OF_CLICK.search(old) else new for old, new in zip(expected, found, strict=True)]
    differences = difflib.unified_diff(expected, found, "messages.txt", "said", lineterm="")
    assert not list(differences), "\n".join(differences)


def test_each_command_has_several_and_each_is_one_line() -> None:
    families = [name for name, command in app.commands.items() if hasattr(command, "commands")]
    names = [f"{name} {sub}" for name in families for sub in app.commands[name].commands]
    for name in [*names, *(set(app.commands) - set(families))]:
        assert sum(command.startswith(f"textrep {name} ") for command in COMMANDS) >= 3, name
    assert len(set(COMMANDS)) == len(COMMANDS) > 90
    for part in re.findall(r"^\[.*(?:\n.+)*", MESSAGES, re.M):
        assert re.match(r"\[[12]\] textrep: ", part), part
        assert "a bug" not in part
        assert all(line.startswith("textrep: ") for line in part.split("\n")[1:]), part
        assert part.startswith("[2]") == (" --help" in part and "See: textrep" in part), part
