"""Dialects that were not recorded: the words and rules that public source shows, and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.faults import parse_fault
from simulator.manner import load_speech, speeches

from .host import Host, numbered

MANNERS = ["klipper-style", "prusa-mk3-style"]


def host(name: str) -> Host:
    dialect, manner = load_speech(name)
    return Host(dialect=dialect, manner=manner)


def test_they_stand_after_the_recorded_ones_and_say_that_they_are_not() -> None:
    assert [name for name in speeches() if load_speech(name)[1] is not None] == MANNERS
    for name in MANNERS:
        dialect, manner = load_speech(name)
        assert manner is not None
        assert dialect.name == manner.name == name
        assert manner.provenance[0].startswith("NOT RECORDED")
        assert any("github.com/" in line and " at " in line for line in manner.provenance)


def test_prusa_answers() -> None:
    mk3 = host("prusa-mk3-style")
    assert mk3.command("M105")[0].startswith("ok T:2")
    assert mk3.command("M105")[0].endswith(" @:0 B@:0 P:0.0 A:22.0")
    assert mk3.command("M115")[0].startswith("FIRMWARE_NAME:Prusa-Firmware 3.14.0 based on Marlin ")
    assert mk3.command("G1 X10 F3000") == ["ok"]
    assert mk3.command("M999") == ["Unknown M code: M999", "ok"]
    assert mk3.command("FOO") == ['echo:Unknown command: "FOO"(2)', "ok"]
    heating = mk3.command("M109 S40")
    assert any(line.startswith("T:") and line.endswith(" E:0 W:?") for line in heating)


def test_prusa_lines() -> None:
    mk3 = host("prusa-mk3-style")
    mk3.command(numbered(1, "G4 P1"))
    # A repeated number is an error here, not a silence.
    error = "Error:Line Number is not Last Line Number+1, Last Line: 1"
    assert mk3.write(numbered(1, "G4 P1").encode() + b"\n") == [error, "Resend: 2", "ok"]
    refused = mk3.write(b"M105*36\n")
    assert refused == ["Error:No Line Number with checksum, Last Line: 1", "Resend: 2", "ok"]
    assert mk3.command(numbered(2, "G4 P1")) == ["ok"]


def test_prusa_restarts_after_a_kill() -> None:
    mk3 = host("prusa-mk3-style")
    mk3.command("M104 S200")
    lines = mk3.write(b"M112\n") + mk3.wait(2.0)
    assert lines[:2] == ["Error:Printer halted. kill() called!", "start"]
    assert mk3.simulator.boots == 2
    assert " /0.0 " in mk3.command("M105")[0]


def test_klipper_answers() -> None:
    klipper = host("klipper-style")
    assert klipper.notes()[0].startswith("boot klipper-style")
    assert [r["raw"] for r in klipper.records if r["dir"] == "printer"] == []
    assert klipper.command("M105")[0].startswith("ok B:2")
    assert klipper.command("M115") == ["ok FIRMWARE_NAME:Klipper FIRMWARE_VERSION:v0.13.0"]
    assert klipper.command("M115")[-1] == klipper.command("m115")[-1]
    assert klipper.command("M114") == ["X:0.000 Y:0.000 Z:0.000 E:0.000", "ok"]
    assert klipper.command("M999") == ['// Unknown command:"M999"', "ok"]
    assert klipper.command("M503") == ['// Unknown command:"M503"', "ok"]
    cold = klipper.command("G1 X20 E5 F3000")
    assert cold[-2:] == ["!! Extrude below minimum temp", "ok"]
    assert not any("busy" in line for line in klipper.command("G4 S30"))
    heating = klipper.command("M109 S40")
    assert all(line.startswith(("B:", "ok")) for line in heating)


def test_klipper_lines() -> None:
    klipper = host("klipper-style")
    for line in ("N7 G4 P1*99", "N7 G4 P1", "N3 G4 P1*12", "g4 p1", "G4 P1*1"):
        assert klipper.command(line) == ["ok"], line
    # There is no M108 that ends a wait.
    klipper.write(b"M109 S100\n")
    klipper.write(b"M108\n")
    assert not any(line.startswith("ok") for line in klipper.wait(10.0))


def test_klipper_answers_on_after_a_shutdown() -> None:
    klipper = host("klipper-style")
    klipper.command("M104 S200")
    assert klipper.write(b"N5 M112\n") == ["// Klipper state: Shutdown"]
    answer = klipper.write(b"M105\n")
    assert answer[-2:] == ["!! Shutdown due to M112 command", "ok"]
    assert klipper.simulator.plant.heaters["hotend"].duty == 0.0


def test_klipper_names_the_heater_that_failed_with_the_next_answer() -> None:
    klipper = host("klipper-style")
    klipper.simulator.add_fault(parse_fault("thermal_runaway"))
    klipper.command("M104 S200")
    assert klipper.wait(60.0) == ["// Klipper state: Shutdown"]
    answer = klipper.write(b"G1 X5\n")
    assert answer[-2:] == ["!! Heater extruder not heating at expected rate", "ok"]


@pytest.mark.parametrize("name", MANNERS)
@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([b"M112\n", b"M115\n"]))))
def test_any_bytes(name: str, pieces: list[bytes]) -> None:
    dialect, manner = load_speech(name)
    speaker = Host(dialect=dialect, manner=manner)
    for piece in pieces:
        speaker.write(piece)
        speaker.wait(0.5)
    speaker.wait(5.0)
