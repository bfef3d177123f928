"""Text files: both routes give the documents that a slow, obvious oracle gives."""

from __future__ import annotations

import codecs
import io
import itertools
from collections.abc import Iterator
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrep.corpus import TextBlock, blocks_of, decoding, lines, read_corpus
from textrep.errors import EncodingError

ASCII_SPACE = {" ", "\t", "\n", "\r", "\v", "\f"}


def oracle(text: str) -> list[str]:
    """Lines of a decoded file without its byte order mark, one character after the other."""
    documents, line = [], ""
    for character in text:
        if character == "\n":
            documents.append(line[:-1] if line.endswith("\r") else line)
            line = ""
        else:
            line += character
    documents.append(line)
    return [document for document in documents if set(document) - ASCII_SPACE]


def from_strings(data: bytes, errors: str = "strict", size: int = 1 << 18, encoding: str = "utf-8") -> list[str]:
    return list(lines.documents(decoding.pieces(stream(data), "f.txt", encoding, errors, size)))


def from_blocks(data: bytes, errors: str = "strict", size: int = 1 << 22, encoding: str = "utf-8") -> list[str]:
    blocks = list(lines.blocks(decoding.pieces(stream(data), "f.txt", encoding, errors, size)))
    for block in blocks:
        check(block)
    return [document for block in blocks for document in block.documents()]


def stream(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data), 1 << 16)


def check(block: TextBlock) -> None:
    """What every block promises."""
    assert (block.data.dtype, block.starts.dtype, block.ends.dtype) == (np.uint8, np.int64, np.int64)
    assert len(block) == len(block.starts) == len(block.ends) > 0
    assert (block.starts <= block.ends).all()
    assert (block.ends[:-1] <= block.starts[1:]).all()
    assert block.ends[-1] + 8 <= len(block.data)
    assert not block.data[-8:].any()


characters = st.sampled_from("a \t\v\f\0é가힣𝄞\ufeff\u2028\x85\x1c\xa0\r\n")
texts = st.lists(st.text(characters, max_size=8) | st.sampled_from(["\n", "\r\n", "\r", "\r\r\n"])).map("".join)


@given(texts, st.integers(1, 12), st.booleans())
def test_documents_equal_the_oracle_at_any_block_size(text: str, size: int, bom: bool) -> None:
    data = codecs.BOM_UTF8 * bom + text.encode()
    expected = oracle(text if bom else text.removeprefix("\ufeff"))
    assert from_strings(data, size=size) == expected
    assert from_blocks(data, size=size) == expected


@given(texts, st.sampled_from(["utf-16", "utf-16-le", "utf-32-be", "utf-7", "gb18030"]), st.integers(1, 12))
def test_documents_equal_the_oracle_in_any_encoding(text: str, encoding: str, size: int) -> None:
    data = text.encode(encoding)
    expected = oracle(data.decode(encoding).removeprefix("\ufeff"))
    assert from_blocks(data, size=size, encoding=encoding) == expected
    assert from_strings(data, size=size, encoding=encoding) == expected


damaged = st.lists(
    st.sampled_from(
        [b"a", b"\n", b"\r\n", b" ", b"\0", b"\xff", b"\xc3", b"\xa9", b"\xed\xa0\x80", b"\xea\xb0", b"\x80"]
    )
    | texts.map(str.encode)
).map(b"".join)
damaged = damaged.filter(lambda data: data.count(0) < 16)


@given(damaged, st.sampled_from(["replace", "ignore", "backslashreplace"]), st.integers(1, 12))
def test_error_handlers_act_as_in_python(data: bytes, errors: str, size: int) -> None:
    expected = oracle(data.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors))
    assert from_blocks(data, errors, size) == expected
    assert from_strings(data, errors, size) == expected


@given(damaged, st.integers(1, 12), st.booleans())
def test_invalid_utf8_is_located_exactly(data: bytes, size: int, bom: bool) -> None:
    data = codecs.BOM_UTF8 * bom + data
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = rf"^f\.txt, line {line}: not valid utf-8 at byte {error.start} of the file: .*=\"replace\""
        with pytest.raises(EncodingError, match=where):
            from_blocks(data, size=size)
        with pytest.raises(EncodingError, match=where):
            from_strings(data, size=size)
    else:
        assert from_blocks(data, size=size) == from_strings(data, size=size)


