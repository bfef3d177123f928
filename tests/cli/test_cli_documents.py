"""``textrep embed --documents`` and what its stores are asked: ``similar --text``, ``info``, ``convert``."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import head, invoke, names_in, run
from rich.cells import cell_len

import textrep
from textrep import EmbeddingStore

sys.path.append(str(Path(__file__).parents[1]))  # pytest's importlib mode leaves it out

from plugins import installed

METHODS = {
    "tfidf": (),
    "count": ("--ngram-range", "1,2"),
    "onehot": ("--min-df", 2),
    "word2vec": ("--vector-size", 10, "--epochs", 2, "--min-count", 2, "--pooling", "tfidf"),
    "fasttext": ("--vector-size", 10, "--epochs", 2, "--min-count", 2, "--buckets", 5000),
}
CORPORA = {
    "en.txt": ("en_wiki.txt", "the fourth month of the year"),
    "글.txt": ("ko_wiki.txt", "대통령 선거"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of documents for each method and language, and what embed said of each."""
    folder = tmp_path_factory.mktemp("documents")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, (source, _) in CORPORA.items():
            (folder / name).write_text(head(source, 60_000), encoding="utf-8")
            for method, options in METHODS.items():
                target = f"{Path(name).stem}_{method}.textrep"
                done = invoke("embed", name, "--documents", "--method", method, *options, "--jobs", 1, "-o", target)
                assert done.exit_code == 0, done.output
                (folder / f"{target}.said").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture
def here(made, monkeypatch):
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A folder of a test's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.txt").write_text("a cat sat\n\nthe dog ran\n  \nthe cat ran home\n개와 고양이\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def documents(work):
    assert invoke("embed", "c.txt", "--documents", "--method", "count").exit_code == 0
    return EmbeddingStore.open("c.textrep")


all_stores = pytest.mark.parametrize("corpus", CORPORA)
all_methods = pytest.mark.parametrize("method", METHODS)


def stored(corpus, method):
    return f"{Path(corpus).stem}_{method}.textrep", CORPORA[corpus][1]


def as_json(store, text, k):
    return {
        "query": text,
        "neighbours": [
            {"key": key, "score": score, "text": store.texts[store.keys.find(key)]}
            for key, score in store.similar_to_text(text, k)
        ],
    }


@all_stores
@all_methods
def test_the_store_is_what_the_library_makes(here, corpus, method):
    store = EmbeddingStore.open(stored(corpus, method)[0])
    parameters = {name: store.metadata["parameters"][name] for name in store.metadata["parameters"]}
    parameters.pop("dtype", None)
    parameters = {name: tuple(v) if isinstance(v, list) else v for name, v in parameters.items()}
    same = textrep.embed_documents(textrep.read_corpus(corpus), method, **parameters)
    assert list(store.keys) == list(same.keys)
    assert list(store.texts) == list(same.texts)
    vectors, others = (s.vectors.toarray() if s.is_sparse else s.vectors for s in (store, same))
    np.testing.assert_array_equal(vectors, others)
    store.verify()


@all_stores
@all_methods
def test_what_is_said_and_what_is_to_type_next(here, corpus, method):
    target, _ = stored(corpus, method)
    store = EmbeddingStore.open(target)
    said = (here / f"{target}.said").read_text(encoding="utf-8")
    lines = said.splitlines()
    n = len(store)
    if method in ("word2vec", "fasttext"):
        n_words = store.metadata["total_tokens"]
        assert lines[0] == f"corpus      {corpus}: {n_words:,} words in {n:,} documents"
        assert lines[2] == f"vectors     of documents, 10 dimensions, {method} skipgram, 2 epochs"
        assert lines[3].startswith("loss        ")
    else:
        assert lines[0] == f"corpus      {corpus}: {n:,} documents"
        assert lines[2] == f"vectors     of documents, {store.dim:,} dimensions, {store.nnz:,} non-zeros, {method}"
    assert lines[1].startswith(f"vocabulary  {len(store.vectorizer.vocabulary_):,} words")
    command = lines[-1].removeprefix("Next: ")
    arguments = shlex.split(command)
    assert arguments[:4] == ["textrep", "similar", target, "--text"]
    assert any(text.split()[:5] == arguments[4].split() for text in store.texts)
    asked = invoke(*arguments[1:])
    assert (asked.exit_code, asked.stderr) == (0, "")


