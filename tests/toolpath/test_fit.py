"""Shift, size and turn from where walls run: what a turn does to the walls counts too, and chords
of a rounded outline are no other size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from mdps_plugin.toolpath import fit
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.geometry import LayerLines
from mdps_plugin.toolpath.offsets import Offsets, along_outlines, at_ends
from mdps_plugin.toolpath.sections import Sections

from .parts import prism, recipe

Floats = npt.NDArray[np.float64]


def turned(stretch: float, turn_mm: float) -> set[str]:
    """An ellipse of 20 mm whose walls are turned by so much at the edge of its box."""
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    point = 10.0 * np.stack((stretch * np.cos(angle), np.sin(angle)), axis=1)
    normal = np.stack((np.cos(angle) / stretch, np.sin(angle)), axis=1)
    normal /= np.hypot(*normal.T)[:, None]
    low, high = point.min(axis=0), point.max(axis=0)
    away = point / (float(np.hypot(*(high - low))) / 2)
    inset = turn_mm * (away[:, 1] * normal[:, 0] - away[:, 0] * normal[:, 1])
    return judged(point, normal, inset, inset)


def judged(point: Floats, normal: Floats, inset: Floats, at_ends: Floats) -> set[str]:
    """What the rule says of these insets, and of others at the ends of the lines."""
    layer = np.ones(len(point), dtype=np.int64)
    offsets = Offsets(point=point, normal=normal, inset=inset, layer=layer)
    ends = Offsets(point=point, normal=normal, inset=at_ends, layer=layer)
    found = Collector()
    box = np.append(point.min(axis=0), 0.0), np.append(point.max(axis=0), 5.0)
    fit._check_part(offsets, lambda: ends, box, None, found)
    return {finding.code for finding in found.result()}


@pytest.mark.parametrize(
    ("stretch", "turn_mm", "wanted"),
    [
        (3.0, 0.009, set()),
        (3.0, 0.016, {"TP-108"}),
        # Its walls move by 0.2 of that: nearly round.
        (1.3, 0.02, set()),
        (1.3, 0.05, {"TP-108"}),
        (1.0, 0.5, set()),
    ],
)
def test_a_turn_counts_by_what_it_does_to_the_walls(
    stretch: float, turn_mm: float, wanted: set[str]
) -> None:
    assert turned(stretch, turn_mm) == wanted


def round_part(kept: int, scale: float) -> tuple[Offsets, Offsets]:
    """A cylinder of 20 mm in 360 flats; its wall 0.225 mm inside through each ``kept``-th corner.

    What is found along the outlines, and at the ends of the lines. The wall is then scaled.
    """
    angle = np.radians(np.arange(360.0))
    corners = 10.0 * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    triangles = prism([(float(x), float(y)) for x, y in corners], 1.0)
    wall = 100.0 + scale * (corners * (1 - 0.225 / 10))[::kept]
    count, height = len(wall), recipe().window.layer_height_mm
    lines = LayerLines(
        layer=1,
        begin=wall,
        end=np.roll(wall, -1, axis=0),
        width=np.full(count, 0.45),
        flow=np.full(count, 0.1),
        volume=np.full(count, 0.1),
        joined=np.ones(count, dtype=np.bool_),
        lines=np.arange(count),
        volume_mm3=0.1 * count,
        height_mm=height,
        line=1,
    )
    sections = Sections(triangles, recipe().window)
    ends = at_ends([(1, fit.ends_of(lines.begin, lines.end))], sections, 0.225)
    return along_outlines([lines], sections, 0.225), ends


def codes_of(outlines: Offsets, ends: Offsets) -> set[str]:
    found = Collector()
    box = np.array([90.0, 90.0, 0.0]), np.array([110.0, 110.0, 1.0])
    fit._check_part(outlines, lambda: ends, box, None, found)
    return {finding.code for finding in found.result()}


def test_chords_of_a_rounded_outline_are_no_other_size() -> None:
    outlines, ends = round_part(5, 1.0)
    # The chord lies up to 10 mm x (1 - cos 2.5 degrees) = 0.0095 mm inside, its ends do not.
    assert 0.004 < outlines.inset.mean() < 0.008
    assert np.abs(ends.inset).max() < 0.001
    assert codes_of(outlines, ends) == set()


@pytest.mark.parametrize("scale", [0.9994, 1.0006])
def test_another_size_is_told_with_fine_lines(scale: float) -> None:
    assert codes_of(*round_part(1, scale)) == {"TP-107"}


def test_another_size_is_told_although_the_outline_is_drawn_in_chords() -> None:
    # Smaller by 0.0006 x 10 mm, which the chords make look like 0.012 mm.
    assert codes_of(*round_part(5, 0.9994)) == {"TP-107"}


def test_the_ends_alone_acquit_no_part_beyond_the_limit() -> None:
    outlines, ends = round_part(1, 0.9985)
    assert codes_of(outlines, round_part(1, 1.0)[1]) == {"TP-107"}
    assert codes_of(outlines, ends) == {"TP-107"}


def test_without_ends_to_look_at_nothing_is_acquitted() -> None:
    outlines, ends = round_part(5, 1.0)
    none = ends.chosen(np.zeros(len(ends.inset), dtype=np.bool_))
    assert codes_of(outlines, none) == {"TP-107"}
