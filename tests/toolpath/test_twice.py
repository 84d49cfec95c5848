"""A layer printed twice is seen where flow, outlines and coverage stay as they were."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.coverage import along_outline, drawn
from mdps_plugin.toolpath.geometry import LayerLines
from mdps_plugin.toolpath.kernel_link import SWITCH
from mdps_plugin.toolpath.raster import PIXEL_MM, Grid, Mask, fill, grid_about
from mdps_plugin.toolpath.sections import Sections
from mdps_plugin.toolpath.twice import (
    TILE_MM,
    area_by_tile,
    check_twice,
    plastic_by_tile,
    spot_spare_mm2,
    thin_places,
    thin_reach_mm,
)

from .parts import box, codes, honest, layer_change, look, recipe

#: With the wide limits for the volume of a layer that a thin part needs.
WIDE = {"window.layer_volume_ratio": {"minimum": 0.1, "maximum": 3.0}}
Place = tuple[float, float]
Run = list[tuple[Place, Place, str]]


def _layer(number: int) -> tuple[list[str], list[str], list[str]]:
    lines = honest().decode().split("\n")
    first, last = layer_change(number) - 1, layer_change(number + 1) - 1
    return lines[:first], lines[first:last], lines[last:]


def _runs(layer: Sequence[str]) -> list[Run]:
    """Printed lines that follow one another: begin, end and E of each."""
    place: Place | None = None
    runs: list[Run] = []
    for text in layer:
        words = re.fullmatch(r"G1 X([\d.]+) Y([\d.]+)(?: E([\d.]+))?(?: F\d+)?", text)
        if words is None:
            continue
        end = (float(words[1]), float(words[2]))
        if words[3] and place is not None:
            if not runs or runs[-1][-1][1] != place:
                runs.append([])
            runs[-1].append((place, end, words[3]))
        place = end
    return runs


def _is_wall(run: Run) -> bool:
    return math.dist(run[0][0], run[-1][1]) < 0.1


def _aside(run: Run, by_mm: float) -> Run:
    begin, end, _ = max(run, key=lambda line: math.dist(*line[:2]))
    share = by_mm / math.dist(begin, end)
    across = (-(end[1] - begin[1]) * share, (end[0] - begin[0]) * share)

    def moved(place: Place) -> Place:
        return place[0] + across[0], place[1] + across[1]

    return [(moved(begin), moved(end), words) for begin, end, words in run]


def _again(number: int, change: Callable[[Run], Run]) -> bytes:
    """The honest job with one layer printed once more, each run of it changed."""
    before, layer, after = _layer(number)
    more: list[str] = []
    place: Place | None = None
    for begin, end, filament in (line for run in _runs(layer) for line in change(run)):
        if begin != place:
            more += [f"G1 X{begin[0]:.3f} Y{begin[1]:.3f} F7800", "G1 F1800"]
        more.append(f"G1 X{end[0]:.3f} Y{end[1]:.3f} E{filament}")
        place = end
    last = max(at for at, text in enumerate(layer) if re.fullmatch(r"G1 X\S+ Y\S+ E\S+", text))
    return "\n".join([*before, *layer[: last + 1], *more, *layer[last + 1 :], *after]).encode()


def _reversed(run: Run) -> Run:
    return [(end, begin, filament) for begin, end, filament in reversed(run)]


def test_a_whole_layer_printed_again_is_seen() -> None:
    assert "TP-114" in codes(look(_again(8, lambda run: run)))
    assert codes(look(_again(8, lambda run: run), **WIDE)) == {"TP-114"}


@pytest.mark.parametrize("aside_mm", [0.1, 0.15, 0.2, 0.3])
def test_again_with_walls_reversed_and_all_else_aside(aside_mm: float) -> None:
    """No line lies upon another that runs the same way; a review silenced the first rule so."""
    job = _again(8, lambda run: _reversed(run) if _is_wall(run) else _aside(run, aside_mm))
    assert codes(look(job, **WIDE)) == {"TP-114"}


def test_a_part_of_a_layer_printed_again_is_seen() -> None:
    """Filling lines whose middle lies within 3 mm of that of the part, of a solid layer."""

    def within(run: Run) -> Run:
        if _is_wall(run):
            return []
        return [line for line in run if abs((line[0][0] + line[1][0]) / 2 - 100) <= 3]

    again = _again(23, within)
    assert again.count(b" E") - honest().count(b" E") in range(20, 60)
    assert codes(look(again, **WIDE)) == {"TP-114"}


def test_three_millimetres_of_one_line_laid_again_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a solid layer, with and without the kernel; once more is not."""

    def laid(times: int) -> bytes:
        return _again(23, lambda run: [] if _is_wall(run) else run[6:7] * times)

    assert laid(0) == honest()
    for compiled in (True, False):
        if not compiled:
            monkeypatch.setenv(SWITCH, "off")
        assert codes(look(laid(1), rings="C", required="C")) == set()
        assert codes(look(laid(3), rings="C", required="C")) == {"TP-114"}


