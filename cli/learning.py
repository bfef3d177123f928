"""The options of ``textrep classify train`` and ``textrep tag train``, and what is passed on of them.

As in `options`, they are the parameters' names with dashes, and show the library's defaults; what is not given is not
passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from .declaring import (
    Real,
    SectionedCommand,
    Whole,
    dashed,
    enumerated,
    flag,
    given_options,
    one_of,
    optional,
    with_options,
)
from .kinds import Bounds, Device, Sizes

if TYPE_CHECKING:
    from textrep import EmbeddingStore

__all__ = [
    "CELLS",
    "CLASSIFIER_NAMES",
    "FEEDFORWARD",
    "SCHEMES",
    "SWITCHES",
    "ClassifierCommand",
    "TaggerCommand",
    "check_words",
    "chosen_parameters",
    "classifier_options",
    "running_options",
    "tagger_options",
]

CELLS = ("lstm", "gru", "rnn")
FEEDFORWARD = "feedforward"

SCHEMES = ("auto", "IOB1", "IOB2", "BIOES", "BILOU", "BMES", "none")

# flag -> parameter that it makes False
SWITCHES = {
    "no_bidirectional": "bidirectional",
    "no_fine_tune": "fine_tune",
    "no_early_stopping": "early_stopping",
    "no_char_features": "char_features",
    "no_crf": "crf",
}
# option, whether it is one of models with --store or without, and what to say else
_EFFECTS = (
    ("no_fine_tune", True, "leaves the vectors of --store as they are; name one"),
    ("vector_size", False, "has no effect with --store, whose vectors have a size"),
    ("min_count", False, "has no effect with --store, all of whose words are known"),
    ("ngram_range", False, "has no effect with --store, whose vectors are of words"),
)
_STATE_POOLINGS = ("max", "mean", "last", "attention")
_WORD_POOLINGS = ("mean", "sif", "tfidf", "max")
_TOKENIZERS = ("word", "whitespace", "char", "kiwi")
_DROPOUT = Real(min=0, max=0.99)
_KEPT = Real(min=0, max=0.9)  # to validate on
_PENALTY = Real(min=0)


def _whole(least: int = 1) -> Whole:
    return Whole(min=least)


def _model(*names: str, text: str) -> Any:
    kind = click.Choice(names, case_sensitive=False)
    return click.option("--model", type=kind, default=names[0], show_default=True, help=text)


_STORE = click.option(
    "--store", metavar="STORE", help="Word vectors to begin with; textrep embed makes them. Without, they are learned."
)
_RECURRENT = (
    optional("--hidden-size", _whole(), "128", "Numbers of the state, in each direction.", "N"),
    optional("--num-layers", _whole(), "1", "Recurrent layers, one above the other.", "N"),
    flag("--no-bidirectional", "Read from the beginning to the end only."),
    flag("--no-fine-tune", "Leave the word vectors of --store as they are."),
    optional("--vector-size", _whole(), "100", "Without --store: dimensions of the word vectors.", "N"),
    optional("--min-count", _whole(), "1", "Without --store: words seen less often count as unknown.", "N"),
)
_CLASSIFIER = (
    optional(
        "--pooling",
        one_of(*_STATE_POOLINGS, *(name for name in _WORD_POOLINGS if name not in _STATE_POOLINGS)),
        "max; feedforward: mean",
        f"How states become one vector: {enumerated(_STATE_POOLINGS)}. With feedforward and --store, how word vectors "
        f"do: {enumerated(_WORD_POOLINGS)}.",
    ),
    optional("--ngram-range", Bounds(), "1,1", "Without --store: TF-IDF of n-grams of these lengths.", "MIN,MAX"),
    optional("--tokenizer", one_of(*_TOKENIZERS), "that of the store, or word", "What splits texts into words."),
    optional(
        "--hidden-layer-sizes", Sizes(), "none; feedforward: 128,64", "Layers before the classes: 256,64.", "N,..."
    ),
    optional("--activation", one_of("relu", "tanh", "sigmoid", "identity"), "relu", "What follows each such layer."),
    optional("--class-weight", one_of("balanced", "none"), "none", "balanced: rare classes count as much."),
)
_TAGGER = (
    flag("--no-char-features", "Do not look at the characters of words."),
    flag("--no-crf", "Tag each token by itself, not in a chain."),
    optional("--scheme", one_of(*SCHEMES), "auto", "How tags mark spans; auto tells it by the tags, none: not at all."),
)
_DEVICE = click.option(
    "--device",
    type=Device(),
    default="auto",
    show_default=True,
    metavar="NAME",
    help="auto takes a GPU if there is one; cpu, cuda.",
)
_JOBS = click.option("--jobs", type=_whole(), show_default="all cores", metavar="N", help="Threads.")
running_options = with_options((_DEVICE, _JOBS))  # of commands that use a model
_SEED = click.option(
    "--seed",
    type=_whole(0),
    default=1,
    show_default=True,
    metavar="N",
    help="For all random choices. On a CPU the same seed and the same --jobs give the same model.",
)


def _training(dropout: str, batch_size: str) -> tuple[Any, ...]:
    """Return the options of training, two of which have other defaults in each command."""
    return (
        optional("--dropout", _DROPOUT, dropout, "Share of numbers dropped in training.", "X"),
        optional("--l1", _PENALTY, "0", "Penalty on absolute weights.", "X"),
        optional("--l2", _PENALTY, "0", "Penalty on squared weights.", "X"),
        optional("--learning-rate", Real(min=0, max=10, min_open=True), "0.001", "The step of Adam.", "X"),
        optional("--batch-size", _whole(), batch_size, "How many are trained on at a time.", "N"),
        optional("--max-epochs", _whole(), "50", "How often the data is gone through, at most.", "N"),
        optional("--validation-fraction", _KEPT, "0.1", "Share of DATA that is kept to validate on.", "X"),
        flag("--no-early-stopping", "Go through all epochs."),
        optional("--patience", _whole(), "3", "Stop when so many epochs bring nothing better.", "N"),
        optional("--clip-gradient", Real(min=0, min_open=True), "none", "Longest gradient that is followed.", "X"),
        *(_DEVICE, _JOBS, _SEED),
    )


_OUTPUT = (
    click.option("--plot", metavar="FILE", help="Draw the learning curve: .png or .svg (needs the extra plot)."),
    click.option("--json", "as_json", is_flag=True, help="Write what was done as JSON."),
)


def _target(ending: str) -> Any:
    return click.option(
        "-o",
        "--output",
        metavar="MODEL",
        show_default=f"the name of the one file, else corpus, with -{ending}.textrep, in the current folder",
        help="The file to write; the name is taken as it is.",
    )


# model -> names of options that only some models take
CLASSIFIER_NAMES: dict[tuple[str, ...], tuple[str, ...]] = {
    CELLS: ("hidden_size", "num_layers", "no_bidirectional", "no_fine_tune", "vector_size", "min_count"),
    (FEEDFORWARD,): ("ngram_range",),
}


class ClassifierCommand(SectionedCommand):
    """``textrep classify train``."""

    sections = CLASSIFIER_NAMES | {("DATA",): ("format", "text_field", "label_field", "encoding", "encoding_errors")}


class TaggerCommand(SectionedCommand):
    """``textrep tag train``."""

    sections = {  # noqa: RUF012
        ("DATA",): ("format", "token_column", "tag_column", "comment_prefix", "encoding", "encoding_errors")
    }


classifier_options = with_options(
    (
        _target("classifier"),
        _STORE,
        _model(
            *CELLS,
            FEEDFORWARD,
            text="A recurrent network that reads the words in order, or a feedforward one over TF-IDF, or with --store "
            "over the mean of word vectors.",
        ),
        *_RECURRENT,
        *_CLASSIFIER,
        *_training("0.5; feedforward: 0", "64"),
        *_OUTPUT,
    )
)
tagger_options = with_options(
    (
        _target("tagger"),
        _STORE,
        _model(*CELLS, text="The recurrent network that reads the words in order."),
        *_RECURRENT,
        *_TAGGER,
        *_training("0.3", "32"),
        *_OUTPUT,
    )
)


def check_words(store: EmbeddingStore | None, model: str, other: str = "") -> None:
    """Refuse a store of documents for a model that begins with vectors of words; `other` is what else can be done."""
    if store is not None and store.is_of_documents:
        raise click.UsageError(
            f"--store {store.path} holds vectors of documents, and --model {model} begins with those of words: {other}"
            "name a store that textrep embed made without --documents."
        )


def chosen_parameters(model: str, parameters: Mapping[str, Any], store: EmbeddingStore | None) -> dict[str, Any]:
    """Return the parameters to pass on: those given, by the names they have in the library.

    Parameters
    ----------
    model : str
        What ``--model`` says.
    parameters : mapping
        The values of all options of models, by name.
    store : EmbeddingStore, optional
        What ``--store`` names.

    Raises
    ------
    click.UsageError
        If an option is given that has no effect.
    """
    given = given_options(parameters)
    for models, names in CLASSIFIER_NAMES.items():
        if model not in models and (wrong := [name for name in given if name in names]):
            raise click.UsageError(f"{dashed(wrong[0])} is an option of --model {enumerated(models)}, not {model}.")
    with_store = store is not None
    for name, needed, effect in _EFFECTS:
        if name in given and needed is not with_store:
            raise click.UsageError(f"{dashed(name)} {effect}.")
    if "pooling" in given:
        _check_pooling(parameters["pooling"], model, with_store=with_store)
    if {"no_early_stopping", "patience"} <= {*given}:
        raise click.UsageError("--patience has no effect with --no-early-stopping.")
    passed = {"random_state": parameters["seed"]}
    for name in given:
        value = parameters[name]
        if name in SWITCHES:
            passed[SWITCHES[name]] = False
        elif name != "seed":
            passed[name] = None if value == "none" else value
    return passed


def _check_pooling(pooling: str, model: str, *, with_store: bool) -> None:
    """Refuse a pooling of states for word vectors, the other way round, and any where there is nothing to pool."""
    if model == FEEDFORWARD and not with_store:
        raise click.UsageError(f"--pooling has no effect with --model {model} without --store, which takes TF-IDF.")
    known = _WORD_POOLINGS if model == FEEDFORWARD else _STATE_POOLINGS
    if pooling not in known:
        raise click.UsageError(f"--pooling {pooling} is not for --model {model}, which takes {enumerated(known)}.")
