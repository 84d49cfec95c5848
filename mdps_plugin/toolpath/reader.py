"""Bytes of a file to the commands of a job, with the line each came from. Knows no recipe.

Comments (from ``;`` to the end of the line) are dropped here and seen by nothing that decides.
The whole file is printable ASCII with LF line ends; anything else is a finding with its line.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..findings import Finding, Where
from .codes import (
    CARRIAGE_RETURN,
    EMPTY,
    LINE_TOO_LONG,
    NOT_TEXT,
    TOO_LARGE,
    TOO_MANY_LINES,
    TRUNCATED,
)
from .collect import Collector
from .grammar import Command, LineFault, emit, parse_command

MAX_FILE_BYTES = 300 * 1024 * 1024
MAX_COMMAND_LINE_BYTES = 256
# PrusaSlicer writes its settings as comments, a whole start block in one of them.
MAX_COMMENT_LINE_BYTES = 65_536
LINES_PER_COMMAND = 3
SPARE_LINES = 10_000

_NOT_PLAIN = re.compile(rb"[^\r\n -~]")


@dataclass(frozen=True, kw_only=True)
class Job:
    """Commands of a file and, for each, its line in that file, counted from 1."""

    commands: Sequence[Command]
    lines: Sequence[int]

    def text(self, index: int) -> str:
        """Canonical line ``index`` without its line end."""
        return emit(self.commands[index])

    def canonical(self) -> bytes:
        """The canonical job: what is streamed and what the planned digest covers."""
        return "".join([emit(command) + "\n" for command in self.commands]).encode("ascii")


def read_job(data: bytes, lines_at_most: int, found: Collector) -> Job | None:
    """Every command of ``data``; None if a finding was added that makes reading on useless."""
    if not _plain_bytes(data, found) or not _few_lines(data, lines_at_most, found):
        return None
    commands: list[Command] = []
    lines: list[int] = []
    faults = 0
    for number, ended in enumerate(io.BytesIO(data), start=1):
        raw = ended[:-1]
        text = raw.split(b";", 1)[0].rstrip(b" ").decode("ascii")
        longest = MAX_COMMAND_LINE_BYTES if text else MAX_COMMENT_LINE_BYTES
        if len(raw) > longest:
            found.add(_too_long(len(raw), longest, number))
            faults += 1
        elif text:
            command = parse_command(text)
            if isinstance(command, LineFault):
                found.add(_line_finding(command, number))
                faults += 1
            elif len(commands) == lines_at_most:
                found.add(_too_many(number, lines_at_most, "commands"))
                return None
            else:
                commands.append(command)
                lines.append(number)
    if not commands and not faults:
        found.add(Finding(kind=EMPTY, measured=len(data), unit="bytes"))
    return Job(commands=commands, lines=lines) if commands and not faults else None


def _plain_bytes(data: bytes, found: Collector) -> bool:
    """Whether lines can be told apart at all."""
    if not data:
        found.add(Finding(kind=EMPTY, measured=0, unit="bytes"))
        return False
    if len(data) > MAX_FILE_BYTES:
        found.add(Finding(kind=TOO_LARGE, measured=len(data), limit=MAX_FILE_BYTES, unit="bytes"))
        return False
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
        return False
    returns = data.count(b"\r")
    if returns:
        line = data.count(b"\n", 0, data.index(b"\r")) + 1
        found.add(Finding(kind=CARRIAGE_RETURN, where=Where(line=line), measured=returns))
        return False
    if not data.endswith(b"\n"):
        line = data.count(b"\n") + 1
        last = len(data) - (data.rfind(b"\n") + 1)
        found.add(Finding(kind=TRUNCATED, where=Where(line=line)))
        if last > MAX_COMMENT_LINE_BYTES:
            found.add(_too_long(last, MAX_COMMENT_LINE_BYTES, line))
        return False
    return True


def _few_lines(data: bytes, lines_at_most: int, found: Collector) -> bool:
    """Bound the work before it begins; a slicer writes fewer comments than commands."""
    limit = LINES_PER_COMMAND * lines_at_most + SPARE_LINES
    if data.count(b"\n") <= limit:
        return True
    found.add(_too_many(limit + 1, limit, "lines with comments"))
    return False


def _too_many(line: int, limit: int, unit: str) -> Finding:
    return Finding(kind=TOO_MANY_LINES, where=Where(line=line), limit=limit, unit=unit)


def _too_long(length: int, limit: int, line: int) -> Finding:
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
