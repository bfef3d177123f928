"""Hypothesis: files of text that are spliced of good lines and of what no good file holds."""

from __future__ import annotations

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from judging import Case, Judge
from text_targets import TEXT

__all__ = ["judge_spliced", "spliced"]

_LONGEST = 1 << 20  # bytes of a line that is repeated; without a bound, repetitions of repetitions take gigabytes

ENDS = [b"\n", b"\n", b"\r\n", b"\r", b"", b"\n\n", b"\v", "\u2028".encode(), "\x85".encode(), b"\n\0\n"]
ODD = [
    b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xed\xa0\x80", b"\xf0\x9f", b'"', b'""', b"'", b"\\",
    b"\\u0000",
    b'"\\ud800"', b"\t", b"\t" * 40, b" ", b"  ", "\u3000".encode(), "\u00a0".encode(), b",", b";", b":", b"#",
    b"__label__",
    b"__label__ ", b"nan", b"inf", b"-inf", b"1e999", b"-0", b"1e-999", b"1_0", b"0x10", "٣".encode(), "１".encode(),
    b"9" * 25, b"9" * 5000, b"-1", b"0.", b"1.5", b"{", b"}", b"[" * 3000, b'{"text": {"text": 1}}', b"null", b"true",
    b'{"text": 1}', b'{"text": "a", "text": "b"}', b'{"label": []}', b"1-2", b"1.1", b"2-1", b"0", b"-DOCSTART-",
    b"x" * 70_000, "가".encode() * 30_000, b"3 2", b"1000000000000 300", b"2 1000000000000", b"4 2 2 2 4 1 < >",
    b"# sent_id = 1", b"B-", b"-X", b"I-PER", b"\x1a", b"\x1b[31m", "e\u0301".encode(), "\u202e".encode(),
]  # fmt: skip
LINES = sorted({line for target in TEXT.values() for line in target.content.splitlines(keepends=True)})


@st.composite
def spliced(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw a file: lines of a good one, spliced with those of other formats, with odd things in them."""
    own = content.splitlines(keepends=True)
    parts: list[bytes] = draw(st.lists(st.sampled_from(own), max_size=4)) if draw(st.booleans()) else list(own)
    for _ in range(draw(st.integers(1, 4))):
        what = draw(st.sampled_from(["insert", "line", "cut", "end", "repeat", "remove", "bytes"]))
        at = draw(st.integers(0, max(0, len(parts) - 1)))
        line = parts[at] if parts else b""
        place = draw(st.integers(0, len(line)))
        if what == "insert":
            line = line[:place] + draw(st.sampled_from(ODD)) + line[place:]
        elif what == "line":
            line += draw(st.sampled_from(LINES)) if draw(st.booleans()) else draw(st.sampled_from(ODD)) + b"\n"
        elif what == "cut":
            line = line[:place] + draw(st.sampled_from(LINES))[draw(st.integers(0, 9)) :]
        elif what == "end":
            line = line.rstrip(b"\r\n") + draw(st.sampled_from(ENDS))
        elif what == "repeat":
            line *= min(draw(st.sampled_from([2, 3, 200])), max(1, _LONGEST // max(1, len(line))))
        elif what == "remove":
            line = b""
        else:
            line = line[:place] + draw(st.binary(max_size=6)) + line[place:]
        parts[at : at + 1] = [line]
    return b"".join(parts)


def judge_spliced(judge: Judge, content: bytes, n: int) -> None:
    """Judge `n` files, the same each time: spliced of a good one's lines, or noise; a finding shows its smallest."""

    @seed(0)
    @settings(max_examples=n, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(changed=spliced(content) | st.binary(max_size=30))
    def judge_each(changed: bytes) -> None:
        judge.judge(Case(repr(changed[:200]), changed))
        judge.check()

    judge_each()
