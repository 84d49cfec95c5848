"""STL bytes to a mesh and back. Judges no geometry: ``check.py`` does.

Binary records are laid over the bytes; text is parsed by numpy-stl. That falls back from text to
binary by itself, stops at the first ``endsolid`` and takes NaN; so this file decides first, from
the bytes alone, which of the two forms it is, and afterwards whether everything was read.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ..canonical import sha256_hex
from ..errors import DocumentError
from .mesh import Corners, Mesh, blocks, box_of

MAX_BYTES = 300 * 1024 * 1024
#: Judging takes up to 300 bytes and 2.5 µs a triangle (one core of a Xeon): 0.7 GB, so that a
#: printer's computer with 2 GB lives through any model. A finely scanned splint has a tenth.
MAX_TRIANGLES = 2_000_000
#: Beyond this the steps of a 32-bit number exceed 1 µm and no printer follows.
MAX_COORDINATE_MM = 10_000.0

HEADER_BYTES = 84
_TRIANGLE_BYTES = 50
_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
Records: TypeAlias = npt.NDArray[np.void]
"""Triangles of a binary STL as they lie in it."""

_BANNER = b"MDPS placed model, millimetres".ljust(80, b"\0")
_TEXT_START = re.compile(rb"\s*solid\b", re.IGNORECASE)
_FACET = re.compile(rb"^[ \t]*facet[ \t]", re.IGNORECASE | re.MULTILINE)
_SOLID = re.compile(rb"^[ \t]*solid\b", re.IGNORECASE | re.MULTILINE)
_NUMBER_LINE = re.compile(rb"^[ \t]*(?:vertex|facet)\b[^\n]*_", re.IGNORECASE | re.MULTILINE)


def read_stl(data: bytes, source: str, digest: str | None = None) -> Mesh:
    """The mesh in ``data``, binary or text STL, coordinates taken as millimetres.

    Binary is what has exactly the length that its own count asks for; text is what begins with
    ``solid`` and does not. :class:`DocumentError` for everything else, for more than
    :data:`MAX_TRIANGLES` or :data:`MAX_BYTES`, and for coordinates that are not finite or lie
    beyond :data:`MAX_COORDINATE_MM`. ``digest``: SHA-256 of ``data``, where it has just been made.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(source, "", f"{len(data)} bytes", f"at most {MAX_BYTES} bytes")
    if not data:
        raise DocumentError(source, "", "0 bytes", "an STL file")
    binary = _is_binary(data, source)
    corners = corners_in(data) if binary else _read_text(data, source)
    box = box_of(corners, MAX_COORDINATE_MM)
    if box is None:
        raise _wrong_number(corners, source)
    file = data if binary else None
    return Mesh(corners=corners, digest=digest or sha256_hex(data), file=file, box=box)


def _is_binary(data: bytes, source: str) -> bool:
    looks_like_text = _TEXT_START.match(data) is not None
    if len(data) < HEADER_BYTES:
        if looks_like_text:
            return False
        raise DocumentError(source, "", f"{len(data)} bytes", "text STL, or at least 84 bytes")
    (count,) = struct.unpack_from("<I", data, 80)
    asked = size_of(count)
    if asked != len(data):
        if looks_like_text:
            return False
        raise DocumentError(
            source,
            "byte 80",
            f"a count of {count} triangles in {len(data)} bytes",
            f"{asked} bytes for {count} triangles",
        )
    _check_count(count, source, "byte 80")
    return True


def _check_count(count: int, source: str, place: str) -> None:
    if not 1 <= count <= MAX_TRIANGLES:
        raise DocumentError(source, place, f"{count} triangles", f"1 to {MAX_TRIANGLES} triangles")


def records_in(data: bytes) -> Records:
    """Triangles of a binary STL, where they lie in it: nothing is copied."""
    return cast("Records", np.frombuffer(data, dtype=_RECORD, offset=HEADER_BYTES))


def corners_in(data: bytes) -> npt.NDArray[np.float32]:
    """Corners (n, 3, 3) of a binary STL, where they lie in it."""
    return cast("npt.NDArray[np.float32]", records_in(data)["corners"])


