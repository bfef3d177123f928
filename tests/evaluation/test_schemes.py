"""Spans are those of conlleval, and tag schemes are told by their tags."""

from __future__ import annotations

import pytest
from conlleval import bio_tags, bioes_tags, end_of_chunk, split, start_of_chunk
from hypothesis import given
from hypothesis import strategies as st

from textrep.errors import TagSchemeError
from textrep.evaluation import SCHEMES, Span, detect_scheme, spans
from textrep.evaluation.schemes import check_tags, check_transitions


def oracle(tags: list[str]) -> list[Span]:
    found, start = [], None
    before = ("O", "")
    for i, tag in enumerate([*map(split, tags), ("O", "")]):
        if end_of_chunk(before, tag):
            found.append(Span(before[1], start, i))
        if start_of_chunk(before, tag):
            start = i
        before = tag
    return found


@given(st.lists(bio_tags, max_size=12), st.sampled_from(["IOB1", "IOB2"]))
def test_spans_are_the_chunks_of_conlleval(tags: list[str], scheme: str) -> None:
    assert spans(tags, scheme) == oracle(tags)


@given(st.lists(bioes_tags, max_size=12))
def test_spans_with_ends_are_the_chunks_of_conlleval_for_bioes(tags: list[str]) -> None:
    assert spans(tags, "BIOES") == oracle(tags)


@given(st.lists(bioes_tags, max_size=12), st.sampled_from(["BILOU", "BMES"]))
def test_schemes_that_name_the_same_otherwise_have_the_same_spans(tags: list[str], scheme: str) -> None:
    names = {meant: prefix for prefix, meant in SCHEMES[scheme].items()}
    renamed = [tag if tag == "O" else names[tag[0]] + tag[1:] for tag in tags]
    assert spans(renamed, scheme) == oracle(tags)


def bounds(spans_found: list[Span]) -> list[tuple[str, int, int]]:
    return [tuple(span) for span in spans_found]


@pytest.mark.parametrize(
    ("tags", "scheme", "wanted"),
    [
        # Tjong Kim Sang and Veenstra 1999: "In [N early trading N] in [N Hong Kong N] [N Monday N], [N gold N] ..."
        ("O I-N I-N O I-N I-N B-N O I-N", "IOB1", [("N", 1, 3), ("N", 4, 6), ("N", 6, 7), ("N", 8, 9)]),
        ("O B-N I-N O B-N I-N B-N O B-N", "IOB2", [("N", 1, 3), ("N", 4, 6), ("N", 6, 7), ("N", 8, 9)]),
        # "Rockwell said the agreement", of the script's own example
        ("B-NP B-VP B-NP I-NP", "iob2", [("NP", 0, 1), ("VP", 1, 2), ("NP", 2, 4)]),
        # no scheme allows these, conlleval reads them
        ("I-PER I-LOC O I-LOC", "BIO", [("PER", 0, 1), ("LOC", 1, 2), ("LOC", 3, 4)]),
        ("B-PER I-LOC I-PER", "BIO", [("PER", 0, 1), ("LOC", 1, 2), ("PER", 2, 3)]),
        ("B-PER E-PER B-PER E-PER", "IOBES", [("PER", 0, 2), ("PER", 2, 4)]),
        (
            "S-PER S-PER I-PER E-PER E-PER B-PER",
            "BIOES",
            [("PER", *at) for at in ((0, 1), (1, 2), (2, 4), (4, 5), (5, 6))],
        ),
        ("U-PER B-LOC I-LOC L-LOC O", "bilou", [("PER", 0, 1), ("LOC", 1, 4)]),
        ("B M E S B E", "BMES", [("", 0, 3), ("", 3, 4), ("", 4, 6)]),
        ("B I O B", "IOB2", [("", 0, 2), ("", 3, 4)]),
        ("O O", "IOB2", []),
        ("", "IOB2", []),
    ],
)
def test_spans_of_examples(tags: str, scheme: str, wanted: list[tuple[str, int, int]]) -> None:
    assert bounds(spans(tags.split(), scheme)) == wanted


