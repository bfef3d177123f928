"""Parts of a file of the one format, and what was never written to one: a container all the same."""

from __future__ import annotations

import numpy as np
import pytest
from bad_files import header_of

from textrep import FormatError
from textrep.container import Container, open_container, write_container


def test_verify_can_skip_tensors(tmp_path):
    path = tmp_path / "x.textrep"
    write_container(path, kind="k", header={}, tensors={"vectors": np.ones((5, 3)), "counts": np.arange(5)})
    size, outer = header_of(path)
    data = bytearray(path.read_bytes())
    data[8 + size + outer["vectors"]["data_offsets"][0]] ^= 1
    path.write_bytes(data)
    opened = open_container(path)
    opened.verify(skipped=["vectors"])
    for skipped in ((), ("counts",), ("vector",)):
        with pytest.raises(FormatError, match=r"checksums differ for vectors \(bytes"):
            opened.verify(skipped)


@pytest.fixture
def nested(tmp_path):
    """Return a file with a part that has a part."""
    path = tmp_path / "nested.textrep"
    inner = {"n": 2, "deep": {"n": 3}}
    tensors = {"a": np.arange(3), "part.a": np.arange(4), "part.deep.a": np.arange(5), "part.deep.b": np.zeros(0)}
    write_container(path, kind="k", header={"n": 1, "part": inner}, tensors=tensors)
    return path


def test_a_section_is_a_file_in_small(nested):
    part = open_container(nested).section("part")
    assert part.header == {"n": 2, "deep": {"n": 3}}
    assert list(part.tensors) == ["a", "deep.a", "deep.b"]
    assert part.tensor("a", np.int64, (4,)).tolist() == [0, 1, 2, 3]
    deep = part.section("deep")
    assert deep.header == {"n": 3}
    assert {name: len(tensor) for name, tensor in deep.tensors.items()} == {"a": 5, "b": 0}
    assert deep.start_of("a") == open_container(nested).start_of("part.deep.a")
    for section in (part, deep):
        section.verify()


@pytest.mark.parametrize("header", [{}, {"part": None}, {"part": [1]}, {"part": "a"}])
def test_a_section_that_is_not_there(tmp_path, header):
    path = tmp_path / "x.textrep"
    write_container(path, kind="k", header=header, tensors={"part.a": np.zeros(1)})
    with pytest.raises(FormatError, match=r"x\.textrep is damaged .* at byte 8: its header has no part 'part'"):
        open_container(path).section("part")


def test_a_section_names_the_places_of_the_file(nested):
    place = open_container(nested).start_of("part.deep.a")
    deep = open_container(nested).section("part").section("deep")
    with pytest.raises(FormatError, match=rf"nested\.textrep .* at byte {place:,}: its tensor 'a' is int64 \[5\], not"):
        deep.tensor("a", np.int64, (4,))
    with pytest.raises(FormatError, match=r"nested\.textrep .* at byte 8: it has no tensor 'c'"):
        deep.tensor("c", np.int64, (4,))
    assert f" at byte {place + 3:,}: rotten; copy it again" in str(deep.damaged("rotten", "a", 3))


def test_a_section_is_verified_by_itself(nested):
    data = bytearray(nested.read_bytes())
    whole = open_container(nested)
    data[whole.start_of("part.deep.a")] ^= 1
    nested.write_bytes(data)
    opened = open_container(nested)
    with pytest.raises(FormatError, match=r"checksums differ for deep\.a "):
        opened.section("part").verify()
    with pytest.raises(FormatError, match=r"checksums differ for a \(bytes"):
        opened.section("part").section("deep").verify()
    with pytest.raises(FormatError, match=r"checksums differ for part\.deep\.a "):
        opened.verify()


def test_in_memory_is_what_a_file_would_hold(nested):
    file = open_container(nested)
    memory = Container.in_memory("k", file.header, dict(file.tensors), "this thing")
    assert (memory.kind, memory.header) == (file.kind, file.header)
    memory.verify()
    section = memory.section("part").section("deep")
    section.verify()
    np.testing.assert_array_equal(section.tensor("a", np.int64, (5,)), np.arange(5))
    with pytest.raises(FormatError, match=r"^this thing is damaged or was altered at byte 0: its tensor 'a' is int64"):
        section.tensor("a", np.int32, (5,))
    with pytest.raises(FormatError, match=r"^this thing is damaged .* it has no tensor 'zz'"):
        section.tensor("zz", np.int32, (5,))
