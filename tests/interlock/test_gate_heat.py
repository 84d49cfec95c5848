"""A printer that heats although nobody asked it to, and holds that meet the end of a job."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest

from mdps_plugin.interlock.gate import snapshot_of, starting
from mdps_plugin.interlock.gate_printer import LOCKED_HEAT_INTERVAL_S
from mdps_plugin.interlock.gate_state import (
    GateState,
    Hold,
    HostOpened,
    PrinterClosed,
    PrinterOpened,
    Stage,
)

from .bench import LINES, Bench, job, profile

SAFE_STOP = list(profile().safe_stop)
COLD = "T:21.00 /0.00 B:21.00 /0.00"

HOT = [
    ("nozzle and bed", "T:215.00 /215.00 B:60.00 /60.00"),
    ("nozzle", "T:21.00 /215.00 B:21.00 /0.00"),
    ("bed", "T:21.00 /0.00 B:60.00 /60.00"),
    ("one degree", "T:21.00 /1.00 B:21.00 /0.00"),
    ("no bed", "T:215.00 /215.00"),
]


def hot_bench(temperatures: str) -> Bench:
    bench = Bench()
    bench.temperatures = temperatures
    return bench


def cooled_by_safe_stop(bench: Bench) -> None:
    """The printer, still heating, gets the safe-stop, obeys, and is locked again."""
    assert bench.state.stage is Stage.SECURING
    assert bench.job_lines()[: len(SAFE_STOP)] == SAFE_STOP
    assert set(bench.job_lines()) == set(SAFE_STOP)
    bench.temperatures = COLD
    bench.pass_time(6)
    assert bench.state.stage is Stage.LOCKED
    assert bench.event("safe_stop_written").facts["confirmed"] is True


@pytest.mark.parametrize(("name", "seen"), HOT, ids=[name for name, _ in HOT])
def test_a_printer_that_is_hot_at_the_start_is_made_safe(name: str, seen: str) -> None:
    bench = hot_bench(seen)
    bench.give(PrinterOpened())
    bench.give(HostOpened())
    bench.pass_time(2)
    assert bench.kinds().count("temperature_deviation") == 1
    bench.arm()
    assert bench.refused[-1].act == "arm"
    cooled_by_safe_stop(bench)


def test_a_printer_that_comes_back_hot_is_made_safe() -> None:
    bench = Bench().connect()
    bench.give(PrinterClosed("unplugged"))
    bench.clear().temperatures = HOT[0][1]
    bench.give(PrinterOpened())
    bench.pass_time(2)
    cooled_by_safe_stop(bench)


def test_a_target_set_at_the_panel_of_a_locked_printer_is_taken_back_at_intervals() -> None:
    bench = Bench().connect()
    bench.pass_time(5)
    assert bench.job_lines() == []
    begun = bench.now
    for _ in range(20):
        bench.temperatures = HOT[0][1]
        bench.pass_time(0.5)
        bench.temperatures = COLD
        bench.pass_time(4)
    times = [
        event.at
        for event in bench.events
        if event.kind == "safe_stop_written" and not event.facts["confirmed"]
    ]
    assert times[0] - begun <= 0.5
    assert 5 <= len(times) <= 10
    apart = [later - before for before, later in pairwise(times)]
    assert min(apart) >= LOCKED_HEAT_INTERVAL_S
    assert set(bench.job_lines()) == set(SAFE_STOP)


def test_a_gate_told_to_secure_first_says_nothing_else_until_it_is_confirmed() -> None:
    bench = Bench()
    bench.state = starting(profile(), "the last build was interrupted", bench.now)
    bench.pass_time(100, report=False)
    assert bench.wire == b""
    bench.answering = False
    bench.give(PrinterOpened())
    assert bench.commands() == [*SAFE_STOP, "M105"]
    told = bench.event("safe_stop_written").facts
    assert (told["confirmed"], told["written"]) == (False, True)
    assert told["reason"] == "the last build was interrupted"
    # However long the printer was off: it has the whole time to answer before it is halted.
    bench.pass_time(5, report=False)
    assert "M112" not in bench.commands()
    bench.answering = True
    bench.arm()
    assert bench.refused[-1].act == "arm"
    bench.pass_time(3)
    assert bench.state.stage is Stage.LOCKED
    bench.arm()
    assert bench.state.stage is Stage.ARMED


def test_a_gate_that_need_not_secure_first_begins_locked() -> None:
    assert starting(profile(), None, 5.0) == GateState(profile=profile())


@pytest.mark.parametrize("left", [1, 2, 3, 4])
def test_a_hold_within_the_last_lines_ends_with_the_job(left: int) -> None:
    bench = Bench().connect().arm().build_to(len(LINES) - left)
    bench.clear().give(Hold("tina"))
    for line in LINES[-left:]:
        bench.host(line)
        bench.follow(line)
    bench.host("M400")
    bench.pass_time(2)
    kinds = [kind for kind in bench.kinds() if kind in ("held", "resumed", "build_streamed")]
    assert kinds == ["held", "resumed", "build_streamed"]
    assert bench.event("resumed").facts["by"] == "the end of the job"
    assert bench.event("build_streamed").facts["streamed"] == job().digest
    assert b"//action:pause\n" in bench.heard
    assert bench.heard.endswith(b"ok\n")
    assert b"//action:resume\n" in bench.heard
    assert bench.state.stage is Stage.LOCKED


def test_a_gate_that_broke_shows_nothing_alive() -> None:
    bench = Bench().connect().arm().build_to(10)
    shown = snapshot_of(bench.state, bench.now)
    assert (shown.stage, shown.build_id, shown.line) == ("building", "build-1", 10)
    assert shown.printer_alive
    assert shown.host_alive
    broken = snapshot_of(bench.state, bench.now, failed=True)
    assert (broken.mode, broken.stage, broken.build_id) == ("locked", "failed", None)
    assert not broken.printer_alive
    assert not broken.host_alive
    assert broken.nozzle_c is None


def test_the_streamed_digest_of_a_job_held_at_its_end_covers_every_line() -> None:
    bench = Bench().connect().arm().build_to(len(LINES) - 2)
    bench.give(Hold("tina"))
    bench.host(*LINES[-2:]).pass_time(1)
    text = "".join(line + "\n" for line in LINES).encode()
    assert bench.event("build_streamed").facts["streamed"] == hashlib.sha256(text).hexdigest()
