"""STL bytes to a mesh and back. Judges no geometry: ``check.py`` does.

Binary records are laid over the bytes; text is parsed by numpy-stl. That falls back from text to
binary by itself, stops at the first ``endsolid`` and takes NaN; so this file decides first, from
the bytes alone, which of the two forms it is, and afterwards whether everything was read.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct

import numpy as np

from ..canonical import sha256_hex
from ..errors import DocumentError
from .mesh import Floats, Mesh, blocks

MAX_BYTES = 300 * 1024 * 1024
#: Judging takes 300 bytes and 2.5 µs a triangle (one core of a Xeon): 0.7 GB at most, so that a
#: printer's computer with 2 GB lives through any model. A finely scanned splint has a tenth.
MAX_TRIANGLES = 2_000_000
#: Beyond this the steps of a 32-bit number exceed 1 µm and no printer follows.
MAX_COORDINATE_MM = 10_000.0

_HEADER_BYTES = 84
_TRIANGLE_BYTES = 50
_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_BANNER = b"MDPS placed model, millimetres".ljust(80, b"\0")
_TEXT_START = re.compile(rb"\s*solid\b", re.IGNORECASE)
_FACET = re.compile(rb"^[ \t]*facet[ \t]", re.IGNORECASE | re.MULTILINE)
_SOLID = re.compile(rb"^[ \t]*solid\b", re.IGNORECASE | re.MULTILINE)
_NUMBER_LINE = re.compile(rb"^[ \t]*(?:vertex|facet)\b[^\n]*_", re.IGNORECASE | re.MULTILINE)


def read_stl(data: bytes, source: str) -> Mesh:
    """The mesh in ``data``, binary or text STL, coordinates taken as millimetres.

    Binary is what has exactly the length that its own count asks for; text is what begins with
    ``solid`` and does not. :class:`DocumentError` for everything else, for more than
    :data:`MAX_TRIANGLES` or :data:`MAX_BYTES`, and for coordinates that are not finite or lie
    beyond :data:`MAX_COORDINATE_MM`.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(source, "", f"{len(data)} bytes", f"at most {MAX_BYTES} bytes")
    if not data:
        raise DocumentError(source, "", "0 bytes", "an STL file")
    triangles = _read_binary(data) if _is_binary(data, source) else _read_text(data, source)
    _check_numbers(triangles, source)
    return Mesh(triangles=triangles, digest=sha256_hex(data))


def _is_binary(data: bytes, source: str) -> bool:
    looks_like_text = _TEXT_START.match(data) is not None
    if len(data) < _HEADER_BYTES:
        if looks_like_text:
            return False
        raise DocumentError(source, "", f"{len(data)} bytes", "text STL, or at least 84 bytes")
    (count,) = struct.unpack_from("<I", data, 80)
    asked = _HEADER_BYTES + _TRIANGLE_BYTES * count
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


def _read_binary(data: bytes) -> Floats:
    records = np.frombuffer(data, dtype=_RECORD, offset=_HEADER_BYTES)
    with np.errstate(invalid="ignore"):  # signalling NaN; refused below like any other
        return records["corners"].astype(np.float64)


def _read_text(data: bytes, source: str) -> Floats:
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
    return np.asarray(records["vectors"], dtype=np.float64)


def _reason(fault: Exception) -> str:
    text = str(fault.args[-1]) if fault.args else type(fault).__name__
    shown = "".join(character for character in text if character.isprintable())[:120]
    return shown or "lines out of order"


def _check_numbers(triangles: Floats, source: str) -> None:
    # Not a number is in no range, whichever comes out as the least and the most.
    if triangles.min() >= -MAX_COORDINATE_MM and triangles.max() <= MAX_COORDINATE_MM:
        return
    with np.errstate(invalid="ignore"):
        good = (np.abs(triangles) <= MAX_COORDINATE_MM).all(axis=(1, 2))
    if not good.all():
        first = int(np.argmin(good))
        values = triangles[first].ravel()
        with np.errstate(invalid="ignore"):
            worst = float(values[int(np.argmin(np.abs(values) <= MAX_COORDINATE_MM))])
        raise DocumentError(
            source,
            f"triangle {first + 1}",
            f"the coordinate {worst:g} mm",
            f"{-MAX_COORDINATE_MM:g} to {MAX_COORDINATE_MM:g} mm",
        )


def encode_binary_stl(triangles: Floats) -> bytes:
    """Binary STL of ``triangles``; the same bytes always: fixed header, normals zero.

    A zero normal tells the reader to take it from the order of the corners, which leaves no
    floating-point result of this machine in the file.
    """
    records = np.zeros(len(triangles), dtype=_RECORD)
    records["corners"] = triangles
    return b"".join((*_head(triangles), records.view(np.uint8).data))


def digest_of_binary_stl(triangles: Floats) -> str:
    """SHA-256 of :func:`encode_binary_stl`, never all of it in memory."""
    digest = hashlib.sha256(b"".join(_head(triangles)))
    for block in blocks(len(triangles)):
        records = np.zeros(block.stop - block.start, dtype=_RECORD)
        records["corners"] = triangles[block]
        digest.update(records.view(np.uint8).data)
    return digest.hexdigest()


def _head(triangles: Floats) -> tuple[bytes, bytes]:
    return _BANNER, struct.pack("<I", len(triangles))


def write_binary_stl(mesh: Mesh) -> bytes:
    """Binary STL of a placed mesh. Exact, because placing leaves 32-bit numbers only."""
    return encode_binary_stl(mesh.triangles)
