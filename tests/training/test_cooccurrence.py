"""Counts of pairs as a whole: any vocabulary, any part of memory, any number of threads, and no file left."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from textrep.encoded import EncodedCorpus
from textrep.spool import TemporaryFileError
from textrep.training import cooccurrence
from textrep.training.cooccurrence import count_cooccurrences


def a_corpus(n_words, n_tokens, seed=0):
    """Return documents of Zipf's words, some of them empty, and what is counted in them by hand."""
    random = np.random.default_rng(seed)
    ids = random.zipf(1.4, n_tokens) % n_words
    ends = np.sort(random.integers(0, n_tokens + 1, n_tokens // 20))
    return ids, np.concatenate([[0], ends, [n_tokens]])


def by_hand(ids, offsets, n_words, window, symmetric):
    counts = np.zeros((n_words, n_words))
    for begin, end in itertools.pairwise(offsets):
        for i in range(begin, end):
            for j in range(max(begin, i - window), i):
                counts[ids[i], ids[j]] += 1 / (i - j)
                if symmetric:
                    counts[ids[j], ids[i]] += 1 / (i - j)
    return counts


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(("n_words", "n_tokens", "window"), [(3, 50, 2), (700, 9000, 4), (3000, 20000, 10)])
@pytest.mark.parametrize("memory_limit", [1 << 30, 40_000])
def test_counts_are_those_of_a_plain_count(n_words, n_tokens, window, symmetric, memory_limit):
    ids, offsets = a_corpus(n_words, n_tokens)
    with (
        EncodedCorpus.from_arrays(ids, offsets) as corpus,
        count_cooccurrences(corpus, n_words, window, symmetric=symmetric, memory_limit=memory_limit, n_jobs=2) as found,
    ):
        expected = by_hand(ids, offsets, n_words, window, symmetric)
        assert found.n_pairs == np.count_nonzero(expected)
        assert found.in_file == (8 * found.n_pairs > memory_limit // 2)
        np.testing.assert_allclose(found.to_csr().toarray(), expected, rtol=1e-6)


def test_blocks_have_words_of_all_frequencies_and_no_word_twice():
    ids, offsets = a_corpus(3000, 20000)
    with EncodedCorpus.from_arrays(ids, offsets) as corpus, count_cooccurrences(corpus, 3000) as found:
        assert found.n_blocks == 32
        blocks, places = np.divmod(found.numbers, found.block_size)
        assert len(set(found.numbers.tolist())) == 3000
        assert np.bincount(blocks).tolist() == [94] * 24 + [93] * 8
        assert (places == np.arange(3000) // 32).all()


def test_threads_change_nothing():
    ids, offsets = a_corpus(3000, 20000)
    found = []
    for n_jobs in (1, 4):
        with (
            EncodedCorpus.from_arrays(ids, offsets) as corpus,
            count_cooccurrences(corpus, 3000, n_jobs=n_jobs, memory_limit=100_000, seed=3) as counts,
        ):
            blocks = [counts.block(i, j) for i in range(counts.n_blocks) for j in range(counts.n_blocks)]
            found.append([array.tobytes() for block in blocks for array in block])
    assert found[0] == found[1]


def test_progress_rises_to_the_end():
    ids, offsets = a_corpus(700, 9000)
    shares: list[float] = []
    with EncodedCorpus.from_arrays(ids, offsets) as corpus:
        count_cooccurrences(corpus, 700, memory_limit=40_000, on_progress=shares.append).close()
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert len(set(shares)) == len(shares)


@pytest.mark.parametrize("after", [0, 3, 20])
def test_nothing_stays_open_after_an_interruption(monkeypatch, after):
    """Ctrl-C while rows are counted, added up or cut into blocks."""
    made = []

    class Watched(cooccurrence.Spool):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(self)

    def interrupt(_):
        nonlocal after
        after -= 1
        if after < 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(cooccurrence, "Spool", Watched)
    ids, offsets = a_corpus(700, 9000)
    with EncodedCorpus.from_arrays(ids, offsets) as corpus, pytest.raises(KeyboardInterrupt):
        count_cooccurrences(corpus, 700, memory_limit=40_000, on_progress=interrupt)
    assert len(made) >= 4
    assert all(spool.closed for spool in made)


def test_a_full_disk_is_told_with_what_it_was_for(monkeypatch):
    def full(self, start, items):
        with self._at(start):
            raise OSError(28, "No space left on device")

    ids, offsets = a_corpus(700, 9000)
    with EncodedCorpus.from_arrays(ids, offsets) as corpus:
        monkeypatch.setattr(cooccurrence.Spool, "write", full)
        with pytest.raises(TemporaryFileError, match=r"counts of pairs.*No space left.*eight bytes for .*TMPDIR"):
            count_cooccurrences(corpus, 700, memory_limit=40_000)
