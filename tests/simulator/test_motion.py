"""Motion that takes time, the planner's depth, end-stops, plastic: true state beside reported."""

from __future__ import annotations

import pytest

from simulator.faults import parse_fault
from simulator.truth import snapshot

from .host import Host


def _hot_and_homed() -> Host:
    host = Host()
    host.command("G28")
    host.command("M109 S215")
    host.command("M83")
    return host


@pytest.mark.parametrize(("feed", "seconds"), [(50, 2.04), (200, 0.66)])
def test_a_move_takes_the_time_of_its_trapezoid(feed: int, seconds: float) -> None:
    # 100 mm at 1250 mm/s^2: d / v + v / a, and 0.1 s until a lone move begins.
    host = Host()
    host.command("G1 X0 F1200")
    before = host.now
    host.command(f"G1 X100 F{feed * 60}")
    host.command("M400")
    assert host.now - before == pytest.approx(seconds + 0.1, rel=0.05)


def test_straight_segments_do_not_stop_in_between() -> None:
    one, many = Host(), Host()
    one.command("G1 X100 F6000")
    for x in range(10, 101, 10):
        many.command(f"G1 X{x} F6000")
    assert many.seconds("M400") == pytest.approx(one.seconds("M400"), rel=0.1)


def test_corners_slow_down() -> None:
    straight, zigzag = Host(), Host()
    for step in range(1, 11):
        straight.command(f"G1 X{step * 10} F6000")
        zigzag.command(f"G1 X{10 if step % 2 else 0} F6000")
    assert zigzag.seconds("M400") > 1.3 * straight.seconds("M400")


def test_acks_come_early_until_fifteen_blocks_are_queued() -> None:
    host = Host()
    lines: list[str] = []
    for index in range(20):
        lines += host.write(f"G1 X{100 if index % 2 == 0 else 120} F600\n".encode())
    assert [line for line in lines if line.startswith("ok")][-1] == "ok P0 B3"
    assert len(lines) == 15
    assert host.wait(1.5) == []
    assert any(line.startswith("ok P0") for line in host.wait(12.0))


def test_m114_gives_the_planned_end_while_the_head_is_on_its_way() -> None:
    host = Host()
    host.command("G28")
    host.command("G1 X100 F600")
    host.wait(1.0)
    assert host.command("M114")[0].startswith("X:100.00 ")
    assert host.simulator.plant.position[0] < 20.0


def test_soft_end_stops_hold_after_homing_only() -> None:
    host = Host()
    host.command("G28")
    host.command("G1 X500 Y-50 F12000")
    assert host.command("M114")[0].startswith("X:250.00 Y:0.00 ")
    host.command("M84")
    host.command("G1 X260 F12000")
    assert host.command("M114")[0].startswith("X:260.00 ")


def test_homing_takes_the_way_there_and_makes_position_true() -> None:
    host = Host()
    assert 5.0 < host.seconds("G28") < 20.0
    truth = snapshot(host.simulator)
    assert truth["homed"] is True
    assert host.simulator.plant.position == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)
    assert "x_min: TRIGGERED" in host.command("M119")


def test_end_stop_that_never_closes_kills() -> None:
    host = Host()
    host.simulator.add_fault(parse_fault("homing_failed:y"))
    host.write(b"G28\n")
    lines = host.wait(30.0)
    assert lines[-3:] == [
        "echo:Homing Failed",
        "Error:Printer halted. kill() called!",
        "//action:poweroff",
    ]


def test_shorted_end_stop_homes_at_the_wrong_place_in_silence() -> None:
    host = Host()
    host.simulator.add_fault(parse_fault("endstop_shorted:x"))
    assert host.command("G28")[-1] == "ok P15 B3"
    assert host.command("M114")[0].startswith("X:0.00 ")
    assert host.simulator.plant.position[0] > 50.0


def test_cold_extrusion_is_prevented_and_acknowledged() -> None:
    host = Host()
    host.command("M83")
    assert host.command("G1 X10 E5 F3000") == ["echo: cold extrusion prevented", "ok P14 B3"]
    host.command("M400")
    assert host.command("M114")[0].startswith("X:10.00 Y:0.00 Z:0.00 E:5.00")
    assert host.simulator.plant.filament_mm == 0.0


def test_too_long_extrusion_is_prevented() -> None:
    host = _hot_and_homed()
    assert host.command("G1 E201 F300")[0] == "echo: too long extrusion prevented"


def test_plastic_counts_net_of_retraction_and_flow() -> None:
    host = _hot_and_homed()
    for line in ("G1 X50 E5 F1200", "G1 E-2", "G1 X60", "G1 E2", "M221 S50", "G1 X100 E5"):
        host.command(line)
    host.command("M400")
    truth = snapshot(host.simulator)
    assert truth["deposited_mm"] == pytest.approx(7.5, abs=1e-3)
    assert truth["extruding_moves"] == 2
    assert truth["layers"] == 1


def test_same_job_same_digest_other_job_other_digest() -> None:
    def digest(x: float) -> str:
        host = _hot_and_homed()
        host.command(f"G1 X{x} E1 F1200")
        host.command("M400")
        return str(snapshot(host.simulator)["extruding_sha256"])

    assert digest(50) == digest(50)
    assert digest(50) != digest(50.1)


def test_g92_moves_nothing() -> None:
    host = Host()
    host.command("G28")
    host.command("G92 X10 E3")
    assert host.command("M114")[0].startswith("X:10.00 Y:0.00 Z:0.00 E:3.00")
    assert host.simulator.plant.position[0] == pytest.approx(0.0, abs=1e-6)


def test_relative_and_absolute() -> None:
    host = Host()
    for line in ("G91", "G1 X10 F3000", "G1 X10", "G90", "G1 Y5"):
        host.command(line)
    assert host.command("M114")[0].startswith("X:20.00 Y:5.00 ")


def test_same_seed_same_answers() -> None:
    def session(seed: int) -> list[str]:
        host = Host(seed=seed)
        return host.command("M109 S60") + host.command("M105")

    assert session(3) == session(3)
    assert session(3) != session(4)


def test_outcome_does_not_depend_on_how_often_the_clock_is_read() -> None:
    def session(step: float) -> list[str]:
        host = Host()
        host.write(b"G28\nM109 S100\nG1 X20 F600\nM400\n")
        answer = b""
        for index in range(1, round(210 / step) + 1):
            answer += host.simulator.poll(host.now + index * step)
        return answer.decode("latin-1").splitlines()

    often, seldom = session(0.05), session(7.0)
    assert len(often) > 50
    assert often == seldom
