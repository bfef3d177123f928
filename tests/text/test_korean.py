"""The tokenizer "kiwi", against kiwipiepy itself; and Korean in its Unicode forms, with every tokenizer."""

import copy
import importlib.util
import json
import multiprocessing
import pickle
import re
import threading
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest

import textrep
from textrep.encoded import encode_corpus
from textrep.errors import EncodingError, MissingExtraError
from textrep.text import get_tokenizer, korean, tokenizer_from_dict
from textrep.text.korean import KiwiTokenizer
from textrep.text.tokenizers import ThreadedTokenizer, Tokenizer

CORPUS = Path(__file__).parents[2] / "corpora" / "ko_wiki.txt"
SENTENCES = [
    "아버지는 책을 읽었고 어머니가 밥을 지었습니다.",
    "서울은 대한민국의 수도이다.",
    "이 사람이 그 학교를 세웠다고 한다.",
    "3월에 K팝 가수가 코로나19로 공연을 못 했어요ㅋㅋㅋ 😭👨‍👩‍👧",
    "HTML은 웹 페이지를 만드는 언어이다 (http://www.w3.org/html).",
]
THREADS = 3  # in all tests: with another number Kiwi is loaded again, which takes seconds
VERSIONS = {"kiwipiepy_version": "0.24.1", "model_version": "0.24.0"}


@pytest.fixture(scope="module")
def kiwi():
    """kiwipiepy itself, set up as the tokenizer says."""
    return pytest.importorskip("kiwipiepy").Kiwi(num_workers=1, load_multi_dict=False)


@pytest.fixture(scope="module")
def paragraphs():
    """Real text, some of it long."""
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    return [*SENTENCES, "", " ", *sorted(filter(None, lines[:400]), key=len)[-12:], *lines[400:430]]


@pytest.fixture(scope="module")
def expected(kiwi, paragraphs):
    """The tokens of each paragraph."""
    return [forms(kiwi, text) for text in paragraphs]


def forms(kiwi, text):
    """Kiwi's morphemes of a text, less those that hold no letter and no digit."""
    morphemes = [token.form.lower() for token in kiwi.tokenize(text, compatible_jamo=True)]
    return [form for form in morphemes if re.search(r"\w", form)]


def decomposed(text):
    return unicodedata.normalize("NFD", text)


