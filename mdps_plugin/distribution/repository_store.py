"""Loads a repository to edit it, and writes back what changed: a folder, or one zip of it.

Bytes before the lists that name them, the timestamp last of all: whoever copies the folder in the
middle gets the old repository, or one that is refused as incomplete, never a third thing.
"""

from __future__ import annotations

from pathlib import Path

from ..durable_file import sync_folder, write_durably
from ..errors import DocumentError, StoreError, UsageFault
from .edit import Repository
from .mirror_store import write_zip
from .source_store import MAX_ARCHIVE_BYTES, open_source, read_from
from .system_files import UNFINISHED

MAX_LIST_BYTES = 5_000_000
"""As much as a client reads of a list (python-tuf's ``targets_max_length``)."""


def load_repository(path: Path) -> Repository:
    """Read a folder or zip whole; :class:`UsageFault` if it is no repository, or DocumentError."""
    source = open_source(path)
    files: dict[str, bytes] = {}
    left = MAX_ARCHIVE_BYTES
    try:
        names = source.names()
        if not any(name.startswith(("metadata/", "staged/")) for name in names):
            raise UsageFault(f"{path}: no repository: neither metadata/ nor staged/ lies in it")
        for name in names:
            is_list = name.startswith(("metadata/", "staged/"))
            data = read_from(source, name, min(left, MAX_LIST_BYTES) if is_list else left)
            if data is None:
                raise DocumentError(str(path), name, "gone while reading", "a file that stays")
            files[name] = data
            left -= len(data)
    finally:
        source.close()
    return Repository(files, str(path))


def save_repository(repository: Repository, path: Path) -> None:
    """Write back to where it came from: changed files only, or the zip anew.

    :class:`StoreError` if the disk does not take it; the timestamp is then still the old one.
    """
    if path.suffix == ".zip":
        write_zip(path, repository.files)
        return
    names = sorted(repository.changed, key=_rank)
    try:
        path.mkdir(parents=True, exist_ok=True)
        for left in path.rglob(".writing-*"):
            if UNFINISHED.fullmatch(left.name):
                left.unlink(missing_ok=True)  # of a writer that was killed
        for name in names:
            _write(path / name, repository.files[name])
        for name in repository.removed:
            (path / name).unlink(missing_ok=True)
        # A staged list that a power cut brings back would be signed and installed again.
        for folder in sorted({(path / name).parent for name in repository.removed}):
            if folder.is_dir():
                sync_folder(folder)
    except OSError as fault:
        raise StoreError(f"{path}: not written: {fault.strerror}") from None
    repository.changed.clear()
    repository.removed.clear()


def _rank(name: str) -> tuple[int, str]:
    if name == "metadata/timestamp.json":
        return 3, name
    if name.startswith("metadata/"):
        return 2, name
    return (0, name) if name.startswith("targets/") else (1, name)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, data, mode=0o644)


def export_zip(repository: Repository, path: Path) -> None:
    """The repository for a stick: everything but what still waits for signatures."""
    write_zip(
        path,
        {name: data for name, data in repository.files.items() if not name.startswith("staged/")},
    )
