"""Ring A in one pass of the kernel: the job is accepted, or there is doubt. Makes no finding.

The start and end block, the totals and the state around the body are judged here by the same
functions as in the reference; the body by the kernel. On doubt, whatever its reason, the caller
examines the job with the plain reference, which alone says what is wrong. See docs/adr/0021.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..recipes.document import FileRole, Recipe
from . import reader
from .blocks import find_blocks
from .bounds import ROUNDING_MM, ToolpathSummary, check_totals
from .canonical_copy import PIECE_BYTES, pieces, same_but_for_a_remark, same_copy
from .collect import Collector
from .grammar import SCALE
from .kernel_limits import Box, limits_of
from .kernel_link import ROW_COLUMNS, STROKE_COLUMNS, Kernel, Limits, MachineStart, Result
from .layers import Layers
from .lines import filament_area_mm2
from .reader import Job, read_job
from .start import check_end, check_start
from .trace import UNKNOWN, Machine, Trace, run

# Lines after the start block in which its modes may be repeated, and comments around the blocks.
_SPARE_COMMANDS = 64
_FRAME_LINES = 50_000
_LINE_END = 10
_STROKE_NUMBER = np.dtype(np.int32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """What lies around the body: commands before and after it, and where it lies in the bytes.

    ``job`` holds them without the body: up to ``settled`` the start block, from ``end`` on the
    end block. ``body``: first byte and the one behind the last. ``machine``: state after the start
    block. ``line``: lines of the file before the body.
    """

    job: Job
    settled: int
    end: int
    body: tuple[int, int]
    line: int
    machine: Machine

    @property
    def commands(self) -> int:
        """Canonical lines of both blocks."""
        return self.settled + len(self.job) - self.end


class Accepted:
    """A job that keeps all of ring A, as far as the job alone can show it.

    ``as_signed``: its bytes are those of the job that the recipe pins.
    """

    def __init__(
        self,
        kernel: Kernel,
        data: bytes,
        recipe: Recipe,
        frame: Frame,
        found: _Judged,
        *,
        as_signed: bool,
    ) -> None:
        """Made by :func:`accept` alone."""
        self.as_signed = as_signed
        self._kernel, self._data, self._recipe = kernel, data, recipe
        self._frame, self._judged = frame, found
        self.summary = found.summary
        self.layer_start = found.layer_start
        self.strokes = found.strokes

    @property
    def lines(self) -> int:
        """Canonical lines of the whole job."""
        return self.summary.lines

    def pieces(self) -> Iterator[memoryview]:
        """The canonical copy in order, each piece valid until the next is asked for."""
        for piece in pieces(self._kernel, self._data, self._recipe.window.lines_at_most):
            if piece is None:
                raise RuntimeError("the kernel accepted a body that it cannot write")
            yield piece

    def canonical(self) -> bytes:
        """The whole canonical copy."""
        copy = io.BytesIO()
        for piece in self.pieces():
            copy.write(piece)
        return copy.getvalue()

    def printed(self) -> tuple[Trace, Layers, Job]:
        """The printed lines as columns, their layers, and a job that knows their lines: for ring C.

        Rows of travel and rest are left out: ``index`` counts printed lines, and the job knows the
        line of each of those in the file and holds no commands. It takes a second pass: of most
        jobs nobody asks for more than the strokes.
        """
        judged = self._judged
        rows = np.empty((judged.result.printed, ROW_COLUMNS), dtype=np.int64)
        given = (self._kernel, self._data, self._frame, judged.limits)
        _judge(*given, len(self.layer_start), rows=rows)
        every = np.ones(len(rows), dtype=np.bool_)
        trace = Trace(
            index=np.arange(len(rows)),
            begin=rows[:, 3:6],
            end=rows[:, 6:9],
            filament=rows[:, 9],
            feed=rows[:, 10],
            planar=every,
            vertical=~every,
            feeding=every,
            kept=rows[:, 11:14],
            kept_row=np.arange(len(rows), dtype=np.int32),
        )
        layer = rows[:, 2]
        printed = np.searchsorted(layer, np.arange(len(self.layer_start)))
        layers = Layers(of_move=layer, start=self.layer_start, printed=printed)
        return trace, layers, _lines_only(rows)


def _lines_only(rows: npt.NDArray[np.int64]) -> Job:
    """A job that knows the line of each printed command and nothing else."""
    return Job(
        word=np.zeros(0, dtype=np.int16),
        letters=np.zeros(0, dtype=np.uint32),
        first=np.zeros(0, dtype=np.int64),
        values=np.zeros(0, dtype=np.int64),
        bare=frozenset(),
        source=rows[:, 1],
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Judged:
    """What the kernel said of an accepted body."""

    limits: Limits
    result: Result
    layer_start: tuple[int, ...]
    summary: ToolpathSummary
    strokes: npt.NDArray[np.int32] | None


def accept(
    kernel: Kernel | None,
    gcode: bytes,
    recipe: Recipe,
    files: Mapping[str, bytes],
    box: Box | None,
    reslice: bytes | None,
    *,
    with_strokes: bool = False,
) -> Accepted | None:
    """The job, if ring A finds nothing and its canonical copy is that of ``reslice``; None: doubt.

    ``gcode``: bytes, or a mapped file that nobody can write meanwhile: it is read several times.
    ``box``: of the placed model. ``reslice``: None where ring B is not asked for. A job that the
    recipe pins is compared as well. ``with_strokes``: ring C will be asked for, so
    that the one pass over the bytes keeps the printed lines in short (kernel.h).
    """
    if kernel is None or not gcode or len(gcode) > reader.MAX_FILE_BYTES:
        return None
    limits = limits_of(recipe, box)
    frame = find_frame(gcode, recipe, files) if limits is not None else None
    if limits is None or frame is None:
        return None
    judged = _judge_job(kernel, gcode, recipe, frame, limits, with_strokes)
    if judged is None:
        return None
    pinned = recipe.file(FileRole.JOB_GCODE)
    signed = None if pinned is None else files.get(pinned.name, b"")
    # The same bytes have the same copy.
    as_signed = gcode == signed
    most = recipe.window.lines_at_most
    for other in (reslice, None if as_signed else signed):
        if other is None or gcode == other or same_but_for_a_remark(gcode, other):
            continue
        if not same_copy(kernel, gcode, other, most):
            return None
    return Accepted(kernel, gcode, recipe, frame, judged, as_signed=as_signed)


def find_frame(gcode: bytes, recipe: Recipe, files: Mapping[str, bytes]) -> Frame | None:
    """Start and end block, judged by the reference; None if anything about them is in doubt."""
    wanted = [
        _count(files.get(pinned.name, b"")) if pinned is not None else 0
        for pinned in (recipe.file(FileRole.START_GCODE), recipe.file(FileRole.END_GCODE))
    ]
    head_end = _end_of_head(gcode, wanted[0] + _SPARE_COMMANDS)
    tail_begin = _begin_of_tail(gcode, wanted[1])
    if head_end is None or tail_begin is None or head_end > tail_begin:
        return None
    found = Collector()
    # The first lines of the body come along: the start block ends where one is no mode of it.
    around = gcode[:head_end] + gcode[tail_begin:]
    job = read_job(around, recipe.window.lines_at_most, found)
    blocks = find_blocks(job, recipe, files, found) if job is not None else None
    if job is None or blocks is None or blocks.end != wanted[0] + _SPARE_COMMANDS:
        return None
    if blocks.settled >= blocks.end:
        return None
    machine = Machine()
    run(job, 0, blocks.settled, machine)
    check_start(machine, recipe.window, found)
    if found.count:
        return None
    line = job.lines[blocks.settled] - 1
    return Frame(
        job=job,
        settled=blocks.settled,
        end=blocks.end,
        body=(_offset_of(gcode, line), tail_begin),
        line=line,
        machine=machine,
    )


def _holds_command(gcode: bytes, begin: int, end: int) -> bool:
    return bool(gcode[begin : min(end, begin + 1024)].split(b";", 1)[0].rstrip(b" "))


def _count(block: bytes) -> int:
    """Commands of a pinned block; a number for a block that is none does no harm."""
    return sum(bool(line.split(b";", 1)[0].rstrip(b" ")) for line in block.split(b"\n"))


def _end_of_head(gcode: bytes, commands: int) -> int | None:
    """Offset behind the first ``commands`` lines with a command."""
    at = 0
    for _ in range(_FRAME_LINES):
        end = gcode.find(b"\n", at)
        if end < 0:
            return None
        commands -= _holds_command(gcode, at, end)
        at = end + 1
        if commands == 0:
            return at
    return None


def _begin_of_tail(gcode: bytes, commands: int) -> int | None:
    """Offset of the last ``commands`` lines with a command and the comments among them."""
    end = len(gcode) - 1
    for _ in range(_FRAME_LINES):
        begin = gcode.rfind(b"\n", 0, end) + 1
        commands -= _holds_command(gcode, begin, end)
        end = begin - 1
        if commands <= 0 or end < 0:
            return begin if commands == 0 else None
    return None


def _offset_of(gcode: bytes, lines: int) -> int:
    at = 0
    for _ in range(lines):
        at = gcode.find(b"\n", at) + 1
    return at


def _judge_job(
    kernel: Kernel, gcode: bytes, recipe: Recipe, frame: Frame, limits: Limits, with_strokes: bool
) -> _Judged | None:
    window = recipe.window
    limits.commands_at_most = window.lines_at_most - frame.commands
    lines = reader.LINES_PER_COMMAND * window.lines_at_most + reader.SPARE_LINES
    limits.lines_at_most = lines - frame.line - gcode[frame.body[1] :].count(b"\n")
    highest = recipe.envelope.size_z_mm.maximum + window.layer_height_mm / 2 + ROUNDING_MM
    starts = np.zeros(int(highest / window.layer_height_mm) + 4, dtype=np.int64)
    strokes = _room_for_strokes(gcode, frame, limits) if with_strokes else None
    result = _judge(kernel, gcode, frame, limits, starts, strokes=strokes)
    if not result.accepted or result.high[2] / SCALE > highest:
        return None
    found = Collector()
    _finish(frame, result, found)
    summary = _summary(result, recipe, frame)
    if summary is None:
        return None
    check_totals(summary, window, found)
    if found.count:
        return None
    layer_start = tuple(int(start) for start in starts[: result.layers])
    return _Judged(
        limits=limits,
        result=result,
        layer_start=layer_start,
        summary=summary,
        strokes=None if strokes is None else strokes[: result.printed],
    )


def _room_for_strokes(gcode: bytes, frame: Frame, limits: Limits) -> npt.NDArray[np.int32]:
    """A stroke for each line of the body: only those that are written take memory.

    More lines than commands are allowed are comments, or refused. The lines are counted only where
    as many strokes as are allowed would be more than the body itself.
    """
    most = max(0, limits.commands_at_most)
    body = np.frombuffer(gcode, dtype=np.uint8)[slice(*frame.body)]
    if most * STROKE_COLUMNS * _STROKE_NUMBER.itemsize > len(body):
        # Piece by piece, in the cache; bytes.count takes five times as long for lines this short.
        pieces_ = (body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES))
        most = min(most, sum(int(np.count_nonzero(piece == _LINE_END)) for piece in pieces_))
    return np.empty((most, STROKE_COLUMNS), dtype=_STROKE_NUMBER)


def _judge(
    kernel: Kernel,
    gcode: bytes,
    frame: Frame,
    limits: Limits,
    starts: npt.NDArray[np.int64] | int,
    rows: npt.NDArray[np.int64] | None = None,
    strokes: npt.NDArray[np.int32] | None = None,
) -> Result:
    data = np.frombuffer(gcode, dtype=np.uint8)
    if isinstance(starts, int):
        starts = np.zeros(starts, dtype=np.int64)
    room = min((len(kept) for kept in (rows, strokes) if kept is not None), default=0)
    machine = frame.machine
    start = MachineStart(
        *machine.position,
        *(machine.extruder, machine.feed, machine.nozzle, machine.bed, machine.fan),
        *(frame.settled, frame.line),
    )
    return kernel.judge(
        (data.ctypes.data, len(data)),
        frame.body,
        limits,
        start,
        (starts.ctypes.data, len(starts)),
        (
            None if rows is None else rows.ctypes.data,
            None if strokes is None else strokes.ctypes.data,
            room,
        ),
    )


def _finish(frame: Frame, result: Result, found: Collector) -> None:
    """The state after the end block; of the body it depends on the heaters alone."""
    machine = Machine(nozzle=result.nozzle, bed=result.bed)
    run(frame.job, frame.end, len(frame.job), machine)
    check_end(machine, found)


def _summary(result: Result, recipe: Recipe, frame: Frame) -> ToolpathSummary | None:
    """As bounds.summarise; None if another order of adding could round the time otherwise."""
    commands = frame.commands + result.commands
    # Adding n numbers in any order errs by less than n roundings of the sum (Higham 2002, 4.2).
    error = 2 * (commands + 64) * 2.0**-53 * result.seconds + 1e-9
    seconds = {round(result.seconds + side, 1) for side in (-error, error)}
    if len(seconds) != 1:
        return None
    filament = result.filament / SCALE
    rules = [rule for rule in recipe.window.temperatures if rule.from_layer < result.layers]
    fan = [value for value in range(len(result.fan_seen)) if result.fan_seen[value]]
    return ToolpathSummary(
        extents_mm=(_corner(result.low), _corner(result.high)),
        filament_mm=round(filament, 5),
        volume_mm3=round(filament * filament_area_mm2(recipe), 4),
        estimated_s=seconds.pop(),
        layers=result.layers,
        lines=commands,
        nozzle_c=_values(rule.nozzle_c for rule in rules),
        bed_c=_values(rule.bed_c for rule in rules),
        fan=tuple(float(value) for value in fan),
        max_speed_mm_s=round(result.max_feed / SCALE / 60, 3),
    )


def _corner(values: Sequence[int]) -> tuple[float, float, float]:
    x, y, z = (round(value / SCALE, 5) for value in values)
    return x, y, z


def _values(temperatures: Iterator[float]) -> tuple[float, ...]:
    scaled = {round(value * SCALE) for value in temperatures}
    return tuple(value / SCALE for value in sorted(scaled) if value != UNKNOWN)
