"""Takes the plastic of a disc out of a job, layer by layer, and keeps the rest. Holds no tests.

What an attacker would do: printed lines end at the disc and go on behind it, with their flow and
speed; travel over the disc is as fast as the recipe signs.
"""

from __future__ import annotations

import itertools
import math
import re

_MOVE = re.compile(rb"G1 X([\d.]+) Y([\d.]+)(?: E([\d.]+))?(?: F([\d.]+))?$")
_FEED = re.compile(rb" F([\d.]+)")


def carve(
    job: bytes,
    x: float,
    y: float,
    radius: float,
    travel: int = 7800,
    first: int = 0,
    joint: float = 0.0,
) -> bytes:
    """``job`` with relative extrusion, without what it prints within ``radius`` mm of (x, y).

    Lines before ``first`` (from 0) are kept: the start block. ``travel`` is in mm/min. ``joint``:
    what is left of a line is two lines, one after the other, of which one is so long at the disc.
    """
    lines: list[bytes] = []
    at = (0.0, 0.0)
    feed = b"0"
    for number, line in enumerate(job.split(b"\n")):
        match = _MOVE.match(line.split(b";")[0].strip())
        named = _FEED.search(line) if line.startswith(b"G1") else None
        feed = named[1] if named is not None else feed
        if match is None:
            lines.append(line)
            continue
        to = (float(match[1]), float(match[2]))
        if match[3] is None or number < first:
            lines.append(line)
        else:
            lines += _outside(at, to, float(match[3]), (x, y, radius), (travel, feed), line, joint)
        at = to
    return b"\n".join(lines)


def _outside(
    at: tuple[float, float],
    to: tuple[float, float],
    filament: float,
    disc: tuple[float, float, float],
    feeds: tuple[int, bytes],
    line: bytes,
    joint: float,
) -> list[bytes]:
    """The line, or what of it lies before and behind the disc."""
    x, y, radius = disc
    step = (to[0] - at[0], to[1] - at[1])
    away = (at[0] - x, at[1] - y)
    square = step[0] ** 2 + step[1] ** 2
    half = step[0] * away[0] + step[1] * away[1]
    root = half**2 - square * (away[0] ** 2 + away[1] ** 2 - radius**2)
    if square == 0 or root <= 0:
        return [line]
    enter = max(0.0, (-half - math.sqrt(root)) / square)
    leave = min(1.0, (-half + math.sqrt(root)) / square)
    if enter >= 1 or leave <= 0:
        return [line]

    def place(share: float) -> bytes:
        return b"G1 X%.3f Y%.3f" % (at[0] + share * step[0], at[1] + share * step[1])

    def printed(*shares: float) -> list[bytes]:
        pairs = itertools.pairwise(shares)
        return [place(b) + b" E%.5f" % (filament * (b - a)) for a, b in pairs]

    length = math.sqrt(square)
    split = joint / length
    found = []
    if enter * length > 0.02:
        found += printed(0, *([enter - split] if 0 < split < enter / 2 else []), enter)
    found += [place(leave) + b" F%d" % feeds[0], b"G1 F" + feeds[1]]
    if (1 - leave) * length > 0.02:
        found += printed(leave, *([leave + split] if 0 < split < (1 - leave) / 2 else []), 1)
    else:
        found[-2] = place(1) + b" F%d" % feeds[0]
    return found
