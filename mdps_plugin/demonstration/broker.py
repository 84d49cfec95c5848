"""The broker of the demonstration: mosquitto with TLS, client certificates and an access list."""

from __future__ import annotations

import getpass
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..canonical import Json
from ..controller.file_store import write_durably
from ..telemetry.broker_config import broker_acl, broker_config
from ..telemetry.demo_certificates import DemoAuthority, Issued
from ..telemetry.names import CellName
from .hospital import CELL, INSTITUTION, SITE, Hospital
from .processes import Processes, wait_until

START_WITHIN_S = 20.0
ADDRESS = "127.0.0.1"
CELL_USER, QMS_USER = "printer-7", "qms"


def start_broker(
    hospital: Hospital, processes: Processes, program: str, port: int
) -> dict[str, Json]:
    """Start mosquitto; the ``mqtt`` part of ``cell.json``."""
    folder = hospital.home / "broker"
    if not (folder / "made").exists():
        _certificates(folder)
    name = CellName(
        institution=INSTITUTION,
        site=SITE,
        cell=CELL,
        origin=f"{INSTITUTION}.example/{CELL}/audit/1",
    )
    acl = folder / "acl.txt"
    acl.write_text(broker_acl({CELL_USER: name}, [QMS_USER]))
    # mosquitto refuses an access list that others may read.
    acl.chmod(0o600)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    config = folder / "mosquitto.conf"
    config.write_text(
        broker_config(
            address=ADDRESS,
            port=port,
            folder=data,
            acl_file=acl,
            ca_file=folder / "ca.pem",
            certificate_file=folder / "server.pem",
            key_file=folder / "server.key",
            user=getpass.getuser() if os.getuid() == 0 else None,
        )
    )
    processes.start("broker", [program, "-c", str(config)])
    wait_until(lambda: _listens(port), START_WITHIN_S, "the broker", processes)
    return {
        "host": ADDRESS,
        "port": port,
        "ca_file": str(folder / "ca.pem"),
        "certificate_file": str(folder / "cell.pem"),
        "key_file": str(folder / "cell.key"),
        # There is no registry yet whose own word could move the cursor.
        "confirm_by": "puback",
    }


def _certificates(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    authority = DemoAuthority(
        "MDPS demonstration authority", datetime.now(UTC), timedelta(days=3650)
    )
    write_durably(folder / "ca.pem", authority.certificate, mode=0o644)
    issued: dict[str, Issued] = {
        "server": authority.server([ADDRESS, "localhost"]),
        "cell": authority.client(CELL_USER),
        "qms": authority.client(QMS_USER),
    }
    for name, made in issued.items():
        write_durably(folder / f"{name}.pem", made.certificate, mode=0o644)
        write_durably(folder / f"{name}.key", made.key)
    write_durably(folder / "made", b"")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((ADDRESS, port)) == 0
