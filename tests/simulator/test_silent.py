"""Faults that the firmware does not tell: what is so, and what it says meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.data import load_dialect
from simulator.faults import parse_fault
from simulator.truth import snapshot

from .host import Host


def _host() -> Host:
    host = Host()
    for line in ("G28", "M302 S0", "M83"):
        host.command(line)
    host.simulator.plant.heaters["hotend"].true_c = 215.0
    host.simulator.plant.heaters["hotend"].stuck_on = True
    return host


def _fault(host: Host, text: str) -> None:
    host.simulator.add_fault(parse_fault(text))


def _print(host: Host) -> list[str]:
    lines: list[str] = []
    for line in ("G1 X100 E5 F6000", "G1 X0 E5", "G1 X100 E5", "M400"):
        lines += host.command(line)
    return [line for line in lines if not line.startswith(("ok", "echo:busy"))]


def test_a_loose_belt_loses_the_way_in_silence() -> None:
    host = _host()
    _fault(host, "loose_belt:x")
    assert _print(host) == []
    truth = snapshot(host.simulator)
    assert host.command("M114")[0].startswith("X:100.00 ")
    assert host.simulator.plant.position[0] == pytest.approx(98.0, abs=0.01)
    assert truth["lost_mm"] == pytest.approx(6.0, abs=0.01)
    host.command("G28")
    assert host.simulator.plant.position[0] == pytest.approx(0.0, abs=0.3)


def test_a_pushed_head_stays_off_until_it_is_homed() -> None:
    host = _host()
    _fault(host, "layer_shift:3@x>60")
    assert _print(host) == []
    assert host.simulator.plant.position[0] == pytest.approx(103.0, abs=0.01)
    host.command("G28 X")
    assert host.simulator.plant.position[0] == pytest.approx(0.0, abs=1e-6)


def test_a_dead_motor_is_noticed_only_by_homing() -> None:
    host = _host()
    _fault(host, "motor_dead:x")
    assert _print(host) == []
    assert host.simulator.plant.position[0] == pytest.approx(0.0)
    host.write(b"G1 Y50 F6000\nM400\n")
    host.wait(5.0)
    host.simulator.plant.push(0, 50.0)
    host.write(b"G28 X\n")
    assert "echo:Homing Failed" in host.wait(30.0)


def test_slipping_filament_and_none_at_all() -> None:
    host = _host()
    _fault(host, "filament_slip:40")
    _print(host)
    assert host.simulator.plant.deposited_mm == pytest.approx(9.0, abs=0.01)
    _fault(host, "runout")
    _print(host)
    assert host.simulator.plant.deposited_mm == pytest.approx(9.0, abs=0.01)


def test_a_sensor_asks_for_filament_when_a_job_runs() -> None:
    host = Host(dialect=load_dialect("marlin-2.1.2.1-full"))
    _fault(host, "runout")
    assert host.wait(5.0) == []
    assert "filament: open" in host.command("M119")
    lines = host.write(b"M75\n")
    assert "//action:paused filament_runout 0" in lines
    assert "//action:prompt_begin Nozzle Parked" in lines + host.wait(60.0)


def test_a_slow_heater_takes_longer_and_says_nothing() -> None:
    quick, slow = Host(), Host()
    _fault(slow, "slow_heater")
    assert slow.seconds("M109 S120") > 1.8 * quick.seconds("M109 S120") - 10.0
    assert slow.simulator.firmware.killed is False


def test_a_clamped_target_is_smaller_than_asked_and_outlives_a_reset() -> None:
    host = Host()
    _fault(host, "target_clamped:190")
    assert host.command("M104 S215") == ["ok P15 B3"]
    assert "/190.00 " in host.command("M105")[0]
    _fault(host, "reset")
    host.wait(1.0)
    host.command("M104 S215")
    assert "/190.00 " in host.command("M105")[0]


def test_a_short_line_buffer_loses_the_end_of_long_lines() -> None:
    host = _host()
    _fault(host, "short_line_buffer:24")
    assert host.command("G1 X10.000 Y10.000 F600 E7")[-1].startswith("ok")
    host.command("M400")
    assert host.command("M114")[0].startswith("X:10.00 Y:10.00 Z:0.00 E:0.00")


def test_turned_bits_cost_the_calibration_at_the_next_boot() -> None:
    host = Host()
    host.command("M92 E415.5")
    host.command("M500")
    _fault(host, "eeprom_flip")
    assert host.wait(10.0) == []
    assert host.command("M92")[0] == "  M92 X80.00 Y80.00 Z400.00 E415.50"
    _fault(host, "reset")
    lines = host.wait(1.0)
    assert any(line.startswith("Error:EEPROM CRC mismatch") for line in lines)
    assert host.command("M92")[0] == "  M92 X80.00 Y80.00 Z400.00 E93.00"
    assert host.command("M504")[0] == "echo:EEPROM OK"


def test_the_panel_changes_bed_speed_and_height_without_a_line() -> None:
    host = Host()
    for text in ("panel_bed:70", "panel_feed:150", "panel_z:0.3"):
        _fault(host, text)
    assert host.wait(0.05) == []
    assert "/70.00 " in host.command("M105")[0]
    assert host.command("M220")[0] == "FR:150%"
    assert host.command("M114")[0].startswith("X:0.00 Y:0.00 Z:0.00")
    assert host.simulator.plant.position[2] == pytest.approx(12.81)


def test_a_dead_fan_is_reported_as_turning() -> None:
    host = Host()
    _fault(host, "fan_dead")
    assert host.command("M106 S255") == ["M106 P0 S255", "ok P15 B3"]
    heater = host.simulator.plant.heaters["hotend"]
    heater.true_c = 200.0
    host.wait(20.0)
    with_dead_fan = host.simulator.plant.beside(host.now, (0.0,) * 4).heaters["hotend"].true_c
    turning = Host()
    turning.command("M106 S255")
    turning.simulator.plant.heaters["hotend"].true_c = 200.0
    turning.wait(20.0)
    cooled = turning.simulator.plant.beside(turning.now, (0.0,) * 4).heaters["hotend"].true_c
    assert with_dead_fan > cooled + 1.0


def test_inches_where_a_dialect_knows_them() -> None:
    host = Host(dialect=replace(load_dialect("marlin-2.1.2.1"), inch_mode=True))
    for line in ("G20", "G1 X1 F60", "M400"):
        host.command(line)
    assert host.command("M114")[0].startswith("X:25.40 ")
    host.command("G21")
    host.command("G1 X30 F6000")
    assert host.command("M114")[0].startswith("X:30.00 ")
