"""Reads a repository from a folder or from one zip of it: the same names, the same bytes.

Judges names and shape only: plain names, no links, no name twice, nothing encrypted, at most
:data:`MAX_MEMBERS` files; system files known by name (:mod:`.system_files`) are passed over. What a
file may weigh is the caller's to say: nothing is read beyond what it asks for, whatever a zip's
headers claim.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Protocol

from ..errors import DocumentError, UsageFault
from ..recipes.zip_store import GuardedZip
from .system_files import SYSTEM_FOLDERS, UNFINISHED, is_system_file

MAX_MEMBERS = 50_000
MAX_ARCHIVE_BYTES = 1024 * 1024 * 1024
_CHUNK = 64 * 1024
_PART = re.compile(r"[A-Za-z0-9_%][A-Za-z0-9._%-]{0,199}")
_MAX_PARTS = 8
_ZIP_FAULTS = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError),
    *(RuntimeError, NotImplementedError, ValueError, IndexError, OverflowError),
)


class Source(Protocol):
    """Where a repository lies."""

    label: str

    def chunks(self, name: str) -> Iterator[bytes] | None:
        """The bytes of a file in pieces; None if it is not there. :class:`DocumentError`."""

    def names(self) -> tuple[str, ...]:
        """Every file, sorted."""

    def ignored(self) -> tuple[str, ...]:
        """System files and folders that were passed over, and never read."""

    def close(self) -> None:
        """Let go of what is open."""


def read_from(source: Source, name: str, limit: int) -> bytes | None:
    """At most ``limit`` bytes of a file, None if absent; :class:`DocumentError` if it has more."""
    pieces = source.chunks(name)
    if pieces is None:
        return None
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > limit:
            raise DocumentError(
                source.label, name, f"more than {limit} bytes", f"at most {limit} bytes"
            )
    return bytes(data)


def plain_name(name: str, source: str) -> tuple[str, ...]:
    """The parts of a repository name; :class:`DocumentError` for one that could leave its folder.

    Absolute names, ``..``, back-slashes, drive letters and empty parts all fail the one pattern.
    """
    parts = tuple(name.split("/"))
    if len(parts) > _MAX_PARTS or any(_PART.fullmatch(part) is None for part in parts):
        raise DocumentError(
            source, "", f"the file name {name[:80]!r}", "plain names below the repository"
        )
    return parts


def open_source(path: Path) -> Source:
    """A folder or a zip; :class:`UsageFault` where it cannot be opened, else DocumentError."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "not a file name"
        raise UsageFault(f"{path}: cannot be opened: {reason}") from None
    if stat.S_ISDIR(mode):
        return FolderSource(path)
    if not stat.S_ISREG(mode):
        raise DocumentError(str(path), "", "a device or pipe", "a folder or a zip file")
    return ZipSource(path)


