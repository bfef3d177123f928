"""Every kind of file that textrep saves, small and real: how one is made, and how it is read and used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from saved_models import answers, dense_store, fitted, new_rows, subword_store
from scipy import sparse
from vectorizer_kinds import KINDS

from textrep import EmbeddingStore, Word2VecVectorizer, embed, embed_documents
from textrep.bags.seen import LimitsError
from textrep.classifiers import load as load_model
from textrep.container import open_container
from textrep.errors import EmptyCorpusError, TrainingError
from textrep.vectorizers.saved import restored

__all__ = ["SAVED", "Target", "command_for"]

_OF_CONTENT = "|".join(
    (
        r"row .* (such a store is not saved|gives logits)",
        r"the vector of .*(too long|NaN, infinity)",
        r"max_features needs to know how often",
    )
)
TEXTS = ["a cat saw the dog", "the dog saw the cat", "king and queen", "왕과 여왕 king", "", "the cat and the king"]
UNSEEN = ["the cats", "", "고양이 king", "zzz"]


class Target(NamedTuple):
    """A kind of file."""

    write: Callable[[Path], Any]
    use: Callable[[Path], Any]
    kind: str  # "store", "documents", "vectorizer", "classifier", "tagger"


def use_store(path: Path) -> None:
    """Ask a store all that it can be asked, its own keys first."""
    store = EmbeddingStore.open(path)
    keys = list(store.keys)
    store.similar(keys[0], k=3)
    store.similar(keys[:3], k=2)
    store.vectors_for(keys)
    store.similarity(keys[0], keys[-1])
    if store.subwords is not None:
        store.similar("unseen", k=2)
    if store.index is not None:
        store.similar(keys[:2], k=2, approximate=True)
    if store.texts is not None:
        list(store.texts)
    _ = store.tokenizer, repr(store), store.metadata
    _save_again(store, path)


def _save_again(what: Any, path: Path) -> None:
    """Save what was opened beside its file, whose name is in the name."""
    again = path.with_name(f"again.{path.name}")
    again.unlink(missing_ok=True)
    with _not_about_the_file():
        what.save(again)


@contextmanager
def _not_about_the_file() -> Iterator[None]:
    """Pass over what is rightly said of what came from a file: that nothing can be made of it."""
    try:
        yield
    except (EmptyCorpusError, TrainingError):
        pass
    except ValueError as error:
        if not re.match(_OF_CONTENT, str(error)):
            raise


def use_documents(path: Path) -> None:
    """Ask a store of documents with a text."""
    use_store(path)
    EmbeddingStore.open(path).similar_to_text("the cat", k=2)


def continue_store(path: Path) -> None:
    """Use a store, and go on training from it."""
    use_store(path)
    store = EmbeddingStore.open(path)
    method = "fasttext" if store.subwords is not None else "word2vec"
    with _not_about_the_file():
        embed(TEXTS, method, initial=store, epochs=1, random_state=0)


def use_vectorizer(path: Path) -> None:
    """Transform texts, and make a store."""
    vectorizer = restored(open_container(path, "vectorizer"))
    rows = vectorizer.transform(UNSEEN)
    assert np.isfinite(rows.data if sparse.issparse(rows) else rows).all()
    vectorizer.get_feature_names_out()
    list(vectorizer.vocabulary_)
    if hasattr(vectorizer, "vectors_"):
        with _not_about_the_file():
            store = vectorizer.to_store()
            store.similar(store.keys[0], k=2)
    _save_again(vectorizer, path)
    if getattr(vectorizer, "_seen", None) is not None:
        with _not_about_the_file(), suppress(LimitsError):
            columns = vectorizer.partial_fit(TEXTS).get_feature_names_out().tolist()
            assert columns == sorted(set(columns))


def use_model(path: Path) -> None:
    """Ask a classifier or a tagger for all that it says."""
    model = load_model(path)
    rows = new_rows(model)
    with _not_about_the_file(), np.errstate(all="ignore"):
        answers(model, rows if hasattr(model, "steps") else rows[:3])
    if not hasattr(model, "steps"):
        model.summary()


def _trained(method: str) -> EmbeddingStore:
    more = {"glove": {}, "word2vec": {"sample": 0}, "fasttext": {"sample": 0, "buckets": 50}}[method]
    return embed(TEXTS, method, vector_size=4, min_count=1, epochs=2, random_state=0, **more)


def _indexed(path: Path) -> None:
    store = dense_store().__copy__()
    store.build_index()
    store.save(path)


def _documents(method: str, **parameters: Any) -> Callable[[Path], None]:
    return lambda path: embed_documents([text for text in TEXTS if text], method, **parameters).save(path)


def _vectorizer(name: str) -> Target:
    small = {"vector_size": 4} if "vector_size" in KINDS[name].parameters else {}
    small |= {"buckets": 50} if name == "fasttext" else {}
    return Target(lambda path: KINDS[name].make(**small).fit(TEXTS).save(path), use_vectorizer, "vectorizer")


def _sif(path: Path) -> None:
    Word2VecVectorizer(vector_size=4, min_count=1, epochs=1, pooling="sif", random_state=0).fit(TEXTS).save(path)


def _model(name: str, kind: str = "classifier") -> Target:
    def write(path: Path) -> None:
        from textrep.classifiers import save

        save(fitted(name), path)

    return Target(write, use_model, kind)


SMALL = {"vector_size": 4, "min_count": 1, "epochs": 1, "random_state": 0}
SAVED = {
    "dense store": Target(lambda path: dense_store().save(path), use_store, "store"),
    "trained store": Target(lambda path: _trained("word2vec").save(path), continue_store, "store"),
    "sparse store": Target(
        lambda path: KINDS["tfidf"].make().fit(TEXTS).to_store().save(path), use_store, "store"
    ),
    "store with subwords": Target(lambda path: _trained("fasttext").save(path), continue_store, "store"),
    "store with context vectors": Target(lambda path: subword_store().save(path), use_store, "store"),
    "store with an index": Target(_indexed, use_store, "store"),
    "GloVe store": Target(lambda path: _trained("glove").save(path), use_store, "store"),
    "documents, TF-IDF": Target(_documents("tfidf"), use_documents, "documents"),
    "documents, counts": Target(_documents("count", ngram_range=(1, 2)), use_documents, "documents"),
    "documents, one-hot": Target(_documents("onehot"), use_documents, "documents"),
    "documents, fastText": Target(_documents("fasttext", **SMALL, buckets=50), use_documents, "documents"),
    "documents, GloVe": Target(_documents("glove", **SMALL), use_documents, "documents"),
    "documents, word2vec": Target(_documents("word2vec", **SMALL), use_documents, "documents"),
    **{f"{name} vectorizer": _vectorizer(name) for name in KINDS},
    "word2vec vectorizer, SIF": Target(_sif, use_vectorizer, "vectorizer"),
    "feedforward": _model("feedforward"),
    "several labels": _model("several labels"),
    "pipeline": _model("TF-IDF"),
    "pipeline with a store": _model("pooled vectors"),
    "recurrent": _model("LSTM"),
    "recurrent, frozen store": _model("frozen RNN"),
    "recurrent, attention": _model("GRU of a store"),
    "tagger": _model("tagger", "tagger"),
    "tagger with subwords": _model("tagger with subwords", "tagger"),
}  # fmt: skip


def command_for(kind: str, path: Path, text: Path) -> list[list[Any]]:
    """Return the commands that open a file of a kind."""
    out = path.with_name("converted.vec")
    commands: dict[str, list[list[Any]]] = {
        "store": [["similar", path, "king", "-k", 2], ["convert", path, out, "--to", "word2vec"]],
        "documents": [["similar", path, "--text", "the cat"]],
        "vectorizer": [],
        "classifier": [["classify", "predict", path, text]],
        "tagger": [["tag", "predict", path, "--text", "Ann saw Rome"]],
    }
    return [["info", path, "--verify"], ["info", path, "--json"], *commands[kind]]
