"""``textrep info``: what is in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import check_output, columns, put, put_json
from .formats import detected, from_option, loaded
from .info_model import facts_of_model, rows_of_model, tokenizer_text
from .units import bytes_text

if TYPE_CHECKING:
    from textrep import EmbeddingStore

__all__ = ["info"]

_SHOWN = 10  # words


@click.command(
    short_help="Show what is in a file; --verify checks that it is unharmed.",
    epilog="""\b
Examples:
  textrep info corpus.textrep
  textrep info corpus.textrep --verify && echo unharmed
  textrep info corpus.textrep --json
  textrep info glove.6B.300d.txt""",
)
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--verify",
    is_flag=True,
    help="Read the whole file and compare it with its checksums; exit code 1 if it was altered.",
)
@from_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def info(path: Path, verify: bool, from_: str | None, as_json: bool) -> None:
    """Show what is in the file PATH: words or documents, dimensions, how they were made, the most frequent words.

    PATH is a store, a saved vectorizer, classifier or tagger, or a file of vectors of word2vec, fastText, floret or
    GloVe, which is read to its end, or a folder of static embeddings that textrep wrote.
    """
    check_output()
    if from_ is None and path.is_dir() and (facts := _facts_of_folder(path)):
        if verify:
            raise click.UsageError("--verify compares with the checksums of a store; static embeddings have none")
        _show(facts, as_json=as_json)
        return
    found = detected(path, from_)
    if verify and not found.is_own:
        raise click.UsageError(f"--verify compares with the checksums of a store; {found.title} files have none")
    if found.is_own and (facts := _facts_of_vectorizer(path, verify=verify)):
        _show(facts, as_json=as_json)
        return
    if found.is_own and (facts := facts_of_model(path, verify=verify)):
        if as_json:
            put_json(facts)
        else:
            for line in columns(rows_of_model(facts)):
                put(line)
        return
    store = loaded(path, found, "backslashreplace")
    if verify:
        store.verify()
    _show(_facts(store, path, found.name, verified=verify), as_json=as_json)


def _show(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        put_json(facts)
    else:
        for line in columns(_rows(facts)):
            put(line)


def _facts_of_folder(path: Path) -> dict[str, Any] | None:
    """Return the same for a folder of static embeddings that textrep wrote; None if it is no such folder."""
    from textrep.formats import sizes_of

    sizes = sizes_of(path)
    if sizes is None:
        return None
    n_bytes = sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    known = {"path": str(path), "kind": "vectors", "format": "static", "bytes": n_bytes}
    unknown = ("tokenizer", "method", "parameters", "total_words", "history", "most_frequent")
    return {**known, "words": sizes[0], "dimensions": sizes[1], **dict.fromkeys(unknown)}


def _facts_of_vectorizer(path: Path, *, verify: bool) -> dict[str, Any] | None:
    """Return the same for a vectorizer that was saved; None if the file holds something else."""
    from textrep.container import open_container
    from textrep.vectorizers.saved import restored

    container = open_container(path)
    if container.kind != "vectorizer":
        return None
    if verify:
        container.verify()
    vectorizer = restored(container, verified=verify)
    words = len(vectorizer.vocabulary_)
    vectors = getattr(vectorizer, "vectors_", None)
    facts = {
        "path": str(path),
        "kind": "vectorizer",
        "format": "textrep",
        "bytes": path.stat().st_size,
        "words": words,
        "dimensions": words if vectors is None else vectors.shape[1],
        "method": container.header["method"],
        "parameters": container.header["parameters"],
        "history": container.header.get("history"),
    }
    unknown = ("tokenizer", "total_words", "most_frequent")  # the first is among the parameters
    return {**facts, **dict.fromkeys(unknown), **({"verified": True} if verify else {})}


def _facts(store: EmbeddingStore, path: Path, format_name: str, *, verified: bool) -> dict[str, Any]:
    """Return what is known about a store, as JSON values; None stands for what is not known."""
    made = store.metadata
    facts: dict[str, Any] = {
        "path": str(path),
        "kind": "store" if format_name == "textrep" else "vectors",
        "format": format_name,
        "bytes": path.stat().st_size,
        "words": None if store.is_of_documents else len(store),
        "dimensions": store.dim,
        "tokenizer": _tokenizer_of(store),
        "method": made.get("method"),
        "parameters": made["parameters"] if isinstance(made.get("parameters"), dict) else None,
        "total_words": made["total_tokens"] if type(made.get("total_tokens")) is int else None,
        "history": made["history"] if _is_history(made.get("history")) else None,
        "most_frequent": _most_frequent(store),
    }
    if store.is_of_documents:
        facts["documents"] = len(store)
    if store.is_sparse:
        facts["nonzeros"] = store.nnz
    if store.index is not None:
        facts["index"] = store.index
    return facts | {"verified": True} if verified else facts


def _is_history(value: Any) -> bool:
    """Whether it is what training leaves in the metadata of a store; these may hold anything."""
    epochs = value if isinstance(value, list) else [None]
    return all(isinstance(epoch, dict) and isinstance(epoch.get("loss", ""), float | None) for epoch in epochs)


def _tokenizer_of(store: EmbeddingStore) -> dict[str, Any] | None:
    try:
        return store.tokenizer.to_dict() if store.tokenizer else None
    except ValueError as error:  # a newer version may have made it
        return {"name": None, "unknown": str(error)}


def _most_frequent(store: EmbeddingStore) -> list[dict[str, Any]] | None:
    if store.counts is None:
        return None
    order = (-store.counts).argsort(kind="stable")[:_SHOWN].tolist()
    return [{"key": store.keys[i], "count": int(store.counts[i])} for i in order]


def _rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the facts for people."""
    rows = [
        ("file", f"{facts['path']}, {bytes_text(facts['bytes'])}"),
        ("kind", facts["kind"] if facts["format"] == "textrep" else f"{facts['kind']}, {facts['format']}"),
        ("documents", f"{facts['documents']:,}") if "documents" in facts else ("words", f"{facts['words']:,}"),
        ("dimensions", f"{facts['dimensions']:,}"),
    ]
    if "nonzeros" in facts:
        rows.append(("vectors", f"sparse, {facts['nonzeros']:,} non-zeros"))
    if "index" in facts:
        index = facts["index"]
        made_by = f"{index['library']} {index['version']}"
        rows.append(("index", f"HNSW, {bytes_text(index['bytes'])}, made by {made_by}, for similar --approximate"))
    if facts["total_words"] is not None:
        rows.append(("corpus", f"{facts['total_words']:,} words"))
    if facts["tokenizer"]:
        rows.append(("tokenizer", tokenizer_text(facts["tokenizer"])))
    if facts["method"]:
        rows.append(("method", str(facts["method"])))
    for name, value in (facts["parameters"] or {}).items():
        rows.append((f"  {name}", "none" if value is None else str(value)))
    if facts["history"]:
        rows.append(
            (
                "loss, by epoch",
                ", ".join("none" if epoch["loss"] is None else f"{epoch['loss']:.4f}" for epoch in facts["history"]),
            )
        )
    if facts["most_frequent"]:
        words = ", ".join(f"{each['key']} {each['count']:,}" for each in facts["most_frequent"])
        rows.append(("most frequent", words))
    if facts.get("verified"):
        rows.append(("checksums", "match"))
    return rows