@pytest.mark.parametrize(
    ("encoding", "wrong"),
    [
        ("utf-16", b"\x00\xdc"),
        ("utf-16-be", b"\xdc\x00"),
        ("cp949", b"\xff"),
        ("ascii", b"\xff"),
        ("euc_jp", b"\xff"),
    ],
)
@pytest.mark.parametrize("filler", [0, 40_000])
def test_errors_of_other_encodings_are_located_exactly(encoding: str, wrong: bytes, filler: int) -> None:
    good = ("ab\n" * (filler + 2) + "c").encode(encoding)
    where = rf"line {filler + 3}: not valid {encoding} at byte {len(good)} of the file"
    with pytest.raises(EncodingError, match=where):
        from_blocks(good + wrong + b"\n\n\n\n", encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "cp949", "utf-8"])
def test_a_character_cut_off_by_the_end_of_the_file_is_refused(encoding: str) -> None:
    whole = "가\n".encode(encoding)
    with pytest.raises(EncodingError, match=rf"line 2: not valid {encoding} at byte {len(whole)} of"):
        from_strings(whole + "나".encode(encoding)[:-1], encoding=encoding)


def test_a_long_document_grows_its_block_and_others_do_not_join_it_unasked() -> None:
    data = b"a\n" + b"b" * 10_000 + b"\n" + b"c\n" * 100
    blocks = list(lines.blocks(decoding.pieces(stream(data), "f.txt", "utf-8", "strict", 64)))
    assert [document for block in blocks for document in block.documents()] == oracle(data.decode())
    assert sorted(len(block.data) for block in blocks)[-2] < 200 < 10_000 < max(len(block.data) for block in blocks)


def test_blocks_have_about_the_size_asked_for(tmp_path) -> None:
    (tmp_path / "f.txt").write_bytes(b"0123456789\n" * 10_000)
    sizes = [len(block.data) for block in read_corpus(tmp_path / "f.txt").blocks(1000)]
    assert len(sizes) == 110
    assert max(sizes) <= 1000 + 11 + 8


def test_blocks_of_a_size_that_is_none_are_refused(tmp_path) -> None:
    (tmp_path / "f.txt").write_bytes(b"a\n")
    with pytest.raises(ValueError, match="size is 0; a block needs a positive number of bytes"):
        read_corpus(tmp_path / "f.txt").blocks(0)


def test_a_handler_that_makes_surrogates_is_refused_where_it_acts() -> None:
    codecs.register_error("textrep-test-surrogate", lambda error: ("\udc80", error.end))
    for encoding in ("utf-8", "ascii"):
        with pytest.raises(EncodingError, match=r"f\.txt, line 2: decoding .*textrep-test-surrogate.* lone surrogate"):
            from_blocks(b"a\nb\xff\n", "textrep-test-surrogate", encoding=encoding)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=10)), st.integers(1, 30))
def test_blocks_of_strings_hold_the_same_strings(documents: list[str], size: int) -> None:
    blocks = list(blocks_of(iter(documents), size))
    assert [document for block in blocks for document in block.documents()] == documents
    for block in blocks:
        check(block)
        assert len(block.data) - 8 <= size or len(block) == 1


def test_blocks_of_reads_no_further_than_it_must() -> None:
    def endless():
        while True:
            yield "word " * 10

    assert len(next(blocks_of(endless(), 500))) == 10


