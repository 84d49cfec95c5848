"""Ring C, layer by layer: does a wall run along the whole outline, or is a piece of it bare? Pure.

The outline of each section is looked at in pieces of at most :data:`PIECE_MM`. A piece is bare if
the nearest printed line runs more than half its width and :data:`outline.NEAR_MM` inside it. Where
the part is thinner than :data:`THIN_BEADS` beads, or the outline lies within another body, no wall
can be asked for. Honest slicings of 10 parts, the 4 shipped ones among them, had no bare stretch
above 0.3 mm in any layer (docs/examiner.md). What lies within the walls is not seen here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..findings import Finding
from ..recipes.document import FeatureClass, ProcessWindow
from .clip import clip_to_box
from .codes_model import OUTLINE_BARE
from .collect import Collector
from .geometry import LayerLines, LayerMatch
from .lines import feature
from .outline import NEAR_MM, insets
from .section import Section
from .whereabouts import where_at
from .winding import is_inside

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

GAP_MM = 1.0
PIECE_MM = 0.25
THIN_BEADS = 1.5
# Two ends of the outline nearer than this are one: one cut of one edge, seen from two triangles.
_JOIN_MM = 1e-4
# Printed lines are marked on a grid first; 3 by 3 cells about a place reach 2 * sqrt(2) cells.
_CELL_MM = 0.1
PROBE_MM = 0.01
# Places and segments are looked at in pairs; so many take 45 MB.
_PAIRS_AT_ONCE = 500_000


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A bare stretch of outline: its length and its middle, mm."""

    length_mm: float
    x_mm: float
    y_mm: float


