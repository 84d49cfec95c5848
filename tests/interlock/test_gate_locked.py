"""Locked: nothing from OctoPrint reaches the wire but stop words. Rows are proved bypasses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.interlock.gate_state import HostBytes, HostClosed, PrinterBytes, Stop, Tick
from mdps_plugin.interlock.stopwords import is_harmless

from .bench import Bench, numbered, profile

BYPASSES = [
    ("terminal heats", b"M104 S200\n"),
    ("line feed in a command", b"M105\nM104 S297\n"),
    ("carriage return in a command", b"M105\rM104 S297\n"),
    ("both line ends in a command", b"M105\r\nM104 S297\r\n"),
    ("jog with an injected line", b"G91\nG0 X1 F1000\nM104 S295\nG90\n"),
    ("script parameter with a second line", b"G4 P60\nM104 S274\n"),
    ("lower case", b"m104 s210\n"),
    ("own number and wrong checksum", b"N5 M104 S210*99\n"),
    ("blank inside the word", b"M 104 S210\n"),
    ("slash before the word", b"/M104 S210\n"),
    ("percent before the word", b"%M104 S210\n"),
    ("NUL before the word", b"\x00M104 S210\n"),
    ("NUL inside a query", b"M1\x0005\n"),
    ("comment before the word", b"(c) M104 S210\n"),
    ("leading zero", b"M0104 S210\n"),
    ("subcode", b"M104.1 S210\n"),
    ("other firmware's word", b"SET_HEATER_TEMPERATURE HEATER=extruder TARGET=210\n"),
    ("feed rate by the terminal", b"M220 S200\n"),
    ("temperature offset", b"M104 S250.000000\n"),
    ("unexamined file, first line", numbered(1, "G28")),
    ("upload to the card", b"M28 x.gco\nG1 X1\nM29\n"),
    ("print from the card", b"M23 x.gco\nM24\n"),
    ("script around a tool change", b"T0\nM104 S260\n"),
    ("hello command from the settings", b"M104 S276\nM104 S276\nM104 S276\n"),
    ("event manager", b"M140 S67\n"),
    ("stop word with more behind it", b"M104 S0 S200\n"),
    ("stop word with a tail", b"M84 X\n"),
    ("stop word with a comment", b"M112 ; stop\n"),
    ("fan not off", b"M106 S255\n"),
    ("query with more behind it", b"M105 M104 S200\n"),
    ("query glued to a move", b"M105G28\n"),
    ("over-long line", b"M105" + b" " * 300 + b"M104 S200\n"),
    ("non-ASCII", b"M104 S2\xb2\n"),
    ("renumbering with more behind it", b"M110 N0 M104 S200\n"),
]


def nothing_but_queries(bench: Bench) -> bool:
    return all(is_harmless(line) for line in bench.job_lines())


@pytest.mark.parametrize(("name", "data"), BYPASSES, ids=[name for name, _ in BYPASSES])
def test_a_locked_gate_lets_no_bypass_through(name: str, data: bytes) -> None:
    bench = Bench().connect()
    bench.raw(data).pass_time(3)
    assert bench.job_lines() == []
    assert "line_refused" in bench.kinds()
    assert b"//action:notification" in bench.heard
    assert b"//action:cancel" in bench.heard
    assert b"Error" not in bench.heard
    assert b"!!" not in bench.heard
    assert b"//action:disconnect" not in bench.heard


@pytest.mark.parametrize(("name", "data"), BYPASSES, ids=[name for name, _ in BYPASSES])
def test_a_bypass_cut_into_single_bytes_fares_no_better(name: str, data: bytes) -> None:
    bench = Bench().connect()
    for index in range(len(data)):
        bench.raw(data[index : index + 1])
    assert bench.job_lines() == []
    assert "line_refused" in bench.kinds()


@pytest.mark.parametrize("word", sorted(profile().stop_words))
def test_a_stop_word_passes_unnumbered(word: str) -> None:
    bench = Bench().connect()
    bench.raw(word.encode() + b"\n")
    assert (word + "\n").encode() == bench.wire
    assert bench.event("stop_word").facts["line"] == word
    assert bench.heard == b"ok\n"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("M110 N0", "ok\n"),
        ("M155 S2", "ok\n"),
        ("M154 S5", "ok\n"),
        ("M113 S2", "ok\n"),
        ("M27 S1", "ok\n"),
        ("M27", "ok\n"),
        ("M876 P1", "ok\n"),
        ("M21", "echo:No media\nok\n"),
        ("M20 L T", "Begin file list\nEnd file list\nok\n"),
        ("M105", "ok T:21.00 /0.00 B:21.00 /0.00 @:0 B@:0\n"),
        ("M400", "ok\n"),
        ("M114", "X:1.00 Y:2.00 Z:3.00 E:4.00 Count X:80 Y:160 Z:1200\nok\n"),
    ],
)
def test_what_octoprint_asks_by_itself_is_answered_by_the_gate(asked: str, answer: str) -> None:
    bench = Bench().connect()
    bench.raw(asked.encode() + b"\n")
    assert bench.heard.decode() == answer
    assert bench.job_lines() == []
    assert bench.kinds() == []


def test_the_gate_names_itself_and_offers_no_card() -> None:
    bench = Bench().connect().host("M115")
    said = bench.heard.decode().split("\n")
    assert said[0].startswith("FIRMWARE_NAME:MDPS gate")
    assert {"Cap:EMERGENCY_PARSER:1", "Cap:AUTOREPORT_TEMP:1", "Cap:SDCARD:0"} <= set(said)
    assert bench.wire == b""


def test_every_line_cancels_notes_are_limited_and_a_flood_is_counted() -> None:
    bench = Bench().connect()
    for number in range(500):
        bench.host(f"G1 X{number}")
    assert bench.heard.count(b"//action:cancel") == 500
    assert bench.heard.count(b"//action:notification") == 1
    assert bench.heard.count(b"ok\n") == 500
    assert bench.kinds() == ["line_refused"] * 20
    bench.pass_time(11)
    assert bench.events[-1].facts["count"] == 480


def test_a_flood_of_few_lines_keeps_no_other_line_off_the_record() -> None:
    bench = Bench().connect()
    for number in range(60):
        bench.host(f"G1 X{number % 6}")
    assert len(bench.events) == 20
    bench.host("M104 S200", "M104 S200")
    assert [e.facts["line"] for e in bench.events[20:]] == ["M104 S200"]


def test_a_flood_before_a_build_keeps_no_refused_line_of_the_build_off_the_record() -> None:
    bench = Bench().connect()
    for number in range(50):
        bench.host(f"G1 X{number}")
    assert bench.arm().kinds() == ["line_refused"] * 21
    assert bench.events[-1].facts["count"] == 30
    bench.host("G1 X2")
    assert bench.events[-1].facts["line"] == "G1 X2"
    bench.host(*["G1 X2"] * 6).give(Stop("tina", "it was wrong"))
    counted = [e.facts["mode"] for e in bench.events if e.facts.get("count") == 2]
    assert counted == ["production"]


CANCEL_SCRIPT = ("M108", "M84", "M104 T0 S0", "M140 S0", "M106 S0")


def test_what_octoprint_says_after_the_gates_own_cancel_stays_off_the_wire() -> None:
    bench = Bench().connect()
    bench.host("G28").clear()
    bench.host(*CANCEL_SCRIPT)
    assert nothing_but_queries(bench)
    assert not {command for command in bench.commands() if command in CANCEL_SCRIPT}
    assert bench.heard.count(b"ok") >= len(CANCEL_SCRIPT)
    bench.host("M112")
    assert "M112" in bench.commands()


@pytest.mark.parametrize("why", ["no cancel", "long ago", "still hot"])
def test_the_same_words_pass_whenever_they_could_matter(why: str) -> None:
    bench = Bench().connect()
    if why != "no cancel":
        bench.host("G28").clear()
    if why == "long ago":
        bench.pass_time(4)
    if why == "still hot":
        bench.temperatures = "T:200.00 /210.00 B:21.00 /0.00"
        bench.printer(f"ok {bench.temperatures} @:127 B@:0\n")
    bench.clear().host("M104 T0 S0", "M106 S0")
    assert {"M104 T0 S0", "M106 S0"} <= set(bench.commands())


def test_actions_of_the_printer_never_reach_octoprint() -> None:
    bench = Bench().connect()
    for name in ("start", "resume", "resumed", "pause", "cancel", "disconnect", "shutdown"):
        bench.printer(f"//action:{name}\n")
    assert bench.heard == b""
    assert [e.facts["source"] for e in bench.events] == ["printer"] * 7


def test_a_target_set_at_the_panel_while_locked_is_told_once() -> None:
    bench = Bench().connect()
    bench.temperatures = "T:30.00 /200.00 B:21.00 /0.00"
    bench.pass_time(5)
    assert bench.kinds() == ["temperature_deviation", "safe_stop_written"]
    assert bench.event("temperature_deviation").facts["what"] == "locked"


def test_nothing_is_said_to_a_pty_that_has_not_spoken() -> None:
    bench = Bench().connect()
    bench.give(HostClosed())
    bench.heard = b""
    bench.pass_time(5)
    assert bench.heard == b""


HOST_BYTES = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(
            [b"M104 S200", b"G28", b"M105", b"M112", b"N1 ", b"*", b"\n", b"\r", b"M110 N0", b"M84"]
        ),
        max_size=12,
    ).map(b"".join),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(HOST_BYTES, max_size=8))
def test_no_bytes_from_octoprint_put_anything_else_on_the_wire(chunks: list[bytes]) -> None:
    bench = Bench().connect()
    for chunk in chunks:
        bench.give(HostBytes(chunk))
        bench.give(Tick())
    assert nothing_but_queries(bench)
    assert b"Error" not in bench.heard


PRINTER_BYTES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"ok\n", b"ok N3 P15 B3\n", b"Resend: 1\n", b"Resend: 99999\n", b"start\n",
            b"Error:Printer halted. kill() called!\n", b"echo:busy: processing\n", b"!!\n",
            b"ok T:nan /inf B:9999999999 /0\n", b" T:21.0 /0.0 B:20 /0\n", b"//action:start\n",
            b"rs N-5\n", b"echo:Unknown command: \"M155 S1\"\n",
        ]
    ),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PRINTER_BYTES, max_size=15))
def test_whatever_the_printer_says_nothing_breaks(chunks: list[bytes]) -> None:
    bench = Bench()
    bench.answering = False
    bench.connect()
    for chunk in chunks:
        bench.now += 0.3
        bench.give(PrinterBytes(chunk))
        bench.give(Tick())
    assert nothing_but_queries(bench)
