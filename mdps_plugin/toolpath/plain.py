"""The slow, plain reference of reading a file: line by line, with :mod:`.grammar`.

:mod:`.reader` gives the same commands, lines and findings for every file, many times as fast; it
asks this file for each line that it does not surely understand.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..findings import Finding, Where
from .codes_writing import LINE_TOO_LONG, TOO_MANY_LINES
from .collect import Collector
from .grammar import Command, LineFault, parse_command
from .writing import Writing

MAX_COMMAND_LINE_BYTES = 256
# PrusaSlicer writes its settings as comments, a whole start block in one of them.
MAX_COMMENT_LINE_BYTES = 65_536


def read_line(raw: bytes, number: int) -> Command | Finding | None:
    """One line without its LF: a command, what is wrong with it, or None if it holds no command.

    Comments (from ``;`` to the end of the line) are dropped here and seen by nothing that decides.
    """
    text = raw.split(b";", 1)[0].rstrip(b" ").decode("ascii")
    longest = MAX_COMMAND_LINE_BYTES if text else MAX_COMMENT_LINE_BYTES
    if len(raw) > longest:
        return too_long(len(raw), longest, number)
    if not text:
        return None
    command = parse_command(text)
    return _line_finding(command, number) if isinstance(command, LineFault) else command


def read_lines(
    lines: Iterable[bytes],
    first: int,
    room: int,
    limit: int,
    found: Collector,
    writing: Writing | None = None,
) -> tuple[list[tuple[int, Command]], list[int]] | None:
    """Commands with their line, counted on from ``first``; None where more than ``room`` follow.

    ``limit`` is what the finding then names. Beside them the lines, of those that can be read, that
    the slicer of ``writing`` would not have written.
    """
    commands: list[tuple[int, Command]] = []
    foreign: list[int] = []
    for number, raw in enumerate(lines, start=first):
        read = read_line(raw, number)
        if isinstance(read, Finding):
            found.add(read)
            continue
        if read is not None:
            if len(commands) == room:
                found.add(too_many(number, limit, "commands"))
                return None
            commands.append((number, read))
        if writing is not None and not writing.wrote(raw, read):
            foreign.append(number)
    return commands, foreign


def too_many(line: int, limit: int, unit: str) -> Finding:
    """More lines or commands than a recipe allows."""
    return Finding(kind=TOO_MANY_LINES, where=Where(line=line), limit=limit, unit=unit)


def too_long(length: int, limit: int, line: int) -> Finding:
    """A line that a printer may cut off, or that no slicer writes."""
    return Finding(
        kind=LINE_TOO_LONG, where=Where(line=line), measured=length, limit=limit, unit="bytes"
    )


def _line_finding(fault: LineFault, line: int) -> Finding:
    return Finding(
        kind=fault.kind,
        where=Where(line=line),
        measured=fault.measured,
        limit=fault.limit,
        unit=fault.unit,
    )
