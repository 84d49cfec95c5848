"""Attacks on what is printed beside the part: supports moved, removed, added. On G-code."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from mdps_plugin.toolpath.holes import reached
from mdps_plugin.toolpath.raster import fill, grid_about
from mdps_plugin.toolpath.section import cut
from mdps_plugin.toolpath.winding import is_inside

from .attack import Attack, Maker, Spoilt, Subject, nothing
from .job import FILAMENT_AREA_MM2, Job, Move, number
from .on_flow import TRAVEL_FEED

#: What either slicer calls the lines of a support.
KINDS = frozenset({"Support material", "SUPPORT"})
#: Judging shapes with supports of several kinds.
_MODELS = ("hooked_rail", "flanged_tube", "goblet", "two_shelves", "wrist_shell")
Place = tuple[float, float]


def _of_supports(job: Job) -> list[Move]:
    return [move for move in job.printed if move.kind in KINDS]


def support_moved(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """Every support of the job moved beside its place, so that it touches the part somewhere."""
    job = subject.job
    angle = rng.uniform(0, 2 * math.pi)
    dx, dy = length * math.cos(angle), length * math.sin(angle)
    changes: dict[int, Sequence[str]] = {}
    leads = False
    for move in reversed(job.moves):
        # A way to a support goes with it, the way from it to the part does not.
        leads = move.kind in KINDS if move.prints else leads
        if leads and set(move.letters) & {"X", "Y"}:
            place = (move.end[0] + dx, move.end[1] + dy)
            changes[move.index] = [_moved(subject, move, place)]
    if not changes:
        return nothing("no support in this job")
    return Spoilt(
        data=job.edited(changes), changed=f"moved {dx:.3f} {dy:.3f}", line=min(changes) + 1
    )


def support_bridged(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """One line from a support into the part, in so many layers: it breaks off with the part."""
    job = subject.job
    layers = sorted({move.layer for move in _of_supports(job)})
    if not layers:
        return nothing("no support in this job")
    first = rng.choice(layers[: max(1, len(layers) - int(length))])
    changes: dict[int, Sequence[str]] = {}
    for layer in range(first, first + int(length)):
        own = [move for move in _of_supports(job) if move.layer == layer]
        part = [move for move in job.printed if move.layer == layer and move.kind not in KINDS]
        if not own or not part:
            continue
        last = own[-1]
        aim = min(part, key=lambda move: math.dist(move.end[:2], last.end[:2]))
        changes[last.index] = [
            job.lines[last.index],
            _drawn(subject, last.end[:2], aim.end[:2], last.feed),
            *_away(subject, last),
        ]
    if not changes:
        return nothing("no layer with support and part")
    return Spoilt(data=job.edited(changes), changed=f"joined from layer {first}", layer=first)


def support_removed(subject: Subject, size: float, rng: random.Random) -> Spoilt:
    """No line of support within this distance of a place below the part, above layer 0."""
    job = subject.job
    lines = [move for move in _of_supports(job) if move.layer > 0]
    # The highest lines: the part lies over some of them, a little further up.
    top = max((move.layer for move in lines), default=0)
    over = cut(subject.placed, (top + 4.49) * subject.setup.layer_mm)
    ends = np.array([move.point(0.5) for move in lines if move.layer == top]).reshape(-1, 2)
    below = ends[is_inside(over, ends)] if len(ends) and not over.empty else ends[:0]
    if not len(below):
        return nothing("no support below the part")
    middle = [float(part) for part in below[rng.randrange(len(below))]]
    gone = [
        move
        for move in lines
        if min(math.dist(move.point(share / 20), middle) for share in range(21)) <= size
    ]
    changes = {move.index: _away(subject, move) for move in gone}
    return Spoilt(
        data=job.edited(changes),
        changed=f"{len(gone)} lines about {middle[0]:.1f} {middle[1]:.1f}",
        mm3=sum(move.mm3 for move in gone),
        line=gone[0].index + 1,
    )


def support_gone(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """No support at all, or none in one layer: the device sags."""
    lines = _of_supports(subject.job)
    if not lines:
        return nothing("no support in this job")
    layer = rng.choice(sorted({move.layer for move in lines}))
    gone = [move for move in lines if not kind or move.layer == layer]
    changes = {move.index: _away(subject, move) for move in gone}
    return Spoilt(
        data=subject.job.edited(changes),
        changed=f"{len(gone)} lines",
        mm3=sum(move.mm3 for move in gone),
    )


def tower_added(subject: Subject, size: float, rng: random.Random) -> Spoilt:
    """A square post beside part and supports, with the lines of a support."""
    job = subject.job
    ends = np.array([move.end[:2] for move in job.printed])
    low, high = ends.min(axis=0), ends.max(axis=0)
    # Within the place that the recipe allows, in a corner that holds nothing yet.
    corners = [
        (float(x), float(y))
        for x in (low[0] + size, high[0] - size)
        for y in (low[1] + size, high[1] - size)
    ]
    rng.shuffle(corners)
    middle = max(corners, key=lambda at: float(np.hypot(*(ends - at).T).min()))
    middle = (middle[0], middle[1])
    return _beside(subject, middle, size, range(1, job.layers), "tower")


def hole_closed(subject: Subject, size: float, rng: random.Random) -> Spoilt:
    """A line of support in a hole of the part, in this many layers from the top."""
    job, placed = subject.job, subject.placed
    box = placed.min(axis=(0, 1)), placed.max(axis=(0, 1))
    grid = grid_about(box[0][:2], box[1][:2], 1.0)
    section = cut(placed, float(box[1][2]) - 0.51 * subject.setup.layer_mm)
    if grid is None or section.empty:
        return nothing("no section near the top")
    free = ~fill(grid, section)
    inner = np.argwhere(free & ~reached(free))
    if not len(inner):
        return nothing("no hole in this model")
    row, column = inner[rng.randrange(len(inner))]
    near = inner[np.hypot(*(inner - (row, column)).T) < 60]
    row, column = (int(part) for part in near.mean(axis=0))
    layers = range(job.layers - int(size), job.layers)
    return _beside(subject, grid.middle(row, column), 0.5, layers, "hole")


def support_again(subject: Subject, size: float, rng: random.Random) -> Spoilt:
    """Lines of support printed again, twice, this far aside: what cannot be taken off any more."""
    lines = [move for move in _of_supports(subject.job) if move.layer > 0]
    if not lines:
        return nothing("no support in this job")
    layers = sorted({move.layer for move in lines})
    layer = rng.choice(layers)
    changes: dict[int, Sequence[str]] = {}
    for move in lines:
        if move.layer == layer and move.length > 1:
            along = np.array(move.end[:2]) - np.array(move.begin[:2])
            aside = size * np.array([-along[1], along[0]]) / move.length
            begin = (move.begin[0] + aside[0], move.begin[1] + aside[1])
            end = (move.end[0] + aside[0], move.end[1] + aside[1])
            changes[move.index] = [
                subject.job.lines[move.index],
                *(_way(subject, begin), _drawn(subject, begin, end, move.feed)),
                *(_way(subject, begin), _drawn(subject, begin, end, move.feed)),
                *_away(subject, move),
            ]
    if not changes:
        return nothing("no long line of support there")
    return Spoilt(data=subject.job.edited(changes), changed=f"layer {layer}", layer=layer)


def support_filled(subject: Subject, count: float, rng: random.Random) -> Spoilt:
    """So many lines beside one line of a support: a block that cannot be taken off."""
    job, width = subject.job, subject.setup.width_mm
    long = [move for move in _of_supports(job) if move.layer > 0 and move.length > 3]
    if not long:
        return nothing("no long line of support")
    move = rng.choice(long)
    begin, end = np.array(move.point(0.15)), np.array(move.point(0.85))
    aside = np.array([begin[1] - end[1], end[0] - begin[0]]) / math.dist(begin, end)
    # To the side on which more of the support lies.
    others = np.array([one.point(0.5) for one in long if one.layer == move.layer])
    aside *= 1 if float(((others - begin) @ aside).sum()) >= 0 else -1
    lines = [job.lines[move.index]]
    for number_ in range(1, int(count) + 1):
        one, two = begin + number_ * width * aside, end + number_ * width * aside
        lines.append(_way(subject, (one[0], one[1])))
        lines.append(_drawn(subject, (one[0], one[1]), (two[0], two[1]), move.feed))
    return Spoilt(
        data=job.edited({move.index: [*lines, *_away(subject, move)]}),
        changed=f"{count:g} lines",
        line=move.index + 1,
        layer=move.layer,
    )


def support_flow(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """More plastic on every line of the supports."""
    lines = _of_supports(subject.job)
    if not lines:
        return nothing("no support in this job")
    more = 1 + percent / 100
    changes = {move.index: [move.written(filament=move.filament * more)] for move in lines}
    return Spoilt(data=subject.job.edited(changes), changed=f"{percent:g} % more")


def support_raised(subject: Subject, layers: float, rng: random.Random) -> Spoilt:
    """The topmost lines of support once more in so many layers above: they meet the part."""
    job = subject.job
    top = max((move.layer for move in _of_supports(job)), default=0)
    lines = [move for move in _of_supports(job) if move.layer == top]
    last = {move.layer: move for move in job.printed}
    changes: dict[int, Sequence[str]] = {}
    for layer in range(top + 1, top + 1 + int(layers)):
        if not lines or layer not in last:
            return nothing("no support, or nothing above it")
        move = last[layer]
        again = [
            text
            for one in lines
            for text in (
                _way(subject, one.begin),
                _drawn(subject, one.begin[:2], one.end[:2], one.feed),
            )
        ]
        changes[move.index] = [job.lines[move.index], *again, *_away(subject, move)]
    return Spoilt(data=job.edited(changes), changed=f"layer {top} again above it", layer=top + 1)


def _beside(
    subject: Subject, middle: Place, size: float, layers: Iterable[int], what: str
) -> Spoilt:
    """A square about a place in these layers, after the last line that prints in each."""
    job = subject.job
    half = size / 2
    corners = [
        (middle[0] + x * half, middle[1] + y * half)
        for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    ]
    last = {move.layer: move for move in job.printed}
    changes: dict[int, Sequence[str]] = {}
    for layer in layers:
        if layer not in last:
            continue
        move = last[layer]
        lines = [_drawn(subject, one, two, move.feed) for one, two in pairwise(corners)]
        way = _way(subject, corners[0])
        changes[move.index] = [job.lines[move.index], way, *lines, *_away(subject, move)]
    if not changes:
        return nothing("no such layer")
    return Spoilt(
        data=job.edited(changes),
        changed=f"{what} at {middle[0]:.1f} {middle[1]:.1f}",
        line=min(changes) + 1,
    )


def _cura(subject: Subject) -> bool:
    return subject.setup.slicer == "CuraEngine"


def _number(subject: Subject, value: float, digits: int) -> str:
    """PrusaSlicer leaves out the zero before the point."""
    text = number(value, digits)
    return text if _cura(subject) or not text.startswith("0.") else text[1:]


def _way(subject: Subject, place: Sequence[float]) -> str:
    """A travel, as the slicer writes it."""
    x, y = number(place[0], 3), number(place[1], 3)
    if _cura(subject):
        return f"G0 F{TRAVEL_FEED:g} X{x} Y{y}"
    return f"G1 X{x} Y{y} F{TRAVEL_FEED:g}"


def _away(subject: Subject, move: Move) -> list[str]:
    """To where this move ends, without plastic, and with its speed again."""
    way = _way(subject, move.end[:2])
    if not _cura(subject):
        return [way, f"G1 F{number(move.feed, 3)}"]
    # CuraEngine writes no speed by itself: the next line has to bring its own.
    return [way.replace(f"F{TRAVEL_FEED:g}", f"F{number(move.feed, 1)}")]


def _moved(subject: Subject, move: Move, place: Place) -> str:
    """The line again, to another place."""
    if not _cura(subject):
        return move.written(end=place)
    line = subject.job.lines[move.index]
    for axis, value in zip("XY", place, strict=True):
        line = re.sub(rf"{axis}-?[0-9.]+", f"{axis}{number(value, 3)}", line)
    return line


def _drawn(subject: Subject, begin: Place, end: Place, feed: float) -> str:
    """A line with the flow and the speed of a support, from where the nozzle is."""
    width, layer = subject.setup.width_mm, subject.setup.layer_mm
    sides = 0.0 if _cura(subject) else layer * (1 - math.pi / 4)
    one, two = ([round(part, 3) for part in place] for place in (begin, end))
    filament = math.dist(one, two) * layer * (width - sides) / FILAMENT_AREA_MM2
    e = _number(subject, filament, 5)
    x, y = number(end[0], 3), number(end[1], 3)
    if _cura(subject):
        return f"G1 F{number(feed, 1)} X{x} Y{y} E{e}"
    return f"G1 F{number(feed, 3)}\nG1 X{x} Y{y} E{e}"


def _attack(
    make: Maker, unit: str, sizes: tuple[float, ...], *models: str, group: str = "place"
) -> Attack:
    return Attack(
        name=getattr(make, "__name__", ""),
        group=group,
        make=make,
        sizes=sizes,
        unit=unit,
        split="",
        models=models or _MODELS,
        around="supports",
    )


ATTACKS = (
    _attack(support_moved, "mm", (0.05, 0.1, 0.2, 0.4)),
    _attack(support_bridged, "layers", (1, 2, 4, 8)),
    _attack(support_removed, "mm", (0.5, 1.5, 3.0, 4.5)),
    Attack(
        name="support_gone",
        group="place",
        make=support_gone,
        sizes=(0, 1),
        names=("in all layers", "in one layer"),
        models=_MODELS,
        around="supports",
    ),
    _attack(tower_added, "mm", (0.5, 1.0, 2.0)),
    _attack(hole_closed, "layers", (1, 2, 4), "ledged_guide", "flanged_tube"),
    _attack(support_again, "mm", (0.0, 0.4, 0.9)),
    _attack(support_filled, "lines", (2, 4, 6)),
    _attack(support_flow, "%", (1, 5, 20), group="plastic"),
)
