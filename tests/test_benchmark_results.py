"""All benchmarks in one: which processes run, how their results are kept, and what is made of them."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks import report, results
from tests.benchmarks.results import merged, rendered, write_results
from tests.benchmarks.rows import difference_row, limit_row
from tests.benchmarks.suites import SUITES, processes

MARKERS = "<!-- benchmark:results begin -->\n<!-- benchmark:results end -->\n"


def record(suite: str, sets: Sequence[str], value: float = 1.0, **changed: Any) -> dict[str, Any]:
    """Return a record with a row a set."""
    made = {
        "suite": suite,
        "date": "2026-11-22",
        "commit": "abc1234",
        "command": f"python -m tests.benchmarks.{suite}",
        "machine": {"cpu": "A processor", "cores": 2, "memory_gib": 23.5},
        "versions": {"python": "3.11.7", "numba": "0.68.1", "gensim": "4.4.0"},
        "packages": ["numba"],
        "about": "A corpus.",
        "seconds": dict.fromkeys(sets, 3.0),
        "rows": [{"set": name, **limit_row(f"{name} x", [value]).to_dict()} for name in sets],
    }
    return {**made, **changed}


def test_a_record_takes_the_place_of_its_sets_alone() -> None:
    first = record("tag", ["en_ewt", "ko_gsd"])
    other = record("classify", ["trec"])
    both = merged(merged({}, first), other)
    assert list(both) == ["classify", "tag"]  # the order of the suites
    again = merged(both, record("tag", ["ko_gsd", "wnut17"], 2.0, date="2027-01-01"))
    assert again["classify"] == [other]
    earlier, later = again["tag"]
    assert [(row["set"], row["ours"]) for row in earlier["rows"]] == [("en_ewt", 1.0)]
    assert (earlier["seconds"], earlier["date"]) == ({"en_ewt": 3.0}, "2026-11-22")
    assert [(row["set"], row["ours"]) for row in later["rows"]] == [("ko_gsd", 2.0), ("wnut17", 2.0)]
    assert first["seconds"] == {"en_ewt": 3.0, "ko_gsd": 3.0}  # as it was
    all_anew = merged(again, record("tag", SUITES["tag"].sets, 3.0))
    assert [len(own["rows"]) for own in all_anew["tag"]] == [4]
    assert merged(again, record("tag", [])) == again


def test_a_table_has_its_rows_in_order_and_says_how_they_came_about() -> None:
    own = [
        record("tag", ["ko_gsd"], command="python -m tests.benchmarks.tag --sets ko_gsd"),
        record("tag", ["en_ewt"], 2.0, commit=None, date="2026-12-01"),
        record("tag", ["wnut17"], machine={"cpu": "Another", "cores": 4, "memory_gib": None}, about="Else."),
    ]
    where = "A processor, 2 cores, 23.5 GiB; python 3.11.7, numba 0.68.1"
    command = "`python -m tests.benchmarks.tag"
    notes = [
        f"{command} --sets ko_gsd` (2026-11-22, commit abc1234), {command}` (2026-12-01) on {where}. A corpus.",
        f"{command}` (2026-11-22, commit abc1234) on Another, 4 cores; python 3.11.7, numba 0.68.1. Else.",
    ]
    assert rendered({"tag": own}).splitlines() == [
        "### Taggers",
        "",
        SUITES["tag"].text,
        "",
        "|  | textrep | peer | ratio or difference | target | met |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
        "| en_ewt x, s | 2.00 |  |  |  |  |",
        "| ko_gsd x, s | 1.00 |  |  |  |  |",
        "| wnut17 x, s | 1.00 |  |  |  |  |",
        "",
        notes[0],
        "",
        notes[1],
    ]


def test_suites_come_one_below_the_other_and_into_the_readme(tmp_path: Path) -> None:
    both = merged(merged({}, record("tag", ["en_ewt"])), record("formats", ["word2vec"]))
    readme = tmp_path / "README.md"
    readme.write_text(f"# A\n{MARKERS}B\n", encoding="utf-8")
    write_results(both, tmp_path / "a.json", tmp_path / "a.md", readme)
    assert results.read_results(tmp_path / "a.json") == both
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert text == rendered(both)
    assert text.index("### Vector files") < text.index("\n\n### Taggers\n\n")
    begin, end = MARKERS.splitlines(keepends=True)
    assert readme.read_text(encoding="utf-8") == f"# A\n{begin}{text}{end}B\n"
    assert results.read_results(tmp_path / "absent.json") == {}


def test_results_that_are_no_number_are_written_and_shown(tmp_path: Path) -> None:
    row = difference_row("x", [float("nan")], [0.5], unit="share", peer_name="p", at_least=0.0)
    found = merged({}, record("tag", ["en_ewt"], rows=[{"set": "en_ewt", **row.to_dict()}]))
    write_results(found, tmp_path / "a.json", tmp_path / "a.md", None)
    assert "| x, share | nan | 0.5000 (p) | nan | >= 0 | no |" in (tmp_path / "a.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SUITES)
def test_the_sets_of_a_suite_are_those_of_its_module(name: str) -> None:
    module = importlib.import_module(f"tests.benchmarks.{name}")
    suite = SUITES[name]
    attribute = {"sparse": "_FILES", "subwords": "_CORPORA", "formats": "TARGETS"}.get(name)
    known = getattr(module, attribute or ("GROUPS" if hasattr(module, "GROUPS") else "SETS"))
    assert {*suite.sets} - {*suite.not_chosen} == {*known}
    assert {*suite.not_chosen} <= {*suite.sets}
    if suite.full:
        assert sorted(name for process in suite.full for name in process.sets) == sorted(suite.sets)


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_knows_the_options_that_it_is_given(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module, suite = importlib.import_module(f"tests.benchmarks.{name}"), SUITES[name]
    with pytest.raises(SystemExit, match="0"):
        module.main(["--help"])
    shown = capsys.readouterr().out
    given = {f"--{option}" for option in suite.options} | {"--quick", "--json", suite.chosen_by or "--json"}
    given |= {part for run in (*processes(suite), *processes(suite, quick=True)) for part in run if part[:2] == "--"}
    assert [option for option in given if f"{option} " not in shown and f"{option}]" not in shown] == []


def test_processes_of_a_suite() -> None:
    one = ("--jobs", "1")
    assert processes(SUITES["embed"]) == [()]
    assert processes(SUITES["embed"], ("cbow", "start")) == [("--rows", "cbow,start")]
    assert processes(SUITES["subwords"], ("en",)) == [("--languages", "en")]
    assert processes(SUITES["classify"]) == [
        *(("--sets", name, *one) for name in ("sst2", "trec", "r8", "nsmc")),
        ("--sets", "training,predicting"),
    ]
    assert processes(SUITES["classify"], ("predicting", "r8")) == [("--sets", "r8", *one), ("--sets", "predicting")]
    quickly = ("--quick", "--jobs", "1", "--parameters", '{"max_epochs": 1}')
    assert processes(SUITES["tag"], quick=True) == [quickly]
    assert processes(SUITES["tag"], ("wnut17",), quick=True) == [("--sets", "wnut17", *quickly)]


class FakeRuns:
    """In place of the processes: notes their command lines, and leaves records of the sets that they are asked for."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], **_: Any) -> Any:
        self.commands.append(command[2:-2])
        name = command[2].rpartition(".")[2]
        suite = SUITES[name]
        sets = command[command.index(suite.chosen_by) + 1].split(",") if suite.chosen_by in command else suite.sets
        shown = " ".join(["python", "-m", command[2], "--json record.json"])
        if name != self.failing:
            text = json.dumps(record(name, sets, float(len(self.commands)), command=shown))
            Path(command[-1]).write_text(text, encoding="utf-8")
        return SimpleNamespace(returncode=int(name == self.failing))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of results in a folder of their own."""
    (tmp_path / "README.md").write_text(MARKERS, encoding="utf-8")
    for name, file in (("JSON", "results.json"), ("MARKDOWN", "results.md"), ("README", "README.md")):
        monkeypatch.setattr(benchmarks, name, tmp_path / file)
    return tmp_path


def test_a_full_run_publishes_and_a_run_of_some_sets_leaves_the_others(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeRuns()
    monkeypatch.setattr(benchmarks.subprocess, "run", fake)
    benchmarks.main(["--jobs", "1", "--seeds", "2", "--data", str(checkout)])
    assert len(fake.commands) == len(SUITES) + 4 + 3
    ending = ["--data", str(checkout), "--seeds", "2"]
    assert fake.commands[:2] == [
        ["tests.benchmarks.embed", *ending],
        ["tests.benchmarks.glove", *ending, "--jobs", "1"],
    ]
    before = results.read_results(checkout / "results.json")
    assert list(before) == list(SUITES)
    text = (checkout / "results.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.rstrip() == text.rstrip()
    assert text in (checkout / "README.md").read_text(encoding="utf-8")
    assert "record.json" not in text
    benchmarks.main(["--suites", "classify", "--sets", "trec"])
    assert fake.commands[-1] == ["tests.benchmarks.classify", "--sets", "trec", "--jobs", "1"]
    after = results.read_results(checkout / "results.json")
    changed = {row["set"] for a, b in zip(before.values(), after.values(), strict=True)
               for row in [row for own in b for row in own["rows"]]
               if row not in [row for own in a for row in own["rows"]]}  # fmt: skip
    assert changed == {"trec"}


def test_a_quick_run_publishes_nothing(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeRuns()
    monkeypatch.setattr(benchmarks.subprocess, "run", fake)
    benchmarks.main(["--quick", "--suites", "tag,formats"])
    assert [command[:2] for command in fake.commands] == [
        ["tests.benchmarks.formats", "--quick"],
        ["tests.benchmarks.tag", "--quick"],
    ]
    assert [path.name for path in checkout.iterdir()] == ["README.md"]
    benchmarks.main(["--suites", "formats", "--json", str(checkout / "own.json")])
    assert sorted(path.name for path in checkout.iterdir()) == ["README.md", "own.json"]
    assert (checkout / "README.md").read_text(encoding="utf-8") == MARKERS


def test_a_suite_that_fails_leaves_the_others_to_run(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks.subprocess, "run", FakeRuns(failing="glove"))
    with pytest.raises(SystemExit, match="error: glove ended with exit code 1"):
        benchmarks.main(["--suites", "embed,glove,store"])
    assert list(results.read_results(checkout / "results.json")) == ["embed", "store"]


def test_a_process_is_run_in_the_checkout(tmp_path: Path) -> None:
    pytest.importorskip("gensim")
    found, code = benchmarks.run(SUITES["scoring_speed"], ["--quick", "--data", str(tmp_path)], tmp_path)
    assert (found, code) == (None, 1)  # there is no data


def test_results_are_rendered_anew(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks.subprocess, "run", None)
    write_results(merged({}, record("tag", ["en_ewt"])), checkout / "results.json", None, None)
    benchmarks.main(["--render"])
    assert "en_ewt x" in (checkout / "results.md").read_text(encoding="utf-8")
    assert "en_ewt x" in (checkout / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--suites", "tag,speed"], "--suites 'speed' is not one of embed, glove"),
        (["--sets", "trec"], "--sets goes with one suite"),
        (["--suites", "store", "--sets", "exact"], "--sets: store always measures all of its rows"),
        (["--suites", "subwords", "--sets", "jamo"], "--sets 'jamo' is not one of ko, en"),
    ],
)
def test_wrong_options_are_refused(
    arguments: list[str], message: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        benchmarks.main(arguments)
    assert message in capsys.readouterr().err


def test_a_readme_without_markers_is_found_out_before_anything_runs(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "README.md").write_text("# A\n", encoding="utf-8")
    monkeypatch.setattr(benchmarks.subprocess, "run", None)
    with pytest.raises(SystemExit, match="2"):
        benchmarks.main(["--suites", "tag"])
    assert "must be there once each" in capsys.readouterr().err


def test_the_commit_says_whether_files_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> str:
        names = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", *names, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    monkeypatch.setattr(report, "ROOT", tmp_path)
    assert report.commit() is None
    git("init", "-q")
    for name in ("README.md", "a.py"):
        (tmp_path / name).write_text("1\n", encoding="utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "x")
    at = git("rev-parse", "--short=7", "HEAD").strip()
    assert report.commit() == at
    (tmp_path / "README.md").write_text("2\n", encoding="utf-8")  # which the benchmark itself writes
    (tmp_path / "new.py").write_text("2\n", encoding="utf-8")
    assert report.commit() == at
    (tmp_path / "a.py").write_text("2\n", encoding="utf-8")
    assert report.commit() == f"{at} and changes"


def test_help_names_all_suites(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--help"])
    with pytest.raises(SystemExit, match="0"):
        benchmarks.main()
    shown = capsys.readouterr().out
    assert all(name in shown for name in SUITES)
