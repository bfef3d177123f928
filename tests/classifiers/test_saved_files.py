"""Files of classifiers that are damaged, of another kind or of a newer textrep; and files that cannot be written."""

from __future__ import annotations

import os

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
from hypothesis import given
from hypothesis import strategies as st
from saved_models import VARIANTS, answers, fitted, new_rows

from textrep import (
    EmbeddingStore,
    FeedForwardClassifier,
    FormatError,
    RecurrentClassifier,
    RecurrentTagger,
    StoreExistsError,
    StoreNotFoundError,
    TfidfVectorizer,
)
from textrep.classifiers.saved import load, save
from textrep.container import open_container

# One of each class and form; the others differ in the sizes and names of what is in them.
SOME = ["named columns", "TF-IDF", "frozen RNN", "LSTM", "tagger", "tagger with subwords"]
WORDS, KEYS = ("", "word", "single", "lists", "object", "str", "lstm", "BIO", "cuda"), ("tuple", "a")  # for headers


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the file of each model."""
    folder = tmp_path_factory.mktemp("saved")
    for name in VARIANTS:
        save(fitted(name), folder / name)
    return {name: folder / name for name in VARIANTS}


@pytest.fixture(params=SOME)
def whole(request, files):
    return files[request.param]


# ------------------------------------------------------------------------------------------------------ damaged


def test_truncated_files(whole, path):
    check_shortened(whole, 200, path, load)


@pytest.mark.parametrize("name", SOME)
@given(data=st.data())
def test_altered_bytes(files, tmp_path_factory, name, data):
    check_altered_bytes(data, files[name], tmp_path_factory.getbasetemp() / "altered.textrep", load)


def test_bytes_cut_out_or_put_in(whole, path):
    check_bytes_cut_out_or_put_in(whole, 40, path, load)


def within(part, **values):
    return lambda header, tensors: header[part].update(values)


def labels(kind, *values):
    return with_values(classes={"type": kind, "labels": list(values)})


WEIGHT = "network.first.weight"
FEEDFORWARD = {
    "no class": (without("class"), "its header has None for 'class'"),
    "another class": (with_values(**{"class": "TransformerTagger"}), "holds a 'TransformerTagger', which this textrep"),
    "a class that fits not": (with_values(**{"class": "RecurrentTagger"}), "cannot be made again"),
    "no parameters": (without("parameters"), "its header has None for 'parameters'"),
    "a newer parameter": (with_parameters(heads=8), "cannot be made again: .*unexpected keyword .*'heads'"),
    "a newer activation": (with_parameters(activation="gelu"), "cannot be made again: activation must be one of"),
    "other sizes": (with_parameters(hidden_layer_sizes={"tuple": [5]}), r"'network.first.weight' is float32 \[5, 4\]"),
    "one layer more": (with_parameters(hidden_layer_sizes={"tuple": [4, 4]}), "weights are not those of its layers"),
    "a huge layer": (with_parameters(hidden_layer_sizes=[1 << 30]), "cannot be made again"),
    "a large layer": (with_parameters(hidden_layer_sizes=[1 << 16]), "describe more weights than there are"),
    "sizes of text": (with_parameters(hidden_layer_sizes="abc"), "cannot be made again: hidden_layer_sizes must be"),
    "a parameter of an unknown type": (with_parameters(l1={"complex": [1, 2]}), "stands for no value that is known"),
    "no classes": (without("classes"), "its header has None for 'classes'"),
    "classes of no type": (labels("complex64", 1, 2, 3), "cannot be made again: its classes are"),
    "no class at all": (labels("object"), "cannot be made again: its classes are"),
    "a class twice": (labels("str", "a", "a", "b"), "cannot be made again: a class is there twice"),
    "classes of another type": (labels("int64", 1, 2, 3.5), "cannot be made again: its classes are no int64"),
    "classes that are no labels": (labels("object", [1], "a", "b"), "cannot be made again"),
    "classes too large": (labels("int8", 1, 2, 1000), "cannot be made again"),
    "one class more": (labels("str", "a", "b", "c", "d"), r"'network.rest.1.weight' is float32 \[3, 4\], not"),
    "two classes": (labels("str", "a", "b"), r"'network.rest.1.weight' is float32 \[3, 4\], not float32 \[1, 4\]"),
    "a newer kind of labels": (with_values(labels="ranked"), "its header has 'ranked' for 'labels'"),
    "no history": (with_values(history={}), r"its header has \{\} for 'history'"),
    "odd history": (with_values(history=[{"epoch": "1"}]), r"its header has \{'epoch': '1'\} in 'history'"),
    "a negative epoch": (with_values(best_epoch=-1), "its header has -1 for 'best_epoch'"),
    "an odd switch": (with_values(interrupted=1), "its header has 1 for 'interrupted'"),
    "true for a number": (with_values(n_features=True), "its header has True for 'n_features'"),
    "more columns": (with_values(n_features=6), "it names 5 of 6 columns"),
    "no weights": (without(WEIGHT), "its weights are not those of its layers: first.weight"),
    "weights of 8 bytes": (with_tensor(WEIGHT, np.float64), r"'network.first.weight' is float64 \[5, 4\], not float32"),
    "weights across": (with_tensor(WEIGHT, np.transpose), r"'network.first.weight' is float32 \[4, 5\], not"),
    "a weight that is NaN": (with_tensor(WEIGHT, put((0, 0), np.nan)), "'network.first.weight' has weights that"),
    "other weights": (lambda header, tensors: tensors.update({"network.x": np.zeros(3)}), "not those of its layers: x"),
    "names cut": (with_tensor("features.offsets", lambda offsets: offsets[:-1]), "'features.offsets' does not ascend"),
}  # fmt: skip
PIPELINE = {
    "no vectorizer": (without("vectorizer"), "its header has no part 'vectorizer'"),
    "a newer vectorizer": (within("vectorizer", method="bm25"), "of the method 'bm25', which this textrep does not"),
    "no names": (with_values(steps=5), "its header has 5 for 'steps'"),
    "one name": (with_values(steps=["a"]), r"its header has \['a'\] for 'steps'"),
    "the same name": (with_values(steps=["a", "a"]), r"its header has \['a', 'a'\] for 'steps'"),
}
FROZEN = {
    "no words": (without("words"), "its header has no part 'words'"),
    "no table": (without("words.table.blob"), "it has no tensor 'table.blob'"),
    "no index": (with_tensor("words.table.slots", np.zeros_like), "'table.slots' is no index of"),
    "counts below 0": (with_tensor("words.counts", put(0, -1)), "'counts' has -1 to .*; counts begin at 0"),
    "more counts": (with_tensor("words.counts", lambda n: np.append(n, 1)), "'counts' is int64"),
    "no store": (within("words", has_store=False), "cannot be made again"),
    "a store of what?": (within("words", store={}), "it is a store of layout None"),
    "no store's vectors": (without("words.store.vectors"), "it has no tensor 'vectors'"),
    "another store": (with_tensor("words.store.vectors", lambda v: v[:, :3]), r"'vectors' is float32 \[9, 3\]"),
    "a newer tokenizer": (with_values(tokenizer={"name": "bpe"}), "cannot be made again: the saved tokenizer .*bpe"),
    "no tokenizer": (with_values(tokenizer=None), "its header has None for 'tokenizer'"),
    "a newer cell": (with_parameters(cell="qrnn"), "cannot be made again: cell must be one of"),
    "another cell": (with_parameters(cell="gru"), r"'network.encoder.to_right.0.weight_ih_l0' is float32 \[3, 4\]"),
    "many layers": (with_parameters(num_layers=1 << 30), r"it has \d+ tensors of weights for 1,073,741,824 layers"),
    "more layers": (with_parameters(num_layers=9), "describe more weights than|are not those of its layers"),
    "no layers": (with_parameters(num_layers=0), "cannot be made again: num_layers"),
    "a newer pooling": (with_parameters(pooling="median"), "cannot be made again: pooling must be one of"),
    "a function": (with_parameters(tokenizer={"tokenizer_object": {"name": "callable", "callable": "os.system"}}),
                   "is no tokenizer that textrep knows by name"),
}  # fmt: skip
LEARNED = {
    "frozen without a store": (with_parameters(fine_tune=False), "cannot be made again: fine_tune=False freezes"),
    "long vectors": (with_parameters(vector_size=5), r"'network.embedding.words' is float32 \[\d+, 4\]"),
    "huge vectors": (with_parameters(vector_size=1 << 33), "describe more weights|cannot be made again"),
    "a huge state": (with_parameters(hidden_size=1 << 33), "describe more weights|cannot be made again"),
}
TAGGER = {
    "a newer scheme": (with_values(scheme="BIOX"), "cannot be made again: .*BIOX"),
    "another scheme": (labels("str", "X", "Y", "B-PER", "O"), "cannot be made again: .*'X'"),
    "scheme of a number": (with_values(scheme=3), "its header has 3 for 'scheme'"),
    "no alphabet": (with_values(alphabet=None), "its weights are not those of its layers: characters"),
    "a shorter alphabet": (with_values(alphabet="ab"), r"'network.characters.characters.weight' is float32"),
    "an alphabet with a letter twice": (with_values(alphabet="aba"), "its alphabet has a character twice"),
    "no chain": (without("network.head.chain.start"), "its weights are not those of its layers: head.chain.start"),
}  # fmt: skip
CASES = {
    "named columns": FEEDFORWARD,
    "TF-IDF": PIPELINE,
    "frozen RNN": FROZEN,
    "LSTM": LEARNED,
    "tagger": TAGGER,
}


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in CASES.items() for case in cases])
def test_files_that_do_not_make_sense(files, path, name, case):
    """What a newer textrep may write, or somebody who means harm."""
    change, message = CASES[name][case]
    forged(files[name], path, change)
    with pytest.raises(FormatError, match=rf"(?s)m\.textrep.*\bbyte [\d,]+: .*({message})"):
        load(path)


@pytest.mark.parametrize("name", [*SOME, "pooled vectors"])
def test_every_tensor_is_checked(files, path, name):
    """Each one, left out, of another type, or of another shape."""
    for tensor in open_container(files[name]).tensors:
        optional = tensor.startswith("features.") or tensor.endswith((".counts", ".document_frequency", "slots"))
        changes = [] if optional else [without(tensor)]
        changes.append(with_tensor(tensor, lambda array: array.astype(np.int16)))
        changes.append(with_tensor(tensor, lambda array: array[None]))
        for change in changes:
            forged(files[name], path, change)
            with pytest.raises(FormatError, match=place_in(path)):
                load(path)


@pytest.mark.parametrize("name", SOME)
@pytest.mark.filterwarnings("ignore:.*device:UserWarning")
@given(data=st.data())
def test_any_header(files, tmp_path_factory, name, data):
    """Whatever its header says, a file is refused as such, or opened."""
    path = tmp_path_factory.getbasetemp() / "forged.textrep"
    forged(files[name], path, any_value_in_the_header(data, WORDS, KEYS))
    opened = read_or_refused(path, lambda: load(path))
    assert opened is None or type(opened) is type(fitted(name))


# ---------------------------------------------------------------------------------------------- other files


def test_the_class_is_named_that_can_open_it(files):
    classes = (FeedForwardClassifier, RecurrentClassifier, RecurrentTagger)
    for name in SOME:
        model = fitted(name)
        kind = type(model).__name__
        how = "textrep.classifiers.load" if kind == "Pipeline" else f"{kind}.load"
        for other in classes:
            if other is not type(model):
                message = rf"{name}, byte 8: it holds a {kind}, not a {other.__name__}; open it with {how}"
                with pytest.raises(FormatError, match=message):
                    other.load(files[name])


def test_stores_and_vectorizers_are_no_classifiers(path, files):
    EmbeddingStore.from_vectors(["a"], [[1.0]]).save(path)
    with pytest.raises(
        FormatError, match=r"m\.textrep is a store, not a classifier or a tagger \(its header, at byte 8"
    ):
        load(path)
    path.unlink()
    TfidfVectorizer().fit(["a b"]).save(path)
    with pytest.raises(FormatError, match=r"m\.textrep is a vectorizer, not a classifier or a tagger"):
        RecurrentTagger.load(path)
    with pytest.raises(FormatError, match=r"is a classifier, not a store \(its header, at byte 8, says so\)"):
        EmbeddingStore.open(files["GRU of a store"])
    with pytest.raises(FormatError, match=r"is a classifier, not a vectorizer"):
        TfidfVectorizer.load(files["TF-IDF"])


def test_files_of_others(path):
    with pytest.raises(StoreNotFoundError, match=r"there is no file .*m\.textrep"):
        load(path)
    with pytest.raises(FormatError, match="is a folder, not a file that textrep saved"):
        load(path.parent)
    for content in (
        b"",
        b"words and words\n" * 20,
        b"\x80\x04\x95\x0b\0\0\0\0\0\0\0\x8c\x07textrep\x94.",
        b"PK\3\4" * 80,
    ):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=place_in(path)):
            load(os.fspath(path))


def test_a_newer_version_is_named(whole, path):
    path.write_bytes(whole.read_bytes())
    rewrite(path, change_inner=lambda inner: inner.update(format_version=2))
    with pytest.raises(
        FormatError, match=r"m\.textrep has, at byte 8, format version 2, which textrep .* does not know"
    ):
        load(path)


# ------------------------------------------------------------------------------------------------------- saving


@pytest.mark.parametrize("name", ["feedforward", "TF-IDF", "tagger"])
def test_only_its_own_kind_is_replaced(name, path, files):
    model, kind = fitted(name), "tagger" if name == "tagger" else "classifier"
    other = files["LSTM" if name == "tagger" else "tagger"].read_bytes()
    for content in (b"important", other):
        path.write_bytes(content)
        with pytest.raises(
            StoreExistsError, match=rf"m\.textrep exists and is not overwritten, because a {kind} can replace only"
        ):
            save(model, path)
        assert path.read_bytes() == content
    path.write_bytes(files["tagger" if name == "tagger" else "LSTM"].read_bytes())
    save(model, path)  # of one kind, one takes the place of any other
    assert answers(load(path), new_rows(model)) == answers(model, new_rows(model))
    assert [entry.name for entry in path.parent.iterdir()] == ["m.textrep"]
    with pytest.raises(StoreNotFoundError, match=r"cannot be saved: there is no folder .*missing"):
        save(model, path.parent / "missing" / "m.textrep")


@pytest.mark.parametrize("function", ["write", "fsync", "replace"])
@pytest.mark.parametrize("name", ["frozen RNN", "TF-IDF"])
def test_a_failed_save_leaves_the_old_file_and_no_other(name, path, monkeypatch, function, files):
    path.write_bytes(before := files["feedforward"].read_bytes())

    def fail(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, function, fail)
        with pytest.raises(OSError, match="No space left"):
            save(fitted(name), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["m.textrep"]
    assert type(load(path)) is FeedForwardClassifier


def test_an_opened_one_does_not_notice_that_its_file_is_replaced(path):
    model = fitted("frozen RNN")
    rows, wanted = new_rows(model), answers(model, new_rows(model))
    model.save(path)
    opened = load(path)
    fitted("feedforward").save(path)
    assert answers(opened, rows) == wanted
    path.unlink()
    assert answers(opened, rows) == wanted
