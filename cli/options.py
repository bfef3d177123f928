"""The options of ``textrep embed``: the parameters' names with dashes, in sections of ``--help``.

Defaults are written out, so that ``--help`` needs not import the library's numerical parts; a test compares them with
`textrep`'s own. Options of vectorizer classes only show theirs: what is not given is not passed on.
"""

from __future__ import annotations

from typing import Any

import click

from textrep.vectorizers.registry import CONTINUED, METHODS, VECTORIZERS

from .declaring import (
    ENCODINGS,
    Real,
    SectionedCommand,
    Whole,
    choice,
    count_of,
    enumerated,
    flag,
    one_of,
    optional,
    with_options,
)
from .kinds import Bounds, Column, Limit, MethodOption, Methods, Size, StopWords, Value

__all__ = ["FLAGS", "PARAMETERS", "SECTIONS", "SUBWORD_NAMES", "SUBWORD_PARAMETERS", "EmbedCommand", "embed_options"]

# What is given to `textrep.embed` under the option's own name.
PARAMETERS = (
    count_of("--vector-size", 100, "Dimensions of the vectors."),
    count_of("--window", 5, "How many words to each side are looked at, at most.", "5; glove 10"),
    choice(
        "--architecture",
        ("skipgram", "cbow"),
        "Predict the words around a word, or a word from those around it (faster).",
    ),
    count_of("--negative", 5, "Random words that each true one is told from."),
    choice("--loss", ("negative_sampling", "hierarchical_softmax"), "What is minimised."),
    count_of("--epochs", 5, "How often the corpus, or with glove its counts, are gone through.", "5; glove 25"),
    count_of("--min-count", 5, "Words seen less often are left out."),
    count_of("--max-vocabulary", None, "Keep only so many words, the most frequent ones; those of --from stay.", "all"),
    click.option(
        "--sample",
        type=Real(min=0, max=1),
        default=1e-3,
        show_default=True,
        metavar="X",
        help="Words more frequent than this share of the corpus are skipped at random; 0 skips none.",
    ),
    click.option(
        "--learning-rate",
        type=Real(min=0, max=1, min_open=True),
        show_default="0.05",
        metavar="X",
        help="The rate to begin with; it falls to nearly 0, but stays with glove. "
        "That of --engine gensim is by default 0.025.",
    ),
    choice(
        "--engine",
        ("textrep", "gensim"),
        "What trains. gensim, the extra of that name, is slower.",
    ),
    choice(
        "--tokenizer",
        ("word", "whitespace", "char", "kiwi"),
        "word: lower-cased runs of letters, digits and _. whitespace: what stands between white space, unchanged. "
        "char: single characters, lower-cased. kiwi: Korean morphemes (needs the extra korean).",
    ),
    count_of("--min-token-length", 1, "Shorter words are left out, in characters."),
)


def _length(name: str, default: int, text: str, least: int = 1) -> Any:
    """Return an option for the length of an n-gram."""
    return click.option(
        name, type=Whole(min=least, max=1000), default=default, show_default=True, metavar="N", help=text
    )


# Those of --method fasttext alone.
SUBWORD_PARAMETERS = (
    _length("--min-n", 3, "Shortest n-gram of <word>, in characters."),
    _length("--max-n", 6, "Longest n-gram; 0: none.", least=0),
    count_of("--buckets", 2_000_000, "Rows that n-grams share; only those used are kept.", most=2**31 - 1),
    choice("--subwords", ("char", "jamo"), "N-grams of characters, or for Korean of jamo as well."),
    _length("--min-jamo-n", 6, "With --subwords jamo: shortest n-gram of jamo."),
    _length("--max-jamo-n", 6, "With --subwords jamo: longest n-gram of jamo; 0: none.", least=0),
)

# Those of --method glove alone.
_GLOVE_PARAMETERS = (
    flag("--no-symmetric", "Only words to the left are contexts."),
    optional(
        "--x-max", Real(min=0, max=1e9, min_open=True), "100", "Pairs of words counted so often have full weight.", "X"
    ),
    optional("--alpha", Real(min=0, max=10), "0.75", "How the weights of rarer pairs fall.", "X"),
    optional("--memory-limit", Size(), "1 GiB", "For counting; more goes to files in TMPDIR: 500MB, 2 GiB.", "SIZE"),
)

SUBWORD_NAMES = frozenset({"min_n", "max_n", "buckets", "subwords", "min_jamo_n", "max_jamo_n"})


