"""The kernel form of the built-in tokenizers gives what their Python form gives, over all of Unicode."""

import functools
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.corpus import TextBlock, blocks_of
from textrep.kernels import tokenize
from textrep.kernels.tokenize import _IN_CACHE
from textrep.keytable import KeyTable
from textrep.text import get_tokenizer
from textrep.text.scanner import KnownTokens, Scanner, ScannerPool

TOKENIZERS = {
    "word": get_tokenizer("word"),
    "word of 2": get_tokenizer("word", 2),
    "whitespace": get_tokenizer("whitespace"),
    "char": get_tokenizer("char"),
}
each_tokenizer = pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=TOKENIZERS)

# Letters that normalisation, lower case or splitting treat in a way of their own.
TRICKY = (
    "aA bΣσςİıßẞéÉ\u0301\u0323\u0345\u0307\u0327가각\u1100\u1161\u11a8\u00c5\u212b\u0958\u093c\u0928"
    "\u3099か_0٣\x00\n\u3000\u200b\U0001d400ǅⒶȺꙀ"
)


def tokens_of(scanner, block):
    """The tokens that a scanner finds, a list a document."""
    scanned = scanner.scan(block)
    distinct = scanner.distinct([])
    text = distinct.blob.tobytes()
    spans = zip(distinct.starts.tolist(), distinct.sizes.tolist(), strict=True)
    names = [text[start : start + size].decode() for start, size in spans]
    documents = np.split(scanned.ids, np.cumsum(scanned.doc_tokens)[:-1])
    return [[names[i] for i in document] for document in documents]


def assert_same(tokenizer, documents):
    found = tokens_of(Scanner(tokenizer), TextBlock.from_documents(documents))
    for document, tokens in zip(documents, found, strict=True):
        assert tokens == tokenizer(document), ascii(document)


@functools.cache
def characters():
    """All code points but the surrogates, which are no characters."""
    return [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]


@functools.cache
def cased():
    return [c for c in characters() if len({c, c.lower(), c.upper(), c.title(), c.swapcase()}) > 1]


@functools.cache
def decomposed_and_marked():
    """Every character that NFD takes apart, and every mark before and after others."""
    decomposed = [unicodedata.normalize("NFD", c) for c in characters()]
    documents = [f"x{d}y" for d, c in zip(decomposed, characters(), strict=True) if d != c]
    for mark in filter(unicodedata.combining, characters()):
        documents += [f"e{mark}\u0301f", f"e\u0345{mark}", f"e{mark}\u0334f"]
    return documents


@pytest.mark.parametrize(
    "name", [name if name == "word" else pytest.param(name, marks=pytest.mark.slow) for name in TOKENIZERS]
)
def test_every_code_point_alone_and_between_letters(name):
    tokenizer = TOKENIZERS[name]
    # Most beyond U+20000 are ideographs, or not assigned: several in a document, except for those that NFC changes.
    documents, many = [], []
    for c in characters():
        (many if c >= "\U00020000" and unicodedata.is_normalized("NFC", c) else documents).append(f"{c} a{c}B")
    documents += [" ".join(many[i : i + 200]) for i in range(0, len(many), 200)]
    for first in range(0, len(documents), 1 << 16):
        assert_same(tokenizer, documents[first : first + (1 << 16)])


@each_tokenizer
def test_every_cased_character_in_upper_lower_and_title_case(tokenizer):
    assert len(cased()) > 2000
    forms = (str.lower, str.upper, str.title, str.swapcase)
    assert_same(tokenizer, [f"x{form(c)}y{form(c)} {form(c)}" for c in cased() for form in forms])


@each_tokenizer
def test_every_character_decomposed_and_every_mark_after_another(tokenizer):
    assert len(decomposed_and_marked()) > 14000
    assert_same(tokenizer, decomposed_and_marked())


def test_what_stays_in_the_kernel_and_what_goes_to_python():
    scanner = Scanner(TOKENIZERS["word"])
    documents = [
        "Plain ASCII.",
        "Été, naïve, 한국어, 日本語",
        "ÅÉ e\u0335x",
        "e\u0301",
        "ΑΣ",
        "İ",
        "\u1112\u1161",
        "q\u0335\u0334",
    ]
    _, doc_tokens = scanner._run(TextBlock.from_documents(documents), prepared=False)
    assert (doc_tokens == tokenize.LEFT_TO_PYTHON).tolist() == [False] * 3 + [True] * 5


any_documents = given(
    documents=st.lists(st.text(st.one_of(st.sampled_from(TRICKY), st.characters(codec="utf-8"))), min_size=1),
    name=st.sampled_from(sorted(TOKENIZERS)),
)


@settings(max_examples=4 * settings.default.max_examples, deadline=None)
@any_documents
def test_any_text(documents, name):
    assert_same(TOKENIZERS[name], documents)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@any_documents