def _read_text(data: bytes, source: str) -> Corners:
    solids = len(_SOLID.findall(data))
    if solids != 1:
        raise DocumentError(source, "", f"{solids} solids", "one solid in one file")
    whole = data.rstrip()
    last = whole[whole.rfind(b"\n") + 1 :].strip().lower()
    if not last.startswith((b"endsolid", b"end solid")):
        raise DocumentError(source, f"byte {len(data)}", "no endsolid", "a last line 'endsolid'")
    facets = len(_FACET.findall(data))
    _check_count(facets, source, "")
    strange = _NUMBER_LINE.search(data)
    if strange is not None:
        line = data.count(b"\n", 0, strange.start()) + 1
        raise DocumentError(source, f"line {line}", "'_' in a number", "digits, point, exponent")
    # Loads numpy-stl: only for the text form, which hardly anybody sends.
    import stl

    try:
        with np.errstate(over="ignore"):
            _, records = stl.Mesh.load(io.BytesIO(data), mode=stl.Mode.ASCII, speedups=False)
    except (RuntimeError, ValueError, IndexError, TypeError, AssertionError) as fault:
        raise DocumentError(source, "", _reason(fault), "facets of three vertices each") from None
    if len(records) != facets:
        observed = f"{len(records)} whole facets of {facets}"
        raise DocumentError(source, f"facet {len(records) + 1}", observed, "every facet whole")
    return np.asarray(records["vectors"], dtype=np.float32)


def _reason(fault: Exception) -> str:
    text = str(fault.args[-1]) if fault.args else type(fault).__name__
    shown = "".join(character for character in text if character.isprintable())[:120]
    return shown or "lines out of order"


def _wrong_number(corners: Corners, source: str) -> DocumentError:
    """The first triangle with a coordinate that is not finite or lies too far out."""
    with np.errstate(invalid="ignore"):  # signalling NaN
        values = corners.reshape(-1, 9).astype(np.float64)
        good = np.abs(values) <= MAX_COORDINATE_MM
    first = int(np.argmin(good.all(axis=1)))
    worst = float(values[first, int(np.argmin(good[first]))])
    return DocumentError(
        source,
        f"triangle {first + 1}",
        f"the coordinate {worst:g} mm",
        f"{-MAX_COORDINATE_MM:g} to {MAX_COORDINATE_MM:g} mm",
    )


def encode_binary_stl(triangles: Corners) -> bytes:
    """Binary STL of ``triangles``; the same bytes always: fixed header, normals zero.

    A zero normal tells the reader to take it from the order of the corners, which leaves no
    floating-point result of this machine in the file.
    """

    def fill(block: slice, records: Records) -> None:
        records["corners"] = triangles[block]

    return encode_by_blocks(len(triangles), fill, None)


def encode_by_blocks(
    count: int, fill: Callable[[slice, Records], None], like: bytes | None
) -> bytes:
    """:func:`encode_binary_stl` of corners that ``fill`` puts into the records of a block.

    Block by block: memory that is touched for the first time costs more than what is done there.
    ``like``: a file that may well be the same to the last byte; then that one, no second one.
    """
    head = _head(count)
    if like is not None and not is_headed(like, count):
        like = None
    out = io.BytesIO()
    out.write(b"" if like is not None else head)
    room = None
    for block in blocks(count):
        if room is None:
            room = np.zeros(block.stop, dtype=_RECORD)
        records = room[: block.stop - block.start]
        fill(block, records)
        if like is not None:
            at = size_of(block.start)
            seen = np.frombuffer(like, dtype=np.uint8, count=records.nbytes, offset=at)
            if np.array_equal(seen, records.view(np.uint8)):
                continue
            out.write(memoryview(like)[:at])
            like = None
        out.write(records.view(np.uint8).data)
    return out.getvalue() if like is None else like


def _head(count: int) -> bytes:
    return _BANNER + struct.pack("<I", count)


def is_headed(data: bytes, count: int) -> bool:
    """Whether it begins as, and is as long as, what :func:`encode_binary_stl` writes."""
    return data.startswith(_head(count)) and len(data) == size_of(count)


def size_of(count: int) -> int:
    """Bytes of a binary STL of so many triangles."""
    return HEADER_BYTES + _TRIANGLE_BYTES * count


def write_binary_stl(mesh: Mesh) -> bytes:
    """Binary STL of a placed mesh. Exact, because placing leaves 32-bit numbers only."""
    return encode_binary_stl(mesh.corners)
