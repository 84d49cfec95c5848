"""Crumbs of a run between two walls: told from what is left of a line that was cut."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from mdps_plugin.toolpath.chains import chains
from mdps_plugin.toolpath.crumbs import crumbs
from mdps_plugin.toolpath.geometry import LayerLines

from .parts import PLACES, bundle, codes, geometry, look, settings_file, slice_plainly

Run = list[tuple[float, float]]
WALL: Run = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.05)]
CRUMB: Run = [(5.0, 5.0), (5.06, 5.0)]


def told(*runs: Run) -> list[bool]:
    """Which of these runs are crumbs."""
    pairs = np.array([pair for run in runs for pair in itertools.pairwise(run)])
    last = np.cumsum([len(run) - 1 for run in runs]) - 1
    ones = np.ones(len(pairs))
    lines = LayerLines(
        layer=3,
        begin=pairs[:, 0],
        end=pairs[:, 1],
        width=0.45 * ones,
        flow=0.08 * ones,
        volume=0.08 * ones,
        joined=~np.isin(np.arange(len(pairs)), last),
        lines=np.arange(len(pairs)),
        volume_mm3=0.0,
        height_mm=0.2,
        line=0,
    )
    return crumbs(lines, chains(lines)).tolist()


def test_a_crumb_is_one_short_line_away_from_other_ends() -> None:
    assert told(WALL, CRUMB) == [False, True]
    assert told(CRUMB, [(5.0, 5.3), (5.05, 5.3)]) == [True, True]
    assert told(WALL, [(5.0, 5.0), (5.11, 5.0)]) == [False, False]
    assert told(WALL, [(5.0, 5.0), (5.03, 5.0), (5.06, 5.0)]) == [False, False]


@pytest.mark.parametrize("aside", [(0.2, 0.0), (0.0, -0.9), (-0.7, 0.7)])
def test_beside_the_end_of_a_longer_run_there_is_none(aside: tuple[float, float]) -> None:
    end = (CRUMB[0][0] + aside[0], CRUMB[0][1] + aside[1])
    assert told([(5.0, 20.0), end], CRUMB) == [False, False]
    assert told([end, (5.0, 20.0)], CRUMB) == [False, False]
    assert told([(5.0, 20.0), (5.0, 8.0)], CRUMB) == [False, True]


def tube(inner: float, wall: float, height: float, corners: int = 96) -> np.ndarray:
    """A straight tube about (100, 100)."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    round_ = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    profile = [(inner, 0.0), (inner + wall, 0.0), (inner + wall, height), (inner, height)]
    rings = [np.column_stack((100 + r * round_, np.full(corners, z))) for r, z in profile]
    found = []
    for one, other in zip(rings, rings[1:] + rings[:1], strict=True):
        a, b, c, d = one, np.roll(one, -1, axis=0), np.roll(other, -1, axis=0), other
        found += [np.stack((a, b, c), axis=1), np.stack((a, c, d), axis=1)]
    return np.concatenate(found)


@pytest.mark.slicer
def test_a_tube_a_little_too_thin_for_one_more_wall_is_accepted(tmp_path: Path) -> None:
    model = tube(5.0, 1.26, 3.0)
    solid = {**PLACES, "fill_density": "100%"}
    job = slice_plainly(model, tmp_path, **solid)
    changes = {
        "files": {**bundle(), "settings.ini": settings_file(**solid)},
        "model": geometry(model),
        "window.lines_at_most": 200_000,
        "window.total_filament_mm": {"minimum": 1, "maximum": 100_000},
        "window.print_time_s": {"minimum": 1, "maximum": 100_000},
        "window.layer_volume_ratio": {"minimum": 0.1, "maximum": 3.0},
    }
    assert codes(look(job, "C", required="C", **changes)) == set()
