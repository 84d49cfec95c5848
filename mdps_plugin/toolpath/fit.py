"""Ring C, as a rigid body: shift, size and turn of the walls against the model's outline. Pure.

From points along the outline of every layer to the nearest printed line: an honest outer wall runs
at its signed inset. Least squares over those distances give the shift of each layer, and of the
whole part shift, change of size and turn together. Places where no wall follows the outline are
left out; a layer that has too few others is judged by the rules of :mod:`.gaps` and
:mod:`.coverage` alone.

Of a model of several bodies each is fitted by itself as well, against the lines beside it: one part
of a plate may lie elsewhere while the others hold the common fit (:mod:`.bodies`).

Honest jobs of both slicers (docs/examiner.md): layer and part at most 0.003 mm beside the model,
size at most 0.0044 mm at the edge of the part, but for one shape whose chords look like 0.0082 mm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..findings import Finding, FindingKind, Where
from ..recipes.document import ProcessWindow
from .bodies import bodies
from .codes_model import (
    BODY_SCALED,
    BODY_SHIFTED,
    BODY_TURNED,
    LAYER_SHIFTED,
    NOT_COMPARABLE,
    SCALED,
    SHIFTED,
    TURNED,
)
from .collect import Collector
from .geometry import LayerLines
from .offsets import NEAR_MM, Offsets, along_outlines, at_ends, spread
from .sections import Sections
from .solid_rule import SolidRule

Floats = npt.NDArray[np.float64]

PART_MM = 0.015
LAYER_MM = 0.03
EDGE_MM = 0.01
# From here to EDGE_MM another size is told from the slicer's chords (:mod:`.offsets`).
SIZE_MM = 0.004
# Walls of a part that is nearly round hardly move when it turns. PrusaSlicer draws chords one after
# the other: seen as a turn by which walls move 0.004 mm, root of the mean square.
TURN_WALL_MM = 0.005
LEAST_SAMPLES = 32
LEAST_SHARE = 0.4
USUAL_MM = 0.003
# Least share of the outlines' direction that may stand for an axis, and least lever of a turn over
# the size of the part: a round part may turn, a long straight one slide.
LEAST_HOLD = 0.05
LEAST_LEVER = 0.02
ROUNDS = 4
# Lines further from a body than this are none of its walls.
_BESIDE_MM = 1.0
MOST_BODIES = 200


def check_fit(
    lines: Sequence[LayerLines],
    sections: Sections,
    rule: SolidRule,
    box: tuple[Floats, Floats],
    found: Collector,
) -> None:
    """Shift of every layer; shift, size and turn of the part. Needs the signed inset of walls.

    The first layer is left out where there are others: slicers may widen or narrow it.
    """
    if rule.outer_inset_mm is not None:
        _check(lines, sections, rule.outer_inset_mm, box, None, found)


def check_bodies(
    lines: Sequence[LayerLines],
    triangles: Floats,
    rule: SolidRule,
    window: ProcessWindow,
    found: Collector,
) -> None:
    """The same for each body of a model that has several; a model of one is :func:`check_fit`'s."""
    if rule.outer_inset_mm is None:
        return
    parts = bodies(triangles)
    if len(parts) > MOST_BODIES:
        found.add(Finding(kind=NOT_COMPARABLE, measured=f"{len(parts)} bodies"))
        return
    for part in parts if len(parts) > 1 else ():
        box = part.min(axis=(0, 1)), part.max(axis=(0, 1))
        beside = [_beside(layer, box) for layer in lines]
        kept = [layer for layer in beside if len(layer.begin)]
        middle = (box[0] + box[1])[:2] / 2
        place = Where(x=round(float(middle[0]), 3), y=round(float(middle[1]), 3))
        _check(kept, Sections(part, window), rule.outer_inset_mm, box, place, found)


def _beside(layer: LayerLines, box: tuple[Floats, Floats]) -> LayerLines:
    """The lines of a layer whose own box comes near a body's box in the plane."""
    low, high = box[0][:2] - _BESIDE_MM, box[1][:2] + _BESIDE_MM
    above = (np.maximum(layer.begin, layer.end) >= low).all(axis=1)
    below = (np.minimum(layer.begin, layer.end) <= high).all(axis=1)
    return layer.chosen(np.asarray(above & below))


def _check(
    lines: Sequence[LayerLines],
    sections: Sections,
    inset_mm: float,
    box: tuple[Floats, Floats],
    body: Where | None,
    found: Collector,
) -> None:
    """``body``: the middle of one body of several; None for the whole part."""
    offsets = along_outlines(lines, sections, inset_mm)
    first_line = {layer.layer: layer.line for layer in lines}
    for layer in np.unique(offsets.layer):
        chosen = offsets.chosen(offsets.layer == layer)
        where = replace(body or Where(), line=first_line[int(layer)], layer=int(layer))
        _check_layer(chosen, where, found)

    def ends() -> Offsets:
        chosen = spread(np.array([layer.layer for layer in lines], dtype=np.int64))
        of_layer = {layer.layer: layer for layer in lines}
        points = ((n, ends_of(of_layer[n].begin, of_layer[n].end)) for n in chosen.tolist())
        return at_ends(points, sections, inset_mm)

    _check_part(_later(offsets), ends, box, body, found)


