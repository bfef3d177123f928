"""What ``textrep info`` says of a saved classifier or tagger: from the header alone, so that it needs no PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .units import bytes_text, count

if TYPE_CHECKING:
    from textrep.container import Container

__all__ = ["facts_of_model", "rows_of_model", "tokenizer_text"]

_KINDS = ("classifier", "tagger")
_SHOWN = 20  # classes
_CURVES = (
    ("training loss", "train_loss"),
    ("validation loss", "validation_loss"),
    ("validation score", "validation_score"),
)


def facts_of_model(path: Path, *, verify: bool) -> dict[str, Any] | None:
    """Return what is known about a classifier or a tagger, as JSON values; None if the file holds something else.

    Raises
    ------
    FormatError
        If it is damaged.
    """
    from textrep.container import open_container

    container = open_container(path)
    if container.kind not in _KINDS:
        return None
    if verify:
        container.verify()
    sizes = {"path": str(path), "kind": container.kind, "format": "textrep", "bytes": path.stat().st_size}
    try:
        facts = {**sizes, **_facts(container), **({"verified": True} if verify else {})}
        rows_of_model(facts)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise container.damaged(f"its header cannot be shown: {error!r:.200}") from None
    return facts


def _facts(container: Container) -> dict[str, Any]:
    header, words = container.header, container.header.get("words")
    sizes = {name: tensor.size for name, tensor in container.tensors.items()}
    store = words.get("store") if words else None
    vectorizer = header.get("vectorizer")
    return {
        "class": str(header["class"]),
        "classes": [_plain(label) for label in header["classes"]["labels"]],
        "weights": sum(size for name, size in sizes.items() if name.startswith("network.")),
        "features": header.get("n_features"),
        "vectorizer": vectorizer and {"method": vectorizer["method"], "parameters": vectorizer.get("parameters")},
        "words": sizes["words.table.offsets"] - 1 if words else None,
        "store": store and {"words": int(store["n_keys"]), "dimensions": int(store["dim"])},
        "tokenizer": header.get("tokenizer") or (words and words["tokenizer"]),
        "scheme": header.get("scheme"),
        "parameters": {name: _plain(value) for name, value in header["parameters"].items()},
        "history": [dict(epoch) for epoch in header["history"]],
        "best_epoch": int(header["best_epoch"]),
    }


def _plain(value: Any) -> Any:
    """Return a value of the header as people write it: a list for a tuple, an object for a dict."""
    from textrep.classifiers.typed_json import from_typed_json

    if isinstance(value, dict) and "tokenizer_object" in value:
        return value["tokenizer_object"]
    return _listed(from_typed_json(value))


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _listed(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [_listed(item) for item in value]
    return value if not isinstance(value, float) or value - value == 0 else str(value)  # JSON has no infinity


def rows_of_model(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the facts for people."""
    from textrep.classifiers.overfitting import overfitting_sentence

    classes, store = facts["classes"], facts["store"]
    more = f" and {len(classes) - _SHOWN:,} more" if len(classes) > _SHOWN else ""
    of_store = store and f", and {count(store['words'], 'word')} of its store"
    rows = [
        ("file", f"{facts['path']}, {bytes_text(facts['bytes'])}"),
        ("kind", f"{facts['kind']}, {facts['class']}"),
        (
            "tags" if facts["kind"] == "tagger" else "classes",
            f"{len(classes):,}: {', '.join(map(str, classes[:_SHOWN]))}{more}",
        ),
        ("scheme", facts["scheme"]),
        ("vectorizer", facts["vectorizer"] and str(facts["vectorizer"]["method"])),
        ("columns", facts["features"] and f"{facts['features']:,}"),
        ("words", facts["words"] is not None and f"{facts['words']:,} of training{of_store or ''}"),
        ("dimensions", store and f"{store['dimensions']:,}"),
        ("tokenizer", facts["tokenizer"] and tokenizer_text(facts["tokenizer"])),
        ("weights", f"{facts['weights']:,}"),
        *((f"  {name}", "none" if value is None else str(value)) for name, value in facts["parameters"].items()),
        ("training", f"{count(len(facts['history']), 'epoch')}{_kept(facts)}"),
        *((title, _by_epoch(facts["history"], key)) for title, key in _CURVES),
        ("note", overfitting_sentence(facts["history"])),
        ("checksums", facts.get("verified") and "match"),
    ]
    return [(title, text) for title, text in rows if text]


def _kept(facts: dict[str, Any]) -> str:
    return f"; the weights are those of epoch {facts['best_epoch']}" if facts["best_epoch"] else ""


def _by_epoch(history: list[dict[str, Any]], key: str) -> str:
    return ", ".join(f"{epoch[key]:.4f}" for epoch in history if key in epoch)


def tokenizer_text(saved: dict[str, Any]) -> str:
    """Return a tokenizer for people: ``{"name": "word", "min_token_length": 2}`` -> ``"word, min_token_length 2"``."""
    if "unknown" in saved:
        return str(saved["unknown"])
    name = saved.get("callable") or saved["name"]
    others = [f"{key} {value}" for key, value in saved.items() if key not in ("name", "callable")]
    return ", ".join([name, *others])
