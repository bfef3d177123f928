"""fastText's binary files: read as fastText and gensim read them, written so that fastText reads the same vectors."""

from __future__ import annotations

import contextlib
import gzip
import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from bad_files import place_in, read_or_refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textrep import EmbeddingStore, FormatError, UnknownWordError
from textrep.store.formats.base import Head
from textrep.store.formats.fasttext import FASTTEXT
from textrep.store.formats.fasttext_model import read_model
from textrep.store.subwords import SubwordTable
from textrep.text.floret import FloretSubwords
from textrep.text.subwords import Subwords
from textrep.training.settings import FastTextSettings

INTEROP = Path(__file__).parents[3].parent / "shared" / "data" / "interop"
needs_shared = pytest.mark.skipif(not INTEROP.is_dir(), reason="needs the shared data")
WORDS = ["the", "of", "왕", "여왕", "😀d다가f", "a", "x-ray", "der", "가나다라마바사"]
UNSEEN = ["zzz", "abc가", "나나나나나", "다", "e\u0301te", "<a>"]
in_place = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def matrix(rows, dim, seed=0):
    return np.random.default_rng(seed).standard_normal((rows, dim)).astype("<f4")


def model_bytes(
    words=WORDS,
    labels=(),
    dim=3,
    *,
    loss=2,
    model=2,
    bucket=11,
    minn=2,
    maxn=4,
    more=b"",
    magic=True,
    version=12,
    pruned=None,
    n_input=None,
    tail=b"",
):
    """A file as the C++ program writes it; `more` stands after maxn, where forks put their own parameters."""
    data = struct.pack("<ii", 793712314, version) if magic else b""
    data += (
        struct.pack("<11i", dim, 5, 7, 2, 4, 1, loss, model, bucket, minn, maxn) + more + struct.pack("<id", 100, 1e-4)
    )
    data += struct.pack("<iiiq", len(words) + len(labels), len(words), len(labels), 1000)
    if magic:
        data += struct.pack("<q", -1 if pruned is None else len(pruned))
    for entries, kind in ((words, 0), (labels, 1)):
        for i, word in enumerate(entries):
            word = word if isinstance(word, bytes) else word.encode()
            data += word + struct.pack("<Bqb", 0, max(100 - i, 1), kind)
    for pair in pruned or ():
        data += struct.pack("<ii", *pair)
    n_input = len(words) + bucket if n_input is None else n_input
    for seed, rows in enumerate((n_input, len(labels) if model == 3 else len(words))):
        data += b"\0" * magic + struct.pack("<qq", rows, dim) + matrix(rows, dim, seed).tobytes()
    return data + tail


def read(tmp_path, data, errors="strict", name="m.bin"):
    path = tmp_path / name
    path.write_bytes(data)
    return FASTTEXT.read(path, errors)


def vector_of(word, rows, words=WORDS, bucket=11, minn=2, maxn=4):
    """The definition: the mean of a word's own row and those of its n-grams."""
    parts = [words.index(word)] if word in words else []
    text = f"<{word}>"
    for i in range(len(text)):
        for n in range(max(minn, 1), maxn + 1):
            if i + n <= len(text) and word != "</s>" and not (n == 1 and i in (0, len(text) - 1)):
                h = 2166136261
                for byte in text[i : i + n].encode():
                    h = ((h ^ (byte - 256 if byte > 127 else byte) & 0xFFFFFFFF) * 16777619) & 0xFFFFFFFF
                parts.append(len(words) + h % bucket)
    return rows[parts].astype(float).mean(axis=0) if parts else np.zeros(rows.shape[1])


def fasttext_model(tmp_path, supervised=False, words=WORDS, **options):
    """A model of the original program, untrained and with matrices of ours: some of its builds train NaN."""
    fasttext = pytest.importorskip("fasttext")
    text = tmp_path / "text.txt"
    lines = [" ".join(words), *(" ".join(words[: i + 1]) for i in range(len(words)))]
    if supervised:
        lines = [f"__label__{i % supervised} {line}" for i, line in enumerate(lines * supervised)]
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    train = fasttext.train_supervised if supervised else fasttext.train_unsupervised
    options = {"dim": 7, "minCount": 1, "bucket": 300, "epoch": 0, "thread": 1, "verbose": 0, **options}
    model = train(str(text), **options)
    given = model.get_input_matrix(), model.get_output_matrix()
    model.set_matrices(*(matrix(*each.shape, seed) for seed, each in enumerate(given)))
    return model


