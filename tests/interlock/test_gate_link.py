"""The gate's thread: commands nobody waits for, closing, breaking. On the simulator."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mdps_plugin.errors import LinkError
from mdps_plugin.interlock import gate_link
from mdps_plugin.interlock.gate_state import GateState
from tests.harness import wait_until

from .bench import profile
from .rig import Rig, job_lines, to_job

SAFE_STOP = list(profile().safe_stop)


class Stuck:
    """Lets the gate's thread stand still within a step, for as long as wanted."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self.within = threading.Event()
        self.go_on = threading.Event()
        self._wanted = threading.Event()
        real = gate_link.step

        def slow(state: GateState, given: object, now: float) -> object:
            if self._wanted.is_set() and not self.go_on.is_set():
                self.within.set()
                self.go_on.wait(30)
            return real(state, given, now)

        monkeypatch.setattr(gate_link, "step", slow)
        monkeypatch.setattr(gate_link, "COMMAND_TIMEOUT_S", 0.3)
        self._wanted.set()
        assert self.within.wait(5)
        assert rig.gate.failed is None


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path) as running:
        yield running


COMMANDS: list[tuple[str, Callable[[Rig], None], str]] = [
    ("arm", lambda rig: rig.gate.arm(to_job(job_lines(10))), "will not be done"),
    ("hold", lambda rig: rig.gate.hold("tina"), "will not be done"),
    ("stop", lambda rig: rig.gate.stop("tina", "smoke"), "as soon as"),
]


@pytest.mark.parametrize(("name", "act", "words"), COMMANDS, ids=[name for name, _, _ in COMMANDS])
def test_a_command_that_came_too_late_is_not_done_later_but_a_stop_is(
    name: str, act: Callable[[Rig], None], words: str, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = Stuck(rig, monkeypatch)
    with pytest.raises(LinkError, match=words):
        act(rig)
    stuck.go_on.set()
    monkeypatch.setattr(gate_link, "COMMAND_TIMEOUT_S", 5.0)
    rig.gate.face_alive()
    wait_until(lambda: not rig.gate._commands, 5, "the queue to be empty")
    rig.settle(0.5)
    assert rig.gate.snapshot().build_id is None
    assert rig.gate.failed is None
    stopped = [e for e in rig.events if e.kind == "safe_stop_written"]
    assert bool(stopped) is (name == "stop")
    if name == "arm":
        rig.gate.arm(to_job(job_lines(10)))
        assert rig.gate.snapshot().build_id == "build-1"


def test_closing_while_the_printer_confirms_nothing_leaves_it_to_the_watchdog(rig: Rig) -> None:
    rig.gate.arm(to_job(job_lines(10)))
    os.kill(rig.simulator.process.pid, signal.SIGSTOP)
    try:
        rig.gate.close()
        assert rig.wait_for("build_aborted").facts["reason"] == "stopped"
        said = wait_until(lambda: rig.note.exists() and json.loads(rig.note.read_text()), 20)
        assert said["confirmed"] is False
        assert said["safe_stop_written"] >= 1
    finally:
        os.kill(rig.simulator.process.pid, signal.SIGCONT)
    wait_until(lambda: set(SAFE_STOP) <= set(rig.wire.commands()), 5, "the safe-stop")


def test_a_gate_that_is_closed_while_its_thread_stands_still_ends_the_build(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.gate.arm(to_job(job_lines(10)))
    stuck = Stuck(rig, monkeypatch)
    monkeypatch.setattr(gate_link, "CLOSE_CONFIRM_S", 0.2)
    rig.gate.close()
    stuck.go_on.set()
    assert rig.wait_for("build_aborted").facts["reason"] == "stopped"
    wait_until(lambda: set(SAFE_STOP) <= set(rig.wire.commands()), 10, "the safe-stop")


def test_a_gate_that_breaks_does_not_make_the_watchdogs_port_block(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rig.gate._printer is not None
    # The watchdog's descriptor shares its flags with the gate's, as this one does.
    shared = os.dup(rig.gate._printer.fd)
    try:
        rig.gate.arm(to_job(job_lines(10)))
        mark = rig.wire.mark()

        def breaks(*_: object) -> object:
            raise ZeroDivisionError("on purpose")

        monkeypatch.setattr(gate_link, "step", breaks)
        assert "on purpose" in str(rig.wait_for("gate_failed").facts["trace"])
        assert os.get_blocking(shared) is False
        shown = rig.gate.snapshot()
        assert (shown.stage, shown.printer_alive, shown.host_alive) == ("failed", False, False)
        wait_until(lambda: set(SAFE_STOP) <= set(rig.wire.commands(mark)), 5, "the safe-stop")
    finally:
        os.close(shared)


def test_a_printer_that_is_hot_when_the_gate_starts_is_made_safe(tmp_path: Path) -> None:
    with Rig(tmp_path, speed=20) as first:
        heat = b"M104 S215\nM140 S60\n"
        first.gate.close()
        port = os.open(first.simulator.pty, os.O_RDWR | os.O_NOCTTY)
        os.write(port, heat)
        wait_until(lambda: "M140 S60" in first.wire.commands(), 10, "the heaters")
        os.close(port)
        mark = first.wire.mark()
        events: list[gate_link.GateEvent] = []
        gate = gate_link.GateLink(
            profile(), str(first.simulator.pty), tmp_path / "again", events.append, watchdog=False
        )
        gate.start()
        try:
            wait_until(
                lambda: [e for e in events if e.facts.get("confirmed")], 20, "the confirmation"
            )
            assert set(SAFE_STOP) <= set(first.wire.commands(mark))
            wait_until(lambda: gate.snapshot().stage == "locked", 5, "the lock")
            seen = wait_until(lambda: gate.snapshot().nozzle_target_c == 0, 10, "no target")
            assert seen
        finally:
            gate.close()
