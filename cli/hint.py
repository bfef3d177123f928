"""What to type next: a question whose answer shows what the vectors know."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textrep.errors import TextrepError

if TYPE_CHECKING:
    from textrep import EmbeddingStore

__all__ = ["interesting_word", "named", "next_command", "quoted", "typed"]

_FREQUENT = (100, 400)  # ranks: below stand the function words, above what was seen too rarely for good neighbours
_TRIED = 12
_LONGEST = 30  # letters: what is longer is hardly a word
_HARMLESS = str.maketrans("", "", "@%+=:,./-_")  # what no shell cares about


def next_command(store: EmbeddingStore, path: Path) -> str:
    """Return a command that asks a store for the neighbours of one of its words, quoted for the shell."""
    arguments = ["similar", named(path)]
    if store.texts is not None:
        beginning = _beginning(store.texts) if _takes_texts(store) else ""
        arguments += ["--text", beginning] if beginning else [store.keys[len(store) // 2]]
    elif word := interesting_word(store):
        arguments.append(word)
    return typed(arguments)


def typed(arguments: Sequence[str]) -> str:
    """Return a command of textrep as one types it: ``["info", "my store"] -> "textrep info 'my store'"``."""
    command = ["textrep", *arguments]
    return subprocess.list2cmdline(command) if os.name == "nt" else " ".join(map(quoted, command))


def named(path: Path) -> str:
    """Return a file as an argument, which no option begins like: ``"-a.textrep" -> "./-a.textrep"``."""
    name = str(path)
    return f".{os.sep}{name}" if name.startswith("-") else name


def _takes_texts(store: EmbeddingStore) -> bool:
    try:
        return store.vectorizer is not None
    except TextrepError:  # it has one, which needs what is not installed here
        return True


def _beginning(texts: Sequence[str]) -> str:
    """Return the first few words of a document from the middle, one of those that begin with the most real words."""
    middle = len(texts) // 2
    beginnings = [text.split()[:5] for text in texts[middle : middle + _TRIED]]
    return " ".join(max(beginnings, key=lambda words: sum(map(str.isalpha, words)), default=""))


def quoted(argument: str) -> str:
    r"""Quote for the shell where necessary; `shlex.quote` would quote every Korean word.

    What cannot be shown, control characters and the bytes of names that are no text, is written as shells read it
    between ``$'`` and ``'``: by its bytes, in octal digits, of which all shells take three.
    """
    if argument.translate(_HARMLESS).isalnum():
        return argument
    return shlex.quote(argument) if argument.isprintable() else f"$'{''.join(map(_escaped, argument))}'"


def _escaped(letter: str) -> str:
    r"""``"a" -> "a"``, ``"'" -> r"\'"``, ``"\n" -> r"\012"``."""
    if letter in "'\\":
        return f"\\{letter}"
    return letter if letter.isprintable() else "".join(f"\\{byte:03o}" for byte in os.fsencode(letter))


def interesting_word(store: EmbeddingStore) -> str | None:
    """Return a frequent word that means something: of some such words, the one with the nearest neighbours.

    Short words are mostly function words; a letter of Chinese, Japanese or Korean counts as three of the alphabet.
    None if no key is made of letters.
    """
    first = min(_FREQUENT[0], len(store) // 4)
    keys = [key for key in store.keys[first : _FREQUENT[1]] if key.isalpha() and len(key) <= _LONGEST]
    long = [key for key in keys if _weight(key) >= 6][:_TRIED]
    if not long:
        return next(iter(sorted(keys, key=_weight, reverse=True)), None)
    found = store.similar(long, k=3)
    scores = [sum(neighbour.score for neighbour in neighbours) for neighbours in found]
    return long[scores.index(max(scores))]


def _weight(word: str) -> int:
    return sum(3 if ord(letter) >= 0x1100 else 1 for letter in word)
