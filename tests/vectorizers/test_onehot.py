"""What only one-hot vectors have, a matrix a document; and the way back from rows to terms, which all have."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer as Peer

from textrep import CountVectorizer, OneHotVectorizer, TfidfVectorizer, read_corpus

TEXTS = ["a dog and a cat", "", "the 고양이", "a"]
DOCUMENTS = st.lists(st.lists(st.sampled_from(["a", "b", "가", "q", " ", "  "]), max_size=12).map("".join), max_size=5)


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb", str.split])
@pytest.mark.filterwarnings("ignore:The parameter 'ngram_range':UserWarning")
@settings(deadline=None)
@given(DOCUMENTS, st.integers(1, 2), st.sampled_from([np.int64, np.float32]))
def test_transform_tokens(analyzer, documents, longest, dtype):
    vectorizer = OneHotVectorizer(analyzer=analyzer, ngram_range=(1, longest), dtype=dtype).fit(["a b 가 ab", "b a"])
    analyze, columns = vectorizer.build_analyzer(), dict(vectorizer.vocabulary_)
    found = vectorizer.transform_tokens(documents)
    assert len(found) == len(documents)
    for matrix, document in zip(found, documents, strict=True):
        features = analyze(document)
        wanted = np.zeros((len(features), len(columns)))
        for i, feature in enumerate(features):
            if feature in columns:
                wanted[i, columns[feature]] = 1
        assert isinstance(matrix, sparse.csr_matrix)
        assert matrix.dtype == dtype
        np.testing.assert_array_equal(matrix.toarray(), wanted)


def test_rows_are_orthogonal_unit_vectors():
    vectorizer = OneHotVectorizer().fit(TEXTS)
    (matrix,) = vectorizer.transform_tokens([" ".join(vectorizer.vocabulary_)])
    np.testing.assert_array_equal((matrix @ matrix.T).toarray(), np.eye(len(vectorizer.vocabulary_)))
    np.testing.assert_array_equal(matrix.toarray(), np.eye(len(vectorizer.vocabulary_)))


def test_tokens_and_documents_agree():
    vectorizer = OneHotVectorizer()
    rows = vectorizer.fit_transform(TEXTS)
    for row, matrix in zip(rows.toarray(), vectorizer.transform_tokens(TEXTS), strict=True):
        np.testing.assert_array_equal(matrix.toarray().sum(axis=0) > 0, row)


def test_forms_of_documents(tmp_path):
    vectorizer = OneHotVectorizer().fit(TEXTS)
    path = tmp_path / "corpus.txt"
    path.write_text("a cat\nzz a\n", encoding="utf-8")
    wanted = [matrix.toarray().tolist() for matrix in vectorizer.transform_tokens(["a cat", "zz a"])]
    for documents in ([["a", "cat"], ("zz", "a")], iter(["a cat", "zz a"]), path, read_corpus(path)):
        assert [matrix.toarray().tolist() for matrix in vectorizer.transform_tokens(documents)] == wanted
    with pytest.raises(TypeError, match=r"documents is one str"):
        vectorizer.transform_tokens("a cat")
    with pytest.raises(ValueError, match="is not fitted yet"):
        OneHotVectorizer().transform_tokens(TEXTS)
    given = OneHotVectorizer(vocabulary=["cat"]).transform_tokens(["a cat"])
    assert given[0].toarray().tolist() == [[0], [1]]


def test_values_are_ones_whatever_the_counts():
    texts = ["a " * 300 + "b", "b b"]
    one_hot = OneHotVectorizer().fit_transform(texts)
    assert one_hot.toarray().tolist() == [[1, 1], [0, 1]]
    np.testing.assert_array_equal(one_hot.toarray(), CountVectorizer(binary=True).fit_transform(texts).toarray())


@pytest.mark.parametrize("kind", [OneHotVectorizer, CountVectorizer, TfidfVectorizer])
def test_inverse_transform(kind):
    vectorizer, peer = kind(), Peer(token_pattern=r"\w+", binary=kind is OneHotVectorizer)
    rows = vectorizer.fit_transform(TEXTS)
    wanted = [sorted(terms.tolist()) for terms in peer.fit(TEXTS).inverse_transform(peer.transform(TEXTS))]
    for form in (rows, rows.toarray(), rows.tocsc(), sparse.csr_array(rows)):
        assert [terms.tolist() for terms in vectorizer.inverse_transform(form)] == wanted
    assert vectorizer.inverse_transform(rows[:0]) == []
    assert [terms.tolist() for terms in vectorizer.inverse_transform(rows[1])] == [[]]


@pytest.mark.parametrize("kind", [OneHotVectorizer, CountVectorizer, TfidfVectorizer])
def test_inverse_transform_changes_nothing(kind):
    vectorizer = kind().fit(TEXTS)
    rows = sparse.csr_matrix(([0.0, 1.0, 1.0], [3, 2, 0], [0, 3]), shape=(1, len(vectorizer.vocabulary_)))
    assert [terms.tolist() for terms in vectorizer.inverse_transform(rows)] == [["a", "cat"]]
    assert rows.indices.tolist() == [3, 2, 0], "neither sorted nor rid of zeros: it is the caller's"
    assert rows.nnz == 3
