"""constraints-lowest.txt holds the lowest versions that pyproject.toml allows, and .ci/lowest runs tests with them."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {name: needs for name, needs in PROJECT["optional-dependencies"].items() if name not in ("all", "dev")}
DECLARED = [Requirement(text) for texts in (PROJECT["dependencies"], *EXTRAS.values()) for text in texts]
LINES = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
PINS = dict(line.split("==") for line in LINES if line and line[0] != "#")
SCRIPT = ROOT / ".ci" / "lowest"


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_the_lowest_version_is_the_one_declared(requirement: Requirement) -> None:
    lowest = {Version(each.version) for each in requirement.specifier if each.operator == ">="}
    assert {Version(PINS[canonicalize_name(requirement.name)])} == lowest


def test_nothing_else_is_held_back() -> None:
    assert set(PINS) == {canonicalize_name(requirement.name) for requirement in DECLARED}


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_the_script_installs_them_and_runs_tests_that_there_are() -> None:
    script = SCRIPT.read_text(encoding="utf-8")
    assert "-c constraints-lowest.txt" in script
    installed = "".join(re.findall(r"extras\+?=([\w,]+)", script)).split(",")
    assert set(installed) == set(EXTRAS)
    named = re.findall(r"\btests/[\w/.]+", script)
    assert len(named) == 9
    assert [name for name in named if not (ROOT / name).exists()] == []
    left_out = re.findall(r"--deselect=([\w/.]+)::(\w+)", script)
    assert len(left_out) == 3
    assert [test for file, test in left_out if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")] == []
    lowest = re.search(r"version_info\[:2\] != \((\d+), (\d+)\)", script)
    assert PROJECT["requires-python"] == ">={}.{}".format(*lowest.groups())
