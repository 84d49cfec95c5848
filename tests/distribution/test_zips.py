"""Zips made to harm a reader: both readers refuse them, with a sentence."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mdps_plugin.distribution.source_store import open_source
from mdps_plugin.errors import DocumentError
from mdps_plugin.recipes.store import load_bundle
from mdps_plugin.recipes.zip_store import MAX_DIRECTORY_BYTES, MAX_ENTRIES


def _zip(path: Path, names: list[str], compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, compression
            archive.writestr(info, b"{}" * 40)


def _lzma(path: Path) -> None:
    _zip(path, ["a/recipe.dsse.json"], zipfile.ZIP_LZMA)


def _damaged_lzma(path: Path) -> None:
    _lzma(path)
    data = bytearray(path.read_bytes())
    data[30 + len("a/recipe.dsse.json") + 2] ^= 0xFF
    path.write_bytes(data)


def _empty_name(path: Path) -> None:
    _zip(path, [""])


def _all_outside(path: Path) -> None:
    _zip(path, ["../metadata/1.root.json", "../metadata/timestamp.json"])


def _directory(path: Path, entries: int, claimed: int, *, name: int = 6) -> None:
    """A zip64 of nothing but a directory; ``claimed`` is what its end record says."""
    head = struct.pack(
        "<4s4B4HL2L5H2L",
        *(b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33),
        *(0, 0, 0, name, 0, 0, 0, 0, 0o100644 << 16, 0),
    )
    directory = b"".join(head + b"%0*x" % (name, number) for number in range(entries))
    size = len(directory)
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, claimed, claimed, size, 0)
    place = struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
    short = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    path.write_bytes(directory + end + place + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *short, 0))


def _many(path: Path) -> None:
    _directory(path, MAX_ENTRIES + 1, MAX_ENTRIES + 1)


def _many_denied(path: Path) -> None:
    _directory(path, MAX_ENTRIES + 1, 1)


def _large(path: Path) -> None:
    _directory(path, MAX_DIRECTORY_BYTES // 60_000 + 1, 1, name=60_000)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_lzma, "odd compression"),
        (_damaged_lzma, "odd compression"),
        (_empty_name, "file name"),
        (_all_outside, "file name"),
        (_many, "more than 50000 entries"),
        (_many_denied, "more than 50000 entries"),
        (_large, "a directory of"),
    ],
)
@pytest.mark.parametrize("read", [open_source, load_bundle])
def test_a_hostile_zip_is_a_document_error(
    tmp_path: Path,
    make: Callable[[Path], object],
    says: str,
    read: Callable[[Path], object],
) -> None:
    path = tmp_path / "stick.zip"
    make(path)
    with pytest.raises(DocumentError, match=says):
        read(path)


def test_a_plain_zip_is_closed_behind_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "stick.zip"
    _zip(path, ["metadata/timestamp.json"], zipfile.ZIP_DEFLATED)
    source = open_source(path)
    assert source.names() == ("metadata/timestamp.json",)
    source.close()
    assert source._archive._stream.closed  # type: ignore[attr-defined]  # a zip here