class TestWithKiwi:
    def test_tokens_are_the_morphemes_that_kiwi_finds(self, paragraphs, expected):
        tokenizer = get_tokenizer("kiwi")
        for text, tokens in zip(paragraphs, expected, strict=True):
            assert tokenizer(text) == tokens

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (SENTENCES[0], "아버지 는 책 을 읽 었 고 어머니 가 밥 을 짓 었 습니다"),
            (SENTENCES[1], "서울 은 대한민국 의 수도 이 다"),
            ("고양이가 학교를 떠난다.", "고양이 가 학교 를 떠나 ㄴ다"),
        ],
    )
    def test_particles_and_endings_are_tokens_of_their_own(self, kiwi, text, expected):
        assert get_tokenizer("kiwi")(text) == expected.split()

    def test_particles_are_the_most_frequent_tokens_of_a_corpus(self, kiwi, paragraphs):
        vocabulary, corpus = encode_corpus(paragraphs, "kiwi")
        corpus.close()
        assert {"은", "는", "이", "가", "을", "를", "의", "에"} <= set(vocabulary.to_list()[:20])

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("3월 K팝 코로나19", ["3", "월", "k", "팝", "코로나", "19"]),
            ("ABC abc", ["abc", "abc"]),
            ("ㅋㅋㅋ ㅠㅠ \uffbb\uffbb", ["ㅋㅋㅋ", "ㅠㅠ", "\uffbb\uffbb"]),  # half-width letters stay, as in NFC
            ("떠난다", ["떠나", "ㄴ다"]),
            ("좋아요👍🏽 👨‍👩‍👧 ❤️!?", ["좋", "어요"]),
            ("10,000원의 1.5%", ["10,000", "원", "의", "1.5"]),
            ("a@b.com #키위", ["a@b.com", "#키위"]),
            ("大韓 中國", ["大韓", "中國"]),
            ("...", []),
            ("", []),
            (" \t\n\u3000", []),
        ],
    )
    def test_what_is_not_plain_hangul(self, kiwi, text, expected):
        assert get_tokenizer("kiwi")(text) == expected

    def test_no_token_holds_white_space(self, kiwi):
        names = "프로젝트 구텐베르크의 알베르트 아인슈타인과 지미 웨일스"
        assert [token for token in get_tokenizer("kiwi")(names) if " " in token] == []

    def test_min_token_length_counts_characters(self, kiwi):
        tokens = get_tokenizer("kiwi")(SENTENCES[0])
        assert get_tokenizer("kiwi", 2)(SENTENCES[0]) == [token for token in tokens if len(token) >= 2]
        assert get_tokenizer("kiwi", 9)(SENTENCES[0]) == []

    @pytest.mark.parametrize("n_threads", [1, THREADS])
    def test_many_texts_in_threads_give_the_same(self, paragraphs, expected, n_threads, monkeypatch):
        monkeypatch.setattr(korean, "_BATCH", 700)  # many batches
        assert list(get_tokenizer("kiwi").tokens_of_many(iter(paragraphs), n_threads)) == expected

    def test_texts_are_read_as_they_are_needed(self, kiwi, monkeypatch):
        monkeypatch.setattr(korean, "_BATCH", 20)
        read = []
        texts = (read.append(i) or "가나다라마" for i in range(1000))
        tokens = get_tokenizer("kiwi").tokens_of_many(texts, THREADS)
        next(tokens)
        assert len(read) < 20
        tokens.close()

    @pytest.mark.parametrize("n_threads", [1, THREADS])
    def test_an_error_of_the_stream_comes_through(self, kiwi, n_threads):
        def texts():
            yield "하나"
            raise RuntimeError("the disk is gone")

        with pytest.raises(RuntimeError, match="the disk is gone"):
            list(get_tokenizer("kiwi").tokens_of_many(texts(), n_threads))

    @pytest.mark.parametrize("n_jobs", [1, THREADS])
    def test_encoding_uses_the_threads_and_gives_the_same(self, paragraphs, expected, n_jobs, monkeypatch):
        asked = []
        many = KiwiTokenizer.tokens_of_many
        monkeypatch.setattr(
            KiwiTokenizer, "tokens_of_many", lambda self, texts, n: [asked.append(n), many(self, texts, n)][1]
        )
        seen = []
        with_name = encode_corpus(paragraphs, "kiwi", n_jobs=n_jobs, on_progress=lambda *done: seen.append(done))
        with_lists = encode_corpus(expected)
        assert with_name[0].to_list() == with_lists[0].to_list()
        np.testing.assert_array_equal(with_name[0].counts, with_lists[0].counts)
        np.testing.assert_array_equal(with_name[1].ids, with_lists[1].ids)
        np.testing.assert_array_equal(with_name[1].offsets, with_lists[1].offsets)
        assert asked == [n_jobs]
        assert seen[-1] == (len(paragraphs), sum(len(text.encode()) for text in paragraphs))

    def test_a_lone_surrogate_is_refused(self, kiwi):
        tokenizer = get_tokenizer("kiwi")
        with pytest.raises(EncodingError, match=r"lone surrogate '\\ud800' at character 2, .*remove it with"):
            tokenizer("가나\ud800")
        with pytest.raises(EncodingError, match="lone surrogate"):
            list(tokenizer.tokens_of_many(["가", "\udfff"], THREADS))

    def test_threads_of_python_share_one_kiwi(self, kiwi, monkeypatch):
        monkeypatch.setattr(korean, "_loaded", {})
        made = []
        monkeypatch.setattr("kiwipiepy.Kiwi", lambda **options: made.append(options) or kiwi)
        results = [None] * 4

        def work(i):
            results[i] = [get_tokenizer("kiwi")(text) for text in SENTENCES]

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [[forms(kiwi, text) for text in SENTENCES]] * 4
        assert made == [{"num_workers": 1, "load_multi_dict": False}]

    @pytest.mark.slow
    @pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
    @pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
    def test_a_forked_process_works_with_a_kiwi_of_its_own(self, kiwi):
        tokenizer = get_tokenizer("kiwi")
        # the parent's Kiwi has threads, which a fork loses
        expected = list(tokenizer.tokens_of_many(SENTENCES, THREADS))
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply_async(_split_in_threads, (tokenizer,)).get(timeout=120) == expected

    def test_the_installed_versions_are_recorded(self, kiwi):
        saved = get_tokenizer("kiwi").to_dict()
        assert saved == {
            "name": "kiwi",
            "min_token_length": 1,
            "kiwipiepy_version": importlib.import_module("kiwipiepy").__version__,
            "model_version": importlib.import_module("kiwipiepy_model").__version__,
        }

    def test_a_store_brings_the_tokenizer_along(self, kiwi, tmp_path):
        path = tmp_path / "small.textrep"
        textrep.embed(SENTENCES * 3, tokenizer="kiwi", vector_size=8, epochs=1, min_count=1, random_state=1).save(path)
        store = textrep.EmbeddingStore.open(path)
        assert {"아버지", "는", "ㅋㅋㅋ", "html"} <= set(store.keys)
        assert store.tokenizer == get_tokenizer("kiwi")
        assert store.tokenizer(SENTENCES[0]) == forms(kiwi, SENTENCES[0])

    def test_other_versions_are_told_once_and_only_when_it_matters(self, kiwi):
        korean._check_versions.cache_clear()
        saved = {"name": "kiwi", "min_token_length": 1, "kiwipiepy_version": "0.1.2", "model_version": "0.1.0"}
        tokenizer = tokenizer_from_dict(saved)  # no warning: a store is opened for more than splitting texts
        assert tokenizer.to_dict() == saved
        installed = get_tokenizer("kiwi").to_dict()
        message = (
            rf"split by kiwipiepy 0\.1\.2 with kiwipiepy_model 0\.1\.0; installed are kiwipiepy "
            rf"{re.escape(installed['kiwipiepy_version'])} with kiwipiepy_model {re.escape(installed['model_version'])}"
            r", .*pip install kiwipiepy==0\.1\.2 kiwipiepy_model==0\.1\.0"
        )
        with pytest.warns(UserWarning, match=message) as told:
            tokenizer("가")
        assert [Path(warning.filename).name for warning in told] == [Path(__file__).name]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert tokenizer(SENTENCES[1]) == forms(kiwi, SENTENCES[1])
            get_tokenizer("kiwi")("가")