def saved(model, tmp_path, name="fasttext.bin"):
    model.save_model(str(tmp_path / name))
    return tmp_path / name


def assert_same_vectors(store, model, words):
    for word in words:
        wanted = model.get_word_vector(word)
        if not wanted.any():
            with pytest.raises(UnknownWordError):
                store[word]
        else:
            np.testing.assert_allclose(store[word], wanted, rtol=0, atol=5e-7)


OPTIONS = {
    "skip-gram": {"model": "skipgram"},
    "cbow, hierarchical softmax": {"model": "cbow", "loss": "hs", "minn": 1, "maxn": 3},
    "no n-grams": {"model": "skipgram", "maxn": 0},
    "n-grams of one length, softmax": {"model": "cbow", "loss": "softmax", "minn": 2, "maxn": 2},
}


# ----------------------------------------------------------------------------------------- reading, as fastText does


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_models_of_fasttext_give_the_vectors_that_fasttext_gives(tmp_path, options):
    model = fasttext_model(tmp_path, **options)
    store = FASTTEXT.read(saved(model, tmp_path), "strict")
    assert list(store.keys) == model.get_words()
    assert "</s>" in store
    assert store.counts.tolist() == model.get_words(include_freq=True)[1].tolist()
    assert_same_vectors(store, model, model.get_words() + UNSEEN)
    wanted = np.array([model.get_word_vector(word) for word in model.get_words()])
    np.testing.assert_allclose(store.vectors, wanted, rtol=0, atol=5e-7)
    nearest = model.get_nearest_neighbors("왕", k=3)
    found = store.similar("왕", k=3)
    assert [key for key, _ in found] == [key for _, key in nearest]
    np.testing.assert_allclose([score for _, score in found], [score for score, _ in nearest], atol=1e-6)


def test_gensim_gives_the_same_vectors(tmp_path):
    fasttext_of_gensim = pytest.importorskip("gensim.models.fasttext")
    path = saved(fasttext_model(tmp_path, minn=1, maxn=5), tmp_path)
    store, theirs = FASTTEXT.read(path, "strict"), fasttext_of_gensim.load_facebook_model(str(path)).wv
    assert list(store.keys) == theirs.index_to_key
    words = [*WORDS, *UNSEEN]
    np.testing.assert_allclose(store.vectors_for(words), [theirs[word] for word in words], rtol=0, atol=5e-7)


def test_what_gensim_writes_is_read(tmp_path):
    fasttext_of_gensim = pytest.importorskip("gensim.models.fasttext")
    model = fasttext_of_gensim.FastText([WORDS] * 3, vector_size=5, min_count=1, bucket=50, min_n=2, max_n=4, epochs=1)
    fasttext_of_gensim.save_facebook_model(model, str(tmp_path / "gensim.bin"))
    store = FASTTEXT.read(tmp_path / "gensim.bin", "strict")
    words = [*WORDS, *UNSEEN]
    np.testing.assert_allclose(store.vectors_for(words), [model.wv[word] for word in words], rtol=0, atol=5e-7)


@needs_shared
@pytest.mark.parametrize("name", ["crime-and-punishment", "toy-model"])
def test_golden_files_hold_the_vectors_of_their_text(name):
    store = EmbeddingStore.load(INTEROP / f"{name}.bin")
    lines = (INTEROP / f"{name}.vec").read_text(encoding="utf-8").splitlines()[1:]
    assert list(store.keys) == [line.split(" ")[0] for line in lines]
    wanted = np.array([line.split()[1:] for line in lines], float)
    np.testing.assert_allclose(store.vectors, wanted, rtol=0, atol=5e-6)


