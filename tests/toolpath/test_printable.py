"""What of a section is printed at all: tips too thin for a bead have to reach nowhere."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mdps_plugin.toolpath import printable as module
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.geometry import LayerLines, check_layers
from mdps_plugin.toolpath.printable import printable
from mdps_plugin.toolpath.section import Section
from mdps_plugin.toolpath.sections import Sections

from .parts import prism, recipe

BEAD_MM = 0.5
WIDE = {"window.layer_volume_ratio": {"minimum": 0.5, "maximum": 1.1}}
Loop = list[tuple[float, float]]


def section(*loops: Loop) -> Section:
    return Section(
        segments=np.array(
            [pair for loop in loops for pair in zip(loop, loop[1:] + loop[:1], strict=True)]
        )
    )


def rectangle(x: float, y: float, wide: float, high: float) -> Loop:
    return [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]


def test_a_rectangle_is_all_there() -> None:
    found = printable(section(rectangle(0, 0, 4, 2)), BEAD_MM)
    assert found is not None
    assert found.low == pytest.approx((0, 0), abs=0.06)
    assert found.high == pytest.approx((4, 2), abs=0.06)
    assert 7.2 < found.area_mm2 <= 8.0


def test_a_blade_across_is_no_wider_than_the_disc_in_it() -> None:
    """Its chord along y is 3 mm long; it is 0.4 mm thick."""
    found = printable(section(rectangle(0, 0, 4, 3), rectangle(9, 0, 0.4, 3)), BEAD_MM)
    assert found is not None
    assert found.high[0] == pytest.approx(4, abs=0.06)
    assert found.area_mm2 < 12


@pytest.mark.parametrize("turned", [0.0, 0.3, math.pi / 4])
def test_a_blade_half_a_pixel_wider_than_a_bead_is_there_wherever_it_lies(turned: float) -> None:
    ahead = np.array([math.cos(turned), math.sin(turned)])
    aside = np.array([-ahead[1], ahead[0]])
    for step in range(12):
        corner = np.array([0.0137, 0.0071]) * step
        corners = [corner, corner + 4 * ahead]
        corners += [one + (BEAD_MM + 0.027) * aside for one in reversed(corners)]
        found = printable(section([(float(x), float(y)) for x, y in corners]), BEAD_MM)
        assert found is not None
        assert found.area_mm2 > 0.8


def test_where_no_bead_fits_nothing_is_printed() -> None:
    found = printable(section(rectangle(0, 0, 9, 0.4)), BEAD_MM)
    assert found is not None
    assert (found.low, found.high) == ((math.inf, math.inf), (-math.inf, -math.inf))
    assert found.area_mm2 == 0


def test_too_large_to_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "grid_about", lambda *_: None)
    assert printable(section(rectangle(0, 0, 4, 2)), BEAD_MM) is None


def beads(*pieces: Loop, layer: int = 3) -> LayerLines:
    """Rectangles filled with lines of 0.45 mm along x."""
    begin, end = [], []
    for (left, low), (right, _), (_, high), _ in pieces:
        for y in np.arange(low + 0.225, high - 0.2, 0.45):
            begin.append((left + 0.225, y))
            end.append((right - 0.225, y))
    count = len(begin)
    first, last = np.array(begin), np.array(end)
    volume = (np.hypot(*(last - first).T) + 0.45) * 0.45 * 0.2
    return LayerLines(
        layer=layer,
        begin=first,
        end=last,
        width=np.full(count, 0.45),
        flow=np.full(count, 0.09),
        volume=volume,
        joined=np.zeros(count, dtype=np.bool_),
        lines=np.arange(count),
        volume_mm3=float(volume.sum()),
        height_mm=0.2,
        line=0,
    )


def found_in(layer: LayerLines, *models: np.ndarray, wall_mm: float | None = None) -> set[str]:
    signed = recipe(**WIDE)
    found = Collector()
    sections = Sections(np.concatenate(models), signed.window)
    check_layers([layer], sections, signed, found, wall_mm)
    return {finding.code for finding in found.result()}


BLOCK = rectangle(0, 0, 4.5, 4.5)


@pytest.mark.parametrize(("thick", "wanted"), [(0.3, set()), (0.9, {"TP-083"})])
def test_a_blade_far_from_all_that_is_printed(thick: float, wanted: set[str]) -> None:
    """17 mm away, as the last layers of a ridge at one end of a bone: missed only where it fits."""
    block, blade = prism(BLOCK, 2.0, at=0), prism(rectangle(17, 0, thick, 3), 2.0, at=0)
    assert found_in(beads(BLOCK), block, blade) == wanted


def test_a_layer_of_blades_holds_less_than_its_area() -> None:
    blades = [prism(rectangle(x, 0, 0.35, 30), 2.0, at=0) for x in (6, 8, 10, 12)]
    assert found_in(beads(BLOCK), prism(BLOCK, 2.0, at=0), *blades) == set()
    thick = [prism(rectangle(x, 0, 1.2, 30), 2.0, at=0) for x in (6, 8, 10, 12)]
    assert "TP-084" in found_in(beads(BLOCK), prism(BLOCK, 2.0, at=0), *thick)


@pytest.mark.parametrize(("right", "wanted"), [(9.0, set()), (8.7, {"TP-083"})])
def test_a_side_that_is_nearly_level_in_the_middle_of_a_layer(
    right: float, wanted: set[str]
) -> None:
    """At X low a step of 0.6 mm rises by 8 µm about the middle of layer 3: half of it is printed.

    The cut below the middle is 0.3 mm larger than what is printed, that above it 0.3 mm smaller.
    """
    corners = [(0, 0), (9, 0), (9, 2), (0, 2), (0, 0.704), (-0.6, 0.696), (-0.6, 0)]
    part = prism([(float(x), float(z)) for x, z in corners], 4.5, at=0)
    lying = part[:, :, [0, 2, 1]][:, ::-1]
    printed = rectangle(-0.3, 0, right + 0.3, 4.5)
    assert found_in(beads(printed), lying) == wanted


@pytest.mark.parametrize(("thick", "wanted"), [(0.44, set()), (0.5, {"TP-083"})])
def test_what_the_outermost_wall_fits_in_is_asked_for(thick: float, wanted: set[str]) -> None:
    """It is thinner than the widest bead, but slicers print it."""
    block, vane = prism(BLOCK, 2.0, at=0), prism(rectangle(4.5, 2, 12, thick), 2.0, at=0)
    assert found_in(beads(BLOCK), block, vane, wall_mm=0.45) == wanted


def test_between_upright_walls_nothing_is_cut_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Sections, "finer")
    block = prism(rectangle(0, 0, 9, 4.5), 2.0, at=0)
    assert found_in(beads(BLOCK), block) == {"TP-083"}
