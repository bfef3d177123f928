"""fastText's quantised models: the vectors that fastText gives, pruned dictionaries, and files that lie."""

from __future__ import annotations

import os
import struct
import tracemalloc

import numpy as np
import pytest
from bad_files import place_in, read_or_refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textrep import EmbeddingStore, FormatError, UnknownWordError
from textrep.store.formats.fasttext import FASTTEXT
from textrep.store.formats.fasttext_model import read_model
from textrep.store.formats.quantized import ProductQuantizer, QuantizedMatrix
from textrep.text.pruned import PrunedSubwords
from textrep.text.subwords import Subwords

WORDS = [f"{stem}{ending}" for stem in ("king", "왕", "é", "x") for ending in ("", "dom", "은", "s", "가나다", "-ray")]
UNSEEN = ["zzz", "kings가", "왕국", "나"]
in_place = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def quantized_model(tmp_path, n_labels=3, *, quantize, **options):
    """A model of the original program, untrained and with matrices of ours, quantised by it."""
    fasttext = pytest.importorskip("fasttext")
    text = tmp_path / "text.txt"
    lines = [f"__label__{i % n_labels} {' '.join(WORDS[: 1 + i % len(WORDS)])}" for i in range(4 * n_labels)]
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = {"dim": 7, "minCount": 1, "bucket": 400, "epoch": 0, "thread": 1, "verbose": 0, **options}
    model = fasttext.train_supervised(str(text), **options)
    rng = np.random.default_rng(0)
    given = model.get_input_matrix(), model.get_output_matrix()
    model.set_matrices(*(rng.standard_normal(each.shape).astype(np.float32) for each in given))
    model.quantize(str(text), **quantize)
    model.save_model(str(tmp_path / "model.ftz"))
    return model


def assert_same_vectors(store, model):
    assert list(store.keys) == model.get_words()
    for word in [*model.get_words(), *UNSEEN]:
        wanted = model.get_word_vector(word)
        if wanted.any():
            np.testing.assert_allclose(store[word], wanted, rtol=0, atol=1e-6)
        else:
            with pytest.raises(UnknownWordError):
                store[word]


@pytest.mark.parametrize("options", [{"minn": 2, "maxn": 3}, {"wordNgrams": 2}], ids=["n-grams", "words"])
@pytest.mark.parametrize(
    "quantize",
    [
        {},
        {"dsub": 3},
        {"dsub": 7, "qnorm": True},
        {"cutoff": 300},
        {"cutoff": 260, "qnorm": True, "dsub": 1},
    ],
    ids=["plain", "last part shorter", "one part and norms", "pruned", "pruned and norms"],
)
def test_vectors_are_those_of_fasttext(tmp_path, options, quantize):
    model = quantized_model(tmp_path, quantize=quantize, **options)
    store = EmbeddingStore.load(tmp_path / "model.ftz")
    assert_same_vectors(store, model)
    pruned = "cutoff" in quantize and "maxn" in options
    assert isinstance(getattr(store.subwords, "rule", None), PrunedSubwords) == pruned
    assert (store.subwords is None) == ("wordNgrams" in options)


def test_a_quantised_output_matrix(tmp_path):
    model = quantized_model(tmp_path, 300, quantize={"qout": True, "qnorm": True}, minn=2, maxn=3)
    assert_same_vectors(FASTTEXT.read(tmp_path / "model.ftz", "strict"), model)
    read = read_model(tmp_path / "model.ftz")
    assert isinstance(read.output, QuantizedMatrix)
    assert read.output.shape == (300, 7)
    assert read.labels == model.get_labels()


def test_a_pruned_store_is_saved_and_opened_but_not_written_as_bin(tmp_path):
    model = quantized_model(tmp_path, quantize={"cutoff": 300}, minn=2, maxn=3)
    store = FASTTEXT.read(tmp_path / "model.ftz", "strict")
    store.save(tmp_path / "s.textrep")
    assert_same_vectors(EmbeddingStore.open(tmp_path / "s.textrep"), model)
    with pytest.raises(FormatError, match=r"pruned, which a \.bin file of fastText cannot express"):
        FASTTEXT.write(store, tmp_path / "w.bin")


