"""``import textrep`` is cheap, and what it offers is there: names, types for checkers, and nothing by accident."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import textrep

SOURCE = Path(textrep.__file__)
MODULES = [
    ".".join(path.relative_to(SOURCE.parents[1]).with_suffix("").parts)
    for path in sorted(SOURCE.parent.rglob("[!_]*.py"))
]
HEAVY = {"click", "faiss", "gensim", "numba", "numpy", "pandas", "pyarrow", "rich", "scipy", "sklearn", "torch"}
HEAVY |= {"kiwipiepy", "matplotlib", "safetensors", "usearch", "zstandard"}
# What has no part in training dense vectors and asking for neighbours. Numba imports the top of scipy and its BLAS.
UNNEEDED = (HEAVY | {"scipy.sparse"}) - {"click", "numba", "numpy", "rich", "safetensors", "scipy"}


def fresh(script: str, *args: object) -> str:
    """What a script prints in a process of its own."""
    command = [sys.executable, "-c", script, *map(str, args)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def imported_for_type_checkers() -> dict[str, str]:
    """Name -> module, of the imports below ``if TYPE_CHECKING`` in textrep/__init__.py."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    names = {}
    for statement in block.body:
        assert isinstance(statement, ast.ImportFrom)
        for alias in statement.names:
            assert alias.asname == alias.name, f"{alias.name} is not re-exported, as strict type checkers see it"
            names[alias.name] = statement.module
    return names


def test_importing_textrep_imports_nothing_heavy() -> None:
    heavy = fresh(f"import sys, textrep; print(sorted({HEAVY} & set(sys.modules)))")
    assert heavy == "[]"


def test_public_names_are_those_that_load_lazily() -> None:
    assert textrep.__all__ == ["__version__", *sorted(textrep._LAZY)]
    assert {*textrep.__all__, "classifiers", "plot"} <= set(dir(textrep))


def test_type_checkers_see_the_same_names_from_the_same_modules() -> None:
    assert imported_for_type_checkers() == textrep._LAZY


@pytest.mark.parametrize("name", sorted(textrep._LAZY))
def test_a_public_name_is_that_of_its_module(name: str) -> None:
    module = importlib.import_module(textrep._LAZY[name])
    assert getattr(textrep, name) is getattr(module, name)
    assert name in module.__all__
    assert (getattr(textrep, name).__doc__ or "").strip(), f"{name} has no docstring"


def described(doc: str) -> set[str]:
    """Return the names below ``Parameters`` of a docstring."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-{3,}$|\Z)", doc, re.M | re.S)
    heads = re.findall(r"^(\S.*?)(?: : .*)?$", section[1], re.M) if section else []
    return {name.lstrip("*") for head in heads for name in head.split(", ")}


@pytest.mark.parametrize("name", sorted(set(textrep.__all__) - {"__version__"}))
def test_docstrings_describe_the_parameters_that_there_are(name: str) -> None:
    """Those of functions, classes and their methods; a method that describes none says enough in a line."""
    public = getattr(textrep, name)
    documented = [public]
    if isinstance(public, type):
        documented += [getattr(public, method) for method in dir(public) if not method.startswith("_")]
    for one in documented:
        doc = inspect.getdoc(one) or ""
        if (
            callable(one)
            and (getattr(one, "__module__", None) or "").startswith("textrep.")
            and "Parameters\n--" in doc
        ):
            assert described(doc) == inspect.signature(one).parameters.keys() - {"self"}, one


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_the_names_it_offers(module: str) -> None:
    loaded = importlib.import_module(module)
    names = getattr(loaded, "__all__", [])
    assert len(set(names)) == len(names)
    assert not [name for name in names if not hasattr(loaded, name)]


def test_a_name_loads_its_module_on_first_use_and_stays() -> None:
    script = (
        "import sys, textrep; before = 'textrep.vocabulary' in sys.modules; textrep.Vocabulary; "
        "print(before, 'textrep.vocabulary' in sys.modules, 'Vocabulary' in vars(textrep))"
    )
    assert fresh(script) == "False True True"


def test_a_star_import_brings_all_of_it() -> None:
    namespace: dict[str, object] = {}
    exec("from textrep import *", namespace)
    assert set(textrep.__all__) - set(namespace) == set()


def test_other_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match=r"^module 'textrep' has no attribute 'Word2Vec'$"):
        textrep.Word2Vec  # noqa: B018


@pytest.mark.slow  # tests/cli/test_environments.py has it in the normal run, with all extras
def test_without_torch_the_classifiers_say_what_to_install() -> None:
    script = """if True:
        import importlib.util
        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *rest: None if name == "torch" else find(name, *rest)
        import textrep
        from textrep import *
        needing = sorted(set(textrep._LAZY) - set(textrep.__all__))
        print(needing, read_labelled.__name__)
        for name in needing:
            try:
                getattr(textrep, name)
            except textrep.MissingExtraError as error:
                print(error)"""
    needing = ["FeedForwardClassifier", "RecurrentClassifier", "RecurrentTagger"]
    first, *messages = fresh(script).splitlines()
    assert first == f"{needing} read_labelled"
    assert messages == [
        f"textrep.{name} needs torch. Install it with: pip install torch (textrep's extra 'torch')" for name in needing
    ]


def test_training_and_asking_import_nothing_they_do_not_need(tmp_path: Path) -> None:
    script = f"""if True:
        import sys, textrep
        store = textrep.embed(["one two three four", "two three four five"] * 9, vector_size=8, epochs=1)
        store.save(sys.argv[1])
        textrep.EmbeddingStore.open(sys.argv[1]).similar("two")
        print(sorted({UNNEEDED} & set(sys.modules)))"""
    assert fresh(script, tmp_path / "small.textrep") == "[]"


def test_opening_and_asking_does_not_even_import_numba(tmp_path: Path) -> None:
    path = tmp_path / "small.textrep"
    textrep.EmbeddingStore.from_vectors(["a", "b", "c"], [[1, 0], [1, 1], [0, 1]]).save(path)
    script = f"""if True:
        import sys, textrep
        store = textrep.EmbeddingStore.open(sys.argv[1])
        print([key for key, _ in store.similar("a", 1)], store["b"].tolist())
        print(sorted({UNNEEDED | {"numba"}} & set(sys.modules)))"""
    assert fresh(script, path) == "['b'] [1.0, 1.0]\n[]"
