"""What the controller stands on gives way: disk, broker, cable, power, clock, another controller.

It refuses in words, writes nothing by half, and works again when the ground is back.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.audit.note import LogSigner
from mdps_plugin.audit.store import AuditStore
from mdps_plugin.audit.verify import verify_log
from mdps_plugin.build.signature import Act
from tests.harness import ROOT, Process, wait_until
from tests.telemetry.broker import PATIENCE_S, Registry, Site

from .workshop import QUICK, Workshop, started

PATIENT = {"name": "Jordan Example", "record_number": "EX-000-1", "date_of_birth": "1970-01-01"}


def ended(shop: Workshop) -> str:
    """Words of a controller that must end by itself with status 3."""
    done = subprocess.run(
        [sys.executable, "-m", "mdps_plugin.cli.main", "controller", "--cell", str(shop.cell)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 3, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert done.stderr.startswith("mdps: ")
    assert "Traceback" not in done.stderr
    return done.stderr


def log_of(shop: Workshop) -> Any:
    """The report on a log whose controller does not run."""
    return verify_log(shop.cell / "audit.sqlite", None, None)


# A full disk. Every file of the process is held below a size: each write beyond it is refused by
# the kernel, at the same calls as on a full disk, and the space comes back when the limit goes.


@contextlib.contextmanager
def full_disk(child: Process, room: int = 1024) -> Iterator[None]:
    before = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, before)


def tree(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-journal")
    }


def test_a_full_disk_refuses_and_leaves_nothing_by_half(a_copy: Callable[..., Workshop]) -> None:
    with started(a_copy()) as shop:
        assert shop.controller is not None
        waiting = shop.verified(QUICK)
        args = shop.permit_arguments(waiting)
        order, _ = shop.make_order(QUICK)
        patient = {**PATIENT, "token": order["individual"]["token"]}
        model_order, model = shop.make_order("anatomical-model")
        files, entries = tree(shop.cell / "files"), shop.call("registers")["entries"]
        with full_disk(shop.controller):
            for verb, values, body in (
                ("receive_order", {"order": order, "patient": patient}, b""),
                ("receive_order", {"order": model_order}, model),
                ("permit_build", args, b""),
                ("record_room",
                 {"temperature_c": 20, "humidity_percent": 40,
                  "signature": shop.signature("tina", Act.RECORD_ROOM)}, b""),
                ("export", shop.export_question(), b""),
                ("quarantine_lot",
                 {"lot_id": "22B", "reason": "x",
                  "signature": shop.signature("quinn", Act.QUARANTINE_LOT)}, b""),
                ("quarantine_lot",
                 {"lot_id": "22B", "reason": "x",
                  "signature": {"user": "tina", "password": "x", "meaning": "m"}}, b""),
            ):  # fmt: skip
                said = shop.error(verb, values, body=body)
                assert said["kind"] == "environment", (verb, said)
                assert "not written" in said["message"] or "not acknowledged" in said["message"]
                assert said["next_step"] == "Call IT. Nothing was started."
            shop.check(waiting)
            assert shop.state()["seq"], "it can still be read"
            assert shop.order(waiting)["state"] == "verified"
            assert shop.call("registers")["entries"] == entries
        # Bytes may lie in the store that no entry names; half a file may not.
        left = {name: size for name, size in tree(shop.cell / "files").items() if name not in files}
        assert all("incoming" not in name for name in left), left
        wait_until(
            lambda: "connection_back" in shop.kinds(5), 30, "the log to be found writable again"
        )
        unknown = shop.error("patient_name", shop.name_question(patient["token"]))
        assert "unknown" in unknown["observed"]
        assert shop.receive(QUICK)
        assert shop.call("receive_order", {"order": order, "patient": patient})
        name = shop.call("patient_name", shop.name_question(patient["token"]))
        assert name["name"] == PATIENT["name"]
        order_id, build_id = shop.permitted(QUICK)
        shop.streamed(build_id)
        shop.sign_steps(order_id, build_id)
        assert shop.log_is_whole()
        shop.kill_controller()
        shop.start_controller(printer=False)
        assert shop.build_state(build_id) == "post_processed"


def test_a_disk_that_fills_up_under_a_build_ends_it(a_copy: Callable[..., Workshop]) -> None:
    """What cannot be put on record must not go on."""
    with started(a_copy(speed=20.0)) as shop:
        assert shop.controller is not None
        _, build_id = shop.permitted(QUICK)
        shop.begun(build_id)
        with full_disk(shop.controller):
            shop.call("hold", actor="tina")
            wait_until(lambda: shop.state()["lock"]["mode"] == "locked", 30, "the end of the build")
            wire = shop.simulator.wire
            wait_until(lambda: "M104 S0" in wire.commands(), 10, "the heaters off on the wire")
        shop.kill_controller()
        shop.start_controller(printer=False)
        assert shop.build_state(build_id) == "aborted"
        assert shop.log_is_whole()


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


# Power.


def test_kill_9_in_each_state_closes_what_had_the_wire(a_copy: Callable[..., Workshop]) -> None:
    with started(a_copy(speed=20.0)) as shop:
        ordered = shop.receive(QUICK)
        shop.call("verify_order", {"order_id": ordered})
        shop.kill_controller()

        shop.start_controller()
        assert shop.order(ordered)["state"] in ("ordered", "verified")
        assert shop.check(ordered)["state"] == "verified"
        build_id = shop.call("permit_build", shop.permit_arguments(ordered))["build_id"]
        shop.kill_controller()

        shop.start_controller()
        assert shop.build_state(build_id) == "permitted", "a permit outlives a restart"
        shop.connect_host()
        shop.call("arm_build", {"build_id": build_id})
        shop.kill_controller()

        shop.start_controller()
        assert shop.build_state(build_id) == "aborted"
        last = [entry for entry in shop.entries(20) if entry["kind"] == "build_aborted"][-1]
        assert last["body"]["reason_code"] == "restart"
        assert "had the printer" in last["body"]["reason"]
        assert set(shop.findings("arm_build", {"build_id": build_id})) >= {"BD-111"}

        assert shop.order(ordered)["stale"], "nobody signs what was checked before the restart"
        said = shop.error("permit_build", shop.permit_arguments(ordered))
        assert said["kind"] == "transition"
        _, second = shop.permitted(QUICK)
        shop.begun(second)
        shop.kill_controller()

        shop.start_controller()
        assert shop.build_state(second) == "aborted"
        assert shop.state()["refusals"], "the next person is told"
        assert shop.log_is_whole()
        shop.stop_controller()
        assert log_of(shop).ok


def test_kill_9_in_the_middle_of_many_requests_loses_nothing_that_was_answered(
    a_copy: Callable[..., Workshop],
) -> None:
    shop = a_copy()
    for _ in range(3):
        shop.start_controller(printer=False)
        answered = [shop.room(20, n) for n in range(12)]
        shop.kill_controller()
        with contextlib.closing(sqlite3.connect(shop.cell / "audit.sqlite")) as database:
            (size,) = database.execute("SELECT count(*) FROM entry").fetchone()
        assert size > max(answered)
    assert log_of(shop).ok


# Another controller, keys, clock, a damaged log.


def test_a_second_controller_on_the_same_cell(shop: Workshop) -> None:
    said = ended(shop)
    assert f"{shop.cell / 'audit.sqlite'}: already open for writing" in said
    assert "Stop the other controller first" in said
    assert shop.state()["seq"], "the first one goes on"
    assert shop.printer_known()


@pytest.mark.parametrize("name", ["log.pem", "patients.key"])
def test_a_key_that_others_may_read(a_copy: Callable[..., Workshop], name: str) -> None:
    shop = a_copy()
    key = shop.cell / "keys" / name
    key.chmod(0o640)
    said = ended(shop)
    assert f"{key}: observed mode 0640, others may read it; allowed: 0600" in said
    assert f"chmod 600 {key}" in said
    key.chmod(0o600)
    shop.start_controller(printer=False)


@pytest.mark.parametrize("name", ["log.pem", "patients.key"])
def test_a_key_that_is_gone_or_another(a_copy: Callable[..., Workshop], name: str) -> None:
    shop = a_copy()
    shop.start_controller(printer=False)
    order, _ = shop.make_order(QUICK)
    patient = {**PATIENT, "token": order["individual"]["token"]}
    shop.call("receive_order", {"order": order, "patient": patient})
    shop.stop_controller()
    key = shop.cell / "keys" / name
    kept = key.read_bytes()
    key.unlink()
    assert str(key) in ended(shop)
    if name == "log.pem":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key.write_bytes(LogSigner(Ed25519PrivateKey.generate()).to_pem())
        key.chmod(0o600)
        said = ended(shop)
        assert "this cell is" in said
        assert "tell the quality manager" in said
    key.write_bytes(kept)
    key.chmod(0o600)
    shop.start_controller(printer=False)
    assert shop.call("patient_name", shop.name_question(patient["token"]))


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


def test_a_log_that_was_cut_or_changed_starts_nothing(a_copy: Callable[..., Workshop]) -> None:
    shop = a_copy()
    path = shop.cell / "audit.sqlite"
    older = path.read_bytes()
    shop.start_controller(printer=False)
    shop.stop_controller()
    whole = path.read_bytes()
    changed = whole.replace(b'"user":"quinn"', b'"user":"tinna"')
    assert changed != whole
    for data, words in ((older, "an older copy, or cut short"), (changed, "do not agree")):
        path.write_bytes(data)
        said = ended(shop)
        assert str(path) in said
        assert words in said
        assert "tell the quality manager" in said
    path.write_bytes(b"not a database at all" * 1000)
    assert str(path) in ended(shop)
    path.unlink()
    assert "acknowledged" in ended(shop), "an absent log is not a new one"


def test_stored_bytes_that_rotted_are_found_when_they_are_used(
    a_copy: Callable[..., Workshop],
) -> None:
    with started(a_copy()) as shop:
        _, build_id = shop.permitted(QUICK)
        planned = shop.order_of(build_id)["build"]["planned"]
        path = shop.cell / "files" / "sha256" / planned[:2] / planned
        path.write_bytes(path.read_bytes().replace(b"S215", b"S245"))
        shop.connect_host()
        for verb in ("job", "arm_build"):
            said = shop.error(verb, {"build_id": build_id})
            assert said["kind"] == "environment"
            assert "no longer those of the digest" in said["message"]
        assert shop.build_state(build_id) == "permitted"
        assert shop.simulator.wire.job_lines() == []


def test_a_cell_folder_whose_socket_path_is_too_long(filled: Workshop, tmp_path: Path) -> None:
    shop = filled.copy_to(tmp_path / ("long-" * 12) / "h")
    said = ended(shop)
    assert "a unix socket path may have at most" in said
    assert "choose a shorter cell folder" in said


def test_a_folder_that_cannot_be_written(a_copy: Callable[..., Workshop]) -> None:
    shop = a_copy()
    (shop.cell / "files").rename(shop.cell / "files-away")
    (shop.cell / "files").write_text("not a folder")
    said = ended(shop)
    assert str(shop.cell / "files") in said
    assert not os.path.exists(shop.hospital.socket)
