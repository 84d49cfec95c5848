"""The local mirror of an accepted repository: one zip, replaced whole or not at all.

It holds the verified lists and the recipes they name, so that a cell without a network judges
every recipe from the root on at the moment of use. Written durably before the marks are raised: a
crash in between leaves a newer mirror with older marks, which the next look mends.
"""

from __future__ import annotations

import fcntl
import io
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..canonical import sha256_hex
from ..durable_file import written_beside
from ..errors import DocumentError, StoreError
from ..findings import Finding
from ..recipes.bundle import read_statement
from ..recipes.envelope import parse_envelope
from ..recipes.parse import ENVELOPE_NAME
from ..recipes.store import MAX_TOTAL_BYTES
from .layout import BLOBS, read_recipe_path, target_file
from .source_store import MAX_ARCHIVE_BYTES, Source, read_from
from .view import View


def mirror_content(view: View, older: Source | None) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """What the mirror of ``view`` keeps, and the files that neither source nor ``older`` has.

    A stick may carry lists only: that is how a recall travels. Recipes it names are taken from
    the last mirror then. A hospital's names recipes that the manufacturer's carries.
    :class:`DocumentError` if it would grow beyond the cap.
    """
    content = dict(view.files)
    missing: list[str] = []
    total = sum(map(len, content.values()))
    for path, item in view.named.items():
        if view.repository == "hospital" and read_recipe_path(path) is not None:
            continue
        data = view.fetch(path, older)
        if isinstance(data, Finding):
            missing.append(path)
            continue
        content[target_file(path, item.sha256)] = data
        total += len(data)
        for name, digest in pinned_blobs(data).items():
            if f"{BLOBS}/{digest}" in content:
                continue
            blob = _blob(digest, view.source, older)
            if blob is None:
                missing.append(f"{path}: {name}")
                continue
            content[f"{BLOBS}/{digest}"] = blob
            total += len(blob)
        if total > MAX_ARCHIVE_BYTES:
            raise DocumentError(
                view.repository, "", f"more than {MAX_ARCHIVE_BYTES} bytes", "a smaller repository"
            )
    return content, tuple(missing)


def pinned_blobs(envelope: bytes) -> Mapping[str, str]:
    """File names and digests that a recipe's statement pins; empty if it is no statement."""
    try:
        parsed = parse_envelope(envelope, ENVELOPE_NAME)
        return read_statement(parsed.payload, ENVELOPE_NAME)[0]
    except DocumentError:
        return {}  # a target that is no recipe pins nothing


def _blob(digest: str, *sources: Source | None) -> bytes | None:
    for source in sources:
        if source is None:
            continue
        try:
            data = read_from(source, f"{BLOBS}/{digest}", MAX_TOTAL_BYTES)
        except DocumentError:
            continue
        if data is not None and sha256_hex(data) == digest:
            return data
    return None


def read_bundle(
    view: View, path: str, *, most: int = MAX_TOTAL_BYTES
) -> dict[str, bytes] | Finding:
    """A recipe's bundle out of a repository: envelope and pinned files, as far as they are there.

    What is absent is left out: ``verify_bundle`` says so in its own words.
    """
    envelope = view.fetch(path)
    if isinstance(envelope, Finding):
        return envelope
    files = {ENVELOPE_NAME: envelope}
    left = most
    for name, digest in pinned_blobs(envelope).items():
        blob = _blob(digest, view.source)
        if blob is not None and len(blob) <= left and name != ENVELOPE_NAME:
            files[name] = blob
            left -= len(blob)
    return files


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Nobody else writes mirrors here meanwhile; clears away what a killed writer left.

    An advisory lock on a file of its own: the mirrors themselves are replaced, never written to.
    :class:`StoreError` if the folder takes no file, or while another process holds it.
    """
    try:
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise StoreError(f"{folder}: not written: {fault.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # Not waited for: nobody would know what for, nor how long.
            raise StoreError(
                f"{folder}: another program imports here. Next step: wait until it has ended, "
                "then import again"
            ) from None
        for left in folder.glob(".writing-*"):
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def write_zip(path: Path, content: Mapping[str, bytes]) -> None:
    """Write a repository as one zip, whole or not at all; :class:`StoreError` otherwise."""
    with zip_beside(path, content) as put_in_place:
        put_in_place()


@contextmanager
def zip_beside(path: Path, content: Mapping[str, bytes]) -> Iterator[Callable[[], None]]:
    """The same in two steps, the second a short one: durable, then put in place by the call."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_beside(path, _zipped(content)) as put_in_place:
            yield put_in_place
    except OSError as fault:
        raise StoreError(f"{path}: not written: {fault.strerror}") from None


def _zipped(content: Mapping[str, bytes]) -> Iterator[bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(content):
            # A fixed date: the same repository is the same zip.
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content[name])
    yield buffer.getvalue()
