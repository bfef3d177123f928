"""Which files labelled data may lie in, and their text: found, unpacked and decoded as those of a corpus are."""

from __future__ import annotations

from collections.abc import Iterator

from textrep.corpus.compression import decompressed
from textrep.corpus.decoding import Piece, pieces
from textrep.corpus.sources import Reader, Source, io_errors_named

__all__ = ["BY_CONTENT", "LABELLED", "SEQUENCES", "pieces_of"]

BY_CONTENT = "by content"  # the format of files whose names do not tell
_STEP = 1 << 18  # bytes read at a time

LABELLED = Reader(
    "read_labelled",
    ("tsv", "fasttext", "csv", "jsonl"),
    {"csv": "csv", "jsonl": "jsonl"} | dict.fromkeys(("tsv", "txt", "train", "valid", "dev", "test"), BY_CONTENT),
    BY_CONTENT,
    'format="tsv" reads a label, a TAB and a text a line, format="fasttext" __label__ and a text',
    "Texts and labels themselves need no read_labelled: pass a list of str each on",
)
SEQUENCES = Reader(
    "read_sequences",
    ("conll", "conllu"),
    {"conllu": "conllu"}
    # eng.train, eng.testa and eng.testb are the files of CoNLL-2003
    | dict.fromkeys(
        ("conll", "iob", "iob2", "bio", "tsv", "txt", "train", "valid", "dev", "test", "testa", "testb"), BY_CONTENT
    ),
    BY_CONTENT,
    'format="conll" reads a token and its tag a line, format="conllu" the ten columns of CoNLL-U',
    "Tokens and tags themselves need no read_sequences: pass a list of lists of str each on",
)


def pieces_of(source: Source, encoding: str, errors: str) -> Iterator[Piece]:
    """Yield the text of a file, plain or compressed, in pieces of whole lines."""
    with io_errors_named(source.name), source.open() as file:
        yield from pieces(decompressed(file, source.name), source.name, encoding, errors, _STEP)
