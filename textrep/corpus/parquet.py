"""Parquet files: one string column, read by record batches through pyarrow, never a whole file.

A Parquet file has to be read from its end, so one that is compressed as a whole, or comes from standard
input, goes through a temporary file.
"""

from __future__ import annotations

import importlib.util
import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

from textrep.errors import CorpusError, EncodingError, MissingExtraError
from textrep.spool import temporary_folder

__all__ = ["parquet_documents", "require_pyarrow"]

_BATCH_ROWS = 1024
_BUFFER_SIZE = 1 << 20  # bytes of a column chunk read at a time


def require_pyarrow() -> None:
    """Raise MissingExtraError unless Parquet files can be read."""
    if not importlib.util.find_spec("pyarrow"):
        raise MissingExtraError("Reading .parquet", "pyarrow", "parquet")


def parquet_documents(
    stream: io.BufferedReader[Any], name: str, field: str | int, errors: str, *, seekable: bool
) -> Iterator[str]:
    """Yield the column `field` of every row.

    Parameters
    ----------
    stream : binary stream
        The decompressed file, at its beginning.
    name : str
        What errors call it.
    field : str
        A top-level column of strings; a number, which CSV has for a column, is refused.
    errors : str
        Error handler for strings that are not UTF-8.
    seekable : bool
        Whether `stream` can be read from its end; otherwise it is copied to a temporary file.
    """
    if not isinstance(field, str):
        raise CorpusError(f"{name}: field={field}: Parquet has columns by name, not by number. Pass field=NAME")
    require_pyarrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    with ExitStack() as stack:
        file: Any = stream
        if not seekable:
            file = stack.enter_context(_copied(stream))
        try:
            table = stack.enter_context(pq.ParquetFile(file, buffer_size=_BUFFER_SIZE, pre_buffer=False))
            _check_column(table.schema_arrow, name, field)
            numbers = count(1)
            for batch in table.iter_batches(_BATCH_ROWS, columns=[field]):
                for value in batch.column(0).cast(pa.large_binary()).to_pylist():
                    yield _text(value, f"{name}, record {next(numbers)}", field, errors)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last of names of columns
            reason = " ".join(str(error).split()).rstrip(".")  # Arrow's may have several lines
            raise CorpusError(
                f"{name}: not a readable Parquet file: {reason}. Write it again, or pass the format= it really has"
            ) from error


def _copied(stream: io.BufferedReader[Any]) -> io.BufferedReader[Any]:
    """Return a temporary file of the same bytes, at its beginning."""
    with _temporary_errors_explained():
        # Unbuffered: closing it after a failed write has nothing left to write.
        file: Any = tempfile.TemporaryFile(prefix="textrep-", buffering=0)  # noqa: SIM115
    try:
        while chunk := stream.read(_BUFFER_SIZE):
            view = memoryview(chunk)
            with _temporary_errors_explained():
                while view:
                    view = view[file.write(view) :]
        file.seek(0)
    except BaseException:  # Ctrl-C too
        file.close()
        raise
    return io.BufferedReader(file)


@contextmanager
def _temporary_errors_explained() -> Iterator[None]:
    """Turn an OSError into a CorpusError that names the temporary folder: the corpus is not what failed."""
    try:
        yield
    except OSError as error:
        raise CorpusError(
            f"the temporary file for a copy of a Parquet file, in {temporary_folder()}, failed: "
            f"{error.strerror or error}. Free space there, or set TMPDIR to a folder that has it"
        ) from error


def _check_column(schema: Any, name: str, field: str) -> None:
    import pyarrow.types as types

    if schema.names.count(field) != 1:
        what = "no column" if field not in schema.names else "more than one column"
        columns = ", ".join(map(repr, schema.names[:20]))
        raise CorpusError(
            f"{name}: {what} {field!r}. Its columns: {columns}. Pass the one that holds the text, field=NAME"
        )
    kind = schema.field(field).type
    if types.is_dictionary(kind):
        kind = kind.value_type
    if not (types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)):
        raise CorpusError(
            f"{name}: column {field!r} holds {kind}, not strings. Pass the one that holds the text, field=NAME"
        )


def _text(value: bytes | None, where: str, field: str, errors: str) -> str:
    if value is None:
        raise CorpusError(
            f"{where}: field {field!r} holds null, not a string. Leave such records out of the file, or give "
            "them a text"
        )
    try:
        text = value.decode("utf-8", errors)
        text.encode()
    except UnicodeError as error:
        raise EncodingError(f'{where}: not valid utf-8: {error}. Pass encoding_errors="replace" to read on') from error
    return text
