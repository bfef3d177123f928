"""``textrep score``: gold sets of both kinds, for people and for programs, and what goes wrong."""

from __future__ import annotations

import inspect
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import invoke
from textrep_cli import score
from textrep_cli.app import textrep as app

import textrep
from textrep.evaluation import evaluate_analogies, evaluate_similarity
from textrep.evaluation.analogies import METHODS
from textrep.evaluation.gold import FORMATS

KEYS = ["athens", "greece", "oslo", "norway", "왕", "여왕"]
VECTORS = np.array([[1, 0, 0], [1, 1, 0], [0, 0.1, 1], [0.1, 1, 1], [1, 2, 3], [-1, 0, 1]], np.float32)
PAIRS = "word1,word2,score\nAthens,Greece,5\n왕,여왕,2\nOslo,Athens,3\nunseen,Oslo,4\n"
QUESTIONS = """: capital
Athens Greece Oslo Norway
Oslo Norway Athens Greece
Athens Greece Oslo Thebes
: gram1-odd
greece athens 왕 여왕
: gram2-unseen
a b c d
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = textrep.EmbeddingStore.from_vectors(KEYS, VECTORS, tokenizer=textrep.get_tokenizer("word"))
    store.save(tmp_path / "words.textrep")
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "pairs.csv").write_text(PAIRS, encoding="utf-8-sig")
    (tmp_path / "gold" / "questions.txt").write_text(QUESTIONS, encoding="utf-8")
    return tmp_path


def test_tables_for_people(folder: Path) -> None:
    store = textrep.EmbeddingStore.open(folder / "words.textrep")
    pairs = evaluate_similarity(store, folder / "gold" / "pairs.csv")
    result = invoke("score", folder / "words.textrep", folder / "gold")
    assert result.exit_code == 0
    assert result.stderr == (
        f"textrep: {folder / 'gold' / 'pairs.csv'}: its first line is taken for a header: word1, word2, score\n"
    )
    similarity, analogies = result.stdout.split("\n\n")
    assert [line.split() for line in similarity.splitlines()] == [
        ["similarity", "pairs", "covered", "Spearman", "Pearson"],
        ["pairs.csv", "4", "3", f"{pairs.spearman:.4f}", f"{pairs.pearson:.4f}"],
    ]
    assert [line.split() for line in analogies.splitlines()] == [
        ["questions.txt", "asked", "covered", "correct", "3CosAdd", "correct", "3CosMul"],
        ["capital", "3", "2", "2", "1.0000", "1", "0.5000"],
        ["gram1-odd", "1", "1", "0", "0.0000", "0", "0.0000"],
        ["gram2-unseen", "1", "0", "0", "-", "0", "-"],
        ["semantic", "3", "2", "2", "1.0000", "1", "0.5000"],
        ["syntactic", "2", "1", "0", "0.0000", "0", "0.0000"],
        ["total", "5", "3", "2", "0.6667", "1", "0.3333"],
    ]


def test_json_for_programs(folder: Path) -> None:
    store = textrep.EmbeddingStore.open(folder / "words.textrep")
    pairs, questions = folder / "gold" / "pairs.csv", folder / "gold" / "questions.txt"
    result = invoke("score", folder / "words.textrep", questions, pairs, "--json", "--restrict-vocabulary", 5)
    methods = {method: evaluate_analogies(store, questions, method, 5).to_dict() for method in METHODS}
    analogies = {"file": str(questions), "kind": "analogies", "n_words": 5, "methods": methods}
    similarity = {"file": str(pairs), "kind": "similarity", **evaluate_similarity(store, pairs).to_dict()}
    assert json.loads(result.stdout) == [analogies, similarity]
    assert methods["3cosadd"]["total"] == {"correct": 2, "covered": 2, "asked": 5, "accuracy": 1.0}
    assert methods["3cosadd"]["sections"]["gram2-unseen"]["accuracy"] is None
    assert similarity["with_subwords"] is None


def test_pairs_without_a_correlation(folder: Path) -> None:
    path = folder / "few.tsv"
    path.write_text("athens\toslo\t1\nx\toslo\t2\n", encoding="utf-8")
    assert invoke("score", folder / "words.textrep", path).stdout.splitlines()[1].split() == [
        "few.tsv",
        "2",
        "1",
        "-",
        "-",
    ]
    (found,) = json.loads(invoke("score", folder / "words.textrep", path, "--json").stdout)
    assert (found["n_covered"], found["spearman"], found["pearson"]) == (1, None, None)


def test_a_store_with_subwords_scores_twice(tmp_path: Path) -> None:
    store = textrep.embed(
        ["king queen kingdom"] * 9, method="fasttext", vector_size=8, epochs=1, buckets=99, min_count=1, sample=0
    )
    store.save(tmp_path / "sub.textrep")
    path = tmp_path / "pairs.txt"
    path.write_text("king queen 3\nkings queens 2\nking kingdoms 1\n", encoding="utf-8")
    known = evaluate_similarity(store, path).with_subwords
    lines = invoke("score", tmp_path / "sub.textrep", path).stdout.splitlines()
    assert lines[1].split() == ["pairs.txt", "3", "1", "-", "-"]
    assert lines[2].split() == ["with", "subwords", "3", f"{known.spearman:.4f}", f"{known.pearson:.4f}"]


def test_words_that_do_not_count_are_mentioned(folder: Path) -> None:
    path = folder / "gold" / "questions.txt"
    result = invoke("score", folder / "words.textrep", path, "--restrict-vocabulary", 4, "--method", "3cosmul")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["questions.txt", "asked", "covered", "correct", "3CosMul"]
    assert lines[-1] == "Of 6 words the first 4 count; --restrict-vocabulary sets how many."
    assert "count;" not in invoke("score", folder / "words.textrep", path).stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b 1\na b x\n", "line 2: the score of 'a' and 'b' is 'x', which is not a finite number."),
        (": x\na b c\n", "line 2: 'a b c' is not four words."),
        ("", "no word pair and no question in it"),
    ],
)
def test_a_malformed_gold_set_is_one_line(folder: Path, text: str, message: str) -> None:
    (folder / "bad.txt").write_text(text, encoding="utf-8")
    result = invoke("score", folder / "words.textrep", folder / "gold" / "pairs.csv", folder / "bad.txt")
    assert result.exit_code == 1
    header = "its first line is taken for a header"
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["similarity", "pairs.csv"]
    assert message in result.stderr
    assert result.stderr.count("\n") == 2
    assert header in result.stderr


def test_what_is_no_gold_set_or_no_store_of_words(folder: Path) -> None:
    store = folder / "words.textrep"
    (folder / "empty").mkdir()
    (folder / "pairs.dat").write_text("a b 1\n", encoding="utf-8")
    for args, message in [
        ((store, folder / "no.txt"), "is no file, no folder, and no glob that matches a file"),
        (
            (store, folder / "empty"),
            f"say what they are: textrep score STORE '{folder / 'empty' / '*'}' --format similarity",
        ),
        ((store, folder / "pairs.dat"), "Pass the format: --format similarity reads two words and a score a line"),
        ((folder / "gold" / "pairs.csv", folder / "pairs.dat"), "pairs.csv"),
    ]:
        result = invoke("score", *args)
        assert (result.exit_code, result.stdout) == (1, "")
        assert message in result.stderr
        assert "read_gold" not in result.stderr
        assert result.stderr.count("\n") == 1
    assert invoke("score", store, folder / "pairs.dat", "--format", "similarity").exit_code == 0
    documents = textrep.EmbeddingStore.from_vectors(KEYS, VECTORS, texts=KEYS)
    documents.save(folder / "documents.textrep")
    result = invoke("score", folder / "documents.textrep", folder / "gold")
    assert result.exit_code == 1
    assert result.stderr == (
        f"textrep: {folder / 'documents.textrep'} holds vectors of documents, and gold sets score those of words; "
        "make a store of words: textrep embed, without --documents\n"
    )
    assert invoke("score", store).exit_code == 2


def test_choices_and_defaults_are_those_of_the_library() -> None:
    options = {option.name: option for option in app.commands["score"].params}
    defaults = inspect.signature(evaluate_analogies).parameters
    assert tuple(score._METHODS) == tuple(options["methods"].type.choices) == METHODS
    assert score._FORMATS == tuple(options["format_"].type.choices) == FORMATS
    assert score._WORDS == options["restrict_vocabulary"].default == defaults["restrict_vocabulary"].default


@pytest.mark.parametrize(("options", "n_jobs"), [((), -1), (("--jobs", 2), 2)])
def test_jobs_are_passed_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[object, ...], n_jobs: int
) -> None:
    asked = []

    def noting(*args: object, **options: object) -> object:
        bound = inspect.signature(evaluate_analogies).bind(*args, **options)
        asked.append(bound.arguments.get("n_jobs"))
        return evaluate_analogies(*args, **options)

    monkeypatch.setattr("textrep.evaluation.evaluate_analogies", noting)
    result = invoke("score", folder / "words.textrep", folder / "gold", "--json", *options)
    assert (result.exit_code, asked) == (0, [n_jobs] * len(METHODS))


def test_a_glob_to_type_next_is_quoted_for_the_shell(folder: Path) -> None:
    own = folder / "it's mine"
    own.mkdir()
    result = invoke("score", folder / "words.textrep", own)
    (told,) = re.findall(r"say what they are: (.*) --format similarity\n$", result.stderr)
    assert shlex.split(told) == ["textrep", "score", "STORE", str(own / "*")]


def test_a_bad_file_does_not_lose_the_scores_of_others(folder: Path) -> None:
    (folder / "gold" / "bad.tsv").write_text("king\tqueen\n")
    result = invoke("score", folder / "words.textrep", folder / "gold")
    assert result.exit_code == 1
    assert "bad.tsv, line 1: 'king\\tqueen' is not two words and a score" in result.stderr
    assert "pairs.csv" in result.stdout
    assert "questions.txt" in result.stdout
    alone = invoke("score", folder / "words.textrep", folder / "gold" / "bad.tsv")
    assert (alone.exit_code, alone.stdout) == (1, "")


def test_the_encoding_that_a_message_asks_for_can_be_given(folder: Path) -> None:
    path = folder / "cp949.tsv"
    path.write_bytes("왕\t여왕\t5\nathens\toslo\t1\n".encode("cp949"))
    refused = invoke("score", folder / "words.textrep", path)
    assert refused.exit_code == 1
    assert "--encoding cp949" in refused.stderr
    result = invoke("score", folder / "words.textrep", path, "--encoding", "cp949")
    assert (result.exit_code, result.stderr) == (0, "")
    wrong = invoke("score", folder / "words.textrep", path, "--encoding", "no-such")
    assert wrong.exit_code == 2
