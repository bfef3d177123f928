"""floret's rule: published hashes, published rows, and one definition in Python and in the kernel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.kernels.murmur import murmur_hashes
from textrep.keytable import KeyTable, read_only
from textrep.text.floret import FloretSubwords, murmur3_x64_128
from textrep.text.subwords import rule_from_dict

RULE = FloretSubwords(min_n=2, max_n=3, buckets=10, hash_count=2)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def compiled(data, offsets, seed):
    hashes = np.empty((len(offsets) - 1, 2), np.uint64)
    murmur_hashes(read_only(np.frombuffer(data, np.uint8)), read_only(np.array(offsets, np.int64)), seed, hashes)
    return [tuple(map(int, pair)) for pair in hashes]


@pytest.mark.parametrize(
    ("data", "seed", "digest"),
    [
        (b"", 0, "0" * 32),
        (b"hello", 0, "cbd8a7b341bd9b025b1e906a48ae1d19"),
        (b"The quick brown fox jumps over the lazy dog", 0, "e34bbc7bbc071b6c7a433ca9c49a9347"),
    ],
)
def test_published_hashes(data, seed, digest):
    wanted = int(digest[:16], 16), int(digest[16:], 16)
    assert murmur3_x64_128(data, seed) == wanted
    assert compiled(data, [0, len(data)], seed) == [wanted]


@pytest.mark.parametrize("form", ["Python", "kernel"])
def test_the_verification_value_of_smhasher(form):
    """Its authors' own test: keys 0, 01, 012, ... of all lengths below 256, and the hash of all hashes."""

    def digest(data, seed):
        halves = murmur3_x64_128(data, seed) if form == "Python" else compiled(data, [0, len(data)], seed)[0]
        return b"".join(half.to_bytes(8, "little") for half in halves)

    hashes = b"".join(digest(bytes(range(n)), 256 - n) for n in range(256))
    assert int.from_bytes(digest(hashes, 0)[:4], "little") == 0x6384BA69


@given(st.lists(st.binary(max_size=70), max_size=5), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_the_kernel_hashes_as_python_does(keys, seed):
    offsets = np.cumsum([0, *map(len, keys)])
    assert compiled(b"".join(keys), offsets, seed) == [murmur3_x64_128(key, seed) for key in keys]


def test_the_rows_of_a_word_are_those_that_spacy_publishes():
    """Of floret's demonstration table, in the tests of spaCy, which goes by length."""
    published = {"<der>": [5, 6], "<d": [7, 5], "de": [8, 2], "er": [8, 9], "r>": [3, 3], "<de": [4, 6]}
    published |= {"der": [7, 3], "er>": [0, 2]}
    assert {part: RULE.rows_of_part(part) for part in RULE("der")} == published
    assert RULE("der") == ["<der>", "<d", "<de", "de", "der", "er", "er>", "r>"]


@pytest.mark.parametrize(
    ("options", "word", "parts"),
    [
        ({"min_n": 1, "max_n": 1}, "왕a", ["<왕a>", "왕", "a"]),
        ({"min_n": 0, "max_n": 1}, "왕a", ["<왕a>", "왕", "a"]),
        ({"min_n": 2, "max_n": 0}, "왕a", ["<왕a>"]),
        ({"min_n": 4, "max_n": 9}, "ab", ["<ab>", "<ab>"]),
        ({"min_n": 2, "max_n": 2}, "", ["<>", "<>"]),
        ({"min_n": 2, "max_n": 2, "begin": "BOS", "end": "."}, "a", ["BOSa.", "BO", "OS", "Sa", "a."]),
    ],
)
def test_parts(options, word, parts):
    assert FloretSubwords(buckets=5, **options)(word) == parts


@given(
    given_words=st.lists(words, min_size=1, max_size=5),
    min_n=st.integers(0, 4),
    max_n=st.integers(0, 6),
    buckets=st.integers(1, 2**31 - 1),
    hash_count=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    signs=st.sampled_from([("<", ">"), ("BOS", "왕")]),
)
@settings(deadline=None)
def test_many_words_get_the_rows_that_few_get(given_words, min_n, max_n, buckets, hash_count, seed, signs):
    rule = FloretSubwords(
        min_n=min_n, max_n=max_n, buckets=buckets, hash_count=hash_count, seed=seed, begin=signs[0], end=signs[1]
    )
    wanted = [[row for part in rule(word) for row in rule.rows_of_part(part)] for word in given_words]
    for repeats in (1, 10_000 // len(given_words) + 1):  # the second is left to the kernel
        offsets, rows = rule.rows_of(given_words * repeats)
        assert offsets[0] == 0
        for i in (*range(len(given_words)), *range(-len(given_words), 0)):
            start, end = offsets[:-1][i], offsets[1:][i]
            assert rows[start:end].tolist() == wanted[i]
        assert rows.dtype == offsets.dtype == np.int64


def test_a_key_table_is_a_sequence_of_words():
    names = [f"w{i}" for i in range(10_000)]
    for n in (3, 10_000):
        for one, other in zip(RULE.rows_of(KeyTable.from_strings(names[:n])), RULE.rows_of(names[:n]), strict=True):
            np.testing.assert_array_equal(one, other)
    assert [array.tolist() for array in RULE.rows_of([])] == [[0], []]


def test_a_rule_is_saved():
    rule = FloretSubwords(min_n=1, max_n=5, buckets=77, hash_count=3, seed=9, begin="[", end="]")
    assert rule_from_dict(rule.to_dict()) == rule
    assert (rule.n_rows, rule.has_word_rows) == (77, False)


@pytest.mark.parametrize(
    "saved", [{}, {"kind": "char"}, {"kind": "floret"}, {**RULE.to_dict(), "more": 1}, {**RULE.to_dict(), "kind": "x"}]
)
def test_what_is_no_saved_rule_is_refused(saved):
    with pytest.raises(ValueError, match="are unknown to this textrep"):
        FloretSubwords.from_dict(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hash_count": 5}, "hash_count must be an integer from 1 to 4; got 5"),
        ({"buckets": 0}, "buckets must be an integer from 1 to 2,147,483,647; got 0"),
        ({"seed": 2**32}, "seed must be an integer from 0 to 4,294,967,295"),
        ({"max_n": 1.5}, "max_n must be an integer from 0 to 1,000; got 1.5"),
        ({"min_n": True}, "min_n must be an integer"),
        ({"begin": " <"}, "begin must be a str without white space; got ' <'"),
        ({"end": ""}, "end must be a str without white space; got ''"),
    ],
)
def test_values_out_of_range(change, message):
    with pytest.raises(ValueError, match=message):
        FloretSubwords(**{"min_n": 2, "max_n": 3, "buckets": 10, **change})
