"""`Analyzer`: from a document to its features, n-grams of words or of characters, said once in plain Python.

The Python form, ``analyzer(document)``, is the definition, as that of scikit-learn's ``build_analyzer`` is; counting in
`textrep.bags` gives the same features, most of them without making a string.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from textrep.text.tokenizers import BuiltinTokenizer, Tokenizer, get_tokenizer, prepared

__all__ = ["ANALYZERS", "Analyzer", "get_analyzer"]

ANALYZERS = ("word", "char", "char_wb")

_WHITE_SPACES = re.compile(r"\s\s+")


@dataclass(frozen=True)
class Analyzer:
    """What makes features of documents; `get_analyzer` makes one.

    Parameters
    ----------
    kind : {"word", "char", "char_wb"} or callable
        N-grams of tokens; of characters; of characters within words, which are padded with a space on each side; or
        a function from a document to a list of its features.
    tokenizer : Tokenizer
        What gives the tokens for ``"word"``.
    lowercase : bool
        Whether documents are lower-cased first; not for a callable.
    normalization : {"NFC", None}
        Normal form that documents are brought into first; not for a callable.
    stop_words : frozenset of str
        Tokens that are left out before n-grams are made; for ``"word"`` only.
    shortest, longest : int
        Lengths of the n-grams, in tokens or characters.
    """

    kind: str | Callable[[Any], Sequence[str]]
    tokenizer: Tokenizer
    lowercase: bool = True
    normalization: str | None = "NFC"
    stop_words: frozenset[str] = frozenset()
    shortest: int = 1
    longest: int = 1

    def __call__(self, document: Any) -> list[str]:
        """Return the features of a document, in the order of their length, then of their place."""
        if not isinstance(self.kind, str):
            features = self.kind(document)
            try:
                stream = iter(features)
            except TypeError:
                raise TypeError(
                    f"the analyzer returned {features!r:.60} for {document!r:.60}; it must return a list of str"
                ) from None
            return list(stream)
        if self.kind == "word":
            return self.of_tokens(self.tokenizer(self.prepare(document)))
        if self.kind == "char":
            return _ngrams(self.spaced(document), self.shortest, self.longest)
        return [ngram for word in self.prepare(document).split() for ngram in self._of_word(f" {word} ")]

    @property
    def normal_form(self) -> Literal["NFC"] | None:
        """The Unicode normal form that texts are brought into; None: they are not, or it is not known."""
        if not isinstance(self.kind, str):
            return None
        is_built_in = self.kind == "word" and isinstance(self.tokenizer, BuiltinTokenizer)
        form = getattr(self.tokenizer, "normalization", None) if is_built_in else self.normalization
        return "NFC" if form == "NFC" else None

    def prepare(self, document: str) -> str:
        """Bring a document into the normal form and lower case asked for, unless the tokenizer does so."""
        if self.kind == "word" and isinstance(self.tokenizer, BuiltinTokenizer):
            return document
        return prepared(document, lowercase=self.lowercase, normalization=self.normalization)

    def spaced(self, document: str) -> str:
        """Prepare a document for ``"char"``: two or more white spaces in a row become one space."""
        return _WHITE_SPACES.sub(" ", self.prepare(document))

    def of_tokens(self, tokens: Sequence[str]) -> list[str]:
        """Return the features of a document that has been split into tokens already."""
        if self.stop_words:
            tokens = [token for token in tokens if token not in self.stop_words]
        if self.longest == 1:
            return list(tokens)
        return [" ".join(ngram) for ngram in _ngrams(tokens, self.shortest, self.longest)]

    def _of_word(self, padded: str) -> list[str]:
        """A word shorter than the shortest n-gram counts once, whole."""
        return _ngrams(padded, min(self.shortest, len(padded)), self.longest)


def _ngrams(units: Any, shortest: int, longest: int) -> list[Any]:
    lengths = range(shortest, min(longest, len(units)) + 1)
    return [units[start : start + n] for n in lengths for start in range(len(units) - n + 1)]


def get_analyzer(
    kind: str | Callable[[Any], Sequence[str]],
    tokenizer: str | Callable[[str], list[str]],
    min_token_length: int,
    *,
    lowercase: bool,
    normalization: str | None,
    stop_words: frozenset[str],
    ngram_range: tuple[int, int],
) -> Analyzer:
    """Make an analyzer; a tokenizer known by name then lower-cases and normalises as it reads."""
    found = get_tokenizer(tokenizer, min_token_length)
    if isinstance(found, BuiltinTokenizer) and isinstance(tokenizer, str):
        found = replace(found, lowercase=lowercase, normalization=normalization)
    return Analyzer(kind, found, lowercase, normalization, stop_words, *map(int, ngram_range))
