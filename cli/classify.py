"""``textrep classify``: documents and their classes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from textrep.errors import CorpusError

from .console import check_output, flush, put, put_json, say
from .declaring import dashed
from .family import family
from .fitted import report, try_one
from .fitting import TrainingRun
from .formats import opened_store
from .kinds import text_option
from .learning import (
    FEEDFORWARD,
    ClassifierCommand,
    check_words,
    chosen_parameters,
    classifier_options,
    running_options,
)
from .models import model_argument, needs_torch, opened_model
from .pictures import check_plot
from .predicting import answer_texts, ask_texts, check_texts, from_input, is_multilabel, predicted_labels, wants_prompt
from .reading import check_encoding, check_fields, labelled_options, read_documents, reading_options, text_options
from .scores import draw_confusion, show_classes, show_numbers
from .target import choose_target
from .units import count
from .unknown import name_unknown
from .wording import said_in_options

if TYPE_CHECKING:
    from textrep import EmbeddingStore
    from textrep.evaluation import ClassificationScores
    from textrep.labelled import LabelledDocuments

__all__ = ["classify"]

_OF_TEXTS = ("tokenizer", "ngram_range", "pooling")  # parameters of what makes rows of texts

classify = family(
    "classify",
    "Put documents into classes: train, predict, evaluate.",
    "Train a classifier of documents, let it predict classes, and see how good it is.",
    """\b
Examples:
  textrep classify train reviews.tsv                      writes reviews-classifier.textrep
  textrep classify predict reviews-classifier.textrep --text 'what a film'
  textrep classify evaluate reviews-classifier.textrep test.tsv""",
)


@classify.command(
    "train",
    cls=ClassifierCommand,
    short_help="Learn classes from labelled documents.",
    epilog="""\b
Examples:
  textrep classify train reviews.tsv
  textrep classify train reviews.tsv --store corpus.textrep --model gru -o reviews.textrep
  textrep classify train train.csv --text-field review --label-field stars --plot curve.png
  textrep classify train train.txt --model feedforward --ngram-range 1,2     a quick baseline""",
)
@click.argument("files", metavar="DATA...", nargs=-1, required=True)
@classifier_options
@labelled_options
def train(
    files: tuple[str, ...],
    output: str | None,
    store: str | None,
    model: str,
    plot: str | None,
    jobs: int | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Train a classifier on DATA, and save it as one file.

    DATA is a file, a folder, a quoted glob, or - for standard input, each with a label and a text a line: the label, a
    TAB and the text; words __label__NAME and the text, as fastText has it; or fields of .csv and .jsonl. A document
    with several labels (of __label__, or a list in .jsonl) makes a classifier that gives any number of them.

    Part of DATA is kept to validate on. Training ends when the loss on it has not fallen for some epochs, and the best
    epoch is kept. Ctrl-C ends training early, and keeps the best epoch so far; pressed twice, nothing is written.
    """
    from textrep.labelled import check_classes

    check_output(is_report=not as_json)
    reading = reading_options(parameters)
    target = choose_target(output, files, "-classifier", "classifier")
    opened = None if store is None else opened_store(Path(store), verified=True)
    chosen = chosen_parameters(model, parameters, opened)
    if model != FEEDFORWARD:
        check_words(opened, model, f"give --model {FEEDFORWARD}, or ")
    needs_torch("classify")
    with TrainingRun(target, plot, jobs) as run:
        estimator = _new_classifier(model, opened, chosen, -1 if jobs is None else jobs)
        documents = read_documents(files, **reading)
        run.check_target((document.file for document in documents), "classifier")
        with said_in_options():
            check_classes(documents.labels, documents.place, validated=parameters["validation_fraction"] != 0)
        score = _score_of(several=documents.is_multilabel)
        run.fit(estimator, documents.texts, documents.targets, score, "documents")
    report(
        run,
        command="classify",
        files=files,
        amounts={"documents": len(documents)},
        labels=Counter(label for labels in documents.labels for label in labels),
        title="classes",
        score=score,
        example=_example(documents),
        as_json=as_json,
    )


def _new_classifier(model: str, store: EmbeddingStore | None, parameters: dict[str, Any], n_jobs: int) -> Any:
    """Return a classifier of texts that is not fitted: of a feedforward one, a pipeline with its vectorizer."""
    if model != FEEDFORWARD:
        from textrep import RecurrentClassifier

        return RecurrentClassifier(store, cell=model, **parameters)
    from sklearn.pipeline import make_pipeline

    from textrep import FeedForwardClassifier

    own: dict[str, Any] = {name: parameters.pop(name) for name in _OF_TEXTS if name in parameters}
    return make_pipeline(_vectorizer(store, own).set_params(n_jobs=n_jobs), FeedForwardClassifier(**parameters))


def _vectorizer(store: EmbeddingStore | None, parameters: dict[str, Any]) -> Any:
    """Return what makes rows of texts: TF-IDF, pooled word vectors, or what made the vectors of documents."""
    if store is None:
        from textrep import TfidfVectorizer

        return TfidfVectorizer(**parameters)
    if store.vectorizer is not None:
        if parameters:
            option = dashed(next(iter(parameters)))
            raise click.UsageError(
                f"{option} has no effect with a --store of documents, which knows how to read texts."
            )
        return store.vectorizer
    if store.is_of_documents:
        raise click.UsageError(
            f"--store {store.path} holds vectors of documents, but not what makes one of a text; without --store, "
            "--model feedforward takes TF-IDF."
        )
    from textrep.vectorizers.pooled import StoreVectorizer

    return StoreVectorizer(store, **parameters)


def _example(documents: LabelledDocuments) -> list[str]:
    """Return arguments of predict that try the model with the beginning of a document."""
    middle = len(documents) // 2
    return try_one(document.text.split() for document in documents[middle : middle + 12])


