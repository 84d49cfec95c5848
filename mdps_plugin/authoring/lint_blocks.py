"""Start and end code as a signer must see it: no calibration, no change of stored settings.

Looks at the two pinned blocks, and at every block of code inside the slicer settings: an author who
changed one and forgot the other would sign a recipe whose jobs are all refused, or worse.

What a printer keeps must be what qualification found (row 36 of docs/clauses.md). A job that
probes the bed, tunes the heater or writes to EEPROM makes another printer of it. Words are those
of the Marlin 2.1 command reference. Runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..findings import Finding, Where
from ..recipes.document import FileRole, Recipe
from ..recipes.parse_process import ALLOWED_COMMANDS
from ..toolpath.blocks import FACTOR_PERCENT, FACTORS, MAX_BLOCK_LINES, sets_whole_percent
from ..toolpath.collect import Collector
from ..toolpath.reader import Job, read_job
from . import codes

#: Probing, levelling, tuning: they measure the printer and keep what they find.
_CALIBRATION = (
    *("G29", "G30", "G32", "G33", "G34", "G35", "G38", "G42", "G76", "G425"),
    *("M48", "M303", "M306", "M420", "M421", "M422", "M423", "M425", "M428", "M665", "M666"),
    *("M851", "M852", "M871", "M290", "M206", "M201", "M203", "M205", "M92", "M301", "M304"),
    *("M218", "M350", "M404", "M603", "M900", "M906", "M907", "M913", "M914", "M569"),
)
#: Storing, loading and resetting of settings.
_STORAGE = ("M500", "M501", "M502", "M503", "M504")
CALIBRATES = frozenset((*_CALIBRATION, *_STORAGE))

#: Settings that hold code, of PrusaSlicer and CuraEngine; a line end is two signs there.
_CODE = re.compile(r"(?:[a-z0-9_]+_)?gcode|machine_extruder_(?:start|end)_code")
_WORD = re.compile(r"\s*(?:N\d+\s*)?([GM])0*(\d{1,4})(?:\.\d+)?(?!\d)", re.ASCII | re.IGNORECASE)


def check_blocks(
    recipe: Recipe, files: Mapping[str, bytes], settings: Mapping[str, str]
) -> Iterable[Finding]:
    """Start and end block of the bundle, and the blocks inside ``settings`` (may be empty)."""
    for role in (FileRole.START_GCODE, FileRole.END_GCODE):
        pinned = recipe.file(role)
        data = files.get(pinned.name) if pinned is not None else None
        if pinned is not None and data is not None:
            yield from check_block(data, pinned.name)
    for name, value in settings.items():
        if _CODE.fullmatch(name) is not None:
            yield from _inside(name, value)


def _inside(name: str, value: str) -> Iterable[Finding]:
    """Calibrating words in a block of the settings, which may hold words of the slicer's own."""
    for number, text in enumerate(value.strip('"').split("\\n"), start=1):
        match = _WORD.match(text)
        if match is not None and f"{match[1].upper()}{match[2]}" in CALIBRATES:
            where = Where(path=name, line=number)
            yield Finding(kind=codes.CALIBRATES, where=where, measured=text.strip()[:80])


def check_block(data: bytes, name: str) -> Iterable[Finding]:
    """One block of G-code by the file name that findings show."""
    found = Collector()
    job = read_job(data, MAX_BLOCK_LINES, found)
    if job is None:
        for reason in found.result():
            yield Finding(
                kind=codes.BLOCK_UNREADABLE,
                where=Where(path=name, line=reason.where.line),
                measured=f"{reason.code}: {reason.observed()}",
                limit=reason.allowed(),
            )
        return
    yield from _words(job, name)


def _words(job: Job, name: str) -> Iterable[Finding]:
    for index, command in enumerate(job.commands):
        where = Where(path=name, line=job.lines[index])
        if command.word in CALIBRATES:
            yield Finding(kind=codes.CALIBRATES, where=where, measured=job.text(index))
        elif command.word not in ALLOWED_COMMANDS:
            allowed = f"only: {', '.join(ALLOWED_COMMANDS)}"
            yield Finding(
                kind=codes.BLOCK_UNUSUAL, where=where, measured=job.text(index), limit=allowed
            )
        elif command.word in FACTORS and not sets_whole_percent(command):
            low, high = FACTOR_PERCENT
            allowed = f"one whole percentage from {low} to {high}, as {command.word} S100"
            yield Finding(
                kind=codes.BLOCK_FACTOR, where=where, measured=job.text(index), limit=allowed
            )
