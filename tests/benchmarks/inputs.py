"""The texts of a run: the corpus as it is, the same text tokenised for the peers, and the gold sets."""

from __future__ import annotations

import hashlib
import lzma
import shutil
from dataclasses import dataclass
from pathlib import Path

from textrep import get_tokenizer, read_corpus

from .processes import ROOT

__all__ = ["DATA", "Inputs", "beginning", "prepared", "repeated", "tokenise", "unpacked"]

DATA = ROOT.parent / "shared" / "data"  # where --data looks unless told
_SMALL = ROOT / "corpora" / "en_wiki.txt"  # what comes with the checkout


@dataclass(frozen=True)
class Inputs:
    """What a run works on.

    Parameters
    ----------
    name : str
        Of the corpus.
    text : Path
        The corpus, a document a line.
    tokenised : Path
        The same documents as textrep's "word" tokens parted by spaces; those without a token are left out.
    documents, tokens : int
        How many of each stand in `tokenised`.
    gold : Path or None
        Folder of English gold sets.
    """

    name: str
    text: Path
    tokenised: Path
    documents: int
    tokens: int
    gold: Path | None

    def to_dict(self) -> dict[str, object]:
        """Return what tells this corpus from any other."""
        with self.text.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {
            "name": self.name,
            "bytes": self.text.stat().st_size,
            "sha256": digest,
            "documents": self.documents,
            "tokens": self.tokens,
        }


def prepared(folder: Path, data: Path | None, most_bytes: int | None = None) -> Inputs:
    """Write the texts of a run into a folder.

    Parameters
    ----------
    folder : Path
        Where to write; the caller deletes it.
    data : Path, optional
        Folder with ``corpora/en_simplewiki.txt.xz`` and ``similarity/en``; by default `DATA`, and where that does not
        exist, the small corpus of the checkout without gold sets.
    most_bytes : int, optional
        Use only the beginning of the corpus, up to the end of a line.

    Raises
    ------
    FileNotFoundError
        If `data` is given and the corpus is not there.
    """
    packed = (data or DATA) / "corpora" / "en_simplewiki.txt.xz"
    gold: Path | None = (data or DATA) / "similarity" / "en"
    if packed.exists():
        name, text = "en_simplewiki", unpacked(packed, folder / "en_simplewiki.txt")
    elif data is not None:
        raise FileNotFoundError(f"there is no {packed}; --data is the folder that holds corpora/ and similarity/")
    else:
        name, text, gold = _SMALL.stem, _SMALL, None
    if most_bytes is not None and text.stat().st_size > most_bytes:
        name, text = f"{name}, first {most_bytes:,} bytes", beginning(text, folder / "beginning.txt", most_bytes)
    tokenised = folder / "tokenised.txt"
    documents, tokens = tokenise(text, tokenised)
    return Inputs(name, text, tokenised, documents, tokens, gold if gold and gold.is_dir() else None)


def tokenise(text: Path, target: Path) -> tuple[int, int]:
    """Write tokens parted by spaces, a document a line; return how many documents and tokens."""
    tokenizer = get_tokenizer("word")
    documents = tokens = 0
    with target.open("w", encoding="utf-8", newline="\n") as file:
        for document in read_corpus(text):
            if found := tokenizer(document):
                file.write(" ".join(found) + "\n")
                documents += 1
                tokens += len(found)
    return documents, tokens


def unpacked(source: Path, target: Path) -> Path:
    """Decompress an .xz file; return the new one."""
    with lzma.open(source) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return target


def beginning(source: Path, target: Path, most_bytes: int) -> Path:
    """Write the first lines of a file, as many as fit into so many bytes; return the new file."""
    with source.open("rb") as file:
        data = file.read(most_bytes)
    target.write_bytes(data[: data.rindex(b"\n") + 1])
    return target


def repeated(source: Path, target: Path, times: int) -> Path:
    """Write a file's content several times over; return the new file."""
    with target.open("wb") as file:
        for _ in range(times):
            with source.open("rb") as once:
                shutil.copyfileobj(once, file)
    return target
