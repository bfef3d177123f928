"""Several commands in one process, whatever its stdout is, and small files of every kind for them to work on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from cli_helpers import environment

import textrep

CORPUS = "the cat sat on the mat\nthe dog sat on the cat\n"

# Runs the command lines that are its arguments. Each ends with its exit code in brackets, on stderr, and on stdout if
# somebody reads that; what PIPE=closed says is that nobody does.
SCRIPT = """if True:
    import os, sys
    from textrep_cli.main import main
    closed = os.environ.get("PIPE") == "closed"
    for line in sys.argv[1:]:
        if closed:
            sys.stdout.flush()
            reader, writer = os.pipe()
            os.close(reader)
            os.dup2(writer, 1)
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
        try:
            main(line.split())
        except SystemExit as end:
            for stream in (sys.stderr,) if closed else (sys.stdout, sys.stderr):
                print(f"[{end.code or 0}]", flush=True, file=stream)
"""


def write_files(folder: Path) -> None:
    """A corpus, labelled texts, sentences, a gold set; stores, a classifier and a tagger, made with all extras."""
    for name in ("corpus.txt", "corpus.parquet", "corpus.txt.zst"):
        (folder / name).write_text(CORPUS * 10)
    (folder / "reviews.tsv").write_text("good\ta good film\nbad\ta bad film\n" * 5)
    (folder / "names.conll").write_text("Ann B-PER\nsees O\n\n" * 5)
    (folder / "pairs.tsv").write_text("king\tqueen\t9\nman\twoman\t8\nking\tman\t1\n")
    vectors = [[1, 0.2], [1, 0.4], [0.2, 1], [0.4, 1]]
    store = textrep.EmbeddingStore.from_vectors(["king", "queen", "man", "woman"], vectors)
    store.save(folder / "words.textrep")
    store.export(folder / "words.vec.zst")
    store.build_index()
    store.save(folder / "indexed.textrep")
    textrep.embed_documents(["a cat sat", "a dog ran", "the cat ran"]).save(folder / "documents.textrep")
    quick = {"max_epochs": 1, "validation_fraction": 0.0, "vector_size": 2, "hidden_size": 2}
    classifier = textrep.RecurrentClassifier(**quick).fit(["a good film", "a bad film"] * 2, ["good", "bad"] * 2)
    classifier.save(folder / "reviews-classifier.textrep")
    tagger = textrep.RecurrentTagger(**quick).fit([["Ann", "sees"]] * 2, [["B-PER", "O"]] * 2)
    tagger.save(folder / "names-tagger.textrep")


def run_several(
    commands: list[str], folder: Path, *flags: str, stdout: int = subprocess.PIPE, **env: str | None
) -> subprocess.CompletedProcess:
    """Run commands in one process of Python with some flags."""
    done = subprocess.run(
        [sys.executable, *flags, "-c", SCRIPT, *commands],
        cwd=folder,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


def parted(text: str, commands: list[str]) -> dict[str, tuple[int, str]]:
    """Part what the commands wrote: exit code and text of each, without what depends on the time it took."""
    ends = re.findall(r"((?:.*\n)*?)\[(\d+)\]\n", text.replace(os.linesep, "\n"))
    assert len(ends) == len(commands), text
    passing = re.compile(r"^(Compiling kernels|time) .*\n", re.M)
    return {line: (int(code), passing.sub("", said)) for line, (said, code) in zip(commands, ends, strict=True)}
