"""pyproject.toml, constraints.txt, CHANGELOG.md and .ci/run agree with each other and with the tree."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import textrep

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, SETUPTOOLS = PYPROJECT["project"], PYPROJECT["tool"]["setuptools"]
CONSTRAINTS = [
    line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
]
PINS = {canonicalize_name(line.partition("==")[0]): Version(line.partition("==")[2]) for line in CONSTRAINTS}


def requirements() -> list[Requirement]:
    """All that pyproject.toml names, without textrep's own extras."""
    listed = [*PROJECT["dependencies"], *PYPROJECT["build-system"]["requires"]]
    for extra in PROJECT["optional-dependencies"].values():
        listed += extra
    return [requirement for text in listed if (requirement := Requirement(text)).name != "textrep"]


def test_every_package_folder_is_installed() -> None:
    folders = SETUPTOOLS["package-dir"]
    found = set()
    for package, folder in folders.items():
        for path in (ROOT / folder).rglob("*.py"):
            found.add(".".join([package, *path.parent.relative_to(ROOT / folder).parts]))
    assert sorted(SETUPTOOLS["packages"]) == sorted(found), "list it under [tool.setuptools] packages"
    for package in found:
        first, *others = package.split(".")
        assert ROOT.joinpath(folders[first], *others, "__init__.py").is_file(), f"{package} has no __init__.py"


def test_every_typed_package_says_so() -> None:
    for package, folder in SETUPTOOLS["package-dir"].items():
        assert SETUPTOOLS["package-data"][package] == ["py.typed"]
        assert (ROOT / folder / "py.typed").is_file()


def test_constraints_are_exact_versions_from_the_index() -> None:
    for line in CONSTRAINTS:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line), line
    assert len(PINS) == len(CONSTRAINTS)
    assert "textrep" not in PINS
    assert PINS["torch"] == Version("2.13.0")


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_a_requirement_is_pinned_to_a_version_it_allows(requirement: Requirement) -> None:
    assert PINS[canonicalize_name(requirement.name)] in requirement.specifier


def test_extras_are_those_that_messages_can_name() -> None:
    extras = PROJECT["optional-dependencies"]
    every = set(re.findall(r"\w+", re.fullmatch(r"textrep\[(.+)\]", extras["all"][0])[1]))
    assert every == set(extras) - {"all", "dev"}
    assert "textrep[all]" in extras["dev"]
    named = set()
    for path in (ROOT / "textrep").rglob("*.py"):
        for call in re.findall(r"MissingExtraError\(([^()]*)\)", path.read_text(encoding="utf-8")):
            if strings := re.findall(r'"([^"]*)"', call):
                named.add(strings[-1])
    assert {"parquet", "zstd"} & named
    assert named <= every


def test_the_console_script_is_there() -> None:
    module, _, function = PROJECT["scripts"]["textrep"].partition(":")
    package, name = module.split(".")
    source = (ROOT / SETUPTOOLS["package-dir"][package] / f"{name}.py").read_text(encoding="utf-8")
    assert f"\ndef {function}(" in source


def test_the_changelog_has_this_version_first() -> None:
    headings = re.findall(r"^## \[(.+?)\] - (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert headings[0][0] == textrep.__version__
    assert re.fullmatch(r"unreleased|\d{4}-\d\d-\d\d", headings[0][1])


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_what_ci_runs_is_an_executable_shell_script() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    result = subprocess.run(["bash", "-n", script], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
@pytest.mark.parametrize(
    ("fails", "code", "steps"),
    [("", 0, 4), ("ruff check", 1, 4), ("mypy", 1, 4), ("pytest", 1, 4), ("pip", 1, 0)],
)
def test_ci_runs_everything_and_fails_if_anything_does(tmp_path: Path, fails: str, code: int, steps: int) -> None:
    # python3 is replaced by a script that makes an environment of scripts, which say what they were asked.
    tool = tmp_path / "tool"
    tool.write_text('#!/bin/sh\nshift\nread line && echo stdin\necho "ran $* CI=$CI"\n[ "$*" != "$FAILS" ]\n')
    installer = tmp_path / "installer"
    installer.write_text('#!/bin/sh\n[ "$FAILS" != pip ]\n')
    python3 = tmp_path / "python3"
    python3.write_text(
        '#!/bin/sh\nmkdir -p "$3/bin"\ncp "${0%/*}/tool" "$3/bin/python"\ncp "${0%/*}/installer" "$3/bin/pip"\n'
        'echo "$3" >"${0%/*}/venv"\n'
    )
    for path in (tool, installer, python3):
        path.chmod(0o755)
    (tmp_path / "tmp").mkdir()
    changes = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "FAILS": fails, "TMPDIR": str(tmp_path / "tmp")}
    result = subprocess.run(
        [ROOT / ".ci" / "run"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "CI"} | changes,
        input="never read\n",
        capture_output=True,
        text=True,
    )
    assert result.returncode == code
    ran = [line for line in result.stdout.splitlines() if line.startswith(("ran", "stdin"))]
    expected = [f"ran {step} CI=true" for step in ("ruff check", "ruff format --check", "mypy", "pytest")]
    assert ran == expected[:steps]
    if steps:
        assert result.stdout.splitlines()[-1] == expected[-1]
        assert result.stderr == (f"failed: python -m {fails}\n" if fails else "")
    venv = Path((tmp_path / "venv").read_text().strip())
    assert venv.is_relative_to(tmp_path / "tmp")
    assert not venv.parent.exists(), "the temporary folder is still there"
