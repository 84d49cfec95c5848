"""A build through the gate: what passes, what is swallowed, how it ends after the last line.

What ends it before is in test_gate_ends.py, holding in test_gate_hold.py.
"""

from __future__ import annotations

import re

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
    Resume,
    Stage,
    Tick,
)

from .bench import LINES, Bench, job, numbered, profile
from .gate_cases import aborted, armed, building, refused


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


def test_a_stop_word_that_is_the_next_line_of_the_job_is_the_jobs() -> None:
    bench = building(LINES.index("M107")).host("M107")
    assert bench.state.stage is Stage.BUILDING
    assert "build_aborted" not in bench.kinds()


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


def number_of(bench: Bench, command: str) -> int:
    """The number with which a line went out."""
    found = re.search(rf"^N(\d+) {re.escape(command)}\*", bench.wire.decode(), re.MULTILINE)
    assert found, bench.commands()
    return int(found[1])


def test_the_end_waits_for_the_last_move() -> None:
    bench = building(len(LINES) - 1)
    bench.answering = False
    bench.clear().host(LINES[-1]).printer(f"ok N{number_of(bench, LINES[-1])} P15 B3\n")
    bench.printer("FR:100%\nok\n").printer("echo:E0 Flow: 100%\nok\n")
    assert bench.commands() == [LINES[-1], "M220", "M221", "M400"]
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