@pytest.mark.parametrize("quality", ["words", "n-grams"])
def test_of_supervised_models_words_are_read_and_labels_left_out(tmp_path, quality):
    options = {"wordNgrams": 2} if quality == "words" else {"minn": 2, "maxn": 3, "loss": "ova"}
    model = fasttext_model(tmp_path, supervised=3, **options)
    path = saved(model, tmp_path)
    store = FASTTEXT.read(path, "strict")
    assert list(store.keys) == model.get_words()
    assert read_model(path).labels == model.get_labels()
    assert_same_vectors(store, model, [*model.get_words(), *UNSEEN])
    assert store.context_vectors is None
    assert store.metadata["fasttext"]["architecture"] == "supervised"
    assert store.metadata["labels_dropped"] == 3
    FastTextSettings(**store.metadata["parameters"])  # refuses none


def test_what_a_store_remembers(tmp_path):
    store = read(tmp_path, model_bytes())
    assert store.metadata == {
        "method": "fasttext",
        "parameters": {
            "architecture": "skipgram",
            "vector_size": 3,
            "window": 5,
            "negative": 4,
            "loss": "negative_sampling",
            "epochs": 7,
            "min_count": 2,
            "sample": 1e-4,
            "min_n": 2,
            "max_n": 4,
            "buckets": 11,
            "subwords": "char",
            "tokenizer": "whitespace",
            "min_token_length": 1,
        },
        "total_tokens": 1000,
        "source": {"format": "fasttext", "path": "m.bin"},
    }
    FastTextSettings(**store.metadata["parameters"])
    assert store.counts.tolist() == list(range(100, 100 - len(WORDS), -1))
    assert store.tokenizer("The king's") == ["The", "king's"]
    np.testing.assert_array_equal(store.context_vectors, matrix(len(WORDS), 3, 1))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"minn": 0, "maxn": 2}, {"min_n": 1, "max_n": 2, "buckets": 11}),
        ({"minn": 3, "maxn": 2}, {"max_n": 0}),
        ({"maxn": 0, "bucket": 0}, {"max_n": 0}),
        ({"loss": 3}, {"min_n": 2, "max_n": 4, "buckets": 11}),
    ],
)
def test_parameters_are_those_of_the_rule_and_can_be_trained_with(tmp_path, options, expected):
    metadata = read(tmp_path, model_bytes(**options)).metadata
    parameters = metadata["parameters"]
    assert {name: parameters.get(name) for name in ("min_n", "max_n", "buckets") if name in parameters} == expected
    FastTextSettings(**parameters)
    assert metadata.get("fasttext") == ({"loss": "softmax"} if options.get("loss") == 3 else None)


def test_parameters_that_textrep_does_not_train_with_stand_aside(tmp_path):
    data = model_bytes().replace(struct.pack("<4i", 5, 7, 2, 4), struct.pack("<4i", 0, 0, 0, 0), 1)
    store = read(tmp_path, data)
    assert store.metadata["fasttext"] == {"window": 0, "negative": 0, "epochs": 0, "min_count": 0}
    FastTextSettings(**store.metadata["parameters"])
    FASTTEXT.write(store, tmp_path / "w.bin")
    assert (tmp_path / "w.bin").read_bytes()[:60] == data[:60]


@given(
    words=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9), unique=True),
    unseen=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
    minn=st.integers(0, 4),
    maxn=st.integers(1, 6),
    bucket=st.integers(1, 50),
)
@in_place
def test_vectors_are_what_the_definition_says(tmp_path, words, unseen, minn, maxn, bucket):
    store = read(tmp_path, model_bytes(words, minn=minn, maxn=maxn, bucket=bucket))
    rows = matrix(len(words) + bucket, 3)
    for word in [*words, *unseen]:
        wanted = vector_of(word, rows, words, bucket, minn, maxn)
        if wanted.any():
            np.testing.assert_allclose(store[word], wanted, rtol=0, atol=1e-6)
        else:
            with pytest.raises(UnknownWordError):
                store[word]


def test_many_words_are_read_as_few_are(tmp_path):
    words = [f"w{i}가" for i in range(5000)]
    store = read(tmp_path, model_bytes(words, bucket=100))
    assert store.keys[4321] == "w4321가"
    rows = matrix(5100, 3)
    for word in ("w0가", "w4999가", "새말"):
        np.testing.assert_allclose(store[word], vector_of(word, rows, words, 100), rtol=0, atol=1e-6)


