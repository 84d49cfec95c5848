"""What the gate tells ends up on record, whatever breaks: gate, disk, controller. Real parts."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.audit.note import LogSigner
from mdps_plugin.audit.store import AuditStore
from mdps_plugin.build.lifecycle import BuildState
from mdps_plugin.controller import verbs_build
from mdps_plugin.controller.cell import Cell, open_cell, read_cell_config
from mdps_plugin.controller.gate_entries import (
    BEGIN_WITHIN,
    MISSING_FOR_S,
    OTHER_REASONS,
    Due,
    due,
    entries_for,
)
from mdps_plugin.controller.process import find_profile, secure_first
from mdps_plugin.controller.recorder_link import Recorder
from mdps_plugin.controller.socket_link import Request
from mdps_plugin.interlock.gate_state import GateEvent
from tests.build.history import History
from tests.build.world import JOB_SHA
from tests.harness import ROOT, Process, wait_until
from tests.interlock.rig import Rig, job_lines, to_job

from .workshop import QUICK, Workshop, started

STREAMED: dict[str, Any] = {
    "build_id": "B-1",
    "planned": JOB_SHA,
    "streamed": JOB_SHA,
    "lines": 40,
    "planned_lines": 40,
    "seconds": 60.0,
    "nozzle_c": {"minimum": 214.0, "mean": 215.0, "maximum": 216.0},
    "bed_c": {"minimum": 59.0, "mean": 60.0, "maximum": 61.0},
    "excursions": [],
}
ABORTED: dict[str, Any] = {
    "build_id": "B-1",
    "reason": "stop_word",
    "stop_word": "M108",
    "line": 7,
    "lines": 40,
    "layer": 1,
    "streamed": JOB_SHA,
    "safe_stop_written": True,
}
FAILED = {"trace": "Traceback\n  there\nZeroDivisionError: on purpose\n"}


def history_in(state: BuildState) -> History:
    """A log in which build B-1 is in that state."""
    history = History().registers().ordered().verified().permitted().armed()
    if state is not BuildState.ARMED:
        history.building()
    if state is BuildState.HELD:
        history.append("build_held", {"build_id": "B-1", "by": "tina"})
    if state is BuildState.ABORTED:
        history.append("build_aborted", {"build_id": "B-1", "reason": "Stopped"})
    return history


ENDS = [
    (BuildState.BUILDING, "build_streamed", STREAMED, ["build_streamed"]),
    (BuildState.HELD, "build_streamed", STREAMED, ["build_resumed", "build_streamed"]),
    (BuildState.ARMED, "build_streamed", STREAMED, ["build_started", "build_streamed"]),
    (BuildState.ABORTED, "build_streamed", STREAMED, ["deviation_raised"]),
    (BuildState.ARMED, "build_aborted", ABORTED, ["build_aborted"]),
    (BuildState.BUILDING, "build_aborted", ABORTED, ["build_aborted"]),
    (BuildState.HELD, "build_aborted", ABORTED, ["build_aborted"]),
    (BuildState.ABORTED, "build_aborted", ABORTED, ["deviation_raised"]),
    (BuildState.ARMED, "gate_failed", FAILED, ["gate_tripped", "build_aborted"]),
    (BuildState.BUILDING, "gate_failed", FAILED, ["gate_tripped", "build_aborted"]),
    (BuildState.HELD, "gate_failed", FAILED, ["gate_tripped", "build_aborted"]),
    (BuildState.ABORTED, "gate_failed", FAILED, ["gate_tripped"]),
    (None, "gate_failed", FAILED, ["gate_tripped"]),
    (None, "build_streamed", STREAMED, ["gate_tripped"]),
    (None, "build_aborted", ABORTED, ["gate_tripped"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "kind", "facts", "wanted"), ENDS, ids=[f"{s and s.value}-{k}" for s, k, _, _ in ENDS]
)
def test_no_end_is_dropped_and_the_log_can_take_it(
    state: BuildState | None, kind: str, facts: dict[str, Any], wanted: list[str]
) -> None:
    history = history_in(state or BuildState.ABORTED)
    build = history.state.builds["B-1"] if state else None
    assert build is None or build.state is state
    now = history.now
    entries = entries_for(GateEvent(kind, 5.0, facts), build, now, 0)
    assert [kind for kind, _ in entries] == wanted
    for entry_kind, body in entries:
        history.append(entry_kind, body)
    assert not history.refold().builds["B-1"].state.on_the_wire
    if kind == "gate_failed":
        assert "ZeroDivisionError: on purpose" in str(entries[0][1]["reason"])
        if len(entries) > 1:
            assert entries[1][1]["reason_code"] == "gate_failed"


def test_words_of_the_controllers_own_reasons() -> None:
    for text in OTHER_REASONS.values():
        assert len(text.split()) <= 12, text
        assert not {"error", "invalid", "failed", "please"} & set(text.lower().split()), text


STARTS: list[tuple[list[str], Any, bool]] = [
    ([], None, False),
    ([], {"confirmed": True}, False),
    ([], {"confirmed": False}, True),
    ([], {}, True),
    ([], {"unreadable": "half a no"}, True),
    ([], "text", True),
    (["B-1"], None, True),
    (["B-1"], {"confirmed": True}, True),
]


@pytest.mark.parametrize(("broken", "note", "first"), STARTS)
def test_when_a_start_makes_the_printer_safe_first(
    broken: list[str], note: Any, first: bool
) -> None:
    assert (secure_first(broken, note) is not None) is first


LATE, EARLY = BEGIN_WITHIN + timedelta(seconds=1), timedelta(seconds=1)
DUE = [
    (BuildState.ARMED, EARLY, True, None, Due.NOTHING),
    (BuildState.ARMED, LATE, True, None, Due.STOP),
    (BuildState.ARMED, LATE, False, None, Due.NOTHING),
    (BuildState.ARMED, LATE, False, MISSING_FOR_S - 1, Due.NOTHING),
    (BuildState.ARMED, LATE, False, MISSING_FOR_S, Due.RECORD),
    (BuildState.BUILDING, LATE, True, None, Due.NOTHING),
    (BuildState.BUILDING, LATE, False, MISSING_FOR_S, Due.RECORD),
    (BuildState.HELD, LATE, False, MISSING_FOR_S, Due.RECORD),
    (BuildState.ABORTED, LATE, False, MISSING_FOR_S, Due.NOTHING),
]


@pytest.mark.parametrize(("state", "after", "in_gate", "missing_s", "wanted"), DUE)
def test_what_is_due_for_the_build_on_record(
    state: BuildState, after: timedelta, in_gate: bool, missing_s: float | None, wanted: Due
) -> None:
    build = replace(history_in(BuildState.BUILDING).state.builds["B-1"], state=state)
    assert build.armed_at is not None
    assert due(build, build.armed_at + after, in_gate=in_gate, missing_s=missing_s) is wanted


class Disk:
    """Wraps each commit of the log: refuses it, or does it and says otherwise, while told to."""

    def __init__(self) -> None:
        self.full = False
        self.stays = False

    def __call__(self, commit: Callable[[], None]) -> None:
        if not self.full:
            commit()
            return
        if self.stays:
            commit()
        raise OSError(28, "No space left on device")


class Ground:
    """A cell with an empty log on a disk of its own, and a gate on the simulator."""

    def __init__(self, folder: Path, rig: Rig) -> None:
        shop = Workshop.new(folder / "h")
        config = read_cell_config(shop.cell)
        self.cell: Cell = open_cell(shop.cell, find_profile(config.printer.profile), config)
        self.cell.log.close()
        self.disk = Disk()
        key = shop.cell / "keys" / "log.pem"
        signer = LogSigner.from_pem(key.read_bytes(), str(key))
        self.cell.log = AuditStore.open(
            shop.cell / "audit.sqlite", signer, config.origin, commit=self.disk
        )
        self.cell.gate_link = rig.gate
        self.rig = rig
        self.said: list[str] = []
        self.recorder = Recorder(self.cell, self.said.append)

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.cell.log.entries()]

    def tell(self, kind: str, **facts: Any) -> None:
        self.recorder.take(GateEvent(kind, time.monotonic(), facts))


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with Rig(tmp_path / "rig") as rig:
        made = Ground(tmp_path, rig)
        made.recorder.start()
        yield made
        made.recorder.close()
        made.cell.gate_link = None
        made.cell.close()


@pytest.mark.parametrize("stays", [False, True], ids=["refused", "written but not said"])
def test_an_event_that_the_disk_refuses_is_kept_and_written_once(
    stays: bool, ground: Ground
) -> None:
    ground.rig.gate.arm(to_job(job_lines(10)))
    ground.disk.full, ground.disk.stays = True, stays
    ground.tell("safe_stop_written", confirmed=True, attempt=1)
    ground.tell("host_connected")
    wait_until(lambda: ground.rig.gate.snapshot().build_id is None, 10, "the end of the build")
    assert ground.rig.wait_for("build_aborted").facts["why"] == "the audit log cannot be written"
    assert ground.recorder.pending()
    ground.disk.full = False
    wait_until(lambda: not ground.recorder.pending(), 10, "the log")
    assert ground.kinds() == ["safe_stop_written", "connection_back"]


def test_an_event_that_the_log_can_never_take_stops_the_build_and_no_other_event(
    ground: Ground,
) -> None:
    ground.rig.gate.arm(to_job(job_lines(10)))
    ground.tell("safe_stop_written", confirmed=object())
    ground.tell("host_connected")
    wait_until(lambda: not ground.recorder.pending(), 10, "the log")
    assert ground.kinds() == ["gate_tripped", "connection_back"]
    assert ground.rig.wait_for("build_aborted").facts["reason"] == "stopped"


def test_a_recorder_that_is_closed_on_a_full_disk_ends(ground: Ground) -> None:
    ground.disk.full = True
    ground.tell("host_connected")
    wait_until(lambda: ground.said, 10, "the first refusal")
    ground.recorder.close()
    assert "not recorded, host_connected: the controller ends" in ground.said


def test_stop_waits_for_nobody_who_holds_the_lock(ground: Ground) -> None:
    held, release = threading.Event(), threading.Event()

    def holder() -> None:
        with ground.cell.lock:
            held.set()
            release.wait(30)

    thread = threading.Thread(target=holder)
    thread.start()
    try:
        assert held.wait(5)
        ground.rig.gate.arm(to_job(job_lines(10)))
        done = threading.Event()

        def stop() -> None:
            request = Request(number=1, verb="stop", args={}, actor="tina", body=b"")
            assert verbs_build.stop(ground.cell, request).result == "stopped"
            done.set()

        threading.Thread(target=stop, daemon=True).start()
        assert done.wait(5), "stop waited for the lock"
        assert ground.rig.wait_for("build_aborted").facts["by"] == "tina"
    finally:
        release.set()
        thread.join()


def test_the_watchdogs_note_outlives_a_start_that_could_not_record_it(tmp_path: Path) -> None:
    shop = Workshop.new(tmp_path / "h")
    with shop:
        shop.start()
    note = shop.cell / "run" / "watchdog-note.json"
    note.write_text(json.dumps({"why": "on purpose", "confirmed": False}))
    done = subprocess.run(
        [sys.executable, "-m", "mdps_plugin.cli.main", "controller", "--cell", str(shop.cell)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)),
    )
    assert done.returncode == 3
    assert "not written" in done.stderr or "not acknowledged" in done.stderr, done.stderr
    assert json.loads(note.read_text())["why"] == "on purpose"
    with shop:
        shop.start()
        body = [e for e in shop.entries() if e["kind"] == "controller_started"][-1]["body"]
        assert body["watchdog"]["why"] == "on purpose"
        assert not note.exists()
        told = wait_until(
            lambda: [e["body"] for e in shop.entries() if e["kind"] == "safe_stop_written"]
        )
        assert told[0]["reason"] == "the watchdog's safe-stop was not confirmed"


BREAKS = """
import sys
from pathlib import Path
from mdps_plugin.controller.process import run_controller
from mdps_plugin.interlock import gate_link
real, trigger = gate_link.step, Path(sys.argv[2])
def breaks(*given):
    if trigger.exists():
        raise ZeroDivisionError("on purpose")
    return real(*given)
