"""Ring C: plastic per millimetre of single lines, by what a line is in the geometry. Pure.

No comment of the slicer is read. A run is a row of lines without a travel between them. A closed
run is a wall: its lines have the flow of a signed width. CuraEngine gives that flow to every line.
PrusaSlicer widens filling lines so that they fill an area evenly (honest: up to 1.2 of nominal),
but keeps one flow in a run and never goes below nominal.

What remains is rounding, and each line is judged within its own. E is written to 1e-5 mm: half of
that. CuraEngine counts in whole µm. PrusaSlicer measures a line before it rounds both ends to 1 µm,
half of it in X and in Y at either end: a line along (cos a, sin a) may be longer or shorter by
``|cos a| + |sin a|`` µm, 1.00 to 1.42. Honest lines use up to 0.992 of that sum (docs/examiner.md).

So a loss of 0.2 % is told for certain where it is more than twice the rounding: an honest line may
lie at one end of it, a spoilt one be taken back by it. Layers of 0.2 mm: from 0.15 mm of
CuraEngine, from 1.15 to 1.57 mm of PrusaSlicer. In a shorter line of PrusaSlicer such a job may
have the same bytes as an honest one of a model that is 1 µm larger; no rule on this job alone can
tell them apart, only a second slicing can (ring B).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..findings import Finding, FindingKind, Where
from ..recipes.document import FeatureClass, Recipe
from .codes_model import FLOW_NOT_NOMINAL, FLOW_UNEVEN
from .codes_window import SHORT_FLOW
from .collect import Collector
from .geometry import LayerLines
from .lines import FILAMENT_ROUNDING_MM, LENGTH_ROUNDING_MM, feature, filament_area_mm2

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEAST_LENGTH_MM = 0.3
# Both ends are rounded to 1 µm in each axis.
PRUSA_LENGTH_MM = 0.001
# For the sums of the slicer, which are not exact either.
SPARE = 1.03
LEAST_RUN_MM = 2.0
SEAM_MM = 0.15
_PRUSA_WIDTHS = (
    "extrusion_width",
    "external_perimeter_extrusion_width",
    "perimeter_extrusion_width",
    "infill_extrusion_width",
    "solid_infill_extrusion_width",
    "top_infill_extrusion_width",
    "first_layer_extrusion_width",
)
_CURA_WIDTHS = ("wall_line_width_0", "wall_line_width_x", "infill_line_width", "skin_line_width")
_CURA_FLOWS = ("wall_0", "wall_x", "infill", "skin")


@dataclass(frozen=True, kw_only=True)
class FlowRule:
    """``widths_mm``: signed bead widths. ``every_line`` has one of them, or only walls have.

    ``length_mm``: what rounding may do to a length along an axis, ``filament_mm`` to E. ``full``: a
    line is a rectangle of its width (CuraEngine), not a bead with round sides.
    """

    widths_mm: tuple[float, ...]
    every_line: bool
    length_mm: float
    filament_mm: float
    full: bool

    def nominal(self, height_mm: float) -> Floats:
        """Flow of each width at a layer height, mm³/mm, from low to high."""
        round_sides = 0.0 if self.full else height_mm * (1 - math.pi / 4)
        return np.array([height_mm * (width - round_sides) for width in self.widths_mm])


def flow_rule(settings: Mapping[str, str]) -> FlowRule | None:
    """The rule that signed settings give; None where they let flow vary."""
    # Where E counts on, a line is a difference of two rounded numbers.
    relative = settings.get("use_relative_e_distances", settings.get("relative_extrusion", ""))
    exact = FILAMENT_ROUNDING_MM * (0.5 if relative in ("1", "true", "True") else 1.0)
    if "wall_line_count" in settings:
        flows = {settings.get(f"{name}_material_flow", "") for name in _CURA_FLOWS}
        first = settings.get("initial_layer_line_width_factor", "100")
        bridges = settings.get("bridge_settings_enabled", "false")
        widths = _widths(settings, _CURA_WIDTHS)
        if widths is None or flows != {"100"} or first != "100" or bridges != "false":
            return None
        return FlowRule(
            widths_mm=widths, every_line=True, length_mm=0.0, filament_mm=exact, full=True
        )
    fixed = {"thick_bridges": "0", "bridge_flow_ratio": "1", "gap_fill_enabled": "0"}
    given = {name: settings.get(name, "1" if name != "thick_bridges" else "") for name in fixed}
    widths = _widths(settings, _PRUSA_WIDTHS)
    if widths is None or given != fixed or settings.get("perimeter_generator") != "classic":
        return None
    return FlowRule(
        widths_mm=widths,
        every_line=False,
        length_mm=PRUSA_LENGTH_MM,
        filament_mm=exact,
        full=False,
    )


def _widths(settings: Mapping[str, str], names: Sequence[str]) -> tuple[float, ...] | None:
    """All of them as plain millimetres, or None: a width left to the slicer is none that we know.

    PrusaSlicer takes the common width where a special one is 0 or missing, except for walls and
    the first layer, for which it has its own.
    """
    found = set()
    for name in names:
        try:
            width = float(settings.get(name, "0"))
        except ValueError:
            return None
        if not 0.05 < width < 5:
            return None
        found.add(width)
    return tuple(sorted(found))


def check_flow_level(
    lines: Sequence[LayerLines], recipe: Recipe, rule: FlowRule | None, found: Collector
) -> None:
    """At most one finding of each kind per layer, at the line that is off the most."""
    if rule is None:
        return
    area = filament_area_mm2(recipe)
    for layer in lines:
        nominal = rule.nominal(layer.height_mm)
        way = layer.end - layer.begin
        length = np.hypot(way[:, 0], way[:, 1])
        along_axes = np.abs(way).sum(axis=1) / np.maximum(length, 1e-9)
        rounding = rule.length_mm * along_axes + rule.filament_mm * area / float(nominal.min())
        rounding *= SPARE
        long = length >= LEAST_LENGTH_MM
        run, closed, mean, rest = _runs(layer, length)
        levels = layer.flow[:, None] / nominal[None, :] - 1
        nearest = levels[np.arange(len(length)), np.abs(levels).argmin(axis=1)]
        strict = closed[run] | rule.every_line
        off = np.where(strict, nearest, np.minimum(levels.min(axis=1), 0)) * length
        _report(FLOW_NOT_NOMINAL, off, long, rounding, 1 + nearest, layer, found)
        # A run of crumbs: what they add up to, with the rounding of each.
        sums = np.bincount(run, rounding).astype(np.float64)[run]
        level = mean[run, None] / nominal[None, :] - 1
        level = level[np.arange(len(length)), np.abs(level).argmin(axis=1)]
        whole = rest + length
        _report(
            FLOW_NOT_NOMINAL,
            level * whole,
            strict & (whole >= LEAST_RUN_MM),
            sums,
            1 + level,
            layer,
            found,
        )
        share = layer.flow / np.maximum(mean[run], 1e-12)
        uneven = (share - 1) * length
        enough = long & (rest > LEAST_RUN_MM)
        # The mean of the run is rounded too: as many errors as lines, weighed by this one's length.
        count = np.bincount(run)[run]
        loose = rule.length_mm * along_axes + FILAMENT_ROUNDING_MM * area / float(nominal.min())
        both = loose * (1.1 + np.sqrt(count) * length / np.maximum(rest + length, 1e-12))
        _report(FLOW_UNEVEN, uneven, enough, both, share, layer, found)


def _runs(layer: LayerLines, length: Floats) -> tuple[npt.NDArray[np.int64], Flags, Floats, Floats]:
    """Run of each line; of each run whether it is closed, its mean flow; of each line the rest."""
    starts = np.ones(len(length), dtype=np.bool_)
    starts[1:] = ~layer.joined[:-1]
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(length)) - 1
    run = np.cumsum(starts) - 1
    gap = layer.begin[first] - layer.end[last]
    closed = (np.hypot(gap[:, 0], gap[:, 1]) <= SEAM_MM) & (last > first)
    whole = np.bincount(run, length)
    mean = np.bincount(run, layer.flow * length) / np.maximum(whole, 1e-12)
    return run, closed, mean, whole[run] - length


def _report(
    kind: FindingKind,
    off_mm: Floats,
    rows: Flags,
    limit_mm: Floats,
    share: Floats,
    layer: LayerLines,
    found: Collector,
) -> None:
    """``off_mm``: the fault as a length of line, which is how rounding enters."""
    amount = np.where(rows, np.abs(off_mm) / limit_mm, 0.0)
    if len(amount) and amount.max() > 1:
        worst = int(amount.argmax())
        x, y = layer.end[worst]
        line = int(layer.lines[worst])
        found.add(
            Finding(
                kind=kind,
                where=Where(
                    line=line, layer=layer.layer, x=round(float(x), 3), y=round(float(y), 3)
                ),
                measured=round(float(share[worst]), 4),
                limit=f"1 within {limit_mm[worst] * 1000:.2f} µm of length",
            )
        )


def check_short_lines(lines: Sequence[LayerLines], recipe: Recipe, found: Collector) -> None:
    """Volume of each row of lines that are one by one too short for a flow: crumbs add up."""
    window, area = recipe.window, filament_area_mm2(recipe)
    for layer in lines:
        kind = FeatureClass.BODY if layer.layer else FeatureClass.FIRST_LAYER
        limits = feature(window, kind)
        length = np.hypot(*(layer.end - layer.begin).T)
        # A row ends at each long line.
        row = np.cumsum(length >= limits.minimum_segment_mm)
        short = length < limits.minimum_segment_mm
        count = np.bincount(row, short)
        whole = np.bincount(row, length * short)
        volume = np.bincount(row, layer.volume * short)
        # Roundings of n lines that know nothing of each other: twice the root of n.
        spare = 2 * np.sqrt(count)
        flow = limits.flow_mm3_per_mm
        most = (
            flow.maximum * (whole + spare * LENGTH_ROUNDING_MM)
            + spare * FILAMENT_ROUNDING_MM * area
        )
        least = (
            flow.minimum * (whole - spare * LENGTH_ROUNDING_MM)
            - spare * FILAMENT_ROUNDING_MM * area
        )
        wrong = np.flatnonzero((volume > most) | (volume < least))
        if len(wrong):
            at = int(np.flatnonzero(short & (row == wrong[0]))[0])
            x, y = layer.end[at]
            found.add(
                Finding(
                    kind=SHORT_FLOW,
                    where=Where(
                        line=int(layer.lines[at]),
                        layer=layer.layer,
                        x=round(float(x), 3),
                        y=round(float(y), 3),
                    ),
                    measured=round(float(volume[wrong[0]]), 6),
                    limit=f"{max(least[wrong[0]], 0):.4f} to {most[wrong[0]]:.4f}",
                    unit="mm³",
                )
            )
