"""Bytes of a file to the commands of a job, with the line each came from. Knows no recipe.

Comments (from ``;`` to the end of the line) are dropped here and seen by nothing that decides.
The whole file is printable ASCII with LF line ends; anything else is a finding with its line.
Lines are read many at once (:mod:`.columns`); what that does not surely understand, and every
line that is wrong, is read by the plain reference (:mod:`.plain`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..findings import Finding, Where
from .codes_writing import CARRIAGE_RETURN, EMPTY, NOT_TEXT, TOO_LARGE, TRUNCATED
from .collect import Collector
from .columns import Chunk, read_chunk
from .grammar import Command
from .job import Job
from .merge import Gathered, chunk_of_commands, with_odd_lines
from .plain import (
    MAX_COMMAND_LINE_BYTES,
    MAX_COMMENT_LINE_BYTES,
    read_line,
    read_lines,
    too_long,
    too_many,
)
from .writing import Writing

__all__ = ["Job", "read_job"]

MAX_FILE_BYTES = 300 * 1024 * 1024
LINES_PER_COMMAND = 3
SPARE_LINES = 10_000
# More lines of another hand than the kernel lets lie about both blocks (one_pass.py): from here on
# the job is refused whatever follows, and nobody is asked about further lines.
MOST_FOREIGN = 110_000
# Columns of one chunk stay in the cache of a core.
CHUNK_BYTES = 1 << 17

_NOT_PLAIN = re.compile(rb"[^\r\n -~]")


def read_job(
    data: bytes,
    lines_at_most: int,
    found: Collector,
    *,
    plainly: bool = False,
    writing: Writing | None = None,
) -> Job | None:
    """Every command of ``data``; None if a finding was added that makes reading on useless.

    ``plainly`` leaves every line to the reference: the same job and findings, slowly. With
    ``writing`` the job says which lines that slicer would not have written; that is no finding yet.
    """
    read = _read_plainly if plainly else _read
    if not _plain_bytes(data, found) or not _few_lines(data, lines_at_most, found):
        return None
    before = found.count
    gathered = Gathered()
    for begin, stop in _chunks(data):
        room = lines_at_most - gathered.commands
        asked = writing if gathered.foreign < MOST_FOREIGN else None
        piece = read(data[begin:stop], gathered.lines, room, lines_at_most, found, asked)
        if piece is None:
            return None
        gathered.add(*piece)
    if not gathered.commands and found.count == before:
        found.add(Finding(kind=EMPTY, measured=len(data), unit="bytes"))
    return gathered.job() if found.count == before else None


def _read(
    raw: bytes, lines: int, room: int, limit: int, found: Collector, writing: Writing | None
) -> tuple[Chunk, list[int]] | None:
    """Whole lines, the first of which is number ``lines`` + 1; None if ``room`` is too small.

    The numbers are those of :meth:`.merge.Gathered.add`.
    """
    if len(raw) > 2 * CHUNK_BYTES:
        # One line, longer than any that is read: nothing is gained from columns.
        return _read_plainly(raw, lines, room, limit, found, writing)
    chunk = read_chunk(raw, MAX_COMMAND_LINE_BYTES, writing)
    if len(chunk.line) + len(chunk.odd) > room:
        return _read_plainly(raw, lines, room, limit, found, writing)
    if not len(chunk.odd) and not len(chunk.unsure):
        return chunk, []
    all_lines = raw.split(b"\n")
    commands: list[tuple[int, Command]] = []
    foreign: list[int] = []
    for line in chunk.odd.tolist():
        read = read_line(all_lines[line], lines + line + 1)
        if isinstance(read, Finding):
            found.add(read)
            continue
        if read is not None:
            commands.append((line, read))
        if writing is not None and not writing.wrote(all_lines[line], read):
            foreign.append(line)
    if writing is not None:
        foreign += [line for line in chunk.unsure.tolist() if _is_foreign(all_lines[line], writing)]
    return with_odd_lines(chunk, commands), sorted(foreign)


def _is_foreign(raw: bytes, writing: Writing) -> bool:
    """Whether another hand wrote a line that the columns have understood."""
    read = read_line(raw, 0)
    return isinstance(read, Finding) or not writing.wrote(raw, read)


def _read_plainly(
    raw: bytes, lines: int, room: int, limit: int, found: Collector, writing: Writing | None
) -> tuple[Chunk, list[int]] | None:
    all_lines = raw.split(b"\n")[:-1]
    read = read_lines(all_lines, lines + 1, room, limit, found, writing)
    if read is None:
        return None
    commands = [(number - lines - 1, command) for number, command in read[0]]
    return chunk_of_commands(commands, len(all_lines)), [number - lines - 1 for number in read[1]]


def _chunks(data: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of pieces of whole lines; ``data`` ends in a line end."""
    begin = 0
    while begin < len(data):
        stop = data.rfind(b"\n", begin, begin + CHUNK_BYTES) + 1
        if stop == 0:
            stop = data.index(b"\n", begin) + 1
        yield begin, stop
        begin = stop


def _plain_bytes(data: bytes, found: Collector) -> bool:
    """Whether lines can be told apart at all."""
    if not data:
        found.add(Finding(kind=EMPTY, measured=0, unit="bytes"))
        return False
    if len(data) > MAX_FILE_BYTES:
        found.add(Finding(kind=TOO_LARGE, measured=len(data), limit=MAX_FILE_BYTES, unit="bytes"))
        return False
    if not _only_text(np.frombuffer(data, dtype=np.uint8)):
        _name_byte(data, found)
        return False
    if not data.endswith(b"\n"):
        line = data.count(b"\n") + 1
        last = len(data) - (data.rfind(b"\n") + 1)
        found.add(Finding(kind=TRUNCATED, where=Where(line=line)))
        if last > MAX_COMMENT_LINE_BYTES:
            found.add(too_long(last, MAX_COMMENT_LINE_BYTES, line))
        return False
    return True


def _only_text(data: npt.NDArray[np.uint8]) -> bool:
    """Whether every byte is printable ASCII or a line feed."""
    for begin in range(0, len(data), CHUNK_BYTES):
        part = data[begin : begin + CHUNK_BYTES]
        # Unsigned: what lies below a space turns into a large number.
        other = (part - np.uint8(32)) > 126 - 32
        if np.count_nonzero(other) != np.count_nonzero(part == ord("\n")):
            return False
    return True


def _name_byte(data: bytes, found: Collector) -> None:
    match = _NOT_PLAIN.search(data)
    if match is not None:
        found.add(
            Finding(
                kind=NOT_TEXT,
                where=Where(line=data.count(b"\n", 0, match.start()) + 1),
                measured=f"0x{data[match.start()]:02x}",
                limit="plain ASCII text and line feeds only",
            )
        )
        return
    line = data.count(b"\n", 0, data.index(b"\r")) + 1
    found.add(Finding(kind=CARRIAGE_RETURN, where=Where(line=line), measured=data.count(b"\r")))


def _few_lines(data: bytes, lines_at_most: int, found: Collector) -> bool:
    """Bound the work before it begins; a slicer writes fewer comments than commands."""
    limit = LINES_PER_COMMAND * lines_at_most + SPARE_LINES
    if data.count(b"\n") <= limit:
        return True
    found.add(too_many(limit + 1, limit, "lines with comments"))
    return False
