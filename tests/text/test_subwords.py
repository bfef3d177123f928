"""Subwords: the kernel against the definition in plain Python, and both against fastText's own program."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrep.keytable import KeyTable
from textrep.text.subwords import Subwords

WORDS = ["king", "</s>", "한국어", "a", "naïve", "🙂x", "", "<", ">", "aaaaaaaaaa", "Ⅷ", "кит", "ㅋㅋ", "가"]


def expected(rule, words):
    return [[rule.row_of(part) for part in rule(word)] for word in words]


def as_lists(found):
    offsets, rows = found
    return [rows[a:b].tolist() for a, b in pairwise(offsets)]


def test_the_parts_of_a_word():
    assert Subwords(min_n=3, max_n=4)("cat") == ["<ca", "<cat", "cat", "cat>", "at>"]
    assert Subwords(min_n=1, max_n=2)("ab") == ["<a", "a", "ab", "b", "b>"], "boundaries alone are no parts"
    assert Subwords(min_n=3, max_n=6)("a") == ["<a>"]
    assert Subwords(min_n=3, max_n=6)("") == []
    assert Subwords(min_n=3, max_n=0)("cat") == []
    assert Subwords()("</s>") == [], "fastText's end of a line has no parts"
    assert Subwords(min_n=2, max_n=2)("한국") == ["<한", "한국", "국>"], "characters, not bytes"


@pytest.mark.parametrize(("low", "high"), [(3, 6), (1, 4), (2, 2), (1, 1), (5, 5)])
def test_rows_are_those_of_fasttext(low, high, tmp_path):
    fasttext = pytest.importorskip("fasttext")
    text = tmp_path / "text.txt"
    words = [word for word in WORDS if word and word != "</s>"]
    text.write_text(" ".join(words) + "\n", encoding="utf-8")
    model = fasttext.train_unsupervised(
        str(text), minn=low, maxn=high, bucket=997, minCount=1, dim=2, epoch=1, lr=0.01, verbose=0
    )
    rule = Subwords(min_n=low, max_n=high, buckets=997)
    for word in [*words, "never", "보지못한", "seen🙂"]:
        parts, rows = model.get_subwords(word)
        own = int(word in model.words)
        assert parts[own:] == rule(word)
        assert (rows[own:] - len(model.words)).tolist() == expected(rule, [word])[0]


@pytest.mark.parametrize("kind", ["char", "jamo"])
@pytest.mark.parametrize("low_high", [(1, 4), (3, 6), (2, 0), (1, 0)])
def test_many_words_take_the_kernel_and_give_the_same(kind, low_high):
    rule = Subwords(kind=kind, min_n=low_high[0], max_n=low_high[1], buckets=1009)
    many = WORDS * 40
    assert as_lists(rule.rows_of(many)) == expected(rule, many)
    assert as_lists(rule.rows_of(WORDS)) == expected(rule, WORDS)
    distinct = [f"{word}{i}" for word in WORDS for i in range(40)] + ["</s>"]
    assert as_lists(rule.rows_of(KeyTable.from_strings(distinct))) == expected(rule, distinct)


@given(
    st.lists(st.text(max_size=12).filter(lambda s: s.isprintable()), min_size=1, max_size=8),
    st.integers(1, 4),
    st.integers(0, 4),
    st.integers(1, 2**31 - 1),
    st.sampled_from(["char", "jamo"]),
)
def test_the_kernel_is_the_definition(words, low, more, buckets, kind):
    rule = Subwords(kind=kind, min_n=low, max_n=low + more, buckets=buckets)
    many = words * (10_000 // len(words) + 1)  # too many for plain Python
    assert as_lists(rule.rows_of(many))[: len(words)] == expected(rule, words)


# `get_subwords` of fastText 0.9.3 with 2,000,000 buckets, less the number of its words; ASCII and not
BUCKETS = {
    "where": {
        "<wh": 167652,
        "<whe": 989715,
        "<wher": 1526707,
        "<where": 1071586,
        "whe": 420941,
        "wher": 312621,
        "where": 969176,
        "where>": 121234,
        "her": 1473420,
        "here": 1540811,
        "here>": 114991,
        "ere": 1529033,
        "ere>": 1568469,
        "re>": 867498,
    },
    "왕이": {"<왕이": 1637564, "<왕이>": 1001894, "왕이>": 1375336},
    "naïve": {
        "<na": 1806890,
        "<naï": 1907692,
        "<naïv": 878190,
        "<naïve": 933201,
        "naï": 1590546,
        "naïv": 1719404,
        "naïve": 832043,
        "naïve>": 156687,
        "aïv": 356832,
        "aïve": 1223007,
        "aïve>": 1505331,
        "ïve": 1711570,
        "ïve>": 1788548,
        "ve>": 1088654,
    },
}


@pytest.mark.parametrize("word", BUCKETS)
def test_buckets_are_those_of_fasttext(word):
    rule = Subwords()
    assert {part: rule.row_of(part) for part in rule(word)} == BUCKETS[word]
    for words in ([word], [word] * 10_000):
        assert rule.rows_of(words)[1][: len(BUCKETS[word])].tolist() == list(BUCKETS[word].values())


def test_jamo_rows_come_after_those_of_syllables():
    rule = Subwords(kind="jamo", min_n=1, max_n=2, min_jamo_n=3, max_jamo_n=5)
    parts = rule("강")
    assert parts[:3] == ["<강", "강", "강>"]
    assert all(3 <= len(part) <= 5 for part in parts[3:])
    assert len(parts[3:]) == 3 + 2 + 1, "3-, 4- and 5-grams of <, three jamo, >"


def test_half_width_jamo_have_the_parts_of_those_in_full_width():
    rule = Subwords(kind="jamo", min_n=1, max_n=4, buckets=997)
    same = [("한ﾡ", "한ㄱ"), ("ﾻﾻ", "ㅋㅋ"), ("\u1112\u1161\u11abￜ", "한ㅣ"), ("K\uffa0", "K\u3164")]
    for half, full in same:
        assert rule(half) == rule(full) != Subwords(min_n=1, max_n=4)(half)
    halves = as_lists(rule.rows_of([half for half, _ in same] * 3000))  # by the kernel
    assert halves == [rule.rows_of([full])[1].tolist() for _, full in same] * 3000
    assert Subwords(min_n=1, max_n=1)("한ﾡ") == ["한", "ﾡ"], "fastText's rule knows nothing of it"


def test_decomposed_text_has_the_same_jamo_parts():
    rule = Subwords(kind="jamo", min_n=1, max_n=4)
    assert rule("한국어") == rule("\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165")


def test_to_dict_and_back():
    for rule in (Subwords(), Subwords(kind="jamo", min_n=1, max_n=4, min_jamo_n=2, max_jamo_n=3, buckets=7)):
        assert Subwords.from_dict(rule.to_dict()) == rule
    assert "min_jamo_n" not in Subwords().to_dict()
    with pytest.raises(ValueError, match=r"saved subwords .*'colour'.* unknown to this textrep"):
        Subwords.from_dict({"colour": 1})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "syllable"}, r"subwords must be one of 'char', 'jamo'; got 'syllable'"),
        ({"min_n": 0}, r"min_n must be an integer from 1 to 1,000; got 0"),
        ({"min_n": 5, "max_n": 3}, r"max_n=3 is below min_n=5; pass max_n of at least 5"),
        ({"max_n": -1}, r"max_n must be an integer from 0"),
        ({"buckets": 0}, r"buckets must be an integer from 1"),
        ({"buckets": 1.5}, r"buckets must be an integer from 1"),
        ({"min_jamo_n": 4, "max_jamo_n": 2}, r"max_jamo_n=2 is below min_jamo_n=4"),
    ],
)
def test_what_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Subwords(**wrong)


def test_no_row_is_out_of_range():
    rule = Subwords(min_n=1, max_n=8, buckets=3)
    _, rows = rule.rows_of([chr(0xAC00 + i) * 5 for i in range(2000)])
    assert set(np.unique(rows)) == {0, 1, 2}


def test_words_without_hangul_do_not_count_twice():
    rule, plain = Subwords(kind="jamo", min_n=1, max_n=4), Subwords(min_n=1, max_n=4)
    for word in ("abcde", "2024", "🙂", "ㅋㅋ"):
        assert rule(word) == plain(word)
    assert len(rule("K팝")) > len(plain("K팝"))
