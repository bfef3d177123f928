"""The parts of the benchmarks that can be wrong without anybody noticing: scores, tables, measuring itself."""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from tests.benchmarks import embed, glove, peaks, processes, report, scoring, scoring_speed, sparse, subwords
from tests.benchmarks.inputs import beginning, prepared, repeated
from tests.benchmarks.measures import GROUPS, NEEDS, turns
from tests.benchmarks.report import markdown_table, rewritten, shown_command
from tests.benchmarks.rows import cells, difference_row, growth_row, limit_row, rate_row, time_row
from textrep import EmbeddingStore, get_tokenizer
from textrep.evaluation import read_gold

posix = pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs POSIX")
few_values = st.integers(-3, 3)  # many ties


@given(st.integers(2, 40).flatmap(lambda n: arrays(np.int64, (2, n), elements=few_values)))
def test_spearman_is_that_of_scipy(samples):
    a, b = samples
    if len(set(a.tolist())) == 1 or len(set(b.tolist())) == 1:
        assert np.isnan(scoring.spearman(a, b))
    else:
        assert scoring.spearman(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)


def test_similarity_leaves_out_unknown_pairs_and_takes_the_first_of_equal_words():
    words = ["a", "b", "c", "d", "a"]
    vectors = np.array([[2, 0], [3, 1], [1, 1], [0, 9], [0, 1]], np.float32)  # cosines with a: .95, .71, 0
    pairs = [("a", "b", 9.0), ("a", "c", 5.0), ("a", "d", 1.0), ("a", "nowhere", 10.0)]
    assert scoring.score_similarity(words, vectors, pairs) == scoring.Score(pytest.approx(1.0), 3, 4)
    assert scoring.score_similarity(words, vectors, [(a, b, -s) for a, b, s in pairs]).value == pytest.approx(-1.0)


def test_similarity_without_a_known_pair_is_nan():
    score = scoring.score_similarity(["a"], np.ones((1, 2), np.float32), [("x", "y", 1.0)])
    assert np.isnan(score.value)
    assert (score.n, score.of) == (0, 1)


# third coordinate: royal; the first two: male, female
_WORDS = ["man", "king", "woman", "queen", "apple"]
_VECTORS = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 1, 1], [-1, -1, 0]], np.float32)


def test_analogies_by_hand():
    right, wrong = ["man", "king", "woman", "queen"], ["man", "king", "woman", "apple"]
    score = scoring.score_analogies(_WORDS, _VECTORS, [right, wrong, ["man", "king", "child", "prince"]])
    assert score == scoring.Score(0.5, 2, 3)


def test_analogies_are_asked_among_the_most_frequent_words_only():
    question = ["man", "king", "woman", "queen"]
    assert scoring.score_analogies(_WORDS, _VECTORS, [question], most=4) == scoring.Score(1.0, 1, 1)
    assert scoring.score_analogies(_WORDS, _VECTORS, [question], most=3).n == 0
    # a word that would answer better, but is too rare to be one
    better = np.vstack([_VECTORS, _VECTORS[3] + _VECTORS[1] / 9])
    target = better[5] / np.linalg.norm(better[5])
    assert target @ (better[1] / 2**0.5 - better[0] + better[2]) > 0.9
    assert scoring.score_analogies([*_WORDS, "rare"], better, [question], most=5).value == 1.0


def test_analogies_equal_a_loop_over_questions():
    random = np.random.default_rng(0)
    words = [f"w{i}" for i in range(30)]
    vectors = random.standard_normal((30, 3)).astype(np.float32)
    questions = [[words[i] for i in random.choice(30, 4, replace=False)] for _ in range(600)]  # two batches
    unit = {word: vector / np.linalg.norm(vector) for word, vector in zip(words, vectors.astype(float), strict=True)}
    right = 0
    for a, b, c, d in questions:
        wanted = unit[b] - unit[a] + unit[c]
        right += max((w for w in words if w not in (a, b, c)), key=lambda w: unit[w] @ wanted) == d
    assert 0 < right < 600
    assert scoring.score_analogies(words, vectors, questions).value == pytest.approx(right / 600)


