"""``textrep embed --method fasttext`` and ``--from``: subwords, words never seen, going on from a store."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import head, invoke, names_in

import textrep

FAST = ("--vector-size", "12", "--epochs", "2", "--min-count", "3", "--jobs", "1")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fasttext") / "corpus.txt"
    path.write_text(head("en_wiki.txt", 60_000), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def store(corpus: Path) -> Path:
    target = corpus.with_suffix(".textrep")
    done = invoke("embed", corpus, "-o", target, "--method", "fasttext", "--min-n", "2", "--max-n", "4", *FAST)
    assert done.exit_code == 0, done.output
    assert "vectors     12 dimensions, fasttext skipgram, 2 epochs" in done.stdout
    return target


def test_the_command_is_the_function(corpus: Path, store: Path) -> None:
    same = textrep.embed(
        textrep.read_corpus(corpus), "fasttext", min_n=2, max_n=4, vector_size=12, epochs=2, min_count=3, random_state=1
    )
    opened = textrep.EmbeddingStore.open(store)
    np.testing.assert_array_equal(opened.vectors, same.vectors)
    assert opened.subwords is not None
    np.testing.assert_array_equal(opened.subwords.rows, same.subwords.rows)


def test_words_never_seen(store: Path) -> None:
    opened = textrep.EmbeddingStore.open(store)
    assert "countrywise" not in opened
    found = invoke("similar", store, "countrywise", "-k", "3", "--json")
    assert found.exit_code == 0, found.output
    (answer,) = json.loads(found.stdout)
    assert [n["key"] for n in answer["neighbours"]] == [n.key for n in opened.similar("countrywise", 3)]
    vector = invoke("vector", store, "countrywise")
    assert vector.exit_code == 0
    assert [float(x) for x in vector.stdout.split()[1:]] == pytest.approx(opened["countrywise"].tolist(), abs=1e-6)
    unknown = invoke("similar", store, "ݑݑݑݑ")
    assert unknown.exit_code == 1
    assert "'ݑݑݑݑ' is not in the vocabulary" in unknown.stderr


def test_info_names_the_subwords(store: Path) -> None:
    shown = invoke("info", store)
    assert shown.exit_code == 0
    for line in ("min_n             2", "max_n             4", "subwords          char"):
        assert line in shown.stdout


def test_going_on(store: Path, tmp_path: Path) -> None:
    more, target = tmp_path / "more.txt", tmp_path / "more.textrep"
    more.write_text("brandnew word in the country\n" * 5, encoding="utf-8")
    done = invoke("embed", more, "--from", store, "-o", target, "--jobs", "1")
    assert done.exit_code == 0, done.output
    assert "25 words in 5 documents" in done.stdout
    first, second = textrep.EmbeddingStore.open(store), textrep.EmbeddingStore.open(target)
    assert "brandnew" in second
    assert set(first.keys) < set(second.keys)
    new = len(second) - len(first)
    assert f"vocabulary  {len(second):,} words, {new} of them new" in done.stdout
    assert second.metadata["parameters"]["min_n"] == 2
    assert second.dim == 12
    assert second.metadata["parameters"]["epochs"] == 5, "not that of the store"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--min-n", "2"), 2, "--min-n is an option of fasttext, not word2vec"),
        (("--method", "fasttext", "--min-n", "5", "--max-n", "3"), 2, "--max-n 3 is below --min-n 5"),
        (("--method", "fasttext", "--max-n", "2000"), 2, "2000 is not in the range 0<=x<=1000"),
        (("--method", "fasttext", "--min-n", "1001"), 2, "1001 is not in the range 1<=x<=1000"),
        (("--method", "fasttext", "--buckets", "3000000000"), 2, "3000000000 is not in the range 1<=x<=2147483647"),
        (("--from", "nowhere.textrep"), 1, "there is no file nowhere.textrep"),
        (("--from", "STORE", "--vector-size", "9"), 1, "it has vectors of 12 dimensions; pass --vector-size 12"),
        (("--from", "STORE", "--method", "word2vec"), 1, "it has subwords; pass --method fasttext"),
        (("--from", "STORE", "--max-n", "6"), 1, "it was made with --max-n 4; pass that, not --max-n 6"),
        (("--from", "STORE", "--min-n", "6"), 2, "--max-n 4 is below --min-n 6"),
        (("--method", "fasttext", "--min-jamo-n", "2"), 2, "--max-jamo-n are options of --subwords jamo"),
    ],
)
def test_what_is_refused(corpus: Path, store: Path, tmp_path: Path, options, code: int, message: str) -> None:
    options = [store if option == "STORE" else option for option in options]
    done = invoke("embed", corpus, "-o", tmp_path / "x.textrep", *options)
    assert (done.exit_code, names_in(tmp_path)) == (code, [])
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_store_of_another_method_is_refused(corpus: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.textrep"
    textrep.EmbeddingStore.from_vectors(["a"], [[1.0]], metadata={"method": "floret"}).save(foreign)
    done = invoke("embed", corpus, "-o", tmp_path / "x.textrep", "--from", foreign)
    assert done.exit_code == 1
    assert "foreign.textrep: its vectors were made by floret; textrep goes on with word2vec and fasttext" in done.stderr


def test_a_store_split_by_a_python_function_is_refused(corpus: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.textrep"
    textrep.embed(["a b c"] * 20, tokenizer=str.split, vector_size=4, sample=0, random_state=1).save(made)
    done = invoke("embed", corpus, "-o", tmp_path / "x.textrep", "--from", made)
    assert done.exit_code == 1
    assert "its words were made by the Python function" in done.stderr


def test_a_word2vec_store_goes_on_as_word2vec(corpus: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.textrep", tmp_path / "two.textrep"
    assert invoke("embed", corpus, "-o", one, *FAST).exit_code == 0
    assert invoke("embed", corpus, "-o", two, "--from", one, "--epochs", "1").exit_code == 0
    assert textrep.EmbeddingStore.open(two).metadata["method"] == "word2vec"


def test_a_corpus_too_small_to_train_is_said(tmp_path: Path) -> None:
    small, target = tmp_path / "small.txt", tmp_path / "small.textrep"
    small.write_text("the cat sat\n" * 10, encoding="utf-8")
    done = invoke("embed", small, "-o", target, "--sample", "1e-9", "--jobs", "1")
    assert done.exit_code == 0
    assert "loss        none in the first epoch, none in the last" in done.stdout
    assert (
        "5 of 5 epochs: the corpus is too small; --sample 1e-09 skips frequent words, --sample 0 skips none"
        in done.stderr
    )
    assert "loss, by epoch      none, none" in invoke("info", target).stdout
    assert json.loads(invoke("info", target, "--json").stdout)["history"][0]["loss"] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--field", ""), "'--field': it is empty; it names a column"),
        (("--encoding", "cp94900"), "--encoding cp94900 is"),
    ],
)
def test_names_that_mean_nothing(corpus: Path, tmp_path: Path, options, message: str) -> None:
    done = invoke("embed", corpus, "-o", tmp_path / "x.textrep", *options)
    assert (done.exit_code, message in done.stderr) == (2, True)


def test_a_column_by_number(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("+\tcats and dogs\n-\tdogs and cats\n")
    done = invoke("embed", tmp_path / "a.tsv", "-o", tmp_path / "a.textrep", "--method", "tfidf", "--field", "1")
    assert done.exit_code == 0, done.stderr
    assert sorted(textrep.EmbeddingStore.open(tmp_path / "a.textrep").keys) == ["and", "cats", "dogs"]
