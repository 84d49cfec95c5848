"""Corners too sharp for a bead: the kernel is sure of them, and no less strict than the rule."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from mdps_plugin.toolpath.kernel_link import SWITCH

from .parts import codes, geometry, look, placed, prism, slice_plainly

pytestmark = pytest.mark.slicer

RULES = ("check_layers", "check_outline", "check_coverage", "check_places", "check_fit")


def blade(degrees: float, turned: float = 0.0) -> np.ndarray:
    """A corner of so many degrees that points along X, or is turned from there; blunt elsewhere."""
    half = np.radians(degrees / 2)
    wide = 20 * np.tan(half)
    corners = np.array([(0, 0), (-20, wide), (-24, 8), (-24, -8), (-20, -wide)])
    way = np.radians(turned)
    spin = np.array([[np.cos(way), np.sin(way)], [-np.sin(way), np.cos(way)]])
    return placed(prism([(float(x), float(y)) for x, y in corners @ spin], 2.0))


def pulled_back(gcode: bytes, model: np.ndarray, by_mm: float) -> bytes:
    """All that is printed within 3 mm of the part's end along X drawn together by so much."""
    end = float(model[:, :, 0].max())

    def change(match: re.Match[str]) -> str:
        x = float(match[1])
        return f"G1 X{x - by_mm * max(0.0, x - end + 3) / 3:.3f} Y{match[2]}"

    return re.sub(r"G1 X([\d.]+) Y([\d.]+)", change, gcode.decode()).encode()


@pytest.mark.parametrize(("degrees", "turned"), [(40, 0), (35, 10), (50, 90)])
def test_a_blade_is_examined_without_a_rule_of_ring_c(
    degrees: float, turned: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = blade(degrees, turned)
    gcode = slice_plainly(model, tmp_path)
    for name in RULES:
        monkeypatch.delattr(f"mdps_plugin.toolpath.ring_c.{name}")
    assert look(gcode, model=geometry(model)).verdict.refusals() == ()


@pytest.mark.parametrize(("degrees", "turned"), [(40, 0), (30, 10)])
def test_a_blade_that_ends_too_soon_is_told_by_both(
    degrees: float, turned: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = blade(degrees, turned)
    gcode = slice_plainly(model, tmp_path)
    jobs = [pulled_back(gcode, model, by) for by in (0.1, 0.3, 0.6, 1.0)]
    found = [codes(look(job, model=geometry(model))) for job in jobs]
    assert "TP-083" in found[-1]
    monkeypatch.setenv(SWITCH, "off")
    assert [codes(look(job, model=geometry(model))) for job in jobs] == found
