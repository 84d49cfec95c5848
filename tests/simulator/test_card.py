"""Printing from the card, writing to it, power cuts, and somebody at the panel who does so."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.data import load_dialect
from simulator.fault_effects import STRAY_FILE
from simulator.faults import parse_fault
from simulator.firmware.card import Card, load_card, short_name

from .host import Host, numbered

PART = b"M302 S0\nM83\nG1 X20 F6000\rG1 X40 E1 F1200\r\n; a remark\nG1 X60 E1\n\nG1 X80 E1"


def _host(**options: object) -> Host:
    card = Card()
    card.put("part.gcode", PART)
    return Host(dialect=load_dialect("marlin-2.1.2.1-full"), card=card, **options)


def _start(host: Host) -> None:
    host.command("M23 PART.GCO")
    host.command("M24")


@pytest.mark.parametrize(
    ("name", "taken", "short"),
    [
        ("SMALL.GCO", [], "SMALL.GCO"),
        ("A Longer Name.gcode", [], "ALONGE~1.GCO"),
        ("part.gcode", [], "PART~1.GCO"),
        ("a.g", ["A.G"], "A~1.G"),
        ("....", [], "FILE~1"),
    ],
)
def test_8_3_names(name: str, taken: list[str], short: str) -> None:
    assert short_name(name, taken) == short


def test_a_folder_becomes_a_card(tmp_path: Path) -> None:
    (tmp_path / "b.gcode").write_bytes(b"G28\n")
    (tmp_path / "a.txt").write_bytes(b"no")
    assert [file.long_name for file in load_card(tmp_path).files] == ["b.gcode"]


def test_lines_of_a_file_are_done_without_an_ok() -> None:
    host = _host()
    host.command("M23 part.gcode")
    assert host.command("M27") == [f"SD printing byte 0/{len(PART)}", "ok P15 B3"]
    assert host.command("M24")[0] == "//action:resume"
    lines = host.wait(60.0)
    assert [line for line in lines if line.startswith("ok")] == []
    assert lines[-1] == "Done printing file"
    assert host.simulator.plant.cold_mm == pytest.approx(3.0)
    assert host.simulator.plant.position[0] == pytest.approx(80.0 + 74.91, abs=0.01)
    assert host.command("M27") == ["Not SD printing", "ok P15 B3"]


def test_the_offset_can_be_set_and_reported() -> None:
    host = _host()
    host.command("M23 part.gcode")
    host.command("M26 S10")
    assert host.command("M27")[0] == f"SD printing byte 10/{len(PART)}"
    host.command("M27 S1")
    assert host.wait(2.5) == [f"SD printing byte 10/{len(PART)}"] * 2
    assert host.command("M27 C")[0] == "Current file: PART~1.GCO part.gcode"


def test_m32_opens_and_starts_and_m33_tells_the_long_name() -> None:
    host = _host()
    assert host.command("M33 PART~1.GCO") == ["/part.gcode", "ok P15 B3"]
    host.command("M32 PART~1.GCO")
    assert host.wait(60.0)[-1] == "Done printing file"


def test_what_is_uploaded_is_on_the_card_and_what_is_logged_is_done_as_well() -> None:
    host = _host()
    host.command("M28 new.gco")
    host.command(numbered(1, "G91"))
    assert host.command("G91")[0].startswith("Error:No Checksum with line number")
    assert host.command("M29")[0] == "Done saving file."
    assert not host.simulator.firmware.relative
    host.command("M928 log.gco")
    host.command(numbered(2, "G91"))
    host.command("M29")
    assert host.simulator.firmware.relative
    card = host.simulator.card
    assert card is not None
    assert [(file.name, file.data) for file in card.files[1:]] == [
        ("NEW.GCO", b"G91\r\n"),
        ("LOG.GCO", b"G91\r\n"),
    ]


def test_m524_ends_the_print_and_takes_the_queue_with_it() -> None:
    host = _host()
    host.command("G28")
    host.command("M104 S60")
    _start(host)
    lines = host.write(b"M524\n") + host.wait(20.0)
    assert [line for line in lines if line.startswith("M106")] == [
        f"M106 P{fan} S0" for fan in range(8)
    ]
    assert lines[-1] == "ok P15 B4"
    assert host.simulator.firmware.hotend.target == 0.0
    assert host.command("M27")[0] == "Not SD printing"


def test_after_a_power_cut_m1000_heats_and_prints_on() -> None:
    card = Card()
    tail = "".join(f"G1 X{20 + n % 2 * 40} Y20 E0.5\n" for n in range(60))
    card.put("long.gco", b"M140 S40\nG28\nM190 S40\nM109 S200\nM83\nG1 Z5 F1200\n" + tail.encode())
    host = Host(dialect=load_dialect("marlin-bugfix-2.1.x-full"), card=card)
    for line in ("M413 S1", "M500", "M23 LONG.GCO", "M24"):
        host.command(line)
    while "Writing to file: /PLR" not in host.wait(1.0):
        assert host.now < 900.0
    host.wait(10.0)
    before = host.simulator.plant.deposited_mm
    assert 0.0 < before < 30.0
    host.simulator.add_fault(parse_fault("power_cut"))
    assert host.wait(20.0) == []
    host.simulator.clear_fault("power_cut")
    assert host.wait(1.0)[-2:] == ["echo:Resume requires LCD.", "ok P15 B4"]
    assert host.simulator.firmware.hotend.target == 0.0
    host.write(b"M1000\n")
    host.wait(30.0)
    assert host.simulator.firmware.bed.target == 40.0
    lines = host.wait(900.0)
    assert "Done printing file" in lines
    assert host.simulator.plant.deposited_mm > before + 20.0
    assert card.checkpoint is None


def test_a_print_from_the_panel_heats_and_moves_and_owes_no_ok() -> None:
    host = Host()
    x = host.simulator.plant.position[0]
    host.simulator.add_fault(parse_fault("card_print"))
    lines = host.wait(2.0)
    assert f"File opened: STRAY.GCO Size: {len(STRAY_FILE)}" in lines
    assert not any(line.startswith("ok") for line in lines)
    assert host.simulator.firmware.hotend.target == 200.0
    host.wait(10.0)
    assert host.simulator.plant.position[0] == pytest.approx(x + 20.0, abs=0.1)


def test_without_a_card_there_is_no_medium() -> None:
    host = Host()
    assert host.command("M20") == ["echo:No media", "ok P15 B3"]
    assert host.command("M23 a.gco") == ["open failed, File: A.GCO.", "ok P15 B3"]
    assert host.command("M24") == ["ok P15 B3"]
    assert host.command("M28 a.gco") == ["open failed, File: A.GCO.", "ok P15 B3"]