def check_gaps(matches: Sequence[LayerMatch], window: ProcessWindow, found: Collector) -> None:
    """One finding per layer with a bare stretch above :data:`GAP_MM`, at the longest."""
    bead = feature(window, FeatureClass.BODY).width_mm.maximum
    for match in matches:
        if found.enough:
            return
        gap = longest_gap(match.section, match.lines, bead)
        if gap is None:
            continue
        # A face in the cutting plane: an outline that only one side of the plane has is none.
        other = longest_gap(match.other, match.lines, bead) if not match.other.empty else gap
        if other is not None:
            where = where_at(match.lines, gap.x_mm, gap.y_mm)
            found.add(
                Finding(
                    kind=OUTLINE_BARE,
                    where=where,
                    measured=round(gap.length_mm, 2),
                    limit=GAP_MM,
                    unit="mm",
                )
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pieces:
    """Middles (n, 2), outward normals (n, 2), lengths (n,) and segment (n,) of each piece."""

    middle: Floats
    normal: Floats
    length: Floats
    segment: Ints


def longest_gap(section: Section, lines: LayerLines, bead_mm: float) -> Gap | None:
    """The longest bare stretch of one layer, None if none is above :data:`GAP_MM`."""
    if section.empty:
        return None
    pieces = _pieces(section)
    bare = _bare(pieces, lines)
    if pieces.length[bare].sum() <= GAP_MM:
        return None
    bare = bare[_owes_a_wall(section, pieces, bare, bead_mm)]
    if pieces.length[bare].sum() <= GAP_MM:
        return None
    is_bare = np.zeros(len(pieces.length), dtype=np.bool_)
    is_bare[bare] = True
    found = [gap for loop in _loops(section) for gap in _along(pieces, is_bare, loop)]
    return max(found, key=lambda gap: gap.length_mm, default=None)


def _pieces(section: Section) -> _Pieces:
    step = section.segments[:, 1] - section.segments[:, 0]
    length = np.hypot(step[:, 0], step[:, 1])
    count = np.maximum(1, np.ceil(length / PIECE_MM)).astype(np.int64)
    segment = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    share = (within + 0.5) / count[segment]
    normal = np.stack((step[:, 1], -step[:, 0]), axis=1) / length[:, None]
    return _Pieces(
        middle=section.segments[segment, 0] + share[:, None] * step[segment],
        normal=normal[segment],
        length=(length / count)[segment],
        segment=segment,
    )


def _bare(pieces: _Pieces, lines: LayerLines) -> Ints:
    """Rows of pieces without a wall: first by a grid, what that leaves by exact distance."""
    wall = pieces.middle - pieces.normal * (float(lines.width.min()) / 2)
    open_ = np.flatnonzero(~_marked(wall, lines))
    inset = insets(pieces.middle[open_], pieces.normal[open_], lines)
    return open_[inset > NEAR_MM]


def _marked(places: Floats, lines: LayerLines) -> Flags:
    """Whether a printed line surely runs within 0.29 mm of each place."""
    low, high = places.min(axis=0) - 4 * _CELL_MM, places.max(axis=0) + 4 * _CELL_MM
    _, begin, end = clip_to_box(lines.begin, lines.end, low, high)
    if len(begin) == 0:
        return np.zeros(len(places), dtype=np.bool_)
    step = end - begin
    count = np.ceil(np.hypot(step[:, 0], step[:, 1]) / _CELL_MM).astype(np.int64) + 1
    row = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    share = within / np.maximum(count[row] - 1, 1)
    points = begin[row] + share[:, None] * step[row]
    low = np.minimum(points.min(axis=0), places.min(axis=0)) - 2 * _CELL_MM
    cells = ((points - low) / _CELL_MM).astype(np.int64)
    wanted = ((places - low) / _CELL_MM).astype(np.int64)
    columns = int(max(cells[:, 1].max(), wanted[:, 1].max())) + 3
    taken = np.unique(cells[:, 0] * columns + cells[:, 1])
    marked = np.zeros(len(places), dtype=np.bool_)
    for x in (-1, 0, 1):
        for y in (-1, 0, 1):
            key = (wanted[:, 0] + x) * columns + wanted[:, 1] + y
            at = np.minimum(np.searchsorted(taken, key), len(taken) - 1)
            marked |= taken[at] == key
    return marked


def _owes_a_wall(section: Section, pieces: _Pieces, rows: Ints, bead_mm: float) -> Flags:
    """Where the part is thick enough for walls, and the outline is that of the whole."""
    middle, normal = pieces.middle[rows], pieces.normal[rows]
    thick = thickness_mm(section, middle, normal) >= THIN_BEADS * bead_mm
    return np.asarray(thick & ~is_inside(section, middle + PROBE_MM * normal))


def thickness_mm(section: Section, points: Floats, normals: Floats) -> Floats:
    """From points on the outline straight in to the other side of the part, mm."""
    begin = section.segments[:, 0]
    step = section.segments[:, 1] - begin
    depth = np.empty(len(points))
    at_once = max(1, _PAIRS_AT_ONCE // max(1, len(begin)))
    for start in range(0, len(points), at_once):
        part = slice(start, start + at_once)
        away = begin - points[part, None]
        way_x, way_y = normals[part, 0, None], normals[part, 1, None]
        across = step[:, 0] * way_y - step[:, 1] * way_x
        crossed = np.abs(across) > 1e-12
        safe = np.where(crossed, across, 1.0)
        reach = (away[:, :, 0] * step[:, 1] - away[:, :, 1] * step[:, 0]) / safe
        share = (away[:, :, 0] * way_y - away[:, :, 1] * way_x) / -safe
        hit = crossed & (share >= 0) & (share <= 1) & (reach > PROBE_MM)
        depth[part] = np.where(hit, reach, np.inf).min(axis=1, initial=np.inf)
    return depth


def _loops(section: Section) -> list[list[int]]:
    """Segments in the order in which the outline runs; ends that meet nothing end a loop."""
    keys = np.round(section.segments / _JOIN_MM).astype(np.int64).tolist()
    starting: dict[tuple[int, int], list[int]] = {}
    for segment, (begin, _) in enumerate(keys):
        starting.setdefault(tuple(begin), []).append(segment)
    loops: list[list[int]] = []
    for ends in starting.values():
        ends.reverse()
    taken = [False] * len(keys)
    for first in range(len(keys)):
        loop: list[int] = []
        following: int | None = first
        while following is not None and not taken[following]:
            taken[following] = True
            loop.append(following)
            following = _next_free(starting.get(tuple(keys[following][1]), []), taken)
        if loop:
            loops.append(loop)
    return loops


def _next_free(candidates: list[int], taken: list[bool]) -> int | None:
    """The first that is free; those that are taken are dropped, so that each is met once."""
    while candidates and taken[candidates[-1]]:
        candidates.pop()
    return candidates[-1] if candidates else None


def _along(pieces: _Pieces, is_bare: Flags, loop: list[int]) -> list[Gap]:
    first = np.searchsorted(pieces.segment, loop, side="left")
    last = np.searchsorted(pieces.segment, loop, side="right")
    rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
    bare = is_bare[rows]
    if not bare.all():
        # Begin after a piece that is walled, so that no stretch runs over the seam of the loop.
        rows = np.roll(rows, -int(np.flatnonzero(~bare)[0]))
        bare = is_bare[rows]
    edges = np.flatnonzero(np.diff(bare.astype(np.int8), prepend=0, append=0))
    found = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        stretch = rows[start:stop]
        length = float(pieces.length[stretch].sum())
        if length > GAP_MM:
            x, y = pieces.middle[stretch[len(stretch) // 2]]
            found.append(Gap(length_mm=length, x_mm=float(x), y_mm=float(y)))
    return found