def test_long_documents_after_short_ones_are_not_read_all_at_once() -> None:
    n_read = 0

    def growing():
        nonlocal n_read
        for i in range(10_000):
            n_read += 1
            yield "a" if i < 16 else "word " * 200

    blocks = blocks_of(growing(), 100_000)
    assert len(next(blocks)) == 16
    next(blocks)
    assert n_read == 16 + 4 * 16


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, r"documents\[2\] is None, not a str\. Drop or fill missing values"),
        (7, r"documents\[2\] is 7, not a str"),
        (float("nan"), r"documents\[2\] is nan, not a str"),
        (b"ab", r"documents\[2\] is b'ab', not a str\. Decode it first"),
        (["a"], r"documents\[2\] is \['a'\], not a str"),
    ],
)
def test_documents_that_are_no_strings_are_named(document: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        list(blocks_of(["a", "b", document]))  # type: ignore[list-item]


def test_documents_are_counted_through_blocks_that_were_cut() -> None:
    """Short ones, then long ones: more of these are read than a block holds."""
    documents = ["ab"] * 100 + ["long" * 50] * 100 + [None]
    with pytest.raises(TypeError, match=r"documents\[200\] is None, not a str"):
        list(blocks_of(documents, size=500))  # type: ignore[arg-type]


@pytest.mark.parametrize("letter", ["a", "가"])
def test_blocks_are_full_and_never_larger_than_they_may_be(letter: str) -> None:
    documents = [letter] * 1000 + [letter * 90] * 1000 + [letter * 5000] + [letter] * 20_000
    blocks = list(blocks_of(documents, size=1000))
    assert [document for block in blocks for document in block.documents()] == documents
    n_bytes = len(letter.encode())
    assert all(block.ends[-1] <= 1000 or len(block) == 1 for block in blocks)
    assert len(blocks) < 2.5 * sum(map(len, documents)) * n_bytes / 1000


def test_texts_that_say_something_else_of_their_length() -> None:
    class Odd(str):
        def __len__(self) -> int:
            return 1

    documents = ["ab", Odd("cde"), "", Odd(""), "fé"]
    assert [d for block in blocks_of(documents) for d in block.documents()] == ["ab", "cde", "", "", "fé"]


def test_a_lone_surrogate_is_named() -> None:
    with pytest.raises(EncodingError, match=r"documents\[1\] holds a lone surrogate, '\\ud800' at character 2"):
        list(blocks_of(["a", "bc\ud800"]))


@pytest.mark.parametrize(
    ("documents", "message"), [("text", "documents is one str"), (None, "is None, which is no it")]
)
def test_what_is_no_stream_of_documents_is_refused_at_once(documents: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        blocks_of(documents)  # type: ignore[arg-type]


def test_a_block_of_documents() -> None:
    block = TextBlock.from_documents(["가", "", "b"])
    assert (block.starts.tolist(), block.ends.tolist()) == ([0, 3, 3], [3, 3, 4])
    assert block.data.tobytes() == "가b".encode() + bytes(8)
    assert len(TextBlock.from_documents([])) == 0


def test_text_that_does_not_begin_as_utf16_must_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"plain text, no mark of the order of bytes\n")
    with pytest.raises(EncodingError, match=r"a\.txt.*: not valid utf-16.* does not start with BOM.*\. (Say|Pass)"):
        list(read_corpus(path, encoding="utf-16"))


@given(
    st.lists(st.text("ab\u1100é\r\n\ufeff "), max_size=8),
    st.sampled_from(["utf-8", "utf-16", "cp949"]),
    st.integers(1, 9),
)
def test_lines_that_come_in_are_those_of_a_file(parts: list[str], encoding: str, size: int) -> None:
    data = "".join(parts).encode(encoding, "ignore")
    chunks = (data[i : i + size] for i in range(0, len(data), size))
    found = list(decoding.incoming_lines(chunks, "standard input", encoding, "strict"))
    numbered = [(first + i, line) for first, some in found for i, line in enumerate(some)]
    whole = lines.numbered_lines(decoding.pieces(stream(data), "f.txt", encoding, "strict", 1 << 18))
    assert numbered == list(whole)


@given(st.lists(st.text("ab\u1100\r\n", min_size=1, max_size=12), max_size=12), st.randoms(use_true_random=False))
def test_lines_that_come_in_do_not_depend_on_the_chunks(parts: list[str], random: Random) -> None:
    data = "".join(parts).encode()
    cuts = sorted(random.sample(range(1, len(data)), random.randint(0, len(data) - 1))) if data else []
    chunks = [data[start:end] for start, end in itertools.pairwise([0, *cuts, len(data)])] if data else []
    found = list(decoding.incoming_lines(iter(chunks), "standard input", "utf-8", "strict"))
    once = list(decoding.incoming_lines(iter([data] if data else []), "standard input", "utf-8", "strict"))
    assert [line for _, some in found for line in some] == [line for _, some in once for line in some]
    assert [first for first, _ in found] == [1 + sum(len(some) for _, some in found[:i]) for i in range(len(found))]


def test_lines_come_in_without_waiting_for_more() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"one\ntw"
        assert seen == [(1, ["one"])]
        yield b"o\n\nthree"

    seen: list[tuple[int, list[str]]] = []
    for some in decoding.incoming_lines(chunks(), "standard input", "utf-8", "strict"):
        seen.append(some)
    assert seen == [(1, ["one"]), (2, ["two", ""]), (4, ["three"])]


def test_bytes_that_come_in_and_are_no_text_are_named() -> None:
    found = decoding.incoming_lines(iter([b"a\n", b"b\xff\n"]), "standard input", "utf-8", "strict")
    assert next(found) == (1, ["a"])
    with pytest.raises(EncodingError, match=r"^standard input, line 2: not valid utf-8 at byte 3 "):
        next(found)
    with pytest.raises(EncodingError, match=r"^standard input(, line 1)?: not valid utf-16"):
        list(decoding.incoming_lines(iter([b"a b c "]), "standard input", "utf-16", "strict"))
