"""Words of documents as numbers for a network, against plain reading: vectors of the store, unseen words, the rest."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrep import DocumentError, EmbeddingStore, EmptyCorpusError, EncodingError, get_tokenizer, read_corpus
from textrep.classifiers.alphabet import Alphabet
from textrep.classifiers.tokens import Tokens, read_documents, read_sentences
from textrep.classifiers.words import Words, learn_words
from textrep.store.subwords import SubwordTable
from textrep.text import Tokenizer
from textrep.text.subwords import Subwords

WORD = get_tokenizer("word")
KEYS = ["the", "cat", "sat", "dog", "u", "s"]
VECTORS = np.random.default_rng(0).normal(size=(len(KEYS), 4)).astype(np.float32)
RULE = Subwords(min_n=3, max_n=3, buckets=50)
ROWS = np.random.default_rng(1).normal(size=(2, 4)).astype(np.float32)
PRESENT = sorted([RULE.row_of("<ca"), RULE.row_of("ogs")])

texts = st.lists(st.text(alphabet="ab cé가\n.", max_size=12), max_size=8)


def store(*, subwords: bool = False, tokenizer: object = WORD) -> EmbeddingStore:
    table = SubwordTable(RULE, np.array(PRESENT, np.int32), ROWS) if subwords else None
    return EmbeddingStore.from_vectors(KEYS, VECTORS, tokenizer=tokenizer, subwords=table)


def all_of(tokens: Tokens) -> np.ndarray:
    return np.arange(len(tokens))


def as_lists(tokens: Tokens) -> list[list[str]]:
    ends = tokens.offsets.tolist()
    return [[tokens.distinct[i] for i in tokens.ids[a:b]] for a, b in pairwise(ends)]


def looked_up(words: Words, vectors: np.ndarray, tokens: Tokens) -> list[np.ndarray | None]:
    """The vector of each token, None for an unknown one."""
    numbered = words.number(tokens)
    rows = np.concatenate([vectors, np.empty((0, 4)) if numbered.others is None else numbered.others])
    return [None if i < 0 else rows[i] for i in numbered.ids]


@given(texts)
@pytest.mark.parametrize("tokenizer", [WORD, get_tokenizer("char"), get_tokenizer(str.split)], ids=repr)
def test_documents_are_split_as_their_tokenizer_says(tokenizer: Tokenizer, documents: list[str]) -> None:
    assert as_lists(read_documents(documents, tokenizer)) == [tokenizer(text) for text in documents]


def test_tokenizers_that_give_empty_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^documents\[0\] holds an empty token; leave it out"):
        read_documents(["a  b"], get_tokenizer(lambda text: text.split(" ")))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
@pytest.mark.parametrize(
    "tokenizer",
    ["word", "whitespace", "char", list, lambda text: text.split(" ")],
    ids=["word", "whitespace", "char", "list", "function"],
)
def test_a_trailing_newline_changes_nothing(tokenizer: object, end: str) -> None:
    split = get_tokenizer(tokenizer)
    expected, found = read_documents(["a b", "c"], split), read_documents([f"a b{end}", f"c{end}"], split)
    assert as_lists(found) == as_lists(expected)


def test_documents_come_in_many_forms(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("a b\nB\n")
    expected = [["a", "b"], ["b"]]
    for documents in (path, read_corpus(path), ["a b", "B"], (text for text in ["a b", "B"]), np.array(["a b", "B"])):
        assert as_lists(read_documents(documents, WORD, n_threads=2)) == expected
    assert as_lists(read_documents([["a", "b"], ["B"], []], WORD)) == [["a", "b"], ["B"], []], "taken as they are"


def test_documents_without_any_token() -> None:
    for documents in ([], [""], ["", " \n"], [[]]):
        tokens = read_documents(documents, WORD)
        assert as_lists(tokens) == [[] for _ in documents]
        assert tokens.distinct == []
        assert tokens.lengths.tolist() == [0] * len(documents)


def test_what_are_no_documents_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^documents is one str, 'a b'; for a file pass a Path"):
        read_documents("a b", WORD)
    with pytest.raises(DocumentError, match=r"^documents\[1\] is 3, a int"):
        read_documents(["a", 3], get_tokenizer(str.split))


@given(texts, st.integers(1, 4))
def test_parts_are_the_whole(documents: list[str], size: int) -> None:
    tokens = read_documents(documents, WORD)
    parts = list(tokens.parts(size))
    assert [document for part in parts for document in as_lists(part)] == as_lists(tokens)
    assert all(len(part) <= size for part in parts)
    assert all(set(part.distinct) == {token for tokens in as_lists(part) for token in tokens} for part in parts)


@given(texts, st.data())
def test_counts_are_those_of_the_documents_chosen(documents: list[str], data: st.DataObject) -> None:
    tokens = read_documents(documents, WORD)
    chosen = data.draw(st.lists(st.integers(0, len(documents) - 1), unique=True)) if documents else []
    expected = Counter(token for i in chosen for token in WORD(documents[i]))
    assert tokens.counts(np.array(chosen, np.int64)).tolist() == [expected[token] for token in tokens.distinct]


def test_sentences_are_token_lists() -> None:
    assert as_lists(read_sentences([["A", "b"], [], ("b",)])) == [["A", "b"], [], ["b"]]
    assert as_lists(read_sentences(iter([["a"]]))) == [["a"]]
    for wrong in ("ab", Path("a.conll"), {"a": 1}, 5, {"a"}):
        with pytest.raises(DocumentError, match=r"^X is .*; pass a list of sentences, each a list of tokens"):
            read_sentences(wrong)
    with pytest.raises(DocumentError, match=r"^X\[1\] is 'ab', a str; a sentence is a list of tokens"):
        read_sentences([["a"], "ab"])
    with pytest.raises(DocumentError, match=r"^X\[1\] holds 3 among its tokens; every token must be a str"):
        read_sentences([["a"], ["b", 3]])
    with pytest.raises(ValueError, match=r"^X\[0\] holds an empty token"):
        read_sentences([["a", ""]])
    with pytest.raises(EncodingError, match=r"^X\[0\] holds the token '\\ud800' with a lone surrogate"):
        read_sentences([["\ud800"]])


@given(texts, st.integers(1, 3))
def test_without_a_store_words_of_training_are_counted(documents: list[str], min_count: int) -> None:
    tokens = read_documents([*documents, "ab ab ab unseen"], WORD)
    training = all_of(tokens)[:-1]
    counts = Counter(token for text in documents for token in WORD(text))
    expected = sorted((w for w, n in counts.items() if n >= min_count), key=lambda w: (-counts[w], w.encode()))
    if not expected:
        return
    words, vectors = learn_words(tokens, training, min_count=min_count)
    assert vectors is None
    assert words.table.to_list() == expected
    assert words.counts.tolist() == [counts[word] for word in expected]
    numbered = words.number(tokens)
    numbers = {word: i for i, word in enumerate(expected)}
    assert numbered.ids.tolist() == [numbers.get(token, -1) for document in as_lists(tokens) for token in document]
    assert numbered.others is None


@pytest.mark.parametrize("subwords", [False, True])
def test_vectors_are_those_of_the_store(subwords: bool) -> None:
    given = store(subwords=subwords)
    tokens = read_documents(["The cat sat, xyz, cats", "dog dogs The xyz cab"], WORD)
    words, vectors = learn_words(tokens, np.array([0]), given)
    assert words.table.to_list() == (["cat", "cats", "sat", "the"] if subwords else ["cat", "sat", "the"])
    for word, vector in zip(words.table, vectors, strict=True):
        np.testing.assert_array_equal(vector, given[word])
    assert vectors.dtype == np.float32
    for token, vector in zip([t for d in as_lists(tokens) for t in d], looked_up(words, vectors, tokens), strict=True):
        if token in KEYS or (subwords and token != "xyz"):
            np.testing.assert_array_equal(vector, given[token])
        else:
            assert vector is None


def test_a_prediction_knows_words_that_training_had_not() -> None:
    words, _ = learn_words(read_documents(["cat"], WORD), np.array([0]), store())
    numbered = words.number(read_documents(["dog cat", "sat dog"], WORD))
    assert numbered.ids.tolist() == [1, 0, 2, 1]
    np.testing.assert_array_equal(numbered.others, VECTORS[[3, 2]])


def test_the_same_in_another_spelling() -> None:
    """Keys in NFC and lower case are found for tokens in NFD and capitals, but a key as it stands comes first."""
    given = EmbeddingStore.from_vectors(["café", "Rome", "rome"], np.eye(3, 4), tokenizer=WORD)
    tokens = read_sentences([["CAFÉ", "cafe\u0301", "café", "Rome", "rome", "ROME"]])
    words, vectors = learn_words(tokens, np.array([0]), given, tokenizer=WORD)
    assert words.table.to_list() == ["café", "rome", "Rome"]
    assert words.counts.tolist() == [3, 2, 1]
    assert [vector.argmax() for vector in looked_up(words, vectors, tokens)] == [0, 0, 0, 1, 2, 2]


def test_a_token_that_the_tokenizer_splits_is_the_mean_of_its_known_parts() -> None:
    tokens = read_sentences([["U.S.", "cat-xyz", "(dog)", "...", "x.y"]])
    for training in (np.array([0]), np.array([0])[:0]):
        some = read_sentences([["cat"], *[["U.S.", "cat-xyz", "(dog)", "...", "x.y"]][: len(training)]])
        words, vectors = learn_words(some, all_of(some), store(), tokenizer=WORD)
        found = looked_up(words, vectors, tokens)
        np.testing.assert_allclose(found[0], (VECTORS[4] + VECTORS[5]) / 2, rtol=1e-6)
        np.testing.assert_array_equal(found[1], VECTORS[1])
        np.testing.assert_array_equal(found[2], VECTORS[3])
        assert found[3] is None
        assert found[4] is None


def test_documents_are_not_spelled_anew() -> None:
    """Token lists of a classifier are taken as they are."""
    tokens = read_documents([["The", "the"]], WORD)
    words, _ = learn_words(tokens, np.array([0]), store())
    assert words.number(tokens).ids.tolist() == [-1, 0]


def test_what_cannot_be_learned_is_refused() -> None:
    tokens = read_documents(["a a b", ""], WORD)
    with pytest.raises(EmptyCorpusError, match=r"^the documents for training hold not one token; check the tokenizer"):
        learn_words(tokens, np.array([1]))
    with pytest.raises(EmptyCorpusError, match=r"^min_count=3 leaves no word: the most frequent occurs 2 times; lower"):
        learn_words(tokens, np.array([0]), min_count=3)
    with pytest.raises(ValueError, match=r"^min_count must be an integer of 1 or more, not 0$"):
        learn_words(tokens, np.array([0]), min_count=0)
    with pytest.raises(
        TypeError, match=r"^store must be an EmbeddingStore, not 'vectors.textrep'; EmbeddingStore.open"
    ):
        learn_words(tokens, np.array([0]), "vectors.textrep")  # type: ignore[arg-type]
    from scipy import sparse

    with pytest.raises(ValueError, match=r"has sparse vectors, .*; a recurrent network takes dense vectors of words"):
        learn_words(tokens, np.array([0]), EmbeddingStore.from_vectors(["a"], sparse.csr_array([[1.0]])))


def test_a_store_that_knows_no_word_leaves_all_unknown() -> None:
    tokens = read_documents(["xyz xyz"], WORD)
    words, vectors = learn_words(tokens, np.array([0]), store())
    assert (len(words), vectors.shape) == (0, (0, 4))
    assert words.number(tokens).ids.tolist() == [-1, -1]


@given(st.lists(st.text(min_size=1, max_size=5), max_size=8))
def test_an_alphabet_numbers_characters(words: list[str]) -> None:
    for least in (1, 2):
        counts = Counter(character for word in words for character in set(word))
        known = sorted(character for character, n in counts.items() if n >= least)
        alphabet = Alphabet.of(words, least)
        assert alphabet.characters == "".join(known)
        assert len(alphabet) == len(known)
        numbers, offsets = alphabet.number([*words, "~", ""])
        expected = [[known.index(c) if c in known else -1 for c in word] for word in [*words, "~", ""]]
        assert [numbers[a:b].tolist() for a, b in pairwise(offsets)] == expected


def test_an_alphabet_keeps_its_order() -> None:
    assert Alphabet("ba가").number(["가ab", "c"])[0].tolist() == [2, 1, 0, -1]
