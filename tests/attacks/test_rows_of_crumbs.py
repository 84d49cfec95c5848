"""A wall that was broken into crumbs is none, in a part so thin that there is nothing but walls."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.attacks import trial
from benchmarks.attacks.job import number
from benchmarks.attacks.models.solids import cells
from benchmarks.attacks.on_flow import TRAVEL_FEED
from benchmarks.attacks.recipes import SETUPS

from .test_borders import made

pytestmark = pytest.mark.slicer
CRUMB_MM, EVERY_MM, LAYER = 0.098, 0.3, 8


def frame():
    """20 mm square, walls of 1 mm, 2 mm high."""
    filled = np.ones((3, 3, 1), bool)
    filled[1, 1, 0] = False
    return cells([0, 1, 19, 20], [0, 1, 19, 20], [0, 2.0], filled)


def crumbled(move):
    """Pieces of a line, and the way from one to the next."""
    lines = []
    for at in np.arange(0.05, move.length - CRUMB_MM, EVERY_MM):
        first, last = at / move.length, (at + CRUMB_MM) / move.length
        x, y = move.point(first)
        lines.append(f"G1 X{number(x, 3)} Y{number(y, 3)} F{number(TRAVEL_FEED, 3)}")
        filament = move.filament * (last - first)
        lines.append(move.written(end=move.point(last), filament=filament, feed=move.feed))
    x, y = move.end[:2]
    return [*lines, f"G1 X{number(x, 3)} Y{number(y, 3)} F{number(TRAVEL_FEED, 3)}"]


def test_an_outer_wall_in_crumbs_is_refused_by_ring_c(bench):
    setup = next(one for one in SETUPS if one.name == "prusa-slicer-20-0.2")
    specimen = made(bench, setup, "frame", frame())
    assert trial.look(specimen, specimen.gcode) == (True, {})
    low = specimen.placed.reshape(-1, 3).min(axis=0)[:2]
    walls = [
        move
        for move in specimen.job.printed
        if move.layer == LAYER
        and move.wall
        and (np.maximum(move.begin[:2], move.end[:2]) - low).min() < 0.25
    ]
    assert len(walls) == 2
    data = specimen.job.edited({move.index: crumbled(move) for move in walls})
    accepted, found = trial.look(specimen, data, "AC")
    assert not accepted
    assert "TP-111" in found["C"]
