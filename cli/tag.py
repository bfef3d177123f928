"""``textrep tag``: tokens and their tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from textrep.errors import TagSchemeError

from .console import check_output, flush, put, put_json, warnings_said
from .family import family
from .fitted import report, try_one
from .fitting import TrainingRun
from .formats import opened_store
from .kinds import text_option
from .learning import SCHEMES, TaggerCommand, check_words, chosen_parameters, running_options, tagger_options
from .models import model_argument, needs_torch, opened_model
from .pictures import check_plot
from .predicting import check_texts, from_input, wants_prompt
from .reading import check_encoding, read_sentences, reading_options, sequence_options, token_options
from .scores import draw_confusion, show_classes, show_numbers, show_spans
from .tagging import answer_sentences, ask_sentences
from .target import choose_target
from .unknown import name_unknown
from .wording import said_in_options

if TYPE_CHECKING:
    from textrep.evaluation import TaggingScores
    from textrep.labelled import TaggedSentences

__all__ = ["tag"]

_COLUMNS_REMEDY = (  # of lines that may be text by their file's name alone
    "If each line is a token, give --format conll (or conllu); if each is a sentence, --format text"
)
_TAB_REMEDY = "In what is written, TABs separate columns: replace it, or give --json"

tag = family(
    "tag",
    "Give tokens tags: train, predict, evaluate.",
    "Train a tagger of sentences (parts of speech, names, chunks), let it tag, and see how good it is.",
    """\b
Examples:
  textrep tag train names.conll                      writes names-tagger.textrep
  textrep tag predict names-tagger.textrep --text 'Ada met Charles in London'
  textrep tag evaluate names-tagger.textrep test.conll""",
)


@tag.command(
    "train",
    cls=TaggerCommand,
    short_help="Learn tags from tagged sentences.",
    epilog="""\b
Examples:
  textrep tag train names.conll
  textrep tag train names.conll --store corpus.textrep -o names.textrep --plot curve.png
  textrep tag train en_ewt-ud-train.conllu --tag-column xpos""",
)
@click.argument("files", metavar="DATA...", nargs=-1, required=True)
@tagger_options
@sequence_options
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
    """Train a tagger on DATA, and save it as one file.

    DATA is a file, a folder, a quoted glob, or - for standard input: CoNLL, with a token and its tag a line, columns
    separated by TABs or spaces, and a blank line after each sentence; or CoNLL-U.

    Part of DATA is kept to validate on. Training ends when the loss on it has not fallen for some epochs, and the best
    epoch is kept. Ctrl-C ends training early, and keeps the best epoch so far; pressed twice, nothing is written.
    """
    check_output(is_report=not as_json)
    reading = reading_options(parameters)
    target = choose_target(output, files, "-tagger", "tagger")
    opened = None if store is None else opened_store(Path(store), verified=True)
    chosen = chosen_parameters(model, parameters, opened)
    check_words(opened, model)
    needs_torch("tag")
    with TrainingRun(target, plot, jobs) as run:
        from textrep import RecurrentTagger
        from textrep.labelled import check_sequences

        tagger = RecurrentTagger(opened, cell=model, **chosen)
        sentences = read_sentences(files, **reading)
        run.check_target((sentence.file for sentence in sentences), "tagger")
        tokens, tags = sentences.tokens, sentences.tags
        with said_in_options(), warnings_said():
            check_sequences(tokens, tags, sentences.place)
            scheme = _scheme_of(sentences, chosen.get("scheme", "auto"))
        score = "accuracy" if scheme is None else "span F1"
        run.fit(tagger, tokens, tags, score, "sentences")
    report(
        run,
        command="tag",
        files=files,
        amounts={"sentences": len(sentences), "tokens": sum(map(len, tokens))},
        labels=Counter(chain.from_iterable(tags)),
        title="tags",
        score=score,
        example=_example(tokens),
        as_json=as_json,
    )


def _scheme_of(sentences: TaggedSentences, wanted: str | None, *, lenient: bool = False) -> str | None:
    """Return how tags mark spans: as is said, or as the tags themselves say; refuse those that do not.

    Lenient, sequences that the scheme told by the tags does not allow are left to be read as conlleval reads them.
    """
    scheme = sentences.scheme() if wanted == "auto" else wanted
    if scheme is not None and not (lenient and wanted == "auto"):
        sentences.check_scheme(scheme)
    return scheme


def _example(tokens: Sequence[Sequence[str]]) -> list[str]:
    """Return arguments of predict that try the model with the beginning of a sentence."""
    middle = len(tokens) // 2
    by_character = all(len(token) == 1 for sentence in tokens[middle : middle + 12] for token in sentence)
    if by_character:
        return ["--format", "characters", "--text", "".join(tokens[middle][:20])]
    return try_one(tokens[middle : middle + 12])


@tag.command(
    "predict",
    short_help="Give tokens their tags.",
    epilog="""\b
