"""README.md tells the truth: its commands and snippets run, its links lead somewhere, its map names every module."""

from __future__ import annotations

import itertools
import os
import re
import runpy
import shlex
import shutil
import sys
import tomllib
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner
from textrep_cli.app import textrep as app

from tests.benchmarks import results

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Enough of each corpus for the words that the examples ask for; and the articles that one of them tells apart.
SIZES = {"en_wiki.txt": 500_000, "ko_wiki.txt": 60_000}
ARTICLES = (b"Australia", b"Mosque", b"Music")
LABELLED = {"tsv": ("\n", 120), "conll": ("\n\n", 40)}  # ending -> what separates documents, and how many are enough
SHOWN = ("classify predict", "classify evaluate", "tag predict")  # commands whose output stands below them
CLASSIFIERS = README.partition("## From a corpus to a classifier\n")[2].partition("\n## ")[0]


def fenced(language: str) -> list[str]:
    """Blocks of code of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


# Commands that no test runs as they stand, each with the reason; all others in blocks are run, in their order.
NOT_RUN = {
    "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt . && "
    ".venv/bin/textrep embed corpora/en_wiki.txt": "installs; tests/packaging installs the same and runs its command",
    "python3 -m venv .venv-dev && .venv-dev/bin/pip install -q -c constraints.txt -e '.[dev]' && "
    ".venv-dev/bin/python -m pytest": "installs and tests; CI runs it",
    ". .venv/bin/activate": "changes the reader's shell",
    ". .venv-dev/bin/activate": "changes the reader's shell",
    "pip install -c constraints.txt '.[korean,torch,plot]'": "installs; its extras are compared with pyproject.toml",
    "pip install -c constraints.txt '.[korean]'": "the same",
    "pip install -c constraints.txt '.[torch,plot]'": "the same",
    "pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu": "installs; the version is compared",
    "python -m pytest": "it is running",
    "python -m pytest -m slow": "the slow tests",
    "python -m pytest -m slow -n 0 tests/fuzz": "slow tests; the folder is looked for",
    "TEXTREP_CASES=100000 python -m pytest -m slow tests/fuzz/test_saved_files.py": "the same",
    "python -m pytest -m slow -n 0 -s tests/load": "the same",
    "TEXTREP_KILLS=20 python -m pytest -m slow -n 0 -s tests/faults/test_kills.py": "the same",
    ".ci/run": "runs this test",
    ".ci/lowest": "installs other versions; CI runs it",
    ".ci/pythons": "installs; runs this test with each Python",
    "python -m tests.benchmarks": "takes hours; --help of each module is run",
    "python -m tests.benchmarks --quick": "takes minutes",
    "python -m tests.benchmarks --suites tag": "takes an hour",
    "textrep embed corpus.txt --method lengths --set scale=2": "needs the plug-in; tests/vectorizers has its like",
}
SNIPPETS = fenced("python")
SHELL_LINES = [line for block in fenced("sh") for line in block.splitlines() if line]
MAIN_COMMAND, TEST_COMMAND = SHELL_LINES[:2]
FIRST_QUESTION = re.search(r"and ask: `(textrep [^`]+)`", README)[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the checkout to an example, with smaller corpora."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "corpora" / "labelled").mkdir(parents=True)
    for name, size in SIZES.items():
        articles = (ROOT / "corpora" / name).read_bytes().split(b"\n\n")
        ends = itertools.accumulate(len(article) + 2 for article in articles)
        titles = [article.partition(b"\n")[0] for article in articles]
        taken = [a for a, end, title in zip(articles, ends, titles, strict=True) if end <= size or title in ARTICLES]
        (folder / "corpora" / name).write_bytes(b"\n\n".join(taken) + b"\n")
    shutil.copytree(ROOT / "corpora" / "gold", folder / "corpora" / "gold")
    for ending, (separator, n) in LABELLED.items():
        for path in (ROOT / "corpora" / "labelled").glob(f"*.{ending}"):
            documents = path.read_text(encoding="utf-8").split(separator)
            (folder / "corpora" / "labelled" / path.name).write_text(separator.join(documents[:n]), encoding="utf-8")
    return folder


def test_it_opens_with_the_command_for_the_main_job_and_the_one_for_the_tests() -> None:
    blocks = fenced("sh")
    assert [len(block.splitlines()) for block in blocks[:2]] == [1, 1]
    assert README.index(blocks[1]) < README.index("\n## ")
    corpus = re.fullmatch(
        r"python3 -m venv \.venv && \.venv/bin/pip install -q -c constraints\.txt \. && "
        r"\.venv/bin/textrep embed (corpora/\S+)",
        MAIN_COMMAND,
    )
    assert corpus
    assert (ROOT / corpus[1]).is_file()
    assert TEST_COMMAND.endswith("/bin/python -m pytest")


def test_ci_runs_the_very_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    steps = [step.replace(".venv-dev", '"$venv"') for step in TEST_COMMAND.split(" && ")]
    steps[0] = steps[0].replace("python3", '"${PYTHON:-python3}"')
    places = [script.find(step) for step in steps]
    assert len(steps) == 3
    assert -1 not in places
    assert places == sorted(places)
    assert f"\nrun {steps[-1]}\n" in script


def test_environments_of_the_commands_are_ignored_by_git_and_by_the_linters() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {".venv/", ".venv-*/", "*.textrep"} <= set(ignored)
    assert {".venv", ".venv-dev"} == set(re.findall(r"venv (\.\S+)", f"{MAIN_COMMAND}\n{TEST_COMMAND}"))


def test_the_shell_examples_run_in_the_order_in_which_they_stand(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "corpora", tmp_path / "corpora")
    monkeypatch.chdir(tmp_path)
    lines = [line for line in SHELL_LINES if line.startswith("textrep ")]
    assert {shlex.split(line)[1] for line in lines} == set(app.commands)
    for line in lines:
        result = CliRunner().invoke(app, shlex.split(line, comments=True)[1:], prog_name="textrep")
        assert result.exit_code == 0, f"{line}\n{result.output}"
        assert result.output, line  # pictures are told of on stderr


def test_the_python_examples_run_in_the_order_in_which_they_stand(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "corpora", tmp_path / "corpora")
    checks = "\nassert accuracy > 0.7\nassert [len(store.similar(word, k=5)) for word in ('대통령',)] == [5]\n"
    (tmp_path / "examples.py").write_text("\n".join(SNIPPETS) + checks, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=DeprecationWarning, module="__main__")
        runpy.run_path("examples.py", run_name="__main__")
    assert len(SNIPPETS) == 13


def commands() -> set[str]:
    """All commands in README, in blocks and within sentences; not those that say how a table was measured."""
    tables = results_in_readme()
    programs = r"(?:[A-Z_]+=\S+ )?(?:textrep|python3?|pip|\.ci/\w+|\. \.venv[^\s`]*)"
    sentences = re.sub(r"^```.*?^```$", "", README.replace(tables, ""), flags=re.M | re.S)
    inline = re.findall(rf"`({programs}(?: [^`]*)?)`", sentences)
    return {re.sub(r"\s+", " ", line.partition(" #")[0]).strip() for line in [*SHELL_LINES, *inline]}


def test_every_command_is_run_by_a_test_or_said_not_to_be() -> None:
    run_in_order = {line.partition(" #")[0].strip() for line in SHELL_LINES if line.startswith("textrep ")}
    helps = {line for line in commands() if line.endswith(" --help")}
    left = commands() - run_in_order - helps - set(named_without_arguments()) - {FIRST_QUESTION}
    assert left == set(NOT_RUN)
    for line in helps:
        program, *words = shlex.split(line)
        if program == "textrep":
            assert CliRunner().invoke(app, words).exit_code == 0, line
        else:  # the --help of all of them is run below
            assert re.fullmatch(r"python -m tests\.benchmarks\.\w+ --help", line), line
    for path in re.findall(r"(?:tests|\.ci)/\S+", "\n".join(NOT_RUN)):
        assert (ROOT / path).exists(), path


def named_without_arguments() -> list[str]:
    """``textrep``, ``textrep classify predict``: commands that a sentence names, and nobody is to type so."""
    families = {name: command for name, command in app.commands.items() if hasattr(command, "commands")}
    of_families = [f"textrep {name} {key}" for name, family in families.items() for key in family.commands]
    return ["textrep", "python", *(f"textrep {name}" for name in app.commands), *of_families]


def test_the_command_after_the_first_asks_what_it_made(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "corpora", tmp_path / "corpora")
    monkeypatch.chdir(tmp_path)
    for line in (MAIN_COMMAND.rpartition(".venv/bin/")[2], FIRST_QUESTION):
        result = CliRunner().invoke(app, shlex.split(line)[1:], prog_name="textrep")
        assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 10


def test_extras_and_versions_named_are_those_of_the_project() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {name for names in re.findall(r"'\.\[([\w,]+)\]'", README) for name in names.split(",")}
    table = README.partition("### Extras")[2].partition("\n## ")[0]
    listed = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.M)))
    assert named <= set(extras)
    assert {*listed, "dev"} == set(extras)
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    assert set(re.findall(r"`?pip install (\w+==\S+)", README)) <= set(pins)


def test_links_within_the_page_lead_to_headings() -> None:
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", README, flags=re.M | re.S), re.M)
    slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(#([^)]+)\)", README)
    assert len(links) > 15
    assert set(links) <= slugs


def test_the_share_of_the_largest_class_is_as_the_comment_says() -> None:
    namespace: dict[str, list[str]] = {}
    loading = SNIPPETS[1].partition("vectorizer =")[0].replace("corpora/", f"{ROOT / 'corpora'}/")
    exec(loading, namespace)  # the README's own code
    labels = namespace["labels"]
    said_class, said_share = re.search(r'always guessing "(\w+)" gives ([\d.]+)', SNIPPETS[1]).groups()
    assert max(set(labels), key=labels.count) == said_class
    assert round(labels.count(said_class) / len(labels), 2) == float(said_share)


def test_what_tfidf_prints_stands_below_its_examples(capsys: pytest.CaptureFixture[str]) -> None:
    namespace: dict[str, object] = {}
    exec(SNIPPETS[1].partition("vectorizer =")[0].replace("corpora/", f"{ROOT / 'corpora'}/"), namespace)
    section = README.partition("## One-hot, count and TF-IDF")[2].partition("\n## ")[0]
    examples = re.findall(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", section, re.M | re.S)
    assert len(examples) == 2
    for code, printed in examples:
        exec(code, namespace)
        assert capsys.readouterr().out == printed


def test_what_nearest_documents_are_found_stands_below_the_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "corpora", tmp_path / "corpora")
    monkeypatch.chdir(tmp_path)
    section = README.partition("## Nearest documents")[2].partition("\n## ")[0]
    examples = re.findall(r"^```(\w+)\n((?:(?!^```).)*)^```\n\n```text\n(.*?)^```$", section, re.M | re.S)
    assert [language for language, _, _ in examples] == ["sh", "python"]
    for language, code, printed in examples:
        if language == "python":
            exec(code, {})
            assert capsys.readouterr().out == printed
        else:
            lines = [CliRunner().invoke(app, shlex.split(line)[1:], prog_name="textrep") for line in code.splitlines()]
            assert lines[-1].stdout.replace(os.sep, "/") == printed


PRINTED = ("Neighbours", "FastText: words never seen", "GloVe", "Korean", "Scoring")


@pytest.mark.slow
@pytest.mark.parametrize("title", PRINTED)
def test_what_commands_answer_stands_below_them(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "corpora", tmp_path / "corpora")
    monkeypatch.chdir(tmp_path)
    section = README.partition(f"## {title}\n")[2].partition("\n## ")[0]
    code, printed = re.search(r"^```sh\n((?:(?!^```).)*)^```\n\n```text\n(.*?)^```$", section, re.M | re.S).groups()
    made = [MAIN_COMMAND.rpartition(".venv/bin/")[2] + " --jobs 1"] if title == "Scoring" else []
    found = []
    for line in [*made, *code.splitlines()]:
        result = CliRunner().invoke(app, shlex.split(line, comments=True)[1:], prog_name="textrep")
        assert result.exit_code == 0, result.output
        if not line.startswith("textrep embed"):
            found.append(result.stdout)
    number = r"\d\.\d{4}"
    assert re.sub(number, "#", "".join(found)).split() == re.sub(number, "#", printed).split()
    for ours, said in zip(re.findall(number, "".join(found)), re.findall(number, printed), strict=True):
        assert float(ours) == pytest.approx(float(said), abs=0.02)


@pytest.mark.slow
def test_what_classifiers_and_taggers_answer_stands_below_the_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "corpora", tmp_path / "corpora")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {}
    block = r"^```(sh|python)\n((?:(?!^```).)*)^```\n(?:\n```text\n(.*?)^```$)?"
    examples = re.findall(block, CLASSIFIERS, re.M | re.S)
    assert [language for language, _, printed in examples if printed] == ["sh", "python", "python", "sh"]
    all_answers: dict[str, str] = {}  # by command
    for language, code, printed in examples:
        if language == "python":
            exec(code, namespace)
            found = capsys.readouterr().out
        else:
            lines = [shlex.split(line, comments=True)[1:] for line in code.splitlines()]
            answers = {" ".join(line[:2]): CliRunner().invoke(app, line, prog_name="textrep").stdout for line in lines}
            found = "".join(answers.get(command, "") for command in SHOWN)
            all_answers |= answers
        if printed:
            assert_alike(found, printed)
    said = re.search(r"^textrep tag evaluate .*# accuracy (0\.\d+)$", CLASSIFIERS, re.M)[1]
    assert accuracy_in(all_answers["tag evaluate"]) == pytest.approx(float(said), abs=0.05)
    said = re.search(r"Without `--store`.*\s+same network gives (0\.\d+)", CLASSIFIERS)[1]
    train, evaluate = (
        shlex.split(re.search(rf"^textrep (classify {command} .*)$", CLASSIFIERS, re.M)[1])
        for command in ("train", "evaluate")
    )
    del train[train.index("--store") : train.index("--store") + 2]
    answers = [CliRunner().invoke(app, line, prog_name="textrep").stdout for line in (train, evaluate)]
    assert accuracy_in(answers[1]) == pytest.approx(float(said), abs=0.05)


def accuracy_in(scores: str) -> float:
    return float(re.search(r"^accuracy +(\d\.\d+)$", scores, re.M)[1])


def assert_alike(found: str, said: str) -> None:
    """Scores differ a little between machines, and with them the confusion matrix and the widths of columns."""
    found, said = (text.partition("Confusion matrix")[0] for text in (found, said))
    number = r"\b\d[\d,]*(?:\.\d+)?\b"
    assert re.sub(number, "#", found).split() == re.sub(number, "#", said).split()
    for ours, theirs in zip(re.findall(number, found), re.findall(number, said), strict=True):
        assert float(ours.replace(",", "")) == pytest.approx(float(theirs.replace(",", "")), abs=0.12), (found, said)


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m (tests\.benchmarks(?:\.\w+)?)", README))))
def test_benchmarks_named_are_there(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'tests.benchmarks.* found in sys.modules", RuntimeWarning)
        with pytest.raises(SystemExit, match=r"^0$"):  # the exit code
            runpy.run_module(module, run_name="__main__")
    assert "--quick" in capsys.readouterr().out


def results_in_readme() -> str:
    begin, end = (f"<!-- benchmark:results {word} -->\n" for word in ("begin", "end"))
    assert re.findall(r"^<!-- benchmark:.*\n", README, re.M) == [begin, end]
    return README.partition(begin)[2].partition(end)[0]


def test_the_benchmark_tables_are_those_of_the_results_file() -> None:
    cure = "run: python -m tests.benchmarks --render"
    text = results.MARKDOWN.read_text(encoding="utf-8")
    assert results.rendered(results.read_results(results.JSON)) == text, cure
    assert results_in_readme() == text, cure


@pytest.mark.parametrize(
    "name",
    [
        "skip-gram training",
        "CBOW training",
        "text to saved skip-gram vectors, whole process",
        "vocabulary and encoding",
        "skip-gram, two threads to one",
        "first run of `textrep embed`",
        "second run of the same",
        "`textrep --help`",
        "peak memory",
        "store: open ",
        "store: first look-up",
        "store: similar, 1 word",
        "store: similar, 1,000 words",
    ],
)
def test_the_benchmark_table_has_a_row_of(name: str) -> None:
    lines = results_in_readme().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]
    found = [row for row in rows if row[0].startswith(name)]
    assert found, "run: python -m tests.benchmarks"
    assert all(re.match(r"[\d.,]+$", row[1]) for row in found)


def test_no_example_is_left_to_be_filled_in() -> None:
    assert re.findall(r"<!-- example.*", README) == []


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def mapped() -> list[Path]:
    """Paths of the file map: what is indented below a folder lies in it."""
    paths, folders = [], {0: Path()}
    for line in re.search(r"^## Files\n\n```text\n(.*?)^```$", README, re.M | re.S)[1].splitlines():
        indent, name = re.fullmatch(r"( *)(\S+) {2,}\S.*", line).groups()
        paths.append(folders[len(indent)] / name)
        folders[len(indent) + 2] = paths[-1]
    return paths


def test_the_map_names_every_module_and_nothing_that_is_not_there() -> None:
    paths = mapped()
    assert len(set(paths)) == len(paths)
    assert [str(path) for path in paths if not (ROOT / path).exists()] == []
    modules = {path.relative_to(ROOT) for name in ("textrep", "cli") for path in (ROOT / name).rglob("*.py")}
    expected = {path.parent if path.name == "__init__.py" else path for path in modules}
    assert sorted(map(str, expected - set(paths))) == []


def test_the_python_version_named_is_the_one_required() -> None:
    required = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    named = re.search(r"need Python (\d\.\d+) or newer", README)[1]
    assert required == f">={named}"
