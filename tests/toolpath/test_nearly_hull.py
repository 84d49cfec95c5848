"""CuraEngine's convex hull: an arc of a large disc between two parts, and the convex one else."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath.nearly_hull import nearly_hull

DISC_MM = 100.0


def square(x: float, side: float = 10.0) -> np.ndarray:
    """Places along the edge of a square whose left lower corner is (x, 0), 0.1 mm apart."""
    step = np.arange(0, side, 0.1)
    none = np.zeros_like(step)
    edges = [(step, none), (none + side, step), (side - step, none + side), (none, side - step)]
    return np.concatenate([np.stack(edge, axis=1) for edge in edges]) + np.array([x, 0.0])


def height(loop: np.ndarray, x: float) -> float:
    """Of the upper outline at a place along X."""
    upper = loop[loop[:, 1] > 5]
    order = np.argsort(upper[:, 0])
    return float(np.interp(x, upper[order, 0], upper[order, 1]))


@pytest.mark.parametrize("apart", [5.0, 15.0, 40.0])
def test_between_two_parts_it_follows_an_arc(apart: float) -> None:
    loop = nearly_hull(np.concatenate((square(0), square(10 + apart))), DISC_MM, 2.0).segments[:, 0]
    sag = DISC_MM - np.sqrt(DISC_MM**2 - (apart / 2) ** 2)
    assert height(loop, 10 + apart / 2) == pytest.approx(12 - sag, abs=0.02)
    assert height(loop, 5.0) == pytest.approx(12, abs=0.02)
    assert loop[:, 0].max() == pytest.approx(22 + apart, abs=0.02)


def test_about_one_part_it_is_the_convex_one() -> None:
    ell = square(0)[square(0)[:, 0] + square(0)[:, 1] < 11]
    loop = nearly_hull(ell, DISC_MM, 2.0).segments[:, 0]
    from_ell = np.sqrt(((loop[:, None] - ell[None]) ** 2).sum(axis=2)).min(axis=1)
    assert from_ell.min() == pytest.approx(2.0, abs=0.02)
    corner = np.hypot(*(loop - [10.0, 0.0]).T)
    assert corner.min() == pytest.approx(2.0, abs=0.02)


def test_of_parts_too_far_apart_nothing_is_told() -> None:
    loop = nearly_hull(np.concatenate((square(0), square(230))), DISC_MM, 2.0).segments[:, 0]
    assert np.ptp(loop, axis=0).tolist() == [0, 0]