def test_opening_a_large_file_reads_no_matrix(tmp_path):
    """8 GB of rows, which are a hole in the file: reading them would take minutes and all memory."""
    path = tmp_path / "large.bin"
    bucket, dim, n = 20_000_000, 100, len(WORDS)
    head, _, _ = model_bytes(dim=1, bucket=bucket, n_input=0).partition(struct.pack("<qq", 0, 1))
    head = head.replace(struct.pack("<ii", 1, 5), struct.pack("<ii", dim, 5), 1)
    with path.open("wb") as file:
        file.write(head + struct.pack("<qq", n + bucket, dim) + matrix(n, dim).tobytes())
        file.seek(4 * bucket * dim, 1)
        file.write(b"\0" + struct.pack("<qq", n, dim) + bytes(4 * n * dim))
    tracemalloc.start()
    store = FASTTEXT.read(path, "strict")
    np.testing.assert_allclose(store["왕"], matrix(n, dim)[2] / (1 + 3), rtol=1e-6)  # <왕, 왕>, <왕>
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize("options", [{}, {"maxn": 0}], ids=["n-grams", "none"])
def test_a_compressed_file_is_read_like_a_plain_one(tmp_path, options):
    plain = read(tmp_path, model_bytes(**options))
    other = read(tmp_path, gzip.compress(model_bytes(**options)), name="m.bin.gz")
    np.testing.assert_array_equal(plain.vectors, other.vectors)
    assert list(plain.keys) == list(other.keys)


@pytest.mark.parametrize("options", [{}, {"maxn": 0}], ids=["n-grams", "none"])
def test_a_store_of_it_is_saved_and_opened(tmp_path, options):
    store = read(tmp_path, model_bytes(**options))
    store.save(tmp_path / "s.textrep")
    opened = EmbeddingStore.open(tmp_path / "s.textrep")
    np.testing.assert_array_equal(opened.vectors, store.vectors)
    np.testing.assert_array_equal(opened.norms, store.norms)
    if not options:
        np.testing.assert_array_equal(opened["새말"], store["새말"])
    assert opened.similar("왕", 3) == store.similar("왕", 3)


# --------------------------------------------------------------------------------------------------- other layouts


def test_the_older_layout_without_magic_number(tmp_path):
    store = read(tmp_path, model_bytes(magic=False))
    rows = matrix(len(WORDS) + 11, 3)
    for word in [*WORDS, *UNSEEN]:
        np.testing.assert_allclose(store[word], vector_of(word, rows), rtol=0, atol=1e-6)
    gensim = pytest.importorskip("gensim.models.fasttext")
    theirs = gensim.load_facebook_model(str(tmp_path / "m.bin")).wv
    np.testing.assert_allclose(store.vectors_for(UNSEEN), [theirs[word] for word in UNSEEN], rtol=0, atol=1e-6)


@pytest.mark.parametrize("options", [{"magic": False}, {"version": 11}], ids=["without magic number", "version 11"])
def test_old_supervised_models_have_no_n_grams_whatever_they_say(tmp_path, options):
    store = read(tmp_path, model_bytes(labels=["__label__a", "__label__b"], model=3, **options))
    np.testing.assert_array_equal(store.vectors, matrix(len(WORDS) + 11, 3)[: len(WORDS)])
    assert list(store.keys) == WORDS
    assert store.subwords is None


def test_version_11_of_other_models_is_like_version_12(tmp_path):
    store, same = read(tmp_path, model_bytes(version=11)), read(tmp_path, model_bytes())
    np.testing.assert_array_equal(store.vectors, same.vectors)
    np.testing.assert_array_equal(store["새말"], same["새말"])


def test_files_of_floret_in_fasttexts_mode(tmp_path):
    store = read(tmp_path, model_bytes(more=struct.pack("<ii", 1, 1)))
    np.testing.assert_array_equal(store.vectors, read(tmp_path, model_bytes()).vectors)


