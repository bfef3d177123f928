"""Labelled data: files -> documents with their classes, and sentences with a tag for each token.

`documents` and `sequences` are the two readers; `layouts`, `conll` and `conllu` know one kind of file each, `files`
finds and opens them as `textrep.corpus` does; `checks` says what nothing can be trained on.
"""

from textrep.labelled.checks import check_classes, check_sequences
from textrep.labelled.documents import LabelledDocument, LabelledDocuments, read_labelled
from textrep.labelled.sequences import TaggedSentence, TaggedSentences, read_sequences

__all__ = [
    "LabelledDocument",
    "LabelledDocuments",
    "TaggedSentence",
    "TaggedSentences",
    "check_classes",
    "check_sequences",
    "read_labelled",
    "read_sequences",
]
