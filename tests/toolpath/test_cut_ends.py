"""Two ends that face each other: those of a cut, and those of fills that meet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from mdps_plugin.toolpath import cut_ends as cut_ends_module
from mdps_plugin.toolpath.borders import BORDER_MM
from mdps_plugin.toolpath.cut_ends import FACING_MM, Stops, cut_ends
from mdps_plugin.toolpath.geometry import LayerLines

Floats = npt.NDArray[np.float64]
Line = tuple[tuple[float, float], tuple[float, float]]
SPACING_MM, WIDTH_MM = 0.4, 0.45


def layer_of(lines: list[Line]) -> LayerLines:
    ends, count = np.array(lines), len(lines)
    none = np.zeros(count)
    return LayerLines(
        layer=3,
        begin=ends[:, 0],
        end=ends[:, 1],
        width=np.full(count, WIDTH_MM),
        flow=none,
        volume=none,
        joined=np.zeros(count, dtype=np.bool_),
        lines=np.arange(count),
        volume_mm3=0.0,
        height_mm=0.2,
        line=1,
    )


def stops_of(lines: list[Line]) -> Stops:
    begin, end = np.array(lines).swapaxes(0, 1)
    way = (end - begin) / np.hypot(*(end - begin).T)[:, None]
    place, ahead = np.concatenate((begin, end)), np.concatenate((-way, way))
    return Stops(place=place, ahead=ahead, half=np.full(len(place), WIDTH_MM / 2))


def beside(
    *borders: Callable[[Floats], Floats],
) -> Callable[[Floats, float], npt.NDArray[np.bool_]]:
    """Places near each border; ``borders``: how far from it places lie."""

    def along(place: Floats, reach: float) -> npt.NDArray[np.bool_]:
        flags = [border(place) <= reach for border in borders]
        return np.array([*flags, np.zeros(len(place), dtype=np.bool_)])

    return along


def upright(x: float) -> Callable[[Floats], Floats]:
    return lambda place: np.abs(place[:, 0] - x)


def lying(y: float) -> Callable[[Floats], Floats]:
    return lambda place: np.abs(place[:, 1] - y)


def cut(lines: list[Line], *borders: Callable[[Floats], Floats]) -> list[bool]:
    """Of the begins of the lines, then of their ends."""
    stops = stops_of(lines)
    found = cut_ends(layer_of(lines), stops, stops, SPACING_MM, beside(*borders))
    return [bool(one) for one in found]


def parted(gap_mm: float, aside_mm: float = 0.0) -> list[Line]:
    """A line along X with a gap about 0."""
    half = gap_mm / 2
    return [((-20.0, 0.0), (-half, 0.0)), ((half, aside_mm), (20.0, aside_mm))]


FACING = [False, True, True, False]
NONE = [False] * 4


def test_a_cut_from_border_to_border_leaves_the_middle_bare() -> None:
    for gap in (1.6, 3.0, 7.6):
        assert cut(parted(gap), upright(-gap / 2), upright(gap / 2)) == FACING


@pytest.mark.parametrize(("off", "told"), [(0.9, True), (1.0, True), (1.3, False)])
def test_what_is_bare_along_one_border_was_left_out_by_the_slicer(off: float, told: bool) -> None:
    border = lying(off * SPACING_MM + BORDER_MM - 1e-9)
    assert cut(parted(4.0), border) == (NONE if told else FACING)


def test_two_borders_do_not_make_one() -> None:
    left, right = upright(-0.4), upright(0.4)
    assert cut(parted(1.6), left, right) == FACING
    # Each bare stretch by itself may lie along another.
    over = [*parted(3.0), ((0.0, -3.0), (0.0, 3.0))]
    assert (
        cut(over, lambda p: np.maximum(p[:, 0], 0), lambda p: np.maximum(-p[:, 0], 0))
        == [False] * 6
    )
    # The one at its own end counts: the line to the right has its own on no border.
    assert cut(over, lambda p: np.maximum(p[:, 0], 0)) == [False, True] + [False] * 4


def test_where_beads_lie_between_both_nothing_is_bare() -> None:
    between = [((x, -1.0), (x, 1.0)) for x in np.arange(-1.6, 1.7, 0.4).tolist()]
    assert cut([*parted(4.0), *between]) == [False] * 2 * (2 + len(between))
    # Where one of them lacks, what is bare is no longer than a spacing; where two do, it is.
    del between[0]
    assert not any(cut([*parted(4.0), *between]))
    del between[0]
    assert not any(cut([*parted(4.0), *between], upright(-1.4)))
    found = cut([*parted(4.0), *between])
    assert [row for row, told in enumerate(found) if told] == [2 + len(between)]
    # What begins further from the end than a spacing leads to other ends.
    del between[2:4]
    assert cut([*parted(4.0), *between], upright(-1.4)) == [False] * 2 * (2 + len(between))


def test_only_ends_that_come_towards_each_other_are_looked_at() -> None:
    assert cut(parted(2.0, SPACING_MM / 2 - 0.01)) == FACING
    assert cut(parted(2.0, SPACING_MM / 2 + 0.01)) == NONE
    assert cut(parted(FACING_MM[1] + 0.1)) == NONE
    # One line alone, and one that leads away.
    assert cut(parted(2.0)[:1]) == [False, False]
    assert cut([((-20.0, 0.0), (-1.0, 0.0)), ((1.0, 0.0), (1.0, 9.0))]) == NONE


def test_beads_of_fills_that_meet_leave_nothing_to_look_at() -> None:
    assert cut(parted(0.1 * SPACING_MM)) == NONE
    assert cut(parted(WIDTH_MM + 0.05)) == NONE


def test_of_more_than_is_looked_at_all_are_taken_for_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    border = lying(0.0)
    assert cut(parted(4.0), border) == NONE
    monkeypatch.setattr(cut_ends_module, "MOST_PLACES", 10)
    assert cut(parted(4.0), border) == FACING
    monkeypatch.setattr(cut_ends_module, "MOST_PAIRS", 3)
    assert cut(parted(4.0), border) == [True] * 4


def test_many_ends_are_looked_at_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [((x, y), (x + 2.0, y)) for y in range(6) for x in range(0, 40, 4)]
    floats = [((float(a), float(b)), (float(c), float(d))) for (a, b), (c, d) in lines]
    whole = cut(floats)
    assert any(whole)
    assert not all(whole)
    monkeypatch.setattr(cut_ends_module, "_AT_ONCE", 500)
    assert cut(floats) == whole
