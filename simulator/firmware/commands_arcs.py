"""G2 and G3: an arc becomes straight pieces of one length. Moves nothing itself.

Centre form: I and J are offsets from the present place to the centre, P further whole turns.
Radius form: with chord (dx, dy) of length d the centre lies h = sqrt(r^2 - d^2/4) beside the
chord's middle; a negative radius takes the longer way.
"""

from __future__ import annotations

import math

from .board import Steps
from .commands_motion import line_to, take_feed, target_of
from .core import Firmware, Handler
from .words import Words

_MOST_TURNS = 100.0


def arc(fw: Firmware, words: Words) -> Steps:
    """G2 clockwise, G3 counter-clockwise."""
    take_feed(fw, words)
    start, end = list(fw.position), target_of(fw, words)
    clockwise = words.code == "G2"
    centre = _centre(fw, words, start, end, clockwise)
    if centre is None:
        fw.say("Error:G2/G3 bad parameters")
        return
    turns = min(max(words.number("P") or 0.0, 0.0), _MOST_TURNS)
    radius = math.hypot(start[0] - centre[0], start[1] - centre[1])
    begin = math.atan2(start[1] - centre[1], start[0] - centre[0])
    sweep = math.atan2(end[1] - centre[1], end[0] - centre[0]) - begin
    sweep = sweep % math.tau
    if clockwise:
        sweep -= math.tau
    if sweep == 0.0 or abs(sweep) == math.tau:
        sweep = -math.tau if clockwise else math.tau
    sweep += math.copysign(math.tau * int(turns), sweep)
    pieces = max(int(abs(sweep) * radius / fw.dialect.arc_segment_mm), 1)
    stops = fw.planner.stops
    for piece in range(1, pieces):
        share = piece / pieces
        angle = begin + sweep * share
        point = [centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)]
        rest = [start[axis] + (end[axis] - start[axis]) * share for axis in (2, 3)]
        yield from line_to(fw, point + rest)
        if fw.planner.stops != stops:
            return
    yield from line_to(fw, end)


def _centre(
    fw: Firmware, words: Words, start: list[float], end: list[float], clockwise: bool
) -> tuple[float, float] | None:
    scale = fw.unit_mm()
    radius = words.number("R")
    if radius is not None:
        return _centre_of_chord(radius * scale, start, end, clockwise)
    i, j = words.number("I"), words.number("J")
    if not i and not j:
        return None
    return start[0] + (i or 0.0) * scale, start[1] + (j or 0.0) * scale


def _centre_of_chord(
    radius: float, start: list[float], end: list[float], clockwise: bool
) -> tuple[float, float] | None:
    dx, dy = end[0] - start[0], end[1] - start[1]
    chord = math.hypot(dx, dy)
    if radius == 0.0 or chord == 0.0:
        return None
    side = -1.0 if clockwise != (radius < 0.0) else 1.0
    height = math.sqrt(max(radius * radius - chord * chord / 4.0, 0.0)) * side
    return (
        (start[0] + end[0]) / 2.0 - height * dy / chord,
        (start[1] + end[1]) / 2.0 + height * dx / chord,
    )


COMMANDS: dict[str, Handler] = {"G2": arc, "G3": arc}
