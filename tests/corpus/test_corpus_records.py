"""Records: JSON lines, CSV, TSV, Parquet against json, csv and pyarrow, and every way they can be wrong."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrep.corpus import parquet, read_corpus
from textrep.errors import CorpusError, EmptyCorpusError, EncodingError, MissingExtraError

values = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\r\n\t,\"'\u2028\x85 \ufeff가"), max_size=8
)


def read(data: bytes | str, name: str, **options: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        from_strings = list(read_corpus(path, **options))
        blocks = read_corpus(path, **options).blocks(16)
        assert [document for block in blocks for document in block.documents()] == from_strings
    return from_strings


@given(st.lists(values, min_size=1), st.booleans(), st.sampled_from(["\n", "\r\n", "\n \t\r\n"]), st.booleans())
def test_jsonl_holds_what_json_wrote(documents: list[str], ascii_only: bool, end: str, bom: bool) -> None:
    lines = [json.dumps({"id": i, "text": text}, ensure_ascii=ascii_only) for i, text in enumerate(documents)]
    assert read("\ufeff" * bom + end.join(lines), "f.jsonl") == documents


@given(st.lists(values, min_size=1), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_csv_holds_what_csv_wrote(documents: list[str], end: str, bom: bool) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "text"], *([i, text] for i, text in enumerate(documents))])
    assert read("\ufeff" * bom + buffer.getvalue(), "f.csv") == documents


@given(st.lists(values.map(lambda text: text.translate({9: "", 10: "", 13: ""})), min_size=1))
def test_tsv_takes_every_character_as_it_is(documents: list[str]) -> None:
    rows = ["text\tlabel", *(f"{text}\t1" for text in documents)]
    assert read("\r\n".join(rows), "f.tsv") == documents


def test_empty_texts_are_documents_and_empty_lines_no_records() -> None:
    assert read('{"text": ""}\n\n{"text": " "}', "f.jsonl") == ["", " "]
    assert read("text,n\n,1\n\n,2\n", "f.csv") == ["", ""]
    assert read("text\tn\n\t1\n\n\t\n", "f.tsv") == ["", ""]


def test_fields_are_chosen_by_name_and_formats_by_hand() -> None:
    assert read('{"text": 1, "body": "b"}', "f.jsonl", field="body") == ["b"]
    assert read("text,body\na,b\n", "f.csv", field="body") == ["b"]
    assert read("text,body\na,b\n", "f.data", format="csv") == ["a"]
    assert read("text,body\na,b\n", "f.csv", format="txt") == ["text,body", "a,b"]
    assert read("label\ttext\na\tb\n", "f.tsv", field=1) == ["text", "b"]
    assert read("a,b\nc,d\n", "f.csv", field=-2) == ["a", "c"]
    assert read("본문,n\n가,1\n".encode("cp949"), "f.csv", field="본문", encoding="cp949") == ["가"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        (
            "f.jsonl",
            '{"text": "a"}\n\n{"text": "b"\n',
            r"f\.jsonl, line 3, column 13: malformed JSON: Expecting ',' delimiter",
        ),
        (
            "f.jsonl",
            "\r\n[\n",
            r"line 2, column 2: malformed JSON: Expecting value\. A \.jsonl file holds one JSON object",
        ),
        (
            "f.jsonl",
            '["a"]',
            r"line 1: an array where an object is expected, such as \{\"text\": \"the text\"\}",
        ),
        ("f.jsonl", '"a"', "line 1: a string where an object"),
        (
            "f.jsonl",
            '{"text": "a"}\n{"id": 1, "body": "b"}',
            r"line 2: no field 'text'\. Its fields: 'id', 'body'\. .*field=",
        ),
        ("f.jsonl", "{}", r"line 1: no field 'text'\. Its fields: none"),
        ("f.jsonl", '{"text": null}', "line 1: field 'text' holds null, not a string"),
        ("f.jsonl", '{"text": 1.5}', "line 1: field 'text' holds a number, not a string"),
        ("f.jsonl", '{"text": true}', "line 1: field 'text' holds a boolean, not a string"),
        ("f.jsonl", '{"text": ["a"]}', "line 1: field 'text' holds an array, not a string"),
        ("f.jsonl", '{"n": ' + "1" * 5000 + "}", "line 1: a number has more than 4,300 digits; mend the line"),
        ("f.jsonl", "[" * 100_000, "line 1: arrays or objects are nested too deep; mend the line"),
        (
            "f.csv",
            "\nid,body\n1,a\n",
            r"f\.csv, line 2: no column 'text' in the header\. Its columns: 'id', 'body'",
        ),
        ("f.csv", "text,text\n1,a\n", r"line 1: more than one column 'text'"),
        (
            "f.csv",
            'text,n\n"a\nb",1\na,b,2\n',
            r"line 4: columns: 3, but 2 in the header\. .*quotation marks",
        ),
        ("f.csv", "n,text\n1\n", "line 2: columns: 1, but 2 in the header"),
        ("f.csv", 'text,n\na,1\n"b,2\nc,3\n', r"line 3: malformed CSV: unexpected end of data"),
        ("f.csv", 'text,n\n"a"b,1\n', "line 2: malformed CSV: ',' expected after '\"'"),
        ("f.csv", "text,n\na\rb,1\n", "line 2: malformed CSV: new-line character seen"),
        (
            "f.tsv",
            "id\tbody\n",
            r"f\.tsv, line 1: no column 'text' in the header\. Its columns: 'id', 'body'",
        ),
        ("f.tsv", "id\ttext\n1\ta\n2\n", "line 3: columns: 1, but 2 in the header"),
    ],
)
def test_malformed_records_are_located(name: str, data: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read(data, name)


@pytest.mark.parametrize(
    ("name", "field", "message"),
    [
        ("f.tsv", 1, r"f\.tsv, line 1: field=1, but the columns are 0 to 0\. Pass one of these"),
        ("f.csv", -2, r"f\.csv, line 1: field=-2, but the columns are 0 to 0"),
        ("f.jsonl", 1, r"f\.jsonl: field=1: JSON has fields by name, not by number\. Pass field=NAME"),
        ("f.csv", "text", r"no column 'text' .*field=NAME; a file without a header has numbers: field=1$"),
        ("f.parquet", 0, r"f\.parquet: field=0: Parquet has columns by name"),
    ],
)
def test_columns_by_number_are_those_of_tables(name: str, field: str | int, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read("a\n", name, field=field)


def test_rows_by_number_are_of_one_width() -> None:
    with pytest.raises(
        CorpusError, match=r"f\.tsv, line 2: columns: 3, but 2 in line 1\. .* in TSV a text holds no TAB$"
    ):
        read("a\tb\na\tb\tc\n", "f.tsv", field=1)


@pytest.mark.parametrize("name", ["f.jsonl", "f.csv", "f.tsv"])
def test_files_without_records_are_empty(name: str) -> None:
    with pytest.raises(EmptyCorpusError, match="no document"):
        read("text\n" if name != "f.jsonl" else "\n", name)
    with pytest.raises(EmptyCorpusError, match="no document"):
        read("", name)


@pytest.mark.parametrize("name", ["f.jsonl", "f.csv", "f.tsv"])
def test_invalid_utf8_in_records_is_located_or_replaced(name: str) -> None:
    data = {"f.jsonl": b'{"text": "a"}\n{"text": "\xff"}\n'}.get(name, b"text\na\n\xff\n")
    line = data.count(b"\n", 0, data.index(b"\xff")) + 1
    with pytest.raises(EncodingError, match=rf"line {line}: not valid utf-8 at byte {data.index(0xFF)} of"):
        read(data, name)
    assert read(data, name, encoding_errors="replace") == ["a", "\ufffd"]


def test_lone_surrogates_in_json_follow_the_error_handler() -> None:
    data = '{"text": "a\\ud83d\\ude00"}\n{"text": "b\\ud83d"}\n'
    with pytest.raises(EncodingError, match=r"line 2: character 1 of the text is '\\ud83d', half of a surrogate pair"):
        read(data, "f.jsonl")
    assert read(data, "f.jsonl", encoding_errors="ignore") == ["a😀", "b"]
    assert read(data, "f.jsonl", encoding_errors="replace")[1].rstrip("\ufffd") == "b"


def test_long_csv_fields_are_read_and_the_limit_of_others_is_left_alone(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    text = "long " * 100_000
    path = tmp_path / "f.csv"
    path.write_text(f"text,n\n{text},1\nshort,2\n")
    first, second = iter(read_corpus(path)), iter(read_corpus(path))
    assert next(first) == next(second) == text
    assert csv.field_size_limit() == limit
    with pytest.raises(csv.Error, match="field larger than field limit"):
        next(csv.reader([text]))
    threads = [threading.Thread(target=lambda: list(read_corpus(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert csv.field_size_limit() == limit


# Parquet


@pytest.fixture
def pa():
    pytest.importorskip("pyarrow.parquet")
    return pytest.importorskip("pyarrow")


def parquet_bytes(pa, columns: dict[str, object], **options: object) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "dictionary"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_parquet_holds_what_pyarrow_wrote(pa, kind: str, suffix: str) -> None:
    documents = ["", "가\nb", "a\0b", *map(str, range(3000))]
    column = pa.array(documents)
    try:
        column = column.dictionary_encode() if kind == "dictionary" else column.cast(getattr(pa, kind)())
    except pa.ArrowNotImplementedError as error:
        pytest.skip(str(error))  # an old pyarrow
    data = parquet_bytes(pa, {"id": list(range(3003)), "text": column}, row_group_size=700)
    assert read(gzip.compress(data) if suffix else data, f"f.parquet{suffix}") == documents


def test_parquet_from_standard_input(pa, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(parquet_bytes(pa, {"text": ["a", "b"]}))

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert list(read_corpus("-", format="parquet")) == ["a", "b"]


def test_parquet_that_cannot_be_read_is_refused(pa) -> None:
    for columns, options, message in [
        (
            {"id": [1], "body": ["a"]},
            {},
            r"f\.parquet: no column 'text'\. Its columns: 'id', 'body'\. .*field=NAME",
        ),
        ({"text": [1]}, {}, r"f\.parquet: column 'text' holds int64, not strings"),
        ({"text": [b"a"]}, {}, "column 'text' holds binary, not strings"),
        (
            {"text": ["a"] * 2000 + [None]},
            {},
            r"f\.parquet, record 2001: field 'text' holds null, not a string",
        ),
    ]:
        with pytest.raises(CorpusError, match=message):
            read(parquet_bytes(pa, columns), "f.parquet", **options)
    data = parquet_bytes(pa, {"text": ["some text"] * 10_000})
    for broken in (data[:-20], data[: len(data) // 2], b"text\n", b""):
        with pytest.raises(CorpusError, match=r"f\.parquet: not a readable Parquet file: "):
            read(broken, "f.parquet")


def test_invalid_utf8_in_parquet_follows_the_error_handler(pa) -> None:
    wrong = pa.Array.from_buffers(pa.string(), 2, pa.array([b"a", b"\xff"]).buffers())
    data = parquet_bytes(pa, {"text": wrong})
    with pytest.raises(EncodingError, match=r"f\.parquet, record 2: not valid utf-8"):
        read(data, "f.parquet")
    assert read(data, "f.parquet", encoding_errors="replace") == ["a", "\ufffd"]


def test_a_missing_pyarrow_is_named_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f.parquet").write_bytes(b"")
    monkeypatch.setattr(parquet.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        MissingExtraError, match=r"Reading \.parquet needs pyarrow.*pip install pyarrow \(textrep's extra 'parquet'\)$"
    ):
        read_corpus(tmp_path)