@all_stores
@all_methods
def test_similar_for_programs(here, corpus, method):
    target, text = stored(corpus, method)
    store = EmbeddingStore.open(target)
    result = invoke("similar", target, "--text", text, "--text", text.split()[0], "-k", 3, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == [as_json(store, query, 3) for query in (text, text.split()[0])]
    assert len(json.loads(result.stdout)[0]["neighbours"]) == 3


@all_stores
@all_methods
def test_similar_for_people(here, corpus, method):
    target, text = stored(corpus, method)
    store = EmbeddingStore.open(target)
    lines = invoke("similar", target, "--text", text, "-k", 5).stdout.splitlines()
    assert len(lines) == 5
    for line, (key, score) in zip(lines, store.similar_to_text(text, 5), strict=True):
        shown_key, shown_score, begins = line.split(maxsplit=2)
        assert (shown_key, shown_score) == (key, f"{score:.4f}")
        whole = " ".join(store.texts[store.keys.find(key)].split())
        assert begins == whole or (begins.endswith("...") and whole.startswith(begins[:-3].rstrip()))
        assert cell_len(begins) <= 80
        assert begins == whole or cell_len(begins) >= 76
    assert (
        len(
            {line.index(f"{score:.4f}") for line, (_, score) in zip(lines, store.similar_to_text(text, 5), strict=True)}
        )
        == 1
    )


def test_several_texts_have_headings_and_an_empty_line_between_them(here):
    one, other = (invoke("similar", "글_tfidf.textrep", "--text", text, "-k", 2).stdout for text in ("대통령", "수도"))
    both = invoke("similar", "글_tfidf.textrep", "--text", "대통령", "--text", "수도", "-k", 2)
    assert both.stdout == f"대통령\n{one}\n수도\n{other}"


def test_unknown_and_empty_texts_are_reported_and_the_others_answered(documents):
    asked = ("--text", "cat", "--text", "zebra", "--text", "", "--text", "고양이", "--text", " ... ", "-k", 1)
    done = invoke("similar", "c.textrep", *asked)
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "textrep: no word of the text 'zebra' is known: it has no vector",
        "textrep: the text '' is empty: it has no vector",
        "textrep: no word of the text ' ... ' is known: it has no vector",
    ]
    assert done.stdout == "cat\n  c.txt:1  0.5774  a cat sat\n\n고양이\n  c.txt:4  0.7071  개와 고양이\n"
    done = invoke("similar", "c.textrep", *asked, "--json")
    assert done.exit_code == 1
    assert [each["query"] for each in json.loads(done.stdout)] == ["cat", "고양이"]


def test_a_text_whose_bytes_are_no_characters_is_refused(documents):
    result = invoke("similar", "c.textrep", "--text", "caf\udce9")
    assert result.exit_code == 2
    assert "'--text': 'caf\\udce9' holds bytes that are no character in the encoding of this terminal" in result.stderr


def test_no_text_is_known(documents):
    done = invoke("similar", "c.textrep", "--text", "zebra", "--json")
    assert (done.exit_code, done.stdout) == (1, "[]\n")


def test_lines_of_standard_input_are_texts(documents):
    done = invoke("similar", "c.textrep", "-k", 1, stdin="the cat\n\n고양이\nzebra\n".encode())
    assert done.exit_code == 1
    asked = invoke("similar", "c.textrep", "-k", 1, "--text", "the cat", "--text", "고양이")
    assert done.stdout == asked.stdout
    assert done.stderr == "textrep: no word of the text 'zebra' is known: it has no vector\n"
    done = invoke("similar", "c.textrep", "-k", 2, "--json", stdin="the cat\n")
    assert json.loads(done.stdout) == [as_json(documents, "the cat", 2)]


def test_a_word_is_the_name_of_a_document(documents):
    done = invoke("similar", "c.textrep", "c.txt:1", "-k", 2)
    assert done.stdout == "  c.txt:3  0.2887  the cat ran home\n  c.txt:2  0.0000  the dog ran\n"
    done = invoke("similar", "c.textrep", "c.txt:1", "-k", 1, "--json")
    assert json.loads(done.stdout) == [
        {
            "query": "c.txt:1",
            "neighbours": [
                {"key": key, "score": score, "text": "the cat ran home"}
                for key, score in documents.similar("c.txt:1", 1)
            ],
        }
    ]


