"""The audit log as telemetry sees it: the outbox. No second copy of any event is kept anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ..audit.entry import Entry


class Outbox(Protocol):
    """The audit log as telemetry sees it: :class:`mdps_plugin.audit.store.AuditStore`."""

    @property
    def size(self) -> int:
        """Entries in the log."""

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """Entries ``start`` to before ``stop``."""

    def leaf(self, index: int) -> bytes:
        """Leaf hash of an entry."""

    def checkpoint(self) -> str:
        """Newest signed head."""
