"""Connects the audit log with the quality system: the log is the outbox, a cursor says how far.

Where the cell has no broker, everything stays in the outbox and the screens say so. Telemetry
never stops a build: what cannot be sent waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..canonical import Json
from ..findings import Finding
from ..telemetry.connection_link import Broker
from ..telemetry.cursor import ConfirmBy as Policy
from ..telemetry.mqtt_link import MqttLink
from ..telemetry.names import CellName
from .cell import Cell
from .config import MqttConfig


def make_link(cell: Cell, mqtt: MqttConfig, report: Callable[[str], None]) -> MqttLink:
    """The MQTT link of a cell; its files may lie relative to the cell's folder."""

    def tell(finding: Finding) -> None:
        report(f"telemetry: {finding.message()}")

    folder: Path = cell.folder
    return MqttLink(
        broker=Broker(
            host=mqtt.host,
            port=mqtt.port,
            ca_file=folder / mqtt.ca_file,
            certificate_file=folder / mqtt.certificate_file,
            key_file=folder / mqtt.key_file,
        ),
        cell=CellName(
            institution=cell.config.institution,
            site=cell.config.site,
            cell=cell.config.cell,
            origin=cell.config.origin,
        ),
        outbox=cell.log,
        cursor_file=folder / "telemetry-cursor.json",
        confirm_by=Policy(mqtt.confirm_by.value),
        now=cell.clock.now,
        on_finding=tell,
    )


class Outbox:
    """Owner of the MQTT link, where the cell has a broker."""

    def __init__(self, cell: Cell, report: Callable[[str], None]) -> None:
        """Nothing is sent before :meth:`start`."""
        self._cell = cell
        mqtt = cell.config.mqtt
        self._link = None if mqtt is None else make_link(cell, mqtt, report)
        cell.qms = self.status

    def start(self) -> None:
        """Begin to send."""
        if self._link is not None:
            self._link.start()

    def status(self) -> Mapping[str, Json]:
        """How far the quality system has confirmed."""
        if self._link is not None:
            return self._link.status().to_json()
        return {
            "word": "No broker is set up",
            "connected": False,
            "unconfirmed": self._cell.state.size,
            "oldest_age_s": None,
        }

    def close(self) -> None:
        """Stop sending; what is not confirmed is sent at the next start."""
        if self._link is not None:
            self._link.close()