@pytest.mark.parametrize("command", [("similar", "c.textrep"), ("vector", "c.textrep")])
def test_what_is_the_name_of_no_document(documents, command):
    done = invoke(*command, "cat")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "textrep: 'cat' is no document: they are called 'c.txt:1' and so on; textrep similar --text asks with a text\n"
    )


def test_words_and_texts_are_not_mixed(documents):
    done = invoke("similar", "c.textrep", "c.txt:1", "--text", "cat")
    assert done.exit_code == 2
    assert "--text and WORD ask different questions; give one of them." in done.stderr


def test_a_store_of_words_takes_no_text(work):
    assert invoke("embed", "c.txt", "--method", "count").exit_code == 0
    done = invoke("similar", "c.textrep", "--text", "cat")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "textrep: c.textrep cannot make a vector of a text: it holds vectors of words; "
        "textrep embed CORPUS --documents makes a store that --text can ask\n"
    )


@all_methods
def test_converted_to_a_store_it_answers_the_same(here, tmp_path, method):
    target, text = stored("글.txt", method)
    done = invoke("convert", target, tmp_path / "same.textrep")
    assert done.exit_code == 0, done.output
    assert f"documents  {len(EmbeddingStore.open(target)):,} of " in done.stdout
    answers = [invoke("similar", path, "--text", text, "-k", 4).stdout for path in (target, tmp_path / "same.textrep")]
    assert answers[0] == answers[1]


def test_converted_to_another_format_it_is_vectors_alone_and_that_is_said(here, tmp_path):
    done = invoke("convert", "글_word2vec.textrep", tmp_path / "d.vec")
    assert done.exit_code == 0
    assert done.stderr == (
        "textrep: only keys and vectors are written as word2vec text: --text cannot ask it for documents\n"
    )
    back = EmbeddingStore.load(tmp_path / "d.vec")
    assert list(back.keys) == list(EmbeddingStore.open("글_word2vec.textrep").keys)
    assert invoke("convert", tmp_path / "d.vec", tmp_path / "d.textrep").exit_code == 0
    asked = invoke("similar", tmp_path / "d.textrep", "--text", "수도")
    assert asked.exit_code == 1
    assert (
        "d.textrep cannot make a vector of a text: it was converted; textrep embed CORPUS --documents" in asked.stderr
    )


def test_a_sparse_store_is_not_written_in_another_format(documents, work):
    done = invoke("convert", "c.textrep", "c.vec")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("textrep: this store is sparse, 4 keys of 9 dimensions, and a word2vec text file")
    assert names_in(work) == ["c.textrep", "c.txt"]


@all_methods
def test_info(here, method):
    target, _ = stored("en.txt", method)
    store = EmbeddingStore.open(target)
    lines = invoke("info", target, "--verify").stdout.splitlines()
    rows = dict(line.split(maxsplit=1) for line in lines if len(line.split()) > 1)
    assert rows["documents"] == f"{len(store):,}"
    assert rows["dimensions"] == f"{store.dim:,}"
    assert rows["method"] == method
    assert "words" not in rows
    assert lines[-1].split() == ["checksums", "match"]
    facts = json.loads(invoke("info", target, "--json").stdout)
    assert (facts["documents"], facts["words"], facts["dimensions"]) == (len(store), None, store.dim)
    assert facts["parameters"] == store.metadata["parameters"]
    if method == "word2vec":
        assert rows["pooling"] == "tfidf"
        assert rows["corpus"] == f"{store.metadata['total_tokens']:,} words"
        assert facts["history"] == store.metadata["history"]
    else:
        assert facts.get("nonzeros") == store.nnz


