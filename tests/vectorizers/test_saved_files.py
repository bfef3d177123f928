"""Files of vectorizers that are damaged, of another kind or of a newer textrep; and files that cannot be written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from bad_files import (
    any_value_in_the_header,
    check_altered_bytes,
    check_bytes_cut_out_or_put_in,
    check_shortened,
    forged,
    place_in,
    put,
    read_or_refused,
    rewrite,
    with_parameters,
    with_tensor,
    with_values,
    without,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from vectorizer_kinds import KINDS, same

from textrep import (
    CountVectorizer,
    EmbeddingStore,
    FastTextVectorizer,
    FormatError,
    OneHotVectorizer,
    StoreExistsError,
    StoreNotFoundError,
    TfidfVectorizer,
    Word2VecVectorizer,
    embed_documents,
)
from textrep.container import open_container
from textrep.vectorizers.saved import SavedVectorizer

TEXTS = ["the cat sat", "a cat ran and ran", "고양이 나라"] * 2
WORDS, KEYS = ("", "word", "tfidf", "float32", "mean", "char"), ("kind", "a")  # for headers


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return a fitted vectorizer of each kind, and the file it is saved in."""
    folder = tmp_path_factory.mktemp("saved")
    found = {}
    for name, kind in KINDS.items():
        if name == "tfidf":  # with more terms to go on from than its vocabulary has
            vectorizer = kind.make(min_df=2).partial_fit([*TEXTS, "once"])
        else:
            vectorizer = kind.make(**({} if kind.is_sparse else {"vector_size": 4, "pooling": "sif"})).fit(TEXTS)
        vectorizer.save(folder / name)
        found[name] = vectorizer, folder / name
    return found


@pytest.fixture(params=KINDS)
def one(request, saved):
    return saved[request.param]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "v.textrep"


# ------------------------------------------------------------------------------------------------------ damaged


def test_truncated_files(one, path):
    vectorizer, whole = one
    check_shortened(whole, 300, path, type(vectorizer).load)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=3 * settings.default.max_examples, deadline=None)
@given(data=st.data())
def test_altered_bytes(saved, tmp_path_factory, name, data):
    vectorizer, whole = saved[name]
    check_altered_bytes(data, whole, tmp_path_factory.getbasetemp() / "altered.textrep", type(vectorizer).load)


def test_bytes_cut_out_or_put_in(one, path):
    vectorizer, whole = one
    check_bytes_cut_out_or_put_in(whole, 60, path, type(vectorizer).load)


def swapped(offsets):
    offsets[[1, 2]] = offsets[[2, 1]]
    return offsets


