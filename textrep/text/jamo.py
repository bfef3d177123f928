"""Hangul words as jamo, the letters that syllables consist of.

As in Park et al. [1]_ a syllable becomes three letters: initial, vowel, final, with a sign where there is no final, so
that letters keep their places: ``강아지`` is ``ㄱㅏㅇㅇㅏ∅ㅈㅣ∅``. Letters are compatibility jamo (U+3131 to U+318E),
as in the paper's program: initial and final ㄱ are the same. Its sign for no final is ``e``; here it is ``∅``, a letter
of no script, so that Latin words are not taken for finals.

.. [1] Park, Byun, Baek, Cho, Oh: Subword-level Word Vector Representations for Korean. ACL 2018.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["FINALS", "FIRST_SYLLABLE", "INITIALS", "NO_FINAL", "VOWELS", "decompose", "in_full_width"]

NO_FINAL = "∅"  # U+2205, three bytes of UTF-8 as every letter; no word character (\w)
# A syllable's code point is FIRST_SYLLABLE + (initial * 21 + vowel) * 28 + final.
FIRST_SYLLABLE = 0xAC00
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"  # 19
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"  # 21
FINALS = f"{NO_FINAL}ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"  # 28

# Conjoining jamo, which Unicode joins to one syllable where they follow each other; without the two fillers.
_INITIAL = "[\u1100-\u115e\ua960-\ua97c]"
_VOWEL = "[\u1161-\u11a7\ud7b0-\ud7c6]"
_VOWEL_OR_FINAL = "[\u1161-\u11ff\ud7b0-\ud7fb]"
_HAS_CONJOINING = re.compile(_VOWEL_OR_FINAL)
_CONTINUED = re.compile(f"[가-힣](?={_VOWEL_OR_FINAL})")
_OPEN = re.compile(f"(?<={_INITIAL}){_VOWEL}+(?!{_VOWEL_OR_FINAL})")
_HALF_WIDTH = re.compile("[\uffa0-\uffdc]")
_PLACE = re.compile("^HANGUL (CHOSEONG|JUNGSEONG|JONGSEONG) ")


def decompose(word: str) -> str:
    """Return the letters of a word.

    A precomposed syllable gives three. Conjoining jamo, of which decomposed text (NFD) and old Hangul consist, and
    half-width jamo give the compatibility jamo of the same name, if there is one: ``ﾻ`` and ``ㅋ`` are the same letter.
    A conjoining syllable without a final gets the sign for it, too. Everything else stays as it is: single
    compatibility jamo, Latin letters, digits, Hanja, emoji.

    Parameters
    ----------
    word : str
        In NFC or NFD: Hangul gives the same in both. Other scripts are not normalised.

    Returns
    -------
    str

    Examples
    --------
    >>> decompose("강아지")
    'ㄱㅏㅇㅇㅏ∅ㅈㅣ∅'
    >>> decompose("3월"), decompose("k팝"), decompose("ㅋㅋ")
    ('3ㅇㅝㄹ', 'kㅍㅏㅂ', 'ㅋㅋ')
    """
    if _HAS_CONJOINING.search(word):
        word = _CONTINUED.sub(lambda syllable: unicodedata.normalize("NFD", syllable[0]), word)
        word = _OPEN.sub(rf"\g<0>{NO_FINAL}", word)
    return word.translate(_letters)


def in_full_width(word: str) -> str:
    """Return a word with half-width jamo as the compatibility jamo of the same name: ``"한ﾡ" -> "한ㄱ"``."""
    return _HALF_WIDTH.sub(lambda letter: _letters[ord(letter[0])], word)


class _Letters(dict[int, str]):
    """Code point -> its letters, found when they are first asked for."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = letters = _letters_of(chr(code_point))
        return letters


_letters = _Letters({0x11A1: "\u318e"})  # the one that has two names: ARAEA-I, ARAEAE


def _letters_of(character: str) -> str:
    """Return what stands for one character: ``"강" -> "ㄱㅏㅇ"``, ``"ᆫ" -> "ㄴ"``, ``"a" -> "a"``."""
    if "가" <= character <= "힣":
        initial_and_vowel, final = divmod(ord(character) - FIRST_SYLLABLE, len(FINALS))
        initial, vowel = divmod(initial_and_vowel, len(VOWELS))
        return INITIALS[initial] + VOWELS[vowel] + FINALS[final]
    name = unicodedata.name(character, "")
    if "HANGUL" not in name:
        return character
    try:  # HANGUL LETTER ... is what Unicode calls compatibility jamo
        return unicodedata.lookup(_PLACE.sub("HANGUL LETTER ", name.removeprefix("HALFWIDTH ")))
    except KeyError:  # old letters that only conjoin
        return character