def ends_of(begin: Floats, end: Floats) -> Floats:
    """Each end of some lines, (n, 2), once."""
    return np.unique(np.concatenate((begin, end)), axis=0)


def _later(offsets: Offsets) -> Offsets:
    """Without the first layer, where there are others."""
    later = offsets.layer > 0
    return offsets.chosen(later) if later.any() else offsets


def _check_layer(offsets: Offsets, where: Where, found: Collector) -> None:
    """Moving walls by s takes them nearer to an outline whose outward normal points along s."""
    columns = np.column_stack((np.ones(len(offsets.inset)), -offsets.normal))
    solved = _solve(columns, offsets.inset)
    if solved is None:
        return
    shift = float(np.hypot(solved[1], solved[2]))
    if shift > LAYER_MM:
        found.add(
            Finding(
                kind=LAYER_SHIFTED,
                where=where,
                measured=round(shift, 3),
                limit=LAYER_MM,
                unit="mm",
            )
        )


def _check_part(
    offsets: Offsets,
    ends: Callable[[], Offsets],
    box: tuple[Floats, Floats],
    body: Where | None,
    found: Collector,
) -> None:
    """No mean inset is fitted: it is signed, and beside it a change of size would not be seen."""
    reach = float(np.hypot(*(box[1] - box[0])[:2])) / 2
    size, turned = _size(offsets, box)
    solved = _solve(size, offsets.inset)
    if solved is None:
        return
    shift, scale = float(np.hypot(solved[0], solved[1])), float(solved[2])
    if shift > PART_MM:
        kind = SHIFTED if body is None else BODY_SHIFTED
        found.add(_at_part(kind, shift, PART_MM, body))
    if abs(scale) > SIZE_MM and not (abs(scale) <= EDGE_MM and only_chords(ends(), box)):
        kind = SCALED if body is None else BODY_SCALED
        found.add(_at_part(kind, scale, SIZE_MM, body, percent=f"{100 * scale / reach:.3f}"))
    lever = float(np.std(turned))
    if lever < LEAST_LEVER:
        return
    solved = _solve(np.column_stack((size, turned)), offsets.inset)
    turn = float(solved[3]) if solved is not None else 0.0
    limit = max(EDGE_MM, TURN_WALL_MM / lever)
    if abs(turn) > limit:
        kind = TURNED if body is None else BODY_TURNED
        degrees = f"{np.degrees(turn / reach):.3f}"
        found.add(_at_part(kind, turn, round(limit, 4), body, degrees=degrees))


def _size(offsets: Offsets, box: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Columns (n, 3) of a shift in x and y and a change of size; column (n,) of a turn."""
    low, high = box[0][:2], box[1][:2]
    away = (offsets.point - (low + high) / 2) / (float(np.hypot(*(high - low))) / 2)
    normal = offsets.normal
    larger = -(away * normal).sum(axis=1)
    turned = away[:, 1] * normal[:, 0] - away[:, 0] * normal[:, 1]
    return np.column_stack((-normal, larger)), turned


def only_chords(ends: Offsets, box: tuple[Floats, Floats], margin_mm: float = 0.0) -> bool:
    """Whether the ends of the walls' lines say that the part has its size after all.

    Then it is the slicer's chords along a rounded outline that look like another size.
    """
    solved = _solve(_size(ends, box)[0], ends.inset)
    return solved is not None and abs(float(solved[2])) <= SIZE_MM - margin_mm


def _at_part(
    kind: FindingKind, measured: float, limit: float, body: Where | None, **facts: str
) -> Finding:
    return Finding(
        kind=kind,
        where=body or Where(),
        measured=round(measured, 4),
        limit=limit,
        unit="mm",
        facts=facts,
    )


def _solve(columns: Floats, inset: Floats) -> Floats | None:
    """Least squares over the samples that follow the outline; None where too few do, or none can.

    Samples that lie off the fit by more than three times the usual are left out, four times over
    (corners, seams, places thinner than a wall). The usual is at least 0.003 mm.
    """
    used = np.abs(inset - np.median(inset)) <= NEAR_MM if len(inset) else np.zeros(0, dtype=bool)
    solved = None
    for _ in range(ROUNDS):
        if used.sum() < max(LEAST_SAMPLES, LEAST_SHARE * len(inset)):
            return None
        chosen = columns[used]
        hold = np.linalg.eigvalsh(chosen.T @ chosen / len(chosen))
        if hold[0] < LEAST_HOLD * LEAST_LEVER:
            return None
        solved = np.linalg.lstsq(chosen, inset[used], rcond=None)[0]
        left = np.abs(inset - columns @ solved)
        usual = max(USUAL_MM, 1.4826 * float(np.median(left[used])))
        used = left <= 3 * usual
    return solved