@classify.command(
    "predict",
    short_help="Give texts their classes.",
    epilog="""\b
Examples:
  textrep classify predict reviews-classifier.textrep new.txt
  textrep classify predict reviews-classifier.textrep --text 'what a film' --probabilities
  textrep classify predict reviews-classifier.textrep < new.txt > labels.txt
  textrep classify predict reviews-classifier.textrep                       a prompt""",
)
@model_argument
@click.argument("files", metavar="[FILE]...", nargs=-1)
@text_option("A text to classify. Can be repeated.")
@click.option("--probabilities", is_flag=True, help="All classes with their probabilities, the likeliest first.")
@text_options
@running_options
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of lines.")
def predict(
    model: Path,
    files: tuple[str, ...],
    texts: tuple[str, ...],
    probabilities: bool,
    format: str | None,  # noqa: A002
    text_field: str | int,
    encoding: str,
    encoding_errors: str,
    device: str,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Write the class of each text: of the lines of each FILE, or of standard input, or of what is typed at a prompt.

    There is a line of output for each line of input, in the same order. A blank line is no text and has no class: its
    line of output is blank. Classes of a model that gives several are separated by TABs, and the line of a text that
    it gives none is blank, too. With --probabilities: each class and its probability, separated by TABs.

    A FILE may also be .jsonl, .csv, .tsv or .parquet, and then has a text in each record: in a field by name
    (--text-field), or in tables without a header in a column by number. In a file of labels, TABs and texts, as train
    takes it, that is --text-field 1; a first line with a column called text or label is a header, as it is for train.

    With --json: a list of {"text", "label"}, or {"text", "labels"} for several, and "probabilities", a list of
    {"label", "probability"}. Of a blank line all but the text is null.
    """
    check_output()
    check_encoding(encoding)
    check_texts(files, texts)
    if not texts:
        check_fields("--text-field", files or ("-",), format)
    prompted = wants_prompt(files, texts, as_json=as_json)
    classifier = opened_model(model, "classify", device, jobs)
    if prompted:
        ask_texts(classifier, str(model), probabilities=probabilities)
        return
    from textrep.labelled import batches_of_texts

    where = files or ("-",)
    read = batches_of_texts(where, format, text_field, encoding, encoding_errors, say)
    batches = [texts] if texts else from_input(where, read)
    with said_in_options(field="--text-field"):
        answer_texts(classifier, batches, probabilities=probabilities, as_json=as_json)


@classify.command(
    "evaluate",
    short_help="Score a classifier on labelled documents.",
    epilog="""\b
Examples:
  textrep classify evaluate reviews-classifier.textrep test.tsv
  textrep classify evaluate reviews-classifier.textrep test.tsv --plot confusion.png
  textrep classify evaluate reviews-classifier.textrep test.tsv --json""",
)
@model_argument
@click.argument("files", metavar="DATA...", nargs=-1, required=True)
@labelled_options
@running_options
@click.option("--plot", metavar="FILE", help="Draw the confusion matrix: .png or .svg (needs the extra plot).")
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of tables.")
def evaluate(
    model: Path,
    files: tuple[str, ...],
    device: str,
    jobs: int | None,
    plot: str | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Compare the classes that a model gives the documents of DATA with those they have.

    DATA is what train takes. Accuracy is the share of the documents that are given the right class; F1 of a class is
    the harmonic mean of precision (the share of the documents given the class that have it) and recall (the share of
    those that have it that are given it). Macro F1 is the mean over the classes, micro F1 counts all decisions
    together. A class of DATA that the model does not know counts as wrong, and is named on stderr.

    With --json: {"accuracy", "macro_f1", "micro_f1", "n_documents", "per_class", "confusion_matrix"}.
    """
    from textrep.evaluation import classification_scores

    check_output()
    reading = reading_options(parameters)
    check_plot(plot, model)
    classifier = opened_model(model, "classify", device, jobs)
    documents = read_documents(files, **reading)
    several = is_multilabel(classifier)
    if not several:
        _check_single(documents, model)
    labels = ((label, (i,)) for i, document in enumerate(documents) for label in document.labels)
    known = classifier.classes_.tolist()
    name_unknown(known, labels, documents.place, model, what=("class", "classes"), among=("in", "document"))
    true: list[Any] = documents.labels
    predicted: list[Any] = [tuple(map(str, labels)) for labels in predicted_labels(classifier, documents.texts)]
    if not several:
        true, predicted = ([label for (label,) in rows] for rows in (true, predicted))
    scores = classification_scores(true, predicted, multilabel=several)
    if as_json:
        put_json(scores.to_dict())
    else:
        _show(scores, several=several)
    flush()  # the scores are out, whatever becomes of the picture
    draw_confusion(plot, true, predicted, multilabel=several)


def _check_single(documents: LabelledDocuments, model: Path) -> None:
    for i, labels in enumerate(documents.labels):
        if len(labels) != 1:
            raise CorpusError(
                f"{documents.place(i)}: {count(len(labels), 'label')}, but {model} gives each document one class. "
                "Leave such documents out, or train a model on documents with several labels"
            )


def _score_of(*, several: bool) -> str:
    """Return what the accuracy is called; `several` is whether documents have any number of labels."""
    return "share of exact matches" if several else "accuracy"


def _show(scores: ClassificationScores, *, several: bool) -> None:
    show_numbers(
        (
            ("documents", scores.n_documents),
            (_score_of(several=several), scores.accuracy),
            ("macro F1", scores.macro_f1),
            ("micro F1", scores.micro_f1),
        )
    )
    put()
    show_classes(scores, "class", "documents")
