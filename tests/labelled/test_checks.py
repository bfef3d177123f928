"""What nothing can be trained on is refused with the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from textrep.errors import CorpusError
from textrep.labelled import check_classes, check_sequences, read_labelled, read_sequences


@pytest.mark.parametrize(
    "labels",
    [
        [("a",), ("b",), ("b",), ("a",)],
        [("a", "b"), (), ("a",), {"b"}],
        [("a",), ["a"], ()],  # one class that a document has or has not
        [(1,), (None,), (1,), (None,)],
        [(("a", 1),), (("a", 2),)] * 2,
    ],
    ids=repr,
)
def test_classes_seen_twice_will_do(labels: list) -> None:
    check_classes(labels)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (
            [("a",), ("a",), ("b",)],
            CorpusError,
            r"^y\[2\]: the class 'b' is seen once, and needs two documents at least: .* leave it out\.$",
        ),
        ([("a", "b"), ("c", "a")], CorpusError, r"^y\[0\]: the class 'b' .* leave it out\. So is 'c'\.$"),
        ([(i,) for i in range(9)], CorpusError, r"^y\[0\]: the class 0 .* So are 1, 2, 3, 4, 5 and 3 more\.$"),
        ([("a",)] * 3, CorpusError, r"^all 3 documents have the label 'a'\. A classifier needs two classes"),
        ([(), ()], CorpusError, r"^no label in 2 documents"),
        ([], CorpusError, r"^no label in 0 documents"),
        ([("ab",), "ab"], TypeError, r"^labels\[1\] is 'ab', a str\. Pass a tuple of labels: \('ab',\)$"),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused(labels: list, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        check_classes(labels)


def test_the_place_is_a_file_and_a_line(tmp_path: Path) -> None:
    path = tmp_path / "f.tsv"
    path.write_text("a\t1\n\na\t2\nb\t3\n")
    documents = read_labelled(path)
    with pytest.raises(CorpusError, match=r"f\.tsv, line 4: the class 'b' is seen once.*leave it out\.$"):
        check_classes(documents.labels, documents.place)
    path.write_text("class\tbody\na\t1\na\t2\n")
    documents = read_labelled(path)
    with pytest.raises(CorpusError, match=r"f\.tsv, line 1: the class 'class' .* If the first line names columns, say"):
        check_classes(documents.labels, documents.place)


def test_sentences_that_cannot_be_learnt_are_refused(tmp_path: Path) -> None:
    check_sequences([["a", "b"], ("c",)], [["X", "Y"], ["X"]])
    with pytest.raises(CorpusError, match=r"^X\[1\]: a sentence without tokens\. Leave it out$"):
        check_sequences([["a"], []], [["X"], []])
    with pytest.raises(CorpusError, match=r"^X\[1\]: tokens: 1, but tags: 2\. Pass one tag for each token$"):
        check_sequences([["a"], ["b"]], [["X"], ["X", "Y"]])
    with pytest.raises(CorpusError, match=r"^token lists: 2, tag lists: 1\. Pass a tag list for each token list$"):
        check_sequences([["a"], ["b"]], [["X"]])
    with pytest.raises(CorpusError, match=r"^token lists: 0, tag lists: 0\."):
        check_sequences([], [])
    path = tmp_path / "f.conll"
    path.write_text("a X\n\nb Y\n")
    sentences = read_sequences(path, tagged=False)
    with pytest.raises(CorpusError, match=r"f\.conll, line 3: tokens: 1, but tags: 2"):
        check_sequences(sentences.tokens, [["X"], ["X", "Y"]], sentences.place)