def test_files_of_floret_in_its_own_mode(tmp_path):
    store = read(tmp_path, model_bytes(more=struct.pack("<ii", 2, 3)))
    rule = FloretSubwords(min_n=2, max_n=4, buckets=11, hash_count=3)
    assert store.subwords.rule == rule
    rows = matrix(len(WORDS) + 11, 3)[len(WORDS) :].astype(float)
    for word in [*WORDS, *UNSEEN]:
        wanted = np.mean([rows[row] for part in rule(word) for row in rule.rows_of_part(part)], axis=0)
        np.testing.assert_allclose(store[word], wanted, rtol=0, atol=1e-6)


def test_the_jamo_fork_is_recognised_and_refused(tmp_path):
    data = model_bytes(more=struct.pack("<Bii", ord("e"), 3, 5))
    path = tmp_path / "jamo.bin"
    path.write_bytes(data)
    model = read_model(path)
    assert (model.layout, chr(model.arguments.empty_coda)) == ("jamo", "e")
    assert (model.arguments.minjn, model.arguments.maxjn, model.arguments.lr_update_rate) == (3, 5, 100)
    np.testing.assert_array_equal(model.input, matrix(len(WORDS) + 11, 3))
    with pytest.raises(
        FormatError, match=r"jamo\.bin, byte 8: it is of a fork of fastText for Korean jamo\. .* load those"
    ):
        FASTTEXT.read(path, "strict")


@pytest.mark.parametrize("version", [13, 10, -1])
def test_unknown_versions_are_refused_by_number(tmp_path, version):
    with pytest.raises(
        FormatError, match=rf"m\.bin, byte 4: it has fastText's format version {version}; textrep knows 11 and 12"
    ):
        read(tmp_path, model_bytes(version=version))


def test_files_are_told_by_their_content(tmp_path):
    def matches(data):
        return FASTTEXT.matches(Head(tmp_path / "x", "x", data[: 1 << 16]))

    assert matches(model_bytes())
    assert matches(model_bytes(magic=False))
    for other in (b"", b"\0\0", b"3 2\nthe 1 2\n" * 20, b"\x1f\x8b" * 60, bytes(200), bytes(range(256))):
        assert not matches(other)


# ------------------------------------------------------------------------------------------------ words that are wrong


def test_words_that_are_not_utf8(tmp_path):
    words = [*WORDS, b"caf\xe9", "왕".encode()[:2]]
    data = model_bytes(words)
    place = data.index(b"\xe9")
    with pytest.raises(FormatError, match=rf"byte {place:,}: the word b'caf\\xe9' is not valid UTF-8 .*backslash"):
        read(tmp_path, data)
    store = read(tmp_path, data, "backslashreplace")
    assert list(store.keys)[-2:] == ["caf\\xe9", "\\xec\\x99"]
    assert list(read(tmp_path, data, "replace").keys)[-2:] == ["caf\ufffd", "\ufffd"]
    assert list(read(tmp_path, model_bytes([*WORDS, "", b"caf\xe9"]), "ignore").keys)[-2:] == ["", "caf"]
    data = model_bytes([*WORDS, b"\xe9"])
    place = data.index(b"\xe9")
    with pytest.raises(
        FormatError, match=rf"m\.bin, byte {place:,}: nothing of this word is valid UTF-8, so that ignor"
    ):
        read(tmp_path, data, "ignore")


def test_halves_of_a_character_do_not_become_one(tmp_path):
    first, second = "왕".encode()[:1], "왕".encode()[1:]
    with pytest.raises(FormatError, match="is not valid UTF-8"):
        read(tmp_path, model_bytes([first, second]))


@pytest.mark.parametrize("n", [10, 3000], ids=["few", "many"])
def test_words_that_come_twice_are_refused(tmp_path, n):
    words = [f"w{i}" for i in range(n)]
    data = model_bytes([*words[:-1], "w3", "w5"])
    place = data.rindex(b"w3\0")
    with pytest.raises(FormatError, match=rf"byte {place:,}: entry {n:,} of the dictionary is 'w3', which has been"):
        read(tmp_path, data)
    with pytest.raises(FormatError, match=r"is '\ufffd', which has been there before.*keeps them apart"):
        read(tmp_path, model_bytes([*words, b"\xe9", b"\xe8"]), "replace")