@pytest.mark.parametrize(
    ("tags", "scheme", "message"),
    [
        (
            ["O", "E-PER"],
            "IOB2",
            r"^tags\[1\] is 'E-PER', no tag of the scheme IOB2: these are O and B-, I- before a type",
        ),
        (["O-PER"], "IOB2", r"^tags\[0\] is 'O-PER', no tag of the scheme"),
        (["NOUN"], "BIOES", r"^tags\[0\] is 'NOUN', .*parts of speech, scheme=None$"),
        (["O"], "IOBX", r"^scheme='IOBX' is unknown\. Known schemes: IOB1, IOB2 \(BIO\), BIOES"),
        (["O"], None, r"^scheme=None is unknown"),
    ],
)
def test_what_is_no_tag_or_no_scheme_is_refused(tags: list[str], scheme: str, message: str) -> None:
    with pytest.raises(TagSchemeError, match=message):
        spans(tags, scheme)


@pytest.mark.parametrize(
    ("tag_lists", "scheme"),
    [
        (["B-PER I-PER O", "O B-LOC"], "IOB2"),
        (["O O"], "IOB2"),
        (["I-PER I-PER B-PER O", "O"], "IOB1"),
        (["B-PER I-LOC"], "IOB1"),
        (["B-PER", "I-PER"], "IOB1"),  # a sentence begins outside
        (["B I O"], "IOB2"),
        (["O B-PER E-PER"], "BIOES"),
        (["O S-PER", "B-PER I-PER E-PER"], "BIOES"),
        (["U-PER O", "B-PER I-PER L-PER"], "BILOU"),
        (["B M E S"], "BMES"),
        (["B-X M-X E-X S-X O"], "BMES"),
        (["B E S"], "BIOES"),
        (["NOUN VERB", "ADP X"], None),
        (["NNP -LRB- NN -RRB- HYPH , PRP$ ''"], None),
        (["NNG+JKS VA+ETM SF"], None),
        (["I E"], None),
        ([], None),
    ],
)
def test_schemes_are_told_by_their_tags(tag_lists: list[str], scheme: str | None) -> None:
    assert detect_scheme([tags.split() for tags in tag_lists]) == scheme
    assert detect_scheme(tags.split() for tags in tag_lists) == scheme


@pytest.mark.parametrize(
    ("tag_lists", "message"),
    [
        (
            ["O", "B-PER X-PER"],
            r"^tags\[1\]\[1\]: the tag 'X-PER' belongs to no .* with 'O', 'B-PER'\. Known schemes: IOB1",
        ),
        (["O NOUN"], r"^tags\[0\]\[1\]: the tag 'NOUN' .* together with 'O'\..*parts of speech, scheme=None$"),
        (["b-PER O"], r"^tags\[0\]\[0\]: the tag 'b-PER' belongs to no known scheme\. Known schemes: IOB1"),
        (["N V", "N P-X"], r"^tags\[1\]\[1\]: the tag 'P-X' belongs to no known scheme\. Known"),  # not N's fault
        (["N V", "N B-X"], r"^tags\[0\]\[0\]: the tag 'N' belongs to no known scheme together with 'B-X'\."),
        (["O PER-B"], r"the tag 'PER-B'"),
        (["O B_PER"], r"the tag 'B_PER'"),
        (["B-A E-A", "L-A"], r"^tags\[1\]\[0\]: the tag 'L-A' .* with 'B-A', 'E-A'\."),
        (["I-A E-A O"], r"^tags\[0\]\[1\]: 'E-A' ends a span, but no tag begins one: IOE is no known scheme"),
    ],
)
def test_unknown_schemes_are_refused_with_the_first_tag_that_does_not_fit(tag_lists: list[str], message: str) -> None:
    with pytest.raises(TagSchemeError, match=message):
        detect_scheme([tags.split() for tags in tag_lists])


