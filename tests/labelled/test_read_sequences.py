"""Tagged sentences: what is written as CoNLL or CoNLL-U is read back, and what is wrong is said with file and line."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrep.errors import CorpusError, EmptyCorpusError, EncodingError, TagSchemeError
from textrep.labelled import TaggedSentence, TaggedSentences, read_sequences

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "sequences"
characters = st.characters(exclude_categories=["Cs"]) | st.sampled_from('가#-\u00a0\u2028 .1"')
with_spaces = st.text(characters, min_size=1, max_size=5).map(lambda text: re.sub(r"[\t\n\r]", "", text)).filter(bool)
without_spaces = with_spaces.map(lambda text: re.sub(r"[ \v\f]", "", text)).filter(bool)
tags = st.sampled_from(["O", "B-PER", "I-PER", "B-creative-work", "NOUN"])
ends = st.sampled_from(["\n", "\r\n"])


def read(data: bytes | str, name: str = "f.conll", **options: object) -> TaggedSentences:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return read_sequences(path, **options)


def pairs(sentences: TaggedSentences) -> list[list[tuple[str, str]]]:
    return [list(zip(sentence.tokens, sentence.tags, strict=True)) for sentence in sentences]


def sentences_of(tokens: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[tuple[str, str]]]]:
    return st.lists(st.lists(st.tuples(tokens, tags), min_size=1, max_size=4), min_size=1, max_size=4)


def written_as(sentences: list, row, comment: st.SearchStrategy[str], data: st.DataObject) -> tuple[str, list]:
    """A file of these sentences with comments and blank lines between, and the lines on which the tokens stand."""
    lines, places = [], []
    for sentence in sentences:
        lines += data.draw(st.lists(comment, max_size=2))
        places.append([])
        for i, (token, tag) in enumerate(sentence, 1):
            lines.append(row(i, token, tag))
            places[-1].append(len(lines))
        lines += data.draw(st.sampled_from([[""], ["", " \t"]]))
    end = data.draw(ends)
    return end.join(lines[: data.draw(st.sampled_from([-1, len(lines)]))]), places


@given(sentences_of(with_spaces.filter(lambda token: not re.match("#+ ", token))), st.data())
def test_conll_with_tabs(sentences: list, data: st.DataObject) -> None:
    comment = st.sampled_from(
        ["##", "# id = 1", "## a\tX\tY", "#begin document (x); part 000", "-DOCSTART- -X- O", "-DOCSTART-\tO"]
    )
    text, places = written_as(sentences, lambda _, token, tag: f"{token}\tNN\t{tag}", comment, data)
    found = read(text)
    assert pairs(found) == sentences
    assert [list(sentence.lines) for sentence in found] == places
    assert read(text, tag_column=2, token_column=0).tags == found.tags
    assert {tag for some in read(text, tag_column=1).tags for tag in some} == {"NN"}


@given(sentences_of(without_spaces), st.sampled_from([" ", "   ", " \t"]), st.data())
def test_conll_with_spaces(sentences: list, space: str, data: st.DataObject) -> None:
    comment = st.sampled_from(["#", "# sent_id = 1 of 7", "## x", "-DOCSTART- O", "-DOCSTART-"])
    text, places = written_as(sentences, lambda _, token, tag: space.join([token, "NN", "x", tag]) + " ", comment, data)
    if "\t" in space:
        text = text.replace(" \t", " ")  # a TAB in the first row would be the separator
    found = read(text)
    assert pairs(found) == sentences
    assert [list(sentence.lines) for sentence in found] == places


@given(sentences_of(with_spaces.filter(str.strip)), st.data())
def test_conllu(sentences: list, data: st.DataObject) -> None:
    def row(i: int, token: str, tag: str) -> str:
        cells = [f"{i}", token, "lemma", tag, f"X{tag}", "_", "0", "root", "_", "_"]
        others = [f"{i}-{i + 1}\tzum\t_\t_\t_\t_\t_\t_\t_\t_", f"{i - 1}.1\tleft out\t_\tVERB\t_\t_\t_\t_\t0:root\t_"]
        return "\n".join([*data.draw(st.lists(st.sampled_from(others), max_size=2)), "\t".join(cells)])

    text, _ = written_as(sentences, row, st.sampled_from(["# text = a", "#", "# a\tb"]), data)
    name = data.draw(st.sampled_from(["f.conllu", "f.conll", "f.txt", "f"]))
    found = read(text, name)
    assert pairs(found) == sentences
    assert read(text, name, tag_column="xpos").tags == [[f"X{tag}" for _, tag in sentence] for sentence in sentences]
    assert read(text, name, token_column="lemma", tag_column=7).tags == [["root"] * len(s) for s in sentences]
    lines = text.replace("\r\n", "\n").split("\n")
    for sentence in found:
        assert [lines[line - 1].split("\t")[1] for line in sentence.lines] == sentence.tokens


def test_multiword_tokens_and_empty_nodes_by_hand() -> None:
    # of https://universaldependencies.org/format.html, shortened
    text = """# sent_id = 1
