"""fastText's binary files as stores: ``.bin`` read and written, ``.ftz`` read.

The vectors of words are means of rows of the file, which stay mapped: they are composed as they are asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError
from textrep.store.formats.base import Format, Head

if TYPE_CHECKING:
    from textrep.store.formats.fasttext_model import Arguments, FastTextModel
    from textrep.store.formats.files import Writer
    from textrep.store.store import EmbeddingStore
    from textrep.store.subwords import SubwordTable
    from textrep.text.subwords import SubwordRule, Subwords

__all__ = ["FASTTEXT"]

_ROWS_AT_ONCE = 4096
_MOST = (1 << 31) - 1


def _matches(head: Head) -> bool:
    from textrep.store.formats.fasttext_model import is_fasttext

    return is_fasttext(head)


# ---------------------------------------------------------------------------------------------------- reading


def _read(path: Path, encoding_errors: str) -> EmbeddingStore:
    """Read a model; of a supervised one the words, not the labels.

    The context vectors of a model with negative sampling are kept, so that training can go on from it.
    """
    from textrep.store.file import StoreParts
    from textrep.store.formats.fasttext_model import read_model
    from textrep.store.formats.quantized import QuantizedMatrix
    from textrep.store.store import EmbeddingStore
    from textrep.store.subwords import SubwordTable

    model = read_model(path, encoding_errors)
    rule = _rule(path, model)
    n_words = len(model.words)
    if isinstance(model.input, QuantizedMatrix):
        rows = model.input.decode()  # float32 [n_rows, dim]
        if not np.isfinite(rows).all():
            raise FormatError(
                f"{path}, byte {model.input_at:,}: its quantised vectors hold NaN or infinity; the file was altered: "
                "fetch it again"
            )
        rows.flags.writeable = False
    else:
        rows = model.input
    table = None
    if rule is not None:
        others = rows[n_words:]
        if model.pruned is not None:
            others = others[model.pruned[np.argsort(model.pruned[:, 0]), 1]]
        word_rows = rows[:n_words] if rule.has_word_rows else None
        table = SubwordTable(rule, None, others, word_rows, f"{path}, byte {model.input_at:,}")
    context = model.output
    is_context = model.arguments.model != 3 and model.arguments.loss == 2 and not isinstance(context, QuantizedMatrix)
    parts = StoreParts(
        keys=model.words,
        vectors=rows[:n_words] if table is None else None,
        norms=None,
        counts=model.counts,
        tokenizer={"name": "whitespace", "min_token_length": 1},
        metadata=_metadata(path, model, rule),
        subwords=table,
        context_vectors=context if is_context and not isinstance(context, QuantizedMatrix) else None,
    )
    return EmbeddingStore(parts)


def _rule(path: Path, model: FastTextModel) -> SubwordRule | None:
    """Return how words are cut, None if they are not."""
    from textrep.store.formats.fasttext_model import PARAMETERS_AT
    from textrep.text.floret import FloretSubwords
    from textrep.text.pruned import PrunedSubwords
    from textrep.text.subwords import Subwords

    found = model.arguments
    if model.layout == "jamo" and found.maxn + found.maxjn:
        raise FormatError(
            f"{path}, byte {PARAMETERS_AT}: it is of a fork of fastText for Korean jamo. Its programs differ in how "
            "they cut words, and the file does not say which one made it: let that one print the vectors of the words "
            "as text, and load those"
        )
    if found.mode == 2:
        if not found.bucket:
            raise FormatError(
                f"{path}, byte {PARAMETERS_AT}: it is of floret, but has no buckets; it was altered: fetch it again"
            )
        return FloretSubwords(min_n=found.minn, max_n=found.maxn, buckets=found.bucket, hash_count=found.hash_count)
    min_n = max(found.minn, 1)  # no n-gram is shorter, whatever is said
    if found.maxn < min_n or not found.bucket:
        return None
    rule = Subwords(min_n=min_n, max_n=found.maxn, buckets=found.bucket)
    if model.pruned is None:
        return rule
    try:
        return PrunedSubwords(rule, np.sort(model.pruned[:, 0]).astype(np.int64))
    except ValueError as error:
        raise FormatError(
            f"{path}, byte {model.pruned_at:,}: in its pruned dictionary, {error}; the file was altered: fetch it again"
        ) from None


def _metadata(path: Path, model: FastTextModel, rule: SubwordRule | None) -> dict[str, Any]:
    """Return what the file says of its training, in textrep's words.

    Under "parameters" stands what textrep's own training takes, so that it can go on from them; under "fasttext" what
    only fastText's knows.
    """
    from textrep.store.formats.fasttext_model import ARCHITECTURES, LOSSES

    found = model.arguments
    said = {
        "architecture": (ARCHITECTURES[found.model], found.model != 3),
        "vector_size": (found.dim, True),
        "window": (found.ws, found.ws > 0),
        "negative": (found.neg, found.neg > 0),
        "loss": (LOSSES[found.loss], found.loss <= 2),
        "epochs": (found.epoch, found.epoch > 0),
        "min_count": (found.min_count, found.min_count > 0),
        "sample": (found.t, found.t <= 1),
    }
    other = {name: value for name, (value, is_taken) in said.items() if not is_taken}
    return {
        "method": "floret" if found.mode == 2 else "fasttext",
        "parameters": {
            **{name: value for name, (value, is_taken) in said.items() if is_taken},
            **_rule_parameters(found, rule),
            "tokenizer": "whitespace",
            "min_token_length": 1,
        },
        **({"fasttext": other} if other else {}),
        "total_tokens": model.n_tokens,
        **({"labels_dropped": len(model.labels)} if model.labels else {}),
        "source": {"format": FASTTEXT.name, "path": path.name},
    }


def _rule_parameters(found: Arguments, rule: SubwordRule | None) -> dict[str, Any]:
    """Return how words are cut, as textrep's parameters."""
    if found.mode == 2:
        values = {"min_n": found.minn, "max_n": found.maxn, "buckets": found.bucket}
        return {**values, "subwords": "floret", "hash_count": found.hash_count}
    if rule is None:
        return {"max_n": 0, "subwords": "char"}
    return {"min_n": max(found.minn, 1), "max_n": found.maxn, "buckets": found.bucket, "subwords": "char"}


