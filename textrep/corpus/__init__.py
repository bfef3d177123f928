"""Files -> documents: text, records and Parquet, compressed or not, as strings or as blocks of UTF-8 bytes.

`corpus` puts the pieces together: `sources` finds the files, `compression` and `decoding` make valid UTF-8 of
their bytes, `sniffing` refuses what is no text, `lines`, `records` and `parquet` find the documents, `block`
holds them.
"""

from textrep.corpus.block import BLOCK_SIZE, TextBlock, blocks_of
from textrep.corpus.corpus import Corpus, read_corpus
from textrep.corpus.lines import is_blank
from textrep.corpus.sources import find_sources, incoming

__all__ = [
    "BLOCK_SIZE",
    "Corpus",
    "TextBlock",
    "blocks_of",
    "find_sources",
    "incoming",
    "is_blank",
    "read_corpus",
]
