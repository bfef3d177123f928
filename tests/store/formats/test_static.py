"""Folders of static embeddings: what model2vec and sentence-transformers look for in them."""

from __future__ import annotations

import json
import unicodedata

import numpy as np
import pytest
from safetensors import safe_open

from textrep import EmbeddingStore, FormatError, StoreExistsError, get_tokenizer
from textrep.errors import StoreNotFoundError
from textrep.store.formats.base import Head
from textrep.store.formats.static import STATIC, sizes_of
from textrep.store.subwords import SubwordTable
from textrep.text.subwords import Subwords

KEYS = ["king", "queen", "왕", "été", "3"]
VECTORS = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
TEXTS = [
    "The KING, and 3 queens; 왕은 왕 Été e\u0301te\u0301",
    "",
    " \u3000\u00a0queen\n3.5 _king_ ²½٣ \u0301x",
    unicodedata.normalize("NFD", "왕 été 왕국"),
    "Ǆungla İstanbul straße 😀 king\u0301s",
]


def make(tokenizer="word", keys=KEYS, **more):
    return EmbeddingStore.from_vectors(keys, VECTORS, tokenizer=get_tokenizer(tokenizer), **more)


def written(tmp_path, store):
    STATIC.write(store, tmp_path / "static")
    return tmp_path / "static"