def test_the_rules_say_the_same_without_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    job = _again(8, lambda run: _reversed(run) if _is_wall(run) else _aside(run, 0.2))
    jobs = (honest(), job)
    with_kernel = [look(one, **WIDE) for one in jobs]
    monkeypatch.setenv(SWITCH, "off")
    assert with_kernel == [look(one, **WIDE) for one in jobs]
    assert [one.verdict.accepted for one in with_kernel] == [True, False]


def _lines(pairs: Sequence[tuple[Place, Place]], width_mm: float = 0.45) -> LayerLines:
    """Beads that are as wide as their flow, in a layer of 0.2 mm."""
    ends = np.array(pairs)
    count = len(ends)
    volume = np.hypot(*(ends[:, 1] - ends[:, 0]).T) * width_mm * 0.2
    return LayerLines(
        layer=3,
        begin=ends[:, 0],
        end=ends[:, 1],
        width=np.full(count, width_mm),
        flow=np.full(count, width_mm * 0.2),
        volume=volume,
        joined=np.zeros(count, dtype=np.bool_),
        lines=np.arange(count),
        volume_mm3=float(volume.sum()),
        height_mm=0.2,
        line=0,
    )


def _grid(low: float = 0.0, high: float = 30.0) -> Grid:
    grid = grid_about(np.full(2, low), np.full(2, high), 1.0)
    assert grid is not None
    return grid


@pytest.mark.parametrize("way", [(20.0, 0.0), (0.0, 20.0), (14.0, 9.0), (0.01, 0.0)])
def test_plastic_goes_to_the_tiles_on_which_a_bead_lies(way: Place) -> None:
    grid = _grid()
    for x, y in ((3.0, 3.0), (TILE_MM * 2 - 1.0, TILE_MM * 2 - 1.0), (4.2, 9.9)):
        layer = _lines([((x, y), (x + way[0], y + way[1]))])
        plastic, area = plastic_by_tile(grid, layer), area_by_tile(drawn(grid, layer))
        assert plastic.sum() == pytest.approx(layer.volume_mm3, rel=1e-9)
        assert area.sum() == pytest.approx(drawn(grid, layer).sum() * PIXEL_MM**2, rel=1e-9)
        # A bead as wide as its flow fills the area that it covers, to a row of pixels in a tile.
        assert np.abs(plastic / 0.2 - area).max() < 0.2


def test_plastic_beside_the_grid_is_in_no_tile() -> None:
    layer = _lines([((-40.0, 3.0), (-20.0, 3.0)), ((3.0, 90.0), (9.0, 90.0))])
    assert plastic_by_tile(_grid(), layer).sum() == 0


def _thin(thickness_mm: float, reach_mm: float) -> float:
    """Share of a bar's section that is thin."""
    sections = Sections(box(20, thickness_mm, 5, at=15), recipe().window)
    pair, grid = sections.pair(3), _grid()
    inside = fill(grid, pair.below)
    near = along_outline(grid, pair, reach_mm)
    return float(thin_places(inside, inside, near, reach_mm).sum() / inside.sum())


@pytest.mark.parametrize("reach_mm", [0.25, 0.33, 0.4])
def test_what_is_thinner_than_two_reaches_is_thin(reach_mm: float) -> None:
    assert _thin(2 * reach_mm - 0.06, reach_mm) == 1
    assert _thin(2 * reach_mm + 0.11, reach_mm) < 0.01
    assert _thin(9, reach_mm) < 0.001


