"""The one file format: what is written is what is read, and nothing else is taken for it."""

from __future__ import annotations

import json
import os
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from bad_files import header_of, place_in, rewrite
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from textrep import FormatError, StoreExistsError, TextrepError
from textrep.container import TensorStream, open_container, to_json, write_container
from textrep.errors import StoreNotFoundError

TENSORS = {
    "vectors": np.arange(15, dtype=np.float32).reshape(5, 3) / 7,
    "empty": np.zeros((0, 4), np.int32),
    "bytes": np.frombuffer("열쇠와 keys".encode(), np.uint8),
    "scalar": np.array(2.5),
    "counts": np.arange(5, dtype=np.int64)[::-1],
}
HEADER = {"note": "머리말", "sizes": [1, 2], "nested": {"a": None, "b": 0.1}}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "x.textrep"
    write_container(path, kind="store", header=HEADER, tensors=TENSORS)
    return path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


# ------------------------------------------------------------------------------------------------- round trip


def test_round_trip(path):
    opened = open_container(path, "store")
    assert opened.header == HEADER
    assert opened.kind == "store"
    assert list(opened.tensors) == list(TENSORS)
    for name, array in TENSORS.items():
        np.testing.assert_array_equal(opened.tensors[name], array)
        assert opened.tensors[name].dtype == array.dtype
        assert not opened.tensors[name].flags.writeable
    opened.verify()


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5).filter(lambda name: not name.startswith("_")),
        hnp.arrays(
            st.sampled_from([np.uint8, np.int32, np.int64, np.float16, np.float32, np.float64, np.bool_, ">i4"]),
            hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6),
        ),
        max_size=6,
    )
)
def test_any_tensors_are_what_safetensors_reads(tmp_path_factory, tensors):
    path = tmp_path_factory.mktemp("any") / "x.textrep"
    write_container(path, kind="k", header={}, tensors=tensors)
    read = load_file(path)
    opened = open_container(path).tensors
    assert set(opened) == set(tensors)
    for name, array in tensors.items():
        for found in (read[name], opened[name]):
            np.testing.assert_array_equal(found, array)
            assert found.shape == array.shape
            assert found.dtype == array.dtype.newbyteorder("<")


def test_the_safetensors_library_reads_every_tensor_and_the_header(path):
    with safe_open(path, "numpy") as file:
        names = {name for name in file.keys() if not name.startswith("_pad")}  # noqa: SIM118
        assert names == set(TENSORS)
        for name, array in TENSORS.items():
            np.testing.assert_array_equal(file.get_tensor(name), array)
        header = json.loads(file.metadata()["textrep"])
    assert header["format_version"] == 1
    assert header["kind"] == "store"
    assert header["nested"] == HEADER["nested"]


def test_tensors_are_aligned_in_the_file_and_in_memory(path):
    size, outer = header_of(path)
    for name, array in open_container(path).tensors.items():
        if array.size:
            assert (8 + size + outer[name]["data_offsets"][0]) % 64 == 0
            assert array.ctypes.data % 64 == 0


def test_opening_reads_the_header_only(tmp_path):
    path = tmp_path / "sparse.textrep"
    write_container(path, kind="k", header={}, tensors={"a": np.zeros(8, np.uint8), "b": np.ones(1 << 16)})
    size, _ = header_of(path)
    with path.open("r+b") as file:  # destroy all data: opening must not notice, verifying must
        file.seek(8 + size)
        file.write(os.urandom(path.stat().st_size - 8 - size))
    opened = open_container(path)
    start = 8 + size
    wanted = (
        rf"a \(bytes {start} to {start + 7}\), _pad1 \(bytes {start + 8} to {start + 63}\), b \(bytes {start + 64} "
    )
    with pytest.raises(FormatError, match=rf"sparse\.textrep is damaged .* checksums differ for {wanted}"):
        opened.verify()


def test_a_stream_of_chunks_is_written_as_the_whole_would_be(tmp_path):
    rows = np.random.default_rng(0).standard_normal((1000, 7))
    stream = TensorStream((1000, 7), np.float64, iter([rows[:1], rows[1:1], rows[1:700], rows[700:]]))
    write_container(tmp_path / "a", kind="k", header={}, tensors={"v": stream, "w": rows[::2]})
    write_container(tmp_path / "b", kind="k", header={}, tensors={"v": rows, "w": rows[::2].copy()})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([np.zeros((3, 2), np.float32)], "announced with 4 rows, but 3 came"),
        ([np.zeros((5, 2), np.float32)], "announced with 4 rows, but 5 came"),
        ([np.zeros((4, 3), np.float32)], r"float32 \[4, 3\]; rows of float32 \[4, 2\]"),
        ([np.zeros((4, 2))], r"float64 \[4, 2\]; rows of float32 \[4, 2\]"),
    ],
)
def test_a_stream_that_breaks_its_promise_leaves_nothing(tmp_path, chunks, message):
    with pytest.raises(ValueError, match=message):
        write_container(tmp_path / "x", kind="k", header={}, tensors={"v": TensorStream((4, 2), np.float32, chunks)})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"header": {"kind": "x"}}, ValueError, "'kind' is the container's own"),
        ({"tensors": {"_pad9": np.zeros(1)}}, ValueError, "cannot be called '_pad9'"),
        ({"tensors": {"c": np.zeros(1, complex)}}, TypeError, "'c' cannot be saved as complex128; known types"),
        ({"header": {"x": float("nan")}}, ValueError, "cannot be kept as JSON"),
        ({"header": {"x": {1, 2}}}, TypeError, r"cannot hold \{1, 2\} of type set"),
    ],
)
def test_what_cannot_be_saved_is_refused_before_anything_is_written(tmp_path, arguments, error, message):
    with pytest.raises(error, match=message):
        write_container(tmp_path / "x", **{"kind": "k", "header": {}, "tensors": {}, **arguments})
    assert not list(tmp_path.iterdir())


