"""What ends a build at the gate before its last line, and what is on the wire then."""

from __future__ import annotations

import pytest

from mdps_plugin.interlock.gate_state import (
    HostClosed,
    PrinterClosed,
    PrinterOpened,
    Stage,
    Stop,
)

from .bench import LINES, Bench, job, numbered, profile
from .gate_cases import SAFE_STOP, aborted, armed, building


@pytest.mark.parametrize("word", sorted(profile().stop_words))
@pytest.mark.parametrize("held", [False, True])
def test_a_stop_word_passes_at_once_and_ends_the_build(word: str, held: bool) -> None:
    bench = building(10)
    if held:
        bench.host("M400")
    bench.answering = False
    bench.clear().raw(word.encode() + b"\n")
    assert bench.wire.startswith(word.encode() + b"\n" + SAFE_STOP[0].encode() + b"\n")
    assert bench.event("stop_word").facts["line"] == word
    assert bench.event("build_aborted").facts["reason"] == "stop_word"
    bench.answering = True
    bench.host(*LINES[10:14])
    assert bench.job_lines() == [word, *SAFE_STOP]


def test_the_emergency_stop_of_octoprint() -> None:
    bench = building(10).raw(b"M112\n")
    number = 12
    bench.raw(numbered(number, "M112") + numbered(number + 1, "M104 T0 S0"))
    aborted(bench, "stop_word", 10)
    assert "M112" in bench.job_lines()


def test_a_printer_blocked_in_a_heat_up_gets_the_safe_stop_unnumbered() -> None:
    lines = ("M109 S215", *LINES)
    bench = Bench().connect().arm(job(lines))
    bench.answering = False
    bench.clear().host("M109 S215").pass_time(3)
    bench.give(Stop("tech", "smoke"))
    text = "".join(line + "\n" for line in SAFE_STOP).encode()
    assert text in bench.wire
    assert bench.event("build_aborted").facts["by"] == "tech"


ENDS = [
    ("face_lost", lambda b: b.host("M400").pass_time(16, face=False)),
    ("host_silent", lambda b: b.pass_time(11)),
    ("host_gone", lambda b: b.give(HostClosed())),
    ("printer_gone", lambda b: b.give(PrinterClosed("unplugged"))),
    ("printer_reset", lambda b: b.printer("start\n")),
    ("printer_halted", lambda b: b.printer("Error:Thermal Runaway, system stopped!\n")),
    ("printer_halted", lambda b: b.printer("!! printer halted\n")),
    ("printer_action", lambda b: b.printer("//action:paused filament_runout 0\n")),
    ("printer_waits", lambda b: b.printer("echo:busy: paused for user\n")),
    ("printer_refused_line", lambda b: b.printer("echo: cold extrusion prevented\n")),
    ("printer_sd", lambda b: b.printer("SD printing byte 12/345\n")),
    ("temperature_unknown", lambda b: b.deaf().pass_time(11, report=False)),
    ("temperature_over", lambda b: b.printer(" T:290.0 /215.0 B:60 /60\n")),
    ("stopped", lambda b: b.give(Stop("tech", "smoke"))),
    ("printer_numbering", lambda b: b.printer("Resend: 3\n")),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "act"), ENDS, ids=[f"{r}{i}" for i, (r, _) in enumerate(ENDS)])
def test_what_ends_a_build(reason: str, act: object) -> None:
    bench = building(10)
    act(bench)
    aborted(bench, reason, 10)
    bench.answering = True
    bench.host(*LINES[10:12])
    assert LINES[10] not in bench.job_lines()


def test_lines_while_the_printer_is_silent_are_probed_and_then_given_up() -> None:
    bench = building(10)
    bench.answering = False
    bench.clear().host(LINES[10])
    bench.pass_time(9)
    assert bench.commands() == [LINES[10], LINES[10], "M105"]
    bench.pass_time(9)
    aborted(bench, "printer_silent", 10)


@pytest.mark.parametrize("target", ["T:215.0 /230.0", "T:215.0 /0.0"])
def test_a_target_changed_at_the_panel_trips(target: str) -> None:
    bench = building(10)
    bench.temperatures = f"{target} B:60.0 /60.0"
    bench.host(LINES[10]).pass_time(2)
    assert bench.state.stage is Stage.BUILDING
    bench.pass_time(3)
    aborted(bench, "temperature_target", 11)
    assert bench.event("temperature_deviation").facts["heater"] == "nozzle"


def test_a_value_outside_the_window_for_too_long_trips() -> None:
    bench = building(10).pass_time(1)
    bench.temperatures = "T:199.0 /215.0 B:60.0 /60.0"
    bench.host(LINES[10]).pass_time(4)
    assert bench.state.stage is Stage.BUILDING
    bench.pass_time(3)
    aborted(bench, "temperature_window", 11)


def test_a_heat_up_that_does_not_end_trips() -> None:
    bench = armed().host(*LINES[:3])
    bench.temperatures = "T:190.0 /215.0 B:50.0 /60.0"
    bench.answering = False
    bench.host(LINES[3])
    for _ in range(1000):
        bench.printer("echo:busy: processing\n").pass_time(1)
        if bench.state.build is None:
            break
    aborted(bench, "temperature_heatup", 3)


def test_the_safe_stop_is_repeated_until_the_printer_says_that_nothing_heats() -> None:
    bench = building(10)
    bench.answering = False
    bench.clear().give(Stop("tech", "smoke"))
    bench.pass_time(6.2)
    assert bench.job_lines() == SAFE_STOP * 4
    assert bench.state.stage is Stage.SECURING
    bench.printer("ok T:200.0 /215.0 B:60 /60\n").pass_time(0.5)
    assert bench.state.stage is Stage.SECURING
    bench.pass_time(2).printer("ok T:190.0 /0.0 B:60 /0.0\n")
    assert bench.state.stage is Stage.LOCKED
    confirmed = bench.event("safe_stop_written").facts
    assert confirmed["confirmed"] is True
    assert confirmed["attempt"] == 5


def test_an_old_report_without_targets_does_not_confirm_the_safe_stop() -> None:
    bench = building(2)
    bench.answering = False
    bench.give(Stop("tech", "smoke"))
    bench.printer(" T:21.0 /0.0 B:21 /0.0\n")
    assert bench.state.stage is Stage.SECURING


def test_a_safe_stop_that_is_never_confirmed_becomes_an_emergency_stop() -> None:
    bench = building(10)
    bench.temperatures = "T:215.0 /215.0 B:60.0 /60.0"
    bench.give(Stop("tech", "smoke"))
    bench.clear().pass_time(33)
    assert bench.job_lines().count("M112") == 1


def test_a_printer_that_comes_back_is_made_safe_first() -> None:
    bench = building(10)
    bench.give(PrinterClosed("unplugged"))
    assert bench.event("build_aborted").facts["safe_stop_written"] is False
    bench.clear()
    bench.temperatures = "T:150.0 /0.0 B:60.0 /0.0"
    bench.give(PrinterOpened())
    assert bench.job_lines() == SAFE_STOP
    assert bench.state.stage is Stage.LOCKED
