"""Heaters and protections: times, wording, and what the plant does meanwhile."""

from __future__ import annotations

import pytest

from simulator.faults import parse_fault

from .host import Host


def _truth(host: Host, heater: str = "hotend") -> float:
    host.simulator.plant.advance(host.now)
    return host.simulator.plant.heaters[heater].true_c


def _fault(host: Host, text: str) -> None:
    host.simulator.add_fault(parse_fault(text))


def _wait_for(host: Host, start: str, patience: float) -> float:
    before = host.now
    while host.now - before < patience:
        if any(line.startswith(start) for line in host.wait(1.0)):
            return host.now - before
    raise AssertionError(f"nothing like {start!r} within {patience} s")


def test_nozzle_and_bed_heat_in_the_time_of_such_a_machine() -> None:
    host = Host()
    assert 80.0 < host.seconds("M109 S215") - 10.0 < 110.0
    assert _truth(host) == pytest.approx(215.0, abs=2.0)
    assert 100.0 < host.seconds("M190 S60") - 10.0 < 140.0
    assert _truth(host, "bed") == pytest.approx(60.0, abs=1.5)


def test_target_is_held_and_not_overshot() -> None:
    host = Host()
    host.command("M104 S215")
    hottest = 0.0
    for _ in range(300):
        host.wait(1.0)
        hottest = max(hottest, _truth(host))
    assert hottest < 217.0
    assert _truth(host) == pytest.approx(215.0, abs=0.5)


def test_waiting_counts_down_ten_seconds_of_residency() -> None:
    lines = Host().command("M109 S60")
    assert sum(line.endswith("W:?") for line in lines) > 5
    assert [line[-1] for line in lines if " W:" in line][-10:] == list("9876543210")


def test_cooling_is_waited_for_with_r_only() -> None:
    host = Host()
    host.command("M109 S120")
    assert host.seconds("M109 S60") < 1.0
    assert host.seconds("M109 R90") > 15.0
    assert _truth(host) < 95.0


@pytest.mark.parametrize(
    ("line", "shown"),
    [("M104 S400", "/260.00 "), ("M104 S-20", "/-20.00 "), ("M140 S300", "/115.00 ")],
)
def test_targets_are_clamped_without_a_word(line: str, shown: str) -> None:
    host = Host()
    assert host.command(line)[-1] == "ok P15 B3"
    assert shown in host.command("M105")[0]


def test_unreadable_number_leaves_the_target() -> None:
    host = Host()
    host.command("M104 Sabc")
    assert "/0.00 " in host.command("M105")[0]


def test_fan_is_reported_and_cools() -> None:
    host = Host()
    assert host.command("M106 S128") == ["M106 P0 S128", "ok P15 B3"]
    assert host.simulator.plant.fan == pytest.approx(128 / 255)
    assert host.command("M107") == ["M106 P0 S0", "ok P15 B3"]


def test_dead_heater_from_the_start_is_heating_failed_after_40_s() -> None:
    host = Host()
    _fault(host, "thermal_runaway")
    host.write(b"M109 S200\n")
    seconds = _wait_for(host, "Error:Heating failed, system stopped! Heater_ID: E0", 60.0)
    assert seconds == pytest.approx(40.0, abs=2.0)
    assert host.simulator.firmware.killed
    assert host.write(b"M105\n") == []


def test_dead_heater_while_hot_is_thermal_runaway_in_40_to_48_s() -> None:
    host = Host()
    host.command("M109 S100")
    _fault(host, "thermal_runaway")
    host.write(b"")
    before = host.now
    lines: list[str] = []
    while not host.simulator.firmware.killed:
        lines += host.wait(0.5)
        assert host.now - before < 60.0
    assert 40.0 <= host.now - before <= 50.0
    assert lines[-6:] == [
        "Error:Thermal Runaway, system stopped! Heater_ID: E0",
        "echo:Home XYZ First",
        "//action:notification Home XYZ First",
        "echo:THERMAL RUNAWAY",
        "Error:Printer halted. kill() called!",
        "//action:poweroff",
    ]


def test_a_homed_head_is_parked_before_the_kill() -> None:
    host = Host()
    host.command("G28")
    host.command("G1 X120 Y50 Z10 F6000")
    _fault(host, "sensor_short")
    lines = host.wait(30.0)
    assert lines[0] == "Error:MAXTEMP triggered, system stopped! Heater_ID: E0"
    assert "echo:Home XYZ First" not in lines
    assert host.simulator.firmware.killed
    assert host.simulator.plant.position[1] == pytest.approx(190.0, abs=0.1)


def test_open_sensor_is_noticed_only_with_a_target() -> None:
    host = Host()
    _fault(host, "sensor_open")
    assert host.wait(60.0) == []
    assert "T:-15.00" in host.command("M105")[0]
    host.write(b"M104 S200\n")
    assert any(line.startswith("Error:MINTEMP") for line in host.wait(1.0))


def test_mosfet_stuck_on_heats_on_after_the_kill() -> None:
    host = Host()
    _fault(host, "mosfet_stuck_on")
    seconds = _wait_for(host, "Error:MAXTEMP", 300.0)
    assert 90.0 < seconds < 200.0
    at_kill = _truth(host)
    host.wait(60.0)
    assert host.simulator.firmware.killed
    assert _truth(host) > at_kill + 15.0


def test_low_sensor_overheats_in_silence() -> None:
    host = Host()
    host.command("M109 S100")
    _fault(host, "sensor_low:30")
    host.command("M109 S190")
    host.wait(60.0)
    assert host.command("M105")[0].startswith(("ok T:189", "ok T:190", "ok T:191"))
    assert _truth(host) == pytest.approx(220.0, abs=2.0)
    assert host.wait(300.0) == []


def test_heat_up_that_never_ends_draws_no_protection() -> None:
    host = Host()
    _fault(host, "never_heats")
    host.write(b"M109 S215\n")
    lines = host.wait(1800.0)
    assert not any(line.startswith(("Error", "ok")) for line in lines)
    assert lines[-1].endswith("W:?") or lines[-2].endswith("W:?")
    assert _truth(host) == pytest.approx(211.0, abs=1.5)


def test_a_dead_bed_at_temperature_is_noticed() -> None:
    host = Host()
    host.command("M190 S60")
    host.wait(60.0)
    _fault(host, "thermal_runaway:bed")
    assert _wait_for(host, "Error:Thermal Runaway, system stopped! Heater_ID: bed", 200.0) > 20.0


def test_panel_changes_the_target_without_a_line() -> None:
    host = Host()
    host.command("M109 S190")
    _fault(host, "panel_temperature:230")
    assert host.wait(0.5) == []
    assert "/230.00" in host.command("M105")[0]


def test_power_cut_cools_and_silences_and_boots_afterwards() -> None:
    host = Host()
    host.command("M109 S190")
    _fault(host, "power_cut")
    assert host.write(b"M105\n") == []
    assert host.wait(30.0) == []
    assert _truth(host) < 165.0
    host.simulator.clear_fault("power_cut")
    assert host.wait(1.0)[0] == "start"
    assert "/0.00" in host.command("M105")[0]
