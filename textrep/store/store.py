"""`EmbeddingStore`: vectors by key, and how they are made, opened, saved, exported and copied.

Look-up, neighbours and analogies are in `textrep.store.asked`, texts that ask for documents in
`textrep.store.documents`. What a store is given is checked in `textrep.store.parts`; the file format is in
`textrep.container`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from textrep.container import Container
from textrep.errors import FormatError
from textrep.keytable import KeyTable
from textrep.layout import HEADER_START
from textrep.locks import computed_once
from textrep.store.documents import DocumentsByText
from textrep.store.file import StoreParts, open_store, write_store
from textrep.store.lookup import Lookup
from textrep.store.parts import checked_parts, locked, name_of
from textrep.store.sparse import SparseRows
from textrep.store.sparse_lookup import SparseLookup
from textrep.store.subwords import SubwordTable

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from scipy.sparse import sparray, spmatrix

    from textrep.text import Tokenizer
    from textrep.vectorizers.saved import SavedVectorizer

__all__ = ["EmbeddingStore"]


class EmbeddingStore(DocumentsByText):
    """Vectors by key, and which keys are near to which.

    Made by `from_vectors`, `open`, or a vectorizer's ``to_store()``; not by calling the class.

    A store does not change. Scores are cosines, best first; ties go by the order of the keys in the store;
    a vector of zeros has cosine 0 with everything. Every cosine is computed in float64 and rounded to 12
    decimals, so that the answer to a query is the same alone and among others.

    A store pickles. One in memory takes its arrays along, and its tokenizer as far as `save` would keep it; one that
    was opened takes only the absolute path of its file, and opens what is there when it is unpickled: an index built
    since then is not there unless the store was saved to that file. Copies share the arrays.

    Attributes
    ----------
    keys : KeyTable
        The keys, a sequence of str.
    subwords : SubwordTable, optional
        Vectors of parts of words, of which vectors of words that are no keys are made.
    context_vectors : ndarray of float32, shape (n_keys, dim), or None
        The output vectors of training, from which it can go on. Read-only.
    vectors : ndarray or scipy.sparse.csr_array of float32, shape (n_keys, dim)
        Read-only; mapped from the file if the store was opened. A CSR array if the store was made of a sparse matrix.
    norms : ndarray of float32, shape (n_keys,)
        The Euclidean lengths of the vectors. Read-only.
    counts : ndarray of int64, shape (n_keys,), or None
        How often each key occurred in the corpus. Read-only.
    metadata : dict
        How the vectors were made: method, training parameters. What JSON can express.
    texts : sequence of str, or None
        In a store of documents, how the text of each begins.
    """

    def __init__(self, parts: StoreParts, container: Container | None = None) -> None:
        kind = SparseLookup if isinstance(parts.vectors, SparseRows) else Lookup
        super().__init__(parts.keys, kind(parts, name_of(parts, container)), parts.norms, parts.vector_index)
        self.counts = parts.counts
        self.metadata = parts.metadata
        self.subwords = parts.subwords
        self.context_vectors = parts.context_vectors
        self.texts = parts.texts
        self._saved_vectorizer = parts.vectorizer
        self._tokenizer_dict = parts.tokenizer
        self._container = container
        self._file = None if container is None else container.path.absolute()  # wherever one works later

    @classmethod
    def from_vectors(
        cls,
        keys: Iterable[str] | KeyTable,
        vectors: ArrayLike | sparray | spmatrix,
        *,
        counts: ArrayLike | None = None,
        tokenizer: Mapping[str, Any] | Tokenizer | None = None,
        metadata: Mapping[str, Any] | None = None,
        subwords: SubwordTable | None = None,
        context_vectors: ArrayLike | None = None,
        texts: Iterable[str] | None = None,
        vectorizer: SavedVectorizer | None = None,
        copy: bool = True,
    ) -> EmbeddingStore:
        """Make a store of keys and their vectors.

        Parameters
        ----------
        keys : iterable of str, or KeyTable
            Distinct; a KeyTable is by construction, and is not checked. The empty string is a key like any other.
        vectors : array-like or sparse matrix, shape (n_keys, dim)
            Finite; kept as float32. Any sparse matrix or array of SciPy's stays sparse, as CSR: the counts or TF-IDF
            of documents, say, whose names are the keys.
        counts : array-like of int, shape (n_keys,), optional
            How often each key occurred in the corpus.
        tokenizer : Tokenizer or dict, optional
            What split the corpus into the keys, or its ``to_dict()``.
        metadata : mapping, optional
            How the vectors were made. What JSON can express.
        subwords : SubwordTable, optional
            Rows of parts of words, of which vectors of other words are made. Its arrays must not be changed afterwards.
            Dense vectors only.
        context_vectors : array-like of shape (any, dim), optional
            The output vectors of training, from which it can go on. Dense vectors only.
        texts : iterable of str, optional
            What is shown beside keys that name documents: how the text of each begins.
        vectorizer : a vectorizer of textrep, optional
            What made the vectors of documents; `similar_to_text` makes vectors of other texts with it, and `save` keeps
            it.
        copy : bool
            False keeps `vectors` itself, if it is float32 in C order, or the arrays of a CSR matrix of float32 without
            zeros, whose columns ascend; they must not be changed afterwards.

        Raises
        ------
        ValueError
            If keys repeat (those of a KeyTable cannot), lengths differ, or a vector is not finite; names the key.
        TypeError
            If a key is no str.
        """
        parts = checked_parts(
            keys,
            vectors,
            counts=counts,
            tokenizer=tokenizer,
            metadata=metadata,
            subwords=subwords,
            context_vectors=context_vectors,
            texts=texts,
            copy=copy,
        )
        store = cls(parts)
        if not isinstance(tokenizer, Mapping | None):
            store.__dict__["tokenizer"] = tokenizer  # as given: a callable cannot be made again from its dict
        if vectorizer is not None:
            store.__dict__["vectorizer"] = vectorizer
        return store

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> EmbeddingStore:
        """Open a saved store. Its vectors are mapped, and read as far as they are used.

        The file may be replaced or removed meanwhile: what is mapped stays. It must not be cut short or written over in
        place, which textrep never does: where a mapped file ends early, the system ends the process (SIGBUS).

        Raises
        ------
        FormatError
            If the file is no store, or truncated or altered as far as its header and sizes show; `verify`
            checks the rest.
        StoreNotFoundError
            If there is no such file.
        """
        return cls(*open_store(path))

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        format: str | None = None,  # noqa: A002
        *,
        encoding_errors: str = "strict",
    ) -> EmbeddingStore:
        """Read vectors from a file that another program wrote, or open one of textrep's own.

        Of words that come several times the first is kept, as gensim does; ``metadata["duplicates_dropped"]`` says
        how many were not. A fastText ``.bin`` that repeats a word is refused.

        Parameters
        ----------
        path : path-like
            The file; plain, or compressed with gzip, bzip2, xz or Zstandard.
        format : str, optional
            ``"word2vec"`` (text; fastText's ``.vec`` too), ``"word2vec-binary"``, ``"fasttext"`` (``.bin`` and
            ``.ftz``), ``"floret"``, ``"glove"`` or ``"textrep"``. By default what the content shows, or else the name.
        encoding_errors : str
            What to do with words that are not UTF-8, as in ``bytes.decode``: ``"strict"``, ``"replace"``, ``"ignore"``
            or ``"backslashreplace"``. word2vec cuts long words, possibly within a character. Words of which
            ``"ignore"`` leaves nothing are left out, counted in ``metadata["undecodable_dropped"]``; in a fastText
            ``.bin`` they are refused.

        Warns
        -----
        UserWarning
            If words of word2vec text end in a decimal fraction: rows with a number too many are read so, as by gensim.

        Raises
        ------
        FormatError
            If the file is truncated, altered, or of no format that textrep reads; says where and why.
        StoreNotFoundError
            If there is no such file.
        ValueError
            If there is no format of that name, or `encoding_errors` is none of the four.
        """
        from textrep.store.formats.registry import load_store

        return load_store(path, format, encoding_errors)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the store as one file, whole or not at all.

        Parameters
        ----------
        path : path-like
            By custom ``NAME.textrep``; used as given. An existing store is replaced in one step, even the
            very file this store was opened from (not on Windows, where a mapped file cannot be replaced).
            Anything else that exists is left alone.

        Raises
        ------
        StoreExistsError
            If `path` names something that is no store.
        StoreNotFoundError
            If its folder does not exist.
        FormatError
            If the file this store was opened from was altered: what is written has checksums of its own, that fit.
        """
        self.verify()
        write_store(path, self.parts())

    def export(self, path: str | os.PathLike[str], format: str | None = None) -> None:  # noqa: A002
        """Write the vectors in a format that other programs read, whole or not at all.

        Parameters
        ----------
        path : path-like
            The file to make; compressed if its name ends with ``.gz``, ``.bz2``, ``.xz`` or ``.zst`` and the format
            allows it. An existing file of the same format is replaced in one step; anything else is left alone.
        format : str, optional
            ``"word2vec"`` (text), ``"word2vec-binary"``, ``"fasttext"``, ``"floret"``, ``"glove"``, ``"static"`` (a
            folder that model2vec and sentence-transformers load) or ``"textrep"``. By default what the name asks for:
            ``.txt`` and ``.vec`` for word2vec text, ``.w2v`` for word2vec binary, ``.textrep`` for a store, and so on.

        Raises
        ------
        FormatError
            If the format cannot express a word: word2vec binary no space, text no newline. If the store is sparse: only
            ``"textrep"`` can express that. If the file this store was opened from was altered.
        StoreExistsError
            If `path` names something of another format.
        StoreNotFoundError
            If its folder does not exist.
        ValueError
            If there is no format of that name, or `path` asks for none or for several.
        """
        from textrep.store.formats.registry import export_store

        export_store(self, path, format)

    @classmethod
    def from_gensim(cls, keyed_vectors: KeyedVectors) -> EmbeddingStore:
        """Make a store of gensim's KeyedVectors, a model's ``wv``; those of FastText models keep their subwords.

        Raises
        ------
        TypeError
            If it is something else, or a key is no str.
        """
        from textrep.store.formats.gensim import from_gensim

        return from_gensim(keyed_vectors)

    def to_gensim(self) -> KeyedVectors:
        """Return the words and a copy of their vectors as gensim's KeyedVectors; not the subwords.

        Raises
        ------
        FormatError
            If the store is sparse.
        MissingExtraError
            If gensim is not installed.
        """
        from textrep.store.formats.gensim import to_gensim

        return to_gensim(self)

    def verify(self) -> None:
        """Read the whole file this store was opened from and compare it with its checksums.

        Raises
        ------
        FormatError
            Names the file and what in it was altered.
        """
        if self._container is not None:
            self._container.verify()

    @property
    def path(self) -> Path | None:
        """The file this store was opened from, if any."""
        return self._container.path if self._container else None

    @computed_once
    def tokenizer(self) -> Tokenizer | None:
        """What split the corpus into the keys, if known; FormatError if a file names one that is not."""
        if self._tokenizer_dict is None:
            return None
        from textrep.text import tokenizer_from_dict

        try:
            return tokenizer_from_dict(self._tokenizer_dict)
        except (TypeError, ValueError) as error:
            if self._file is None:
                raise
            raise FormatError(f"{self._file}, byte {HEADER_START}: {error}") from error

    def __copy__(self) -> EmbeddingStore:
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__dict__)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> EmbeddingStore:
        copied = self.__copy__()
        copied.metadata = deepcopy(self.metadata, memo)  # all else cannot be written
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        if self._file is not None:
            return type(self).open, (self._file,)
        return _unpickled, (type(self), self.parts())  # not the class itself: pickle may have made arrays writeable

    def __repr__(self) -> str:
        origin = f", opened from {str(self.path)!r}" if self.path else ""
        sparse = "" if self.nnz is None else f", sparse, {self.nnz:,} non-zeros"
        return f"<EmbeddingStore: {len(self):,} keys, {self.dim} dimensions{sparse}{origin}>"

    def parts(self) -> StoreParts:
        """Return what the store consists of."""
        counts, tokenizer, metadata = self.counts, self._tokenizer_dict, self.metadata
        subwords = None if self.subwords is None else replace(self.subwords, word_rows=None)  # in the vectors by now
        vectors, context, vectorizer = self._lookup.vectors, self.context_vectors, self._saved_vectorizer
        if vectorizer is None and self.vectorizer is not None:
            vectorizer = self.vectorizer.saved()
        return StoreParts(
            *(self.keys, vectors, self.norms, counts, tokenizer, metadata, subwords, context),
            *(self.texts, vectorizer, self._index),
        )


def _unpickled(kind: type[EmbeddingStore], parts: StoreParts) -> EmbeddingStore:
    return kind(locked(parts))
