"""Attacks on where lines lie: shift, scale, turn, mirror, heights. On G-code."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial

import numpy as np

from mdps_plugin.toolpath.bodies import bodies

from .attack import Attack, Spoilt, Subject, nothing, sized
from .job import Job, Move, lifted, number
from .on_flow import TRAVEL_FEED
from .recipes import PLACE_MM
from .symmetry import symmetrical

_SHIFTS_MM = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
_SCALES_PERCENT = (0.05, 0.1, 0.2, 0.5, 1.0, 3.0)
_TURNS_DEG = (0.1, 0.5, 1, 5, 45, 90)
Place = tuple[float, float]


def _mapped(
    job: Job, change: Callable[[Place], Place], which: Callable[[Move], bool], what: str
) -> Spoilt:
    """The plane changed for some moves; the first of them starts where the one before it ends."""
    changes: dict[int, list[str]] = {}
    for move in job.moves:
        if which(move) and set(move.letters) & {"X", "Y"}:
            changes[move.index] = [move.written(end=change(move.end[:2]))]
    if not changes:
        return nothing("no move to change")
    return Spoilt(data=job.edited(changes), changed=what, line=min(changes) + 1)


def _everything(move: Move) -> bool:
    return True


def _direction(rng: random.Random, length: float) -> Place:
    angle = rng.uniform(0, 2 * math.pi)
    return length * math.cos(angle), length * math.sin(angle)


def shift_part(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """The whole part beside its place."""
    dx, dy = _direction(rng, length)
    return _mapped(
        subject.job, lambda at: (at[0] + dx, at[1] + dy), _everything, f"moved {dx:.3f} {dy:.3f}"
    )


def shift_one_body(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """One part of several on the plate beside its place, the others where they belong."""
    parts = bodies(subject.placed)
    if len(parts) < 2:
        return nothing("one body only")
    boxes = [(part.min(axis=(0, 1))[:2], part.max(axis=(0, 1))[:2]) for part in parts]
    # One part may stand inside the ring of another: a place belongs to the smallest box about it.
    boxes.sort(key=lambda box: float(np.prod(box[1] - box[0])))
    chosen = rng.randrange(len(boxes))
    dx, dy = _direction(rng, length)

    def owner(move: Move) -> int:
        at = np.array(move.end[:2])
        inside = [bool((low <= at).all() and (at <= high).all()) for low, high in boxes]
        return inside.index(True) if any(inside) else -1

    return _mapped(
        subject.job,
        lambda at: (at[0] + dx, at[1] + dy),
        lambda move: owner(move) == chosen,
        f"part {chosen + 1} of {len(boxes)} moved {dx:.3f} {dy:.3f}",
    )


def shift_layer(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """One layer beside the others (OffRAMPS T4, put back)."""
    layer = rng.randrange(1, subject.job.layers)
    dx, dy = _direction(rng, length)
    return _mapped(
        subject.job,
        lambda at: (at[0] + dx, at[1] + dy),
        lambda move: move.layer == layer,
        f"layer {layer} moved {dx:.3f} {dy:.3f}",
    )


def shift_above(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """Everything from a layer on beside what is below (OffRAMPS T4)."""
    layer = rng.randrange(1, subject.job.layers)
    dx, dy = _direction(rng, length)
    return _mapped(
        subject.job,
        lambda at: (at[0] + dx, at[1] + dy),
        lambda move: move.layer >= layer,
        f"moved {dx:.3f} {dy:.3f} from layer {layer}",
    )


def point_moved(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """The end of one printed line elsewhere, its filament as it was."""
    move = rng.choice(subject.job.printed)
    dx, dy = _direction(rng, length)
    end = (move.end[0] + dx, move.end[1] + dy)
    return Spoilt(
        data=subject.job.edited({move.index: [move.written(end=end)]}),
        changed=f"one end moved {dx:.3f} {dy:.3f}",
        line=move.index + 1,
        layer=move.layer,
    )


def _about_middle(job: Job, change: Callable[[float, float], Place], what: str) -> Spoilt:
    cx, cy = PLACE_MM

    def at(place: Place) -> Place:
        x, y = change(place[0] - cx, place[1] - cy)
        return cx + x, cy + y

    return _mapped(job, at, _everything, what)


def scale_part(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """Smaller in the plane, filament as it was (AMSecBench scale)."""
    part = 1 - percent / 100
    return _about_middle(subject.job, lambda x, y: (x * part, y * part), f"scaled by {part:g}")


def turn_part(subject: Subject, degrees: float, rng: random.Random) -> Spoilt:
    """Turned about its middle (Zeltmann 2016)."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return _about_middle(
        subject.job, lambda x, y: (c * x - s * y, s * x + c * y), f"turned by {degrees:g} deg"
    )


