"""The tokenizer ``"kiwi"``: Korean morphemes, found by Kiwi [1]_ (the extra ``korean``).

A process has one Kiwi, loaded when a text is first split: it takes seconds and hundreds of megabytes. The tokenizer
itself holds only its parameters, so that it is compared, saved and sent to other processes as the others are.

.. [1] https://github.com/bab2min/kiwipiepy
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from textrep.errors import EncodingError, MissingExtraError
from textrep.locks import ProcessLock
from textrep.parallel import processors
from textrep.text.tokenizers import check_min_token_length

__all__ = ["KiwiTokenizer"]

_WORD_CHARACTER = re.compile(r"\w")
_BATCH = 1 << 14  # characters of text that each of Kiwi's threads is handed at a time: under a second's work


def _installed(package: str) -> str:
    """Return the version of a package of the extra, or raise MissingExtraError."""
    if importlib.util.find_spec(package) is None:
        raise MissingExtraError("The tokenizer 'kiwi'", package, "korean")
    return importlib.metadata.version(package)


@dataclass(frozen=True)
class KiwiTokenizer:
    r"""Korean morphemes in their order, as Kiwi finds them: particles and endings are tokens of their own.

    The text is brought to NFC before, and morphemes are lower-cased after; those without a word character (``\w``),
    which is punctuation, symbols and emoji, are left out. All this is as ``"word"`` does it. Finals that are a
    morpheme, or begin one, are compatibility jamo, which keyboards type: ``ㄴ다``. What Kiwi takes for one piece stays
    one: web and mail addresses, hashtags, numbers with their points; but names of several words are several tokens.

    Parameters
    ----------
    min_token_length : int
        Shorter tokens are dropped; in characters (code points).
    kiwipiepy_version, model_version : str
        Versions of the packages kiwipiepy and kiwipiepy_model: by default those installed. One that a store brings
        along has the versions that the store's texts were split by; where others are installed it warns on first use.

    Raises
    ------
    MissingExtraError
        If no versions are given, and kiwipiepy is not installed.
    """

    min_token_length: int = 1
    kiwipiepy_version: str = field(default_factory=lambda: _installed("kiwipiepy"))
    model_version: str = field(default_factory=lambda: _installed("kiwipiepy_model"))

    name: ClassVar[str] = "kiwi"

    def __post_init__(self) -> None:
        check_min_token_length(self.min_token_length)
        for version in (self.kiwipiepy_version, self.model_version):
            if not isinstance(version, str):
                raise ValueError(  # noqa: TRY004
                    f"the versions of kiwipiepy and of its model must be strings like '0.24.1', not {version!r}"
                )

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order.

        Raises
        ------
        MissingExtraError
            If kiwipiepy is not installed.
        EncodingError
            If the text holds a lone surrogate, which is no character.
        """
        kiwi = self._kiwi()
        return self._tokens(kiwi.tokenize(_prepared(text), compatible_jamo=True))

    def tokens_of_many(self, texts: Iterable[str], n_threads: int) -> Iterator[list[str]]:
        """Yield the tokens of each text, in order: the same as one call for each, in threads.

        Parameters
        ----------
        texts : iterable of str
            Read by the calling thread, a bounded number at a time.
        n_threads : int
            At least 1.
        """
        if n_threads == 1:
            yield from map(self, texts)
            return
        n_threads = min(n_threads, processors())  # they are started at once, whatever there is to do
        kiwi = self._kiwi(n_threads)
        for batch in _batches(map(_prepared, texts), n_threads * _BATCH):
            yield from map(self._tokens, kiwi.tokenize(batch, compatible_jamo=True))

    def to_dict(self) -> dict[str, Any]:
        """Return name, parameters and versions."""
        return {"name": self.name, **asdict(self), "min_token_length": int(self.min_token_length)}

    def _kiwi(self, n_threads: int | None = None) -> Any:
        _check_versions(self.kiwipiepy_version, self.model_version)
        return _kiwi_of_this_process(n_threads)

    def _tokens(self, morphemes: Any) -> list[str]:
        forms = (morpheme.form.lower() for morpheme in morphemes)
        return [form for form in forms if len(form) >= self.min_token_length and _WORD_CHARACTER.search(form)]


_loading = ProcessLock()
_loaded: dict[int, Any] = {}  # process id -> its Kiwi: a forked process has none of its parent's threads


def _kiwi_of_this_process(n_threads: int | None) -> Any:
    """Return the Kiwi of this process, loaded if need be; with a given number of threads, or with any."""
    process = os.getpid()
    with _loading.held():
        kiwi = _loaded.get(process)
        if kiwi is None or n_threads not in (None, kiwi.num_workers):
            from kiwipiepy import Kiwi

            del kiwi
            _loaded.pop(process, None)  # before the next one takes as much memory
            # without its names of several words: their spaces have no place in a token
            kiwi = _loaded[process] = Kiwi(num_workers=n_threads or 1, load_multi_dict=False)
        return kiwi


def _prepared(text: str) -> str:
    """Return a text in NFC; refuse what Kiwi, which works on UTF-16, cannot take."""
    try:
        text.encode("utf-16-le")
    except UnicodeEncodeError as error:
        raise EncodingError(
            f"a text holds the lone surrogate {text[error.start]!r} at character {error.start}, which is no character; "
            "remove it with text.encode('utf-8', 'ignore').decode()"
        ) from None
    return unicodedata.normalize("NFC", text)


def _batches(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield lists of texts of about `size` characters together.

    Kiwi is given lists, not the stream itself: errors of a stream, and Ctrl-C, do not pass through it as they are.
    """
    batch: list[str] = []
    n_characters = 0
    for text in texts:
        batch.append(text)
        n_characters += len(text) + 1
        if n_characters >= size:
            yield batch
            batch, n_characters = [], 0
    if batch:
        yield batch


@functools.cache  # once for each pair of versions
def _check_versions(kiwipiepy: str, model: str) -> None:
    """Raise MissingExtraError if Kiwi is not installed; warn if it is another than a text was split by."""
    installed = _installed("kiwipiepy"), _installed("kiwipiepy_model")
    if installed != (kiwipiepy, model):
        warnings.warn(
            f"the corpus was split by kiwipiepy {kiwipiepy} with kiwipiepy_model {model}; installed are kiwipiepy "
            f"{installed[0]} with kiwipiepy_model {installed[1]}, which may split a text in another way. "
            f"To split as then: pip install kiwipiepy=={kiwipiepy} kiwipiepy_model=={model}",
            UserWarning,
            stacklevel=4,
        )
