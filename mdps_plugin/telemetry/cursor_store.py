"""The cursor on disk: one small file, replaced whole and durably. Decides nothing.

Losing it costs repeats, never an event: sending begins again at the first entry.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..canonical import canonical_json, read_json
from ..errors import DocumentError
from ..reading import Fields
from .shapes import INDEX

FORMAT = "mdps-telemetry-cursor/1"


def read_cursor(path: Path, origin: str, size: int) -> tuple[int, str | None]:
    """Entries confirmed according to the file, and why not if it cannot be used.

    A file of another log, or one that is ahead of the log (``size`` entries), counts as lost.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return 0, None
    except OSError as fault:
        return 0, str(fault.strerror)
    try:
        fields = Fields(read_json(data, path.name, 10_000), path.name)
        if fields.text("format") != FORMAT:
            raise fields.fault("format", "another format", FORMAT)
        if fields.text("origin") != origin:
            raise fields.fault("origin", "another log", origin)
        confirmed = int(fields.matching("confirmed", INDEX.pattern, "a count in decimal, as text"))
        fields.close()
    except DocumentError as fault:
        return 0, str(fault)
    if confirmed > size:
        return 0, f"{path.name}: {confirmed} confirmed, the log has {size}"
    return confirmed, None


def write_cursor(path: Path, origin: str, confirmed: int) -> None:
    """Replace the file: temporary file, fsync, rename, fsync of the folder. Raises ``OSError``."""
    data = canonical_json({"format": FORMAT, "origin": origin, "confirmed": str(confirmed)})
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".cursor-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
