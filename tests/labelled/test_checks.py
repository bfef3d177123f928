"""What nothing can be trained on is refused with the place and the remedy."""

from __future__ import annotations

import warnings
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


def test_a_class_seen_once_will_do_where_nothing_is_validated() -> None:
    check_classes([("a",), ("b",), ("a",)], validated=False)
    with pytest.raises(CorpusError, match=r"pass validation_fraction=0 to validate on none"):
        check_classes([("a",), ("b",), ("a",)])
    with pytest.raises(CorpusError, match=r"^all 1 documents have the label 'a'"):
        check_classes([("a",)], validated=False)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (
            [("a",), ("a",), ("b",)],
            CorpusError,
            r"^y\[2\]: the class 'b' is seen once, and needs two documents at least: .* leave the class out\.$",
        ),
        ([("a", "b"), ("c", "a")], CorpusError, r"^y\[0\]: the class 'b' .* leave the class out\. So is 'c'\.$"),
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
    with pytest.raises(CorpusError, match=r"f\.tsv, line 4: the class 'b' is seen once.*leave the class out\.$"):
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


def test_texts_are_no_tags(tmp_path: Path) -> None:
    path = tmp_path / "f.tsv"
    path.write_text("it is\tfine\npos\ta good film\nneg\ta bad film\n")
    sentences = read_sequences(path)
    message = (
        r"f\.tsv, line 2: 'a good film' is a text rather than a tag, and so are most\. .*textrep classify; a tagger"
    )
    with pytest.raises(CorpusError, match=message):
        check_sequences(sentences.tokens, sentences.tags, sentences.place)
    with pytest.raises(CorpusError, match=r"^X\[0\]: 'a good film' is"):
        check_sequences(sentences.tokens, sentences.tags)
    check_sequences([["Ulysses", "by"]], [["B-Work of Art", "O"]])  # half of them


def test_tags_of_which_there_are_more_than_half_as_many_as_tokens_may_be_texts() -> None:
    def check(n_tokens: int, n_tags: int) -> None:
        tags = [f"t{i % n_tags}" for i in range(n_tokens)]
        check_sequences([["a"] * n_tokens], [tags], lambda i, j: f"f.txt, line {j + 1}")

    message = r"^f\.txt, line 1: 100 tokens have 51 different tags, 't0' and others, and of many .* Are these texts\?"
    with pytest.warns(UserWarning, match=message) as warned:
        check(100, 51)
    assert warned[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(100, 50)
        check(99, 99)  # a sentence or two may well have so many


def test_one_tag_and_no_other_is_nothing_to_learn() -> None:
    message = r"^all 3 tokens have the tag 'O'\. A tagger needs two tags: add sentences with another$"
    with pytest.raises(CorpusError, match=message):
        check_sequences([["a"], ["b", "c"]], [["O"], ["O", "O"]])
