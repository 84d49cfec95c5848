"""Logs to test with: a signer, a store with a known history, its export."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from mdps_plugin.audit.note import LogSigner
from mdps_plugin.audit.store import AuditStore

ORIGIN = "clinic.example/printer-7/audit/1"
SIGNER = LogSigner.from_seed(bytes(range(32)))
OTHER = LogSigner.from_seed(bytes(range(1, 33)))
VKEY = SIGNER.vkey(ORIGIN)
START = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


def at(seconds: int) -> datetime:
    """A moment some seconds into the history."""
    return START + timedelta(seconds=seconds)


def open_store(folder: Path, **more) -> AuditStore:
    """The store in ``folder``."""
    return AuditStore.open(folder / "audit.sqlite", SIGNER, ORIGIN, boot_id="b00t", **more)


def fill(store: AuditStore, count: int) -> None:
    """Add ``count`` entries that tell what build they belong to."""
    for number in range(count):
        body = {"build_id": f"B-{number % 3}", "n": number, "note": "Prüfung ok"}
        store.append("line_refused", body, at(number))


def export_of(folder: Path, count: int, name: str = "log.jsonl") -> Path:
    """An export of a fresh log with ``count`` entries."""
    path = folder / name
    with open_store(folder) as store:
        fill(store, count)
        store.export(path)
    return path
