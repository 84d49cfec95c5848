"""Reads bundles and roots from disk: a folder, one zip, or a name among the shipped recipes.

The only file of this room that opens files. It judges nothing but shape: plain files with plain
names, no links, no folders inside, at most :data:`MAX_FILES` and :data:`MAX_TOTAL_BYTES`. Reading
a zip never writes, and never expands beyond the caps whatever its headers claim.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from ..errors import DocumentError, UsageFault
from .bundle import verify_bundle
from .parse import ENVELOPE_NAME
from .trust import MAX_ROOT_BYTES, TrustRoot, parse_root
from .zip_store import GuardedZip

MAX_FILES = 200
MAX_TOTAL_BYTES = 64 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_REVISION = re.compile(r"[1-9][0-9]{0,6}")
_SHIPPED = "validated_recipes"


def recipes_folder() -> Path:
    """The folder of the shipped recipes: beside the package, in a checkout and when installed."""
    return Path(__file__).resolve().parents[2] / _SHIPPED


def default_root_path() -> Path:
    """The committed example root, for use where the caller names no other."""
    return recipes_folder() / "example-root.json"


def load_root(path: Path) -> TrustRoot:
    """Read a trust root; :class:`UsageFault` where it cannot be opened, else DocumentError."""
    return parse_root(read_capped(path, MAX_ROOT_BYTES), str(path))


def find_bundle(text: str, root: TrustRoot | None = None, at: datetime | None = None) -> Path:
    """Where the bundle is that a person named: a folder, a zip, or a recipe by its name.

    A folder of revisions (``validated_recipes/NAME``, or ``NAME`` alone for a shipped recipe)
    means the newest one; with ``root`` and ``at``, the newest that they accept, or the newest of
    all if they accept none, so that its reasons can be shown. :class:`UsageFault` if there is none.
    """
    for place in _places(text):
        if place.is_file() or (place / ENVELOPE_NAME).is_file():
            return place
        revisions = _revisions(place)
        if revisions and root is not None and at is not None:
            return next((path for path in revisions if _accepts(path, root, at)), revisions[0])
        if revisions:
            return revisions[0]
        if place.is_dir():
            # A folder that is no bundle is still what was named: verification says what lacks.
            return place
    raise UsageFault(f"{text}: no such recipe bundle, folder or shipped recipe")


def _places(text: str) -> list[Path]:
    named = Path(text)
    places = [named] if _exists(named) else []
    parts = named.parts
    if parts[:1] == (_SHIPPED,):
        parts = parts[1:]
    if parts and all(_NAME.fullmatch(part) for part in parts):
        shipped = recipes_folder().joinpath(*parts)
        places += [shipped] if _exists(shipped) else []
    return places


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _revisions(folder: Path) -> list[Path]:
    """Sub-folders named by a revision number, newest first."""
    try:
        found = [path for path in folder.iterdir() if _REVISION.fullmatch(path.name)]
    except OSError:
        return []
    return sorted(
        (path for path in found if path.is_dir()), key=lambda path: int(path.name), reverse=True
    )


def _accepts(path: Path, root: TrustRoot, at: datetime) -> bool:
    try:
        files = load_bundle(path)
    except (DocumentError, UsageFault):
        return False
    return verify_bundle(files, root, at, str(path)).verdict.accepted


def load_bundle(path: Path) -> Mapping[str, bytes]:
    """The files of a bundle by name.

    :class:`UsageFault` where it cannot be opened; :class:`DocumentError` where its shape is not
    that of a bundle. Whether the files are the signed ones is for ``verify_bundle``.
    """
    try:
        is_folder = path.is_dir()
        # A pipe would never end, and a device holds no bundle.
        strange = path.exists() and not is_folder and not path.is_file()
    except (OSError, ValueError):
        is_folder = strange = False
    if strange:
        raise DocumentError(str(path), "", "a device or pipe", "a folder or a zip file")
    return _load_folder(path) if is_folder else _load_zip(path)


def _load_folder(folder: Path) -> dict[str, bytes]:
    source = str(folder)
    try:
        paths = sorted(folder.iterdir())
    except OSError as fault:
        raise UsageFault(f"{folder}: cannot be opened: {fault.strerror}") from None
    if len(paths) > MAX_FILES:
        raise _too_many(source)
    files: dict[str, bytes] = {}
    left = MAX_TOTAL_BYTES
    for path in paths:
        _check_name(path.name, source)
        try:
            mode = path.lstat().st_mode
        except OSError as fault:
            raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None
        if not stat.S_ISREG(mode):
            raise DocumentError(source, path.name, _what(mode), "plain files only")
        data = read_capped(path, left)
        if len(data) > left:
            raise _too_big(source)
        left -= len(data)
        files[path.name] = data
    return files


def _what(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link"
    return "a folder" if stat.S_ISDIR(mode) else "a device or pipe"


def read_capped(path: Path, limit: int) -> bytes:
    """At most ``limit + 1`` bytes, so that the caller sees an excess without holding it all.

    :class:`UsageFault` if the file cannot be opened.
    """
    try:
        with path.open("rb") as opened:
            return opened.read(limit + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "not a file name"
        raise UsageFault(f"{path}: cannot be opened: {reason}") from None


def _load_zip(path: Path) -> dict[str, bytes]:
    source = str(path)
    if len(read_capped(path, MAX_TOTAL_BYTES)) > MAX_TOTAL_BYTES:
        raise _too_big(source)
    try:
        with GuardedZip(path) as archive:
            return _zip_members(archive, source)
    except (
        *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError),
        *(RuntimeError, NotImplementedError, ValueError),
    ) as fault:
        # zipfile reports encrypted or exotic members by RuntimeError and NotImplementedError.
        raise DocumentError(source, "", f"no readable zip ({fault})", "a bundle as zip") from None


def _zip_members(archive: zipfile.ZipFile, source: str) -> dict[str, bytes]:
    members = [info for info in archive.infolist() if not info.filename.endswith("/")]
    if len(members) > MAX_FILES:
        raise _too_many(source)
    folder = _common_folder(members)
    files: dict[str, bytes] = {}
    left = MAX_TOTAL_BYTES
    for info in members:
        name = info.filename.removeprefix(folder)
        _check_name(name, source)
        if name in files:
            raise DocumentError(source, name, "the name twice", "each name once")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise DocumentError(source, name, _what(info.external_attr >> 16), "plain files only")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DocumentError(source, name, "an odd compression", "stored or deflated")
        with archive.open(info) as opened:
            data = opened.read(left + 1)
        if len(data) > left:
            raise _too_big(source)
        left -= len(data)
        files[name] = data
    return files


def _common_folder(members: list[zipfile.ZipInfo]) -> str:
    """``NAME/`` if every member lies in that one folder, as when a folder was zipped whole."""
    heads = {info.filename.partition("/")[0] for info in members if "/" in info.filename}
    if len(heads) != 1:
        return ""
    head = next(iter(heads))
    inside = all(info.filename.startswith(f"{head}/") for info in members)
    return f"{head}/" if inside and _NAME.fullmatch(head) else ""


def _check_name(name: str, source: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise DocumentError(source, "", f"the file name {name[:80]!r}", "plain file names")


def _too_many(source: str) -> DocumentError:
    return DocumentError(source, "", f"more than {MAX_FILES} files", f"at most {MAX_FILES} files")


def _too_big(source: str) -> DocumentError:
    allowed = f"at most {MAX_TOTAL_BYTES} bytes"
    return DocumentError(source, "", f"more than {MAX_TOTAL_BYTES} bytes", allowed)