# ---------------------------------------------------------------------------------------------------- writing


def _write(store: EmbeddingStore, path: Path) -> None:
    """Write a model of version 12, which fastText loads, with the same vectors for all words.

    Parameters of training are those in the store's metadata, as far as they are there; where counts are unknown, every
    word is said to occur once. Rows of buckets that the store does not have are zeros. Without context vectors, the
    output matrix is zeros.
    """
    from textrep.store.formats.files import plain_name, writing

    if plain_name(path).endswith(FASTTEXT.read_only_suffixes):
        raise FormatError(f"{path}: textrep does not quantise. Export to a .bin file, or quantise with fastText itself")
    rule = _writable_rule(store)
    _check_words(store)
    n_buckets = rule.buckets if rule is not None else 0
    sizes = len(store), len(store) + n_buckets, store.dim
    with writing(path) as file:
        file.write(_header(store, rule))
        for entries in _entries(store):
            file.write(entries)
        file.write(struct.pack("<Bqq", 0, sizes[1], sizes[2]))
        _write_rows(file, _word_rows(store), lambda row: f"the row of {store.keys[row]!r}")
        if rule is not None and store.subwords is not None:
            _write_rows(file, _bucket_rows(store.subwords), lambda row: f"row {row:,} of the subwords")
        file.write(struct.pack("<Bqq", 0, sizes[0], sizes[2]))
        _write_rows(file, _output_rows(store), lambda row: f"the context vector of {store.keys[row]!r}")


def _write_rows(file: Writer, pieces: Iterable[NDArray[np.float32]], name_of: Callable[[int], str]) -> None:
    """Write a matrix. Raises FormatError if a number is not finite; `name_of` says what a row is."""
    from textrep.store.formats.writable import check_finite

    first = 0
    for rows in pieces:
        check_finite(rows, first, name_of, FASTTEXT.title)
        file.write(_bytes(rows))
        first += len(rows)


def _writable_rule(store: EmbeddingStore) -> Subwords | None:
    """Return the store's rule as the format can express it, None if it has no n-grams."""
    from textrep.store.formats.fasttext_model import LONGEST
    from textrep.text.pruned import PrunedSubwords
    from textrep.text.subwords import Subwords

    if store.subwords is None:
        return None
    rule = store.subwords.rule
    if isinstance(rule, PrunedSubwords):
        raise FormatError(
            "this store's subwords were pruned, which a .bin file of fastText cannot express: words never seen would "
            "get other vectors. Save the store as it is, or export its words alone as word2vec text"
        )
    if not isinstance(rule, Subwords) or rule.kind != "char":
        kind = rule.to_dict().get("kind")
        remedy = "export it as floret" if kind == "floret" else "export its words alone as word2vec text"
        raise FormatError(
            f"fastText knows only character n-grams; it cannot make vectors of this store's {kind} subwords. "
            f"Save the store as it is, or {remedy}"
        )
    if rule.max_n > LONGEST:
        raise FormatError(f"a .bin file of n-grams of up to {rule.max_n:,} characters would not be read; {LONGEST} are")
    return rule if rule.max_n else None


