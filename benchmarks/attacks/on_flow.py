"""Attacks that take plastic away: voids, gaps, flow, relocation, infill. On G-code.

Pieces without plastic are crossed at travel speed and the printing speed is set again after, so
that only the missing plastic gives the attack away.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from functools import partial

from .attack import Spoilt, Subject, nothing, sized
from .job import FILAMENT_AREA_MM2, Move, number

TRAVEL_FEED = 7200.0
_VOIDS_MM = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0)
_LOSS_PERCENT = (0.2, 0.5, 1.0, 2.0, 10.0, 15.0, 50.0)


def _cut(move: Move, first: float, last: float, joint: float = 0.0) -> tuple[list[str], float]:
    """The line with the piece between two shares left out; lines, and mm³ left out.

    ``joint``: so far from the gap what is left is split, where it is longer than twice that.
    """
    lines: list[str] = []
    split = joint / move.length if joint else 1.0
    if first > 0:
        at = first - split if split < first / 2 else 0.0
        if at:
            lines.append(move.written(end=move.point(at), filament=move.filament * at))
        lines.append(move.written(end=move.point(first), filament=move.filament * (first - at)))
    x, y = move.point(last)
    lines.append(f"G1 X{number(x, 3)} Y{number(y, 3)} F{number(TRAVEL_FEED, 3)}")
    if last < 1:
        at = last + split if split < (1 - last) / 2 else 1.0
        amount = move.filament * (at - last)
        lines.append(move.written(end=move.point(at), filament=amount, feed=move.feed))
        if at < 1:
            lines.append(move.written(filament=move.filament * (1 - at)))
    else:
        lines.append(f"G1 F{number(move.feed, 3)}")
    return lines, move.mm3 * (last - first)


def _through(move: Move, x: float, y: float, radius: float) -> tuple[float, float] | None:
    """Shares of a line at which it enters and leaves a circle."""
    (ax, ay, _), (bx, by, _) = move.begin, move.end
    dx, dy, fx, fy = bx - ax, by - ay, ax - x, ay - y
    a, b, c = dx * dx + dy * dy, 2 * (fx * dx + fy * dy), fx * fx + fy * fy - radius * radius
    root = b * b - 4 * a * c
    if root <= 0 or a == 0:
        return None
    first = max(0.0, (-b - math.sqrt(root)) / (2 * a))
    last = min(1.0, (-b + math.sqrt(root)) / (2 * a))
    return (first, last) if last - first > 1e-3 else None


def void_cut(subject: Subject, diameter: float, rng: random.Random) -> Spoilt:
    """Lines cut inside a ball about a point of a line of any layer (AMSecBench, smaller)."""
    return _ball(subject, diameter, rng, 0.0)


def void_cut_split(subject: Subject, diameter: float, rng: random.Random) -> Spoilt:
    """The same, and each line that was cut is two on either side: joints where fills may meet."""
    return _ball(subject, diameter, rng, 0.4)


def _ball(subject: Subject, diameter: float, rng: random.Random, joint: float) -> Spoilt:
    job, height = subject.job, subject.setup.layer_mm
    middle = rng.choice(job.printed)
    x, y = middle.point(rng.random())
    z, radius = middle.end[2] - height / 2, diameter / 2
    changes: dict[int, list[str]] = {}
    lost = 0.0
    for move in job.printed:
        away = move.end[2] - height / 2 - z
        if abs(away) >= radius:
            continue
        found = _through(move, x, y, math.sqrt(radius**2 - away**2))
        if found is not None:
            changes[move.index], mm3 = _cut(move, *found, joint)
            lost += mm3
    if not changes:
        return nothing("the ball meets no line")
    return Spoilt(
        data=job.edited(changes),
        changed=f"{len(changes)} lines cut in a ball at {x:.2f} {y:.2f} {z:.2f}",
        mm3=lost,
        line=min(changes) + 1,
        layer=middle.layer,
    )


def slab_cut(subject: Subject, thickness: float, rng: random.Random) -> Spoilt:
    """A crack across the part: lines cut between two upright planes (dr0wned, on G-code)."""
    job = subject.job
    middle = rng.choice(job.printed)
    x = middle.point(rng.random())[0]
    low, high = x - thickness / 2, x + thickness / 2
    changes: dict[int, list[str]] = {}
    lost = 0.0
    for move in job.printed:
        a, b = move.begin[0], move.end[0]
        if abs(b - a) < 1e-6:
            if low < a < high:
                changes[move.index], mm3 = _cut(move, 0.0, 1.0)
                lost += mm3
            continue
        shares = sorted(((low - a) / (b - a), (high - a) / (b - a)))
        first, last = max(0.0, shares[0]), min(1.0, shares[1])
        if last - first > 1e-3:
            changes[move.index], mm3 = _cut(move, first, last)
            lost += mm3
    if not changes:
        return nothing("no line crosses the crack")
    return Spoilt(
        data=job.edited(changes),
        changed=f"{len(changes)} lines cut at X {x:.2f}",
        mm3=lost,
        line=min(changes) + 1,
    )


def _thinner(subject: Subject, moves: Iterable[Move], percent: float, what: str) -> Spoilt:
    chosen = list(moves)
    kept = 1 - percent / 100
    changes = {move.index: [move.written(filament=move.filament * kept)] for move in chosen}
    if not changes:
        return nothing("no line there")
    return Spoilt(
        data=subject.job.edited(changes),
        changed=f"{percent:g} % less on {what}, {len(chosen)} lines",
        mm3=sum(move.mm3 for move in chosen) * percent / 100,
        line=chosen[0].index + 1,
        layer=chosen[0].layer,
    )


def flow_part(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """Less plastic on every line (FLAW3D reduction)."""
    return _thinner(subject, subject.job.printed, percent, "the part")


def flow_layer(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """Less plastic on one layer."""
    layer = rng.randrange(subject.job.layers)
    chosen = (move for move in subject.job.printed if move.layer == layer)
    return _thinner(subject, chosen, percent, f"layer {layer}")


def flow_box(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """Less plastic in a box of 4 x 4 x 1 mm (Rais, density by filament speed)."""
    x, y, z = rng.choice(subject.job.printed).end

    def inside(move: Move) -> bool:
        px, py = move.point(0.5)
        return abs(px - x) < 2 and abs(py - y) < 2 and abs(move.end[2] - z) < 0.5

    return _thinner(subject, filter(inside, subject.job.printed), percent, "a box")


def flow_segment(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """Less plastic on one line of at least 0.5 mm."""
    chosen = [move for move in subject.job.printed if move.length >= 0.5]
    return _thinner(subject, [rng.choice(chosen)], percent, "one line")


def flow_more(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """More plastic on every line (OffRAMPS T2)."""
    return _thinner(subject, subject.job.printed, -percent, "the part")


def relocation(subject: Subject, every: float, rng: random.Random) -> Spoilt:
    """Every N-th line prints nothing and the next one prints for both (FLAW3D relocation)."""
    job, step = subject.job, int(every)
    changes: dict[int, list[str]] = {}
    moved = 0.0
    for place in range(rng.randrange(step), len(job.printed) - 1, step):
        move, heir = job.printed[place], job.printed[place + 1]
        if heir.index in changes or move.index in changes:
            continue
        x, y = (number(value, 3) for value in move.end[:2])
        lines = [f"G1 X{x} Y{y} F{number(TRAVEL_FEED, 3)}", f"G1 F{number(move.feed, 3)}"]
        changes[move.index] = lines
        changes[heir.index] = [heir.written(filament=heir.filament + move.filament)]
        moved += move.mm3
    if not changes:
        return nothing("fewer lines than that")
    return Spoilt(
        data=job.edited(changes),
        changed=f"filament of every {step}. line given out later",
        mm3=moved,
        line=min(changes) + 1,
    )


def _inner_line(move: Move) -> bool:
    return not move.wall and move.length >= 0.5


def infill_thinned(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """A share of the lines inside the walls prints nothing (Bayens; AMSecBench infill)."""
    job = subject.job
    inner = [move for move in job.printed if _inner_line(move)]
    chosen = [move for move in inner if rng.random() < percent / 100]
    changes: dict[int, list[str]] = {}
    for move in chosen:
        changes[move.index] = _cut(move, 0.0, 1.0)[0]
    if not changes:
        return nothing("no line inside the walls was drawn")
    return Spoilt(
        data=job.edited(changes),
        changed=f"{len(chosen)} of {len(inner)} inner lines left out",
        mm3=sum(move.mm3 for move in chosen),
        line=min(changes) + 1,
    )


def jitter(subject: Subject, sigma: float, rng: random.Random) -> Spoilt:
    """Ends of inner lines moved at random (AMSecBench jitter)."""
    job = subject.job
    changes: dict[int, list[str]] = {}
    for move in job.printed:
        if _inner_line(move):
            end = (move.end[0] + rng.gauss(0, sigma), move.end[1] + rng.gauss(0, sigma))
            changes[move.index] = [move.written(end=end)]
    if not changes:
        return nothing("no inner line")
    return Spoilt(
        data=job.edited(changes),
        changed=f"{len(changes)} inner lines moved",
        line=min(changes) + 1,
    )


def blob(subject: Subject, mm3: float, rng: random.Random) -> Spoilt:
    """More plastic given at rest than was pulled back: a blob where printing starts again."""
    job = subject.job
    given = [move for move in job.moves if move.at_rest and move.filament > 0]
    if not given:
        return nothing("nothing is pulled back in this job")
    move = rng.choice(given)
    more = mm3 / FILAMENT_AREA_MM2
    return Spoilt(
        data=job.edited({move.index: [move.written(filament=move.filament + more)]}),
        changed=f"{more:.5f} mm more filament at rest",
        mm3=mm3,
        line=move.index + 1,
        layer=move.layer,
    )


_attack = partial(sized, "plastic")


ATTACKS = (
    _attack(void_cut, "mm", _VOIDS_MM, split="infill", source="AMSecBench; Sturm 2017"),
    _attack(void_cut_split, "mm", _VOIDS_MM, split="infill", source="a review of TP-111"),
    _attack(slab_cut, "mm", (0.1, 0.2, 0.5, 1.0), split="infill", source="Belikovetsky 2017"),
    _attack(flow_part, "%", _LOSS_PERCENT, split="slicer", source="Pearce 2021"),
    _attack(flow_more, "%", _LOSS_PERCENT, split="slicer", source="Blocklove 2024, T2"),
    _attack(flow_layer, "%", _LOSS_PERCENT, split="slicer", source="Rais 2021"),
    _attack(flow_box, "%", _LOSS_PERCENT, split="slicer", source="Rais 2021"),
    _attack(flow_segment, "%", _LOSS_PERCENT, split="slicer", source="Gatlin 2019"),
    _attack(relocation, "lines", (1000, 100, 20, 10, 5), source="Pearce 2021"),
    _attack(infill_thinned, "%", (1, 5, 20, 60), split="infill", source="Bayens 2017"),
    _attack(jitter, "mm", (0.01, 0.02, 0.05, 0.15), source="AMSecBench"),
    _attack(blob, "mm³", (0.001, 0.01, 0.1, 1.0), source="Rais 2021"),
)