def _split_in_threads(tokenizer):
    return list(tokenizer.tokens_of_many(SENTENCES, THREADS))


def missing(monkeypatch, package):
    """Make a package look as if it were not installed."""
    korean._check_versions.cache_clear()
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == package else find(name, *rest))


@pytest.mark.parametrize("package", ["kiwipiepy", "kiwipiepy_model"])
def test_without_the_extra_it_is_named_before_any_work(monkeypatch, package):
    if package == "kiwipiepy_model":
        pytest.importorskip("kiwipiepy")
    missing(monkeypatch, package)
    message = (
        rf"^The tokenizer 'kiwi' needs {package}\. Install it with: pip install {package} \(textrep's extra 'korean'\)$"
    )
    with pytest.raises(MissingExtraError, match=message):
        get_tokenizer("kiwi")
    with pytest.raises(MissingExtraError, match=message):
        textrep.embed(iter([]), tokenizer="kiwi")


def test_without_the_extra_a_store_can_still_be_asked_for_its_keys(monkeypatch, tmp_path):
    missing(monkeypatch, "kiwipiepy")
    path = tmp_path / "small.textrep"
    saved = {"name": "kiwi", "min_token_length": 1, **VERSIONS}
    textrep.EmbeddingStore.from_vectors(["책", "을"], np.eye(2), tokenizer=saved).save(path)
    store = textrep.EmbeddingStore.open(path)
    assert [key for key, _ in store.similar("책", 1)] == ["을"]
    assert store.tokenizer.to_dict() == saved
    with pytest.raises(MissingExtraError, match=r"pip install kiwi.* \(textrep's extra 'korean'\)$"):
        store.tokenizer("책을")
    with pytest.raises(MissingExtraError, match=r"pip install kiwi.* \(textrep's extra 'korean'\)$"):
        list(store.tokenizer.tokens_of_many(["책을"], 2))


