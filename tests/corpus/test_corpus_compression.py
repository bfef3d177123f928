"""Compressed files: every kind read, every damage refused; and files that are no text."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from textrep.corpus import compression, read_corpus
from textrep.errors import CorpusError, EncodingError, MissingExtraError

TEXT = "".join(f"문서 {i * i} document\n" for i in range(5000)).encode()


def zstd(data: bytes) -> bytes:
    return pytest.importorskip("zstandard").ZstdCompressor(write_checksum=True).compress(data)


KINDS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd,
}
every_kind = pytest.mark.parametrize("suffix", KINDS)


def documents(path: Path, **options: str) -> list[str]:
    from_strings = list(read_corpus(path, **options))
    assert [text for block in read_corpus(path, **options).blocks(1000) for text in block.documents()] == from_strings
    return from_strings


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@every_kind
@pytest.mark.parametrize("stem", ["corpus.txt", "corpus", "CORPUS.TXT"])
def test_compressed_files_hold_the_same_documents(tmp_path: Path, suffix: str, stem: str) -> None:
    path = write(tmp_path / (stem + suffix), KINDS[suffix](TEXT))
    assert documents(path) == TEXT.decode().splitlines()


@every_kind
def test_the_content_decides_not_the_name(tmp_path: Path, suffix: str) -> None:
    for name in ("corpus.txt", "corpus.txt.gz", "corpus.txt.xz"):
        assert documents(write(tmp_path / name, KINDS[suffix](TEXT))) == TEXT.decode().splitlines()


@every_kind
@pytest.mark.parametrize("padding", [b"", bytes(3000)])
def test_streams_one_after_the_other_are_one_file(tmp_path: Path, suffix: str, padding: bytes) -> None:
    compress = KINDS[suffix]
    parts = [compress(TEXT[:777]), compress(b""), compress(TEXT[777:])]
    path = write(tmp_path / f"c.txt{suffix}", padding.join(parts) + padding)
    assert documents(path) == TEXT.decode().splitlines()


@every_kind
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99, 1])
def test_a_file_cut_short_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    data = KINDS[suffix](TEXT)
    path = write(tmp_path / f"c.txt{suffix}", data[: min(int(len(data) * share), len(data) - 1)])
    with pytest.raises(
        CorpusError,
        match=rf"c\.txt{suffix}: the \w+ data end too early, at byte {path.stat().st_size:,}; .* Fetch or compress it",
    ):
        list(read_corpus(path))


@every_kind
def test_a_second_stream_cut_short_is_refused(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"c.txt{suffix}", KINDS[suffix](TEXT) + KINDS[suffix](TEXT)[:5])
    with pytest.raises(CorpusError, match="end too early"):
        list(read_corpus(path))


@every_kind
def test_damaged_data_are_refused(tmp_path: Path, suffix: str) -> None:
    data = bytearray(KINDS[suffix](TEXT))
    data[len(data) // 2] ^= 0xFF
    path = write(tmp_path / f"c.txt{suffix}", bytes(data))
    with pytest.raises(CorpusError, match=rf"c\.txt{suffix}: damaged \w+ data before byte [\d,]+: "):
        list(read_corpus(path))


@every_kind
def test_what_follows_the_compressed_data_is_not_passed_over(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"c.txt{suffix}", KINDS[suffix](TEXT) + b"more text that is not compressed\n")
    with pytest.raises(CorpusError, match=rf"c\.txt{suffix}: damaged \w+ data"):
        list(read_corpus(path))


@every_kind
@pytest.mark.parametrize(("content", "found"), [(b"plain text\n", "it begins with b'plain te'"), (b"", "it is empty")])
def test_a_name_that_promises_compression_is_held_to_it(
    tmp_path: Path, suffix: str, content: bytes, found: str
) -> None:
    path = write(tmp_path / f"c.txt{suffix}", content)
    with pytest.raises(CorpusError, match=rf"c\.txt{suffix}: named {suffix}, but not \w+ data at byte 0: {found}"):
        list(read_corpus(path))


@every_kind
def test_little_memory_is_taken_however_much_a_file_holds(tmp_path: Path, suffix: str) -> None:
    line = b"The same line again and again, with sixty-four bytes in all....\n"
    part = KINDS[suffix](line * (1 << 16))  # 4 MiB
    path = write(tmp_path / f"c.txt{suffix}", part * 10)
    assert path.stat().st_size < 1 << 20
    tracemalloc.start()
    n_documents = sum(len(block) for block in read_corpus(path).blocks(1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_documents == 10 << 16
    assert peak < 24 << 20  # of 40 MiB


def test_zstd_with_a_long_window_and_a_skippable_frame(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=28, enable_ldm=True)
    frames = (
        struct.pack("<II", 0x184D2A50, 4)
        + b"skip"
        + zstandard.ZstdCompressor(compression_params=parameters).compress(TEXT)
    )
    assert documents(write(tmp_path / "c.txt.zst", frames)) == TEXT.decode().splitlines()


def test_a_missing_zstd_is_named_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "c.txt.zst", b"")
    monkeypatch.setattr(compression.sys, "version_info", (3, 11))
    monkeypatch.setattr(compression.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        MissingExtraError, match=r"Reading \.zst needs zstandard.*pip install zstandard \(textrep's extra 'zstd'\)$"
    ):
        read_corpus(path)


def archive(kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr("a.txt", "text")
    elif kind == "tar":
        with tarfile.open(fileobj=buffer, mode="w") as file:
            file.addfile(tarfile.TarInfo("a.txt"))
    elif kind == "npy":
        np.save(buffer, np.arange(10.0))
    elif kind == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet").write_table(pyarrow.table({"text": ["a"]}), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (archive("zip"), r"looks like a zip archive .*, not text\. Unpack it first"),
        (archive("tar"), "looks like a tar archive, not text"),
        (archive("npy"), "looks like a NumPy array, not text"),
        (archive("parquet"), r"looks like a Parquet file, not text\. As a corpus it is read with format=\"parquet\""),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "looks like a PDF, not text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "looks like a PNG image, not text"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "looks like a JPEG image, not text"),
        (b"GIF89a\x01\0\x01\0", "looks like a GIF image, not text"),
        (b"SQLite format 3\0", "looks like an SQLite database"),
        (b'\x40\0\0\0\0\0\0\0{"a":', "looks like a safetensors file"),
        ("a text\n".encode("utf-16"), r"looks like UTF-16, not text\. Pass encoding=\"utf-16\""),
        ("a text\n".encode("utf-16-le") * 9, r"looks like binary data.* are NUL\..*\"utf-16-le\""),
        (
            np.arange(1000, dtype=np.int32).tobytes(),
            "looks like binary data, not text: .* of its first 4000 bytes are NUL",
        ),
        (bytes(100), "looks like binary data, not text: 100 of its first 100 bytes are NUL"),
    ],
    ids=lambda value: "data" if isinstance(value, bytes) else value,
)
@pytest.mark.parametrize("options", [{}, {"encoding_errors": "replace"}, {"encoding": "latin-1"}])
@pytest.mark.parametrize("ending", ["txt", "txt.gz", "csv", "jsonl"])
def test_files_that_are_no_text_are_refused(
    tmp_path: Path, data: bytes, message: str, options: dict[str, str], ending: str
) -> None:
    path = write(tmp_path / f"f.{ending}", gzip.compress(data) if ending == "txt.gz" else data)
    for read in (iter, lambda corpus: corpus.blocks()):
        with pytest.raises(CorpusError, match=rf"f\.{ending}: {message}"):
            list(read(read_corpus(path, **options)))


@pytest.mark.parametrize(
    "text",
    [
        "GIF89a is a format\n",
        "%PDF-1.4 begins a PDF\n",
        "PAR1\n",
        "RIFF\n",
        "a\0b\n" * 1000,
        "\0\0\0\n",
        "BZh9 \n",
    ],
)
def test_texts_that_look_a_little_like_it_are_texts(tmp_path: Path, text: str) -> None:
    assert documents(write(tmp_path / "f.txt", text.encode())) == text.splitlines()


def test_utf16_is_no_binary_data_when_asked_for(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-16-be", "utf-32"):
        path = write(tmp_path / "f.txt", ("a text\r\n" * 100).encode(encoding))
        assert documents(path, encoding=encoding) == ["a text"] * 100


def test_bytes_after_the_sample_are_still_checked(tmp_path: Path) -> None:
    path = write(tmp_path / "f.txt", b"good\n" * 100_000 + b"\xff\n")
    with pytest.raises(EncodingError, match=r"line 100001: not valid utf-8 at byte 500000 of the file: b'\\xff'"):
        documents(path)