def test_json_of_embed(work):
    facts = json.loads(invoke("embed", "c.txt", "--documents", "--method", "count", "--json").stdout)
    assert (facts["documents"], facts["vocabulary"], facts["dimensions"], facts["non_zeros"]) == (4, 9, 9, 12)
    assert (facts["words"], facts["epochs"], facts["loss"]) == (None, None, None)
    options = ("--min-count", 1, "--sample", 0, "--vector-size", 4, "--epochs", 3)
    facts = json.loads(invoke("embed", "c.txt", "--documents", *options, "--json").stdout)
    assert (facts["documents"], facts["vocabulary"], facts["words"], facts["epochs"]) == (4, 9, 12, 3)
    assert facts["dimensions"] == 4
    assert facts["loss"] > 0


def test_one_job_and_a_seed_repeat_bit_by_bit(here, tmp_path):
    for method, options in METHODS.items():
        command = ("embed", "en.txt", "--documents", "--method", method, *options, "--jobs", 1)
        assert invoke(*command, "-o", tmp_path / "again.textrep").exit_code == 0
        assert (tmp_path / "again.textrep").read_bytes() == (here / stored("en.txt", method)[0]).read_bytes(), method


@pytest.mark.parametrize("pooling", ["mean", "sif", "tfidf", "max"])
def test_pooling(work, pooling):
    options = ("--min-count", 1, "--sample", 0, "--vector-size", 4, "--epochs", 1, "--jobs", 1)
    assert invoke("embed", "c.txt", "--documents", *options, "--pooling", pooling).exit_code == 0
    store = EmbeddingStore.open("c.textrep")
    assert store.metadata["parameters"]["pooling"] == pooling
    same = textrep.embed_documents(
        textrep.read_corpus("c.txt"),
        "word2vec",
        pooling=pooling,
        min_count=1,
        sample=0,
        vector_size=4,
        epochs=1,
        random_state=1,
    )
    np.testing.assert_array_equal(store.vectors, same.vectors)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--pooling", "max"), "--pooling is for --documents of word2vec, fasttext and glove"),
        (
            ("--documents", "--method", "tfidf", "--pooling", "max"),
            "--pooling is for --documents of word2vec, fasttext and glove",
        ),
        (("--documents", "--pooling", "sum"), "'sum' is not one of"),
        (("--documents", "--from", "c.textrep"), "--documents starts anew each time; it takes no --from"),
    ],
)
def test_wrong_usage(documents, options, message):
    done = invoke("embed", "c.txt", *options, "-o", "x.textrep")
    assert done.exit_code == 2
    assert message in done.stderr
    assert not Path("x.textrep").exists()


def test_training_does_not_go_on_from_documents(here):
    for method, reason in (
        ("word2vec", "its vectors are of documents, not of words; train on its texts anew"),
        ("tfidf", "its vectors were made by tfidf; textrep goes on with word2vec and fasttext"),
    ):
        done = invoke("embed", "en.txt", "--from", f"en_{method}.textrep", "-o", "x.textrep")
        assert done.exit_code == 1
        assert done.stderr == f"textrep: training cannot go on from en_{method}.textrep: {reason}\n"


LENGTHS = """
class Lengths:
    def fit(self, documents):
        return self

    def transform(self, documents):
        return [[len(document), 1.0] for document in documents]

    def to_store(self):
        raise AssertionError
"""


def test_documents_of_a_plugin(work, tmp_path_factory, monkeypatch):
    """They are made and searched, but the store cannot keep what made them."""
    folder = tmp_path_factory.mktemp("lengths")
    monkeypatch.syspath_prepend(installed(folder, "lengths", {"lengths": "lengths_of:Lengths"}, lengths_of=LENGTHS))
    done = invoke("embed", "c.txt", "--documents", "--method", "lengths")
    assert done.exit_code == 0, done.output
    assert "vocabulary" not in done.stdout
    assert done.stdout.endswith("\nNext: textrep similar c.textrep c.txt:3\n")
    assert invoke("similar", "c.textrep", "c.txt:3", "-k", 1).stdout.startswith("  c.txt:2  ")
    done = invoke("similar", "c.textrep", "--text", "cat")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "textrep: c.textrep cannot make a vector of a text: lengths, which made those of its documents, is a plug-in, "
        "and not kept in the store\n"
    )


