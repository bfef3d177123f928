"""``textrep tag``: tokens and their tags."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import JsonList, flush, is_terminal, printable, put, put_json, say
from .family import family
from .fitted import report
from .fitting import TrainingRun, check_picture
from .formats import opened_store
from .learning import SCHEMES, TaggerCommand, chosen_parameters, running_options, tagger_options
from .models import model_argument, opened_model
from .predicting import check_texts, json_value, wants_prompt
from .reading import check_encoding, read_sentences, sequence_options, token_options
from .scores import draw_confusion, show_classes, show_numbers, show_spans
from .sentences import batches_of_sentences, splitter
from .target import choose_target
from .units import count
from .wording import said_in_options

if TYPE_CHECKING:
    from textrep.evaluation import TaggingScores
    from textrep.labelled import TaggedSentences

__all__ = ["tag"]

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
    format: str | None,  # noqa: A002
    token_column: int | str | None,
    tag_column: int | str | None,
    comment_prefix: str | None,
    encoding: str,
    encoding_errors: str,
    **parameters: Any,
) -> None:
    """Train a tagger on DATA, and save it as one file.

    DATA is a file, a folder, a quoted glob, or - for standard input: CoNLL, with a token and its tag a line, columns
    separated by TABs or spaces, and a blank line after each sentence; or CoNLL-U.

    Part of DATA is kept to validate on. Training ends when the loss on it has not fallen for some epochs, and the best
    epoch is kept. Ctrl-C ends training early, and keeps the best epoch so far; pressed twice, nothing is written.
    """
    check_encoding(encoding)
    target = choose_target(output, files, "-tagger", "tagger")
    opened = None if store is None else opened_store(Path(store))
    chosen = chosen_parameters(model, parameters, opened)
    with TrainingRun(target, plot, jobs) as run:
        from textrep import RecurrentTagger
        from textrep.labelled import check_sequences

        tagger = RecurrentTagger(opened, cell=model, **chosen)
        sentences = read_sentences(
            files,
            format=format,
            token_column=token_column,
            tag_column=tag_column,
            comment_prefix=comment_prefix,
            encoding=encoding,
            encoding_errors=encoding_errors,
        )
        run.check_target((sentence.file for sentence in sentences), "tagger")
        tokens, tags = sentences.tokens, sentences.tags
        with said_in_options():
            check_sequences(tokens, tags, sentences.place)
            scheme = chosen["scheme"] if chosen.get("scheme", "auto") != "auto" else sentences.scheme()
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


def _example(tokens: Sequence[Sequence[str]]) -> list[str]:
    """Return arguments of predict that try the model with the beginning of a sentence."""
    middle = len(tokens) // 2
    by_character = all(len(token) == 1 for sentence in tokens[middle : middle + 12] for token in sentence)
    if by_character:
        return ["--format", "characters", "--text", "".join(tokens[middle][:20])]
    beginnings = [" ".join(sentence[:8]) for sentence in tokens[middle : middle + 12]]
    return ["--text", min(beginnings, key=lambda text: abs(len(text) - 40))]


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
@click.option("--text", "texts", multiple=True, metavar="TEXT", help="A sentence to tag. Can be repeated.")
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

    A sentence is a line of text, whose tokens stand between white space, in .txt files and on standard input; the
    other files are CoNLL or CoNLL-U, with a token a line (--format says otherwise). What is written is CoNLL: a token,
    a TAB and its tag a line, and a blank line after each sentence, in the same order. A blank line of text is a
    sentence without tokens: only its blank line is written.

    With --json: a list of {"tokens", "tags"}, with --probabilities also "probabilities", of the tags.
    """
    check_encoding(encoding)
    check_texts(files, texts)
    if texts and format in ("conll", "conllu"):
        raise click.UsageError(f"--text is a sentence; it has no --format {format}.")
    prompted = wants_prompt(files, texts, as_json=as_json)
    tagger = opened_model(model, "tag", device, jobs)
    if prompted:
        _ask(tagger, model, format, probabilities=probabilities)
        return
    with said_in_options():
        if texts:
            split = splitter(format)
            batches: Iterable[list[list[str]]] = [[split(text) for text in texts]]
        else:
            batches = batches_of_sentences(
                files or ("-",),
                format,
                token_column=token_column,
                comment_prefix=comment_prefix,
                encoding=encoding,
                encoding_errors=encoding_errors,
            )
        _answer(tagger, batches, probabilities=probabilities, as_json=as_json)


