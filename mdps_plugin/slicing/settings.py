"""Signed slicer settings read and judged, for whichever slicer they are. Pure.

The settings are a flat list of ``name = value`` lines, as PrusaSlicer writes with ``--save``. A
slicer is never given anything else, and these bytes are never rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import DocumentError
from ..findings import CheckRun, Finding, Verdict, Where
from ..recipes.settings_list import parse_settings
from ..units import Range
from . import codes
from .engines import find_engine, other_slicer
from .prusa import PRUSA
from .values import number

__all__ = ["build_area", "judge_settings", "parse_settings"]

_CORNER = re.compile(r"(-?[0-9.]+)x(-?[0-9.]+)")


def judge_settings(data: bytes, source: str, compared: bool, slicer: str = PRUSA.name) -> Verdict:
    """Whether these settings may be given to ``slicer``, a name that a recipe may hold.

    ``compared``: the recipe requires that a second slicing agrees (ring B); then what makes
    slicing vary refuses, else it is a note.
    """
    findings: list[Finding] = []
    engine = find_engine(slicer)
    if engine is None:
        findings.append(other_slicer(slicer))
    try:
        settings = parse_settings(data, source)
    except DocumentError as fault:
        where = Where(path=fault.path or source)
        kind = codes.SETTINGS_UNREADABLE
        findings.append(
            Finding(kind=kind, where=where, measured=fault.observed, limit=fault.allowed)
        )
    else:
        findings.extend(() if engine is None else engine.rules(settings, compared))
    return Verdict(
        findings=tuple(findings),
        checks=(CheckRun(name="slicer_settings", ran=True),),
        required=frozenset({"slicer_settings"}),
    )


def build_area(settings: Mapping[str, str]) -> tuple[Range, Range, Range] | None:
    """Box of the signed bed in millimetres along X, Y, Z.

    PrusaSlicer: ``bed_shape`` and ``max_print_height``; CuraEngine: ``machine_width``, ``_depth``
    and ``_height``. None unless the bed is a rectangle along the axes and the height is given.
    """
    if "machine_width" in settings:
        return _box_of_machine(settings)
    corners = [_CORNER.fullmatch(part.strip()) for part in settings.get("bed_shape", "").split(",")]
    height = number(settings.get("max_print_height", ""))
    if len(corners) != 4 or height is None or height[0] <= 0:
        return None
    try:
        points = {(float(found[1]), float(found[2])) for found in corners if found is not None}
        xs, ys = {x for x, _ in points}, {y for _, y in points}
        if len(points) != 4 or len(xs) != 2 or len(ys) != 2:
            return None
        return (
            Range(minimum=min(xs), maximum=max(xs)),
            Range(minimum=min(ys), maximum=max(ys)),
            Range(minimum=0.0, maximum=height[0]),
        )
    except ValueError:
        return None


def _box_of_machine(settings: Mapping[str, str]) -> tuple[Range, Range, Range] | None:
    sizes = [number(settings.get(f"machine_{side}", "")) for side in ("width", "depth", "height")]
    given = [size[0] for size in sizes if size is not None and not size[1] and 0 < size[0] < 1e6]
    if len(given) != 3:
        return None
    centred = settings.get("machine_center_is_zero") == "true"
    low = [-size / 2 if centred else 0.0 for size in given[:2]]
    x, y = (
        Range(minimum=start, maximum=start + size)
        for start, size in zip(low, given[:2], strict=True)
    )
    return x, y, Range(minimum=0.0, maximum=given[2])
