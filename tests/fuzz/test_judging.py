"""The judge itself: what a case costs is its own, and what should not happen is noticed."""

from __future__ import annotations

import time
import warnings

import judging
import numpy as np
import pytest
from judging import Case, Judge

MIB = 1 << 20


def judged(path, use, n=1):
    judge = Judge(path / "bad.txt", use)
    for i in range(n):
        judge.judge(Case(f"case {i}", b"123456"))
    return judge


def test_memory_used_before_is_not_the_cases(tmp_path):
    judge = Judge(tmp_path / "bad.txt", lambda path: path.read_bytes())
    for _ in range(3):
        assert np.ones(300 * MIB, np.uint8).all()  # as making a large file does
        judge.judge(Case("six bytes", b"123456"))
    judge.check()


def test_memory_of_a_case_is_noticed(tmp_path):
    with pytest.raises(AssertionError, match=r"1 times much memory: case 0 \d+ MiB"):
        judged(tmp_path, lambda _: np.ones(300 * MIB, np.uint8).all()).check()


def test_memory_that_is_asked_for_is_noticed(tmp_path):
    with pytest.raises(AssertionError, match="MemoryError: Unable to allocate"):
        judged(tmp_path, lambda _: np.empty(3 << 30, np.uint8)).check()


def test_what_only_a_first_case_costs_is_not_counted(tmp_path):
    kept = []

    def use(_):
        if not kept:
            kept.append(np.ones(200 * MIB, np.uint8))

    judge = judged(tmp_path, use)
    judge.check()
    assert judge.counts == {"used": 1}


def test_processor_time_is_noticed_and_waiting_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(judging, "SECONDS", 0.2)
    judged(tmp_path, lambda _: time.sleep(0.3)).check()

    def busy(_):
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass

    with pytest.raises(AssertionError, match=r"more than 0\.2 s: case 0 0\.\d s"):
        judged(tmp_path, busy).check()


def test_a_case_that_never_ends_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(judging, "_STOPPED_AFTER", 0.2)

    def endless(_):
        while True:
            pass

    with pytest.raises(AssertionError, match=r"_EndlessError: stopped after"):
        judged(tmp_path, endless).check()


@pytest.mark.parametrize(
    "error", [KeyError("x"), ValueError("no file named"), RecursionError("bad.txt"), SystemExit(1)]
)
def test_errors_that_do_not_name_the_file_are_noticed(tmp_path, error):
    def use(_):
        raise error

    with pytest.raises(AssertionError, match=type(error).__name__):
        judged(tmp_path, use).check()


def test_warnings_that_do_not_name_the_file_are_noticed(tmp_path):
    def use(path):
        warnings.warn(f"{path} is odd", UserWarning, stacklevel=1)
        warnings.warn("divide by zero", RuntimeWarning, stacklevel=1)

    with pytest.raises(
        AssertionError, match=r"^of 2 cases\n2 times RuntimeWarning: divide by zero .*: case 0; case 1$"
    ):
        judged(tmp_path, use, n=2).check()


def test_findings_are_told_once(tmp_path):
    judge = judged(tmp_path, lambda _: {}["x"])
    with pytest.raises(AssertionError):
        judge.check()
    judge.check()
