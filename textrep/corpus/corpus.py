"""`read_corpus`: any files -> a `Corpus`, a stream of documents that can be read again and again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import Any, TypeVar

from textrep.corpus import lines, parquet, records
from textrep.corpus.block import BLOCK_SIZE, TextBlock, blocks_of, check_block_size
from textrep.corpus.compression import decompressed, require_zstd
from textrep.corpus.decoding import check_encoding, pieces
from textrep.corpus.sources import Source, find_sources, io_errors_named
from textrep.errors import CorpusError, EmptyCorpusError
from textrep.shown import listed

__all__ = ["Corpus", "read_corpus"]

_STEP = 1 << 18  # bytes read at a time where documents are wanted as strings
_T = TypeVar("_T")


def read_corpus(
    *paths: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    encoding: str = "utf-8",
    encoding_errors: str = "strict",
    field: str | int = "text",
) -> Corpus:
    r"""Read documents from files, folders, globs or standard input.

    Parameters
    ----------
    *paths : str or path
        Each is a file; a folder, which stands for all files of known ending in it and below, hidden ones
        (``.name``) left out; a glob (``*``, ``?``, ``[...]``, ``**`` for any folders), unless a file of that
        very name exists; or the string ``"-"`` for standard input, which can be read once. Files of a folder
        or glob come sorted by the parts of their path, in code point order.
    format : {"txt", "jsonl", "csv", "tsv", "parquet"}, optional
        What the files are, whatever their names. By default the ending tells; without one (``text8``, ``-``)
        a file is text. Each may be compressed (gzip, bzip2, xz, Zstandard), which its first bytes tell.
    encoding : str
        Encoding of the files, any that Python knows. Parquet is always UTF-8.
    encoding_errors : str
        What to do with bytes that the encoding does not allow: ``"strict"`` raises, ``"replace"`` puts
        U+FFFD, ``"ignore"`` drops them; any Python error handler but those that make surrogates.
    field : str or int
        The field, or column, of a record that holds its text; of CSV and TSV files without a header its number, the
        first being 0 and the last -1.

    Returns
    -------
    Corpus
        Re-iterable. Files are opened one at a time, when the stream gets to them.

    Raises
    ------
    CorpusNotFoundError
        If a path names nothing, or a folder or glob holds no file to read.
    CorpusError
        If an option or the ending of a file is not known, or a folder cannot be listed.
    MissingExtraError
        If a file needs pyarrow or zstandard, and that is not installed.

    Notes
    -----
    A document is a line of a text file, where lines of nothing but ASCII white space are skipped; an object
    of a JSON-lines file; a row of a CSV file (quoted as in RFC 4180) or TSV file (nothing is quoted), whose
    first row names the columns unless `field` is a number; a row of a Parquet file. Only ``\n`` ends a line; a
    ``\r`` before it belongs to the line end. A byte order mark at the beginning of a file is dropped.

    A file that is replaced or removed while it is read is read to its end; of one that is appended to, what is added
    meanwhile may be read or not; one that is cut or written anew in place is refused when its end is reached.

    Examples
    --------
    >>> corpus = read_corpus("articles/", "more/*.jsonl.gz", field="body")  # doctest: +SKIP
    >>> for document in corpus:  # doctest: +SKIP
    ...     print(document)
    """
    if not isinstance(field, str | int) or isinstance(field, bool):
        raise TypeError(f"field={field!r}; it is the name of the field that holds the text, such as 'text'")
    if field == "":
        raise ValueError("field=''; it is the name of the field that holds the text, such as 'text'")
    encoding = check_encoding(encoding, encoding_errors)
    sources = find_sources(paths, format)
    if any(source.format == "parquet" for source in sources):
        parquet.require_pyarrow()
    if any(source.name.lower().endswith(".zst") for source in sources):
        require_zstd()
    return Corpus(sources, encoding, encoding_errors, field)


class Corpus:
    """A stream of documents from files; `read_corpus` makes it.

    Iterating yields every document as a str, `blocks` the same documents as arrays of bytes; both can be done
    as often as wanted, and start from the first file each time. Reading holds one block in memory, not a
    file.

    Parameters
    ----------
    sources : list of Source
        The files, in order.
    encoding, encoding_errors : str
    field : str or int
        As `read_corpus` takes them, already checked.

    Raises
    ------
    EmptyCorpusError
        While reading: at the end, if there was no document.
    EncodingError
        While reading: for bytes that `encoding` does not allow; names file, line and byte.
    CorpusError
        While reading: for anything else that is wrong with a file; names file and line or record.
    """

    def __init__(self, sources: list[Source], encoding: str, encoding_errors: str, field: str | int) -> None:
        self._sources = tuple(sources)
        self._encoding = encoding
        self._errors = encoding_errors
        self._field = field
        self._spent: set[Source] = set()  # those that could be read once, and were
        self._bytes_read = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The files, in the order they are read."""
        return tuple(source.name for source in self._sources)

    @property
    def total_bytes(self) -> int | None:
        """Size of all files as they are on disk; None if standard input or a pipe is among them."""
        sizes = [source.size for source in self._sources if source.size is not None]
        return sum(sizes) if len(sizes) == len(self._sources) else None

    @property
    def bytes_read(self) -> int:
        """How many of `total_bytes` the latest pass has read so far; for showing progress."""
        return self._bytes_read

    def changed_since(self, before: list[tuple[int, ...]]) -> str | None:
        """Return the name of a file that has been written to or replaced since `states` were `before`, if any was."""
        pairs = zip(self.names, before, self.states(), strict=True)
        return next((name for name, then, now in pairs if then != now), None)

    def states(self) -> list[tuple[int, ...]]:
        """Return for each file what is different when it has been written to or replaced."""
        return [source.state() for source in self._sources]

    def __iter__(self) -> Iterator[str]:
        return self._read(self._documents)

    def named(self) -> Iterator[tuple[str, str]]:
        """Return each document with a name: its file and its number there, ``"news.txt:17"``.

        The first is 1, and what is skipped, blank lines of text, does not count. Documents of standard input are named
        by their number alone.
        """

        def read(stream: BufferedReader[Any], source: Source, *, seekable: bool) -> Iterator[tuple[str, str]]:
            file = "" if source.path is None else f"{_valid(source.name)}:"
            for number, document in enumerate(self._documents(stream, source, seekable=seekable), 1):
                yield f"{file}{number}", document

        return self._read(read)

    def blocks(self, size: int = BLOCK_SIZE) -> Iterator[TextBlock]:
        """Return the documents as blocks of UTF-8 bytes.

        Parameters
        ----------
        size : int
            About how many bytes a block holds; more only where a single document is longer.

        Returns
        -------
        iterator of TextBlock
        """
        check_block_size(size)

        def read(stream: BufferedReader[Any], source: Source, *, seekable: bool) -> Iterator[TextBlock]:
            if source.format == "txt":
                return lines.blocks(pieces(stream, source.name, self._encoding, self._errors, size))
            return blocks_of(self._documents(stream, source, seekable=seekable), size)

        return self._read(read)

    def __repr__(self) -> str:
        names = ", ".join(map(repr, self.names[:3])) + (", ..." if len(self.names) > 3 else "")
        size = "unknown size" if self.total_bytes is None else f"{self.total_bytes:,} bytes"
        files = "1 file" if len(self.names) == 1 else f"{len(self.names):,} files"
        return f"<Corpus of {files}, {size}: {names}>"

    def _read(self, read: Callable[..., Iterator[_T]]) -> Iterator[_T]:
        """Yield what `read` makes of one open file after the other."""
        self._bytes_read = 0
        done = 0  # bytes of the files that are finished
        empty = True
        for source in self._sources:
            self._spend(source)
            with io_errors_named(source.name), source.open() as file:
                stream = decompressed(file, source.name)
                seekable = stream is file and source.size is not None
                for item in read(stream, source, seekable=seekable):
                    empty = False
                    if source.size is not None:
                        self._bytes_read = done + file.tell()
                    yield item
            done += source.size or 0
            self._bytes_read = done
        if empty:
            raise EmptyCorpusError(f"{listed(self.names)}: no document: the corpus is empty or blank")

    def _spend(self, source: Source) -> None:
        if source in self._spent:
            raise CorpusError(
                f"{source.name} can be read only once, and has been. Save it to a file first, or keep the "
                "documents: documents = list(corpus)"
            )
        if source.size is None:
            self._spent.add(source)

    def _documents(self, stream: BufferedReader[Any], source: Source, *, seekable: bool) -> Iterator[str]:
        name, field, errors = source.name, self._field, self._errors
        if source.format == "parquet":
            return parquet.parquet_documents(stream, name, field, errors, seekable=seekable)
        text = pieces(stream, name, self._encoding, errors, _STEP)
        match source.format:
            case "txt":
                return lines.documents(text)
            case "jsonl":
                return records.jsonl_documents(text, name, field, errors)
            case "tsv":
                return records.tsv_documents(text, name, field)
            case _:
                return records.csv_documents(text, name, field)


def _valid(name: str) -> str:
    r"""Return the name of a file with bytes that are no UTF-8 as escapes: ``"caf\udce9" -> "caf\\udce9"``."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
