"""STL from outside: what is read, and how everything else is refused."""

from __future__ import annotations

import hashlib
import io
import struct

import numpy as np
import pytest
import stl as numpy_stl
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.errors import DocumentError
from mdps_plugin.models import stl
from mdps_plugin.models.mesh import Mesh
from mdps_plugin.models.stl import encode_binary_stl, read_stl, write_binary_stl

from .shapes import box, text_stl

BINARY = encode_binary_stl(box())
TEXT = text_stl(box())


@pytest.mark.parametrize("data", [BINARY, TEXT, TEXT.upper(), TEXT.replace(b"\n", b"\r\n")])
def test_a_box_is_read_from_either_form(data):
    mesh = read_stl(data, "model.stl")
    assert np.array_equal(mesh.triangles, box())
    assert mesh.volume_mm3() == pytest.approx(1000)
    assert mesh.digest == hashlib.sha256(data).hexdigest()
    assert [list(corner) for corner in mesh.bounds()] == [[0, 0, 0], [20, 10, 5]]


def test_binary_that_starts_like_text_is_binary():
    data = b"solid by some scanner".ljust(80, b" ") + BINARY[80:]
    assert len(read_stl(data, "model.stl").triangles) == 12


def test_text_in_a_file_of_just_the_length_of_a_binary_one_is_not_mixed_up():
    # Bytes 80 to 83 of text are letters, so that a binary of that count would be over 1.6 GB.
    assert len(read_stl(TEXT.ljust(2000, b"\n"), "model.stl").triangles) == 12


def _with_count(count: int) -> bytes:
    return BINARY[:80] + struct.pack("<I", count) + BINARY[84:]


def _with_number(value: float) -> bytes:
    triangles = box()
    triangles[3, 1, 2] = value
    return encode_binary_stl(triangles)


HOSTILE = {
    "empty": (b"", "0 bytes"),
    "short": (b"abc", "3 bytes"),
    "header only": (b"\0" * 80, "80 bytes"),
    "no triangles": (BINARY[:80] + struct.pack("<I", 0), "0 triangles"),
    "claims 2 GB": (_with_count(42_949_672), "42949672 triangles in 684 bytes"),
    "claims the most": (_with_count(2**32 - 1), "4294967295 triangles in 684 bytes"),
    "truncated": (BINARY[:-1], "12 triangles in 683 bytes"),
    "one byte more": (BINARY + b"\0", "12 triangles in 685 bytes"),
    "count too low": (_with_count(11), "11 triangles in 684 bytes"),
    "not a number": (_with_number(float("nan")), "nan mm"),
    "infinite": (_with_number(float("inf")), "inf mm"),
    "far away": (_with_number(1e30), "1e+30 mm"),
    "binary that starts like text, truncated": (
        b"solid x".ljust(80, b"\0") + BINARY[80:-7],
        "no endsolid",
    ),
    "text without facets": (b"solid x\nendsolid x\n", "0 triangles"),
    "text cut after a facet": (TEXT[: TEXT.rfind(b"endsolid")], "no endsolid"),
    "text cut inside": (TEXT[: len(TEXT) // 2], "no endsolid"),
    "two solids": (TEXT + TEXT, "2 solids"),
    "text not a number": (TEXT.replace(b"vertex 20 ", b"vertex nan "), "nan mm"),
    "text infinite": (TEXT.replace(b"vertex 20 ", b"vertex 1e999 "), "inf mm"),
    "text word": (TEXT.replace(b"vertex 20 ", b"vertex wide "), "could not convert"),
    "text digits with underscores": (TEXT.replace(b"vertex 20 ", b"vertex 2_0 "), "'_'"),
    "text with four corners": (
        TEXT.replace(b"endloop", b"vertex 1 1 1\nendloop", 1),
        "lines out of order",
    ),
    "text with two numbers": (TEXT.replace(b"vertex 20 0 ", b"vertex 20 ", 1), "value"),
    "facet ended by endsolid": (
        TEXT.replace(b"endloop", b"endsolid", 1),
        "",
    ),
    "web page": (b"<!DOCTYPE html>" + b" " * 200, "triangles in 215 bytes"),
    "zip": (b"PK\x03\x04" + b"\0" * 200, "triangles in 204 bytes"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_with_place_observed_and_allowed(name):
    data, observed = HOSTILE[name]
    with pytest.raises(DocumentError) as fault:
        read_stl(data, "patient.stl")
    assert fault.value.source == "patient.stl"
    assert observed in fault.value.observed
    assert fault.value.allowed


def test_too_many_triangles_and_too_many_bytes_are_refused(monkeypatch):
    monkeypatch.setattr(stl, "MAX_TRIANGLES", 11)
    with pytest.raises(DocumentError, match="12 triangles"):
        read_stl(BINARY, "model.stl")
    with pytest.raises(DocumentError, match="12 triangles"):
        read_stl(TEXT, "model.stl")
    monkeypatch.setattr(stl, "MAX_BYTES", 100)
    with pytest.raises(DocumentError, match="684 bytes"):
        read_stl(BINARY, "model.stl")


def _read_or_refuse(data: bytes) -> Mesh | None:
    try:
        mesh = read_stl(data, "model.stl")
    except DocumentError as fault:
        assert fault.observed
        assert fault.allowed
        return None
    assert np.isfinite(mesh.triangles).all()
    return mesh


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_mesh_or_a_document_error(data):
    _read_or_refuse(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.data())
def test_binary_with_any_numbers(header, data):
    count = data.draw(st.integers(1, 4))
    body = data.draw(st.binary(min_size=50 * count, max_size=50 * count))
    _read_or_refuse(header.ljust(80, b"\0") + struct.pack("<I", count) + body)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *(b"solid a", b"endsolid a", b"end solid", b"facet normal 0 0 1", b"outer loop"),
                *(b"vertex 0 0 0", b"vertex 1 0 0", b"vertex 0 1e3 .5", b"endloop", b"endfacet"),
                *(b"", b"vertex 1 2", b"vertex x y z", b"facet", b"\xff\0", b"vertex 1 2 3 4"),
            ]
        ),
        max_size=20,
    ),
    st.sampled_from([b"\n", b"\r\n", b" ", b"\r"]),
)
def test_text_with_lines_in_any_order(lines, end):
    _read_or_refuse(end.join([b"solid", *lines]))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 255), st.booleans())
