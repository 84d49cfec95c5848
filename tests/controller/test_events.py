"""The event table: each test plays one event on a whole hospital and checks its row, every cell.

What is expected stands in docs/events.md and nowhere else; see ``event_checks`` for how the cells
are read. Each test begins with everything up and locked, whatever the one before it has killed.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.authoring.make_examples import example_keys
from mdps_plugin.authoring.signing import make_payload, sign_payload
from mdps_plugin.demonstration.person import StepRefused
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from mdps_plugin.recipes.store import recipes_folder
from tests.harness import wait_until
from tests.hospital import DemoHospital, Made, OwnHost, until
from tests.toolpath import parts

from .event_checks import (
    Since,
    check,
    check_as_set,
    check_off,
    check_words,
    now,
    written,
)
from .event_table import Row, read_rows

pytestmark = [pytest.mark.octoprint, pytest.mark.timeout(180)]

ROWS = read_rows()
SPEED = 40.0
LAYERS = 12
LONG, SHORT, SHORT_HOLD = "mask-extender", "event-block", "event-block-hold"
"""The shipped strap for what is ended early; a block of a few seconds for what goes to its end."""

UNEXAMINED = ["G28", "M104 S190", "M140 S60", *["G1 X10 Y10 F3000"] * 50]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHospital]:
    folder = tmp_path_factory.mktemp("events")
    with DemoHospital(folder / "hospital", speed=SPEED) as hospital:
        hospital.approve(block_recipe(folder, SHORT, longest_s=300))
        hospital.approve(block_recipe(folder, SHORT_HOLD, longest_s=3))
        yield hospital
        report = hospital.call("verify_log")
        assert report["ok"], report


@pytest.fixture
def hospital(running: DemoHospital) -> DemoHospital:
    running.make_ready()
    return running


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    name: str = request.node.name
    return ROWS[name.removeprefix("test_")]


def block_recipe(folder: Path, recipe_id: str, *, longest_s: int) -> Path:
    """A bundle with the job of a low block, signed with the example keys."""
    wide: dict[str, Any] = {
        "window.total_filament_mm": {"minimum": 10, "maximum": 2000},
        "window.print_time_s": {"minimum": 10, "maximum": 3600},
    }
    mesh = parts.placed(parts.box(z=0.2 * LAYERS))
    bundle = folder / recipe_id
    bundle.mkdir()
    job = parts.slice_plainly(mesh, folder)
    looked = parts.look(job, model=parts.geometry(mesh), **wide)
    assert looked.verdict.accepted, looked.verdict.refusals()
    files = {**parts.bundle(job=looked.canonical), "model.stl": parts.stl_bytes(mesh)}
    shipped = example_document_material()
    document = parts.document(
        files,
        **wide,
        **{
            "identity.recipe_id": recipe_id,
            "identity.title": "Block of the event table",
            "material": shipped,
            "rings": ["A", "C"],
            "hold": {"longest_s": longest_s, "total_s": 600, "count": 3},
        },
    )
    payload = make_payload(document, files, recipe_id)
    envelope = sign_payload(payload, example_keys(recipes_folder()))
    for name, data in {**files, ENVELOPE_NAME: envelope}.items():
        (bundle / name).write_bytes(data)
    return bundle


def example_document_material() -> dict[str, Any]:
    """The PLA of which the hospital has a lot."""
    from mdps_plugin.authoring.examples.common import PLA

    return PLA


def changed(made: Made, at: int) -> list[str]:
    """The job with one line that is not its own."""
    return [*made.lines[:at], "G1 X99 Y99", *made.lines[at + 1 :]]


def line_of(hospital: DemoHospital) -> int:
    return int((hospital.state()["build"] or {}).get("line") or 0)


def test_cancel(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    assert hospital.admin.job("cancel") == 204
    check(hospital, row, since, made)


def held(hospital: DemoHospital, row: Row, made: Made) -> int:
    """The build is held, says so, stands still and keeps its temperatures; at which line."""
    until(lambda: hospital.order_state(made.order_id) == "held", 20, "the hold")
    hospital.admin.wait_for_state("Paused")
    check_words(row, hospital.state())
    line = line_of(hospital)
    check_as_set(hospital, made, line, 5)
    assert line_of(hospital) == line
    return line


def test_pause_and_resume(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(SHORT, 30)
    assert hospital.admin.job("pause", action="pause") == 204
    held(hospital, row, made)
    assert hospital.admin.job("pause", action="resume") == 204
    check(hospital, row, since, made)


def test_hold_and_resume(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(SHORT, 30)
    tina = hospital.person("tina")
    tina.post("plugin/mdps/hold", {})
    until(lambda: hospital.order_state(made.order_id) == "held", 20, "the hold")
    hospital.admin.wait_for_state("Paused")
    assert hospital.admin.job("pause", action="resume") == 204
    hospital.admin.wait_for_state("Printing")
    line = line_of(hospital)
    check_words(row, hospital.state())
    check_as_set(hospital, made, line, 5)
    assert line_of(hospital) == line
    tina.post("plugin/mdps/resume", {})
    check(hospital, row, since, made)


def test_hold_too_long(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(SHORT_HOLD, 30)
    hospital.person("tina").post("plugin/mdps/hold", {})
    check(hospital, row, since, made)


def test_stop(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    hospital.person("tina").post("plugin/mdps/stop", {})
    check(hospital, row, since, made)


def test_host_silent(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    hospital.signal("octoprint", signal.SIGSTOP)
    try:
        check(hospital, row, since, made)
    finally:
        hospital.signal("octoprint", signal.SIGCONT)
    hospital.admin.wait_for_state("Operational")
    assert len(written(hospital, since).job) < len(made.lines)


def test_inserted_line(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(SHORT, 30)
    assert hospital.admin.command("G1 X1 Y1") == 204
    check_as_set(hospital, made, line_of(hospital), 0)
    check(hospital, row, since, made)


def test_second_start(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(SHORT, 30)
    tina = hospital.person("tina")
    with pytest.raises(StepRefused, match="Nothing was started"):
        tina.post("plugin/mdps/start_build", {"build_id": made.build_id})
    until(lambda: hospital.order_state(made.order_id) == row.states[-1], 60, "the end")
    hospital.admin.wait_for_state("Operational")
    with pytest.raises(StepRefused, match="permit"):
        tina.post("plugin/mdps/start_build", {"build_id": made.build_id})
    assert hospital.admin.upload("again.gcode", made.lines, start=True)[0] == 201
    check(hospital, row, since, made)


def test_wrong_line(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = armed_with(hospital, lambda lines: changed(lines, 60))
    check(hospital, row, since, made)
    assert written(hospital, since).job == made.lines[:60]


def armed_with(hospital: DemoHospital, change: Any) -> Made:
    """The gate is armed for a job, OctoPrint prints another file."""
    made = hospital.permitted(LONG)
    hospital.call("arm_build", build_id=made.build_id)
    assert hospital.admin.upload("other.gcode", change(made), start=True)[0] == 201
    return made


def test_file_replaced_before(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = armed_with(hospital, lambda lines: ["G1 X99 Y99", *["G1 X10 Y10 F3000"] * 30])
    check(hospital, row, since, made)
    assert written(hospital, since).job == []


def test_file_replaced_during(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    path = hospital.layout.octoprint / "uploads" / "mdps" / f"{made.build_id}.gcode"
    # In place: OctoPrint has the file open and reads on in it.
    text = "".join(f"{line}\n" for line in made.lines)
    with path.open("r+") as stream:
        assert stream.read() == text
        stream.seek(0)
        stream.write("G1 X99 Y99\n" * (len(text) // len("G1 X99 Y99\n")))
    check(hospital, row, since, made)


def test_many_foreign_lines(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    assert hospital.admin.command(*["G1 X1 Y1"] * 40) == 204
    check(hospital, row, since, made)


def stopped_by(hospital: DemoHospital, row: Row, word: str) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    assert hospital.admin.command(word) == 204
    check(hospital, row, since, made)


def test_m108_by_api(hospital: DemoHospital, row: Row) -> None:
    stopped_by(hospital, row, "M108")


def test_m410_by_api(hospital: DemoHospital, row: Row) -> None:
    stopped_by(hospital, row, "M410")


def test_heater_off_by_api(hospital: DemoHospital, row: Row) -> None:
    stopped_by(hospital, row, "M104 S0")


def test_m112_by_api(hospital: DemoHospital, row: Row) -> None:
    stopped_by(hospital, row, "M112")
    assert hospital.truth()["killed"]


def test_printer_reset(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    hospital.fault("reset")
    check(hospital, row, since, made)


def test_printer_gone(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    hospital.fault("drop_link", "2")
    until(lambda: hospital.order_state(made.order_id) == row.states[-1], 10, "the end")
    until(lambda: hospital.state()["printer"]["connected"], 20, "the port")
    check(hospital, row, since, made)


def at_target(heater: dict[str, Any]) -> bool:
    return heater["target_c"] > 0 and heater["reported_c"] >= heater["target_c"]


def test_thermal_runaway(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    # Firmware watches for a runaway from the moment that the target was reached once, not before.
    until(lambda: at_target(hospital.truth()["bed"]), 30, "the bed at its target")
    hospital.fault("thermal_runaway", "bed")
    check(hospital, row, since, made)
    assert hospital.truth()["killed"]


def test_panel_temperature(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    hospital.fault("panel_temperature", "230")
    check(hospital, row, since, made)


def test_panel_flow(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    hospital.fault("panel_flow", "110")
    check(hospital, row, since, made)


def refused_file(hospital: DemoHospital, row: Row, since: Since, name: str) -> None:
    """Nothing went out, and OctoPrint does not believe that it printed the file."""
    hospital.admin.wait_for_state("Operational")
    check(hospital, row, since)
    assert hospital.admin.get("/api/job")[1]["progress"]["completion"] != 100
    history = hospital.admin.get(f"/api/files/local/{name}")[1].get("prints", {})
    assert history.get("success", 0) == 0


def test_unexamined_by_print_button(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    assert hospital.admin.upload("own.gcode", UNEXAMINED, select=True)[0] == 201
    assert hospital.admin.job("start") == 204
    refused_file(hospital, row, since, "own.gcode")


def test_unexamined_by_upload(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    assert hospital.admin.upload("uploaded.gcode", UNEXAMINED, start=True)[0] == 201
    refused_file(hospital, row, since, "uploaded.gcode")


def test_unexamined_by_admin_key(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    assert hospital.admin.upload("admin.gcode", UNEXAMINED)[0] == 201
    tina = hospital.person("tina")
    with pytest.raises(StepRefused):
        tina.post_for_bytes("api/files/local/admin.gcode", {"command": "select", "print": True})
    assert hospital.admin.select("admin.gcode", start=True) == 204
    refused_file(hospital, row, since, "admin.gcode")


def test_heat_by_admin_key(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    assert hospital.admin.command("M104 S200") == 204
    check(hospital, row, since)


def disconnected(hospital: DemoHospital) -> bool:
    """A press of the round before may be carried out after it was answered."""
    assert hospital.admin.disconnect() == 204
    return hospital.admin.state() in ("Offline", "Closed")


def test_connected_many_times(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    # One round goes well more often than not, connection held apart or not.
    for _ in range(5):
        wait_until(partial(disconnected, hospital), 60, "OctoPrint to be disconnected", 0.5)
        presses = [threading.Thread(target=hospital.admin.connect) for _ in range(8)]
        for press in presses:
            press.start()
        for press in presses:
            press.join()
        hospital.admin.wait_for_state("Operational")
    check(hospital, row, since)


def test_jog_with_line_feed(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    jog = {"command": "jog", "x": 1, "speed": "1000\nM104 S295"}
    assert hospital.admin.post("/api/printer/printhead", jog)[0] in (204, 400)
    check(hospital, row, since)


def test_controller_stopped(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    hospital.end("controller", signal.SIGTERM)
    check_off(hospital)
    hospital.start_controller()
    check(hospital, row, since, made)


def test_controller_killed(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    hospital.end("controller", signal.SIGKILL)
    check_off(hospital, 3)
    hospital.start_controller()
    check(hospital, row, since, made)
    started = next(e for e in hospital.entries(since.log) if e["kind"] == "controller_started")
    assert started["body"]["watchdog"]["confirmed"] is True
    until(lambda: hospital.admin.state() == "Operational", 60, "OctoPrint to be back by itself")
    assert hospital.state()["build"] is None


def test_connected_while_away(hospital: DemoHospital, row: Row) -> None:
    hospital.end("controller", signal.SIGKILL)
    gone = ("Closed", "Offline", "Error")
    until(lambda: hospital.admin.state().startswith(gone), 30, "OctoPrint to see it")
    assert hospital.admin.connect() == 204
    until(lambda: hospital.admin.state() == "Opening serial connection", 10, "an attempt")
    hospital.start_controller()
    since = now(hospital)
    until(lambda: hospital.admin.state() == "Operational", 90, "OctoPrint to be back by itself")
    check(hospital, row, since)


def test_octoprint_killed(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.started(LONG, 40)
    hospital.end("octoprint", signal.SIGKILL)
    check(hospital, row, since, made)


def test_heartbeat_lost(hospital: DemoHospital, row: Row) -> None:
    since = now(hospital)
    made = hospital.permitted(LONG)
    hospital.end("octoprint", signal.SIGTERM)
    with OwnHost(hospital.pty, made.lines, 0.2) as host:
        hospital.call("heartbeat", octoprint="1.11.8", plugin="0.1.0")
        hospital.call("arm_build", build_id=made.build_id)
        host.drive()
        check(hospital, row, since, made)
        until(lambda: host.cancelled, 10, "the cancel that the host is told")
    assert len(written(hospital, since).job) > 20


def test_safe_mode(hospital: DemoHospital, row: Row) -> None:
    hospital.end("octoprint", signal.SIGTERM)
    hospital.start_octoprint(safe_mode=True)
    until(lambda: hospital.admin.state() == "Operational", 60, "OctoPrint in safe mode")
    assert hospital.admin.get("/api/plugin/mdps")[0] == 404
    since = now(hospital)
    assert hospital.admin.command("M104 S200") == 204
    until(lambda: "M104 S200" in str(hospital.entries(since.log)), 15, "the refusal of the line")
    # Its answer cancels: a print that began before OctoPrint has read it would end without a line.
    time.sleep(2)
    assert hospital.admin.upload("safe.gcode", UNEXAMINED, start=True)[0] == 201
    refused_file(hospital, row, since, "safe.gcode")
