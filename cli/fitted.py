"""What ``train`` says when it has written a model: the network, how training went, and what to type next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from .console import columns, flush, put, put_json, say
from .fitting import TrainingRun
from .hint import named, typed
from .models import final
from .outcome import Interrupted
from .units import bytes_text, count, duration

__all__ = ["report", "try_one"]

_LONGEST = 60  # characters of a text in the command to type next
_LABELS = 8  # shown, at most


def try_one(texts: Iterable[Sequence[str]]) -> list[str]:
    """Return arguments of predict that try the model with the beginning of one of some texts, given as words."""
    beginnings = [" ".join(words[:8])[:_LONGEST] for words in texts]
    return ["--text", min(beginnings, key=lambda text: abs(len(text) - 40))]


def report(
    run: TrainingRun,
    *,
    command: str,
    files: Sequence[str],
    amounts: dict[str, int],
    labels: Counter[str],
    title: str,
    score: str,
    example: list[str],
    as_json: bool,
) -> None:
    """Write what was done, as a table for people or as JSON for programs; then end as interrupted if it was.

    Parameters
    ----------
    run : TrainingRun
        What was done.
    command : str
        ``"classify"`` or ``"tag"``.
    files : sequence of str
        The arguments that it was trained on.
    amounts : dict of str to int
        What they held: ``{"documents": 5452}``.
    labels : Counter of str
        How often each label occurs.
    title : str
        What labels are called: ``"classes"``.
    score : str
        What the score is called: ``"accuracy"``.
    example : list of str
        Arguments of predict that try the model.
    as_json : bool
        Which of the two.
    """
    for message in run.told:
        say(message)
    if as_json:
        put_json(_as_json(run, amounts, labels, title))
    else:
        rows = [
            ("data", f"{_name(files)}: {_amounts(amounts)}"),
            (title, f"{len(labels):,}: {_most_frequent(labels)}"),
            *_of_training(final(run.model), score),
        ]
        _show(run, rows)
        put()
        put(f"Next: {typed([command, 'predict', named(run.target), *example])}")
    estimator = final(run.model)
    if estimator.interrupted_:
        flush()
        raise Interrupted(f"{run.target} holds the model of epoch {estimator.best_epoch_ or len(estimator.history_)}")


def _as_json(run: TrainingRun, amounts: dict[str, int], labels: Counter[str], title: str) -> dict[str, Any]:
    from textrep.classifiers.overfitting import overfitting_sentence

    estimator = final(run.model)
    return {
        "model": str(run.target),
        "bytes": run.target.stat().st_size,
        **amounts,
        title: dict(sorted(labels.items())),
        "parameters": estimator.summary().total,
        "epochs": len(estimator.history_),
        "best_epoch": estimator.best_epoch_,
        "interrupted": estimator.interrupted_,
        "history": estimator.history_,
        "overfitting": overfitting_sentence(estimator.history_),
        "plot": run.plot,
        "seconds": round(run.seconds, 3),
    }


def _show(run: TrainingRun, rows: list[tuple[str, str]]) -> None:
    """Write the layers of the network, and a table: `rows`, and what there is to say of the file."""
    from textrep.classifiers.overfitting import overfitting_sentence

    estimator = final(run.model)
    for line in str(estimator.summary()).splitlines():
        put(line)
    put()
    size = bytes_text(run.target.stat().st_size)
    rows += [
        ("time", duration(run.seconds)),
        ("model", f"{run.target}, {size}{', replaces the one before' if run.replaces else ''}"),
        ("picture", run.plot or ""),
    ]
    for line in columns((name, text) for name, text in rows if text):
        put(line)
    if (overfitting := overfitting_sentence(estimator.history_)) is not None:
        put()
        put(overfitting)


def _name(files: Sequence[str]) -> str:
    name = files[0] if len(files) == 1 else f"{len(files)} files"
    return "standard input" if name == "-" else name


def _amounts(amounts: dict[str, int]) -> str:
    return ", ".join(count(n, what.removesuffix("s")) for what, n in amounts.items())


def _most_frequent(labels: Counter[str]) -> str:
    """Return how often the most frequent labels occur: ``"NOUN 4,126, VERB 2,604"``."""
    most = sorted(labels.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{label} {n:,}" for label, n in most[:_LABELS])
    return shown + (f", and {len(most) - _LABELS:,} more" if len(most) > _LABELS else "")


def _of_training(estimator: Any, score: str) -> list[tuple[str, str]]:
    history, best = estimator.history_, estimator.best_epoch_
    kept = history[best - 1] if best else history[-1]
    ended = "ended by Ctrl-C" if estimator.interrupted_ else ""
    parts = [count(len(history), "epoch"), ended, f"epoch {best} is kept" if best else "the last weights are kept"]
    rows = [("training", ", ".join(filter(None, parts)))]
    for name, key in (("loss", "loss"), (score, "score")):
        validated = f", {kept[f'validation_{key}']:.4f} in validation" if f"validation_{key}" in kept else ""
        rows.append((name, f"{kept[f'train_{key}']:.4f} in training{validated}"))
    return rows