gate_link.step = breaks
sys.exit(run_controller(Path(sys.argv[1])))
"""


class Breaking(Workshop):
    """Its controller's gate breaks as soon as the file ``trigger`` is there."""

    @property
    def trigger(self) -> Path:
        return self.hospital.run / "break"

    def launch(self) -> Process:
        self.hospital.run.mkdir(exist_ok=True)
        (self.cell / "run").mkdir(exist_ok=True)
        return Process(
            [sys.executable, "-c", BREAKS, str(self.cell), str(self.trigger)], self.stderr
        )


def test_a_gate_that_breaks_ends_the_build_on_record_and_the_controller(
    a_copy: Callable[..., Workshop],
) -> None:
    shop = a_copy(speed=20.0)
    shop.__class__ = Breaking
    assert isinstance(shop, Breaking)
    shop.start()
    _, build_id = shop.permitted(QUICK)
    shop.begun(build_id)
    mark = shop.simulator.wire.mark()
    child = shop.controller
    assert child is not None
    shop.trigger.touch()
    wait_until(lambda: not child.alive, 40, "the end of the controller")
    assert child._popen.poll() == 3, child.text()
    assert {"M104 S0", "M140 S0"} <= set(shop.simulator.wire.commands(mark))
    shop.quiet()
    shop.trigger.unlink()
    shop.start_controller()
    assert shop.build_state(build_id) == "aborted"
    bodies = {e["kind"]: e["body"] for e in shop.entries() if e["body"].get("build_id") == build_id}
    assert bodies["build_aborted"]["reason_code"] == "gate_failed"
    assert "ZeroDivisionError: on purpose" in bodies["gate_tripped"]["reason"]
    assert shop.log_is_whole()


@pytest.mark.parametrize("held", [False, True], ids=["building", "held"])
def test_a_controller_told_to_end_in_a_build_ends_it_on_record(
    held: bool, a_copy: Callable[..., Workshop]
) -> None:
    with started(a_copy(speed=20.0)) as shop:
        _, build_id = shop.permitted(QUICK)
        shop.begun(build_id)
        if held:
            shop.call("hold", actor="tina")
            wait_until(lambda: shop.build_state(build_id) == "held", 10, "the hold")
        shop.stop_controller()
        shop.start_controller()
        assert shop.build_state(build_id) == "aborted"
        bodies = [e["body"] for e in shop.entries() if e["kind"] == "build_aborted"]
        assert [body["reason_code"] for body in bodies] == ["stopped"]
        assert "controller_stopped" in shop.kinds()