def test_gold_files(tmp_path):
    (tmp_path / "EN-x.txt").write_text("Man\tking\t3\nman woman 1.5\nonly two\n", encoding="utf-8")
    (tmp_path / "ko.csv").write_text('\ufeffa,b,score\r\nman,King,3\r\n"man",woman,1\r\n', encoding="utf-8")
    (tmp_path / "questions-words.txt").write_text(": family\nMan King woman QUEEN\n\n", encoding="utf-8")
    assert scoring.read_pairs(tmp_path / "EN-x.txt") == [("man", "king", 3.0), ("man", "woman", 1.5)]
    assert scoring.read_pairs(tmp_path / "ko.csv") == [("man", "King", 3.0), ("man", "woman", 1.0)]
    scores = scoring.score_folder(_WORDS, _VECTORS, tmp_path)
    assert {name: (score.n, score.of) for name, score in scores.items()} == {
        "EN-x.txt": (2, 2),
        "ko.csv": (1, 2),
        "questions-words.txt": (1, 1),
    }
    assert scores["questions-words.txt"].value == 1.0


def test_a_question_of_three_words_is_refused(tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text("a b c\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"questions\.txt: a question has four words, not 'a b c'"):
        scoring.read_questions(path)


def _rows():
    return [
        rate_row("training", [4000.0, 5000, 1000], [500.0, 300], peer_name="gensim", at_least=10),
        time_row("whole", [2.0], [19.0], peer_name="fastText", at_least=10),
        difference_row("analogies", [0.5, 0.4], [0.45, 0.465], unit="share", peer_name="gensim", at_least=-0.01),
        growth_row("memory", [130.0], [100.0], peer_name="once", at_most=1.2),
        limit_row("`--help`", [0.3, 0.1, 0.5], at_most=0.4),
        limit_row("open", [0.25], unit="ms"),
    ]


def test_table():
    assert markdown_table(_rows(), ["A note."]).splitlines() == [
        "|  | textrep | peer | ratio or difference | target | met |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
        "| training, words/s | 4,000 | 400 (gensim) | 10.00x | >= 10x | yes |",
        "| whole, s | 2.00 | 19.00 (fastText) | 9.50x | >= 10x | no |",
        "| analogies, share | 0.4500 | 0.4575 (gensim) | -0.0075 | >= -0.01 | yes |",
        "| memory, MiB | 130 | 100 (once) | 1.30x | <= 1.2x | no |",
        "| `--help`, s | 0.30 |  |  | <= 0.4 s | yes |",
        "| open, ms | 0.250 |  |  |  |  |",
        "",
        "A note.",
    ]


def test_rows_as_json():
    first, *_, last = (row.to_dict() for row in _rows())
    assert (first["ratio"], first["difference"], first["met"], first["target"]) == (10.0, None, True, ">= 10x")
    assert first["runs"] == {"ours": [4000.0, 5000, 1000], "peer": [500.0, 300]}
    assert (last["ratio"], last["peer"], last["met"]) == (None, None, None)


def test_rows_read_from_a_file_are_shown_as_they_were():
    for row in _rows():
        assert cells(json.loads(json.dumps(row.to_dict()))) == row.cells()


def test_nan_meets_no_target_and_becomes_null():
    row = difference_row("x", [float("nan")], [0.5], unit="share", peer_name="p", at_least=-0.01)
    values = row.to_dict()
    assert row.met is False
    assert (values["ours"], values["difference"], values["runs"]["ours"]) == (None, None, [None])
    assert cells(json.loads(json.dumps(values, allow_nan=False)))[1:4] == ["nan", "0.5000 (p)", "nan"]


def test_only_what_stands_between_the_markers_is_rewritten():
    text = "# A\n<!-- benchmark:embed begin -->\nold\n<!-- benchmark:embed end -->\nB\n"
    new = rewritten(text, "embed", "| a |\n\nnote \\1\n")
    assert new == "# A\n<!-- benchmark:embed begin -->\n| a |\n\nnote \\1\n<!-- benchmark:embed end -->\nB\n"
    assert rewritten(new, "embed", "old") == text


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "<!-- benchmark:embed begin -->",
        "<!-- benchmark:embed end --><!-- benchmark:embed begin -->",
        "<!-- benchmark:embed begin -->" * 2 + "<!-- benchmark:embed end -->",
        "<!-- benchmark:other begin --><!-- benchmark:other end -->",
    ],
)
def test_documents_without_the_two_markers_are_refused(text):
    with pytest.raises(ValueError, match="benchmark:embed begin --> and <!-- benchmark:embed end --> must be there"):
        rewritten(text, "embed", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows", "skipgram,speed"], "--rows 'speed' is not one of skipgram, cbow"),
        (["--seeds", "0"], "--seeds must be at least 1, not 0"),
    ],
)
def test_wrong_options_are_refused_before_anything_runs(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        embed.main(arguments)
    assert message in capsys.readouterr().err


def test_a_missing_peer_is_named_with_the_cure(monkeypatch, capsys):
    absent = SimpleNamespace(util=SimpleNamespace(find_spec=lambda name: None))
    monkeypatch.setattr(report, "importlib", absent)
    with pytest.raises(SystemExit, match="2"):
        embed.main(["--rows", "whole,cbow"])
    assert "fasttext, gensim not installed" in (error := capsys.readouterr().err)
    assert "pip install -e '.[dev]'" in error


def test_the_command_shown_names_no_folder_of_this_machine():
    shown = shown_command("embed", ["--quick", "--data", "/home/me/data/", "--json=/tmp/a/out.json", "--rows", "a,b"])
    assert shown == "python -m tests.benchmarks.embed --quick --data data --json=out.json --rows a,b"


def test_groups_that_need_peers_exist():
    assert set(NEEDS) <= set(GROUPS)


def test_turns():
    assert [who for who, _ in turns(3, 2)] == ["ours", "peer", "ours", "peer", "ours"]
    assert list(turns(3, 1)) == [("ours", 0), ("peer", 0), ("ours", 1), ("ours", 2)]


def test_texts_for_peers(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(FileNotFoundError, match=r"en_simplewiki\.txt\.xz; --data is the folder"):
        prepared(tmp_path, tmp_path / "data")
    text = tmp_path / "a.txt"
    text.write_bytes("Ein Käse.\nzwei\nabgeschnitten".encode())
    assert beginning(text, tmp_path / "b.txt", 22).read_text(encoding="utf-8") == "Ein Käse.\nzwei\n"
    assert repeated(tmp_path / "b.txt", tmp_path / "c.txt", 2).read_bytes() == "Ein Käse.\nzwei\n".encode() * 2


def test_tokenised_text(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.benchmarks.inputs.DATA", tmp_path / "absent")
    monkeypatch.setattr("tests.benchmarks.inputs._SMALL", tmp_path / "small.txt")
    (tmp_path / "small.txt").write_text("The Cat, the DOG\n...\n\nend_1 now\n", encoding="utf-8")
    inputs = prepared(tmp_path, None)
    assert inputs.tokenised.read_text(encoding="utf-8") == "the cat the dog\nend_1 now\n"
    assert (inputs.documents, inputs.tokens, inputs.gold) == (2, 6, None)
    assert inputs.to_dict()["sha256"] == hashlib.sha256((tmp_path / "small.txt").read_bytes()).hexdigest()


@posix
def test_peak_memory_is_that_of_the_program_not_ours():
    ours = np.ones(300 << 17)  # 300 MiB, which the kernel would count for a child started from here
    program = "x = b'1' * (120 << 20)"
    assert 120 < processes.finished([sys.executable, "-c", program]).peak_mib < 250
    assert processes.finished([sys.executable, "-c", "pass"]).peak_mib < 100
    assert ours[-1] == 1


@posix
def test_time_is_that_of_the_program():
    assert 0.3 < processes.finished([sys.executable, "-c", "import time; time.sleep(0.3)"]).seconds < 10


@posix
def test_a_program_that_fails_is_an_error_with_its_output():
    with pytest.raises(RuntimeError, match=r"exit code 3:\n(.|\n)*it broke"):
        processes.finished([sys.executable, "-c", "import sys; print('it broke'); sys.exit(3)"])


_DOCUMENTS = ["a cat and a dog", "the dog, a 개", "개 cat cat", "the end"]


@pytest.mark.parametrize("setting", sparse.SETTINGS, ids=lambda setting: setting.name)
def test_tfidf_is_measured_beside_that_of_scikit_learn(setting, monkeypatch):
    monkeypatch.setattr(sparse.gc, "collect", lambda: 0)  # which takes long after thousands of tests
    rows = list(sparse.speed_rows("few", setting, _DOCUMENTS, turns=2, least_seconds=0))
    assert len(rows) == (4 if setting.at_least_alone else 2)
    assert all(len(runs) == 2 and min(runs) > 0 for row in rows for runs in row.runs.values())
    assert {row.at_least for row in rows} == {setting.at_least, setting.at_least_alone} - {None}


@pytest.mark.parametrize(
    ("parameters", "documents", "message"),
    [
        ({"norm": "l1"}, _DOCUMENTS, "few: a value differs from scikit-learn's by 0"),
        ({"max_features": 3}, _DOCUMENTS, r"few: our matrix is \(4, 3\) with \d values, scikit-learn's \(4, 7\)"),
        ({}, [text.replace("cat", "cow") for text in _DOCUMENTS], "few: our terms and scikit-learn's differ"),
        ({}, ["the end", *_DOCUMENTS[:-1]], "few: our matrix has values where scikit-learn's has none"),
    ],
)
def test_matrices_that_differ_end_the_benchmark(parameters, documents, message):
    def fitted(who, parameters, documents):
        vectorizer = peaks.made(who, parameters, 1)
        return vectorizer, vectorizer.fit_transform(documents)

    peer = fitted("peer", {}, _DOCUMENTS)
    sparse.refuse_different("few", fitted("ours", {}, _DOCUMENTS), peer)
    with pytest.raises(RuntimeError, match=message):
        sparse.refuse_different("few", fitted("ours", parameters, documents), peer)


def test_a_fast_call_is_repeated():
    calls = []
    seconds, last = sparse.timed(lambda: calls.append(time.sleep(0.01)) or len(calls), 0.1)
    assert len(calls) == last > 1
    assert 0.01 <= seconds < 0.1


def test_documents_of_the_sparse_benchmark(tmp_path):
    for name, text in {
        "corpora/en_simplewiki.txt.xz": "Title\n \nA line\r\u2028on\n",
        "documents/nsmc/train.tsv.xz": "positive\t\u1100\u1161\t나\n",
        "documents/nsmc/test.tsv.xz": "negative\t다\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(lzma.compress(text.encode()))
    assert sparse.read_documents("en", tmp_path) == ["Title", "A line\r\u2028on"]
    assert sparse.read_documents("nsmc", tmp_path) == ["가\t나", "다"]
    assert sparse.first(["가", "a", "b"], 4) == ["가", "a"]
    with pytest.raises(FileNotFoundError, match=r"there is no .*en_simplewiki\.txt\.xz; --data is the folder"):
        sparse.read_documents("en", tmp_path / "absent")


@pytest.mark.slow
@pytest.mark.skipif(not peaks.CAN_MEASURE, reason="needs Linux")
def test_peak_memory_is_that_of_making_the_matrix(tmp_path):
    file = tmp_path / "documents.txt"
    few = " ".join(f"w{i}" for i in range(1000))
    file.write_text(f"{few}\n" * 1500, encoding="utf-8")  # 1.5 million values, of 12 bytes each
    assert 16 < peaks.peak_mib(file, "peer", {}, 1) < 120
    with pytest.raises(RuntimeError, match=r"ended with exit code 1:\n(.|\n)*absent\.txt"):
        peaks.peak_mib(tmp_path / "absent.txt", "peer", {}, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--corpora", "en,de"], "--corpora 'de' is not one of en, nsmc"),
        (["--turns", "0"], "--turns must be at least 1, not 0"),
    ],
)
def test_wrong_options_of_the_sparse_benchmark_are_refused(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        sparse.main(arguments)
    assert message in capsys.readouterr().err


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder of data with a corpus and gold sets, both small."""
    folder = tmp_path / "data"
    (folder / "corpora").mkdir(parents=True)
    random = np.random.default_rng(0)
    words = np.array([*_WORDS, *(f"w{i}" for i in range(30))])
    lines = [" ".join(random.choice(words, 12)) for _ in range(200)]
    (folder / "corpora/en_simplewiki.txt.xz").write_bytes(lzma.compress("\n".join(lines).encode()))
    gold = folder / "similarity/en"
    gold.mkdir(parents=True)
    (gold / "EN-WS-353-ALL.txt").write_text("Man\tking\t3\nwoman\tqueen\t9\napple\tman\t1\n", encoding="utf-8")
    (gold / "questions-words.txt").write_text(
        ": family\nMan King woman QUEEN\nking man queen woman\n", encoding="utf-8"
    )
    monkeypatch.setattr(report, "commit", lambda: "abc1234")
    return folder


def test_glove_beside_skip_gram(data, tmp_path, capsys):
    glove.main(["--quick", "--data", str(data), "--jobs", "1", "--json", str(tmp_path / "a.json")])
    record = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    speed, whole, similarity, analogies = record["rows"]
    words_ours = speed["ours"] * whole["ours"] / record["settings"]["glove"]["epochs"]
    words_peer = speed["peer"] * whole["peer"] / record["settings"]["skipgram"]["epochs"]
    assert words_ours == pytest.approx(2400) == words_peer
    assert {row["peer_name"] for row in record["rows"]} == {"skip-gram"}
    assert abs(similarity["ours"]) <= 1
    assert analogies["ours"] in (0, 0.5, 1)
    assert record["suite"] == "glove"
    assert (record["commit"], record["seconds"].keys()) == ("abc1234", {"glove"})
    assert "(3CosAdd)" in capsys.readouterr().out


def test_scores_are_compared_with_those_of_gensim(tmp_path, monkeypatch):
    pytest.importorskip("gensim")
    lines = [": plural", *(f"Stem{i} stem{i}s stem{j} stem{j}s" for i in range(20) for j in range(20) if i != j)]
    gold = tmp_path / "questions.txt"
    gold.write_text("\n".join(lines), encoding="utf-8")
    few = scoring_speed.few_questions(gold, tmp_path / "few.txt", 100)
    assert 100 <= len(few.read_text(encoding="utf-8").splitlines()) - 1 <= 150
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("Stem1\tstem1s\t9\nother\tSTEM2\t1\nstem3\tstem4s\t2\n", encoding="utf-8")
    words, vectors = scoring_speed.vectors_of(read_gold(few), read_gold(pairs), 100)
    assert (len(set(words)), vectors.shape) == (100, (100, 100))
    store = EmbeddingStore.from_vectors(words, vectors, tokenizer=get_tokenizer("word"))
    speed, limit, different = scoring_speed.analogy_rows(store, few, 2)
    assert (len(speed.runs["ours"]), len(speed.runs["peer"]), different.ours, different.met) == (2, 1, 0, True)
    assert limit.at_most == 10
    assert not different.name.endswith(" 0 right")
    assert [row.met for row in scoring_speed.similarity_rows(store, pairs)] == [True, True]
    found = scoring_speed.evaluate_analogies(store, few)
    wrong = SimpleNamespace(sections=found.sections, total=found.total)
    name, own = next(iter(found.sections.items()))
    wrong.sections = {name: SimpleNamespace(correct=own.correct - 1, covered=own.covered)}
    monkeypatch.setattr(scoring_speed, "evaluate_analogies", lambda *_, **__: wrong)
    *_, different = scoring_speed.analogy_rows(store, few, 1)
    assert (different.ours, different.met) == (2, False)  # one right less, one wrong more


def test_sets_of_the_rows_of_fasttext():
    names = ["ko: text to saved store", "ko, jamo: WS353", "en: size of the store"]
    assert [subwords._set_of(limit_row(name, [1.0])) for name in names] == ["ko", "jamo", "en"]
