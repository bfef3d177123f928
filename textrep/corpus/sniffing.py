"""Files that are no text: told by their first bytes, before their bytes become words.

A NUL byte here and there is text; a file that is full of them, or begins as an image or archive does, is
not.
"""

from __future__ import annotations

import codecs

from textrep.errors import CorpusError

__all__ = ["SAMPLE_SIZE", "refuse_binary"]

SAMPLE_SIZE = 1 << 13  # bytes looked at

# Both must hold before NUL bytes alone make a file binary.
_MIN_NULS = 16
_MIN_NUL_SHARE = 0.3

_UNPACK = "Unpack it first"
_OTHER = "Give a text file"
_UTF16 = 'Pass encoding="utf-16"'

# offset, bytes there, what the file is, what to do
_MAGIC = (
    (0, b"PAR1", "a Parquet file", 'As a corpus it is read with format="parquet"; all else is read from text'),
    (0, b"ARROW1", "an Arrow file", "Save it as Parquet"),
    (0, b"\xff\xfe", "UTF-16", _UTF16),
    (0, b"\xfe\xff", "UTF-16", _UTF16),
    (0, b"PK\x03\x04", "a zip archive (or .docx, .xlsx, .npz)", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a rar archive", _UNPACK),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"\x04\x22\x4d\x18", "an lz4 file", _UNPACK),
    (0, b"%PDF-", "a PDF", "Extract its text first"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word or Excel file", "Extract its text first"),
    (0, b"\x93NUMPY", "a NumPy array", _OTHER),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", _OTHER),
    (0, b"SQLite format 3\x00", "an SQLite database", _OTHER),
    (0, b"\x80\x04\x95", "a pickle", _OTHER),
    (0, b"\x80\x05\x95", "a pickle", _OTHER),
    (4, b'\x00\x00\x00\x00{"', "a safetensors file", _OTHER),
    (0, b"\xba\x16\x4f\x2f", "a fastText model", _OTHER),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image", _OTHER),
    (0, b"\xff\xd8\xff", "a JPEG image", _OTHER),
    (0, b"GIF8", "a GIF image", _OTHER),
    (0, b"RIFF", "a WAV, AVI or WebP file", _OTHER),
    (0, b"\x7fELF", "a program", _OTHER),
)


def refuse_binary(sample: bytes, name: str, encoding: str) -> None:
    """Raise CorpusError if a file that begins with `sample` is no text.

    Parameters
    ----------
    sample : bytes
        The first `SAMPLE_SIZE` bytes, or all if there are fewer.
    name : str
        What the error calls the file.
    encoding : str
        How the file is about to be decoded: UTF-16 and UTF-32 are full of NUL bytes by nature.
    """
    if _is_plain_utf8(sample):
        return  # so that a text which begins with the words "GIF89a" is a text
    wide = len("a".encode(encoding)) > 1
    for offset, magic, what, remedy in _MAGIC:
        if sample.startswith(magic, offset) and not (wide and remedy is _UTF16):
            raise CorpusError(f"{name}: looks like {what}, not text. {remedy}")
    nuls = sample.count(0)
    if not wide and nuls >= max(_MIN_NULS, _MIN_NUL_SHARE * len(sample)):
        raise CorpusError(
            f"{name}: looks like binary data, not text: {nuls} of its first {len(sample)} bytes are NUL. "
            f'{_OTHER}, or pass its encoding (encoding="utf-16-le", for one)'
        )


def _is_plain_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return 0 not in sample