def test_to_json_takes_numpy_numbers_and_paths():
    value = {"a": np.int32(3), "b": np.float32(0.5), "c": np.arange(2), "d": Path("x/y"), "e": np.True_}
    assert json.loads(to_json(value)) == {"a": 3, "b": 0.5, "c": [0, 1], "d": str(Path("x/y")), "e": True}


# ------------------------------------------------------------------------------- truncated, altered, foreign files


def test_every_flipped_bit_of_the_header_is_noticed_on_opening(path, tmp_path):
    data = bytearray(path.read_bytes())
    size, _ = header_of(path)
    bad = tmp_path / "bad.textrep"
    for i in range(8 + size):
        bit = 1 << i % 8
        data[i] ^= bit
        bad.write_bytes(data)
        with pytest.raises(FormatError, match=place_in(bad)):
            open_container(bad)
        data[i] ^= bit


def test_every_flipped_bit_of_the_data_is_noticed_by_verify(path, tmp_path):
    data = bytearray(path.read_bytes())
    size, _ = header_of(path)
    bad = tmp_path / "bad.textrep"
    for i in range(8 + size, len(data)):
        data[i] ^= 1 << i % 8
        bad.write_bytes(data)
        opened = open_container(bad)
        with pytest.raises(
            FormatError, match=r"bad\.textrep is damaged or was altered at byte ([\d,]+): .*ytes \1 to "
        ) as raised:
            opened.verify()
        first, last = map(
            int, re.search(r"ytes (\d+) to (\d+)\); copy it again", str(raised.value).replace(",", "")).groups()
        )
        assert first <= i <= last
        data[i] ^= 1 << i % 8


def test_every_truncation_is_noticed_on_opening(path, tmp_path):
    data = path.read_bytes()
    bad = tmp_path / "bad.textrep"
    for length in range(len(data)):
        bad.write_bytes(data[:length])
        with pytest.raises(FormatError, match=place_in(bad)):
            open_container(bad)


def test_a_longer_file_is_refused(path):
    with path.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(FormatError, match=r"it has [\d,]+ bytes, but its header describes"):
        open_container(path)


