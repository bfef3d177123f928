"""Labelled documents: what is written in any format is read back, and what is wrong is said with file and line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrep.errors import CorpusError, CorpusNotFoundError, EmptyCorpusError, EncodingError
from textrep.labelled import LabelledDocument, LabelledDocuments, read_labelled

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "documents"
characters = st.characters(exclude_categories=["Cs"]) | st.sampled_from("가 \u2028\x85,\"'_#{")
# A field of a TSV file: no TAB and no line end, and something to see.
cells = st.text(characters, min_size=1, max_size=8).map(lambda text: re.sub(r"[\t\n\r]", "", text)).filter(str.strip)
labels = cells.filter(lambda label: label not in ("label", "text") and not label.startswith("__label__"))
words = st.text(st.sampled_from('가bc,_-\u00a0"'), min_size=1, max_size=5).filter(str.strip)


def read(data: bytes | str, name: str = "f.tsv", **options: object) -> LabelledDocuments:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return read_labelled(path, **options)


def pairs(documents: LabelledDocuments) -> list[tuple[tuple[str, ...], str]]:
    return [(document.labels, document.text) for document in documents]


@given(st.lists(st.tuples(labels, cells), min_size=1), st.sampled_from(["\n", "\r\n", "\n\n", "\n  \n"]), st.booleans())
def test_tsv_is_label_tab_text(written: list[tuple[str, str]], end: str, closed: bool) -> None:
    if written[0][0].lstrip(" \t\n\r\v\f").startswith("{"):
        written[0] = ("a", written[0][1])  # not to be read as JSON
    if "text" in written[0]:
        written[0] = ("a", "b")
    lines = ["\t".join(pair) for pair in written]
    documents = read(end.join(lines) + end * closed)
    assert pairs(documents) == [((label,), text) for label, text in written]
    assert [document.line for document in documents] == [1 + i * end.count("\n") for i in range(len(lines))]
    assert {Path(document.file).name for document in documents} == {"f.tsv"}


@given(st.lists(st.tuples(st.lists(words, min_size=1, max_size=3), st.lists(words, min_size=1)), min_size=1), st.data())
def test_fasttext_takes_every_word_with_the_prefix_for_a_label(written, data) -> None:
    lines, wanted = [], []
    for names, text in written:
        mixed = [f"__label__{name}" for name in names] + text
        if data.draw(st.booleans()):
            mixed = data.draw(st.permutations(mixed))
        lines.append(data.draw(st.sampled_from([" ", "\t", "  "])).join(mixed))
        # as fastText cuts a line
        tokens = re.split(r"[ \t]+", lines[-1])
        wanted.append(
            (
                tuple(
                    dict.fromkeys(token.removeprefix("__label__") for token in tokens if token.startswith("__label__"))
                ),
                [token for token in tokens if not token.startswith("__label__")],
            )
        )
    documents = read("\n".join(lines), "f.txt", format="fasttext")
    assert [(labels, re.split(r"[ \t]+", text)) for labels, text in pairs(documents)] == wanted
    assert documents.is_multilabel == any(len(labels) > 1 for labels, _ in wanted)


def test_fasttext_keeps_the_text_as_it_is() -> None:
    documents = read("__label__a __label__b  How  do I,\u00a0x __label ?\n\n__label__a\ttext \n", "cooking.train")
    assert pairs(documents) == [(("a", "b"), "How  do I,\u00a0x __label ?"), (("a",), "text")]
    assert [document.line for document in documents] == [1, 3]
    assert pairs(read("good film __label__pos\nx__label__y __label__neg bad")) == [
        (("pos",), "good film"),
        (("neg",), "x__label__y bad"),
    ]


@given(st.lists(st.tuples(labels, cells), min_size=1), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_csv_holds_what_csv_wrote(written: list[tuple[str, str]], header: bool, end: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "text", "label"]] * header + [[7, text + "\nmore", label] for label, text in written])
    options = {} if header else {"text_field": 1, "label_field": -1}
    documents = read(buffer.getvalue(), "f.csv", **options)
    assert pairs(documents) == [((label,), text + "\nmore") for label, text in written]
    assert [document.line for document in documents] == [1 + header + 2 * i for i in range(len(written))]


@given(st.lists(st.tuples(st.lists(cells, max_size=3, unique=True), cells), min_size=1), st.booleans())
def test_jsonl_has_one_label_or_a_list(written: list[tuple[list[str], str]], as_list: bool) -> None:
    records = [
        {"label": names if as_list or len(names) != 1 else names[0], "text": text, "id": 1} for names, text in written
    ]
    documents = read("\n".join(map(json.dumps, records)), "f.jsonl")
    assert pairs(documents) == [(tuple(names), text) for names, text in written]
    assert documents.is_multilabel == any(len(names) != 1 for names, _ in written)


def test_numbers_and_booleans_of_json_are_labels() -> None:
    lines = ['{"text": "a", "label": 1}', '{"text": "b", "label": true}', '{"text": "c", "label": [0, "0", "x", "x"]}']
    assert [labels for labels, _ in pairs(read("\n".join(lines), "f.jsonl"))] == [("1",), ("true",), ("0", "x")]


def test_fields_are_chosen_by_name_and_by_number() -> None:
    nsmc = "id\tdocument\tlabel\n1\t좋다\t1\n2\t나쁘다\t0\n"
    wanted = [(("1",), "좋다"), (("0",), "나쁘다")]
    assert pairs(read(nsmc, text_field="document")) == wanted
    assert pairs(read("text\tlabel\n좋다\t1\n나쁘다\t0\n", "f.txt")) == wanted
    headless = nsmc.partition("\n")[2]
    assert pairs(read(headless, text_field=1, label_field=2)) == wanted
    assert pairs(read(headless, text_field=-2, label_field=-1)) == wanted
    assert pairs(read(nsmc.replace("\t", ","), "f.csv", text_field="document")) == wanted
    assert pairs(read('{"x": "b", "y": "a"}', "f.jsonl", text_field="x", label_field="y")) == [(("a",), "b")]


@pytest.mark.parametrize(
    ("data", "name", "wanted"),
    [
        ("\n \n__label__a b\n", "f.tsv", (("a",), "b")),
        ("__label__a\tb\n", "f.tsv", (("a",), "b")),
        ("a\tb\n", "f.txt", (("a",), "b")),
        ("a\tb\n", "f", (("a",), "b")),
        ('\n{"text": "b", "label": "a"}\n', "f.txt", (("a",), "b")),
        ("{a}\tb\n", "f.txt", (("{a}",), "b")),
        ("b __label__a\n", "f.txt", (("a",), "b")),
        ("a\tb __label__c\n", "f.tsv", (("a",), "b __label__c")),
        ("a\tb\n", "F.TSV", (("a",), "b")),
    ],
)
def test_the_first_line_tells_what_the_name_does_not(data: str, name: str, wanted: tuple) -> None:
    assert pairs(read(data, name)) == [wanted]


def test_lines_of_white_space_are_left_out() -> None:
    wanted = [(("a",), "b"), (("c",), "d")]
    blank = "\n  \n\t\n \t \n\r\n"
    assert pairs(read(f"{blank}a\tb\n{blank}c\td\n{blank}")) == wanted
    assert pairs(read(f"{blank}text\tlabel\n{blank}b\ta\n{blank}d\tc\n")) == wanted
    assert pairs(read(f"{blank}text,label\n{blank}b,a\n{blank}d,c\n{blank}", "f.csv")) == wanted
    assert pairs(read(f"{blank}b,a\n{blank}d,c\n", "f.csv", text_field=0, label_field=1)) == wanted


def test_a_byte_order_mark_is_no_part_of_the_first_label() -> None:
    for data, name in (
        ("a\tb", "f.tsv"),
        ("text\tlabel\nb\ta", "f.tsv"),
        ("__label__a b", "f.txt"),
        ("text,label\nb,a", "f.csv"),
        ('{"text": "b", "label": "a"}', "f.jsonl"),
    ):
        assert pairs(read(f"\ufeff{data}\n", name)) == [(("a",), "b")]


def test_a_long_blank_beginning_is_passed_over() -> None:
    documents = read(b"\n" * (1 << 18) + b"__label__a b", "f.txt")
    assert documents[0] == LabelledDocument("b", ("a",), documents[0].file, (1 << 18) + 1)


def test_a_format_that_is_named_goes_before_name_and_content() -> None:
    assert pairs(read("a\tb __label__c", format="fasttext")) == [(("c",), "a\tb")]
    assert pairs(read("text,label\nb,a", "f.tsv", format="csv")) == [(("a",), "b")]
    assert pairs(read('{"text": "b", "label": "a"}', "f.data", format="jsonl")) == [(("a",), "b")]


def test_compressed_files_folders_and_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b.tsv.gz").write_bytes(gzip.compress(b"x\t1\n"))
    (tmp_path / "a.jsonl.xz").write_bytes(lzma.compress(b'{"text": "2", "label": "y"}'))
    (tmp_path / "notes.md").write_text("not read")
    documents = read_labelled(tmp_path)
    assert pairs(documents) == [(("y",), "2"), (("x",), "1")]
    assert [Path(document.file).name for document in documents] == ["a.jsonl.xz", "b.tsv.gz"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("z\t가\n".encode("cp949"))))
    assert list(read_labelled("-", encoding="cp949")) == [LabelledDocument("가", ("z",), "standard input", 1)]


def test_what_is_returned_is_a_sequence_that_knows_its_places() -> None:
    documents = read("b\t1\n\na\t2\nb\t3")
    assert (len(documents), repr(documents)) == (3, "<3 documents, 2 classes>")
    assert (documents.texts, documents.labels, documents.targets) == (
        ["1", "2", "3"],
        [("b",), ("a",), ("b",)],
        ["b", "a", "b"],
    )
    assert documents.classes == ("a", "b")
    assert isinstance(documents[1:], LabelledDocuments)
    assert pairs(documents[1:]) == [(("a",), "2"), (("b",), "3")]
    assert re.search(r"f\.tsv, line 4$", documents.place(-1))
    assert documents.labels[0] is documents.labels[2], "labels are kept once"
    several = read("__label__a __label__b 1\n__label__a 2")
    assert (several.targets, repr(several)) == ([("a", "b"), ("a",)], "<2 multi-label documents, 2 classes>")


@pytest.mark.parametrize(
    ("data", "name", "options", "message"),
    [
        # without a label
        (
            "just a text\n",
            "f.txt",
            {},
            r"f\.txt, line 1: no label: 'just a text'\. A line is a label, a TAB and a text",
        ),
        ("a\tb\n\njust a text\n", "f.tsv", {}, r"f\.tsv, line 3: no label: there is no TAB in 'just a text'"),
        ("a\tb\n\tc\n", "f.tsv", {}, r"line 2: no label: it is empty\. Label the document, or leave it out"),
        ("a\tb\n \tc\n", "f.tsv", {}, r"line 2: no label: it is empty"),
        ("__label__a b\nc d\n", "f.txt", {}, r"line 2: no label: no word of 'c d' begins with __label__"),
        ("__label__a b\n__label__ c\n", "f.txt", {}, r"line 2: no label: it is empty"),
        ("text,label\nb,a\nc,\n", "f.csv", {}, r"f\.csv, line 3: no label: it is empty"),
        ('{"text": "b", "label": ""}', "f.jsonl", {}, r"line 1: no label: it is empty"),
        ('{"text": "b", "label": null}', "f.jsonl", {}, r"line 1: no label: field 'label' holds null\."),
        (
            '{"text": "b", "label": ["a", null]}',
            "f.jsonl",
            {},
            r"no label: field 'label' holds null\. A label is a string",
        ),
        (
            '{"text": "b", "label": 0.5}',
            "f.jsonl",
            {},
            r"field 'label' holds the number 0\.5\. A label is a string or a whole",
        ),
        (
            '{"text": "b"}',
            "f.jsonl",
            {},
            r"line 1: no field 'label'\. Its fields: 'text'\. Pass .* label, label_field=NAME$",
        ),
        # without a text
        ("a\tb\na\t\n", "f.tsv", {}, r"f\.tsv, line 2: no text: nothing but the label 'a'\. Give the document a text"),
        ("a\tb\na\t \u00a0\n", "f.tsv", {}, r"line 2: no text: nothing but the label 'a'"),
        ("__label__a __label__b \n", "f.txt", {}, r"line 1: no text: nothing but the label 'a', 'b'"),
        ('{"text": "", "label": []}', "f.jsonl", {}, r"line 1: no text: nothing but the label \[\]\."),
        ('{"label": "b"}', "f.jsonl", {}, r"line 1: no field 'text'\. .* text, text_field=NAME$"),
        ('{"text": ["a"], "label": "b"}', "f.jsonl", {}, r"line 1: field 'text' holds an array, not a string"),
        # columns
        (
            "a\tb\na\tb\tc\n",
            "f.tsv",
            {},
            r"line 2: columns: 3, but 2 in line 1\. Mend the row: in TSV a text holds no TAB$",
        ),
        (
            "label\ttext\na\tb\tc\n",
            "f.tsv",
            {},
            r"line 2: columns: 3, but 2 in the header\. .* in TSV a text holds no TAB$",
        ),
        ("text,label\n,\n", "f.csv", {}, r"line 2: no label: it is empty"),
        (
            "1\ta\tb\n",
            "f.tsv",
            {},
            r"line 1: columns: 3 \('1', 'a', 'b'\), where a label, a TAB and a text .*label_field=0",
        ),
        (
            "id\ttext\tclass\n",
            "f.tsv",
            {},
            r"no column 'label' in the header\. .* label_field=NAME; a file without a .*=0",
        ),
        ("sentence\tlabel\nb\ta\n", "f.tsv", {}, r"line 1: no column 'text' in the header\. Its columns: 'sentence'"),
        ("a\tb\n", "f.tsv", {"text_field": "body"}, r"line 1: no column 'body' in the header\. Its columns: 'a', 'b'"),
        ("a,b\n", "f.csv", {}, r"line 1: no column 'text' in the header"),
        ("text,label\nb,a\nb, c,a\n", "f.csv", {}, r"line 3: columns: 3, but 2 in the header\. .* quotation marks"),
        ("a\tb\n", "f.tsv", {"text_field": 2, "label_field": 0}, r"line 1: text_field=2, but the columns are 0 to 1"),
        (
            "a\tb\n",
            "f.tsv",
            {"text_field": 0, "label_field": -3},
            r"line 1: label_field=-3, but the columns are 0 to 1",
        ),
        (
            "a\tb\n",
            "f.tsv",
            {"text_field": 1, "label_field": -1},
            r"line 1: .*label_field=-1 are one column of 2\. Pass two",
        ),
        ("{}", "f.jsonl", {"text_field": 1, "label_field": 0}, r"text_field=1, label_field=0: JSON has fields by name"),
        ("", "f.tsv", {"text_field": 1}, r"text_field=1, label_field='label': one is a name and one a number"),
        ("", "f.tsv", {"text_field": "a", "label_field": "a"}, r"text_field and label_field are both 'a'"),
        # formats
        (
            "a\tb\n__label__a c\n",
            "f.tsv",
            {},
            r"line 2: a label of fastText's, '__label__a c', where line 1 has a label and",
        ),
        (
            "__label__a b\na\tc\n",
            "f.txt",
            {},
            r"line 2: no label: .*has a TAB, where those above have __label__: one file",
        ),
        (
            "\na\tb\n",
            "f.tsv",
            {"format": "fasttext"},
            r"line 2: no label: .* __label__\. If lines are a label, a TAB and a text, pass format=\"tsv\"$",
        ),
        ('{"text": "b", "label": "a"}\nb\ta\n', "f.jsonl", {}, r"line 2, column 1: malformed JSON"),
        ("[1]", "f.jsonl", {}, r'line 1: an array where an object is expected, such as \{"text": "the text", "label"'),
        (
            "a",
            "f.xml",
            {},
            r'files ending in "\.xml" are not known \(\.csv, .*\)\. Pass the format: format="tsv" reads',
        ),
        ("a", "f.tsv", {"format": "txt"}, r"format='txt' is not known\. Known: 'tsv', 'fasttext', 'csv', 'jsonl'"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(data: str, name: str, options: dict, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read(data, name, **options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"text_field": ""}, TypeError, "text_field=''; it is the name of a field, or the number of a column"),
        ({"label_field": None}, TypeError, "label_field=None; it is the name"),
        ({"label_field": True}, TypeError, "label_field=True; it is the name"),
        ({"encoding": "utf-9"}, CorpusError, "encoding='utf-9'"),
    ],
)
def test_options_are_looked_at_first(options: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read("a\tb", **options)


def test_the_rest_is_refused_as_a_corpus_refuses_it(tmp_path: Path) -> None:
    for empty in ("\n \n", "label\ttext\n"):
        with pytest.raises(EmptyCorpusError, match=r"f\.tsv: no document: empty, blank, or a header alone$"):
            read(empty)
    with pytest.raises(EncodingError, match=r"f\.tsv, line 2: not valid utf-8 at byte 6"):
        read(b"a\tb\na\t\xff\n")
    with pytest.raises(EncodingError, match=r"line 1: character 0 of the text is '\\ud83d'"):
        read('{"text": "b", "label": "\\ud83d"}', "f.jsonl")
    with pytest.raises(CorpusError, match=r"f\.tsv: looks like a PNG image, not text"):
        read(b"\x89PNG\r\n\x1a\n\xff")
    with pytest.raises(CorpusNotFoundError, match=r"Texts and labels themselves need no read_labelled"):
        read_labelled(tmp_path / "none.tsv")
    with pytest.raises(
        CorpusNotFoundError, match=r"by its ending \(\.csv, \.jsonl, .*read_labelled\(.*format=\"tsv\"\)"
    ):
        read_labelled(tmp_path)
    with pytest.raises(TypeError, match=r"read_labelled\(\) needs at least one path"):
        read_labelled()
    with pytest.raises(TypeError, match=r"read_labelled\(\) takes paths as str or Path, not list"):
        read_labelled(["a"])


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("sst2", {"train": 67_349, "valid": 872, "test": 1_821}),
        ("trec", {"train": 5_452, "test": 500}),
        ("r8", {"train": 5_485, "test": 2_189}),
        ("nsmc", {"train": 60_000, "test": 21_642}),
    ],
)
def test_real_corpora(name: str, sizes: dict[str, int]) -> None:
    if not DATA.exists():
        pytest.skip("needs the shared data")
    for part, size in sizes.items():
        path = DATA / name / f"{part}.tsv.xz"
        documents = read_labelled(path)
        lines = lzma.decompress(path.read_bytes()).decode().split("\n")[:-1]
        assert len(documents) == len(lines) == size
        assert ["\t".join((*document.labels, document.text)) for document in documents] == lines
        assert len(documents.classes) == len(Counter(documents.targets)) == {"trec": 6, "r8": 8}.get(name, 2)
