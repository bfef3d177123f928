"""Imports go one way, as data does: from files of text to ids, vectors, stores, and what is built on these.

Each part of textrep stands on a level, and its modules import only from parts of lower levels or from their own part,
also within functions; the few exceptions stand in `EXCEPTIONS`.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "textrep"
LEVELS = (
    {"shown"},
    {"available", "checks", "errors", "locks", "memory", "parallel", "progress", "warning"},
    {"atomic", "fonts", "kernels", "layout", "spool", "workers"},
    {"container", "keytable", "recorder"},
    {"corpus", "order", "spelling", "strings"},
    {"documents", "text", "vocabulary"},
    {"bags", "encoded"},
    {"store"},
    {"training"},
    {"formats", "pooling"},
    {"vectorizers"},
    {"embedding"},
    {"evaluation", "labelled"},
    {"classifiers"},
    {"plot"},
)
LEVEL = {part: level for level, parts in enumerate(LEVELS) for part in parts}
EXCEPTIONS = {
    ("store", "vectorizers"),  # within a function: a store of documents holds what made their vectors
    ("evaluation", "labelled"),  # files are read alike
    ("labelled", "evaluation"),  # tag schemes
}

MODULES = sorted(ROOT.rglob("*.py"))
COMMANDS = sorted((ROOT.parent / "cli").glob("*.py"))
MODULES_OF_COMMANDS = {
    "textrep.classifiers.estimator",
    "textrep.classifiers.interrupts",
    "textrep.classifiers.overfitting",
    "textrep.classifiers.typed_json",
    "textrep.vectorizers.plugged",
    "textrep.vectorizers.pooled",
    "textrep.vectorizers.registry",
    "textrep.vectorizers.saved",
}


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(path: Path) -> frozenset[str]:
    return frozenset(imported(parsed(path)))


def part_of(module: str) -> str:
    """Return the part of textrep that a module is in: ``"textrep.store.file" -> "store"``."""
    return module.split(".")[1]


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules of textrep that are imported, those for type checkers left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("textrep."):
            yield node.module
        elif isinstance(node, ast.ImportFrom) and node.module == "textrep":
            yield from (f"textrep.{alias.name}" for alias in node.names if alias.name in LEVEL)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("textrep."))
        yield from imported(node)


def own_part(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def test_every_part_has_a_level() -> None:
    parts = {own_part(path) for path in MODULES} - {"__init__", "__main__"}
    assert parts == set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(ROOT)) for path in MODULES])
def test_imports_go_down(path: Path) -> None:
    own = own_part(path)
    if own in ("__init__", "__main__"):
        return
    for module in imports(path):
        other = part_of(module)
        if other != own and (own, other) not in EXCEPTIONS:
            assert LEVEL[other] < LEVEL[own], f"{path.name} imports {module}"


def test_every_exception_is_needed() -> None:
    found = {(own_part(path), part_of(module)) for path in MODULES for module in imports(path)}
    assert found >= EXCEPTIONS


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(ROOT)) for path in MODULES])
def test_modules_import_from_one_another_what_stands_in_all(path: Path) -> None:
    assert set(private_names(path)) == set()


def test_modules_of_the_package_do_not_enter_it_by_the_front_door() -> None:
    """A name imported from ``textrep`` itself would hide the direction of the import."""
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ImportFrom) and node.module == "textrep":
                assert {alias.name for alias in node.names} <= LEVEL.keys() | {"__version__"}, path.name


@pytest.mark.parametrize("path", sorted(ROOT.glob("kernels/*.py")), ids=lambda path: path.name)
def test_kernels_import_nothing_else_of_textrep(path: Path) -> None:
    assert {part_of(module) for module in imports(path)} <= {"kernels"}


def test_the_command_line_enters_by_the_front_doors() -> None:
    """It imports what parts of textrep offer, and of their modules a few: names of methods, and what waits for PyTorch.

    A program of somebody else could do the same.
    """
    found = {module for path in COMMANDS for module in imports(path)}
    assert not {part_of(module) for module in found} & {"kernels", "spool", "recorder", "order"}
    assert {module for module in found if module.count(".") > 1} == MODULES_OF_COMMANDS
    assert {name for path in COMMANDS for name in private_names(path)} == set()


@functools.cache
def names_offered(module: Path) -> set[str]:
    """Return ``__all__`` of a module or a package, without importing it."""
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    for node in parsed(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def private_names(path: Path) -> Iterator[str]:
    """Yield what a file imports of textrep, types too, that is not in the module's ``__all__``."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textrep."):
            module = ROOT.parent.joinpath(*str(node.module).split("."))
            offered = names_offered(module) | {path.stem for path in module.glob("*.py")}
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name not in offered)