FORGED_TFIDF = {
    "no method": (without("method"), "its header has None for 'method'"),
    "no parameters": (without("parameters"), "its header has None for 'parameters'"),
    "other parameters": (with_values(parameters=[]), r"its header has \[\] for 'parameters'"),
    "true for a number": (with_values(n_documents=True), "its header has True for 'n_documents'"),
    "fewer than no documents": (with_values(n_documents=-1), "its header has -1 for 'n_documents'"),
    "too frequent": (with_tensor("document_frequency", put(0, 9)), "'document_frequency' has 2 to 9; .*above 7"),
    "less than never": (with_tensor("seen.documents", put(0, -1)), "'seen.documents' has -1 to .*begin at 0"),
    "no terms": (without("terms.blob"), "it has no tensor 'terms.blob'"),
    "offsets of 4 bytes": (with_tensor("terms.offsets", np.int32), "'terms.offsets' is int32 .*, not int64"),
    "two axes": (with_tensor("terms.blob", lambda blob: blob[None]), r"'terms.blob' is uint8 \[1, .*, not uint8 \[0\]"),
    "no offset": (with_tensor("terms.offsets", lambda offsets: offsets[:0]), "'terms.offsets' does not ascend"),
    "offsets from 1": (with_tensor("terms.offsets", put(0, 1)), "'terms.offsets' does not ascend from 0 to 3"),
    "offsets too short": (with_tensor("terms.offsets", put(-1, 7)), "'terms.offsets' does not ascend"),
    "offsets that descend": (with_tensor("terms.offsets", swapped), "'terms.offsets' does not ascend"),
    "seen descends": (with_tensor("seen.offsets", swapped), "'seen.offsets' does not ascend"),
    "a slot too high": (with_tensor("terms.slots", put(0, 99)), "'terms.slots' is no index of 8 terms"),
    "no free slot": (with_tensor("terms.slots", np.zeros_like), "'terms.slots' is no index of 8 terms"),
    "few slots": (with_tensor("terms.slots", lambda slots: slots[:8]), "an index of 8 slots does not fit 8 keys"),
    "other frequencies": (with_tensor("document_frequency", lambda n: n[1:]), r"'document_frequency' is int64 \[7\]"),
    "nothing seen": (without("seen.documents"), "it has no tensor 'seen.documents'"),
    "a newer parameter": (with_parameters(stemmer="porter"), "cannot be made again: .*unexpected keyword .*'stemmer'"),
    "a newer analyzer": (with_parameters(analyzer="bytes"), "cannot be made again: analyzer must be one of"),
    "a newer tokenizer": (with_parameters(tokenizer="subword"), "cannot be made again: .*'subword'"),
    "a newer norm": (with_parameters(norm="max"), "cannot be made again: norm must be 'l1', 'l2' or None; got 'max'"),
    "a newer switch": (with_parameters(use_idf="bm25"), "cannot be made again: use_idf must be True or False"),
    "no dtype": (with_parameters(dtype="float128k"), "cannot be made again: .*float128k"),
    "no n-grams": (with_parameters(ngram_range=3), "cannot be made again"),
    "a newer method": (with_values(method="bm25"), "is of the method 'bm25', which this textrep does not know"),
}  # fmt: skip
FORGED_FASTTEXT = {
    "no words": (without("words"), "its header has no part 'words'"),
    "no vectors": (without("words.vectors"), "it has no tensor 'vectors'"),
    "no counts": (without("words.counts"), "lack vectors, counts or context vectors"),
    "no context": (without("words.context_vectors"), "lack vectors, counts or context vectors"),
    "no pooling": (without("pooling"), "its header has None for 'pooling'"),
    "empty pooling": (with_values(pooling={}), "cannot be made again: 'kind'"),
    "odd pooling": (with_values(pooling={"kind": "sif", "unseen_weight": "x"}), "cannot be made again: could not"),
    "no history": (with_values(history={}), r"its header has \{\} for 'history'"),
    "odd history": (with_values(history=[{"epoch": 1}]), r"its header has \{'epoch': 1\} in 'history'"),
    "weights": (with_tensor("pooling.weights", lambda weights: weights[1:]), r"'pooling.weights' is float32 \[7\]"),
    "common": (with_tensor("pooling.common", np.float64), r"'pooling.common' is float64 \[4\], not float32"),
    "a newer pooling": (with_parameters(pooling="median"), "cannot be made again: pooling must be one of"),
    "a newer loss": (with_parameters(loss="softmax"), "cannot be made again: loss must be"),
    "a newer parameter": (with_parameters(decay=0.1), "cannot be made again: .*unexpected keyword .*'decay'"),
    "rows": (with_tensor("words.subwords.rows", lambda rows: rows[1:]), r"'subwords.present' is int32 \[\d+\], not"),
    "slots": (with_tensor("words.keys.slots", lambda slots: slots[:8]), "an index of 8 slots does not fit 8 keys"),
}


@pytest.mark.parametrize(
    ("name", "case"), [("tfidf", case) for case in FORGED_TFIDF] + [("fasttext", case) for case in FORGED_FASTTEXT]
)
def test_files_that_do_not_make_sense(saved, path, name, case):
    """What a newer textrep may write, or somebody who means harm: refused before a kernel sees it."""
    change, message = (FORGED_TFIDF if name == "tfidf" else FORGED_FASTTEXT)[case]
    vectorizer, whole = saved[name]
    forged(whole, path, change)
    with pytest.raises(FormatError, match=rf"(?s)v\.textrep is damaged or was altered at byte [\d,]+: .*{message}"):
        type(vectorizer).load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda blob: np.where(np.arange(blob.size) == blob.size - 1, 0xFF, blob).astype(np.uint8), "not valid UTF-8"),
        (lambda blob: np.where(np.arange(blob.size) == 0, 0xFF, blob).astype(np.uint8), "not valid UTF-8"),
    ],
    ids=["at the end", "at the beginning"],
)
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2)])
def test_terms_that_are_no_utf8_reach_no_kernel(tmp_path, change, message, ngram_range):
    """Opening reads no term; the first use does."""
    CountVectorizer(ngram_range=ngram_range).fit(TEXTS).save(tmp_path / "v")
    forged(tmp_path / "v", tmp_path / "forged", with_tensor("terms.blob", change))
    for use in (
        lambda opened: opened.transform(TEXTS),
        lambda opened: opened.transform([["a"]]),
        lambda opened: opened.get_feature_names_out(),
        lambda opened: opened.partial_fit(TEXTS),
    ):
        with pytest.raises(FormatError, match=rf"forged, byte [\d,]+: byte [\d,]+ of the strings is {message}"):
            use(CountVectorizer.load(tmp_path / "forged"))


