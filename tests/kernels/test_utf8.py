"""UTF-16 to UTF-8, compiled and interpreted, against Python's own encoders."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.kernels.utf8 import utf8_of_texts

TEXTS = st.lists(st.text(st.sampled_from("ab \0\x7f\x80é߿ࠀ가￿\U00010000\U0010ffff"), max_size=12), max_size=8)


@pytest.mark.parametrize("function", [utf8_of_texts, utf8_of_texts.py_func], ids=["compiled", "interpreted"])
@settings(deadline=None)
@given(TEXTS)
def test_as_python_encodes(function, texts):
    units = np.frombuffer("".join(texts).encode("utf-16-le") + b"A\0" * 4, np.uint8)
    data, ends = np.zeros(units.size // 2 * 3, np.uint8), np.zeros(len(texts), np.int64)
    n = function(units, np.array([len(text) for text in texts], np.int64), data, ends)
    encoded = [text.encode() for text in texts]
    assert data[:n].tobytes() == b"".join(encoded)
    assert ends.tolist() == np.cumsum([len(e) for e in encoded]).tolist()


def test_every_code_point():
    text = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
    units = np.frombuffer(text.encode("utf-16-le") + bytes(8), np.uint8)
    data = np.zeros(units.size // 2 * 3, np.uint8)
    n = utf8_of_texts(units, np.array([len(text)]), data, np.zeros(1, np.int64))
    assert data[:n].tobytes() == text.encode()
