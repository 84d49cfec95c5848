"""Lines, numbers, checksums, queue, emergency codes: the silences included."""

from __future__ import annotations

import pytest

from .host import Host, bugfix_host, numbered


def test_a_numbered_line_is_acknowledged_with_its_number() -> None:
    host = Host()
    assert host.command(numbered(0, "M110")) == ["ok N0 P15 B3"]
    assert host.command(numbered(1, "G90")) == ["ok N1 P15 B3"]


def test_m105_answers_without_number_and_slots() -> None:
    assert Host().command("M105")[0].startswith("ok T:2")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("N1 G90*1", "Error:checksum mismatch, Last Line: 0"),
        ("N1 G90", "Error:No Checksum with line number, Last Line: 0"),
        (numbered(5, "G90"), "Error:Line Number is not Last Line Number+1, Last Line: 0"),
    ],
)
def test_a_bad_line_is_asked_for_again(line: str, message: str) -> None:
    host = Host()
    assert host.command(line) == [message, "Resend: 1", "ok"]
    assert host.heard() == [("G90", False)]
    assert host.command(numbered(1, "G90")) == ["ok N1 P15 B3"]


def test_a_repeated_number_is_swallowed_in_silence() -> None:
    host = Host()
    host.command(numbered(1, "G90"))
    assert host.write(numbered(1, "G91").encode() + b"\n") == []
    assert host.wait(30.0) == []
    assert not host.simulator.firmware.relative
    assert host.heard()[-1] == ("G91", False)


def test_lines_in_flight_behind_a_bad_one_vanish() -> None:
    host = Host()
    burst = [numbered(1, "M114"), "N2 M114*1", numbered(3, "M114"), numbered(4, "M114")]
    lines = host.write("\n".join(burst).encode() + b"\n")
    assert [line for line in lines if not line.startswith("X:")] == [
        "Error:checksum mismatch, Last Line: 1",
        "Resend: 2",
        "ok",
        "ok N1 P15 B3",
    ]
    accepted = [accepted for _, accepted in host.heard()]
    assert accepted.count(True) == 1
    assert len(accepted) == 4


def test_lines_without_numbers_pass_between_numbered_ones() -> None:
    host = Host()
    host.command(numbered(1, "G90"))
    assert host.command("M107")[-1] == "ok P15 B3"
    assert host.command(numbered(2, "G90")) == ["ok N2 P15 B3"]


def test_an_over_long_line_is_cut_silently() -> None:
    host = Host()
    assert host.command("G1 X5" + " " * 95 + "F600 Y50") == ["ok P14 B3"]
    host.command("M400")
    assert host.command("M114")[0].startswith("X:5.00 Y:0.00")


def test_nul_ends_the_text_so_m105_becomes_m1() -> None:
    host = Host()
    lines = host.write(b"M1\x0005\n")
    assert "//action:prompt_begin M1 Stop" in lines
    assert host.wait(5.0) == ["echo:busy: paused for user"] * 2
    assert host.command("M108") == ["ok P15 B3", "ok P15 B3"]


def test_empty_lines_and_comments_get_no_answer() -> None:
    host = Host()
    assert host.write(b"\n\r\n; only a comment\n") == []


@pytest.mark.parametrize("line", ["G999", "g28 x", "FOO", "X10", "G20", "G29"])
def test_unknown_is_said_and_acknowledged(line: str) -> None:
    assert Host().command(line) == [f'echo:Unknown command: "{line}"', "ok P15 B3"]


def test_dialects_differ_where_the_recordings_do() -> None:
    assert bugfix_host().command(numbered(0, "M110")) == ["Line: 0", "ok N0 P15 B3"]
    assert bugfix_host().command("T5") == ["ok P15 B3"]
    assert Host().command("T5") == ["echo:T5 Invalid extruder", "ok P15 B3"]


def test_identity_names_machine_and_area() -> None:
    lines = Host().command("M115")
    assert lines[0].startswith("FIRMWARE_NAME:Marlin 2.1.2.1 ")
    assert "MACHINE_TYPE:Example i3" in lines[0]
    assert "Cap:EMERGENCY_PARSER:1" in lines
    assert "max:{x:250.00,y:210.00,z:210.00}" in lines[-2]


def test_busy_every_two_seconds_while_a_command_blocks() -> None:
    host = Host()
    lines = host.command("G4 S9")
    assert lines.count("echo:busy: processing") == 4