def test_terms_cut_within_a_character(tmp_path):
    CountVectorizer().fit(["가나", "다"]).save(tmp_path / "v")
    forged(tmp_path / "v", tmp_path / "forged", with_tensor("terms.offsets", put(1, 7)))
    with pytest.raises(FormatError, match=r"byte 7 of the strings, where one begins, is in the middle of a character"):
        CountVectorizer.load(tmp_path / "forged").transform(["가나"])


def test_seen_terms_that_are_no_utf8(saved, path):
    vectorizer, whole = saved["tfidf"]
    forged(whole, path, with_tensor("seen.blob", put(0, 0xFF)))
    with pytest.raises(FormatError, match=r"byte [\d,]+: its tensor 'seen.blob': byte 0 of the strings is not valid"):
        type(vectorizer).load(path)


@pytest.mark.parametrize(("words", "number"), [("b a c", 1), ("a c b", 2), ("a b b", 2), ("b b c", 1)])
def test_terms_to_go_on_from_are_in_order_and_all_different(tmp_path, words, number):
    forge = np.frombuffer(words.replace(" ", "").encode(), np.uint8)
    for name, vectorizer in {
        "terms": CountVectorizer(tokenizer="whitespace").partial_fit(["a b c"]),
        "seen": CountVectorizer(tokenizer="whitespace", min_df=2).partial_fit(["a b c", "a"]),
    }.items():
        vectorizer.save(tmp_path / name)
        forged(tmp_path / name, tmp_path / "forged", with_tensor(f"{name}.blob", put(slice(None), forge)))
        message = rf"byte [\d,]+: its tensor '{name}.blob' is out of order: term {number} does not come after the one"
        with pytest.raises(FormatError, match=message):
            CountVectorizer.load(tmp_path / "forged")
        (tmp_path / "forged").unlink()


@pytest.mark.parametrize("name", ["tfidf", "count", "fasttext"])
@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(data=st.data())
def test_any_header(saved, tmp_path_factory, name, data):
    """Whatever its header says, a file is refused as such, or opened."""
    vectorizer, whole = saved[name]
    path = tmp_path_factory.getbasetemp() / "forged.textrep"
    spared = ("buckets", "vector_size")  # of which a large one is no lie
    forged(whole, path, any_value_in_the_header(data, WORDS, KEYS, spared))
    opened = read_or_refused(path, lambda: type(vectorizer).load(path))
    assert opened is None or type(opened) is type(vectorizer)


# ---------------------------------------------------------------------------------------------- other files


def test_the_class_is_named_that_can_open_it(saved):
    for name, (vectorizer, path) in saved.items():
        for other in KINDS.values():
            if other.cls is not type(vectorizer):
                message = (
                    rf"{name}, byte 8: it holds a {type(vectorizer).__name__}, not a {other.cls.__name__}; open it "
                )
                with pytest.raises(FormatError, match=message + f"with {type(vectorizer).__name__}.load"):
                    other.cls.load(path)


def test_a_store_is_no_vectorizer_and_a_vectorizer_no_store(one, path):
    vectorizer, whole = one
    embed_documents(TEXTS, "count").save(path)  # though it carries one
    with pytest.raises(
        FormatError, match=r"v\.textrep is a store, not a vectorizer \(its header, at byte 8, says so\)"
    ):
        type(vectorizer).load(path)
    for read in (EmbeddingStore.open, EmbeddingStore.load):
        with pytest.raises(FormatError, match=r"is a vectorizer, not a store \(its header, at byte 8, says so\)"):
            read(whole)


@pytest.mark.parametrize("cls", [TfidfVectorizer, Word2VecVectorizer])
def test_files_of_others(cls, path):
    with pytest.raises(StoreNotFoundError, match=r"there is no file .*v\.textrep"):
        cls.load(path)
    with pytest.raises(FormatError, match="is a folder, not a file that textrep saved"):
        cls.load(path.parent)
    for content in (b"", b"words and words\n" * 20, b"\x80\x04\x95\x0b\0\0\0\0\0\0\0\x8c\x07textrep\x94.", b"{}" * 80):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=place_in(path)):
            cls.load(os.fspath(path))


