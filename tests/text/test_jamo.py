"""`decompose`: against Unicode's own decomposition, the original program's text, and what Hangul comes in."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from textrep.text import get_tokenizer
from textrep.text.jamo import FINALS, FIRST_SYLLABLE, INITIALS, NO_FINAL, VOWELS, decompose, in_full_width

SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4)]
COMPATIBILITY = [chr(code) for code in range(0x3131, 0x318F)]
CONJOINING = [chr(code) for code in [*range(0x1100, 0x1200), *range(0xA960, 0xA97D), *range(0xD7B0, 0xD7FC)]]
HALF_WIDTH = [chr(code) for code in range(0xFFA1, 0xFFDD) if unicodedata.name(chr(code), "")]


def letter_named(character):
    """The compatibility jamo of the same name: HANGUL CHOSEONG KIYEOK -> HANGUL LETTER KIYEOK."""
    return unicodedata.lookup(f"HANGUL LETTER {unicodedata.name(character).split(' ', 2)[2]}")


def test_every_syllable_is_its_initial_vowel_and_final():
    assert len(SYLLABLES) == len(INITIALS) * len(VOWELS) * len(FINALS) == 11172
    for syllable in SYLLABLES:
        letters = [letter_named(jamo) for jamo in unicodedata.normalize("NFD", syllable)]
        assert decompose(syllable) == "".join(letters).ljust(3, NO_FINAL)


def test_the_sign_for_no_final_is_in_no_word():
    assert len(NO_FINAL) == 1
    assert len(NO_FINAL.encode()) == len("ㄱ".encode())
    assert get_tokenizer("word")(f"가{NO_FINAL}나") == ["가", "나"]
    assert {unicodedata.normalize(form, NO_FINAL) for form in ("NFC", "NFD", "NFKC", "NFKD")} == {NO_FINAL}


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        # Words as the corpora of Park et al.'s program and of its descendants write them, where e is the sign.
        ("강아지", "ㄱㅏㅇㅇㅏeㅈㅣe"),
        ("롯데건설에", "ㄹㅗㅅㄷㅔeㄱㅓㄴㅅㅓㄹㅇㅔe"),
        ("미성크로바", "ㅁㅣeㅅㅓㅇㅋㅡeㄹㅗeㅂㅏe"),
        ("재건축", "ㅈㅐeㄱㅓㄴㅊㅜㄱ"),
    ],
)
def test_as_the_original_program(word, letters):
    assert decompose(word) == letters.replace("e", NO_FINAL)


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("", ""),
        ("3월", "3ㅇㅝㄹ"),
        ("k팝", "kㅍㅏㅂ"),
        ("코로나19", "ㅋㅗ∅ㄹㅗ∅ㄴㅏ∅19"),
        ("e북", "eㅂㅜㄱ"),
        ("값닭", "ㄱㅏㅄㄷㅏㄺ"),  # two consonants at the end are one letter
        ("ㅋㅋㅋ", "ㅋㅋㅋ"),
        ("ㅏㅠㅠ", "ㅏㅠㅠ"),  # single letters are no syllables: no sign
        ("ﾻﾻ", "ㅋㅋ"),  # half-width
        ("\uffc2\uffd7", "ㅏㅠ"),
        ("ᆫ다", "ㄴㄷㅏ∅"),  # a conjoining final, as morphemes begin with
        ("ᄏᄏ", "ㅋㅋ"),  # conjoining initials
        ("ᅡ", "ㅏ"),
        ("ᄒᆞᆫ글", "ㅎㆍㄴㄱㅡㄹ"),  # old Hangul: conjoining, has no precomposed form
        ("ᄆᆞᅀᆞᆷ", "ㅁㆍ∅ㅿㆍㅁ"),
        ("가ᇰ", "ㄱㅏㆁ"),  # an old final after a precomposed syllable: that is not without a final
        ("각ᇰ", "ㄱㅏㄱㆁ"),
        ("가ᅵ", "ㄱㅏㅣ∅"),
        ("ᄒᅠ", "ㅎᅠ"),  # the filler is no vowel
        ("가〮", "ㄱㅏ∅〮"),  # a tone mark
        ("ꥠᆞ", "ꥠㆍ∅"),  # an old letter that is nowhere else
        ("大韓", "大韓"),
        ("ｶﾅかな", "ｶﾅかな"),
        ("café", "café"),
        ("👨‍👩‍👧👍🏽", "👨‍👩‍👧👍🏽"),
        ("㉠㈀", "㉠㈀"),  # circled and in parentheses: signs
        ("<가>", "<ㄱㅏ∅>"),
    ],
)
def test_what_words_consist_of(word, letters):
    assert decompose(word) == letters


def test_half_width_and_compatibility_letters_are_the_same():
    assert len(HALF_WIDTH) == 51
    for letter in HALF_WIDTH:
        assert decompose(letter) == decompose(decompose(letter)) != letter
        assert in_full_width(f"a{letter}가") == f"a{decompose(letter)}가"
        assert unicodedata.normalize("NFKC", decompose(letter)) == unicodedata.normalize("NFKC", letter)


def test_compatibility_letters_stay_and_are_what_their_conjoining_forms_become():
    for letter in COMPATIBILITY:
        assert decompose(letter) == letter
        if letter != "\u3164":  # the filler, which is no letter
            assert decompose(unicodedata.normalize("NFKC", letter)) == letter


@given(st.text(st.sampled_from([*SYLLABLES[:2000:7], *CONJOINING, *COMPATIBILITY, "a", "3", "\u302e", "\u200d", "漢"])))
@example("가\u11a8")
@example("\u1100\u1161\u11f0\u1161\u11a8")
def test_both_forms_give_the_same(word):
    forms = [unicodedata.normalize(form, word) for form in ("NFC", "NFD")]
    assert decompose(forms[0]) == decompose(forms[1])


@given(st.text(), st.text())
def test_letters_of_a_word_are_those_of_its_characters(one, other):
    # Conjoining jamo look at their neighbours; nothing else does.
    one, other = (
        unicodedata.normalize("NFC", "".join(c for c in word if c not in CONJOINING)) for word in (one, other)
    )
    assert decompose(one + other) == decompose(one) + decompose(other)
    assert decompose(one) == "".join(map(decompose, one))


@given(st.text(st.sampled_from(SYLLABLES)))
def test_a_word_of_syllables_has_three_letters_each_and_can_be_told(word):
    letters = decompose(word)
    assert len(letters) == 3 * len(word)
    back = [
        chr(FIRST_SYLLABLE + (INITIALS.index(i) * len(VOWELS) + VOWELS.index(v)) * len(FINALS) + FINALS.index(f))
        for i, v, f in zip(letters[::3], letters[1::3], letters[2::3], strict=True)
    ]
    assert "".join(back) == word
