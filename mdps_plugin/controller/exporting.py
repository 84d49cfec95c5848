"""The inspector's pack: log, public key, sealed records and papers, in a folder or one zip.

Everything in it can be checked without this software: docs/audit-log.md says how.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

from ..errors import StoreError
from .cell import Cell
from .file_store import write_durably

HOW = """How to check this pack, offline:

    mdps log verify log.jsonl --keys keys.txt

It finds any changed, missing, reordered or unsigned entry, and any changed, missing, exchanged or
added record or document. Keep the folders beside log.jsonl.
docs/audit-log.md of the MDPS controller describes the format and how to check it with openssl.
"""


def export_folder(cell: Cell, folder: Path) -> Path:
    """Write the pack into ``folder``; the path of the log in it."""
    try:
        (folder / "records").mkdir(parents=True, exist_ok=True)
        (folder / "documents").mkdir(exist_ok=True)
        write_durably(folder / "keys.txt", (cell.log.key.text() + "\n").encode(), mode=0o644)
        write_durably(folder / "README.txt", HOW.encode(), mode=0o644)
        log = folder / "log.jsonl"
        # Log and records of one moment: a release in between would name a record not in the pack.
        with cell.lock:
            cell.log.export(log, pack=True)
            builds = list(cell.state.builds.values())
        for build in builds:
            if build.record_sha256 is not None:
                data = cell.files.get(build.record_sha256)
                write_durably(folder / "records" / f"{build.build_id}.json", data, mode=0o644)
            for paper in build.documents:
                name = f"{build.build_id}-{paper.name}"
                write_durably(folder / "documents" / name, cell.files.get(paper.sha256), mode=0o644)
    except OSError as fault:
        raise StoreError(f"{folder}: not written: {fault.strerror}") from None
    return log


def export_pack(cell: Cell) -> bytes:
    """The pack as one zip."""
    with tempfile.TemporaryDirectory(prefix="mdps-pack-") as name:
        folder = Path(name)
        export_folder(cell, folder)
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as pack:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    pack.write(path, path.relative_to(folder).as_posix())
        return stream.getvalue()