def test_a_newer_version_is_named(saved, path):
    _, whole = saved["tfidf"]
    path.write_bytes(whole.read_bytes())
    rewrite(path, change_inner=lambda inner: inner.update(format_version=2))
    with pytest.raises(
        FormatError, match=r"v\.textrep has, at byte 8, format version 2, which textrep .* does not know"
    ):
        TfidfVectorizer.load(path)


class Others(SavedVectorizer):
    """A vectorizer of another distribution; what it saves, textrep's own classes cannot open."""

    def saved(self):
        from textrep.store.file import Saved

        return Saved({"method": "others"}, {"numbers": np.arange(3)})


def test_plug_ins_are_not_opened(path):
    Others().save(path)
    with pytest.raises(FormatError, match="of the method 'others', which this textrep does not know"):
        Others.load(path)


# ------------------------------------------------------------------------------------------------------- saving


def test_only_a_vectorizer_is_replaced(one, path):
    vectorizer, _ = one
    for write in (
        lambda: path.write_text("important"),
        lambda: (path.unlink(), EmbeddingStore.from_vectors(["a"], [[1.0]]).save(path)),
    ):
        write()
        before = path.read_bytes()
        with pytest.raises(
            StoreExistsError, match=r"v\.textrep exists and is not overwritten, because a vectorizer can"
        ):
            vectorizer.save(path)
        assert path.read_bytes() == before
    with pytest.raises(FileExistsError, match="is a folder"):
        vectorizer.save(path.parent)
    path.unlink()
    OneHotVectorizer().fit(["other"]).save(path)
    vectorizer.save(os.fspath(path))  # one vectorizer takes the place of any other
    same(type(vectorizer).load(path).transform(TEXTS), vectorizer.transform(TEXTS))
    with pytest.raises(StoreExistsError, match=r"because a store can replace only a store: .* is a vectorizer"):
        EmbeddingStore.from_vectors(["a"], [[1.0]]).save(path)
    assert [entry.name for entry in path.parent.iterdir()] == ["v.textrep"]


def test_where_nothing_can_be_written(saved, path):
    vectorizer, _ = saved["count"]
    with pytest.raises(StoreNotFoundError, match=r"cannot be saved: there is no folder .*missing"):
        vectorizer.save(path.parent / "missing" / "v.textrep")
    path.write_text("a file")
    with pytest.raises(StoreNotFoundError, match="cannot be saved: there is no folder"):
        vectorizer.save(path / "v.textrep")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write to")
def test_a_folder_that_cannot_be_written_to(saved):
    vectorizer, _ = saved["count"]
    with pytest.raises(OSError, match="cannot be written") as refusal:
        vectorizer.save("/proc/self/v.textrep")
    assert refusal.value.filename == "/proc/self/v.textrep"


@pytest.mark.parametrize("function", ["write", "fsync", "replace"])
def test_a_failed_save_leaves_the_old_file_and_no_other(one, path, monkeypatch, function):
    vectorizer, _ = one
    OneHotVectorizer().fit(["old"]).save(path)
    before = path.read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, function, fail)
        with pytest.raises(OSError, match="No space left"):
            vectorizer.save(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["v.textrep"]
    assert list(OneHotVectorizer.load(path).vocabulary_) == ["old"]


def test_an_opened_one_does_not_notice_that_its_file_is_replaced(one, path):
    vectorizer, _ = one
    vectorizer.save(path)
    opened = type(vectorizer).load(path)
    CountVectorizer().fit(["quite other words"]).save(path)
    same(opened.transform(TEXTS), vectorizer.transform(TEXTS))
    path.unlink()
    same(opened.transform(TEXTS), vectorizer.transform(TEXTS))
    if isinstance(opened, FastTextVectorizer):
        assert opened.transform(["catty"]).any()


def test_what_is_wrong_stands_at_the_place_that_is_named(saved, path):
    """The byte of the message is the first that differs."""
    _, whole = saved["tfidf"]
    begin = open_container(whole).start_of("terms.blob")
    data = bytearray(whole.read_bytes())
    data[begin + 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(FormatError, match=rf"at byte {begin:,}: checksums differ for {re.escape('terms.blob')} "):
        TfidfVectorizer.load(path)
