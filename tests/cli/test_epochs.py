"""What a person sees while a classifier or a tagger is trained: a line an epoch, and a bar with what is left."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from textrep_cli.app import textrep as app
from textrep_cli.epochs import EpochBar
from textrep_cli.progress import ProgressBar

pytest.importorskip("torch")

from textrep.classifiers.progress import FittingProgress
from textrep.progress import Progress

pty = pytest.importorskip("pty", reason="needs a POSIX system")

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Screen:
    """What appeared on a terminal."""

    text: str = ""


@contextlib.contextmanager
def terminal() -> Iterator[Screen]:
    """Connect stderr to a terminal; what appeared there is known afterwards."""
    master, end = pty.openpty()
    seen = []

    def read() -> None:
        with contextlib.suppress(OSError):  # the other end is closed
            while data := os.read(master, 1 << 16):
                seen.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    screen = Screen()
    try:
        with open(end, "w", encoding="utf-8") as stream, contextlib.redirect_stderr(stream):  # noqa: PTH123
            yield screen
    finally:
        reader.join(10)
        os.close(master)
        screen.text = ESCAPES.sub("", b"".join(seen).decode()).replace("\r", "")


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("TERM", "xterm"), ("COLUMNS", "150")):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


RECORD = {"epoch": 3, "train_loss": 0.51234, "train_score": 0.75, "seconds": 75.2}
VALIDATED = {**RECORD, "validation_loss": 0.6, "validation_score": 2 / 3}


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            VALIDATED,
            "epoch   3  train loss 0.5123  validation loss 0.6000  validation span F1 0.6667  1 min 15 s\n",
        ),
        (RECORD, "epoch   3  train loss 0.5123  train span F1 0.7500  1 min 15 s\n"),
    ],
    ids=["validated", "not validated"],
)
def test_a_line_for_an_epoch_that_has_ended(record: dict[str, float], line: str) -> None:
    with terminal() as screen, EpochBar("span F1", "sentences") as bar:
        bar(FittingProgress(3, 50, 8, 8, 0.5, 10.0, 20.0))
        bar(FittingProgress(3, 50, 8, 8, 0.5, 10.0, 20.0, record))
    assert screen.text.count(line) == 1
    assert screen.text.count("epoch   3") == 1


def test_a_bar_with_speed_loss_and_what_is_left() -> None:
    with terminal() as screen, EpochBar("accuracy", "documents") as bar:
        bar(FittingProgress(2, 50, 250, 1000, 0.43214, 1234.4, 125.0))
    assert re.search(r"Epoch 2/50 \S+ +25% 1,234 documents/s, loss 0\.4321, at most 2 min 5 s left", screen.text)


def test_what_is_not_known_yet_is_not_shown() -> None:
    with terminal() as screen, EpochBar("accuracy", "documents") as bar:
        bar(FittingProgress(1, 50, 0, 1000))
    assert re.search(r"Epoch 1/50 \S+ +0% 0 documents/s", screen.text)
    assert not re.search("nan|loss|left", screen.text)


def test_before_the_first_epoch_it_says_so() -> None:
    with terminal() as screen, EpochBar("accuracy", "documents"):
        pass
    assert "Preparing" in screen.text


def test_training_shows_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.tsv").write_text("x\tone\ny\ttwo\n" * 20)
    quick = ("--model", "feedforward", "--max-epochs", "2", "--batch-size", "4", "--jobs", "1")
    with terminal() as screen, pytest.raises(SystemExit, match=r"^0$"):  # the exit code
        app.main(["classify", "train", "train.tsv", *quick])
    shown = screen.text
    number = r"\d+\.\d{4}"
    for epoch in (1, 2):
        line = (
            rf"epoch   {epoch}  train loss {number}  validation loss {number}  validation accuracy {number}  [\d.]+ s\n"
        )
        assert len(re.findall(line, shown)) == 1
    assert re.search(rf"Epoch 2/2 \S+ +100% [\d,]+ documents/s, loss {number}, at most [\d.]+ s left", shown)


def test_elsewhere_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with EpochBar("accuracy", "documents") as bar:
        bar(FittingProgress(3, 50, 8, 8, 0.5, 10.0, 20.0, VALIDATED))
    assert capsys.readouterr() == ("", "")


def test_the_bar_of_embed_tells_the_stages_of_glove_apart() -> None:
    """Reading knows bytes and documents, counting only how far it is, training words and losses."""
    stages = (
        Progress("reading", done=500, total=2000, documents=7),
        Progress("counting", done=300, total=600),
        Progress("training", done=100, total=200, epoch=2, epochs=4, words_per_second=1234.0, loss=0.25),
    )
    for progress, expected in zip(
        stages,
        (r"Reading .*25%.*7 documents", r"Counting pairs of words .*50%", r"Epoch 2/4 .*50%.*loss 0\.2500"),
        strict=True,
    ):
        with terminal() as screen, ProgressBar() as bar:
            bar(progress)
        assert re.search(expected, screen.text), screen.text
        assert ("document" in screen.text) == (progress.stage == "reading")