Examples:
  textrep tag predict names-tagger.textrep new.conll
  textrep tag predict names-tagger.textrep --text 'Ada met Charles in London'
  textrep tag predict names-tagger.textrep < sentences.txt > tagged.conll
  textrep tag predict names-tagger.textrep                       a prompt""",
)
@model_argument
@click.argument("files", metavar="[FILE]...", nargs=-1)
@text_option("A sentence to tag. Can be repeated.")
@click.option("--probabilities", is_flag=True, help="A third column: the probability of the tag.")
@token_options
@running_options
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of lines.")
def predict(
    model: Path,
    files: tuple[str, ...],
    texts: tuple[str, ...],
    probabilities: bool,
    format: str | None,  # noqa: A002
    token_column: int | str | None,
    comment_prefix: str | None,
    encoding: str,
    encoding_errors: str,
    device: str,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Tag the sentences of each FILE, or of standard input, or what is typed at a prompt.

    A sentence is a line of text, whose tokens stand between white space, in .txt files, those without an ending and on
    standard input; the other files are CoNLL or CoNLL-U, with a token a line (--format says otherwise). What is written
    is CoNLL: a token, a TAB and its tag a line, and a blank line after each sentence, in the same order. A blank line
    of text is a sentence without tokens: only its blank line is written.

    With --json: a list of {"tokens", "tags"}, with --probabilities also "probabilities", of the tags.
    """
    check_output()
    check_encoding(encoding)
    check_texts(files, texts)
    if texts and format in ("conll", "conllu"):
        raise click.UsageError(f"--text is a sentence; it has no --format {format}.")
    tab_remedy = None if as_json else _TAB_REMEDY
    if format == "characters" and tab_remedy and (with_tab := next((text for text in texts if "\t" in text), None)):
        raise click.UsageError(f"--text {with_tab!r} has a TAB. {tab_remedy}")
    prompted = wants_prompt(files, texts, as_json=as_json, what="sentence")
    tagger = opened_model(model, "tag", device, jobs)
    if prompted:
        ask_sentences(tagger, str(model), format, probabilities=probabilities)
        return
    from textrep.labelled import batches_of_sentences, splitter

    with said_in_options():
        if texts:
            split = splitter(format)
            batches: Iterable[list[list[str]]] = [[split(text) for text in texts]]
        else:
            read = batches_of_sentences(
                files or ("-",),
                format,
                tab_remedy=_COLUMNS_REMEDY if format is None else tab_remedy if format == "characters" else None,
                token_column=token_column,
                comment_prefix=comment_prefix,
                encoding=encoding,
                encoding_errors=encoding_errors,
            )
            batches = from_input(files, read, "sentence")
        answer_sentences(tagger, batches, probabilities=probabilities, as_json=as_json)


