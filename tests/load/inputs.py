"""Large inputs, written without holding them: each as large as asked for, the same each time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CORPORA = Path(__file__).resolve().parents[2] / "corpora"
MIB = 1 << 20
_STEP = 1_000_000  # tokens, or lines, written at once


@dataclass(frozen=True)
class Input:
    """A corpus that is hard on memory.

    `size` is in its own unit (bytes, types, tokens, lines, characters), at its largest; `most` tells how many MiB
    ``textrep embed`` may take at such a size, of the size and of the MiB of the file.
    """

    write: Callable[[Path, int], None]
    size: int
    most: Callable[[int, float], float]
    options: tuple[str, ...] = ()


def write_shuffled(path: Path, n_bytes: int) -> None:
    """Write the lines of the corpora, both languages, again and again, each time in another order."""
    lines = [line for file in ("en_wiki.txt", "ko_wiki.txt") for line in (CORPORA / file).read_bytes().splitlines(True)]
    order = random.Random(1)
    left = n_bytes
    with path.open("wb") as file:
        while left > 0:
            order.shuffle(lines)
            text = b"".join(lines)
            text = text[: text.rfind(b"\n", 0, left) + 1] if left < len(text) else text
            file.write(text)
            left -= max(1, len(text)) if text else left


def write_types(path: Path, n_types: int) -> None:
    """Write so many different tokens: each once, and five times as many that are drawn, the first ones most often."""
    random_state = np.random.default_rng(1)
    drawn = (n_types * random_state.random(5 * n_types) ** 3).astype(np.int64)  # [5 n_types]
    tokens = random_state.permutation(np.concatenate((drawn, np.arange(n_types))))  # [6 n_types]
    with path.open("w", encoding="ascii") as file:
        for start in range(0, len(tokens), _STEP):
            words = [f"w{token:x}" for token in tokens[start : start + _STEP].tolist()]
            file.writelines(" ".join(words[i : i + 20]) + "\n" for i in range(0, len(words), 20))


def write_one_line(path: Path, n_tokens: int) -> None:
    """Write a document of so many words, with characters that kernels leave to Python."""
    text = "\U0001f600 \u0130stanbul \u1e9e " + (CORPORA / "en_wiki.txt").read_text(encoding="utf-8")
    words = text.split()
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, n_tokens, len(words)):
            file.write(" ".join(words[: n_tokens - start]) + " ")


def write_empty_lines(path: Path, n_lines: int) -> None:
    """Write lines that are empty, and one that is not, at the end."""
    with path.open("wb") as file:
        for start in range(0, n_lines, _STEP):
            file.write(b"\n" * min(_STEP, n_lines - start))
        file.write(b"the king and the queen, the king and the queen, the king and the queen\n")


def write_long_token(path: Path, n_characters: int) -> None:
    """Write a token of so many characters, among others."""
    path.write_text(f"the king {'x' * n_characters} queen\nthe {'가' * n_characters} king\n", encoding="utf-8")


# A process that has imported textrep and its compiled kernels takes some 220 MiB; what is above is for the corpus.
INPUTS = {
    "shuffled": Input(
        write_shuffled, 2_000_000_000, lambda _, mib: 600 if mib > 100 else 450, ("--vector-size", "100")
    ),
    "types": Input(
        write_types,
        5_000_000,
        lambda n, _: 300 + n * (2 * 112 * 4 + 300) / MIB,  # two matrices whose rows are padded, and 300 bytes a word
        ("--min-count", "1", "--vector-size", "100"),
    ),
    "one line": Input(write_one_line, 50_000_000, lambda _, mib: 300 + 4.5 * mib, ("--min-count", "1")),
    "empty lines": Input(write_empty_lines, 10_000_000, lambda _, mib: 300 + 20 * mib, ("--min-count", "3")),
    "long token": Input(write_long_token, 1_000_000, lambda _, mib: 300 + 20 * mib, ("--min-count", "1")),
}
