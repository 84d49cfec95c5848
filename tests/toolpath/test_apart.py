"""Beside supports: which lines are the part's, and which lie beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mdps_plugin.toolpath import apart as apart_module
from mdps_plugin.toolpath import within as within_module
from mdps_plugin.toolpath.apart import along, apart
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.geometry import LayerMatch
from mdps_plugin.toolpath.inside import check_inside
from mdps_plugin.toolpath.sections import Sections
from mdps_plugin.toolpath.winding import is_inside
from mdps_plugin.toolpath.within import NEAR_MM, Within

from .supported import WINDOW, block, gallows, lines


def test_a_line_that_meets_the_part_anywhere_is_the_parts() -> None:
    path = [
        [(95.0, 100.0), (99.0, 100.0)],  # beside
        [(93.0, 100.0), (91.0, 100.0)],  # inside
        [(85.0, 100.0), (99.0, 100.0)],  # through
        [(93.95, 100.0), (99.0, 100.0)],  # from within
        [(94.05, 96.0), (94.05, 104.0)],  # just beside
    ]
    part, beside = apart([lines(3, *path)], Sections(gallows(), WINDOW))
    assert part[0].begin[:, 0].tolist() == [93.0, 85.0, 93.95]
    assert beside[0].begin[:, 0].tolist() == [95.0, 94.05]
    assert part[0].line == beside[0].line == 4000


def test_a_run_that_enters_the_part_is_joined_to_nothing_where_it_is_cut() -> None:
    run = [(99.0, 100.0), (95.0, 100.0), (92.0, 100.0), (92.0, 102.0)]
    part, beside = apart([lines(3, run)], Sections(gallows(), WINDOW))
    assert beside[0].joined.tolist() == [False]
    assert part[0].joined.tolist() == [True, False]


def test_places_along_lines_are_looked_at_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job is anybody's bytes: what all places of a layer take in memory has to end somewhere."""
    layer = lines(3, *([(x, 96.0), (x, 104.0)] for x in np.arange(95, 101, 0.1)))
    ((row, place),) = along(layer)
    monkeypatch.setattr(apart_module, "PLACES_AT_ONCE", 100)
    some = list(along(layer))
    assert len(some) > 20
    assert max(len(one[0]) for one in some) <= 100 + 41
    assert np.array_equal(np.concatenate([one[0] for one in some]), row)
    assert np.array_equal(np.concatenate([one[1] for one in some]), place)
    assert not list(along(lines(3)))


@pytest.mark.parametrize("few_pairs", [0, 1 << 40])
def test_pixels_tell_what_is_inside_where_they_are_sure(
    few_pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(within_module, "FEW_PAIRS", few_pairs)
    model = np.concatenate([gallows(), block((80.013, 80.027, 0), (82.5, 83.1, 9))])
    model[:, :, 0] += 0.31 * model[:, :, 1]
    section = Sections(model, WINDOW).pair(3).above
    middle = section.segments.mean(axis=1)
    random = np.random.default_rng(5)
    low, high = section.box()
    places = np.concatenate(
        [
            random.uniform(low - 3, high + 3, (20_000, 2)),
            section.segments.reshape(-1, 2),
            *(middle + random.uniform(-NEAR_MM, NEAR_MM, middle.shape) for _ in range(200)),
        ]
    )
    found = Within(section).of(places)
    assert 1000 < found.sum() < 19_000
    assert np.array_equal(found, is_inside(section, places))


@pytest.mark.parametrize(("x", "found"), [(98.0, set()), (102.2, {"TP-088"})])
@pytest.mark.parametrize("sides", [(0, 1), (1, 0), (0, 0, 1)])
def test_either_side_of_a_layers_middle_may_hold_a_line_of_the_part(
    x: float, found: set[str], sides: tuple[int, ...]
) -> None:
    """An arm that begins in the middle of a layer, as the crown of a bore may end there."""
    model = np.concatenate(
        [block((90, 95, 0), (94, 105, 3.1)), block((90, 95, 3.1), (102, 105, 4))]
    )
    pair = Sections(model, WINDOW).pair(15)
    one, two, *three = ((pair.below, pair.above)[side] for side in sides)
    line = lines(15, [(x, 97.0), (x, 103.0)])
    # Of three: a cut between both sides fits better, as where a tooth is cut off level.
    match = LayerMatch(lines=line, section=one, other=two, third=three[0] if three else None)
    collector = Collector()
    check_inside([match], replace(WINDOW, outside_model_mm=0.0), collector)
    assert {finding.code for finding in collector.result()} == found