def test_a_quantised_store_is_written_as_bin_with_the_same_vectors(tmp_path):
    fasttext = pytest.importorskip("fasttext")
    model = quantized_model(tmp_path, quantize={}, minn=2, maxn=3)
    FASTTEXT.write(FASTTEXT.read(tmp_path / "model.ftz", "strict"), tmp_path / "w.bin")
    written = fasttext.load_model(str(tmp_path / "w.bin"))
    for word in [*model.get_words(), *UNSEEN]:
        np.testing.assert_allclose(written.get_word_vector(word), model.get_word_vector(word), rtol=0, atol=1e-6)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 20), st.booleans(), st.integers(0, 99))
def test_a_row_consists_of_centroids(dim, part_size, n_rows, has_norms, seed):
    part_size = min(part_size, dim)
    rng = np.random.default_rng(seed)
    quantizer = ProductQuantizer(dim, part_size, rng.standard_normal(256 * dim).astype(np.float32))
    codes = rng.integers(0, 256, (n_rows, quantizer.n_parts)).astype(np.uint8)
    norm_codes, norms = rng.integers(0, 256, n_rows).astype(np.uint8), rng.random(256).astype(np.float32)
    found = QuantizedMatrix(codes, quantizer, *((norm_codes, norms) if has_norms else ())).decode()
    assert found.shape == (n_rows, dim)
    for i in range(n_rows):
        row = []
        for part in range(quantizer.n_parts):
            size = min(part_size, dim - part * part_size)
            start = 256 * part * part_size + int(codes[i, part]) * size
            row += quantizer.centroids[start : start + size].tolist()
        np.testing.assert_allclose(found[i], np.array(row) * (norms[norm_codes[i]] if has_norms else 1), rtol=1e-6)


@given(
    st.lists(st.text("abc가나", max_size=6), max_size=8),
    st.sets(st.integers(0, 19)),
    st.integers(1, 3),
)
def test_a_pruned_rule_leaves_rows_out_and_renumbers_the_others(words, kept, min_n):
    rule = Subwords(min_n=min_n, max_n=4, buckets=20)
    numbers = sorted(kept)
    pruned = PrunedSubwords(rule, np.array(numbers, np.int64))
    offsets, rows = pruned.rows_of(words)
    for i, word in enumerate(words):
        wanted = [numbers.index(row) for part in rule(word) if (row := rule.row_of(part)) in kept]
        assert rows[offsets[i] : offsets[i + 1]].tolist() == wanted
    again = PrunedSubwords.from_dict(pruned.to_dict())
    assert (again.rule, again.kept.tolist(), again.n_rows) == (rule, numbers, len(numbers))


@pytest.mark.parametrize("kept", [[3, 2], [2, 2], [-1, 4], [4, 20]])
def test_what_is_kept_must_be_ascending_rows_of_the_rule(kept):
    with pytest.raises(ValueError, match="kept must be ascending row numbers below 20"):
        PrunedSubwords(Subwords(buckets=20), np.array(kept, np.int64))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kept": "x"}, "pruned subwords are unknown"),
        ({"more": 1}, "pruned subwords are unknown"),
        ({"kept": [1, 1.5]}, "keep rows that are no numbers"),
        ({"kept": [1, 1 << 70]}, "keep rows that are no numbers"),
    ],
)
def test_a_saved_pruned_rule_that_was_altered_is_refused(change, message):
    saved = PrunedSubwords(Subwords(buckets=20), np.array([1, 2], np.int64)).to_dict()
    with pytest.raises(ValueError, match=message):
        PrunedSubwords.from_dict({**saved, **change})


# ------------------------------------------------------------------------------------------------------- bad files


