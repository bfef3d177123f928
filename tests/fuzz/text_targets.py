"""Every format of text files, of compression, and of vectors of others: small good files, and how each is read."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import struct
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from textrep import EmbeddingStore, FormatError, read_corpus, read_labelled, read_sequences
from textrep.evaluation import SimilarityGold, evaluate_analogies, evaluate_similarity, read_gold
from textrep.formats import detect, sizes_of

__all__ = ["BINARY", "TEXT", "TextTarget"]


class TextTarget(NamedTuple):
    """A format of files."""

    name: str  # of the file: its ending tells the format, or nothing
    content: bytes  # a good file
    use: Callable[[Path], Any]


def use_corpus(path: Path) -> None:
    """Read a corpus in each of its three ways."""
    corpus = read_corpus(path)
    one = list(corpus)
    two = [text for _, text in corpus.named()]
    for _ in corpus.blocks():
        pass
    assert one == two


def use_labelled(path: Path, format: str | None = None) -> None:  # noqa: A002
    """Read labelled documents and ask for all of them."""
    found = read_labelled(path, format=format)
    assert len(found.texts) == len(found.labels) == len(found.targets)
    _ = found.classes, found.place(len(found) - 1), found[0], repr(found)


def use_sequences(path: Path, format: str | None = None) -> None:  # noqa: A002
    """Read sentences and ask for all of them."""
    found = read_sequences(path, format=format)
    assert [len(tokens) for tokens in found.tokens] == [len(tags) for tags in found.tags]
    _ = found.place(len(found) - 1), found.scheme, repr(found)


STORE = EmbeddingStore.from_vectors(
    ["왕", "여왕", "cat", "dog", "a", "b"], np.random.default_rng(0).normal(size=(6, 3))
)


def use_gold(path: Path, format: str | None = None) -> None:  # noqa: A002
    """Read a gold set and score a store on it."""
    gold = read_gold(path, format=format)
    if isinstance(gold, SimilarityGold):
        evaluate_similarity(STORE, gold).to_dict()
    else:
        evaluate_analogies(STORE, gold).to_dict()


def use_vectors(path: Path, format: str | None = None) -> None:  # noqa: A002
    """Load vectors and ask them; what they hold is finite, and every key is there once."""
    store = EmbeddingStore.load(path, format)
    keys = list(store.keys)
    assert store.vectors.shape == (len(store), store.dim)
    assert np.isfinite(store.vectors).all()
    assert len(set(keys)) == len(keys)
    if keys:
        store.similar(keys[0], k=2)


def use_static(path: Path) -> None:
    """Ask what is in a folder of static embeddings, of which one file is spoiled: it is shown, or is none."""
    folder = path.parent
    for name, content in STATIC.items():
        if not (folder / name).exists():
            (folder / name).write_bytes(content)
    sizes = sizes_of(folder)
    assert sizes is None or (type(sizes[0]), type(sizes[1])) == (int, int), sizes
    assert sizes is None or (sizes[0] >= 0 and sizes[1] > 0), sizes
    found = detect(folder)
    assert found is not None
    assert found.name == "static"
    with pytest.raises(FormatError, match=r"textrep writes static embeddings, but does not read them"):
        EmbeddingStore.load(folder)


LINES = "the cat saw a dog\n왕과 여왕\n\n  king queen  \nlast line".encode()
TSV = 'label\ttext\npos\ta good film\nneg\tbad "plot"\npos\t좋은 영화\n'.encode()
CSV = b'text,label\n"a good, ""fine"" film",pos\nbad plot,neg\n"two\nlines",pos\n'
JSONL = b'{"text": "a good film", "label": "pos"}\n{"label": ["neg", "odd"], "text": "\\ud55c \\n b"}\n'
LABELS = "__label__pos a good film\n__label__neg __label__odd bad plot\n__label__pos 영화\n".encode()
CONLL = (
    "-DOCSTART- -X- O O\n\nAnn NNP B-NP B-PER\nsaw VBD B-VP O\n서울 NNP B-NP B-LOC\n\n# one\nRome NNP I-NP B-LOC\n"
).encode()
CONLLU = (
    b"# sent_id = 1\n1\tAnn\tAnn\tPROPN\tNNP\t_\t2\tnsubj\t_\t_\n2-3\tdoesn't\t_\t_\t_\t_\t_\t_\t_\t_\n"
    b"2\tdoes\tdo\tAUX\tVBZ\t_\t0\troot\t_\t_\n3\tn't\tnot\tPART\tRB\t_\t2\tadvmod\t_\t_\n3.1\tx\tx\tX\tX\t_\t_\t_\t_\t_\n\n"
)
PAIRS = "word 1\tword 2\tscore\n왕\t여왕\t8.5\ncat\tdog\t7.35\na\tb\t-1e1\n".encode()
COMMAS = '"cat","dog, the",7\n왕,여왕,8.5\na,b,1\n'.encode()
QUESTIONS = ": family\ncat dog 왕 여왕\n\n: gram1\na b cat dog\n".encode()
WORD2VEC = "3 2\nthe -0.5 1.25e-3\n한국어 1 2\nc 3 4\n".encode()
GLOVE = "the -0.5 1.25e-3\n한국어 1 2\nc 3 4\n".encode()
FLORET = b"4 2 2 2 3 2166136261 < >\n0 -2.2611 3.9302\n1 -3.12 -1.7981\n2 9.5 5.67\n3 3.6 4.2\n"

# Name of a target -> the file. Named by formats where a file of that content may be several.
TEXT = {
    "corpus of lines": TextTarget("bad.txt", LINES, use_corpus),
    "corpus as TSV": TextTarget("bad.tsv", TSV, use_corpus),
    "corpus as CSV": TextTarget("bad.csv", CSV, use_corpus),
    "corpus as JSONL": TextTarget("bad.jsonl", JSONL, use_corpus),
    "labels, TSV": TextTarget("bad.tsv", TSV, use_labelled),
    "labels, CSV": TextTarget("bad.csv", CSV, use_labelled),
    "labels, JSONL": TextTarget("bad.jsonl", JSONL, use_labelled),
    "labels, fastText": TextTarget("bad.txt", LABELS, use_labelled),
    "CoNLL": TextTarget("bad.conll", CONLL, use_sequences),
    "CoNLL-U": TextTarget("bad.conllu", CONLLU, partial(use_sequences, format="conllu")),
    "CoNLL-U by content": TextTarget("bad.txt", CONLLU, use_sequences),
    "gold pairs": TextTarget("bad.tsv", PAIRS, use_gold),
    "gold pairs, commas": TextTarget("bad.csv", COMMAS, use_gold),
    "gold analogies": TextTarget("bad.txt", QUESTIONS, use_gold),
    "gold analogies by name": TextTarget("bad.txt", QUESTIONS, partial(use_gold, format="analogies")),
    "word2vec": TextTarget("bad.vec", WORD2VEC, use_vectors),
    "word2vec by name": TextTarget("bad.txt", WORD2VEC, partial(use_vectors, format="word2vec")),
    "GloVe": TextTarget("bad.txt", GLOVE, partial(use_vectors, format="glove")),
    "floret": TextTarget("bad.floret", FLORET, use_vectors),
}


def _word2vec_binary() -> bytes:
    rows = [("the", (-0.5, 1e-3)), ("한국어", (1, 2)), ("c", (3, 4))]
    return b"3 2\n" + b"".join(word.encode() + b" " + struct.pack("<2f", *row) + b"\n" for word, row in rows)


def _fasttext(model: int = 2) -> bytes:
    """A model as the C++ program writes it: 3 words of 2 dimensions, 5 buckets."""
    data = struct.pack("<2i", 793712314, 12)
    data += struct.pack("<12id", 2, 5, 7, 2, 4, 1, 2, model, 5, 2, 3, 100, 1e-4)
    data += struct.pack("<3i2q", 3, 3, 0, 1000, -1)
    for word in ("the", "왕", "cat"):
        data += word.encode() + struct.pack("<Bqb", 0, 9, 0)
    for n_rows in (8, 3):
        rows = np.linspace(-1, 1, n_rows * 2, dtype="<f4")
        data += b"\0" + struct.pack("<2q", n_rows, 2) + rows.tobytes()
    return data


def _quantized() -> bytes:
    """A quantised model: 3 words and 5 buckets of 4 dimensions, two parts of 2, without norms."""
    data = struct.pack("<2i", 793712314, 12)
    data += struct.pack("<12id", 4, 5, 7, 2, 4, 1, 3, 3, 5, 2, 3, 100, 1e-4)
    data += struct.pack("<3i2q", 4, 3, 1, 1000, -1)
    for word, kind in (("the", 0), ("왕", 0), ("cat", 0), ("__label__a", 1)):
        data += word.encode() + struct.pack("<Bqb", 0, 9, kind)
    codes = bytes(range(16))
    data += b"\1" + struct.pack("<?2qi", False, 8, 4, len(codes)) + codes
    data += struct.pack("<4i", 4, 2, 2, 2) + np.linspace(-1, 1, 4 * 256, dtype="<f4").tobytes()
    return data + struct.pack("<?2q", False, 1, 4) + np.ones(4, "<f4").tobytes()


def _zstd(content: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.compress(content)
    import zstandard

    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


def _static() -> dict[str, bytes]:
    """The files of a folder of static embeddings."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        folder = Path(name) / "static"
        STORE.export(folder, format="static")
        return {path.name: path.read_bytes() for path in folder.iterdir()}


