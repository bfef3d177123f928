"""Every example of a docstring runs, and gives what stands below it.

Of those marked ``# doctest: +SKIP``, which need files of the reader's own or print what differs between machines, the
output is not compared, but they run as well: in a folder that has the files they name.
"""

from __future__ import annotations

import doctest
import gzip
import importlib
import io
from pathlib import Path

import pytest

import textrep

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "textrep").rglob("*.py")
    if ">>>" in path.read_text(encoding="utf-8")
)
CORPUS_BYTES = 200_000
UNCOMPARED = doctest.register_optionflag("UNCOMPARED")
CONLLU = "1\tAnn\tAnn\tPROPN\tNNP\t_\t0\troot\t_\t_\n2\tsees\tsee\tVERB\tVBZ\t_\t1\tdep\t_\t_\n\n"


class Checker(doctest.OutputChecker):
    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return bool(optionflags & UNCOMPARED) or super().check_output(want, got, optionflags)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder to work in, with a beginning of a corpus and the files that examples name."""
    for folder in ("corpora", "articles", "more"):
        (tmp_path / folder).mkdir()
    text = (ROOT / "corpora" / "en_wiki.txt").read_bytes()[:CORPUS_BYTES].rpartition(b"\n")[0]
    (tmp_path / "corpora" / "en_wiki.txt").write_bytes(text + b"\n")
    (tmp_path / "articles" / "a.jsonl").write_text('{"body": "one"}\n')
    (tmp_path / "more" / "b.jsonl.gz").write_bytes(gzip.compress(b'{"body": "two"}\n'))
    (tmp_path / "train.tsv").write_text("good\ta good film\nbad\ta bad film\n" * 5)
    (tmp_path / "en_ewt-ud-train.conllu").write_text(CONLLU * 10)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def models() -> dict[str, object]:
    """What examples of reading fit to what was read."""
    quick = {"max_epochs": 1, "vector_size": 2, "hidden_size": 2, "random_state": 0}
    return {"classifier": textrep.RecurrentClassifier(**quick), "tagger": textrep.RecurrentTagger(**quick)}


def examples_of(module: str) -> list[doctest.DocTest]:
    loaded = importlib.import_module(module)
    names = {**vars(loaded), **(models() if module.startswith("textrep.labelled") else {})}
    return [test for test in doctest.DocTestFinder().find(loaded, module, globs=names) if test.examples]


@pytest.mark.filterwarnings("ignore::UserWarning")  # an epoch of training learns little
@pytest.mark.parametrize("module", MODULES)
def test_examples_give_what_stands_below_them(module: str, here: Path) -> None:
    tests = examples_of(module)
    assert tests, f"{module} has >>> outside of docstrings"
    for test in tests:
        for example in test.examples:
            if example.options.get(doctest.SKIP):
                assert not example.want, f"{test.name}: output that nobody compares"
                example.options = {doctest.SKIP: False, UNCOMPARED: True}
        said = io.StringIO()
        result = doctest.DocTestRunner(Checker(), verbose=False).run(test, out=said.write)
        assert result.attempted == len(test.examples)
        assert result.failed == 0, said.getvalue()


def test_examples_are_where_they_are_looked_for() -> None:
    assert len(MODULES) > 15
    shown = {name for name in textrep.__all__ if ">>>" in (getattr(textrep, name).__doc__ or "")}
    assert shown >= {"embed", "read_corpus", "Word2VecVectorizer", "TfidfVectorizer", "RecurrentTagger"}