def _check_words(store: EmbeddingStore) -> None:
    if not 0 < len(store) <= _MOST:
        raise FormatError(f"fastText cannot load a model of {len(store):,} words")
    if (np.asarray(store.keys.blob) == 0).any():
        word = next(key for key in store.keys if "\0" in key)
        raise FormatError(f"{word!r} holds a NUL, which ends words in fastText's files; rename that key")


def _header(store: EmbeddingStore, rule: Subwords | None) -> bytes:
    from textrep.store.formats.fasttext_model import MAGIC, VERSION

    arguments = _arguments(store, rule)
    n = len(store)
    total = store.metadata.get("total_tokens")
    if type(total) is not int or not 0 < total < 1 << 63:
        total = n if store.counts is None else max(int(store.counts.sum()), 1)
    return struct.pack("<ii12id", MAGIC, VERSION, *arguments[:13]) + struct.pack("<iiiqq", n, n, 0, total, -1)


def _arguments(store: EmbeddingStore, rule: Subwords | None) -> Arguments:
    """Return the parameters of training, fastText's defaults where the metadata do not say."""
    from textrep.store.formats.fasttext_model import Arguments

    parameters: dict[str, Any] = {}
    for name in ("fasttext", "parameters"):
        given = store.metadata.get(name)
        parameters |= given if isinstance(given, dict) else {}

    def whole(name: str, default: int) -> int:
        value = parameters.get(name)
        return value if type(value) is int and 0 <= value <= _MOST else default

    sample: Any = parameters.get("sample")
    return Arguments(
        dim=store.dim,
        ws=whole("window", 5),
        epoch=whole("epochs", 5),
        min_count=whole("min_count", 1),
        neg=whole("negative", 5),
        word_ngrams=1,
        loss=1 if parameters.get("loss") == "hierarchical_softmax" else 2,
        model=1 if parameters.get("architecture") == "cbow" else 2,  # one with labels would need them
        bucket=0 if rule is None else rule.buckets,
        minn=0 if rule is None else rule.min_n,
        maxn=0 if rule is None else rule.max_n,
        lr_update_rate=100,
        t=float(sample) if type(sample) in (int, float) and 0 <= sample <= 1 else 1e-4,
    )


def _entries(store: EmbeddingStore) -> Iterator[bytes]:
    """Yield the dictionary's entries: word, NUL, count, type."""
    for first in range(0, len(store), _ROWS_AT_ONCE):
        words = store.keys[first : first + _ROWS_AT_ONCE]
        counts = [1] * len(words) if store.counts is None else store.counts[first : first + len(words)].tolist()
        yield b"".join(
            word.encode() + struct.pack("<Bqb", 0, count, 0) for word, count in zip(words, counts, strict=True)
        )


def _word_rows(store: EmbeddingStore) -> Iterator[NDArray[np.float32]]:
    """Yield the words' own rows: what is left of their vectors without their n-grams."""
    table = store.subwords
    for first in range(0, len(store), _ROWS_AT_ONCE):
        part = slice(first, first + _ROWS_AT_ONCE)
        if table is None:
            yield store.vectors[part]
        elif table.word_rows is not None:
            yield table.word_rows[part]
        else:
            yield table.own_rows(store.keys[part], store.vectors[part])


def _bucket_rows(table: SubwordTable) -> Iterator[NDArray[np.float32]]:
    """Yield the rows of all buckets, zeros for those that are not there."""
    for first in range(0, table.rule.n_rows, _ROWS_AT_ONCE):
        last = min(first + _ROWS_AT_ONCE, table.rule.n_rows)
        if table.present is None:
            yield table.rows[first:last]
            continue
        rows = np.zeros((last - first, table.rows.shape[1]), np.float32)  # [n, dim]
        begin, end = np.searchsorted(table.present, [first, last])
        rows[table.present[begin:end] - first] = table.rows[begin:end]
        yield rows


def _output_rows(store: EmbeddingStore) -> Iterator[NDArray[np.float32]]:
    """Yield a context vector for each word.

    Of hierarchical softmax there is one less, and fastText's point the other way: it predicts the bit itself where
    word2vec predicts its opposite.
    """
    context = store.context_vectors
    sign = -1 if _arguments(store, None).loss == 1 else 1
    for first in range(0, len(store), _ROWS_AT_ONCE):
        rows = np.zeros((min(_ROWS_AT_ONCE, len(store) - first), store.dim), np.float32)  # [n, dim]
        if context is not None:
            there = context[first : first + len(rows)]
            rows[: len(there)] = sign * there
        yield rows


def _bytes(rows: NDArray[np.float32]) -> memoryview:
    return np.ascontiguousarray(rows, "<f4").view(np.uint8).data


FASTTEXT = Format(
    "fasttext",
    "fastText binary",
    (".bin", ".ftz"),
    _matches,
    _read,
    _write,
    read_only_suffixes=(".ftz",),
    keeps_subwords=True,
)