def _ask(tagger: Any, model: Path, format: str | None, *, probabilities: bool) -> None:  # noqa: A002
    from .prompt import ask

    split = splitter(format)

    def answer(text: str) -> None:
        _answer(tagger, [[split(text)]], probabilities=probabilities, as_json=False)

    ask(str(model), answer, what="sentence")


def _answer(tagger: Any, batches: Iterable[list[list[str]]], *, probabilities: bool, as_json: bool) -> None:
    if as_json:
        with JsonList() as results:
            for batch in batches:
                for tokens, tags, shares in _tagged(tagger, batch, probabilities=probabilities):
                    more = {} if shares is None else {"probabilities": shares}
                    results.add({"tokens": tokens, "tags": list(map(json_value, tags)), **more})
                flush()
        return
    shown = printable if is_terminal(sys.stdout) else str  # what goes into a file is to be what came out of one
    for batch in batches:
        for tokens, tags, shares in _tagged(tagger, batch, probabilities=probabilities):
            for i, (token, label) in enumerate(zip(tokens, tags, strict=True)):
                put(f"{shown(token)}\t{printable(str(label))}" + ("" if shares is None else f"\t{shares[i]:.4f}"))
            put()
        flush()


def _tagged(
    tagger: Any, sentences: list[list[str]], *, probabilities: bool
) -> Iterable[tuple[list[str], list[Any], list[float] | None]]:
    """Return the tokens of each sentence, their tags, and the probabilities of these if wanted."""
    if not sentences:
        return []
    tags = tagger.predict(sentences)
    if not probabilities:
        return zip(sentences, tags, [None] * len(tags), strict=True)
    numbers = {label: i for i, label in enumerate(tagger.classes_.tolist())}
    shares = [
        [float(row[numbers[label]]) for row, label in zip(table, labels, strict=True)]
        for table, labels in zip(tagger.predict_proba(sentences), tags, strict=True)
    ]
    return zip(sentences, tags, shares, strict=True)


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
    format: str | None,  # noqa: A002
    token_column: int | str | None,
    tag_column: int | str | None,
    comment_prefix: str | None,
    encoding: str,
    encoding_errors: str,
    scheme: str,
    device: str,
    jobs: int | None,
    plot: str | None,
    as_json: bool,
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

    check_encoding(encoding)
    check_picture(plot)
    tagger = opened_model(model, "tag", device, jobs)
    sentences = read_sentences(
        files,
        format=format,
        token_column=token_column,
        tag_column=tag_column,
        comment_prefix=comment_prefix,
        encoding=encoding,
        encoding_errors=encoding_errors,
    )
    _name_unknown(tagger, sentences, model)
    true = sentences.tags
    predicted = [list(map(str, tags)) for tags in tagger.predict(sentences.tokens)]
    with said_in_options():
        chosen = None if scheme == "none" else scheme
        if chosen == "auto":
            chosen = sentences.scheme()
        scores = tagging_scores(true, predicted, chosen)
    draw_confusion(plot, list(chain.from_iterable(true)), list(chain.from_iterable(predicted)), multilabel=False)
    if as_json:
        put_json(scores.to_dict())
    else:
        _show(scores, true, predicted)


def _name_unknown(tagger: Any, sentences: TaggedSentences, model: Path) -> None:
    """Say which tags of the data the model cannot give."""
    known = set(map(str, tagger.classes_.tolist()))
    tags = sentences.tags
    counts = Counter(chain.from_iterable(tags))
    for label in sorted(counts.keys() - known):
        i = next(i for i, those in enumerate(tags) if label in those)
        say(
            f"{sentences.place(i, tags[i].index(label))}: the tag {label!r} is none of {model}; it counts as wrong, "
            f"at {count(counts[label], 'token')}"
        )


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
