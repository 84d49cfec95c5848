"""Production: what passes, what ends a build, and what is on the wire then."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.interlock.gate_state import (
    Disarm,
    Hold,
    HostBytes,
    HostClosed,
    Identify,
    PrinterBytes,
    PrinterClosed,
    PrinterOpened,
    Resume,
    Stage,
    Stop,
    Tick,
)
from mdps_plugin.recipes.document import HoldLimits

from .bench import LINES, Bench, job, numbered, profile

SAFE_STOP = list(profile().safe_stop)


def armed() -> Bench:
    return Bench().connect().arm()


def building(count: int = 10) -> Bench:
    return armed().build_to(count)


def aborted(bench: Bench, reason: str, done: int | None = None) -> None:
    """The build has ended for that reason, with the safe-stop as the last thing on the wire."""
    event = bench.event("build_aborted")
    assert event.facts["reason"] == reason
    if done is not None:
        assert event.facts["line"] == done
        text = "".join(line + "\n" for line in LINES[:done]).encode()
        assert event.facts["streamed"] == hashlib.sha256(text).hexdigest()
    assert bench.state.build is None
    assert bench.state.mode == "locked"
    after = bench.job_lines()
    if event.facts["safe_stop_written"]:
        assert after[-len(SAFE_STOP) :] == SAFE_STOP
        assert "//action:cancel" in bench.heard.decode() or not bench.state.host_open


def test_the_whole_job_streams_and_its_digest_is_the_planned_one() -> None:
    bench = armed().build_to(len(LINES))
    bench.pass_time(1)
    streamed = bench.event("build_streamed").facts
    assert streamed["planned"] == streamed["streamed"] == job().digest
    assert streamed["lines"] == len(LINES)
    assert bench.job_lines() == list(LINES)
    assert bench.state.stage is Stage.LOCKED
    assert bench.commands()[-2:] == ["M400", "M105"]
    assert "first_layer" in bench.kinds()


def test_the_build_begins_with_a_numbering_of_its_own_and_every_line_is_checked() -> None:
    bench = building(3)
    sent = bench.wire.decode().split("\n")
    assert sent[0].startswith("N0 M110 N0*")
    assert [line.split(" ", 1)[0] for line in sent[1:4]] == ["N1", "N2", "N3"]
    assert numbered(1, LINES[0]).decode() in bench.wire.decode()


def test_octoprint_gets_its_ok_only_after_the_printers() -> None:
    bench = armed()
    bench.answering = False
    bench.clear().host(LINES[0])
    assert bench.heard == b""
    bench.printer("ok N1 P15 B3\n")
    assert bench.heard == b"ok\n"


def test_octoprint_hears_that_the_printer_is_busy_meanwhile() -> None:
    bench = armed()
    bench.host("M155 S2").answering = False
    bench.clear().host(LINES[0]).pass_time(5)
    assert bench.heard.count(b"echo:busy: processing\n") == 2
    assert bench.heard.count(b"T:21.00") == 3


def refused(bench: Bench) -> int:
    """Lines refused in the build, those told as a count with the others."""
    told = [e.facts for e in bench.events if e.kind == "line_refused"]
    return sum(int(str(facts["count"])) for facts in told if facts["mode"] == "production")


@pytest.mark.parametrize("count", [1, 4, 8])
def test_a_few_foreign_lines_are_swallowed_and_the_build_goes_on(count: int) -> None:
    bench = building(10)
    bench.host(*["G1 X999"] * count).host(*LINES[10:])
    assert bench.job_lines() == list(LINES)
    assert refused(bench) == count
    assert b"//action:cancel" not in bench.heard


def test_the_ninth_foreign_line_in_a_row_trips() -> None:
    bench = building(10).host(*["G1 X999"] * 9)
    assert "tripped" in bench.kinds()
    aborted(bench, "tripped", 10)


def test_more_than_twenty_foreign_lines_in_a_minute_trip() -> None:
    bench = building(4)
    for index in range(21):
        bench.host("M117 x", LINES[4 + index])
    aborted(bench, "tripped", 24)
    assert refused(bench) == 21


FOREIGN = [
    ("wrong line (temperature offset)", "M104 S250.000000"),
    ("line of another place in the job", LINES[20]),
    ("line with a blank more", LINES[10] + " "),
    ("line in lower case", LINES[10].lower()),
    ("line with a comment", LINES[10] + " ; c"),
    ("line with something behind it", LINES[10] + " M104 S250"),
]


@pytest.mark.parametrize(("name", "line"), FOREIGN, ids=[name for name, _ in FOREIGN])
def test_only_the_whole_next_line_releases_it(name: str, line: str) -> None:
    bench = building(10)
    bench.clear()
    bench.raw(line.encode() + b"\n")
    assert bench.job_lines() == []
    assert "line_refused" in bench.kinds()


def test_a_dropped_line_of_the_job_stops_it_going_on() -> None:
    bench = building(10).host(*LINES[11:20])
    aborted(bench, "tripped", 10)
    assert LINES[11] not in bench.job_lines()


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


def test_a_stop_word_that_is_the_next_line_of_the_job_is_the_jobs() -> None:
    bench = building(LINES.index("M107")).host("M107")
    assert bench.state.stage is Stage.BUILDING
    assert "build_aborted" not in bench.kinds()


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


def test_octoprints_pause_holds_and_its_next_line_goes_on() -> None:
    bench = building(10)
    bench.answering = False
    bench.clear().host("M400")
    assert bench.commands() == ["M400"]
    assert bench.heard == b""
    bench.printer("ok N11 P15 B3\n")
    assert bench.heard == b"ok\n"
    assert bench.state.stage is Stage.HELD
    bench.answering = True
    bench.host("M114").pass_time(30)
    assert b"X:1.00" in bench.heard
    bench.host(LINES[10])
    assert bench.kinds()[-1] == "resumed"
    assert bench.event("held").facts["by"] == "octoprint"
    assert bench.job_lines()[-1] == LINES[10]


def test_a_hold_by_the_controller_needs_its_resume() -> None:
    bench = building(10)
    bench.give(Hold("tech"))
    assert bench.heard.endswith(b"//action:pause\n")
    bench.host(LINES[10], "M400", "M114")
    assert bench.job_lines()[-1] == LINES[10]
    bench.pass_time(3).clear().host(LINES[11])
    assert bench.job_lines() == []
    bench.give(Resume("tech"))
    assert bench.job_lines() == [LINES[11]]
    assert b"//action:resume" in bench.heard
    assert bench.event("resumed").facts["by"] == "tech"


@pytest.mark.parametrize(
    ("limits", "holds", "seconds"),
    [
        (HoldLimits(longest_s=20, total_s=90, count=3), 1, 21),
        (HoldLimits(longest_s=60, total_s=30, count=9), 2, 16),
        (HoldLimits(longest_s=60, total_s=90, count=2), 3, 1),
    ],
    ids=["longest", "total", "count"],
)
def test_more_hold_than_the_recipe_allows_ends_the_build(
    limits: HoldLimits, holds: int, seconds: float
) -> None:
    bench = Bench().connect().arm(job(hold=limits)).build_to(10)
    for index in range(holds):
        bench.host("M400").pass_time(seconds)
        bench.host(LINES[10 + index])
    assert bench.event("build_aborted").facts["reason"] == "hold_limit"


def test_who_asks_while_another_answer_is_under_way_hears_each_line_once() -> None:
    """A setting that was heard twice would be another printer, for good."""
    bench = Bench().connect()
    bench.answering = False
    bench.give(Identify())
    bench.printer("ok\n")  # M155
    bench.printer("FIRMWARE_NAME:Marlin\nok\n")
    bench.printer("echo:  M92 X80.00\n")  # M503, the first half of it
    bench.give(Identify())
    bench.printer("echo:  M203 X200.00\nok\n")
    for answer in (
        "ok\n",
        "FIRMWARE_NAME:Marlin\nok\n",
        "echo:  M92 X80.00\necho:  M203 X200.00\nok\n",
        "ok T:21.00 /0.00 B:21.00 /0.00 @:0 B@:0\n",
    ):
        bench.printer(answer)
    assert [line.strip() for line in bench.state.identity.lines] == [
        "FIRMWARE_NAME:Marlin", "echo:  M92 X80.00", "echo:  M203 X200.00",
    ]  # fmt: skip


def test_what_is_not_possible_is_said_and_changes_nothing() -> None:
    bench = Bench().connect()
    for given_ in (Hold("t"), Resume("t"), Disarm("r")):
        bench.give(given_)
    assert [refused.act for refused in bench.refused] == ["hold", "resume", "disarm (r)"]
    bench.arm()
    bench.refused.clear()
    bench.arm()
    bench.give(Identify())
    assert [refused.act for refused in bench.refused] == ["arm", "identify"]
    assert Bench().arm().refused[0].allowed == "when the printer answers"


def test_a_disarmed_job_does_not_print() -> None:
    bench = armed()
    bench.give(Disarm("expired"))
    bench.clear().host(LINES[0])
    assert bench.job_lines() == []
    assert "line_refused" in bench.kinds()


def test_the_end_waits_for_the_last_move() -> None:
    bench = building(len(LINES) - 1)
    bench.answering = False
    bench.clear().host(LINES[-1]).printer(f"ok N{len(LINES)} P15 B3\n")
    assert bench.commands() == [LINES[-1], "M400"]
    bench.pass_time(1)
    assert "build_streamed" not in bench.kinds()
    assert bench.state.stage is Stage.FINISHING


def test_losing_octoprint_after_the_last_line_loses_nothing() -> None:
    bench = building(len(LINES) - 1)
    bench.answering = False
    bench.host(LINES[-1]).printer(f"ok N{len(LINES)} P15 B3\n")
    bench.give(HostClosed())
    bench.answering = True
    bench._answer()
    assert bench.event("build_streamed").facts["streamed"] == job().digest


def is_prefix(bench: Bench) -> bool:
    """Job lines on the wire, repeats of a lost line left out, begin the job in order."""
    position, stopped = 0, False
    for line in bench.job_lines():
        if line in profile().stop_words and not (position < len(LINES) and line == LINES[position]):
            stopped = True
        elif not stopped and position < len(LINES) and line == LINES[position]:
            position += 1
        elif not stopped and position and line == LINES[position - 1]:
            continue
        else:
            return False
    return True


ACTS = st.one_of(
    st.sampled_from(["next"] * 12 + ["tick", "M400", "M105", "M114", "M84", "foreign", "later"]),
    st.sampled_from(
        [b"ok\n", b"Resend: 5\n", b"echo:busy: processing\n", b"start\n", b"ok N2\n", b"Error:x\n"]
    ),
    st.binary(max_size=20).map(lambda data: ("host", data)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTS, max_size=60), st.booleans())
def test_job_lines_on_the_wire_are_a_prefix_of_the_job(acts: list[object], answering: bool) -> None:
    bench = armed()
    bench.answering = answering
    position = 0
    for act in acts:
        bench.now += 0.1
        if act == "next":
            bench.raw(LINES[position % len(LINES)].encode() + b"\n")
            position += 1
        elif act == "tick":
            bench.now += 3
            bench.give(Tick())
        elif act == "foreign":
            bench.raw(b"G1 X999\n")
        elif act == "later":
            bench.raw(LINES[(position + 3) % len(LINES)].encode() + b"\n")
        elif isinstance(act, str):
            bench.raw(act.encode() + b"\n")
        elif isinstance(act, bytes):
            bench.give(PrinterBytes(act))
        elif isinstance(act, tuple):
            bench.give(HostBytes(act[1]))
    assert is_prefix(bench)