# ------------------------------------------------------------------------------------------------------- bad files


def assert_refused_at_every_length(path):
    for n in reversed(range(path.stat().st_size)):
        os.truncate(path, n)
        with pytest.raises(FormatError, match=place_in(path)):
            FASTTEXT.read(path, "strict")


@pytest.mark.parametrize("magic", [True, False], ids=["version 12", "without magic number"])
def test_truncation_at_every_byte(tmp_path, magic):
    path = tmp_path / "m.bin"
    path.write_bytes(model_bytes(["a", "왕"], ["__label__x"], dim=2, bucket=3, model=3, magic=magic))
    assert_refused_at_every_length(path)


@needs_shared
def test_truncation_at_every_byte_of_a_golden_file(tmp_path):
    path = tmp_path / "m.bin"
    path.write_bytes((INTEROP / "toy-model.bin").read_bytes())
    assert_refused_at_every_length(path)


def test_bytes_that_follow_are_refused(tmp_path):
    data = model_bytes()
    with pytest.raises(FormatError, match=rf"byte {len(data):,}: there are 3 bytes too many"):
        read(tmp_path, data + b"abc")


@pytest.mark.parametrize("magic", [True, False])
@given(place=st.integers(0, 400), value=st.integers(0, 255))
@in_place
def test_a_changed_byte_gives_an_error_or_a_store(tmp_path, magic, place, value):
    data = bytearray(model_bytes(WORDS[:4], dim=2, bucket=5, magic=magic))
    data[place % len(data)] = value
    store = read_or_refused(tmp_path / "m.bin", lambda: read(tmp_path, bytes(data)))
    if store is None:
        return
    assert len(store) == 4
    assert store.subwords is None or store.subwords.compose(["새말"]).shape == (1, store.dim)
    with contextlib.suppress(UnknownWordError):
        read_or_refused(tmp_path / "m.bin", lambda: store.similar(store["새말"]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": 3, "n_input": 12}, r"the input matrix has 12 rows of 3 numbers; .* make 20 of 3"),
        ({"loss": 5}, "trained with loss 5; it is no model"),
        ({"model": 0}, "trained with model 0"),
        ({"maxn": 5000}, "trained with maxn 5000"),
        ({"maxn": 65}, "byte 8: it claims to be trained with maxn 65"),
        ({"minn": -1}, "trained with minn -1"),
        ({"bucket": -1, "n_input": 9}, "trained with bucket -1"),
        ({"pruned": [(1, 0)], "n_input": 10}, "pruned, but its matrix not quantised"),
        ({"pruned": [(1, 0), (3, 0)], "n_input": 11}, "rows of the pruned dictionary are not 0, 1, 2"),
    ],
)
def test_headers_that_lie(tmp_path, options, message):
    with pytest.raises(FormatError, match=message):
        read(tmp_path, model_bytes(**options))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (struct.pack("<iii", 9, 9, 0), struct.pack("<iii", 2**31 - 1, 2**31 - 1, 0)),
        (struct.pack("<q", -1), struct.pack("<q", 2**62)),
        (struct.pack("<qq", 20, 3), struct.pack("<qq", 2**60, 3)),
        (struct.pack("<qq", 20, 3), struct.pack("<qq", 2**62, 2**62)),
        (struct.pack("<qq", 20, 3), struct.pack("<qq", -1, 3)),
        (struct.pack("<qq", 20, 3), struct.pack("<qq", 0, 2**62)),
    ],
    ids=["entries", "pruned", "rows", "overflowing rows", "negative rows", "no rows, many columns"],
)
def test_sizes_beyond_the_file_take_no_memory(tmp_path, old, new):
    data = model_bytes()
    assert data.count(old) == 1
    tracemalloc.start()
    with pytest.raises(FormatError, match=r"m\.bin, byte [0-9,]+: "):
        read(tmp_path, data.replace(old, new))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_a_damaged_compressed_file(tmp_path):
    data = gzip.compress(model_bytes())
    with pytest.raises(FormatError, match=r"m\.bin\.gz: .*cut short"):
        read(tmp_path, data[:-10], name="m.bin.gz")


# --------------------------------------------------------------------------------------------------------- writing


