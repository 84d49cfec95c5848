"""Connects the audit log with the quality system: the log is the outbox, a cursor says how far."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..canonical import Json
from ..errors import UsageFault
from .cell import Cell


class Outbox:
    """Owner of the MQTT link, where the cell has a broker."""

    def __init__(self, cell: Cell, report: Callable[[str], None]) -> None:
        """Nothing is sent before :meth:`start`."""
        self._cell = cell
        self._report = report
        if cell.config.mqtt is not None:
            raise UsageFault("cell.json: mqtt: this version has no telemetry yet; allowed: null")
        cell.qms = self.status

    def start(self) -> None:
        """Begin to send."""

    def more(self) -> None:
        """The log has grown."""

    def status(self) -> Mapping[str, Json]:
        """How far the quality system has confirmed."""
        return {
            "word": "No quality system is set up",
            "connected": False,
            "unconfirmed": self._cell.state.size,
            "oldest_age_s": None,
        }

    def close(self) -> None:
        """Stop sending."""
