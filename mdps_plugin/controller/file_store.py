"""Content-addressed folder: models, jobs, recipes, documents by SHA-256. Knows no meaning.

A file is durable before :meth:`FileStore.put` returns, so an audit entry may name it. A crash
leaves at most a file in ``incoming/`` that nobody names; the next start removes it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..canonical import sha256_hex
from ..errors import StoreError


class FileStore:
    """Bytes by digest under ``folder``; made if absent, mode 0700."""

    def __init__(self, folder: Path) -> None:
        """Sweep what a crash left behind."""
        self._folder = folder
        self._incoming = folder / "incoming"
        try:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            for leftover in self._incoming.iterdir():
                leftover.unlink()
        except OSError as fault:
            raise StoreError(f"{folder}: {fault.strerror}") from None

    def _path(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise StoreError(f"not a SHA-256 digest: {digest[:80]!r}")
        return self._folder / "sha256" / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """True if the bytes are here; says nothing about whether they are intact."""
        return self._path(digest).is_file()

    def put(self, data: bytes) -> str:
        """Keep ``data``; its digest. :class:`StoreError` if the disk did not take it."""
        digest = sha256_hex(data)
        path = self._path(digest)
        if path.is_file() and path.read_bytes() == data:
            return digest
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, data, self._incoming)
        except OSError as fault:
            raise StoreError(f"{path}: not written: {fault.strerror}") from None
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest, checked again; :class:`StoreError` if absent or changed."""
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except OSError as fault:
            raise StoreError(f"{path}: {fault.strerror}") from None
        if sha256_hex(data) != digest:
            raise StoreError(f"{path}: the bytes are no longer those of the digest in its name")
        return data


def write_durably(path: Path, data: bytes, scratch: Path | None = None, mode: int = 0o600) -> None:
    """Write a whole file or leave the old one: temporary file, fsync, rename, fsync of the folder.

    Raises ``OSError``; the temporary file is removed.
    """
    folder = scratch or path.parent
    handle, name = tempfile.mkstemp(dir=folder, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable; raises ``OSError``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