def static_headers() -> list[tuple[str, bytes]]:
    """Vectors of a folder whose shape is none: a label and ``model.safetensors`` each."""
    content = STATIC["model.safetensors"]
    shapes = [[], [7], [7, 3, 1], "73", "7", None, 7, {"7": 3}, [7.0, 3.0], [True, 3], ["7", "3"], [-1, 3], [0, 3],
              [7, 0], [7, -3], [10**30, 3], [1e308, 3], [float("nan"), 3], [float("inf"), 3], [[7], 3]]  # fmt: skip
    raws = [json.dumps({"embeddings": {"dtype": "F32", "shape": shape}}).encode() for shape in shapes]
    raws += [b"", b"[]", b"7", b"null", b"{", b"[" * 50_000, b'{"embeddings": []}', b'{"embeddings": "shape"}']
    size = 8 + int.from_bytes(content[:8], "little")
    return [(repr(raw[:60]), struct.pack("<Q", len(raw)) + raw + content[size:]) for raw in raws]


def _parquet() -> bytes:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": ["the cat", "왕과 여왕", "c"], "label": ["x", "y", "x"]}), buffer)
    return buffer.getvalue()


STATIC = _static()
BINARY = {
    "word2vec binary": TextTarget("bad.bin", _word2vec_binary(), partial(use_vectors, format="word2vec-binary")),
    "fastText model": TextTarget("bad.bin", _fasttext(), use_vectors),
    "fastText model, quantised": TextTarget("bad.ftz", _quantized(), use_vectors),
    "corpus, gzip": TextTarget("bad.txt.gz", gzip.compress(LINES, mtime=0), use_corpus),
    "corpus, bzip2": TextTarget("bad.txt.bz2", bz2.compress(LINES), use_corpus),
    "corpus, xz": TextTarget("bad.txt.xz", lzma.compress(LINES), use_corpus),
    "vectors, gzip": TextTarget("bad.vec.gz", gzip.compress(WORD2VEC, mtime=0), use_vectors),
    "corpus, Zstandard": TextTarget("bad.txt.zst", _zstd(LINES), use_corpus),
    "labels, gzip": TextTarget("bad.tsv.gz", gzip.compress(TSV, mtime=0), use_labelled),
    "labels, Zstandard": TextTarget("bad.tsv.zst", _zstd(TSV), use_labelled),
    "corpus, Parquet": TextTarget("bad.parquet", _parquet(), use_corpus),
    "static embeddings, vectors": TextTarget("model.safetensors", STATIC["model.safetensors"], use_static),
    "static embeddings, settings": TextTarget("config.json", STATIC["config.json"], use_static),
}
