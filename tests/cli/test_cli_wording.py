"""What is wrong with a parameter is said in words of the command line, and no option is taken that has no effect."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import click
import pytest
from cli_helpers import invoke, names_in
from textrep_cli.app import textrep as app
from textrep_cli.options import FLAGS, SECTIONS
from textrep_cli.wording import in_options

from textrep.vectorizers import registry
from textrep.vectorizers.plugged import parameters_of, vectorizer_class

sys.path.append(str(Path(__file__).parents[1]))  # pytest's importlib mode leaves it out

from plugins import installed

OPTIONS = {param.name: param for param in app.commands["embed"].params if isinstance(param, click.Option)}
PARAMETERS = [
    (method, name) for method in registry.VECTORIZERS for name in parameters_of(vectorizer_class(method)) or ()
]
LONG_NAMES = "|".join(
    sorted({name for method in registry.TRAINED | registry.VECTORIZERS for name in (
        parameters_of(vectorizer_class(method, trained=True)) or ()
    ) if "_" in name})
)  # fmt: skip
TEXT = "the cat sat on the mat\nthe dog sat on the cat\n\na cat and a dog\n"


@pytest.fixture(autouse=True)
def corpus(tmp_path, monkeypatch):
    (tmp_path / "corpus.txt").write_text(TEXT)
    monkeypatch.chdir(tmp_path)


def refused(*options, code=2):
    """What is said of options that are refused, in one line."""
    done = invoke("embed", "corpus.txt", "-o", "s.textrep", *options)
    assert (done.exit_code, done.stdout) == (code, ""), done.output
    message = re.fullmatch(
        r"textrep: (.*)\n", done.stderr.removeprefix("Compiling kernels for this machine (once each, up to 15 s) ...\n")
    )[1]
    assert {*names_in(Path())} <= {"corpus.txt", "stop.txt"}
    assert "a bug" not in message
    assert "Traceback" not in message
    assert not re.search(rf"(?<!--set )(?<![-\w])({LONG_NAMES})\b", message), message
    return message.removesuffix(" See: textrep embed --help")


def written(name):
    """How a parameter is called on the command line."""
    option = {"n_jobs": "jobs"}.get(name, name)
    is_flag = name in {parameter for parameter, _ in FLAGS.values()}
    return f"--set {name}" if is_flag or option not in OPTIONS else OPTIONS[option].opts[0]


@pytest.mark.parametrize(("method", "name"), PARAMETERS)
@pytest.mark.parametrize("value", ["-1.5", '"no such"', "[[]]"])
@pytest.mark.parametrize("documents", [(), ("--documents",)], ids=["words", "documents"])
def test_a_parameter_that_cannot_be_is_named_as_it_is_given(method, name, value, documents):
    message = refused("--method", method, "--set", f"{name}={value}", *documents)
    assert re.search(rf"{written(name)}\b", message), message
    assert not re.search(r"callable|True|\bNone\b", message), message


@pytest.mark.parametrize(
    "value", ['{"a": [1]}', '{"a": 0, "b": 0}', '{"a": 1}', '{"a": "0"}', '["a", "a"]', "[]", "{}"]
)
def test_a_vocabulary_that_cannot_be_is_named_as_it_is_given(value):
    assert "--set vocabulary " in refused("--method", "count", "--set", f"vocabulary={value}").replace(":", " ")


@pytest.mark.parametrize("method", registry.METHODS)
def test_an_option_of_training_that_cannot_be_is_named(method):
    names = [name for methods, names in SECTIONS.items() if method in methods for name in names]
    for name in {*names, "tokenizer", "min_token_length", "jobs", "seed"} - {"initial"}:
        option = OPTIONS[name].opts[0]
        if OPTIONS[name].is_flag:
            continue
        assert refused("--method", method, option, "no such").startswith(f"Invalid value for '{option}': 'no such' is")
        assert refused("--method", method, option, "-1").startswith(f"Invalid value for '{option}': ")


@pytest.mark.parametrize("method", registry.BUILTIN)
def test_an_option_that_a_method_does_not_take_is_refused(method):
    values = {"stop_words": "english", "ngram_range": "1,2", "learning_rate": "0.1", "initial": "no.textrep"}
    of_others = [name for methods, names in SECTIONS.items() if method not in methods for name in names]
    if method not in registry.METHODS:
        of_others += ["seed", "pooling"]
    of_method = {name for methods, names in SECTIONS.items() if method in methods for name in names}
    tried = set(of_others) - of_method - {"initial"}
    assert len(tried) > 5
    for name in tried:
        kind = OPTIONS[name].type
        value = values.get(name) or (kind.choices[-1] if isinstance(kind, click.Choice) else "1")
        message = refused("--method", method, OPTIONS[name].opts[0], *([] if OPTIONS[name].is_flag else [value]))
        assert message.startswith(f"{OPTIONS[name].opts[0]} is "), message
        assert method in message or name == "pooling", message


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("tfidf", ("--seed", 1), "--seed is no option of tfidf."),
        ("onehot", ("--seed", 2, "--documents"), "--seed is no option of onehot."),
        ("plain", ("--jobs", 1), "--jobs is no option of plain."),
        ("plain", ("--seed", 1), "--seed is no option of plain."),
        ("tfidf", ("--jobs", 1, "--set", "n_jobs=2"), "--jobs and --set n_jobs say the same; give one of them."),
        ("tfidf", ("--no-idf", "--no-smooth-idf"), "--no-smooth-idf has no effect with --no-idf."),
        ("tfidf", ("--set", "use_idf=false", "--no-smooth-idf"), "--no-smooth-idf has no effect with --no-idf."),
        ("count", ("--analyzer", "char", "--tokenizer", "word"), "--tokenizer is an option of --analyzer word."),
        ("count", ("--analyzer", "char_wb", "--stop-words", "english"), "--stop-words is an option of --analyzer"),
        ("count", ("--set", "analyzer=char", "--min-token-length", 2), "--min-token-length is an option of --analyzer"),
        ("count", ("--set", 'vocabulary=["a"]', "--min-df", 1), "--min-df has no effect with --set vocabulary, which"),
        ("word2vec", ("--loss", "hierarchical_softmax", "--negative", 5), "--negative is an option of --loss negative"),
        ("word2vec", ("--pooling", "mean"), "--pooling is for --documents of word2vec, fasttext and glove."),
        ("fasttext", ("--min-jamo-n", 3), "--min-jamo-n and --max-jamo-n are options of --subwords jamo."),
    ],
)
def test_an_option_without_an_effect_is_refused(method, options, message, tmp_path_factory, monkeypatch):
    source = "class V:\n    def fit(self, documents): 0\n    def to_store(self): 0\n"
    monkeypatch.syspath_prepend(installed(tmp_path_factory.mktemp("p"), "plain", {"plain": "plain:V"}, plain=source))
    assert refused("--method", method, *options).startswith(message)


@pytest.mark.parametrize("method", registry.VECTORIZERS)
def test_the_defaults_of_the_command_line_disturb_no_method(method):
    for options in ((), ("--documents",), ("--jobs", 1), ("--no-idf",) if method == "tfidf" else ()):
        done = invoke("embed", "corpus.txt", "--method", method, *options)
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--min-df", 10), "--max-df corresponds to < documents than --min-df: --max-df 1.0 is 3 of the 3 documents,"),
        (
            ("--min-df", 3, "--stop-words", "stop.txt"),
            "After pruning, no terms remain. Try a lower --min-df or a higher --max-df: ",
        ),
        (("--min-token-length", 9), "empty vocabulary; perhaps .* the tokenizer, --min-token-length and --stop-words"),
    ],
)
def test_what_the_corpus_does_not_bear_is_said_with_options(options, message):
    Path("stop.txt").write_text("cat\n")
    assert re.match(message, refused("--method", "tfidf", *options, code=1))


@pytest.mark.parametrize(
    ("method", "options", "told"),
    [
        ("tfidf", ("--stop-words", "stop.txt"), r"Your --stop-words may be inconsistent with your preprocessing\. .*"),
        (
            "count",
            ("--set", 'vocabulary=["Cat"]'),
            r"Upper case characters found in --set vocabulary while texts are .*",
        ),
        (
            "tfidf",
            ("--set", "dtype=int32"),
            r"Only float dtypes should be used\. --set dtype=int32 is read as float64\.",
        ),
    ],
)
def test_warnings_are_told_in_options(method, options, told):
    Path("stop.txt").write_text("don't\n")
    done = invoke("embed", "corpus.txt", "--method", method, "--json", *options)
    assert done.exit_code == 0, done.output
    assert re.search(rf"^textrep: {told}$", done.stderr, re.M), done.stderr


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("pass use_idf=False", "pass --no-idf"),
        ("needs use_idf=True", "needs --set use_idf=true"),
        ("lowercase=False, binary=True", "--no-lowercase, --binary"),
        ("min_df='2' and ngram_range=(1, 2)", "--min-df 2 and --ngram-range 1,2"),
        ("dtype=float16 and vocabulary=x", "--set dtype=float16 and --set vocabulary=x"),
        ("with pooling='sif'", "with --pooling sif"),
        ("sublinear_tf must be True or False; got 3", "--set sublinear_tf must be true or false; got 3"),
        ("The parameter 'tokenizer' will not be used since 'analyzer' != 'word'",
         "The parameter --tokenizer will not be used since --analyzer is not word"),
        ("the norm must be known, and a vocabulary", "the norm must be known, and a vocabulary"),
        ("--set use_idf again", "--set use_idf again"),
    ],
)  # fmt: skip
def test_messages_of_sparse_vectorizers(message, shown):
    assert in_options(message) == shown


def test_defaults_shown_are_the_librarys():
    shown = {name: option.show_default for name, option in OPTIONS.items() if isinstance(option.show_default, str)}
    for methods, names in SECTIONS.items():
        if set(methods) & set(registry.METHODS):
            continue
        parameters = inspect.signature(vectorizer_class(methods[-1])).parameters
        for name in set(names) - FLAGS.keys():
            default = parameters[name].default
            written = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
            assert shown[name] == {"stop_words": "none", "max_features": "all"}.get(name, written)