def loaded_by_fasttext(store, path):
    fasttext = pytest.importorskip("fasttext")
    FASTTEXT.write(store, path)
    return fasttext.load_model(str(path))


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_what_was_read_is_written_as_it_was(tmp_path, options):
    model = fasttext_model(tmp_path, **options)
    path = saved(model, tmp_path)
    written = loaded_by_fasttext(FASTTEXT.read(path, "strict"), tmp_path / "w.bin")
    assert written.get_words() == model.get_words()
    for word in [*model.get_words(), *UNSEEN]:
        np.testing.assert_array_equal(written.get_word_vector(word), model.get_word_vector(word))
    if options == OPTIONS["skip-gram"]:
        assert (tmp_path / "w.bin").read_bytes() == path.read_bytes()


def store_with_subwords(words=WORDS, rule=None, present=None, **more):
    rule = rule or Subwords(min_n=2, max_n=3, buckets=40)
    rows = matrix(rule.n_rows if present is None else len(present), 5, 8)
    table = SubwordTable(rule, None if present is None else np.array(present, np.int64), rows)
    return EmbeddingStore.from_vectors(words, matrix(len(words), 5, 9), subwords=table, **more)


@pytest.mark.parametrize("present", [None, [0, 3, 4, 17, 39], []], ids=["all", "some", "none"])
def test_fasttext_loads_the_same_vectors(tmp_path, present):
    store = store_with_subwords([*WORDS, "</s>", "two words", ""], present=present, counts=range(50, 38, -1))
    model = loaded_by_fasttext(store, tmp_path / "w.bin")
    words, counts = model.get_words(include_freq=True)
    assert words == list(store.keys)
    assert counts.tolist() == store.counts.tolist()
    for word in store.keys:
        np.testing.assert_allclose(model.get_word_vector(word), store[word], rtol=0, atol=2e-6)
    for word in UNSEEN:
        wanted = store.subwords.compose([word])[0]
        np.testing.assert_allclose(model.get_word_vector(word), wanted, rtol=0, atol=1e-6)
    again = FASTTEXT.read(tmp_path / "w.bin", "strict")
    np.testing.assert_allclose(again.vectors, store.vectors, rtol=0, atol=2e-6)


def test_many_rows_are_written_in_pieces(tmp_path):
    rule = Subwords(min_n=2, max_n=3, buckets=10_000)
    store = store_with_subwords([f"w{i}" for i in range(9000)], rule, present=range(1, 10_000, 3))
    FASTTEXT.write(store, tmp_path / "w.bin")
    again = FASTTEXT.read(tmp_path / "w.bin", "strict")
    assert list(again.keys) == list(store.keys)
    np.testing.assert_allclose(again.vectors, store.vectors, rtol=0, atol=5e-6)
    np.testing.assert_allclose(again.subwords.compose(UNSEEN), store.subwords.compose(UNSEEN), rtol=0, atol=1e-6)


@pytest.mark.parametrize("subwords", [False, True], ids=["no rule", "a rule without n-grams"])
def test_a_store_without_subwords_is_a_model_without_n_grams(tmp_path, subwords):
    words, vectors = [*WORDS, "two words"], matrix(len(WORDS) + 1, 5, 9)
    store = EmbeddingStore.from_vectors(words, vectors)
    if subwords:
        store = store_with_subwords(words, Subwords(min_n=2, max_n=0, buckets=4))
    model = loaded_by_fasttext(store, tmp_path / "w.bin")
    assert model.get_words(include_freq=True)[0] == words
    assert model.get_words(include_freq=True)[1].tolist() == [1] * len(words)
    assert model.get_input_matrix().shape == vectors.shape
    for word, vector in zip(words, vectors, strict=True):
        np.testing.assert_array_equal(model.get_word_vector(word), vector)
    assert not model.get_word_vector("unseen").any()
    again = FASTTEXT.read(tmp_path / "w.bin", "strict")
    np.testing.assert_array_equal(again.vectors, vectors)


