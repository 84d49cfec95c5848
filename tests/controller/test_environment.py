"""What stands around the controller gives way while it runs: broker, printer's cable, clock.

It refuses in words, writes nothing by half, and works again when the ground is back. The disk is
in test_disk.py, what a controller does not start upon in test_bad_start.py, kill -9 in
test_kill.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mdps_plugin.audit.note import LogSigner
from mdps_plugin.audit.store import AuditStore
from mdps_plugin.build.signature import Act
from tests.harness import Process, wait_until
from tests.telemetry.broker import PATIENCE_S, Registry, Site

from .workshop import QUICK, Workshop, started

# The broker.


@pytest.mark.broker
def test_events_wait_for_a_broker_that_is_away(
    filled: Workshop, a_copy: Callable[..., Workshop], tmp_path: Path
) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    site = Site(folder)
    shop = a_copy()
    shop.edit_cell(
        lambda document: document.update(
            institution="clinic",
            site="lab",
            mqtt={
                "host": "localhost",
                "port": site.port,
                "ca_file": str(folder / "ca.pem"),
                "certificate_file": str(folder / "printer-7.pem"),
                "key_file": str(folder / "printer-7-key.pem"),
                "confirm_by": "ack",
            },
        )
    )
    # A cell of another name has a log of its own.
    for name in ("audit.sqlite", "high-water.json", "telemetry-cursor.json"):
        (shop.cell / name).unlink(missing_ok=True)
    for path in shop.cell.glob("audit.sqlite*"):
        path.unlink()
    registry: Registry | None = None
    shop.start_controller(printer=False)
    try:
        for number in range(5):
            shop.room(20 + number, 40)
        wait_until(lambda: shop.state()["qms"]["unconfirmed"] >= 6, 30, "the outbox to fill")
        assert not shop.state()["qms"]["connected"]
        site.start()
        registry = Registry(site).start()
        wait_until(lambda: shop.state()["qms"]["unconfirmed"] == 0, PATIENCE_S, "all events")
        assert len(registry.stored) >= 6
        site.kill()
        wait_until(lambda: not shop.state()["qms"]["connected"], PATIENCE_S, "the broken line")
        shop.room(25, 40)
        shop.stop_controller()
        shop.start_controller(printer=False)
        wait_until(
            lambda: shop.state()["qms"]["unconfirmed"] >= 3, 30, "what a restart must not forget"
        )
        site.start()
        wait_until(lambda: shop.state()["qms"]["unconfirmed"] == 0, PATIENCE_S, "the rest")
        size = shop.call("registers")["entries"]
        assert sorted(registry.stored) == list(range(size)), "each event arrived"
        assert shop.traces() == []
    finally:
        if registry is not None:
            registry.stop()
        site.kill()


# The cable.


def test_a_printer_that_comes_late_and_goes_and_comes_back(
    a_copy: Callable[..., Workshop],
) -> None:
    shop = a_copy()
    shop.start_controller(printer=False)
    printer = shop.state()["printer"]
    assert not printer["connected"]
    assert not printer["qualified"]
    assert printer["detail"] == "The printer does not answer"
    order_id = shop.receive(QUICK)
    shop.check(order_id)
    found = shop.findings(
        "qualify_printer",
        {"valid_days": 10, "signature": shop.signature("quinn", Act.QUALIFY_PRINTER)},
    )
    assert "GT-CONNECTED" in found
    shop.simulator.start()
    wait_until(lambda: shop.state()["printer"]["qualified"], 40, "the late printer")
    order_id, build_id = shop.permitted(QUICK)
    shop.simulator.stop()
    wait_until(lambda: not shop.state()["printer"]["connected"], 40, "the pulled cable")
    shop.connect_host()
    said = shop.refused("arm_build", {"build_id": build_id})
    assert "printer" in json.dumps(said).lower()
    assert shop.build_state(build_id) == "permitted", "the permit is not burned by it"
    shop.simulator.start()
    wait_until(shop.printer_known, 40, "the printer, back")
    shop.streamed(build_id)
    assert shop.traces() == []
    assert shop.log_is_whole()


class OtherPrinter:
    """A simulator that is not the printer of this cell, on its cable."""

    def __init__(self, shop: Workshop, identity: str) -> None:
        self._process = Process(
            [
                *(sys.executable, "-m", "tests.controller.other_printer", "--identity", identity),
                *("--pty", str(shop.simulator.pty), "--speed", "100"),
            ],
            shop.hospital.run / "other.out",
        )

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc: object) -> None:
        self._process.stop()


@pytest.mark.parametrize(
    ("identity", "code", "words"),
    [
        ("FIRMWARE_NAME:Prusa-Firmware 3.11.0 MACHINE_TYPE:Example i3 EXTRUDER_COUNT:1",
         "GT-FIRMWARE", "Prusa-Firmware 3.11.0"),
        ("FIRMWARE_NAME:Marlin 2.1.2.1 (Nov 23 2026) MACHINE_TYPE:Another i3 EXTRUDER_COUNT:1",
         "GT-MACHINE", "Another i3"),
    ],
)  # fmt: skip
def test_another_printer_on_the_cable(
    a_copy: Callable[..., Workshop], identity: str, code: str, words: str
) -> None:
    """Swapped after the permit was signed: seen when the build is to start, and before."""
    shop = a_copy()
    with started(shop):
        _, build_id = shop.permitted(QUICK)
        waiting = shop.verified(QUICK)
        shop.simulator.stop()
        wait_until(lambda: not shop.state()["printer"]["connected"], 40, "the pulled cable")
        with OtherPrinter(shop, identity):
            wait_until(shop.printer_known, 40, "the other printer")
            wait_until(lambda: not shop.state()["printer"]["qualified"], 40, "its identity")
            shop.connect_host()
            found = shop.findings("arm_build", {"build_id": build_id})
            assert code in found, found
            assert words in found[code]["observed"]
            shop.call("stop", {})
            found = shop.findings("permit_build", shop.permit_arguments(waiting))
            assert code in found, found
            found = shop.findings(
                "qualify_printer",
                {"valid_days": 10, "signature": shop.signature("quinn", Act.QUALIFY_PRINTER)},
            )
            assert code in found
            assert found[code]["next_step"]


# The clock.


def test_a_clock_that_stepped_back(a_copy: Callable[..., Workshop]) -> None:
    """The newest entry lies a day ahead of this machine's clock."""
    shop = a_copy()
    signer = LogSigner.from_pem((shop.cell / "keys" / "log.pem").read_bytes(), "log.pem")
    origin = "example-hospital.example/printer-7/audit/1"
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    with AuditStore.open(shop.cell / "audit.sqlite", signer, origin) as log:
        log.append("controller_stopped", {"boot_id": "from-a-clock-ahead"}, ahead)
    with started(shop):
        order_id = shop.receive(QUICK)
        detail = shop.check(order_id)
        found = {one["code"]: one for one in detail["findings"] if one["severity"] == "refuse"}
        if detail["state"] == "verified":
            found = shop.findings("permit_build", shop.permit_arguments(order_id))
        assert "BD-070" in found, found
        assert "s behind the newest entry" in found["BD-070"]["observed"]
        assert "Call IT to set the clock" in found["BD-070"]["next_step"]
        assert shop.log_is_whole(), "no entry goes back in time"
