"""The kernel gives what the Python form gives for every choice of lower case and normal form; so do its tables."""

import unicodedata
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.bags.characters import CHARACTERS
from textrep.corpus import TextBlock
from textrep.text import get_tokenizer, tables, tokenizer_from_dict
from textrep.text.scanner import Scanner

TRICKY = (
    "aA bΣσςİıßẞéÉ\u0301\u0323\u0345\u0307가각\u1100\u1161\u11a8\u00c5\u212b\u0958\u093c\u0928か\u3099_0\x00\n\x1c𝐀ǅ𐐀"
)
TEXTS = st.lists(st.text(st.sampled_from(TRICKY), max_size=25), min_size=1, max_size=5)
BUILTIN = {name: get_tokenizer(name) for name in ("word", "whitespace", "char")}
MAKERS = {"word": tables.word_table, "whitespace": tables.whitespace_table, "char": tables.char_table}
FORMS = [(lowercase, normalization) for lowercase in (True, False) for normalization in ("NFC", None)]


def tokens_of(tokenizer, documents):
    scanner = Scanner(tokenizer)
    numbered = scanner.scan(TextBlock.from_documents(documents))
    distinct = scanner.distinct([])
    text = distinct.blob.tobytes()
    names = [
        text[at : at + n].decode() for at, n in zip(distinct.starts.tolist(), distinct.sizes.tolist(), strict=True)
    ]
    return [[names[i] for i in part] for part in np.split(numbered.ids, np.cumsum(numbered.doc_tokens)[:-1])]


@pytest.mark.parametrize("name", [*BUILTIN, "every character"])
@pytest.mark.parametrize(("lowercase", "normalization"), FORMS)
@settings(deadline=None)
@given(documents=TEXTS, least=st.integers(1, 3))
def test_scanned_as_in_python(name, lowercase, normalization, documents, least):
    tokenizer = replace(BUILTIN.get(name, CHARACTERS), lowercase=lowercase, normalization=normalization)
    if not tokenizer.single:
        tokenizer = replace(tokenizer, min_token_length=least)
    assert tokens_of(tokenizer, documents) == [tokenizer(document) for document in documents]


@pytest.mark.parametrize("make", [*MAKERS.values(), tables.any_table])
def test_tables_flag_only_what_is_asked_for(make):
    points = np.arange(0x110000)
    codes = {form: make(lowercase=form[0], nfc=form[1] is not None) for form in FORMS}
    plain = codes[False, None]
    np.testing.assert_array_equal(plain & (tables.SEPARATOR - 1), points)
    assert not (plain & (tables.UNSAFE | tables.COMBINING)).any()
    np.testing.assert_array_equal(plain, make(True))
    unsafe = {form: set(np.flatnonzero(code & tables.UNSAFE).tolist()) for form, code in codes.items()}
    assert unsafe[True, None] == {0x130, 0x3A3}
    assert unsafe[True, "NFC"] == unsafe[False, "NFC"] | {0x130, 0x3A3}
    assert all(0 < ord(c) < 0x110000 and ord(c) in unsafe[False, "NFC"] for c in "\u212b\u0958\u0301\u1161\u11a8")
    np.testing.assert_array_equal(codes[False, "NFC"] & (tables.SEPARATOR - 1), points)
    lower = codes[True, None] & (tables.SEPARATOR - 1)
    assert [chr(lower[ord(c)]) for c in "AÉǅ𐐀ẞ가"] == list("aéǆ𐐨ß가")


def test_every_character_is_a_token():
    assert not (tables.any_table() & tables.SEPARATOR).any()
    assert tokens_of(CHARACTERS, ["a \n\0가", "", "𐀀 "]) == [["a", " ", "\n", "\0", "가"], [], ["𐀀", " "]]


@pytest.mark.parametrize(("lowercase", "normalization"), FORMS)
@pytest.mark.parametrize("name", BUILTIN)
def test_saved_form(name, lowercase, normalization):
    """What is not the default is saved, so that files of earlier versions and new ones of the defaults are the same."""
    tokenizer = replace(BUILTIN[name], lowercase=lowercase, normalization=normalization)
    saved = tokenizer.to_dict()
    assert tokenizer_from_dict(saved) == tokenizer
    by_default = {"lowercase": True, "normalization": "NFC"} if name != "whitespace" else {
        "lowercase": False, "normalization": None
    }  # fmt: skip
    chosen = {"lowercase": lowercase, "normalization": normalization}
    wanted = {key: value for key, value in chosen.items() if value != by_default[key]}
    assert saved == {"name": name, "min_token_length": 1, **wanted}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"lowercase": 1}, "lowercase must be True or False, not 1"),
        ({"lowercase": "no"}, "lowercase must be True or False, not 'no'"),
        ({"normalization": "NFD"}, "normalization must be 'NFC' or None, not 'NFD'"),
        ({"normalization": True}, "normalization must be 'NFC' or None, not True"),
    ],
)
def test_wrong_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        replace(BUILTIN["word"], **parameters)
    with pytest.raises(ValueError, match=message):
        tokenizer_from_dict({"name": "word", "min_token_length": 1, **parameters})


def test_decomposed_korean_stays_so_without_a_normal_form():
    text = unicodedata.normalize("NFD", "각나")
    assert tokens_of(replace(BUILTIN["word"], normalization=None), [text]) == [[text]]
    assert tokens_of(BUILTIN["word"], [text]) == [["각나"]]