def test_parameters_and_context_vectors_are_written(tmp_path):
    parameters = {"architecture": "cbow", "window": 3, "epochs": 9, "min_count": 2, "negative": 8, "sample": 0.25}
    context = matrix(len(WORDS), 5, 10)
    metadata = {"parameters": {**parameters, "loss": "negative_sampling", "junk": "x"}, "total_tokens": 77}
    store = store_with_subwords(metadata=metadata, context_vectors=context)
    model = loaded_by_fasttext(store, tmp_path / "w.bin")
    np.testing.assert_array_equal(model.get_output_matrix(), context)
    again = FASTTEXT.read(tmp_path / "w.bin", "strict")
    assert parameters.items() <= again.metadata["parameters"].items()
    assert again.metadata["parameters"]["buckets"] == 40
    assert again.metadata["total_tokens"] == 77
    np.testing.assert_array_equal(again.context_vectors, context)


def test_context_vectors_of_hierarchical_softmax_are_turned_around(tmp_path):
    context = matrix(len(WORDS) - 1, 5, 10)
    store = store_with_subwords(metadata={"parameters": {"loss": "hierarchical_softmax"}}, context_vectors=context)
    model = loaded_by_fasttext(store, tmp_path / "w.bin")
    np.testing.assert_array_equal(model.get_output_matrix(), np.vstack([-context, np.zeros((1, 5))]))
    assert FASTTEXT.read(tmp_path / "w.bin", "strict").context_vectors is None


def test_a_compressed_file_is_written(tmp_path):
    store = store_with_subwords()
    FASTTEXT.write(store, tmp_path / "w.bin")
    FASTTEXT.write(store, tmp_path / "w.bin.gz")
    assert gzip.decompress((tmp_path / "w.bin.gz").read_bytes()) == (tmp_path / "w.bin").read_bytes()


@pytest.mark.parametrize(
    ("store", "name", "message"),
    [
        (lambda: store_with_subwords(), "w.ftz", r"w\.ftz: textrep does not quantise\. Export to a \.bin file"),
        (lambda: store_with_subwords(["a\0b"]), "w.bin", r"'a\\x00b' holds a NUL"),
        (
            lambda: store_with_subwords(rule=Subwords(min_n=2, max_n=65, buckets=9)),
            "w.bin",
            "n-grams of up to 65 characters",
        ),
        (lambda: store_with_subwords([]), "w.bin", "fastText cannot load a model of 0 words"),
        (
            lambda: store_with_subwords(rule=Subwords(kind="jamo", buckets=9)),
            "w.bin",
            "this store's jamo subwords. .* word2vec text",
        ),
        (
            lambda: store_with_subwords(rule=FloretSubwords(min_n=2, max_n=3, buckets=9)),
            "w.bin",
            "this store's floret subwords. .* export it as floret",
        ),
    ],
)
def test_what_the_format_cannot_say_is_refused_and_nothing_written(tmp_path, store, name, message):
    with pytest.raises(FormatError, match=message):
        FASTTEXT.write(store(), tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "at", "message"),
    [
        ({"maxn": 0}, 1, f"the row of {WORDS[1]!r} holds nan"),
        ({}, 0, f"the row of {WORDS[0]!r} holds nan"),
        ({}, len(WORDS) + 4, "row 4 of the subwords holds nan"),
        ({}, len(WORDS) + 11, f"the context vector of {WORDS[0]!r} holds nan"),
    ],
)
def test_numbers_that_are_none_are_not_written(tmp_path, options, at, message):
    data = bytearray(model_bytes(**options))
    rows = len(WORDS) + 11
    where = data.index(struct.pack("<qq", rows, 3)) + 16 + 12 * at + (17 if at >= rows else 0)
    data[where : where + 4] = struct.pack("<f", np.nan)
    store = read(tmp_path, bytes(data))
    with pytest.raises(FormatError, match=message):
        FASTTEXT.write(store, tmp_path / "w.bin")
    assert [path.name for path in tmp_path.iterdir()] == ["m.bin"]


def test_no_room_to_decompress_is_said():
    from textrep.spool import TemporaryFileError
    from textrep.store.formats import binary

    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(
        TemporaryFileError, match=r"that m\.bin\.gz is decompressed to, in .*: No space left on device\. F"
    ):
        binary._write(Full(), memoryview(b"x"), Path("m.bin.gz"))
