"""Documents that Python rewrites come out the same whole or in pieces."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from textrep.corpus.block import TextBlock
from textrep.text import rewriting
from textrep.text.tokenizers import WordTokenizer

# What looks at its neighbours: combining marks, jamo that compose, sigma, whose lower case depends on the word's end,
# and what is skipped when that end is looked for.
ODD = "aZ \n\u0301\u0307\u0327\u1100\u1161\u11a8\uac00\u03a3\u0130I\u0345.'\u00ad\u2126\u1e9b\t\u3000"


@pytest.mark.parametrize(
    "tokenizer", [WordTokenizer(), WordTokenizer(normalization=None), WordTokenizer(lowercase=False)]
)
@given(documents=st.lists(st.text(ODD, max_size=30), max_size=5), size=st.integers(1, 8))
@example(documents=["\u03a3\u0301 \u03a3", "a\u03a3 \u0301b"], size=1)
def test_pieces_are_the_whole(tokenizer: WordTokenizer, documents: list[str], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewriting, "_PIECE_SIZE", size)
        block = rewriting.rewritten(tokenizer, TextBlock.from_documents(documents), range(len(documents)))
    assert block.documents() == [tokenizer.prepare(document) for document in documents]
    assert block.data[-8:].tolist() == [0] * 8


def test_only_the_documents_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "_PIECE_SIZE", 4)
    block = TextBlock.from_documents(["ONE", "TWO and THREE", "\u0130"])
    rewritten = rewriting.rewritten(WordTokenizer(), block, [2, 1])
    assert rewritten.documents() == ["i\u0307", "two and three"]
    assert rewritten.starts.tolist() == [0, 3]
    assert len(list(rewriting._pieces(memoryview(block.data), 3, 16))) == 2
