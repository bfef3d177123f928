"""The Python form of the tokenizers, their names and their saved form."""

import functools
import json
import re
import unicodedata

import pytest

from textrep.text import get_tokenizer, tokenizer_from_dict
from textrep.text.tokenizers import Tokenizer


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("word", "The CAT's hat_2, 새해 복!", ["the", "cat", "s", "hat_2", "새해", "복"]),
        ("word", "e\u0301te\u0301 \u1112\u1161\u11ab", ["\u00e9t\u00e9", "\ud55c"]),
        ("word", "ΟΔΥΣΣΕΥΣ İz", ["οδυσσευς", "i", "z"]),
        ("whitespace", " The\tCAT's\u3000x\x00y \x1c\x85", ["The", "CAT's", "x\x00y"]),
        ("char", "A é\n가", ["a", "é", "가"]),
        ("word", " ,. ", []),
    ],
)
def test_tokens(name, text, expected):
    assert get_tokenizer(name)(text) == expected


def test_min_token_length_counts_characters_not_bytes():
    assert get_tokenizer("word", 2)("a bc 가 나다 é \U00020000") == ["bc", "나다"]
    assert get_tokenizer("whitespace", 3)("ab abc 가나 가나다") == ["abc", "가나다"]
    assert get_tokenizer(str.split, 2)("a bc") == ["bc"]


@pytest.mark.parametrize(("name", "length"), [("word", 1), ("word", 3), ("whitespace", 1), ("char", 1)])
def test_saved_and_restored(name, length):
    tokenizer = get_tokenizer(name, length)
    saved = json.loads(json.dumps(tokenizer.to_dict()))
    assert saved == {"name": name, "min_token_length": length}
    assert tokenizer_from_dict(saved) == tokenizer


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (str.split, "builtins.str.split"),
        (functools.partial(re.findall, "a"), "functools.partial"),
        (unicodedata.normalize, "unicodedata.normalize"),
    ],
)
def test_callable_is_named_not_saved(function, name):
    saved = json.loads(json.dumps(get_tokenizer(function).to_dict()))
    assert saved["callable"] == name
    restored = tokenizer_from_dict(saved)
    assert restored.to_dict() == saved
    with pytest.raises(TypeError, match=re.escape(repr(name)) + ".*pass that function as tokenizer"):
        restored("a b")


def test_ready_tokenizer_is_returned_as_it_is():
    tokenizer = get_tokenizer("word", 2)
    assert isinstance(tokenizer, Tokenizer)
    assert get_tokenizer(tokenizer) is tokenizer
    with pytest.raises(ValueError, match="min_token_length=3 cannot be given beside a ready tokenizer"):
        get_tokenizer(tokenizer, 3)


def test_class_is_a_callable_like_any_other():
    assert get_tokenizer(list)("ab") == ["a", "b"]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda text: None, "returned None for 'some text'; it must return a list of str"),
        (lambda text: "abc", "returned 'abc'"),
        (lambda text: ["a", 3], "holds 3 for 'some text'; every token must be a str"),
        (lambda text: [b"a"], "holds b'a'"),
    ],
)
def test_wrong_results_of_a_callable(function, message):
    with pytest.raises(TypeError, match=message):
        get_tokenizer(function)("some text")


@pytest.mark.parametrize("name", ["Kiwi", "", "Word"])
def test_unknown_name(name):
    with pytest.raises(ValueError, match=f"tokenizer {name!r}; known are 'word', 'whitespace', 'char', 'kiwi',"):
        get_tokenizer(name)


def test_wrong_arguments():
    with pytest.raises(TypeError, match="not 3"):
        get_tokenizer(3)
    for length in (0, -1, 1.5, True, "2"):
        with pytest.raises(ValueError, match="min_token_length must be an integer of 1 or more"):
            get_tokenizer("word", length)
    with pytest.raises(ValueError, match="'char' gives tokens of one character"):
        get_tokenizer("char", 2)


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ({"name": "morphemes"}, "unknown to this textrep"),
        ({}, "unknown to this textrep"),
        ({"name": ["word"]}, "unknown to this textrep"),
        (["word"], "must be a JSON object"),
        ({"name": "word", "stem": True}, "settings unknown to this textrep: stem"),
        ({"name": "word", "min_token_length": 0}, "min_token_length"),
    ],
)
def test_saved_form_that_means_nothing(saved, message):
    with pytest.raises(ValueError, match=message):
        tokenizer_from_dict(saved)
