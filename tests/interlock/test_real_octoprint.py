"""The gate against real OctoPrint 1.11.8 and a simulated printer: what is on the wire decides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdps_plugin.interlock.stopwords import is_harmless
from tests.harness import wait_until
from tests.octoprint_server import OctoPrint

from .bench import profile
from .rig import START, Rig, job_lines, to_job

pytestmark = pytest.mark.octoprint

UNEXAMINED = ["G28", "M104 S200", "M140 S60", *["G1 X10 Y10 F3000"] * 50]


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, OctoPrint]]:
    folder = tmp_path_factory.mktemp("cell")
    with Rig(folder) as rig, OctoPrint(folder / "octoprint", port=rig.pty) as octoprint:
        octoprint.wait_for_state("Operational")
        yield rig, octoprint


@pytest.fixture
def locked(cell: tuple[Rig, OctoPrint]) -> tuple[Rig, OctoPrint, int, int]:
    """A quiet, locked cell; and how long wire log and events are now."""
    rig, octoprint = cell
    if not octoprint.state().startswith("Operational"):
        wait_until(lambda: octoprint.connect() == 204 and octoprint.state() == "Operational", 30)
    rig.wait_locked()
    return rig, octoprint, rig.wire.mark(), len(rig.events)


def refused(rig: Rig, start: int) -> list[str]:
    lines = [str(e.facts["line"]) for e in rig.events[start:] if e.kind == "line_refused"]
    return [line for line in lines if line]


def test_connecting_puts_nothing_but_queries_on_the_wire(cell: tuple[Rig, OctoPrint]) -> None:
    rig, octoprint = cell
    assert rig.wire.beyond_queries() == []
    assert octoprint.get("/api/connection")[1]["current"]["port"] == str(rig.pty)
    assert rig.wait_for("host_connected")
    wait_until(lambda: "tool0" in octoprint.get("/api/printer")[1]["temperature"], 10)


@pytest.mark.parametrize("way", ["upload with print", "select and print", "start"])
def test_an_unexamined_file_does_not_reach_the_wire(
    locked: tuple[Rig, OctoPrint, int, int], way: str
) -> None:
    rig, octoprint, mark, seen = locked
    name = way.replace(" ", "-") + ".gcode"
    assert octoprint.upload(name, UNEXAMINED, start=way == "upload with print")[0] == 201
    if way == "select and print":
        assert octoprint.select(name, start=True) == 204
    elif way == "start":
        assert octoprint.select(name) == 204
        assert octoprint.job("start") == 204
    rig.wait_for("line_refused", start=seen)
    octoprint.wait_for_state("Operational")
    rig.settle()
    assert rig.wire.beyond_queries(mark) == []
    assert refused(rig, seen)[0] == "G28"
    assert octoprint.get("/api/job")[1]["progress"]["completion"] != 100
    history = octoprint.get(f"/api/files/local/{name}")[1].get("prints", {})
    assert history.get("success", 0) == 0


COMMANDS = [
    ("heat", ["M104 S200"]),
    ("lower case", ["m104 s200"]),
    ("line feed inside", ["M105\nM104 S297"]),
    ("carriage return inside", ["M105\rM104 S297"]),
    ("own number", ["N5 M104 S210*99"]),
    ("move", ["G1 X10"]),
    ("feed rate", ["M220 S200"]),
    ("card upload by hand", ["M28 x.gco", "G1 X1", "M29"]),
    ("card print by hand", ["M23 x.gco", "M24"]),
    ("tool change", ["T0"]),
    ("other dialect", ["SET_HEATER_TEMPERATURE HEATER=extruder TARGET=210"]),
]


@pytest.mark.parametrize(("name", "lines"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_a_command_with_the_admins_key_does_not_reach_the_wire(
    locked: tuple[Rig, OctoPrint, int, int], name: str, lines: list[str]
) -> None:
    rig, octoprint, mark, seen = locked
    assert octoprint.command(*lines) == 204
    rig.wait_for("line_refused", start=seen)
    rig.settle(0.3)
    assert rig.wire.beyond_queries(mark) == []
    assert octoprint.state() == "Operational"


ENDPOINTS = [
    ("jog", "printhead", {"command": "jog", "x": 10}),
    ("jog with a line feed", "printhead", {"command": "jog", "x": 1, "speed": "1000\nM104 S295"}),
    ("home", "printhead", {"command": "home", "axes": ["x", "y", "z"]}),
    ("nozzle", "tool", {"command": "target", "targets": {"tool0": 200}}),
    ("bed", "bed", {"command": "target", "target": 60}),
    ("feed rate", "printhead", {"command": "feedrate", "factor": 120}),
]


@pytest.mark.parametrize(("name", "end", "body"), ENDPOINTS, ids=[name for name, _, _ in ENDPOINTS])
def test_octoprints_controls_do_not_reach_the_wire(
    locked: tuple[Rig, OctoPrint, int, int], name: str, end: str, body: dict[str, object]
) -> None:
    rig, octoprint, mark, seen = locked
    status, _ = octoprint.post(f"/api/printer/{end}", body)
    assert status in (204, 400)
    if status == 204:
        rig.wait_for("line_refused", start=seen)
    rig.settle(0.3)
    assert rig.wire.beyond_queries(mark) == []


def test_an_upload_to_the_card_does_not_reach_the_wire(
    locked: tuple[Rig, OctoPrint, int, int],
) -> None:
    rig, octoprint, mark, _ = locked
    octoprint.upload("card.gcode", UNEXAMINED, location="sdcard")
    rig.settle()
    assert rig.wire.beyond_queries(mark) == []


def test_a_permitted_job_streams_and_the_wire_has_the_planned_digest(
    locked: tuple[Rig, OctoPrint, int, int],
) -> None:
    rig, octoprint, mark, seen = locked
    lines = job_lines(300)
    job = to_job(lines)
    rig.gate.arm(job)
    assert octoprint.upload("permitted.gcode", lines, start=True)[0] == 201
    streamed = rig.wait_for("build_streamed", 90, seen).facts
    assert streamed["planned"] == streamed["streamed"] == job.digest
    assert rig.wire.digest(mark) == (job.digest, len(lines))
    assert not [e for e in rig.events[seen:] if e.kind in ("line_refused", "temperature_deviation")]
    octoprint.wait_for_state("Operational")
    assert [e.kind for e in rig.events[seen:] if e.kind != "progress"] == [
        "build_started",
        "first_layer",
        "build_streamed",
    ]


def test_octoprint_one_line_ahead_does_not_keep_the_questions_for_speed_and_flow_back(
    locked: tuple[Rig, OctoPrint, int, int],
) -> None:
    """ "Fake Acknowledgement" in its terminal puts it one line ahead for the rest of the build."""
    rig, octoprint, mark, seen = locked
    # Slow moves: it is ahead only while the printer is what takes time.
    lines = [line.replace("F9000", "F900") for line in job_lines(600)]
    rig.gate.arm(to_job(lines))
    assert octoprint.upload("ahead.gcode", lines, start=True)[0] == 201
    wait_until(lambda: rig.gate.snapshot().line > 40, 60, "line 40")
    assert octoprint.post("/api/connection", {"command": "fake_ack"})[0] == 204
    since = rig.wire.mark()

    def asked() -> list[str]:
        return [one for one in rig.wire.commands(since) if one in ("M220", "M221")]

    wait_until(lambda: len(asked()) >= 6, 25, "three questions for each")
    assert rig.gate.snapshot().stage == "building"
    rig.gate.stop("test", "seen enough")
    done = int(str(aborted_by(rig, seen, "stopped")["line"]))
    assert rig.wire.job_lines(mark)[:done] == lines[:done]


def test_a_changed_file_trips_and_only_the_jobs_own_lines_were_sent(
    locked: tuple[Rig, OctoPrint, int, int],
) -> None:
    rig, octoprint, mark, seen = locked
    lines = job_lines(60)
    changed = [*lines[:30], *["G1 X99 Y99 E9 F9000"] * 20, *lines[50:]]
    rig.gate.arm(to_job(lines))
    octoprint.upload("changed.gcode", changed, start=True)
    facts = rig.wait_for("build_aborted", 60, seen).facts
    assert facts["reason"] == "tripped"
    rig.wait_locked()
    octoprint.wait_for_state("Operational")
    sent = rig.wire.job_lines(mark)
    assert sent[:30] == lines[:30]
    assert all(is_harmless(line) for line in sent[30:])


def aborted_by(rig: Rig, seen: int, reason: str) -> dict[str, object]:
    facts = dict(rig.wait_for("build_aborted", 30, seen).facts)
    assert facts["reason"] == reason
    rig.wait_locked()
    assert [e for e in rig.events[seen:] if e.kind == "safe_stop_written" and e.facts["confirmed"]]
    return facts


def only_a_prefix_then_stops(rig: Rig, mark: int, lines: list[str], done: int) -> None:
    sent = rig.wire.job_lines(mark)
    common = next(
        (i for i, (a, b) in enumerate(zip(sent, lines, strict=False)) if a != b), len(sent)
    )
    assert done <= common <= done + 1
    assert all(is_harmless(line) for line in sent[common:])
    assert set(profile().safe_stop) <= set(sent[common:])


@pytest.mark.parametrize("word", ["M108", "M410", "M104 S0", "M84"])
def test_a_stop_word_by_the_api_ends_the_build(
    locked: tuple[Rig, OctoPrint, int, int], word: str
) -> None:
    rig, octoprint, mark, seen = locked
    lines = job_lines(1500)
    rig.gate.arm(to_job(lines))
    octoprint.upload("long.gcode", lines, start=True)
    wait_until(lambda: rig.gate.snapshot().line > 20, 40, "line 20")
    octoprint.command(word)
    facts = aborted_by(rig, seen, "stop_word")
    assert facts["stop_word"] == word
    only_a_prefix_then_stops(rig, mark, lines, int(str(facts["line"])))
    done = "".join(line + "\n" for line in lines[: int(str(facts["line"]))])
    assert facts["streamed"] == hashlib.sha256(done.encode()).hexdigest()
    octoprint.wait_for_state("Operational")


def test_cancel_during_the_heat_up_ends_the_build(
    locked: tuple[Rig, OctoPrint, int, int],
) -> None:
    rig, octoprint, mark, seen = locked
    lines = job_lines(300)
    rig.gate.arm(to_job(lines))
    octoprint.upload("cancelled.gcode", lines, start=True)
    wait_until(lambda: (rig.gate.snapshot().bed_target_c or 0) == 60, 20, "the bed's target")
    assert octoprint.job("cancel") == 204
    facts = aborted_by(rig, seen, "stop_word")
    assert int(str(facts["line"])) < len(START)
    only_a_prefix_then_stops(rig, mark, lines, int(str(facts["line"])))
    octoprint.wait_for_state("Operational")
    assert rig.gate.snapshot().bed_target_c == 0


def test_pause_and_resume_by_octoprint_and_by_the_controller(
    locked: tuple[Rig, OctoPrint, int, int],
) -> None:
    rig, octoprint, mark, seen = locked
    lines = job_lines(1500)
    job = to_job(lines)
    rig.gate.arm(job)
    octoprint.upload("paused.gcode", lines, start=True)
    wait_until(lambda: rig.gate.snapshot().line > 20, 40, "line 20")
    octoprint.job("pause", action="pause")
    rig.wait_for("held", 20, seen)
    octoprint.wait_for_state("Paused")
    at = rig.gate.snapshot().line
    rig.settle()
    assert rig.gate.snapshot().line == at
    octoprint.job("pause", action="resume")
    assert rig.wait_for("resumed", 20, seen).facts["by"] == "octoprint"
    seen = len(rig.events)
    rig.gate.hold("technician")
    octoprint.wait_for_state("Paused")
    at = rig.gate.snapshot().line
    octoprint.job("pause", action="resume")
    rig.settle()
    assert rig.gate.snapshot().line == at
    rig.gate.resume("technician")
    assert rig.wait_for("resumed", 20, seen).facts["by"] == "technician"
    facts = rig.wait_for("build_streamed", 90, seen).facts
    assert facts["streamed"] == job.digest
    assert facts["holds"] == 2
    assert rig.wire.digest(mark) == (job.digest, len(lines))


def test_octoprint_gone_during_a_build_ends_it(locked: tuple[Rig, OctoPrint, int, int]) -> None:
    rig, octoprint, mark, seen = locked
    lines = job_lines(1500)
    rig.gate.arm(to_job(lines))
    octoprint.upload("left.gcode", lines, start=True)
    wait_until(lambda: rig.gate.snapshot().line > 20, 40, "line 20")
    assert octoprint.disconnect() == 204
    facts = dict(rig.wait_for("build_aborted", 30, seen).facts)
    assert facts["reason"] in ("host_gone", "stop_word")
    rig.wait_locked()
    only_a_prefix_then_stops(rig, mark, lines, int(str(facts["line"])))


def test_safe_mode_opens_nothing(tmp_path: Path) -> None:
    with (
        Rig(tmp_path) as rig,
        OctoPrint(tmp_path / "octoprint", port=rig.pty, safe=True, plugin=True) as octoprint,
    ):
        octoprint.wait_for_state("Operational")
        mark = rig.wire.mark()
        octoprint.command("M104 S200", "G28")
        octoprint.upload("safe.gcode", UNEXAMINED, start=True)
        rig.wait_for("line_refused")
        rig.settle()
        assert rig.wire.beyond_queries(mark) == []
        assert rig.gate.snapshot().nozzle_target_c == 0


def test_zz_the_emergency_stop_halts_the_printer_and_ends_the_build(
    locked: tuple[Rig, OctoPrint, int, int],
) -> None:
    """Last on this cell: the printer is dead after it, as a real one is until its reset."""
    rig, octoprint, mark, seen = locked
    lines = job_lines(1500)
    rig.gate.arm(to_job(lines))
    octoprint.upload("emergency.gcode", lines, start=True)
    wait_until(lambda: rig.gate.snapshot().line > 20, 40, "line 20")
    octoprint.command("M112")
    facts = rig.wait_for("build_aborted", start=seen).facts
    assert (facts["reason"], facts["stop_word"]) == ("stop_word", "M112")
    assert rig.wait_for("printer_gone", start=seen).facts["reason"] == "printer_halted"
    sent = [
        e.get("command") or e["raw"].strip() for e in rig.wire.entries(mark) if e["dir"] == "host"
    ]
    assert "M112" in sent
    assert not [line for line in sent[sent.index("M112") :] if line.startswith("G")]
    assert rig.gate.snapshot().stage == "securing"
