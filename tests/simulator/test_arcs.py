"""G2 and G3: where the head goes and what it lays; bad parameters; a stop in the middle."""

from __future__ import annotations

import math

import pytest

from simulator.data import load_dialect

from .host import Host


def _host() -> Host:
    host = Host(dialect=load_dialect("marlin-2.1.2.1-full"))
    for line in ("G28", "M302 S0", "M83", "G1 X100 Y100 Z5 F6000", "M400"):
        host.command(line)
    heater = host.simulator.plant.heaters["hotend"]
    heater.true_c, heater.stuck_on = 200.0, True
    return host


def _path(host: Host, line: str) -> list[tuple[float, float]]:
    """Places of the head while the arc is drawn, fifty a second."""
    host.write(line.encode("ascii") + b"\nM400\n")
    places = []
    while host.simulator.firmware.ring or host.simulator.firmware.planner.blocks:
        host.wait(0.02)
        x, y, _ = host.simulator.plant.beside(
            host.now, host.simulator.firmware.planner.under_way(host.now)
        ).position
        places.append((x, y))
        assert len(places) < 2000
    return places


@pytest.mark.parametrize(
    ("line", "centre", "radius", "above"),
    [
        ("G2 X120 Y100 I10 J0 F1200", (110.0, 100.0), 10.0, True),
        ("G3 X120 Y100 I10 J0 F1200", (110.0, 100.0), 10.0, False),
        ("G2 X120 Y100 R10 F1200", (110.0, 100.0), 10.0, True),
        ("G3 X120 Y100 R10 F1200", (110.0, 100.0), 10.0, False),
    ],
)
def test_the_head_stays_on_the_circle(
    line: str, centre: tuple[float, float], radius: float, above: bool
) -> None:
    places = _path(_host(), line)
    for x, y in places:
        # A chord of 1 mm on 10 mm lies 0.0125 mm inside the circle.
        assert math.hypot(x - centre[0], y - centre[1]) == pytest.approx(radius, abs=0.05)
        assert (y >= 99.9) is above or y == pytest.approx(100.0, abs=0.1)
    assert places[-1] == pytest.approx((120.0, 100.0))
    assert len({round(y) for _, y in places}) > 8


@pytest.mark.parametrize(("radius", "degrees"), [("R20", 60.0), ("R-20", 300.0)])
def test_a_negative_radius_takes_the_longer_way(radius: str, degrees: float) -> None:
    host = _host()
    seconds = host.seconds(f"G2 X120 Y100 {radius} F1200") + host.seconds("M400")
    assert seconds == pytest.approx(math.radians(degrees) * 20.0 / 20.0, rel=0.1, abs=0.2)


def test_the_same_end_is_a_whole_circle_and_p_adds_turns() -> None:
    host = _host()
    one = host.seconds("G2 I10 F3000") + host.seconds("M400")
    three = host.seconds("G2 I10 P2 F3000") + host.seconds("M400")
    assert one == pytest.approx(math.tau * 10.0 / 50.0, rel=0.1)
    assert three == pytest.approx(3.0 * one, rel=0.1)


def test_filament_is_laid_evenly_along_the_arc() -> None:
    host = _host()
    host.command("G3 X120 Y100 I10 J0 E10 F1200")
    host.command("M400")
    assert host.simulator.plant.deposited_mm == pytest.approx(10.0, abs=1e-6)
    assert host.simulator.plant.extruding_moves == 31


@pytest.mark.parametrize("line", ["G2", "G3 X120", "G2 X120 R0", "G2 R5", "G2 I0 J0"])
def test_bad_parameters_are_told_and_acknowledged(line: str) -> None:
    host = _host()
    assert host.command(line) == ["Error:G2/G3 bad parameters", "ok P15 B3"]


def test_a_quick_stop_ends_the_arc() -> None:
    host = _host()
    host.write(b"G2 I50 F1200\n")
    host.wait(5.0)
    host.write(b"M410\n")
    host.wait(3.0)
    assert not host.simulator.firmware.planner.blocks
    stopped = list(host.simulator.plant.position)
    host.wait(10.0)
    assert host.simulator.plant.position == stopped
    assert host.command("M114")[0].startswith(f"X:{stopped[0]:.2f} Y:{stopped[1]:.2f}")
