"""The memory card: files with their 8.3 names, and the reader that the firmware has for one.

A card belongs to the machine and survives resets and power cuts; a :class:`CardReader` is what one
run of the firmware knows of it. Says nothing to the host; commands_card.py does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .receiver import edit, without_number

_STAMP = 0x5D774240
_LINE = re.compile(rb"[\r\n]")


@dataclass(frozen=True)
class CardFile:
    """One file: 8.3 name, long name, bytes, FAT date and time as one number."""

    name: str
    long_name: str
    data: bytes
    stamp: int = _STAMP


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What power-loss recovery keeps of a print: targets in Celsius, place in mm, byte offset."""

    file: str
    offset: int
    bed_c: float
    nozzle_c: float
    position: tuple[float, float, float, float]
    feed_mm_s: float
    relative: bool
    relative_e: bool


@dataclass
class Card:
    """Files in the order of their directory entries."""

    files: list[CardFile] = field(default_factory=list)
    checkpoint: Checkpoint | None = None

    def find(self, name: str) -> CardFile | None:
        """By 8.3 name or long name, case ignored; a leading slash is allowed."""
        wanted = name.strip().lstrip("/").upper()
        for file in self.files:
            if wanted in (file.name, file.long_name.upper()):
                return file
        return None

    def put(self, long_name: str, data: bytes) -> CardFile:
        """Write a whole file; one of the same name is replaced."""
        old = self.find(long_name)
        if old is not None:
            self.files.remove(old)
        taken = {file.name for file in self.files}
        file = CardFile(short_name(long_name, taken), long_name, data)
        self.files.append(file)
        return file

    def delete(self, name: str) -> bool:
        """True if there was such a file."""
        file = self.find(name)
        if file is not None:
            self.files.remove(file)
        return file is not None


def short_name(long_name: str, taken: Iterable[str] = ()) -> str:
    """The 8.3 name a FAT card gives: ``A Longer Name.gcode`` becomes ``ALONGE~1.GCO``."""
    stem, dot, ending = long_name.upper().rpartition(".")
    if not dot:
        stem, ending = ending, ""
    plain = re.sub(r"[^A-Z0-9_\-]", "", stem) or "FILE"
    tail = "." + re.sub(r"[^A-Z0-9]", "", ending)[:3] if ending else ""
    fits = plain == stem and len(plain) <= 8 and len(ending) <= 3
    if fits and plain + tail not in taken:
        return plain + tail
    number = 1
    while (name := f"{plain[: 7 - len(str(number))]}~{number}{tail}") in set(taken):
        number += 1
    return name


def load_card(folder: Path) -> Card:
    """A card with the G-code files of ``folder`` (``.gco``, ``.gcode``, ``.g``), by name.

    OSError if the folder or a file cannot be read.
    """
    card = Card()
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in (".gco", ".gcode", ".g") and path.is_file():
            card.put(path.name, path.read_bytes())
    return card


class CardReader:
    """The firmware's side: what is mounted, selected, printed, written."""

    def __init__(self, card: Card | None, line_chars: int) -> None:
        """``card`` is what sits in the slot; mounted from the start if there is one."""
        self.card = card
        self.line_chars = line_chars
        self.mounted = card is not None
        self.file: CardFile | None = None
        self.offset = 0
        self.printing = False
        self.ending = False
        self.ready_at = 0.0
        self.writing: str | None = None
        self.written = bytearray()
        self.logging = False

    def select(self, name: str) -> CardFile | None:
        """Open a file for reading; None if there is none."""
        self.file = self.card.find(name) if self.card is not None and self.mounted else None
        self.offset = 0
        self.printing = self.ending = False
        return self.file

    def close(self) -> None:
        """Nothing is selected, nothing is printed."""
        self.file = None
        self.offset = 0
        self.printing = self.ending = False

    def next_line(self) -> str | None:
        """The next command of the file, any mixture of line ends; None at the end."""
        while self.file is not None and self.offset < len(self.file.data):
            data = self.file.data
            match = _LINE.search(data, self.offset)
            end = match.start() if match else len(data)
            raw = data[self.offset : end]
            self.offset = min(end + 1, len(data))
            text = edit(raw, self.line_chars - 1)
            if text:
                return without_number(text)
        return None

    def write_line(self, command: str) -> None:
        """One command into the file that is being written."""
        self.written += command.encode("latin-1", "replace") + b"\r\n"

    def end_writing(self) -> None:
        """Put the written file on the card."""
        if self.card is not None and self.writing is not None:
            self.card.put(self.writing, bytes(self.written))
        self.writing = None
        self.logging = False
        self.written.clear()
