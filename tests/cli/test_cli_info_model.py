"""``textrep info`` of a classifier or a tagger: what is in the file, told without PyTorch."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from bad_files import rewrite
from cli_helpers import invoke
from saved_models import VARIANTS, fitted

from textrep.classifiers.saved import save


def final(model):
    return model[-1] if hasattr(model, "steps") else model


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.textrep"


@pytest.mark.parametrize("name", VARIANTS)
def test_for_programs(name, path):
    model = fitted(name)
    save(model, path)
    facts = json.loads(invoke("info", path, "--json").stdout)
    estimator = final(model)
    assert facts["path"] == str(path)
    assert facts["bytes"] == path.stat().st_size
    assert facts["class"] == type(estimator).__name__
    assert facts["kind"] == ("tagger" if name.startswith("tagger") else "classifier")
    assert facts["classes"] == [list(each) if isinstance(each, tuple) else each for each in estimator.classes_.tolist()]
    assert facts["weights"] == sum(tensor.numel() for tensor in estimator.network_.state_dict().values())
    assert facts["history"] == estimator.history_
    assert facts["best_epoch"] == estimator.best_epoch_
    assert facts["parameters"]["learning_rate"] == 0.01
    assert facts["scheme"] == getattr(estimator, "scheme_", None)
    words = getattr(estimator, "words_", None)
    assert facts["words"] == (len(words) if words else None)
    store = words.store if words else None
    assert facts["store"] == ({"words": len(store), "dimensions": store.dim} if store else None)
    assert facts["vectorizer"] is None or facts["vectorizer"]["method"] in ("tfidf", "store")
    assert "verified" not in facts


def test_for_people(path):
    fitted("tagger of a store").save(path)
    lines = dict(line.split("  ", 1) for line in invoke("info", path, "--verify").stdout.splitlines() if line[0] != " ")
    shown = {name: value.strip() for name, value in lines.items()}
    assert shown["kind"] == "tagger, RecurrentTagger"
    assert shown["tags"] == "4: B-LOC, B-PER, I-PER, O"
    assert shown["scheme"] == "IOB2"
    assert shown["words"] == "4 of training, and 9 words of its store"
    assert shown["dimensions"] == "4"
    assert shown["tokenizer"] == "word, min_token_length 1"
    assert shown["training"] == "2 epochs; the weights are those of epoch 2"
    assert len(shown["validation loss"].split(", ")) == 2
    assert shown["checksums"] == "match"
    save(fitted("TF-IDF"), path := path.with_name("p"))
    assert "vectorizer             tfidf\n" in invoke("info", path).stdout


def test_many_classes_and_overfitting(path):
    fitted("feedforward").save(path)

    def change(header):
        header["classes"] = {"type": "int64", "labels": list(range(30))}
        header["history"] = [
            {"epoch": 1, "train_loss": 0.5, "validation_loss": 0.5},
            {"epoch": 2, "train_loss": 0.4, "validation_loss": 0.7},
        ]

    rewrite(path, change_inner=change)
    shown = invoke("info", path).stdout
    assert ", 18, 19 and 10 more\n" in shown
    assert "Overfitting: since epoch 1 the validation loss has risen from 0.5 to 0.7" in shown


def test_an_altered_file_is_refused(path):
    fitted("frozen RNN").save(path)
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    assert invoke("info", path).exit_code == 0  # reads the header only
    done = subprocess.run(
        [sys.executable, "-m", "textrep", "info", path, "--verify"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "m.textrep is damaged or was altered at byte" in done.stderr
    assert "checksums differ for" in done.stderr


@pytest.mark.parametrize(("key", "value"), [("classes", 5), ("history", [5]), ("parameters", {"l1": {"x": 1}})])
def test_a_header_that_makes_no_sense(key, value, path):
    fitted("feedforward").save(path)
    rewrite(path, change_inner=lambda header: header.update({key: value}))
    done = invoke("info", path)
    assert done.exit_code == 1
    assert "m.textrep is damaged or was altered at byte 8: its header cannot be shown" in done.stderr


def test_it_needs_no_torch(path):
    fitted("LSTM").save(path)
    script = """if True:
        import sys
        sys.modules["torch"] = None
        from textrep_cli.main import main
        sys.argv = ["textrep", "info", sys.argv[1]]
        main()"""
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, timeout=120)
    assert "kind                   classifier, RecurrentClassifier\n" in done.stdout, done.stderr