1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tvamos\tir\tVERB\t_\t_\t0\troot\t_\t_
2\tnos\tnosotros\tPRON\t_\t_\t1\tobj\t_\t_
2.1\tlike\tlike\tVERB\tVBP\t_\t_\t_\t0:root\t_
3\tal mar\tmar\tNOUN\t_\t_\t1\tobl\t_\t_
"""
    (sentence,) = read(text, "f.conllu")
    assert (sentence.tokens, sentence.tags) == (["vamos", "nos", "al mar"], ["VERB", "PRON", "NOUN"])
    assert (sentence.line, tuple(sentence.lines)) == (3, (3, 4, 6))


def test_hashes_are_tokens_or_comments() -> None:
    assert read("#a\tX\n#\tX\n# c\tX\n##\tY\n## d\n", "f.tsv").tokens == [["#a", "#", "##"]]
    assert read("b X\n# NN\n#a X\n## Y\n# c d\n").tokens == [["b", "#", "#a", "##"]]
    assert read("# a X\nb X\n").tokens == [["b"]]
    assert read("#a\tX\n# b\tX\n", comment_prefix="").tokens == [["#a", "# b"]]
    assert read("#a X\n% no token\n# X\n", comment_prefix="%").tokens == [["#a", "#"]]
    assert read("% no token\n#a X\n", comment_prefix="%").tokens == [["#a"]]


def test_a_comment_among_rows_with_spaces_may_hold_a_tab() -> None:
    found = read("# id 5239\tdomain=en\na NN x X\nb NN x Y\n\n# id 5240\tdomain=en\n# NN x Z\n")
    assert pairs(found) == [[("a", "X"), ("b", "Y")], [("#", "Z")]]


def test_a_document_begins_a_sentence_of_its_own() -> None:
    conll2003 = (
        "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n-DOCSTART- -X- -X- O\nPeter NNP I-NP I-PER\n"
    )
    sentences = read(conll2003, "eng.testa")
    assert pairs(sentences) == [[("EU", "I-ORG"), ("rejects", "O")], [("Peter", "I-PER")]]
    assert (sentences.scheme(), sentences[1].line) == ("IOB1", 6)
    assert read(conll2003, tag_column=1).scheme() is None


def test_tokens_can_be_read_without_tags() -> None:
    for data, name in [("a\nb\n\nc", "f.txt"), ("a\tX\nb\tY\n\nc\t", "f.conll")]:
        sentences = read(data, name, tagged=False)
        assert (sentences.tokens, sentences.tags) == ([["a", "b"], ["c"]], [[], []])
    conllu = "1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n"
    assert read(conllu, "f.conllu", tagged=False).tokens == [["a"]]


def test_compressed_files_folders_and_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b.conll.gz").write_bytes(gzip.compress(b"x 1\n"))
    (tmp_path / "a.bio.xz").write_bytes(lzma.compress(b"y\t2\n"))
    (tmp_path / "notes.md").write_text("not read")
    sentences = read_sequences(tmp_path)
    assert pairs(sentences) == [[("y", "2")], [("x", "1")]]
    assert [Path(sentence.file).name for sentence in sentences] == ["a.bio.xz", "b.conll.gz"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("가\tX\n".encode("cp949"))))
    assert list(read_sequences("-", encoding="cp949")) == [TaggedSentence(["가"], ["X"], "standard input", range(1, 2))]


def test_what_is_returned_is_a_sequence_that_knows_its_places() -> None:
    sentences = read("a X\n\n# b c d\ne Y\nf Z\n")
    assert (len(sentences), repr(sentences), sentences.tags) == (2, "<2 sentences, 3 tokens>", [["X"], ["Y", "Z"]])
    assert isinstance(sentences[1:], TaggedSentences)
    assert sentences[1:].tokens == [["e", "f"]]
    assert re.search(r"f\.conll, line 4$", sentences.place(1))
    assert re.search(r"f\.conll, line 5$", sentences.place(1, 1))


def test_unknown_schemes_are_refused_with_file_and_line() -> None:
    with pytest.raises(TagSchemeError, match=r"f\.conll, line 4: the tag 'X-PER' belongs to no known scheme .*'B-PER'"):
        read("a O\n\nb B-PER\nc X-PER\n").scheme()
    with pytest.raises(TagSchemeError, match=r"f\.conll, line 4: the tag is 'I-PER', no tag of the scheme BMES: these"):
        read("a O\n\nb B-PER\nc I-PER\n").check_scheme("BMES")
    read("a O\n\nb B-PER\nc I-PER\n").check_scheme("BIO")


def test_a_hash_with_a_wrong_tag_may_be_a_comment() -> None:
    found = read("a O\n# id\nb B-PER\n")
    assert found.tokens == [["a", "#", "b"]]
    for refuse in (found.scheme, lambda: found.check_scheme("BIO")):
        with pytest.raises(
            TagSchemeError, match=r'line 2 \(if it is a comment, pass comment_prefix="#"\): the tag .*\'id\''
        ):
            refuse()
    assert read("a O\n# id\nb B-PER\n", comment_prefix="#").scheme() == "IOB2"


def test_a_byte_order_mark_is_no_part_of_the_first_token() -> None:
    assert read("\ufeffa X\n").tokens == [["a"]]
    assert read("\ufeff# c\n" + conllu_row, "f.conllu").tokens == [["a"]]


conllu_row = "1\ta\ta\tNOUN\tNN\t_\t0\troot\t_\t_\n"


@pytest.mark.parametrize(
    ("data", "name", "options", "message"),
    [
        # columns
        (
            "a\tX\nb\n",
            "f.conll",
            {},
            r"f\.conll, line 2: columns: 1, but 2 in line 1, separated by TABs\. Mend the row",
        ),
        ("a\tX\nb X\n", "f.conll", {}, r"line 2: columns: 1, but 2 in line 1, separated by TABs"),
        ("# c\n\na X\n\nb X Y\n", "f.txt", {}, r"line 5: columns: 3, but 2 in line 3, separated by spaces"),
        ("a X\n# NN O\n# X\n", "f.txt", {"comment_prefix": ""}, r"line 2: columns: 3, but 2 in line 1"),
        ("a\nb\n", "f.txt", {}, r"f\.txt, line 1: no tag: one column only\. A row is a token and its tag"),
        ("a X\n", "f.txt", {"tag_column": 0}, r"line 1: no tag: both from column 0"),
        ("a X\n", "f.txt", {"token_column": -1, "tag_column": 1}, r"line 1: no tag: both from column 1"),
        ("a X\n", "f.txt", {"tag_column": 2}, r"line 1: tag_column=2, but the columns are 0 to 1\. Pass one of these"),
        ("a X\n", "f.txt", {"token_column": -3}, r"line 1: token_column=-3, but the columns are 0 to 1"),
        ("a X\n", "f.txt", {"tag_column": "upos"}, r"line 1: tag_column='upos' is a name, .* pass format=\"conllu\""),
        ("a\tX\n\tX\n", "f.txt", {}, r"line 2: no token: column 0 is empty\. Mend the row, or leave it out"),
        ("a\tX\nb\t\n", "f.txt", {}, r"line 2: no tag: column 1 of 'b' is empty\. Give it a tag"),
        ("a\tX\nb\t \n", "f.txt", {}, r"line 2: no tag: column 1 of 'b' is empty"),
        # CoNLL-U
        (
            "a\tX\n",
            "f.conllu",
            {},
            r"f\.conllu, line 1: columns: 2, but CoNLL-U has 10, separated by TABs\. Mend .*\"conll\"",
        ),
        (conllu_row + "2 a", "f.txt", {}, r"line 2: columns: 1, but CoNLL-U has 10"),
        (
            conllu_row + conllu_row,
            "f.txt",
            {},
            r"line 2: word 1, where word 2 of .* Put a blank line between sentences",
        ),
        (
            conllu_row.replace("1", "2"),
            "f.conllu",
            {},
            r"line 1: word 2, where word 1 .* Number the words of a sentence",
        ),
        (
            conllu_row.replace("1", "x"),
            "f.conllu",
            {},
            r"line 1: 'x' is no ID of a word \(1\), a multiword token \(1-2\)",
        ),
        (
            "# a\n\n" + conllu_row,
            "f.conllu",
            {},
            r"f\.conllu, line 1: a sentence without tokens\. Leave it out, with its",
        ),
        (conllu_row + "\n\n# a\n# b\n", "f.conllu", {}, r"line 4: a sentence without tokens"),
        (conllu_row + "\n" + conllu_row.replace("1\t", "1.1\t"), "f.conllu", {}, r"line 3: a sentence without tokens"),
        (
            conllu_row.replace("NOUN", "_"),
            "f.conllu",
            {},
            r"line 1: no upos: the column 'upos' of word 1 is '_'\. Pass",
        ),
        (conllu_row.replace("NN\t", "_\t"), "f.conllu", {"tag_column": 4}, r"no xpos: .* tag_column=NAME"),
        (conllu_row.replace("\ta\ta", "\t\ta"), "f.conllu", {}, r"no form: .* word 1 is empty\. .* token_column=NAME"),
        (
            conllu_row,
            "f.conllu",
            {"tag_column": "pos"},
            r"f\.conllu: tag_column='pos' is no column of CoNLL-U\. These are 'id'",
        ),
        (conllu_row, "f.conllu", {"tag_column": 10}, r"f\.conllu: tag_column=10, but the columns are 0 to 9"),
        (conllu_row, "f.conllu", {"tag_column": "form"}, r"tokens and tags are both from column 'form'"),
        # formats
        ("a", "f.xml", {}, r'files ending in "\.xml" are not known .* format="conll" reads a token and its tag a line'),
        ("a X", "f.conll", {"format": "bio"}, r"format='bio' is not known\. Known: 'conll', 'conllu'"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(data: str, name: str, options: dict, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read(data, name, **options)


def test_files_of_two_formats_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a X\n")
    (tmp_path / "b.txt").write_text(conllu_row)
    with pytest.raises(CorpusError, match=r"b\.txt: CoNLL-U, but .*a\.txt is CoNLL\. Read them one by one, or pass"):
        read_sequences(tmp_path)
    with pytest.raises(CorpusError, match=r"b\.txt, line 1: tag_column='upos' is a name"):
        read_sequences(tmp_path / "b.txt", format="conll", tag_column="upos")
    assert read_sequences(tmp_path / "b.txt", format="conll", token_column=1, tag_column=3).tags == [["NOUN"]]


@pytest.mark.parametrize("option", ["token_column", "tag_column"])
@pytest.mark.parametrize("value", [True, 1.0, ["upos"]])
def test_columns_are_numbers_or_names(option: str, value: object) -> None:
    with pytest.raises(
        TypeError, match=f"^{option}={re.escape(repr(value))}; it is the number of a column, 0 the first"
    ):
        read("a X", **{option: value})


def test_the_rest_is_refused_as_a_corpus_refuses_it() -> None:
    for blank in ("", "\n \t\n", "# a\n", "-DOCSTART- O\n\n"):
        with pytest.raises(EmptyCorpusError, match=r"f\.conll: no sentence: empty or blank"):
            read(blank)
    with pytest.raises(EncodingError, match=r"f\.conll, line 2: not valid utf-8 at byte 4"):
        read(b"a X\n\xff X\n")
    with pytest.raises(TypeError, match=r"read_sequences\(\) needs at least one path"):
        read_sequences()
    with pytest.raises(CorpusError, match=r"Tokens and tags themselves need no read_sequences"):
        read_sequences("no such file.conll")


@pytest.mark.parametrize(
    ("name", "options", "n_sentences", "n_tokens", "scheme", "n_tags"),
    [
        ("en_ewt/dev.conllu.xz", {}, 2_001, 25_147, None, 17),
        ("en_ewt/dev.conllu.xz", {"tag_column": "xpos"}, 2_001, 25_147, None, 49),
        ("ko_gsd/dev.conllu.xz", {}, 917, 11_624, None, 15),
        ("wnut17/train.conll.xz", {}, 3_394, 62_730, "IOB2", 13),
        ("wnut17/dev.conll.xz", {}, 1_009, 15_733, "IOB2", 13),
        ("klue_ner/train.tsv.xz", {}, 4_030, 230_805, "IOB2", 13),
    ],
)
def test_real_treebanks_and_corpora(
    name: str, options: dict, n_sentences: int, n_tokens: int, scheme: str | None, n_tags: int
) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip("needs the shared data")
    sentences = read_sequences(path, **options)
    assert (len(sentences), sum(map(len, sentences.tokens))) == (n_sentences, n_tokens)
    assert sentences.scheme() == scheme
    assert len({tag for some in sentences.tags for tag in some}) == n_tags
    lines = lzma.decompress(path.read_bytes()).decode().split("\n")
    for sentence in sentences[:: max(1, n_sentences // 100)]:
        for token, line in zip(sentence.tokens, sentence.lines, strict=True):
            assert token in lines[line - 1].split("\t")[:2]
