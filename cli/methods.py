"""Which method ``textrep embed`` runs, and which of the options given are passed to it, as what."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from textrep.vectorizers.registry import CONTINUED, METHODS, VECTORIZERS

from .declaring import dashed, enumerated
from .options import FLAGS, SECTIONS

if TYPE_CHECKING:
    from textrep import EmbeddingStore

__all__ = ["chosen"]

_GENERAL = {"jobs": "n_jobs", "seed": "random_state"}
_OPTION_OF = {name: option for option, name in _GENERAL.items()} | {name: flag for flag, (name, _) in FLAGS.items()}
_NONE = ("norm", "normalization")  # whose value none is None
# If a parameter is given and not this, None for not given, then which others have no effect, and what to say of them.
_WITHOUT_EFFECT = (
    ("analyzer", "word", ("tokenizer", "min_token_length", "stop_words"), "is an option of --analyzer word"),
    ("use_idf", True, ("smooth_idf",), "has no effect with --no-idf"),
    ("vocabulary", None, ("min_df", "max_df", "max_features"), "has no effect with --set vocabulary, which keeps all"),
)


def chosen(
    method: str,
    parameters: dict[str, Any],
    general: dict[str, Any],
    initial: EmbeddingStore | None,
    *,
    documents: bool = False,
) -> tuple[str, dict[str, Any]]:
    """Return the method, and the parameters to pass on.

    Parameters
    ----------
    method : str
        As given, or the default.
    parameters : dict
        The values of all options of methods, by name.
    general : dict
        Parameters of every method that has them: ``n_jobs`` and ``random_state``.
    initial : EmbeddingStore, optional
        The store to go on from: of its parameters, only those given are replaced.
    documents : bool
        Whether vectors of documents are made.

    Raises
    ------
    click.UsageError
        If an option is given that the method does not take.
    """
    context = click.get_current_context()
    names = (*parameters, "method", "initial", "jobs", "seed")
    given = {name for name in names if context.get_parameter_source(name) != ParameterSource.DEFAULT}
    settings = dict(parameters.pop("settings"))
    if documents and initial is not None:
        raise click.UsageError("--documents starts anew each time; it takes no --from.")
    pooling = parameters.pop("pooling")
    if "pooling" in given:
        given.remove("pooling")
        if not documents or method not in METHODS:
            raise click.UsageError(f"--pooling is for --documents of {enumerated(tuple(METHODS))}.")
    if initial is not None and "method" not in given:
        from textrep.embedding import method_going_on

        method = method_going_on(initial, method)
    if initial is not None and method not in CONTINUED:
        raise _wrong_method("initial", method)
    if method not in METHODS:
        return method, _for_class(method, parameters, general, given, settings)
    _refuse_settings(method, settings)
    pooled = {"pooling": pooling} if documents else {}
    return method, {**_for_training(method, parameters, given, initial), **pooled, **general}


def _for_training(
    method: str, parameters: dict[str, Any], given: set[str], initial: EmbeddingStore | None
) -> dict[str, Any]:
    """Return the parameters of a method that trains: all of them, and beside a store only those given."""
    taken = {"tokenizer", "min_token_length"}.union(*(names for whose, names in SECTIONS.items() if method in whose))
    if wrong := sorted(given - taken - {"method", "jobs", "seed"}):
        raise _wrong_method(wrong[0], method)
    if method not in CONTINUED:  # its own defaults are not those that the options show
        return dict(FLAGS.get(name, (name, parameters[name])) for name in given & parameters.keys())
    parameters = {name: value for name, value in parameters.items() if name in taken}
    before: dict[str, Any] = {}
    if initial is not None:
        if parameters["engine"] != "textrep":
            raise click.UsageError(f"--engine {parameters['engine']} starts anew each time; it takes no --from.")
        parameters = {name: value for name, value in parameters.items() if name in given}
        before = initial.metadata.get("parameters") or {}
    _check_lengths({**before, **parameters}, given)
    if "negative" in given and parameters.get("loss") == "hierarchical_softmax":
        raise click.UsageError("--negative is an option of --loss negative_sampling.")
    return parameters


def _check_lengths(parameters: dict[str, Any], given: set[str]) -> None:
    """Refuse lengths of n-grams that do not fit together, and jamo where they are not asked for or not known."""
    if given & {"min_jamo_n", "max_jamo_n"} and parameters.get("subwords", "char") != "jamo":
        raise click.UsageError("--min-jamo-n and --max-jamo-n are options of --subwords jamo.")
    if parameters.get("engine") == "gensim" and parameters.get("subwords") == "jamo":
        raise click.UsageError("--engine gensim knows no --subwords jamo.")
    for least, most in (("min_n", "max_n"), ("min_jamo_n", "max_jamo_n")):
        if 0 < parameters.get(most, 0) < parameters.get(least, 0):
            least, most = (f"{dashed(name)} {parameters[name]}" for name in (least, most))
            raise click.UsageError(f"{most} is below {least}; give a higher one, or 0 for no n-grams.")


def _for_class(
    method: str, parameters: dict[str, Any], general: dict[str, Any], given: set[str], settings: dict[str, Any]
) -> dict[str, Any]:
    """Return the parameters of a vectorizer class: those given, so that its own defaults hold."""
    from textrep.vectorizers.plugged import parameters_of, vectorizer_class

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is given once more when the method is run, and shown then
        known = parameters_of(vectorizer_class(method))
    passed: dict[str, Any] = {} if known is None else {n: value for n, value in general.items() if n in known}
    values = {**parameters, "jobs": general["n_jobs"], "seed": general["random_state"]}
    for option in sorted(given & values.keys()):
        name, value = FLAGS.get(option, (_GENERAL.get(option, option), values[option]))
        if known is not None and name not in known:
            raise _wrong_method(option, method)
        passed[name] = None if name in _NONE and value == "none" else value
        if name in settings:
            raise click.UsageError(f"{dashed(option)} and --set {name} say the same; give one of them.")
    if known is not None and (unknown := sorted(settings.keys() - set(known))):
        without_option = [name for name in known if _OPTION_OF.get(name, name) not in {*parameters, "jobs", "seed"}]
        others = f"takes {', '.join(without_option)}" if without_option else "has no parameter without an option"
        raise click.UsageError(f"--set {unknown[0]} is no parameter of {method}; beside its options it {others}.")
    if method in VECTORIZERS:
        _check_effects({**passed, **settings})
    return {**passed, **settings}


def _check_effects(passed: dict[str, Any]) -> None:
    """Refuse what another option leaves without an effect."""
    for name, value, unused, owner in _WITHOUT_EFFECT:
        is_so = passed.get(name) is not None if value is None else passed.get(name, value) != value
        if is_so and (without := [other for other in unused if other in passed]):
            raise click.UsageError(f"{_in_words(without[0])} {owner}.")


def _in_words(name: str) -> str:
    """``"use_idf" -> "--no-idf"``, as it is written on the command line."""
    return dashed(_OPTION_OF.get(name, name))


def _refuse_settings(method: str, settings: Mapping[str, Any]) -> None:
    for name in settings:
        raise click.UsageError(f"--set {name} is not for {method}, whose parameters all have options of their own.")


def _wrong_method(option: str, method: str) -> click.UsageError:
    """Return the error for an option of other methods: ``--min-n is an option of fasttext, not tfidf``."""
    methods: list[str] = []
    for whose, names in SECTIONS.items():
        if option in names:
            methods = [*whose]
    text = "--from" if option == "initial" else dashed(option)
    if method in methods or not methods:
        return click.UsageError(f"{text} is no option of {method}.")
    return click.UsageError(f"{text} is an option of {enumerated(methods)}, not {method}.")
