"""``textrep similar``, ``analogy`` and ``vector``: questions to a store."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import JsonList, bold, check_output, flush, is_terminal, printable, put
from .declaring import Whole
from .formats import opened_store
from .indexing import approximate_option, check_index
from .kinds import text_option
from .neighbours import Tables, as_json, show
from .outcome import DONE, FAILED
from .units import count
from .words import batches, find_all, find_key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from textrep import EmbeddingStore

__all__ = ["analogy", "similar", "vector"]

_READABLE = 1000  # dimensions of a sparse vector that is written with its zeros

_store = click.argument("store", type=click.Path(path_type=Path))
_words = click.argument("words", metavar="[WORD]...", nargs=-1)
_json = click.option("--json", "in_json", is_flag=True, help="Write JSON instead of a table.")
_k = click.option("-k", type=Whole(min=1), default=10, show_default=True, metavar="N", help="How many to show.")


@click.command(
    short_help="Show the words nearest to a word.",
    epilog="""\b
Examples:
  textrep similar corpus.textrep king
  textrep similar corpus.textrep king queen -k 3 --json
  textrep similar corpus.textrep < words.txt
  textrep similar corpus.textrep
  textrep similar large.textrep king --approximate
  textrep similar documents.textrep --text 'how volcanoes are born'""",
)
@_store
@_words
@text_option("Show the documents nearest to this text.")
@_k
@approximate_option
@_json
def similar(
    store: Path, words: tuple[str, ...], texts: tuple[str, ...], k: int, approximate: bool, in_json: bool
) -> int:
    """Show the words nearest to each WORD, with the cosine between their vectors.

    Words are arguments, or lines of standard input, or typed at a prompt if standard input is a terminal. They are
    written as the store's tokenizer writes them (King is looked up as king, if the corpus was lower-cased). A word
    that the store does not know is reported on stderr, with words that are spelled alike; the others are answered,
    and the exit code is 1.

    With --text, and a store made with --documents: the documents nearest to a text, which is made a vector as they
    were. --text can be repeated; at the prompt and on standard input, a line is a text. A document is named by its file
    and its number there (news.txt:17; blank lines do not count). A WORD is such a name, and asks for the documents
    nearest to that one.

    With --approximate, the index that textrep convert --index adds to a store is asked, instead of every vector. That
    pays where a store of many words is asked many: the index is checked once, which takes about as long as a search.

    With --json: a list of {"query", "neighbours": [{"key", "score"}]}; of documents also "text", how each begins.
    """
    check_output()
    opened = opened_store(store)
    if texts and words:
        raise click.UsageError("--text and WORD ask different questions; give one of them.")
    if approximate:
        check_index(opened)
    if texts or (not words and opened.vectorizer is not None):
        from .texts import answer_texts

        return answer_texts(opened, texts, k, approximate=approximate, in_json=in_json)
    nearest = partial(opened.similar, k=k, approximate=approximate)
    if not words and not in_json and is_terminal(sys.stdin):
        from .prompt import ask

        about = f"{count(len(opened), 'word')} of {store}"
        ask(about, lambda word: show(opened, nearest(find_key(opened, word))))
        return DONE
    if in_json:
        with JsonList() as results:
            return _answer(opened, words, nearest, lambda word, found: results.add(as_json(opened, word, found)))
    return _answer(opened, words, nearest, Tables(opened, headings=len(words) != 1))


def _answer(store: EmbeddingStore, words: tuple[str, ...], nearest: Any, show: Any) -> int:
    """Answer all words, and return the exit code."""
    code = DONE
    for batch in batches(words):
        known, keys = find_all(store, batch)
        for word, neighbours in zip(known, nearest(keys), strict=True):
            show(word, neighbours)
        flush()
        if len(known) < len(batch):
            code = FAILED
    return code


@click.command(
    short_help="A is to B as C is to ...",
    epilog="""\b
Examples:
  textrep analogy corpus.textrep man king woman         man is to king as woman is to ...
  textrep analogy corpus.textrep paris france rome -k 3 --json""",
)
@_store
@click.argument("a")
@click.argument("b")
@click.argument("c")
@_k
@_json
def analogy(store: Path, a: str, b: str, c: str, k: int, in_json: bool) -> int:
    """Answer: A is to B as C is to ...

    The words nearest to B - A + C, where every vector is scaled to length 1; A, B and C themselves are left out.

    With --json: a list that holds one {"query": [A, B, C], "neighbours": [{"key", "score"}]}.
    """
    check_output()
    opened = opened_store(store)
    known, keys = find_all(opened, (a, b, c))
    if len(known) < 3:
        if in_json:
            with JsonList():  # an empty list is JSON, nothing is not
                pass
        return FAILED
    neighbours = opened.analogy(positive=keys[1:], negative=keys[:1], k=k)
    if in_json:
        with JsonList() as results:
            results.add(as_json(opened, [a, b, c], neighbours))
    else:
        a, b, c = map(printable, (a, b, c))
        put(bold(f"{a} is to {b} as {c} is to ..."))
        show(opened, neighbours)
    return DONE


@click.command(
    short_help="Write the vectors of words.",
    epilog="""\b
Examples:
  textrep vector corpus.textrep king
  textrep vector corpus.textrep < words.txt > vectors.txt
  textrep vector corpus.textrep king queen --json""",
)
@_store
@_words
@_json
def vector(store: Path, words: tuple[str, ...], in_json: bool) -> int:
    """Write the vector of each WORD: a line with the word and its numbers, as in word2vec's text files.

    Words are arguments or lines of standard input. Every number has as many digits as it takes to read the same
    32-bit float again. A word that the store does not know is reported on stderr, and the exit code is 1.

    A sparse store of more than 1000 dimensions has too many zeros to read: of its vectors only the other numbers are
    written, each as DIMENSION:NUMBER, with dimensions counted from 0.

    With --json: a list of {"key", "vector"}, zeros included.
    """
    check_output()
    opened = opened_store(store)
    if not in_json:
        shown = _nonzeros if opened.is_sparse and opened.dim > _READABLE else _numbers
        return _write_vectors(opened, words, lambda key, row: put(" ".join([printable(key), *shown(row)])))
    with JsonList() as results:
        return _write_vectors(
            opened, words, lambda key, row: results.add({"key": key, "vector": [float(str(x)) for x in row]})
        )


def _numbers(row: NDArray[np.float32]) -> list[str]:
    return list(map(str, row))


def _nonzeros(row: NDArray[np.float32]) -> list[str]:
    return [f"{i}:{row[i]}" for i in row.nonzero()[0].tolist()]


def _write_vectors(store: EmbeddingStore, words: tuple[str, ...], write: Any) -> int:
    """Write the vectors of all words, and return the exit code."""
    code = DONE
    for batch in batches(words):
        _, keys = find_all(store, batch)
        for key in keys:
            write(key, store[key])
        flush()
        if len(keys) < len(batch):
            code = FAILED
    return code
