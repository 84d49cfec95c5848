"""Infill and number of walls out of signed slicer settings: what decides the strength of a part.

PrusaSlicer writes both down. CuraEngine knows only a distance between lines, which its front end
makes of a density (Cura 4.13, ``fdmprinter.def.json``, ``infill_line_distance``), and how many
layers are skin, which is filled whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

CURA = "CuraEngine"

#: Names of ``recipes.coverage``, and the setting that an author looks for, by slicer.
PARAMETERS = {"fill_density": "infill_line_distance", "perimeters": "wall_line_count"}
#: More bottom layers than any part has: every layer is filled whole.
EVERY_LAYER = 9999
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d+)?", re.ASCII)
#: Directions of lines in one layer: the front end spreads a density over them.
_WAYS = {"lines": 1, "zigzag": 1, "grid": 2, "triangles": 3, "trihexagon": 3, "cubic": 3}


def strength(settings: Mapping[str, str], slicer: str) -> dict[str, float | None]:
    """Infill in percent and number of walls; None for what the settings leave open."""
    if slicer == CURA:
        walls = settings.get("wall_line_count", "")
        return {"fill_density": _cura_percent(settings), "perimeters": _count(walls)}
    found = _PERCENT.fullmatch(settings.get("fill_density", ""))
    return {
        "fill_density": float(found[1]) if found is not None else None,
        "perimeters": _count(settings.get("perimeters", "")),
    }


def setting_of(parameter: str, slicer: str) -> str:
    """The setting that holds a value of :func:`strength`."""
    return PARAMETERS[parameter] if slicer == CURA else parameter


def _count(text: str) -> float | None:
    return float(text) if _COUNT.fullmatch(text) is not None else None


def _cura_percent(settings: Mapping[str, str]) -> float | None:
    if (_count(settings.get("bottom_layers", "")) or 0) >= EVERY_LAYER:
        return 100.0
    ways = _WAYS.get(settings.get("infill_pattern", ""))
    distance, width = (settings.get(f"infill_line_{name}", "") for name in ("distance", "width"))
    if ways is None or not (_NUMBER.fullmatch(distance) and _NUMBER.fullmatch(width)):
        return None
    if float(distance) == 0:
        return 0.0
    return round(100 * ways * float(width) / float(distance), 2)