def test_several_files_of_the_same_name(work):
    for folder, text in (("a", "a cat\n\nno dog\n"), ("b", "the cat\r\n\r\nfish")):
        (work / folder).mkdir()
        (work / folder / "x.txt").write_bytes(text.encode())
    done = invoke("embed", "a", "b", "--documents", "--method", "count", "--json")
    assert json.loads(done.stdout)["store"] == "corpus.textrep"
    store = EmbeddingStore.open("corpus.textrep")
    wanted = [str(Path(folder, "x.txt")) + f":{i}" for folder in "ab" for i in (1, 2)]
    assert list(store.keys) == wanted
    assert list(store.texts) == ["a cat", "no dog", "the cat", "fish"]


@pytest.mark.parametrize("method", ["tfidf", "word2vec"])
def test_a_file_given_twice(work, method):
    done = invoke("embed", "c.txt", "*.txt", "--documents", "--method", method)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "textrep: c.txt is given twice, and its documents would have the same names; give it once\n"
    assert names_in(work) == ["c.txt"]


def test_standard_input(work):
    done = invoke("embed", "-", "--documents", "--method", "tfidf", stdin="a cat\n\n고양이\n".encode())
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("corpus      standard input: 2 documents\n")
    assert invoke("similar", "corpus.textrep", "--text", "고양이", "-k", 1).stdout == "  2  1.0000  고양이\n"


def test_a_text_stays_on_its_line_and_commands_no_terminal(work):
    (work / "r.csv").write_text('body\n"one\ncat\x1b[31m\tred"\n"고양이, ""둘"""\n', encoding="utf-8")
    assert invoke("embed", "r.csv", "--field", "body", "--documents", "--method", "count").exit_code == 0
    assert (
        invoke("similar", "r.textrep", "--text", "cat", "-k", 1).stdout == "  r.csv:1  0.5000  one cat\\x1b[31m red\n"
    )
    found = json.loads(invoke("similar", "r.textrep", "--text", "cat", "-k", 1, "--json").stdout)
    assert found[0]["neighbours"][0]["text"] == "one\ncat\x1b[31m\tred"


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"", ("--method", "tfidf"), "c.txt: no document: the corpus is empty or blank"),
        (b"... !\n?\n", ("--method", "tfidf"), "empty vocabulary"),
        (b"a cat\n", (), "--min-count"),
        (b"a cat\n\xff\n", ("--method", "count"), "c.txt, line 2"),
        (b"a cat\n", ("--method", "tfidf", "--min-df", "5"), "--min-df"),
    ],
    ids=["empty", "no word", "too few", "no UTF-8", "pruned"],
)
def test_a_run_that_fails_leaves_the_store_there_was_and_nothing_else(documents, work, content, options, message):
    before = (work / "c.textrep").read_bytes()
    (work / "c.txt").write_bytes(content)
    done = invoke("embed", "c.txt", "--documents", *options)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("textrep: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert names_in(work) == ["c.textrep", "c.txt"]
    assert (work / "c.textrep").read_bytes() == before


@pytest.mark.parametrize("place", ["textrep.corpus.corpus.Corpus.named", "textrep.pooling.pool"])
def test_ctrl_c_leaves_the_store_there_was_and_nothing_else(documents, work, monkeypatch, place):
    def interrupt(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(place.replace("textrep.pooling.pool", "textrep.vectorizers.base.pool"), interrupt)
    before = (work / "c.textrep").read_bytes()
    done = invoke("embed", "c.txt", "--documents", "--min-count", 1, "--epochs", 1)
    assert done.exit_code == 130
    assert done.stderr == "textrep: interrupted; no store was written\n"
    assert names_in(work) == ["c.textrep", "c.txt"]
    assert (work / "c.textrep").read_bytes() == before


def test_a_full_disk_leaves_the_store_there_was_and_nothing_else(documents, work, monkeypatch):
    before = (work / "c.textrep").read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("textrep.atomic.os.replace", full)
    done = invoke("embed", "c.txt", "--documents", "--method", "tfidf")
    assert done.exit_code == 1
    assert "No space left on device" in done.stderr
    assert names_in(work) == ["c.textrep", "c.txt"]
    assert (work / "c.textrep").read_bytes() == before


@pytest.mark.slow
def test_a_process_of_its_own(here):
    target, text = stored("글.txt", "tfidf")
    done = run("similar", target, "--text", text, "-k", 3, cwd=here)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == invoke("similar", target, "--text", text, "-k", 3).stdout
