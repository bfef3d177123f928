"""pyproject.toml, constraints.txt, CHANGELOG.md, .ci and public CI agree with each other and with the tree."""

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
posix = pytest.mark.skipif(os.name != "posix", reason="a shell script")
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


@posix
@pytest.mark.parametrize("name", ["run", "lowest", "pythons"])
def test_what_ci_runs_are_executable_shell_scripts(name: str) -> None:
    script = ROOT / ".ci" / name
    assert os.access(script, os.X_OK)
    result = subprocess.run(["bash", "-n", script], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


LINTERS = ["ruff check", "ruff format --check", "mypy"]
LOWEST = "pytest tests/contract tests/store tests/vectorizers"
# Makes an environment of scripts, which say what they were asked, and fail when that is $FAILS.
PYTHON = """#!/bin/sh
[ "$2" = venv ] || exit 0
echo "$3" >>"${0%/*}/venvs"
mkdir -p "$3/bin"
cp "${0%/*}/tool" "$3/bin/python"
cp "${0%/*}/installer" "$3/bin/pip"
cp "${0%/*}/installer" "$3/bin/textrep"
"""
TOOL = """#!/bin/sh
shift
read line && echo stdin
echo "ran $* CI=$CI"
[ "$*" != "$FAILS" ]
"""


def ci(script: str, folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess:
    """Run a script of .ci with programs in place of Python and what it installs; `folder` is empty."""
    for name, content in {
        "tool": TOOL,
        "installer": '#!/bin/sh\n[ "$FAILS" != pip ]\n',
        "python3": PYTHON,
        "python3.13": PYTHON,
    }.items():
        (folder / name).write_text(content)
        (folder / name).chmod(0o755)
    (folder / "tmp").mkdir()
    changes = {"PATH": f"{folder}:{os.environ['PATH']}", "TMPDIR": str(folder / "tmp"), "PYENV_ROOT": str(folder)}
    plain = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTHON")}
    done = subprocess.run(
        [ROOT / ".ci" / script, *args],
        cwd=folder,
        env=plain | changes | env,
        input="never read\n",
        capture_output=True,
        text=True,
    )
    assert "stdin" not in done.stdout.splitlines()
    assert list((folder / "tmp").iterdir()) == [], "a temporary folder is still there"
    return done


def ran(done: subprocess.CompletedProcess) -> list[str]:
    return [line[len("ran ") : -len(" CI=true")] for line in done.stdout.splitlines() if line.startswith("ran ")]


@posix
@pytest.mark.parametrize(
    ("fails", "said"),
    [
        ("", ""),
        ("ruff check", "failed: python -m ruff check\n"),
        ("mypy", "failed: python -m mypy\n"),
        ("pytest", "failed: python -m pytest\n"),
        (LOWEST, "failed: .ci/lowest\n"),
    ],
)
def test_ci_runs_everything_and_fails_if_anything_does(tmp_path: Path, fails: str, said: str) -> None:
    done = ci("run", tmp_path, FAILS=fails)
    assert ran(done) == [*LINTERS, "pytest", LOWEST]
    assert (done.returncode, done.stderr) == (bool(said), said)
    assert len((tmp_path / "venvs").read_text().splitlines()) == 2


@posix
def test_ci_runs_nothing_if_it_cannot_install(tmp_path: Path) -> None:
    done = ci("run", tmp_path, FAILS="pip")
    assert (done.returncode, ran(done)) == (1, [])


@posix
def test_ci_runs_with_every_python_that_is_there(tmp_path: Path) -> None:
    done = ci("pythons", tmp_path, "3.13", FAILS="")
    assert ran(done) == [*LINTERS, "pytest"], "the lowest versions have another Python"
    assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, ["== Pythons", "3.13  passed"])


@posix
@pytest.mark.parametrize(("versions", "last"), [(["3.13"], "3.13  failed"), (["3.99"], "3.99  not here")])
def test_a_python_that_fails_or_is_asked_for_and_not_there_is_said(
    tmp_path: Path, versions: list[str], last: str
) -> None:
    done = ci("pythons", tmp_path, *versions, FAILS="pytest")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, last)


def test_public_ci_has_the_pythons_that_are_promised() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert re.findall(r'"(3\.\d+)"', re.search(r"python: (\[.*\])", workflow)[1]) == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"
    assert re.findall(r'python-version: "(.*)"', workflow) == [promised[0]] * 2  # for the lowest and the slow
    steps = [line.partition("- run: ")[2] for line in workflow.splitlines() if "- run:" in line]
    install = "pip install -q -c constraints.txt -e '.[dev]'"
    assert steps == [".ci/run", ".ci/lowest --all", install, "python -m pytest -m slow"]