@tag.command(
    "evaluate",
    short_help="Score a tagger on tagged sentences.",
    epilog="""\b
Examples:
  textrep tag evaluate names-tagger.textrep test.conll
  textrep tag evaluate names-tagger.textrep test.conll --plot confusion.png
  textrep tag evaluate names-tagger.textrep test.conll --json""",
)
@model_argument
@click.argument("files", metavar="DATA...", nargs=-1, required=True)
@sequence_options
@click.option(
    "--scheme",
    type=click.Choice(SCHEMES, case_sensitive=False),
    default="auto",
    show_default=True,
    help="How tags mark spans: auto tells it by the tags, none scores tokens alone.",
)
@running_options
@click.option("--plot", metavar="FILE", help="Draw the confusion matrix of tags: .png or .svg (needs the extra plot).")
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of tables.")
def evaluate(
    model: Path,
    files: tuple[str, ...],
    scheme: str,
    device: str,
    jobs: int | None,
    plot: str | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Compare the tags that a model gives the tokens of DATA with those they have.

    DATA is what train takes. Accuracy is the share of the tokens that are given the right tag. Where tags mark spans
    (B-PER, I-PER, O, and the other schemes), a span is right if its type, its first and its last token are, as the
    program conlleval has it; precision is the share of the spans found that are right, recall the share of those in
    DATA that are found, F1 their harmonic mean. Where they mark none, as parts of speech, there is a table of tags.

    With --json: {"accuracy", "precision", "recall", "f1", "n_sentences", "n_tokens", "scheme", "per_type"}; without
    spans, precision, recall and F1 are null.
    """
    from textrep.evaluation import tagging_scores
    from textrep.labelled import check_no_texts

    check_output()
    reading = reading_options(parameters)
    check_plot(plot, model)
    tagger = opened_model(model, "tag", device, jobs)
    sentences = read_sentences(files, **reading)
    check_no_texts(sentences.tags, sentences.place)
    with said_in_options():
        chosen = _common_scheme(tagger, model, sentences, scheme)
    known = tagger.classes_.tolist()
    true = sentences.tags
    labels = ((label, (i, j)) for i, tags in enumerate(true) for j, label in enumerate(tags))
    name_unknown(known, labels, sentences.place, model, what=("tag", "tags"), among=("at", "token"))
    predicted = [list(map(str, tags)) for tags in tagger.predict(sentences.tokens)]
    scores = tagging_scores(true, predicted, chosen)
    if as_json:
        put_json(scores.to_dict())
    else:
        _show(scores, true, predicted)
    flush()  # the scores are out, whatever becomes of the picture
    draw_confusion(plot, list(chain.from_iterable(true)), list(chain.from_iterable(predicted)), multilabel=False)


def _common_scheme(tagger: Any, model: Path, sentences: TaggedSentences, wanted: str) -> str | None:
    """Return the scheme by which both the data and the model mark spans; None if spans are not to be scored."""
    from textrep.evaluation import parse_tag

    scheme = _scheme_of(sentences, None if wanted == "none" else wanted, lenient=True)
    if scheme is None:
        return None
    own, tags = tagger.scheme_, set(chain.from_iterable(sentences.tags))
    fits = all(parse_tag(str(tag), scheme) for tag in tagger.classes_.tolist())
    if wanted == "auto" and own not in (None, scheme) and {own, scheme} != {"IOB1", "IOB2"}:
        # O is a tag of all schemes, and B, E and S are of two: there the model tells.
        fits = (tags == {"O"} or scheme not in ("IOB1", "IOB2")) and all(parse_tag(tag, own) for tag in tags)
        scheme = own if fits else scheme
    if not fits:
        gives = "tags that mark no spans" if own is None else f"tags of {own}"
        raise TagSchemeError(
            f"{model} gives {gives}, and {sentences[0].file} has those of {scheme}. Convert the tags of the data, or "
            "score tokens alone, scheme=None"
        )
    return scheme


def _show(scores: TaggingScores, true: list[list[str]], predicted: list[list[str]]) -> None:
    numbers: list[tuple[str, int | float]] = [
        ("sentences", scores.n_sentences),
        ("tokens", scores.n_tokens),
        ("accuracy", scores.accuracy),
    ]
    if scores.overall is not None:
        own = scores.overall
        numbers += [("precision", own.precision), ("recall", own.recall), ("F1", own.f1)]
        show_numbers(numbers)
        put()
        show_spans(scores)
        return
    from textrep.evaluation import classification_scores

    show_numbers(numbers)
    put()
    tags, those = list(chain.from_iterable(true)), list(chain.from_iterable(predicted))
    show_classes(classification_scores(tags, those, multilabel=False), "tag", "tokens")