def test_text_with_one_byte_changed_or_cut(place, byte, cut):
    data = TEXT[:place] if cut else TEXT[:place] + bytes([byte]) + TEXT[place + 1 :]
    mesh = _read_or_refuse(data)
    assert mesh is None or len(mesh.triangles) == 12


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(-10_000, 10_000, width=32, allow_nan=False), min_size=9, max_size=9),
        min_size=1,
        max_size=5,
    )
)
def test_writing_and_reading_gives_the_same_numbers(numbers):
    triangles = np.array(numbers).reshape(-1, 3, 3)
    data = encode_binary_stl(triangles)
    mesh = read_stl(data, "model.stl")
    assert np.array_equal(mesh.triangles, triangles)
    assert write_binary_stl(mesh) == data


def test_written_bytes_carry_nothing_of_the_day_or_machine():
    assert (
        hashlib.sha256(BINARY).hexdigest() == hashlib.sha256(encode_binary_stl(box())).hexdigest()
    )
    assert BINARY[:80] == b"MDPS placed model, millimetres".ljust(80, b"\0")


def test_what_another_program_writes_in_binary_is_read(tmp_path):
    theirs = numpy_stl.Mesh(np.zeros(12, dtype=numpy_stl.Mesh.dtype))
    theirs.vectors[:] = box()
    theirs.save(str(tmp_path / "box.stl"))
    data = (tmp_path / "box.stl").read_bytes()
    assert np.array_equal(read_stl(data, "box.stl").triangles, box())
    _, records = numpy_stl.Mesh.load(io.BytesIO(BINARY), mode=numpy_stl.Mode.BINARY)
    assert np.array_equal(records["vectors"], box().astype(np.float32))


@pytest.mark.parametrize("worst", [np.nan, np.inf, -np.inf, 10_000.01, -10_000.01])
@pytest.mark.parametrize("place", [0, 11])
def test_one_number_out_of_range_is_named_wherever_it_stands(worst, place):
    triangles = box().astype(np.float64)
    triangles[place, 2, 1] = worst
    with pytest.raises(DocumentError) as caught:
        read_stl(encode_binary_stl(triangles), "model.stl")
    assert caught.value.path == f"triangle {place + 1}"
    assert caught.value.observed == f"the coordinate {np.float32(worst):g} mm"
