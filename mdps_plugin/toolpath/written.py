"""Whether every line of the body is one that the signed slicer writes. Looks at no meaning.

Start and end block are held to the recipe's own bytes and need no writing of a slicer.
"""

from __future__ import annotations

import numpy as np

from ..findings import Finding, Where
from .blocks import Blocks
from .codes_writing import OTHER_HAND
from .collect import Collector
from .grammar import Command
from .job import Job
from .plain import read_line
from .reader import MOST_FOREIGN
from .writing import Writing

_SHOWN_BYTES = 60


def check_writing(
    job: Job, gcode: bytes, blocks: Blocks, writing: Writing, found: Collector
) -> None:
    """Refuse each line of ``job.foreign`` between start and end block; ``gcode`` has their text."""
    first = job.lines[blocks.settled] if blocks.settled < len(job) else 0
    last = job.lines[blocks.end] if blocks.end < len(job) else np.iinfo(np.int32).max
    within = job.foreign[(job.foreign >= first) & (job.foreign < last)]
    if len(job.foreign) >= MOST_FOREIGN and not len(within):
        # The reader asked no further: what follows in the body is not known.
        within = job.foreign[-1:]
    lines = _Lines(gcode)

    def finding(number: int) -> Finding:
        raw = lines.text(number)
        return Finding(
            kind=OTHER_HAND,
            where=Where(line=number),
            measured=_shown(raw.decode("ascii")),
            limit=_expected(writing, raw, number),
            facts={"slicer": writing.name},
        )

    found.add_each(within.astype(np.int64), finding)


def _shown(text: str) -> str:
    """The line; between quotes where spaces at an end are what is wrong with it."""
    if len(text) > _SHOWN_BYTES:
        return f"{text[: _SHOWN_BYTES - 3]}..."
    return text if text == text.strip(" ") else f"'{text}'"


class _Lines:
    """Lines of a file by number, asked for in rising order."""

    def __init__(self, data: bytes) -> None:
        self._data, self._line, self._at = data, 1, 0

    def text(self, number: int) -> bytes:
        while self._line < number:
            self._at = self._data.find(b"\n", self._at) + 1
            self._line += 1
        return self._data[self._at : self._data.find(b"\n", self._at)]


def _expected(writing: Writing, raw: bytes, number: int) -> str:
    """What the slicer writes in place of such a line."""
    command = read_line(raw, number)
    if not isinstance(command, Command):
        return "a comment from the first byte on"
    line = writing.line(command)
    if line is not None:
        return line
    shapes = writing.moves.get(command.word, ())
    named = {letter for letter, _ in command.values}
    if any(set(shape) == named for shape in shapes):
        digits = [f"{most} after {letter}" for letter, most in writing.decimals.items()]
        return f"digits behind the point at most {', '.join(digits)}"
    if shapes:
        return f"{command.word} with {', '.join(' '.join(shape) for shape in shapes)}"
    return f"no {command.word}" if command.word == "G0" else "fewer digits behind the point"