def test_tags_are_held_against_a_scheme() -> None:
    check_tags([["O", "B-X"], ["I-X"]], "bio")
    with pytest.raises(
        TagSchemeError, match=r"^tags\[1\]\[2\]: the tag is 'M-X', no tag of the scheme IOB2: these are O"
    ):
        check_tags([["O"], ["O", "B-X", "M-X"]], "bio")
    with pytest.raises(TagSchemeError, match=r"^line 3: the tag is 'S-X', no tag of the scheme BILOU"):
        check_tags([["O", "S-X"]], "BILOU", lambda sentence, token: f"line {sentence + token + 2}")
    with pytest.raises(TagSchemeError, match=r"^scheme='IOBX' is unknown"):
        check_tags([["O"]], "IOBX")


def test_the_place_of_a_tag_is_said_as_the_caller_wants_it() -> None:
    with pytest.raises(TagSchemeError, match=r"^f\.conll, line 12: the tag 'X-B'"):
        detect_scheme([["O"], ["O", "O", "X-B"]], lambda sentence, token: f"f.conll, line {10 * sentence + token}")


@pytest.mark.parametrize(
    ("tag_lists", "scheme", "message"),
    [
        (["O", "I-X I-X"], "bio", r"^tags\[1\]\[0\]: I-X cannot begin a span in IOB2; the tags look like IOB1\. Name"),
        (["O I-X"], "BIOES", r"^tags\[0\]\[1\]: I-X cannot begin a span in BIOES; the tags look like IOB1\."),
        (["B-X I-Y"], "BIOES", r"^tags\[0\]\[1\]: I-Y cannot begin a span in BIOES\. Correct the tags"),
        (
            ["O", "O B-X I-X"],
            "BILOU",
            r"^tags\[1\]\[2\]: I-X leaves its span without an end in BILOU: the sentence ends; the tags look like IOB2",
        ),
        (["B-X O"], "BIOES", r"^tags\[0\]\[0\]: B-X leaves its span without an end in BIOES: O follows; .* IOB2\."),
        (
            ["B M B E"],
            "BMES",
            r"^tags\[0\]\[1\]: M leaves its span without an end in BMES: B follows\. Correct the tags",
        ),
        (["I-X B-X", "B-X"], "iob1", r"^tags\[1\]\[0\]: B-X cannot begin a span in IOB1, but right after one of its"),
        (
            ["B-X I-X", "O I-X"],
            "IOB1",
            r"^tags\[0\]\[0\]: B-X cannot .*; tags\[1\]\[1\]: I-X cannot begin a span in IOB2\. Correct .*scheme=None$",
        ),
        (["O S-X"], "BIO", r"^tags\[0\]\[1\]: the tag is 'S-X', no tag of the scheme IOB2"),
        ([["O", 3]], "BIO", r"^tags\[0\]\[1\]: the tag is 3, no tag of the scheme IOB2"),
        (["O"], "IOBX", r"^scheme='IOBX' is unknown"),
    ],
)
def test_sequences_that_a_scheme_does_not_allow_are_refused(
    tag_lists: list[str | list[str]], scheme: str, message: str
) -> None:
    lists = [tags.split() if isinstance(tags, str) else tags for tags in tag_lists]
    with pytest.raises(TagSchemeError, match=message):
        check_transitions(lists, scheme)
    with pytest.raises(TagSchemeError, match=message):
        check_transitions(iter(lists), scheme)


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("I-X I-X B-X O I-Y I-X", "IOB1"),
        ("B-X I-X B-X B-Y O", "bio"),
        ("B-X I-X E-X S-Y O B-Y E-Y", "IOBES"),
        ("U-X B-X I-X L-X O", "BILOU"),
        ("B M E S B E", "BMES"),
        ("", "BIO"),
    ],
)
def test_sequences_that_a_scheme_allows_are_not(tags: str, scheme: str) -> None:
    check_transitions([["O"] * (scheme != "BMES"), tags.split()], scheme)


def test_the_place_of_a_sequence_is_said_as_the_caller_wants_it() -> None:
    with pytest.raises(TagSchemeError, match=r"^f\.conll, line 12: I-B cannot begin a span in IOB2"):
        check_transitions(
            [["O"], ["O", "O", "I-B"]], "BIO", lambda sentence, token: f"f.conll, line {10 * sentence + token}"
        )
