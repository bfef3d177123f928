"""Labelled data: files -> documents with their classes, and sentences with a tag for each token.

`documents` and `sequences` are the two readers; `layouts`, `conll` and `conllu` know one kind of file each, `files`
finds and opens them as `textrep.corpus` does; `checks` says what nothing can be trained on. `unlabelled` and `untagged`
read what is to be predicted of: texts and sentences alone, a result for each.
"""

from textrep.labelled.checks import check_classes, check_no_texts, check_sequences
from textrep.labelled.documents import LabelledDocument, LabelledDocuments, read_labelled
from textrep.labelled.sequences import TaggedSentence, TaggedSentences, read_sequences
from textrep.labelled.unlabelled import batches_of_texts
from textrep.labelled.untagged import batches_of_sentences, splitter

__all__ = [
    "LabelledDocument",
    "LabelledDocuments",
    "TaggedSentence",
    "TaggedSentences",
    "batches_of_sentences",
    "batches_of_texts",
    "check_classes",
    "check_no_texts",
    "check_sequences",
    "read_labelled",
    "read_sequences",
    "splitter",
]