def _found(thickness_mm: float, lines: Sequence[tuple[Place, Place]]) -> list[str]:
    """What is found in these beads where the model is a bar along x about (15, 15)."""
    sections = Sections(box(20, thickness_mm, 5, at=15), recipe().window)
    pair, grid, layer, found = sections.pair(3), _grid(), _lines(lines), Collector()
    inside, reach = fill(grid, pair.below), thin_reach_mm(recipe().window, 3, 0.45)

    def thin() -> Mask:
        return thin_places(inside, inside, along_outline(grid, pair, reach), reach)

    spot = spot_spare_mm2(recipe().window, 3, 0.45)
    check_twice(layer, drawn(grid, layer), grid, thin, spot, found)
    return [f"{one.code} {one.measured}" for one in found.result()]


def test_walls_of_a_thin_place_may_overlap_but_not_be_printed_twice() -> None:
    """Two beads of 0.45 mm in 0.5 mm are honest there, and nowhere else."""
    near, far = ((5.0, 14.975), (25.0, 14.975)), ((25.0, 15.025), (5.0, 15.025))
    assert _found(0.5, [near, far]) == []
    assert _found(5.0, [near, far]) == ["TP-114 1.8"]
    assert _found(0.5, [near, far, near, far]) == ["TP-114 1.8"]


@pytest.mark.parametrize("thickness_mm", [0.6, 0.7, 0.75, 0.8, 0.86, 0.95, 1.2])
def test_two_walls_side_by_side_are_no_thin_place_whatever_the_window_allows(
    thickness_mm: float,
) -> None:
    """The window allows lines of 0.57 mm; what is thin follows from the walls of 0.45 mm."""
    aside = thickness_mm / 2 - 0.225
    near = ((5.0, 15.0 - aside), (25.0, 15.0 - aside))
    far = ((25.0, 15.0 + aside), (5.0, 15.0 + aside))
    assert _found(thickness_mm, [near, far]) == []
    assert [one[:6] for one in _found(thickness_mm, [near, far, near, far])] == ["TP-114"]


def test_without_a_signed_wall_and_in_the_first_layer_the_window_tells_what_is_thin() -> None:
    window = recipe().window
    assert thin_reach_mm(window, 3, 0.45) == pytest.approx(0.3214, abs=1e-4)
    assert thin_reach_mm(window, 3, None) > thin_reach_mm(window, 3, 0.45)
    assert thin_reach_mm(window, 0, 0.45) == thin_reach_mm(window, 0, None)


def test_much_plastic_in_little_places_is_seen_in_the_whole() -> None:
    """Each square holds less beyond its beads than is spared; all of them together do not."""
    dots = [((x, y), (x + 1.0, y)) for x in (3.0, 12.0, 21.0) for y in (3.0, 12.0, 21.0)]
    assert _found(25.0, dots[:1] * 2) == []
    assert _found(25.0, dots * 2) == ["TP-114 2.0"]


FIELD = [((5.0, 5.0 + 0.45 * row), (25.0, 5.0 + 0.45 * row)) for row in range(40)]


@pytest.mark.parametrize("place", [(12.0, 14.9), (9.3, 11.1), (14.0, 17.3)])
@pytest.mark.parametrize("way", [(3.0, 0.0), (0.0, 3.0), (2.1, 2.1)])
def test_beads_laid_upon_others_at_one_spot_are_seen(place: Place, way: Place) -> None:
    """In squares of 6.4 mm one line of 3 mm might lie there a dozen times."""
    once = [(place, (place[0] + way[0], place[1] + way[1]))]
    assert _found(25.0, FIELD) == _found(25.0, FIELD + once) == []
    assert [one[:6] for one in _found(25.0, FIELD + 3 * once)] == ["TP-114"]


def test_what_a_spot_may_hold_grows_with_the_lines() -> None:
    window = recipe().window
    assert spot_spare_mm2(window, 3, 0.9) == pytest.approx(4 * spot_spare_mm2(window, 3, 0.45))
    assert spot_spare_mm2(window, 0, 0.45) == spot_spare_mm2(window, 0, None)
