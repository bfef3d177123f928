"""Whether the curves of training show overfitting, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["overfitting_sentence"]


def overfitting_sentence(history: Sequence[Mapping[str, float]]) -> str | None:
    """Return a sentence about overfitting, if the curves show it.

    They show it if the validation loss has risen since its lowest by a hundredth or more while the training loss fell
    on.

    Parameters
    ----------
    history : sequence of mappings
        The ``history_`` of an estimator.

    Returns
    -------
    str or None
        None if there is nothing to say.
    """
    curve = [epoch["validation_loss"] for epoch in history if "validation_loss" in epoch]
    if len(curve) < 2:
        return None
    lowest = min(range(len(curve)), key=curve.__getitem__)
    best, last = history[lowest], history[-1]
    rises = last["validation_loss"] > 1.01 * best["validation_loss"]
    if not rises or last["train_loss"] >= best["train_loss"]:
        return None
    return (
        f"Overfitting: since epoch {best['epoch']:.0f} the validation loss has risen from "
        f"{best['validation_loss']:.3g} to {last['validation_loss']:.3g} while the training loss fell from "
        f"{best['train_loss']:.3g} to {last['train_loss']:.3g}; more documents, dropout or l2 help against it."
    )