FOREIGN = {
    "empty": (b"", "too short to be a safetensors file"),
    "text": (b"the quick brown fox jumps over the lazy dog\n" * 9, "does not begin as a safetensors file"),
    "zeros": (bytes(100), "header is not JSON"),
    "absurdly large header": (b"\xff" * 8 + b"{}", "does not begin as a safetensors file"),
    "larger header than file": (struct.pack("<Q", 10_000) + b"{}" * 50, "10,000 bytes, the file has 108"),
    "a JSON list": (struct.pack("<Q", 2) + b"[]", "not a JSON object"),
    "no metadata": (struct.pack("<Q", 2) + b"{}", r"at byte 8 it has .* without textrep's header"),
    "not UTF-8": (struct.pack("<Q", 4) + b'{"\xff}', "at byte 10 its header is not JSON"),
    "not JSON": (struct.pack("<Q", 10) + '{"가": 1,}'.encode()[:10], "at byte 18 its header is not JSON"),
    "deep": (struct.pack("<Q", 100_000) + b"[" * 100_000, "header is not JSON"),
    "pickle": (b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07textrep\x94.", "not begin as a safetensors"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_refused(tmp_path, name):
    data, message = FOREIGN[name]
    path = tmp_path / "foreign"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=message) as raised:
        open_container(path)
    assert re.search(place_in(path), str(raised.value))


def test_other_safetensors_files_are_refused(tmp_path):
    save_file({"a": np.zeros(3)}, tmp_path / "plain.safetensors")
    with pytest.raises(FormatError, match="at byte 8 it has the header of a safetensors file, without textrep's"):
        open_container(tmp_path / "plain.safetensors")
    save_file({"a": np.zeros(3)}, tmp_path / "meta.safetensors", metadata={"textrep": "[1"})
    with pytest.raises(FormatError, match="textrep's header is not JSON"):
        open_container(tmp_path / "meta.safetensors")
    save_file({"a": np.zeros(3)}, tmp_path / "meta.safetensors", metadata={"textrep": "{}"})
    with pytest.raises(FormatError, match="header has no checksum"):
        open_container(tmp_path / "meta.safetensors")


def test_an_unknown_version_is_named(path):
    rewrite(path, change_inner=lambda inner: inner.update(format_version=99))
    with pytest.raises(
        FormatError, match=r"at byte 8, format version 99, which textrep [\d.]+ does not know .*version 1"
    ):
        open_container(path)


def test_another_kind_is_named(tmp_path):
    write_container(tmp_path / "c", kind="classifier", header={}, tensors={})
    assert open_container(tmp_path / "c").kind == "classifier"
    with pytest.raises(FormatError, match=r"c is a classifier, not a store \(its header, at byte 8, says so\)$"):
        open_container(tmp_path / "c", "store")
    write_container(tmp_path / "e", kind="estimator", header={}, tensors={})
    with pytest.raises(FormatError, match=r"e is an estimator, not a store \("):
        open_container(tmp_path / "e", "store")


def entry(**changes):
    return lambda outer: outer["vectors"].update(changes)


FORGED = {
    "a hole": (entry(data_offsets=[4, 64]), "begins at byte"),
    "overlap": (lambda outer: outer["counts"].update(data_offsets=[0, 40]), "begins at byte"),
    "offsets backwards": (entry(data_offsets=[60, 0]), "no valid offsets"),
    "offsets of text": (entry(data_offsets="ab"), "no valid offsets"),
    "no offsets": (lambda outer: outer["vectors"].pop("data_offsets"), "no valid offsets"),
    "offsets of true": (entry(data_offsets=[False, True]), "no valid offsets"),
    "no object": (lambda outer: outer.update(vectors=[1, 2]), "no valid offsets"),
    "huge offsets": (lambda outer: outer["counts"].update(data_offsets=[256, 1 << 80]), "begins at|describes"),
    "unknown type": (entry(dtype="BF17"), "unknown type 'BF17'"),
    "no type": (entry(dtype=None), "unknown type None"),
    "wrong shape": (entry(shape=[5, 4]), r"F32 \[5, 4\], but has 60 bytes"),
    "negative shape": (entry(shape=[-5, -3]), "no valid shape"),
    "shape of text": (entry(shape="53"), "no valid shape"),
    "absurd empty shape": (lambda outer: outer["empty"].update(shape=[0, 1 << 39, 1 << 39]), "no valid shape"),
    "missing tensor": (lambda outer: outer.update(vexed=outer.pop("vectors")), "checksums of: 'vectors', 'vexed'"),
    "large padding": (lambda outer: outer.update(_pad7=outer.pop("vectors")), "padding|checksums of"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_headers_are_refused(path, name):
    change, message = FORGED[name]
    rewrite(path, change_outer=change)
    with pytest.raises(FormatError, match=rf"x\.textrep is damaged or was altered at byte [\d,]+: .*({message})"):
        open_container(path)


@pytest.mark.parametrize("key", ["kind", "crc32", "format_version", "textrep_version"])
def test_incomplete_headers_are_refused(path, key):
    rewrite(path, change_inner=lambda inner: inner.pop(key))
    with pytest.raises(FormatError, match="textrep's header is incomplete"):
        open_container(path)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_change_leads_to_anything_but_a_format_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "mutated.textrep"
    if path.exists():
        path.unlink()
    write_container(path, kind="store", header=HEADER, tensors=TENSORS)
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw) - 1))
        stop = data.draw(st.integers(start, min(len(raw), start + 40)))
        raw[start:stop] = data.draw(st.binary(max_size=40))
    original = path.read_bytes()
    path.write_bytes(raw)
    if bytes(raw) == original:
        open_container(path).verify()
        return
    with pytest.raises(FormatError, match=place_in(path)):
        open_container(path).verify()


def test_missing_files_and_folders_have_their_own_errors(tmp_path):
    with pytest.raises(StoreNotFoundError, match=r"there is no file .*absent\.textrep"):
        open_container(tmp_path / "absent.textrep")
    with pytest.raises(FileNotFoundError):
        open_container(tmp_path / "no" / "folder")
    with pytest.raises(FormatError, match="is a folder, not a file that textrep saved"):
        open_container(tmp_path)
    with pytest.raises(StoreNotFoundError, match=r"x cannot be saved: there is no folder .*no"):
        write_container(tmp_path / "no" / "x", kind="k", header={}, tensors={})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FormatError, match="is no regular file"):
        open_container(tmp_path / "pipe")
    with pytest.raises(StoreExistsError, match="is no regular file"):
        write_container(tmp_path / "pipe", kind="k", header={}, tensors={})


def test_every_error_is_a_textrep_error():
    assert issubclass(StoreNotFoundError, TextrepError)
    assert issubclass(StoreNotFoundError, FileNotFoundError)
