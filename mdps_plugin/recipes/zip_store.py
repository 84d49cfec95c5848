"""Opens a zip whose directory is small enough to be read. Judges nothing else, reads no member.

Python's zipfile makes an object of every entry in the directory before anybody can count them. It
reads the directory by the end record (APPNOTE.TXT 6.3.10, 4.3.14 and 4.3.16) and in one piece, so
that piece is held against the limits before it is parsed: whatever count the record claims, and
whichever record zipfile chose.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

MAX_ENTRIES = 50_000
MAX_DIRECTORY_BYTES = 16 * 1024 * 1024
_ENTRY = b"PK\x01\x02"


class _Stream(io.BufferedReader):
    """A file whose reads are held against the limits of a directory while ``opening``."""

    opening = True

    def read(self, size: int | None = -1, /) -> bytes:
        if not self.opening:
            return super().read(size)
        whole = size is None or size < 0
        if size is not None and size > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory of {size} bytes")
        data = super().read(MAX_DIRECTORY_BYTES + 1 if whole else size)
        if len(data) > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory above {MAX_DIRECTORY_BYTES} bytes")
        # Each entry begins with these bytes: an upper bound, before zipfile makes an object each.
        if data.count(_ENTRY) > MAX_ENTRIES:
            raise zipfile.BadZipFile(f"more than {MAX_ENTRIES} entries")
        return data


class GuardedZip(zipfile.ZipFile):
    """A zip to read; :class:`zipfile.BadZipFile` above 50 000 entries or 16 MB of directory."""

    def __init__(self, path: Path) -> None:
        """Reads the directory. :class:`OSError` if it cannot be opened."""
        self._stream = _Stream(io.FileIO(path))
        try:
            super().__init__(self._stream)
        except BaseException:
            self._stream.close()
            raise
        self._stream.opening = False

    def close(self) -> None:
        """Close the file too: zipfile leaves open what it was handed."""
        super().close()
        self._stream.close()
