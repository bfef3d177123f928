"""Folders of static embeddings, as model2vec and sentence-transformers load them [1]_.

A folder holds the vectors as safetensors, a tokenizer of Hugging Face's ``tokenizers`` that does what the store's own
does, and settings. The vector of a text is the mean of its words' vectors; words that are not in the store do not count
in model2vec, and count as zeros in sentence-transformers, which has no other place for them.

.. [1] https://github.com/MinishLab/model2vec; ``sentence_transformers.models.StaticEmbedding``.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from textrep.atomic import cannot_write
from textrep.errors import FormatError, StoreExistsError, StoreNotFoundError, TextrepError
from textrep.store.formats.base import Format, Head
from textrep.store.formats.writable import check_finite

if TYPE_CHECKING:
    from textrep.store.store import EmbeddingStore

__all__ = ["STATIC", "check_free", "sizes_of"]

_UNKNOWN = ("[UNK]", "<unk>", "[UNKNOWN]")  # the first that is no key stands for all words that are none
_VECTORS, _TOKENIZER = "model.safetensors", "tokenizer.json"
_ROWS_AT_ONCE = 4096
_LONGEST_HEADER = 1 << 16  # bytes of JSON; ours has about 100
_LONGEST_TEXT = 1_000_000  # tokens; model2vec's own figure


def _matches(head: Head) -> bool:
    return all((head.path / name).is_file() for name in (_VECTORS, _TOKENIZER))  # whoever wrote it


def _write(store: EmbeddingStore, path: Path) -> None:
    """Write a folder, whole or not at all: it gets its name once all files are on the disk.

    A process that is killed leaves a hidden folder ``.textrep-*.tmp`` behind, which may be removed.
    """
    if not len(store):
        raise FormatError("a folder of static embeddings holds vectors of words, and this store has no words")
    tokenizer = _tokenizer(store)
    with _new_folder(path) as folder:
        _write_vectors(store, folder / _VECTORS)
        _write_json(folder / _TOKENIZER, tokenizer)
        _write_json(folder / "config.json", _config(store))
        _write_json(folder / "modules.json", [_MODULE])


_MODULE = {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}


def _config(store: EmbeddingStore) -> dict[str, Any]:
    return {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "tokenizer_name": "textrep",
        "hidden_dim": store.dim,
        "seq_length": _LONGEST_TEXT,
        "normalize": False,
        "embedding_dtype": "float32",
    }


@contextlib.contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    """Give a hidden folder to write to, which becomes `path` in one step if nothing goes wrong."""
    parent = path.absolute().parent
    if not parent.is_dir():
        raise StoreNotFoundError(f"{path} cannot be written: there is no folder {parent}")
    check_free(path)
    folder = parent / f".textrep-{secrets.token_hex(8)}.tmp"
    try:
        folder.mkdir()
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        yield folder
        check_free(path)  # once more: writing may have taken long
        if path.is_dir():
            path.rmdir()  # it is empty
        _sync_folder(folder)
        folder.rename(path)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, TextrepError):
            raise cannot_write(path, error) from error
        raise
    _sync_folder(parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where folders can be opened and synced."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def check_free(path: Path) -> None:
    """Raise StoreExistsError unless there is nothing at a place, or an empty folder."""
    if not os.path.lexists(path):
        return
    if path.is_symlink() or not path.is_dir() or any(path.iterdir()):
        raise StoreExistsError(f"{path} exists and is not overwritten; choose another name, or remove it first")


def _write_json(path: Path, value: Any) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1))
        file.flush()
        os.fsync(file.fileno())


def _write_vectors(store: EmbeddingStore, path: Path) -> None:
    """Write one row for each key, and one of zeros for all other words, in the order of the tokenizer's numbers."""
    shape = [len(store) + 1, store.dim]
    n_bytes = 4 * shape[0] * shape[1]
    header = json.dumps({"embeddings": {"dtype": "F32", "shape": shape, "data_offsets": [0, n_bytes]}}).encode()
    header += b" " * (-len(header) % 8)
    with path.open("xb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for first in range(0, len(store), _ROWS_AT_ONCE):
            rows = np.ascontiguousarray(store.vectors[first : first + _ROWS_AT_ONCE], "<f4")  # [n, dim]
            check_finite(rows, first, lambda row: f"the vector of {store.keys[row]!r}", STATIC.title)
            file.write(rows.view(np.uint8).data)
        file.write(bytes(4 * store.dim))
        file.flush()
        os.fsync(file.fileno())


def sizes_of(path: Path) -> tuple[int, int] | None:
    """Return how many words of how many dimensions a folder holds that textrep wrote; None if it is no such folder."""
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        with (path / _VECTORS).open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(size, _LONGEST_HEADER)))
        if config["model_type"] != "model2vec" or config["tokenizer_name"] != "textrep":
            return None
        n_rows, dim = header["embeddings"]["shape"]
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return None
    if type(n_rows) is not int or type(dim) is not int or n_rows < 1 or dim < 1:
        return None
    return n_rows - 1, dim


# ---------------------------------------------------------------------------------------------------- tokenizer


def _tokenizer(store: EmbeddingStore) -> dict[str, Any]:
    """Return the tokenizer as ``tokenizers`` saves one."""
    keys = store.keys.to_list()
    unknown = next((name for name in _UNKNOWN if name not in store.keys), None)
    if unknown is None:
        raise FormatError(f"{', '.join(_UNKNOWN)} are keys, so that none of them can stand for words that are not")
    normalizer, pre_tokenizer = _splitting(store)
    added = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": len(keys), "content": unknown, **added}],
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {**{key: i for i, key in enumerate(keys)}, unknown: len(keys)},
            "unk_token": unknown,
        },
    }


def _splitting(store: EmbeddingStore) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return what normalises and what splits texts as the store's tokenizer does; at white space if it has none."""
    saved = {"name": "whitespace"} if store.tokenizer is None else store.tokenizer.to_dict()
    name, least = saved.get("name"), saved.get("min_token_length", 1)
    composed_and_lower = {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}
    if name == "word":  # what Python calls word characters
        return composed_and_lower, _matching(rf"[\p{{L}}\p{{N}}_]{{{least},}}")
    if name == "char" and least == 1:
        return composed_and_lower, _matching(r"\S")
    if name == "whitespace":
        return None, {"type": "WhitespaceSplit"} if least == 1 else _matching(rf"\S{{{least},}}")
    raise FormatError(
        f"the tokenizer of this store, {name!r}, cannot be expressed in a folder of static embeddings. To have texts "
        'split at white space there, make a store with tokenizer={"name": "whitespace"} of its keys and vectors'
    )


def _matching(regex: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Removed", "invert": True}


STATIC = Format("static", "static embeddings", (), _matches, None, _write, is_folder=True)
