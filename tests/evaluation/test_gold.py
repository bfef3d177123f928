"""Gold sets: word pairs in all their separators, analogies with sections, and what is wrong in a file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from textrep import CorpusError, CorpusNotFoundError, EmptyCorpusError
from textrep.evaluation import AnalogyGold, Question, SimilarityGold, WordPair, read_gold, read_gold_files

PAIRS = (WordPair("tiger", "cat", 7.35), WordPair("왕", "여왕", 10.0))


def written(tmp_path: Path, text: str, name: str = "gold.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("separator", ["\t", " ", "   ", ",", ", ", ";"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_pairs_have_any_separator_and_line_end(tmp_path: Path, separator: str, ends: str) -> None:
    lines = [separator.join(row) for row in (("tiger", "cat", "7.35"), ("왕", "여왕", "10.00"))]
    for text in (ends.join(lines), "\ufeff" + ends.join(["# who made it", "", *lines, ""])):
        assert read_gold(written(tmp_path, text)) == SimilarityGold(str(tmp_path / "gold.txt"), PAIRS)


def test_a_header_is_told_by_its_score(tmp_path: Path) -> None:
    gold = read_gold(written(tmp_path, "\ufeffword 1,word 2,kor_score\ntiger,cat,7.35\n왕,여왕,10.00\n", "a.csv"))
    assert isinstance(gold, SimilarityGold)
    assert (gold.pairs, gold.header) == (PAIRS, ("word 1", "word 2", "kor_score"))


def test_a_header_may_number_the_scores_of_single_people(tmp_path: Path) -> None:
    gold = read_gold(written(tmp_path, "Word 1,Word 2,Human (mean),1,2\ntiger,cat,7.35,7,8\n왕,여왕,10.00,10,10\n"))
    assert isinstance(gold, SimilarityGold)
    assert (gold.pairs, gold.header) == (PAIRS, ("Word 1", "Word 2", "Human (mean)", "1", "2"))


def test_a_name_of_two_words_is_no_header(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"gold\.txt, line 1: the score of 'New' and 'York' is 'city', which is not"):
        read_gold(written(tmp_path, "New York city 5\nman woman 4\n"))


def test_a_number_without_end_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"line 1: the score of 'a' and 'b' is '9{56}\.\.\., which is not a finite"):
        read_gold(written(tmp_path, "a\tb\t" + 5_000_000 * "9"))


@pytest.mark.parametrize("text", ["tiger,cat,7\rking,queen,8\r", "a b c d\re f g h\r", "a b 1\nc\rd 2\n"])
def test_line_ends_of_old_macs_are_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(CorpusError, match=r"gold\.txt, line \d: .* carriage return within it.*with line feeds"):
        read_gold(written(tmp_path, text))


def test_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "gold.txt"
    path.write_bytes("tiger cat 7.35\n왕 여왕 10\n".encode("cp949"))
    assert read_gold(path, encoding="cp949") == SimilarityGold(str(path), PAIRS)
    with pytest.raises(CorpusError, match=r"gold\.txt.*encoding"):
        read_gold(path)


def test_files_that_cannot_be_read_are_left_out_where_somebody_is_told(tmp_path: Path) -> None:
    written(tmp_path, "a b c d\n", "a.txt")
    written(tmp_path, "a\tb\n", "b.txt")
    written(tmp_path, "tiger cat 7.35\n왕 여왕 10\n", "c.txt")
    told: list[CorpusError] = []
    golds = read_gold_files(tmp_path, on_error=told.append)
    assert [Path(gold.name).name for gold in golds] == ["a.txt", "c.txt"]
    assert [str(error).partition(": ")[0] for error in told] == [f"{tmp_path / 'b.txt'}, line 1"]
    with pytest.raises(CorpusError, match=r"b\.txt, line 1"):
        read_gold_files(tmp_path)


@pytest.mark.parametrize(
    "line", ["tiger\tcat\t", "tiger,cat,", "tiger;cat;;9", "tiger,cat,,9", "tiger cat", "tiger,cat"]
)
def test_a_first_line_without_a_score_is_no_header(tmp_path: Path, line: str) -> None:
    with pytest.raises(
        CorpusError, match=r"gold\.txt, line 2: .*(the score of 'tiger' and 'cat' is ''|is not two words)"
    ):
        read_gold(written(tmp_path, f"# who made it\n{line}\nking\tqueen\t9\nking,queen,9\n"))


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"^paths of gold sets are str or Path, not SimilarityGold; several are separate"
    ):
        read_gold(SimilarityGold("gold", PAIRS))
    with pytest.raises(TypeError, match="not list"):
        read_gold_files(["a.txt", "b.txt"])


def test_quotation_marks_and_further_columns(tmp_path: Path) -> None:
    gold = read_gold(written(tmp_path, '"New York, N.Y.",city,9,8,10\nking;s,queen,-1e1,1,1\n', "a.csv"))
    assert isinstance(gold, SimilarityGold)
    # commas separate the first line's cells, so a semicolon in the second is part of a word
    assert gold.pairs == (WordPair("New York, N.Y.", "city", 9), WordPair("king;s", "queen", -10))


def test_a_word_of_several_parts_stands_between_tabs(tmp_path: Path) -> None:
    gold = read_gold(written(tmp_path, "New York\tcity\t9\n"))
    assert isinstance(gold, SimilarityGold)
    assert gold.pairs == (WordPair("New York", "city", 9),)


def test_analogies_have_sections(tmp_path: Path) -> None:
    text = "\ufeff: family\r\nboy girl King queen\r\n\r\n:gram1 a\r\n: family\r\n왕 여왕\t소년 소녀"
    gold = read_gold(written(tmp_path, text))
    assert isinstance(gold, AnalogyGold)
    assert gold.sections == {
        "family": (Question("boy", "girl", "King", "queen"), Question("왕", "여왕", "소년", "소녀")),
        "gram1 a": (),
    }
    assert list(gold.sections) == ["family", "gram1 a"]
    assert read_gold(written(tmp_path, "boy girl king queen\n")).sections == {
        "": (Question("boy", "girl", "king", "queen"),)
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\t1\na\tc\thigh\n", "line 2: the score of 'a' and 'c' is 'high', which is not a finite number"),
        ("a\tb\t7,35\n", "line 1: the score of 'a' and 'b' is '7,35', which"),
        ("# x\n\na b nan\n", "line 3: the score of 'a' and 'b' is 'nan'"),
        ("a b 1_0\n", "line 1: the score of 'a' and 'b' is '1_0'"),
        ("a\tb\t\n", "line 1: the score of 'a' and 'b' is ''"),
        ("\tb\t1\n", "line 1: '.tb.t1' is not two words and a score, separated by TABs"),
        ("a b 1\na b\n", "line 2: 'a b' is not two words and a score, separated by white space"),
        ("a b 1\na;b;1\n", "line 2: 'a;b;1' is not two words and a score, separated by white space"),
        (": x\na b c\n", "line 2: 'a b c' is not four words"),
        (": x\na b c d e\n", "line 2: 'a b c d e' is not four words"),
        (": x\na b c d\n:  \n", "line 3: a section without a name"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CorpusError, match=rf"gold\.txt, {message}") as info:
        read_gold(written(tmp_path, text))
    assert not isinstance(info.value, EmptyCorpusError)


@pytest.mark.parametrize("text", ["", "\ufeff\n \n# nothing\n", "word1,word2,score\n", ": family\n: gram1\n"])
def test_an_empty_file_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(EmptyCorpusError, match=r"gold\.txt: no (word pair|question)"):
        read_gold(written(tmp_path, text))


def test_files_of_a_folder_and_compressed_ones(tmp_path: Path) -> None:
    written(tmp_path, ": x\na b c d\n", "b.txt")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress("tiger,cat,7.35\n왕,여왕,10\n".encode()))
    written(tmp_path, "not read", "notes.md")
    pairs, analogies = read_gold_files(tmp_path)
    assert (pairs, analogies.sections) == (
        SimilarityGold(str(tmp_path / "a.csv.gz"), PAIRS),
        {"x": (Question("a", "b", "c", "d"),)},
    )
    with pytest.raises(CorpusError, match="2 files, and read_gold reads one"):
        read_gold(tmp_path)
    with pytest.raises(CorpusNotFoundError, match=r"no\.txt"):
        read_gold(tmp_path / "no.txt")
    with pytest.raises(CorpusError, match='format="similarity" reads two words and a score a line'):
        read_gold(tmp_path / "notes.md")


def test_a_format_that_is_given_counts(tmp_path: Path) -> None:
    path = written(tmp_path, "one two 1 2\n", "numbers")
    assert read_gold(path).pairs == (WordPair("one", "two", 1),)
    assert read_gold(path, "analogies").sections == {"": (Question("one", "two", "1", "2"),)}
    with pytest.raises(CorpusError, match="'pairs' is not known"):
        read_gold(path, "pairs")


def test_bytes_that_are_no_utf8_are_named(tmp_path: Path) -> None:
    path = tmp_path / "gold.txt"
    path.write_bytes("a b 1\n왕 여왕 2\n".encode("cp949"))
    with pytest.raises(CorpusError, match=r"gold\.txt, line 2: not valid utf-8"):
        read_gold(path)
