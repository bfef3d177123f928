"""``textrep plot``: pictures of a store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from textrep.errors import StoreExistsError, TextrepError

from .console import AnsweredError, say, warnings_said
from .declaring import Whole, dashed
from .formats import opened_store
from .outcome import DONE, FAILED
from .pictures import check_picture
from .units import count
from .wording import OptionsError, in_options
from .words import batches, find_all, find_key

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from textrep import EmbeddingStore

__all__ = ["plot"]

_METHODS = ("pca", "tsne")
_HEAD = 1024  # bytes that show whether a file is a picture


@click.command(
    short_help="Draw words as a map, or a word among its neighbours.",
    epilog="""\b
Examples:
  textrep plot corpus.textrep                        200 frequent words; writes corpus.png
  textrep plot corpus.textrep --method tsne -o map.svg
  textrep plot corpus.textrep king queen man woman
  textrep plot corpus.textrep - < words.txt
  textrep plot corpus.textrep --neighbours king      king among its 20 nearest words
  textrep plot corpus.textrep --learning-curve       the loss by epoch""",
)
@click.argument("store", type=click.Path(path_type=Path))
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    show_default="the name of the store, with .png, in the current folder",
    help="The picture to write, .png or .svg; one that is already there is replaced.",
)
@click.option(
    "--method",
    type=click.Choice(_METHODS),
    show_default="pca",
    help="pca: principal components, at once. tsne: t-SNE, which keeps neighbours together, in seconds.",
)
@click.option(
    "--top",
    type=Whole(1, 1000),
    show_default="200",
    metavar="N",
    help="Without WORD: how many frequent words to draw.",
)
@click.option("--neighbours", metavar="WORD", help="Draw this word among its nearest neighbours instead.")
@click.option(
    "-k",
    type=Whole(1, 200),
    show_default="20",
    metavar="N",
    help="With --neighbours: how many.",
)
@click.option("--learning-curve", is_flag=True, help="Draw the loss by epoch, of a store that textrep trained.")
@click.option("--seed", type=Whole(0, 2**32 - 1), show_default="1", metavar="N", help="With --method tsne: its seed.")
def plot(store: Path, words: tuple[str, ...], output: str | None, **options: Any) -> int:
    """Draw the words of a store as points on a plane: words of like vectors are near to one another.

    Each WORD is drawn, written as the store's tokenizer writes it; - reads words from standard input, one a line.
    Without WORD, frequent words are drawn: the first of four letters or more (two, in Korean), after the 100 most
    frequent words, that are no English function words. A word that the store does not know is reported on stderr, with
    words that are spelled alike; the others are drawn, and the exit code is 1.

    With --neighbours: the word is in the middle, and its neighbours are the farther from it the lower their cosine is,
    which is written beside them.

    Pictures need the extra plot. Korean needs a font that has its letters; a message says if there is none.
    """
    asked = {name: value for name, value in options.items() if value not in (None, False)}
    _check_options(words, asked)
    target = _target(store, output, asked)
    _check_target(target, store)
    replaces = target.exists()
    opened = opened_store(store)
    code, keys = DONE, None
    if words:
        code, keys = _known(opened, words)
        if not keys:
            return FAILED
    with warnings_said():
        try:
            about = _draw(opened, keys, target, asked)
        except TextrepError:
            raise
        except ValueError as error:
            raise OptionsError(in_options(str(error))) from error
    say(f"{target}: {about}{' (replaces the one before)' if replaces else ''}")
    return code


def _check_options(words: Sequence[str], asked: dict[str, Any]) -> None:
    """Refuse what asks for two pictures, and options without effect."""
    kinds = [name for name in ("neighbours", "learning_curve") if name in asked]
    if len(kinds) > 1 or (kinds and words):
        what = dashed(kinds[1]) if len(kinds) > 1 else "WORD"
        raise click.UsageError(f"{dashed(kinds[0])} and {what} ask for different pictures; give one of them.")
    if kinds and (wrong := [name for name in ("method", "top", "seed") if name in asked]):
        raise click.UsageError(f"{dashed(wrong[0])} has no effect with {dashed(kinds[0])}.")
    if "k" in asked and "neighbours" not in asked:
        raise click.UsageError("-k has no effect without --neighbours; --top says how many frequent words to draw.")
    if "top" in asked and words:
        raise click.UsageError("--top has no effect with WORD.")
    if "seed" in asked and asked.get("method") != "tsne":
        raise click.UsageError("--seed has no effect without --method tsne.")


def _target(store: Path, output: str | None, asked: dict[str, Any]) -> Path:
    """Return the file to write: what ``-o`` says, or ``texts/en.textrep -> en.png``, ``en-neighbours.png``."""
    if output is not None:
        return Path(output)
    kind = next((f"-{name.replace('_', '-')}" for name in ("neighbours", "learning_curve") if name in asked), "")
    return Path(f"{store.name.removesuffix('.textrep') or 'store'}{kind}.png")


def _check_target(target: Path, store: Path) -> None:
    """Refuse a picture that could not be drawn, or would be written over something else, before anything is read."""
    if target.is_dir():
        raise StoreExistsError(f"{target} is a folder; choose a file with -o")
    check_picture(target, "-o", store, f"{target} is the store itself; choose another file for the picture with -o.")
    if not target.is_file():
        return
    with target.open("rb") as file:
        head = file.read(_HEAD)
    if head and not head.startswith(b"\x89PNG") and b"<svg" not in head:
        raise StoreExistsError(f"{target} exists and is no picture, so it is not replaced; choose a file with -o")


def _known(store: EmbeddingStore, words: Sequence[str]) -> tuple[int, list[str]]:
    """Return the exit code, and the keys of the words that have one."""
    asked: list[str] = []
    code = DONE
    for word in words:
        if word != "-":
            asked.append(word)
            continue
        try:
            for batch in batches((), needed=True):
                asked += batch
        except AnsweredError as error:
            say(str(error))
            code = FAILED
    known, keys = find_all(store, asked)
    return (code if len(known) == len(asked) else FAILED), keys


def _draw(store: EmbeddingStore, keys: list[str] | None, target: Path, asked: dict[str, Any]) -> str:
    """Draw what is asked for; return what it is."""
    from textrep.plot import learning_curve, neighbour_map, word_map

    if "learning_curve" in asked:
        learning_curve(store, target)
        return f"loss of {count(len(store.metadata['history']), 'epoch')} of {store.path}"
    if "neighbours" in asked:
        key = find_key(store, asked["neighbours"])
        return _title(neighbour_map(store, key, asked.get("k", 20), target))
    method = asked.get("method", "pca")
    figure = word_map(store, keys, method, target, n_words=asked.get("top", 200), random_state=asked.get("seed", 1))
    return f"{_title(figure)}, by {'t-SNE' if method == 'tsne' else 'principal components'}"


def _title(figure: Figure) -> str:
    return figure.axes[0].get_title(loc="left")