def test_any_text_of_many_more(documents, name):
    assert_same(TOKENIZERS[name], documents)


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(
    documents=st.lists(st.text(st.sampled_from(TRICKY), max_size=30), max_size=20),
    size=st.integers(1, 60),
    n_threads=st.integers(1, 3),
)
def test_blocks_and_threads_change_nothing(documents, size, n_threads):
    tokenizer = TOKENIZERS["word"]
    pool = ScannerPool(tokenizer, n_threads)
    pieces = list(pool.number(blocks_of(documents, size)))
    distinct = pool.distinct()
    names = [
        distinct.blob[start : start + n].tobytes().decode()
        for start, n in zip(distinct.starts, distinct.sizes, strict=True)
    ]
    found = [names[distinct.numberings[p.numbering][i]] for p in pieces for i in p.ids]
    expected = [token for document in documents for token in tokenizer(document)]
    assert found == expected
    counts = dict(zip(names, distinct.counts.tolist(), strict=True))
    assert len(counts) == len(names)
    assert {name: n for name, n in counts.items() if n} == {t: expected.count(t) for t in expected}
    assert sum(p.n_bytes for p in pieces) == sum(len(d.encode()) for d in documents)
    assert sum(len(p.doc_tokens) for p in pieces) == len(documents)


def test_threads_without_work_have_no_memory():
    pool = ScannerPool(TOKENIZERS["word"], 1000)
    pieces = list(pool.number(blocks_of(["a b", "b c", "c a"], 4)))
    assert [len(piece.ids) for piece in pieces] == [2, 2, 2]
    assert len(pool.distinct().numberings) <= 4


def test_documents_within_a_block_need_not_touch():
    data = np.frombuffer(b"\xffone two\r\n\nTHREE\xfe" + bytes(8), np.uint8)
    block = TextBlock(data, np.array([1, 4, 11], np.int64), np.array([4, 8, 16], np.int64))
    assert tokens_of(Scanner(TOKENIZERS["word"]), block) == [["one"], ["two"], ["three"]]


def test_growing_loses_nothing(monkeypatch):
    monkeypatch.setattr("textrep.text.scanner._FIRST_KEYS", 2)
    monkeypatch.setattr("textrep.text.scanner._FIRST_ARENA", 16)
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in rng.zipf(1.3, 20000) % 5000]
    documents = [" ".join(words[i : i + 3000]) for i in range(0, len(words), 3000)]  # more than one batch a document
    documents.insert(2, f"{documents[0]} e\u0301t\u00e9 {documents[1]}")
    documents.append("x" * 5000)
    scanner = Scanner(TOKENIZERS["word"])
    block = TextBlock.from_documents(documents)
    assert tokens_of(scanner, block) == [TOKENIZERS["word"](d) for d in documents]
    assert len(scanner.slots) >= 2 * scanner.n_keys
    again = scanner.scan(block)
    assert again.ids.max() < scanner.n_keys


def test_a_document_given_to_python_late_is_counted_once():
    document = "word " * 5000 + "e\u0301"  # several batches are looked up before the unsafe character comes
    scanner = Scanner(TOKENIZERS["word"])
    assert tokens_of(scanner, TextBlock.from_documents([document])) == [["word"] * 5000 + ["é"]]
    assert scanner.distinct([]).counts.tolist() == [5000, 1]


def test_fixed_tokens_drop_others():
    tokens = KeyTable.from_strings(["b", "é", "a"])
    scanner = Scanner(TOKENIZERS["word"], known=KnownTokens(tokens.blob, tokens.offsets))
    block = TextBlock.from_documents(["A x b", "", "zz", "e\u0301 é q a"])
    scanned = scanner.scan(block)
    assert scanned.ids.tolist() == [2, 0, 1, 1, 2]
    assert scanned.doc_tokens.tolist() == [2, 0, 0, 3]
    assert scanner.n_keys == 3


def test_more_tokens_than_a_cache_holds():
    """Slots are fetched before they are looked at."""
    random = np.random.default_rng(0)
    ids = random.permutation(np.append(np.arange(300_000), random.integers(0, 300_000, 50_000)))
    block = TextBlock.from_documents([" ".join(f"t{i}" for i in ids)])
    scanner = Scanner(TOKENIZERS["word"])
    learned = scanner.scan(block).ids
    assert len(scanner.slots) > _IN_CACHE
    _, firsts, numbers = np.unique(ids, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(learned, np.argsort(np.argsort(firsts))[numbers])
    tokens = KeyTable.from_strings([f"t{i}" for i in range(290_000)])
    known = KnownTokens(tokens.blob, tokens.offsets, marks_others=True)
    found = Scanner(TOKENIZERS["word"], known=known).scan(block).ids
    np.testing.assert_array_equal(found, np.where(ids < 290_000, ids, -1))


def test_no_more_blocks_are_read_ahead_than_a_few_a_thread():
    read = 0

    def blocks():
        nonlocal read
        for _ in range(50):
            read += 1
            yield TextBlock.from_documents(["a b"])

    pieces = ScannerPool(TOKENIZERS["word"], 2).number(blocks())
    next(pieces)
    assert read <= 6
    pieces.close()


def test_an_error_of_a_thread_is_raised(monkeypatch):
    def fail(self, block):
        raise MemoryError("no room")

    monkeypatch.setattr(Scanner, "scan", fail)
    with pytest.raises(MemoryError, match="no room"):
        list(ScannerPool(TOKENIZERS["word"], 2).number([TextBlock.from_documents(["a"])]))
