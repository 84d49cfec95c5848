"""Loops of an outline that no slicer prints: no walls are asked for about them."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath.section import Section
from mdps_plugin.toolpath.sections import Pair
from mdps_plugin.toolpath.specks import SPECK_MM, without_specks


def loop(size: float, corners: int, x: float = 0.0) -> np.ndarray:
    angle = np.arange(corners) * 2 * np.pi / corners
    point = size / 2 * np.stack((np.cos(angle), np.sin(angle)), axis=1) + np.array([x, 0.0])
    return np.stack((point, np.roll(point, -1, axis=0)), axis=1)


def left(*loops: np.ndarray) -> int:
    section = Section(segments=np.concatenate(loops))
    return len(without_specks(Pair(below=section, above=section)).above.segments)


def test_a_hole_of_some_hundredths_of_a_millimetre_is_none() -> None:
    assert left(loop(10.0, 50), loop(0.02, 40)) == 50


@pytest.mark.parametrize("corners", [4, 60])
def test_a_larger_hole_stays_however_short_its_sides_are(corners: int) -> None:
    hole = loop(1.1 * SPECK_MM, corners, 2.0)
    assert left(loop(10.0, 50), hole) == 50 + corners
    assert left(loop(10.0, 400)) == 400


def test_a_speck_beside_another_outline_takes_nothing_of_it_along() -> None:
    assert left(loop(10.0, 50), loop(0.02, 5, 0.1), loop(0.02, 6, 0.2), loop(3.0, 7)) == 57


def test_an_empty_section_stays_empty() -> None:
    assert left(np.empty((0, 2, 2))) == 0