def quantized_bytes(*, dim=2, n_rows=4, part_size=1, has_norms=True, sizes=None, n_codes=None, nan=False, pruned=None):
    """A small quantised model of two words and a label, whose bytes are all known."""
    rng = np.random.default_rng(0)

    def quantizer(dim, part_size):
        n_parts = -(-dim // part_size)
        head = struct.pack("<iiii", *(sizes or (dim, n_parts, part_size, dim - (n_parts - 1) * part_size)))
        centroids = rng.random(256 * dim).astype("<f4")
        if nan:
            centroids[:] = np.nan
        return head + centroids.tobytes()

    data = struct.pack("<ii", 793712314, 12) + struct.pack("<12id", dim, 5, 5, 1, 5, 1, 3, 3, 9, 2, 3, 100, 1e-4)
    data += struct.pack("<iiiqq", 3, 2, 1, 10, -1 if pruned is None else len(pruned))
    for word, count, kind in ((b"a", 5, 0), ("왕".encode(), 4, 0), (b"__label__x", 3, 1)):
        data += word + struct.pack("<Bqb", 0, count, kind)
    for pair in pruned or ():
        data += struct.pack("<ii", *pair)
    n_codes = n_rows * -(-dim // part_size) if n_codes is None else n_codes
    data += struct.pack("<BBqqi", 1, has_norms, n_rows, dim, n_codes)
    data += rng.integers(0, 256, n_codes if n_codes < 1 << 20 else 0).astype(np.uint8).tobytes() + quantizer(
        dim, part_size
    )
    if has_norms:
        data += bytes(n_rows) + quantizer(1, 1)
    return data + struct.pack("<Bqq", 0, 1, dim) + bytes(4 * dim)


def read(tmp_path, data):
    path = tmp_path / "m.ftz"
    path.write_bytes(data)
    return FASTTEXT.read(path, "strict")


def test_the_small_file_of_the_next_tests_is_read(tmp_path):
    assert list(read(tmp_path, quantized_bytes(n_rows=11)).keys) == ["a", "왕"]
    assert read(tmp_path, quantized_bytes(pruned=[(7, 1), (3, 0)])).subwords.rule.kept.tolist() == [3, 7]
    assert read(tmp_path, quantized_bytes(n_rows=2, pruned=[])).subwords.rule.n_rows == 0


def test_truncation_at_every_byte(tmp_path):
    path = tmp_path / "m.ftz"
    path.write_bytes(quantized_bytes(pruned=[(7, 1), (3, 0)]))
    for n in reversed(range(path.stat().st_size)):
        os.truncate(path, n)
        with pytest.raises(FormatError, match=place_in(path)):
            FASTTEXT.read(path, "strict")


@given(place=st.integers(0, 260), value=st.integers(0, 255))
@in_place
def test_a_changed_byte_gives_an_error_or_a_store(tmp_path, place, value):
    data = bytearray(quantized_bytes(pruned=[(7, 1), (3, 0)]))
    data[place] = value
    store = read_or_refused(tmp_path / "m.ftz", lambda: read(tmp_path, bytes(data)))
    assert store is None or store.vectors.shape == (2, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": (2, 3, 1, 1)}, "the centroids of the input matrix are of 3 parts of 1 numbers"),
        ({"sizes": (2, 2, 0, 1)}, "of 2 parts of 0 numbers"),
        ({"sizes": (1 << 30, 1 << 30, 1, 1)}, "does not make rows of 2"),
        ({"n_codes": 7}, "has 7 codes, not 2 for each of 4 rows"),
        ({"n_codes": 2**31 - 1}, r"the 2,147,483,647 codes of the input matrix should take"),
        ({"n_rows": 5}, "the input matrix has 5 rows of 2 numbers; .* make 11 of 2"),
        ({"pruned": [(3, 0), (3, 1)]}, r"in its pruned dictionary, kept must be ascending"),
        ({"pruned": [(3, 0), (9, 1)]}, r"kept must be ascending row numbers below 9"),
        ({"pruned": [(3, 0), (4, 7)]}, r"rows of the pruned dictionary are not 0, 1, 2"),
        ({"n_rows": 11, "nan": True}, "its quantised vectors hold NaN or infinity"),
    ],
)
def test_files_that_lie(tmp_path, options, message):
    with pytest.raises(FormatError, match=rf"m\.ftz, byte [0-9,]+: .*{message}"):
        read(tmp_path, quantized_bytes(**options))


def test_few_bytes_that_would_be_very_many_numbers_are_refused(tmp_path):
    """A row of one byte that stands for 3,000 numbers is possible, and of no use but to fill memory."""
    data = quantized_bytes(dim=3000, part_size=3000, n_rows=50_000, has_norms=False)
    tracemalloc.start()
    with pytest.raises(FormatError, match=r"50,000 rows of 3,000 numbers would be over 64 times as large as the file"):
        read(tmp_path, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