def test_it_is_a_value():
    one, same, other = (KiwiTokenizer(length, **VERSIONS) for length in (1, 1, 2))
    assert isinstance(one, Tokenizer)
    assert isinstance(one, ThreadedTokenizer)
    assert not isinstance(get_tokenizer("word"), ThreadedTokenizer)
    assert one == same != other
    assert hash(one) == hash(same)
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one
    assert get_tokenizer(one) is one
    assert tokenizer_from_dict(json.loads(json.dumps(other.to_dict()))) == other
    assert other.to_dict() == {"name": "kiwi", "min_token_length": 2, **VERSIONS}


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ({"model_version": 3}, "versions of kiwipiepy and of its model must be strings like '0.24.1', not 3"),
        ({"min_token_length": 0}, "min_token_length must be an integer of 1 or more, not 0"),
        ({"dialect": "jeju"}, "'kiwi' has settings unknown to this textrep: dialect"),
    ],
)
def test_saved_form_that_means_nothing(saved, message):
    with pytest.raises(ValueError, match=message):
        tokenizer_from_dict({"name": "kiwi", **VERSIONS, **saved})


class TestUnicodeForms:
    """Korean text as it comes: composed (NFC) or decomposed (NFD), as macOS writes names of files."""

    @pytest.mark.parametrize("name", ["word", "char", "kiwi"])
    def test_both_forms_give_the_same_tokens(self, name, paragraphs):
        if name == "kiwi":
            pytest.importorskip("kiwipiepy")
        tokenizer = get_tokenizer(name)
        for text in paragraphs:
            assert tokenizer(decomposed(text)) == tokenizer(text)
            assert all(unicodedata.is_normalized("NFC", token) for token in tokenizer(text))

    @pytest.mark.parametrize("name", ["word", "char", "kiwi"])
    def test_both_forms_give_the_same_vectors(self, name, paragraphs):
        if name == "kiwi":
            pytest.importorskip("kiwipiepy")
        texts = [text for text in paragraphs if text.strip()]
        assert all(decomposed(text) != text for text in texts)
        options = {"tokenizer": name, "vector_size": 12, "epochs": 2, "min_count": 2, "random_state": 3}
        one, other = (textrep.embed(each, **options) for each in (texts, [decomposed(text) for text in texts]))
        assert list(one.keys) == list(other.keys)
        np.testing.assert_array_equal(one.vectors, other.vectors)
        np.testing.assert_array_equal(one.counts, other.counts)

    def test_white_space_changes_nothing(self):
        text = "한국어 text"
        assert get_tokenizer("whitespace")(decomposed(text)) == [decomposed("한국어"), "text"]

    @pytest.mark.parametrize(
        ("name", "text", "expected"),
        [
            # NFC folds neither half-width nor compatibility letters: they stay different tokens
            ("word", "ㅋㅋ \uffbb\uffbb", ["ㅋㅋ", "\uffbb\uffbb"]),
            ("char", "ㅋ\uffbb", ["ㅋ", "\uffbb"]),
            ("word", "3월 K팝 코로나19", ["3월", "k팝", "코로나19"]),
            ("char", "K팝", ["k", "팝"]),
            ("whitespace", "K팝 코로나19!", ["K팝", "코로나19!"]),
            # emoji are no word characters; whitespace leaves sequences whole, char takes them apart
            ("word", "좋아요👍🏽 👨‍👩‍👧", ["좋아요"]),
            ("whitespace", "좋아요👍🏽 👨‍👩‍👧", ["좋아요👍🏽", "👨‍👩‍👧"]),
            ("char", "👨‍👩👍🏽", ["👨", "\u200d", "👩", "👍", "🏽"]),
            # old Hangul has no precomposed form
            ("word", "나랏말ᄊᆞ미 ᄒᆞᆫ글", ["나랏말ᄊᆞ미", "ᄒᆞᆫ글"]),
        ],
    )
    def test_what_else_there_is(self, name, text, expected):
        assert get_tokenizer(name)(text) == expected
        vocabulary, corpus = encode_corpus([text], name)
        corpus.close()
        assert sorted(vocabulary.to_list()) == sorted(set(expected))