# Those of vectorizer classes: scikit-learn's parameters, and their meanings.
_SPARSE_PARAMETERS = (
    optional("--ngram-range", Bounds(), "1,1", "Lengths of n-grams: 1,2 is words and pairs.", "MIN,MAX"),
    optional("--analyzer", one_of("word", "char", "char_wb"), "word", "What n-grams are of; char_wb: within words."),
    optional("--stop-words", StopWords(), "none", "Words left out; FILE: one a line.", "english|FILE"),
    optional("--min-df", Limit(), "1", "Leave out terms of fewer documents: 2, or 0.01.", "N|SHARE"),
    optional("--max-df", Limit(), "1.0", "Leave out terms of more documents: 0.5, or 1000.", "N|SHARE"),
    optional("--max-features", Whole(min=1), "all", "Keep the N most frequent terms.", "N"),
    flag("--no-lowercase", "Leave capital letters as they are."),
    optional("--normalization", one_of("NFC", "none"), "NFC", "Unicode form that texts are brought into.", "NFC|none"),
    flag("--binary", "Whether a term occurs, not how often."),
    flag("--sublinear-tf", "1 + log(count) instead of the count."),
    flag("--no-idf", "Do not weight by inverse document frequency."),
    flag("--no-smooth-idf", "Do not add one to document frequencies."),
    optional("--norm", one_of("l1", "l2", "none"), "l2", "Length that each document is scaled to."),
)

# flag -> parameter and value that it stands for
FLAGS = {
    "no_symmetric": ("symmetric", False),
    "no_lowercase": ("lowercase", False),
    "binary": ("binary", True),
    "sublinear_tf": ("sublinear_tf", True),
    "no_idf": ("use_idf", False),
    "no_smooth_idf": ("smooth_idf", False),
}

_FORMATS = ("txt", "jsonl", "csv", "tsv", "parquet")

_OTHERS = (
    click.option(
        "-o",
        "--output",
        metavar="STORE",
        show_default="the name of the one file or folder, else corpus, with .textrep, in the current folder",
        help="The file to write; the name is taken as it is.",
    ),
    click.option(
        "--method", cls=MethodOption, type=Methods(), default="word2vec", show_default=True, metavar="NAME", help=""
    ),
    *PARAMETERS,
    *SUBWORD_PARAMETERS,
    *_GLOVE_PARAMETERS,
    *_SPARSE_PARAMETERS,
    click.option(
        "--from",
        "initial",
        metavar="STORE",
        help="Go on from this store, unless trained with hierarchical softmax: its words stay, new ones are added. "
        "Options not given are those it was made with, except --epochs, --learning-rate and --max-vocabulary.",
    ),
    click.option(
        "--documents", is_flag=True, help="A vector for each document instead of each word; see textrep similar --text."
    ),
    choice(
        "--pooling",
        ("mean", "sif", "tfidf", "max"),
        "With --documents: how methods that train make a document's vector of those of its words.",
    ),
    click.option(
        "--set",
        "settings",
        type=Value(),
        multiple=True,
        metavar="NAME=VALUE",
        help=f"A parameter that has no option, for methods other than {enumerated(tuple(METHODS))}. VALUE is JSON, or "
        "else a text. Can be repeated.",
    ),
    count_of("--jobs", None, "Threads.", "all cores"),
    click.option(
        "--seed",
        type=Whole(min=0),
        default=1,
        show_default=True,
        metavar="N",
        help="For the random choices of training. With --jobs 1 the same seed gives the same file, bit by bit.",
    ),
    click.option(
        "--field",
        type=Column(),
        default="text",
        show_default=True,
        metavar="FIELD",
        help="Field of a record that holds its text; of a table without a header a number, 0 the first column.",
    ),
    click.option(
        "--format", type=click.Choice(_FORMATS), show_default="as their names end", help="What the files are."
    ),
    *ENCODINGS,
    click.option("--json", "as_json", is_flag=True, help="Write what was done as JSON."),
)

_TRAINING_NAMES = ("vector_size", "window", "epochs", "min_count", "max_vocabulary", "learning_rate")
_WINDOW_NAMES = ("initial", "architecture", "negative", "loss", "sample", "engine")
_GLOVE_NAMES = ("no_symmetric", "x_max", "alpha", "memory_limit")
_SPARSE_NAMES = ("ngram_range", "analyzer", "stop_words", "min_df", "max_df", "max_features", "no_lowercase")
_TFIDF_NAMES = ("sublinear_tf", "no_idf", "no_smooth_idf", "norm")

# Methods of textrep's own, and the options that are theirs; all others are for every method. A plug-in may take any.
SECTIONS: dict[tuple[str, ...], tuple[str, ...]] = {
    tuple(METHODS): _TRAINING_NAMES,
    CONTINUED: _WINDOW_NAMES,
    ("fasttext",): tuple(sorted(SUBWORD_NAMES)),
    ("glove",): _GLOVE_NAMES,
    tuple(VECTORIZERS): (*_SPARSE_NAMES, "normalization"),
    ("count", "tfidf"): ("binary",),
    ("tfidf",): _TFIDF_NAMES,
}


class EmbedCommand(SectionedCommand):
    """``textrep embed``."""

    sections = SECTIONS


embed_options = with_options(_OTHERS)  # gives a command the options of ``textrep embed``
