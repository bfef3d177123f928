"""textrep as a user installs it: from a wheel, from the checkout, and editable; away from this checkout.

No test downloads anything: a new environment finds the dependencies in the one that runs the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpora" / "en_wiki.txt"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
# What a build reads of a fresh clone.
BUILT_FROM = ("textrep", "cli", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "CHANGELOG.md")


def run(*command: object, cwd: Path, **environment: str) -> str:
    """Run a command away from the checkout, and return its output."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "NUMBA_CACHE_DIR")}
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=inherited | {"PYTHONUTF8": "1"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


class Environment:
    """A virtual environment without pip, into which this one's pip installs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder, with_pip=False)
        self.python = folder / SCRIPTS / "python"
        self.command = folder / SCRIPTS / "textrep"
        self.backend = folder / "backend"  # setuptools, and nothing else of this environment
        for file in distribution("setuptools").files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = self.backend / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target)

    def install(self, *what: object) -> None:
        """Install from files, before anything of this environment is to be seen."""
        pip = (sys.executable, "-m", "pip", "--python", self.python, "--disable-pip-version-check", "install", "-q")
        flags = ("--no-deps", "--no-index", "--no-build-isolation")
        run(*pip, *flags, *what, cwd=self.folder, PYTHONPATH=str(self.backend))

    def see_dependencies(self) -> None:
        """Let it import what this environment has, after what it has itself; editable installs are not followed."""
        folders = dict.fromkeys(path for path in sys.path if Path(path).name in ("site-packages", "dist-packages"))
        own = sysconfig.get_path("purelib", vars={"base": str(self.folder), "platbase": str(self.folder)})
        (Path(own) / "dependencies.pth").write_text("\n".join(folders) + "\n", encoding="utf-8")

    def origins(self) -> dict[str, Path]:
        """Where textrep, one of its sub-packages and the command's package are imported from."""
        script = (
            "import json, textrep, textrep.store.store, textrep_cli; "
            "print(json.dumps([[m.__name__, m.__file__] for m in (textrep, textrep.store.store, textrep_cli)]))"
        )
        found = json.loads(run(self.python, "-c", script, cwd=self.folder))
        return {name: Path(file).resolve() for name, file in found}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, as clean as a fresh clone, with a few files that must not end up in a wheel."""
    folder = tmp_path_factory.mktemp("clone")
    for name in BUILT_FROM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copyfile(source, folder / name)
    for other in ("tests/test_something.py", "tests/conftest.py", "corpora/en_wiki.txt"):
        (folder / other).parent.mkdir(exist_ok=True)
        (folder / other).write_text("raise AssertionError\n")
    return folder


@pytest.fixture(scope="module")
def built(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source distribution, and the wheel made from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, clone, cwd=folder)
    (source,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return source, wheel


def modules() -> dict[str, bytes]:
    """Files of the wheel that come from the checkout, and what they hold."""
    return {
        (Path(package) / path.relative_to(ROOT / folder)).as_posix(): path.read_bytes()
        for package, folder in (("textrep", "textrep"), ("textrep_cli", "cli"))
        for path in (ROOT / folder).rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }


def test_the_wheel_holds_all_modules_and_nothing_else(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        names = set(wheel.namelist())
        info = {name.partition("/")[2] for name in names if ".dist-info/" in name}
        licence = next(wheel.read(name) for name in names if name.endswith(".dist-info/licenses/LICENSE"))
        contents = {name: wheel.read(name) for name in names if ".dist-info/" not in name}
    assert contents == modules()
    assert {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"} <= info
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert built[1].name.endswith("-py3-none-any.whl")


def test_the_metadata_is_that_of_pyproject(built: tuple[Path, Path]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with zipfile.ZipFile(built[1]) as wheel:
        text = next(wheel.read(name).decode() for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        points = next(wheel.read(name).decode() for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    fields, _, description = text.partition("\n\n")
    assert f"Version: {built[1].name.split('-')[1]}" in fields.splitlines()
    assert "License-Expression: MIT" in fields
    assert f"Requires-Python: {project['requires-python']}" in fields
    assert sorted(line[16:] for line in fields.splitlines() if line.startswith("Provides-Extra: ")) == sorted(
        project["optional-dependencies"]
    )
    assert description == (ROOT / "README.md").read_text(encoding="utf-8")
    assert "[console_scripts]\ntextrep = textrep_cli.main:main" in points


def test_the_source_distribution_holds_what_a_build_needs_and_no_corpora(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "textrep/py.typed", "cli/py.typed"}
    assert not {name.partition("/")[0] for name in names} & {"tests", "corpora"}


@pytest.mark.parametrize("way", ["interpreted", pytest.param("compiled", marks=pytest.mark.slow)])
def test_a_wheel_trains_and_answers_in_a_new_environment(built: tuple[Path, Path], tmp_path: Path, way: str) -> None:
    """Compiling what training needs takes a long time; one kernel alone tells whether and where they are kept."""
    environment = Environment(tmp_path / "venv")
    environment.install(built[1])
    environment.see_dependencies()
    place = Path(sysconfig.get_path("purelib", vars={"base": str(environment.folder)})).resolve()
    assert {file.relative_to(place).parts[0] for file in environment.origins().values()} == {"textrep", "textrep_cli"}

    corpus = tmp_path / "small.txt"
    size = 15_000 if way == "interpreted" else 300_000
    corpus.write_bytes(CORPUS.read_bytes()[:size].rpartition(b"\n")[0] + b"\n")
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    training = cache | ({"NUMBA_DISABLE_JIT": "1"} if way == "interpreted" else {})
    said = run(environment.command, "embed", "small.txt", "--vector-size", 16, "--epochs", 1, cwd=tmp_path, **training)
    assert "small.textrep" in said
    run(environment.command, "convert", "small.textrep", "small.vec", cwd=tmp_path, **cache)  # formatted by a kernel
    answer = json.loads(run(environment.command, "similar", "small.textrep", "april", "--json", cwd=tmp_path, **cache))
    assert [entry["query"] for entry in answer] == ["april"]
    neighbours = answer[0]["neighbours"]
    assert len(neighbours) == 10
    assert [each["score"] for each in neighbours] == sorted((each["score"] for each in neighbours), reverse=True)
    assert list((tmp_path / "cache" / "textrep").glob("kernels-*/**/*.nbc")), "kernels are not cached per user"
    assert not list(place.glob("textrep/**/*.nb[ci]")), "kernels are cached where the package is installed"


@pytest.mark.slow  # CI installs it editable, before the tests
def test_it_installs_editable_and_from_the_checkout(clone: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv")
    environment.install("-e", clone)
    environment.see_dependencies()
    assert environment.origins() == {
        "textrep": clone / "textrep" / "__init__.py",
        "textrep.store.store": clone / "textrep" / "store" / "store.py",
        "textrep_cli": clone / "cli" / "__init__.py",
    }
    editable = run(environment.command, "--version", cwd=tmp_path)

    (Path(sysconfig.get_path("purelib", vars={"base": str(environment.folder)})) / "dependencies.pth").unlink()
    environment.install(clone)
    environment.see_dependencies()
    assert all(file.is_relative_to((tmp_path / "venv").resolve()) for file in environment.origins().values())
    version = distribution("textrep").version
    assert run(environment.command, "--version", cwd=tmp_path) == editable == f"textrep {version}\n"
    assert run(environment.python, "-m", "textrep", "--version", cwd=tmp_path) == editable
