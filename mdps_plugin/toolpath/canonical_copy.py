"""The canonical copy of a job, written by the kernel piece by piece: never twice in memory.

Gives what ``reader.Job.canonical`` gives, or nothing at all: what the kernel does not take for a
job is left to the reference. Compares copies without keeping them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

import numpy as np

from . import reader
from .kernel_link import Cursor, Kernel

PIECE_BYTES = 1 << 18
# A comment that no reader minds, much shorter than a line may be.
_REMARK = re.compile(rb";[ -~]{0,250}\n")


def pieces(kernel: Kernel, data: bytes, lines_at_most: int) -> Iterator[memoryview | None]:
    """Pieces of the copy in order, each valid until the next is asked for; None: no job, stop.

    A piece holds whole lines and depends on the bytes before it alone, not on comments in them.
    """
    if not data or len(data) > reader.MAX_FILE_BYTES:
        yield None
        return
    given = np.frombuffer(data, dtype=np.uint8)
    room = np.empty(PIECE_BYTES, dtype=np.uint8)
    cursor = Cursor()
    while cursor.offset < len(given):
        written = kernel.canonical(
            (given.ctypes.data, len(given)), cursor, (room.ctypes.data, len(room))
        )
        if (
            cursor.refused
            or cursor.commands > lines_at_most
            or cursor.lines > _most_lines(lines_at_most)
        ):
            yield None
            return
        if written:
            yield room[:written].data
    if cursor.commands == 0:
        yield None


def _most_lines(lines_at_most: int) -> int:
    return reader.LINES_PER_COMMAND * lines_at_most + reader.SPARE_LINES


def same_but_for_a_remark(one: bytes, other: bytes) -> bool:
    """Whether two files are the same behind their first lines, and those are comments in both.

    If ``one`` is a job, then so is ``other``, and their canonical copies are equal. A slicer writes
    the time there, so that two slicings of a model are never quite the same bytes.
    """
    heads = _REMARK.match(one), _REMARK.match(other)
    if heads[0] is None or heads[1] is None or len(other) > reader.MAX_FILE_BYTES:
        return False
    mine = np.frombuffer(one, dtype=np.uint8)[heads[0].end() :]
    theirs = np.frombuffer(other, dtype=np.uint8)[heads[1].end() :]
    # Piece by piece, in the cache, without a copy of either.
    places = (slice(at, at + PIECE_BYTES) for at in range(0, len(mine), PIECE_BYTES))
    return len(mine) == len(theirs) and all(
        np.array_equal(mine[place], theirs[place]) for place in places
    )


def same_copy(kernel: Kernel, one: bytes, other: bytes, lines_at_most: int) -> bool:
    """Whether both are jobs and their canonical copies are equal, byte for byte."""
    pairs = zip_longest(
        pieces(kernel, one, lines_at_most), pieces(kernel, other, lines_at_most), fillvalue=None
    )
    # Pieces end after the same lines in both: they depend on what was written alone.
    return all(mine is not None and theirs is not None and mine == theirs for mine, theirs in pairs)
