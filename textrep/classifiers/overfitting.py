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
        The ``history_`` of an estimator. Epochs without one of the two losses do not count.

    Returns
    -------
    str or None
        None if there is nothing to say.
    """
    curve = [epoch for epoch in history if epoch.get("train_loss") is not None is not epoch.get("validation_loss")]
    if len(curve) < 2:
        return None
    best, last = min(curve, key=lambda epoch: epoch["validation_loss"]), curve[-1]
    rises = last["validation_loss"] > 1.01 * best["validation_loss"]
    if not rises or last["train_loss"] >= best["train_loss"]:
        return None
    return (
        f"Overfitting: since epoch {best['epoch']:.0f} the validation loss has risen from "
        f"{best['validation_loss']:.3g} to {last['validation_loss']:.3g} while the training loss fell from "
        f"{best['train_loss']:.3g} to {last['train_loss']:.3g}; more documents, dropout or l2 help against it."
    )