def mirror_part(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """Mirrored, as left for right."""
    flip = np.array([1.0, -1.0, 1.0] if kind else [-1.0, 1.0, 1.0])
    if symmetrical(subject.placed, flip):
        return nothing("the model is its own mirror image")
    if kind:
        return _about_middle(subject.job, lambda x, y: (x, -y), "mirrored in Y")
    return _about_middle(subject.job, lambda x, y: (-x, y), "mirrored in X")


def _with_heights(job: Job, change: Callable[[int], float], what: str) -> Spoilt:
    layers = [lifted(job.layer_lines(k), change(k)) for k in range(job.layers)]
    return Spoilt(data=job.with_layers(layers), changed=what, line=job.layer_at[0] + 1)


def z_profile(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """One layer higher or lower than signed, the total as it was (Ali 2025)."""
    job = subject.job
    layer = rng.randrange(1, job.layers - 1) if job.layers > 2 else 1
    by = rng.choice((-1, 1)) * length
    return _with_heights(job, lambda k: by if k == layer else 0.0, f"layer {layer} moved {by:g}")


def z_raised(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """Everything from a layer on higher: it does not bond (OffRAMPS T7)."""
    job = subject.job
    layer = rng.randrange(1, job.layers)
    return _with_heights(
        job, lambda k: length if k >= layer else 0.0, f"{length:g} mm higher from layer {layer}"
    )


def layer_height(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """Every layer thicker (AMSecBench layer height)."""
    return _with_heights(
        subject.job, lambda k: (k + 1) * length, f"every layer {length:g} mm thicker"
    )


def dives(subject: Subject, depth: float, rng: random.Random) -> Spoilt:
    """The nozzle goes down into the part and up again."""
    move = rng.choice(subject.job.printed)
    down, up = number(move.end[2] - depth, 3), number(move.end[2], 3)
    line = subject.job.lines[move.index]
    return Spoilt(
        data=subject.job.edited({move.index: [line, f"G1 Z{down}", f"G1 Z{up}"]}),
        changed=f"down by {depth:g} mm",
        line=move.index + 2,
        layer=move.layer,
    )


def lifts(subject: Subject, height: float, rng: random.Random) -> Spoilt:
    """The nozzle lifted higher than signed between two lines, at travel speed."""
    move = rng.choice(subject.job.printed)
    up, back = number(move.end[2] + height, 3), number(move.end[2], 3)
    line, feed = subject.job.lines[move.index], number(move.feed, 3)
    lines = [line, f"G1 Z{up} F{TRAVEL_FEED:g}", f"G1 Z{back}", f"G1 F{feed}"]
    return Spoilt(
        data=subject.job.edited({move.index: lines}),
        changed=f"lifted by {height:g} mm",
        line=move.index + 2,
        layer=move.layer,
    )


_attack = partial(sized, "place")


ATTACKS = (
    _attack(shift_part, "mm", _SHIFTS_MM),
    _attack(shift_one_body, "mm", _SHIFTS_MM, models=("kit", "many_parts")),
    _attack(shift_layer, "mm", _SHIFTS_MM, source="Blocklove 2024, T4"),
    _attack(shift_above, "mm", _SHIFTS_MM, source="Blocklove 2024, T4"),
    _attack(point_moved, "mm", (0.005, 0.01, 0.05, 0.2, 1.0), source="Gatlin 2019"),
    _attack(scale_part, "%", _SCALES_PERCENT, source="AMSecBench"),
    _attack(turn_part, "deg", _TURNS_DEG, source="Zeltmann 2016"),
    Attack(
        name="mirror_part", group="place", make=mirror_part, sizes=(0, 1), names=("in X", "in Y")
    ),
    _attack(z_profile, "mm", (0.005, 0.01, 0.02, 0.05, 0.1), source="Ali 2025"),
    _attack(z_raised, "mm", (0.01, 0.05, 0.1, 0.2), source="Blocklove 2024, T7"),
    _attack(layer_height, "mm", (0.01, 0.02, 0.05, 0.1), source="AMSecBench"),
    _attack(dives, "mm", (0.01, 0.1, 0.5)),
    _attack(lifts, "mm", (0.01, 0.1, 0.5)),
)