class FolderSource:
    """A repository in a folder: a LAN share, a USB stick, a checkout."""

    def __init__(self, folder: Path) -> None:
        """Opens nothing yet."""
        self.folder = folder
        self.label = str(folder)

    def chunks(self, name: str) -> Iterator[bytes] | None:
        """See :class:`Source`. No component may be a link: each is opened without following."""
        parts = plain_name(name, self.label)
        descriptors: list[int] = []
        try:
            flags = os.O_RDONLY | os.O_CLOEXEC
            descriptors.append(os.open(self.folder, flags | os.O_DIRECTORY))
            for part in parts[:-1]:
                inner = os.open(
                    part, flags | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptors[-1]
                )
                descriptors.append(inner)
            found = os.open(
                parts[-1], flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptors[-1]
            )
        except FileNotFoundError:
            return None
        except OSError as fault:
            allowed = "plain files in plain folders, no links"
            raise DocumentError(self.label, name, fault.strerror or "an error", allowed) from None
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        if not stat.S_ISREG(os.fstat(found).st_mode):
            os.close(found)
            raise DocumentError(self.label, name, "a folder, device or pipe", "plain files only")
        return self._pieces(found, name)

    def _pieces(self, descriptor: int, name: str) -> Iterator[bytes]:
        with os.fdopen(descriptor, "rb") as opened:
            while True:
                try:
                    piece = opened.read(_CHUNK)
                except OSError as fault:
                    # A stick that was pulled out: what was read so far is worth nothing.
                    raise DocumentError(
                        self.label, name, fault.strerror or "cannot be read", "a readable file"
                    ) from None
                if not piece:
                    return
                yield piece

    def names(self) -> tuple[str, ...]:
        """See :class:`Source`; links are left out, and refused if somebody asks for one.

        What a killed writer left half written (``.writing-…``) was never part of a repository.
        """
        return tuple(
            name
            for name in self._walk()
            if not is_system_file(name) and not UNFINISHED.fullmatch(PurePosixPath(name).name)
        )

    def _walk(self) -> Iterator[str]:
        found: list[str] = []
        for folder, folders, files in os.walk(self.folder, followlinks=False):
            here = PurePosixPath(Path(folder).relative_to(self.folder).as_posix())
            # A whole stick may be the repository: what its computer keeps there is not looked into.
            folders[:] = sorted(name for name in folders if name not in SYSTEM_FOLDERS)
            found += [(here / name).as_posix() for name in files]
            if len(found) > MAX_MEMBERS:
                raise _too_many(self.label)
        return iter(sorted(found))

    def ignored(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        with suppress(OSError, DocumentError):
            folders = [path.name for path in self.folder.iterdir() if path.name in SYSTEM_FOLDERS]
            return tuple(
                sorted([*folders, *(name for name in self._walk() if is_system_file(name))])
            )
        return ()

    def close(self) -> None:
        """Nothing is kept open."""


class ZipSource:
    """A repository as one zip, flat or with the one folder of it inside."""

    def __init__(self, path: Path) -> None:
        """Read the directory of the zip and judge every name in it."""
        self.label = str(path)
        try:
            if path.stat().st_size > MAX_ARCHIVE_BYTES:
                raise DocumentError(
                    self.label, "", "a larger zip", f"at most {MAX_ARCHIVE_BYTES} bytes"
                )
            self._archive = GuardedZip(path)
        except _ZIP_FAULTS as fault:
            raise self._broken("", fault) from None
        try:
            self._members = self._index(self._archive.infolist())
        except BaseException:
            self._archive.close()
            raise

    def _broken(self, name: str, fault: BaseException) -> DocumentError:
        return DocumentError(self.label, name, f"no readable zip ({fault})", "a repository as zip")

    def _index(self, infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        infos = [info for info in infos if not info.filename.endswith("/")]
        if len(infos) > MAX_MEMBERS:
            raise _too_many(self.label)
        passed = [info.filename for info in infos if is_system_file(info.filename)]
        self._ignored = tuple(sorted(passed))
        infos = [info for info in infos if not is_system_file(info.filename)]
        heads = {info.filename.partition("/")[0] for info in infos}
        # "metadata" at the top is the repository itself; any other single folder wraps it.
        head = next(iter(heads)) if len(heads) == 1 else ""
        wraps = _PART.fullmatch(head) and head not in ("metadata", "targets", "staged")
        prefix = f"{head}/" if wraps else ""
        members: dict[str, zipfile.ZipInfo] = {}
        folded: set[str] = set()
        for info in infos:
            name = info.filename.removeprefix(prefix)
            plain_name(name, self.label)
            # Two names that differ in case only are one file on a stick.
            if name.casefold() in folded:
                raise DocumentError(self.label, name, "the name twice", "each name once")
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):
                raise DocumentError(self.label, name, "a link or device", "plain files only")
            if info.flag_bits & 0x1:
                raise DocumentError(self.label, name, "encrypted", "plain files only")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise DocumentError(self.label, name, "an odd compression", "stored or deflated")
            members[name] = info
            folded.add(name.casefold())
        return members

    def chunks(self, name: str) -> Iterator[bytes] | None:
        """See :class:`Source`. A bomb ends at the caller's limit: nothing expands at once."""
        plain_name(name, self.label)
        info = self._members.get(name)
        return None if info is None else self._pieces(info)

    def _pieces(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._archive.open(info) as opened:
                while piece := opened.read(_CHUNK):
                    yield piece
        except _ZIP_FAULTS as fault:
            raise self._broken(info.filename, fault) from None

    def names(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return tuple(sorted(self._members))

    def ignored(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return self._ignored

    def close(self) -> None:
        """Close the archive."""
        with suppress(OSError):
            self._archive.close()


def _too_many(source: str) -> DocumentError:
    allowed = f"at most {MAX_MEMBERS} files"
    return DocumentError(source, "", f"more than {MAX_MEMBERS} files", allowed)