def content(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_the_files_and_their_keys(tmp_path):
    folder = written(tmp_path, make())
    names = ["config.json", "model.safetensors", "modules.json", "tokenizer.json"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert content(folder, "modules.json") == [
        {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}
    ]
    config = content(folder, "config.json")
    assert {"model_type": "model2vec", "hidden_dim": 4, "normalize": False}.items() <= config.items()
    assert config["embedding_dtype"] == "float32"


def test_a_row_for_each_key_and_zeros_for_all_other_words(tmp_path):
    folder = written(tmp_path, make())
    with safe_open(folder / "model.safetensors", "numpy") as file:
        assert list(file.keys()) == ["embeddings"]
        rows = file.get_tensor("embeddings")
    vocabulary = content(folder, "tokenizer.json")["model"]["vocab"]
    assert rows.dtype == np.float32
    assert rows.shape == (6, 4)
    for key, vector in zip(KEYS, VECTORS, strict=True):
        np.testing.assert_array_equal(rows[vocabulary[key]], vector)
    assert not rows[vocabulary["[UNK]"]].any()
    assert sorted(vocabulary.values()) == list(range(6))


def test_many_vectors_are_written_in_pieces(tmp_path):
    vectors = np.random.default_rng(1).standard_normal((9000, 3)).astype(np.float32)
    folder = written(tmp_path, EmbeddingStore.from_vectors([f"w{i}" for i in range(9000)], vectors))
    with safe_open(folder / "model.safetensors", "numpy") as file:
        np.testing.assert_array_equal(file.get_tensor("embeddings")[:-1], vectors)


def test_vectors_of_subwords_are_composed(tmp_path):
    table = SubwordTable(Subwords(min_n=2, max_n=3, buckets=7), None, np.ones((7, 4), np.float32))
    with safe_open(written(tmp_path, make(subwords=table)) / "model.safetensors", "numpy") as file:
        np.testing.assert_array_equal(file.get_tensor("embeddings")[:-1], VECTORS)


def test_a_key_that_is_called_unknown_keeps_its_vector(tmp_path):
    folder = written(tmp_path, make(keys=["[UNK]", "<unk>", "c", "d", "e"]))
    model = content(folder, "tokenizer.json")["model"]
    assert model["unk_token"] == "[UNKNOWN]"
    assert (model["vocab"]["[UNK]"], model["vocab"]["<unk>"], model["vocab"]["[UNKNOWN]"]) == (0, 1, 5)
    with pytest.raises(FormatError, match=r"\[UNK\], <unk>, \[UNKNOWN\] are keys, so that none of them can stand"):
        STATIC.write(make(keys=["[UNK]", "<unk>", "[UNKNOWN]", "d", "e"]), tmp_path / "x")


@pytest.mark.parametrize(
    ("tokenizer", "normalizer", "splitting"),
    [
        (get_tokenizer("word"), ["NFC", "Lowercase"], r"[\p{L}\p{N}_]{1,}"),
        (get_tokenizer("word", 2), ["NFC", "Lowercase"], r"[\p{L}\p{N}_]{2,}"),
        (get_tokenizer("char"), ["NFC", "Lowercase"], r"\S"),
        (get_tokenizer("whitespace", 3), None, r"\S{3,}"),
        (get_tokenizer("whitespace"), None, None),
    ],
)
def test_the_tokenizer(tmp_path, tokenizer, normalizer, splitting):
    saved = content(written(tmp_path, make(tokenizer)), "tokenizer.json")
    if normalizer is None:
        assert saved["normalizer"] is None
    else:
        assert saved["normalizer"]["type"] == "Sequence"
        assert [each["type"] for each in saved["normalizer"]["normalizers"]] == normalizer
    if splitting is None:
        assert saved["pre_tokenizer"] == {"type": "WhitespaceSplit"}
    else:  # what matches is kept
        wanted = {"type": "Split", "pattern": {"Regex": splitting}, "behavior": "Removed", "invert": True}
        assert saved["pre_tokenizer"] == wanted
    assert saved["model"]["type"] == "WordLevel"


@pytest.mark.parametrize("name", ["word", "whitespace", "char"])
@pytest.mark.parametrize("least", [1, 2])
def test_the_tokenizers_library_splits_texts_as_the_store_does(tmp_path, name, least):
    tokenizers = pytest.importorskip("tokenizers")
    if name == "char" and least == 2:
        pytest.skip("no character has two")
    tokenizer = get_tokenizer(name, least)
    keys = sorted({token for text in TEXTS for token in tokenizer(text)})
    store = EmbeddingStore.from_vectors(keys, np.ones((len(keys), 2)), tokenizer=tokenizer)
    theirs = tokenizers.Tokenizer.from_file(str(written(tmp_path, store) / "tokenizer.json"))
    for text in TEXTS:
        assert theirs.encode(text).tokens == tokenizer(text)
    assert theirs.encode("ゆゆ").ids[-1] == len(keys)


def test_model2vec_gives_the_mean_of_the_vectors(tmp_path):
    model2vec = pytest.importorskip("model2vec")
    model = model2vec.StaticModel.from_pretrained(str(written(tmp_path, make())))
    np.testing.assert_allclose(model.encode("King unbekannt 왕!"), VECTORS[[0, 2]].mean(axis=0), rtol=1e-6)


def test_tokenizers_that_it_cannot_say_are_refused(tmp_path):
    with pytest.raises(FormatError, match=r"'callable', cannot be expressed .* make a store with tokenizer="):
        STATIC.write(make(str.split), tmp_path / "static")
    assert not list(tmp_path.iterdir())


def test_without_a_tokenizer_texts_are_split_at_white_space(tmp_path):
    saved = content(written(tmp_path, EmbeddingStore.from_vectors(KEYS, VECTORS)), "tokenizer.json")
    assert (saved["normalizer"], saved["pre_tokenizer"]) == (None, {"type": "WhitespaceSplit"})


def test_it_is_not_read(tmp_path):
    assert STATIC.read is None
    folder = written(tmp_path, make())
    assert STATIC.matches(Head(folder, "static", b""))
    with pytest.raises(FormatError, match=r"static: textrep writes static embeddings, but does not read them; use the"):
        EmbeddingStore.load(folder)
    (folder / "tokenizer.json").unlink()
    assert not STATIC.matches(Head(folder, "static", b""))
    with pytest.raises(FormatError, match="is a folder, not a file of vectors"):
        EmbeddingStore.load(folder)


# --------------------------------------------------------------------------------------------- whole or not at all


def test_an_empty_folder_is_used_and_any_other_thing_left_alone(tmp_path):
    (tmp_path / "static").mkdir()
    folder = written(tmp_path, make())
    before = (folder / "config.json").read_bytes()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("static", "file", "link"):
        with pytest.raises(StoreExistsError, match=rf"{name} exists and is not overwritten; choose another name"):
            STATIC.write(make(), tmp_path / name)
    assert (folder / "config.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link", "static"]
    with pytest.raises(StoreNotFoundError, match=r"x cannot be written: there is no folder .*nowhere"):
        STATIC.write(make(), tmp_path / "nowhere" / "x")


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    from textrep.store.formats import static

    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(static, "_config", fail)
    with pytest.raises(OSError, match="no space left"):
        STATIC.write(make(), tmp_path / "static")
    assert not list(tmp_path.iterdir())


def test_a_store_without_words_is_refused(tmp_path):
    with pytest.raises(FormatError, match="this store has no words"):
        STATIC.write(EmbeddingStore.from_vectors([], np.ones((0, 2))), tmp_path / "static")


def test_a_folder_that_textrep_wrote_is_known_again(tmp_path):
    folder = written(tmp_path, make())
    assert sizes_of(folder) == (len(KEYS), make().dim)
    config = json.loads((folder / "config.json").read_text())
    for content in ({**config, "tokenizer_name": "other"}, {}, []):
        (folder / "config.json").write_text(json.dumps(content))
        assert sizes_of(folder) is None
    assert sizes_of(tmp_path) is None


def test_all_files_are_synced(tmp_path, monkeypatch):
    from textrep.store.formats import static

    synced = []
    monkeypatch.setattr(static.os, "fsync", lambda fd: synced.append(static.os.fstat(fd).st_ino))
    folder = written(tmp_path, make())
    assert {path.stat().st_ino for path in [folder, tmp_path, *folder.iterdir()]} == set(synced)