def test_four_slots_then_the_receive_buffer() -> None:
    host = Host()
    assert host.write(b"G4 S5\n" + b"M114\n" * 6) == ["//action:notification Sleep..."]
    assert len(host.simulator.firmware.ring) == 4
    assert len(host.simulator.firmware.receiver.lines) == 3
    assert len([note for note in host.notes() if note.startswith("waits")]) == 3
    assert [line for line in host.wait(6.0) if line.startswith("ok")] == [
        *["ok P15 B0"] * 4,
        *["ok P15 B1", "ok P15 B2", "ok P15 B3"],
    ]


def test_m108_breaks_a_heat_up_that_blocks() -> None:
    host = Host()
    host.write(b"M109 S200\n")
    host.wait(5.0)
    assert [line for line in host.write(b"M108\n") if line.startswith("ok")] == [
        "ok P15 B2",
        "ok P15 B3",
    ]
    assert host.simulator.firmware.hotend.target == 200.0


def test_m112_kills_while_m109_blocks_and_then_there_is_silence() -> None:
    host = Host()
    host.command("M302 S0")
    host.write(b"M109 S200\nG1 X20\n")
    host.wait(10.0)
    assert host.write(b"M112\n") == [
        "echo:M112 Shutdown",
        "Error:Printer halted. kill() called!",
        "//action:poweroff",
    ]
    assert host.write(b"M105\n" + numbered(1, "M105").encode() + b"\n") == []
    assert host.wait(60.0) == []
    heater = host.simulator.plant.heaters["hotend"]
    assert heater.effective_duty(powered=True) == 0.0
    assert ("M112", True) in host.heard()
    assert host.heard()[-1] == (numbered(1, "M105"), False)


@pytest.mark.parametrize("line", ["M112 ; stop", numbered(9, "M112"), "  M112"])
def test_m112_acts_in_every_dress(line: str) -> None:
    host = Host()
    assert "Error:Printer halted. kill() called!" in host.write(line.encode() + b"\n")


def test_m112_inside_a_message_does_not_act() -> None:
    host = Host()
    assert host.command("M117 about M112 now") == ["ok P15 B3"]
    assert not host.simulator.firmware.killed


def test_m410_stops_motion_and_the_position_is_true() -> None:
    host = Host()
    host.command("G28")
    host.write(b"G1 X200 F1200\nG1 X0\nG1 X200\n")
    host.wait(2.0)
    assert host.seconds("M410") == pytest.approx(1.0, abs=0.2)
    x = host.simulator.plant.position[0]
    assert 30.0 < x < 42.0
    assert host.command("M114")[0].startswith(f"X:{x:.2f} ")
    host.wait(5.0)
    assert host.simulator.plant.position[0] == x


def test_auto_report() -> None:
    host = Host()
    host.command("M155 S2")
    lines = host.wait(9.0)
    assert len(lines) == 4
    assert all(line.startswith(" T:") for line in lines)
    host.command("M155 S0")
    assert host.wait(9.0) == []


def test_no_card() -> None:
    host = Host()
    assert host.command("M20") == ["echo:No media", "ok P15 B3"]
    assert host.command("M27") == ["Not SD printing", "ok P15 B3"]
    assert host.command("M23 a.gco")[0] == "open failed, File: A.GCO."


def test_settings_are_stored_over_a_reset_and_defaults_come_back() -> None:
    host = Host()
    host.command("M92 E415.5")
    host.command("M500")
    host.command("M92 E1")
    host.simulator.reset()
    lines = host.wait(1.0)
    assert lines[0] == "start"
    assert any("stored settings retrieved" in line for line in lines)
    assert "echo:  M92 X80.00 Y80.00 Z400.00 E415.50" in host.command("M503")
    host.command("M502")
    assert host.command("M92")[0] == "  M92 X80.00 Y80.00 Z400.00 E93.00"


def test_a_host_that_never_waits_loses_bytes_and_memory_stays_bounded() -> None:
    host = Host()
    host.write(b"G4 S60\n" + b"M117 x\n" * 3000)
    assert len(host.simulator.firmware.receiver.lines) == 1000
    assert any(note.startswith("receive buffer full") for note in host.notes())
    host.wait(61.0)
    assert host.command("M107")[-1] == "ok P15 B3"
