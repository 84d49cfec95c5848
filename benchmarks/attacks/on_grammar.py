"""Lines that a checker and a printer may read differently, and files that are no plain text.

On G-code. Each trick takes one printed line and writes it, or something beside it, in a way that
some firmware, host or library reads as another command (Marlin 2.1 parser.cpp and queue.cpp).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

from .attack import Attack, Spoilt, Subject
from .job import Move, number

#: Name to what is written instead of the line ``t`` of a move to ``x``, ``y`` with ``e``.
_LINES: Mapping[str, Callable[[str, str, str, str], str]] = {
    "lower case": lambda t, x, y, e: t.lower(),
    "exponent": lambda t, x, y, e: f"G1 X{x} Y{y} E1e-2",
    "exponent capital": lambda t, x, y, e: f"G1 X{x} Y{y} E1E2",
    "plus sign": lambda t, x, y, e: f"G1 X+{x} Y{y} E{e}",
    "two signs": lambda t, x, y, e: f"G1 X--{x} Y{y} E{e}",
    "two points": lambda t, x, y, e: f"G1 X1.2.3 Y{y} E{e}",
    "hexadecimal": lambda t, x, y, e: f"G1 X0x7F Y{y} E{e}",
    "not a number": lambda t, x, y, e: f"G1 Xnan Y{y} E{e}",
    "infinite": lambda t, x, y, e: f"G1 Xinf Y{y} E{e}",
    "twenty digits": lambda t, x, y, e: f"G1 X12345678901234567890 Y{y} E{e}",
    "many decimals": lambda t, x, y, e: f"G1 X{x} Y{y} E{e}0000000001",
    "trailing point": lambda t, x, y, e: f"G1 X{int(float(x))}. Y{y} E{e}",
    "leading zeros": lambda t, x, y, e: f"G1 X000{x} Y{y} E{e}",
    "comma": lambda t, x, y, e: f"G1 X{x.replace('.', ',')} Y{y} E{e}",
    "repeated letter": lambda t, x, y, e: f"{t} E0",
    "repeated X": lambda t, x, y, e: f"G1 X{x} X0 Y{y} E{e}",
    "bare letter": lambda t, x, y, e: f"G1 X{x} Y{y} E",
    "bare X": lambda t, x, y, e: f"G1 X Y{y} E{e}",
    "subcode": lambda t, x, y, e: f"G1.1 X{x} Y{y} E{e}",
    "leading zero code": lambda t, x, y, e: f"G01 X{x} Y{y} E{e}",
    "no space": lambda t, x, y, e: f"G1X{x}Y{y}E{e}",
    "two spaces": lambda t, x, y, e: f"G1  X{x} Y{y} E{e}",
    "space before": lambda t, x, y, e: f" {t}",
    "space after letter": lambda t, x, y, e: f"G1 X {x} Y{y} E{e}",
    "tab": lambda t, x, y, e: f"G1\tX{x} Y{y} E{e}",
    "two commands": lambda t, x, y, e: f"{t} M104 S0",
    "two moves": lambda t, x, y, e: f"{t} G1 X0",
    "line number": lambda t, x, y, e: f"N7 {t}",
    "checksum": lambda t, x, y, e: f"{t}*57",
    "number and checksum": lambda t, x, y, e: f"N7 {t} *22",
    "parenthesis": lambda t, x, y, e: f"G1 X{x} (Y0) Y{y} E{e}",
    "quoted": lambda t, x, y, e: f'G1 X{x} Y{y} E"{e}"',
    "backslash": lambda t, x, y, e: f"{t}\\nM104 S0",
    "hash": lambda t, x, y, e: f"{t} # M104",
    "percent": lambda t, x, y, e: f"%{t}",
    "pipe": lambda t, x, y, e: f"{t}|M104 S0",
    "block delete": lambda t, x, y, e: f"/{t}",
    "expression": lambda t, x, y, e: f"G1 X[{x}+1] Y{y} E{e}",
    "variable": lambda t, x, y, e: f"G1 X{{x}} Y{y} E{e}",
    "without command": lambda t, x, y, e: f"X{x} Y{y} E{e}",
    "host action": lambda t, x, y, e: f"{t}\n//action:pause",
    "at command": lambda t, x, y, e: f"{t}\n@pause",
    "colon": lambda t, x, y, e: f"{t} :M104",
    "unknown letter": lambda t, x, y, e: f"{t} Q1",
    "extruder letter": lambda t, x, y, e: f"G1 X{x} Y{y} A{e}",
    "97 bytes": lambda t, x, y, e: f"G1 X{x} Y{y} {'P0 ' * 40}E{e}"[:95] + "E9",
    "300 bytes": lambda t, x, y, e: t + " ;" + "x" * 300,
    "carriage return": lambda t, x, y, e: f"{t}\r",
    "return in line": lambda t, x, y, e: f"{t};\rM104 S0",
    "vertical tab": lambda t, x, y, e: f"{t}\x0bM104 S0",
    "form feed": lambda t, x, y, e: f"{t}\x0cM104 S0",
    "NUL": lambda t, x, y, e: f"{t}\x00",
    "NUL in comment": lambda t, x, y, e: f"{t} ;\x00",
    "delete": lambda t, x, y, e: f"{t}\x7f",
    "escape": lambda t, x, y, e: f"{t} ;\x1b[2K",
    "bell": lambda t, x, y, e: f"{t}\x07",
    "high byte": lambda t, x, y, e: f"{t} ;\xff",
    "no-break space": lambda t, x, y, e: f"G1\xa0X{x} Y{y} E{e}",
    "next line": lambda t, x, y, e: f"{t}\x85M104 S0",
    "full-width digit": lambda t, x, y, e: f"G1 X\xef\xbc\x91 Y{y} E{e}",
    "XON": lambda t, x, y, e: f"{t}\x13",
}


def _other_zero(line: str) -> str:
    """The filament as the other slicer writes a part of a millimetre."""
    turned = line.replace(" E.", " E0.") if " E." in line else line.replace(" E0.", " E.")
    return turned if turned != line else line.replace(" E", " E0", 1)


def _zero_behind(number: re.Match[str]) -> str:
    return f"{number[1]}{number[2] or '.'}0"


#: Plain to every reader and the same job, but not what this slicer writes: ``t`` is its line.
_HANDS: Mapping[str, Callable[[str], str]] = {
    "zero behind": lambda t: re.sub(r"( X-?\d*)(\.\d+)?", _zero_behind, t, count=1),
    "zero of the other slicer": _other_zero,
    "letters turned": lambda t: " ".join([t.split(" ")[0], *reversed(t.split(" ")[1:])]),
    "E first": lambda t: " ".join(["G1", t.rsplit(" ", 1)[1], *t.split(" ")[1:-1]]),
    "one axis, then the other": lambda t: t.replace(" Y", "\nG1 Y", 1),
    "whole number with a point": lambda t: re.sub(r"( [XY]\d+)\.?\d*", r"\1.0", t, count=1),
    "four decimals": lambda t: re.sub(r"( X-?\d+)(\.\d*)?", r"\g<1>.1234", t, count=1),
    "space behind": lambda t: f"{t} ",
    "remark without a space": lambda t: f"{t};perimeter",
    "remark set in": lambda t: f"{t}\n ;TYPE:Perimeter",
    "spaces alone": lambda t: f"{t}\n  ",
    "G0 for a printed line": lambda t: t.replace("G1", "G0", 1),
}


_FILES: Mapping[str, Callable[[bytes], bytes]] = {
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data: data.decode("ascii").encode("utf-16"),
    "UTF-16 without mark": lambda data: data.decode("ascii").encode("utf-16-le"),
    "Windows line ends": lambda data: data.replace(b"\n", b"\r\n"),
    "old Mac line ends": lambda data: data.replace(b"\n", b"\r"),
    "no last line end": lambda data: data.rstrip(b"\n"),
    "10 MB line": lambda data: data[:-1] + b";" + b"x" * 10_000_000 + b"\n",
    "binary G-code": lambda data: b"GCDE\x01\x00\x00\x00" + data,
    "MeatPack": lambda data: b"\xff\xff\xfb" + data,
    "compressed": lambda data: b"\x1f\x8b\x08\x00" + data,
    "project file": lambda data: b"PK\x03\x04" + data,
    "empty": lambda data: b"",
    "only comments": lambda data: b"; nothing\n",
    "NUL after the end": lambda data: data + b"\x00" * 512,
    "command after the end": lambda data: data + b"M302 P1\n",
}

TRICKS = (*_LINES, *_HANDS)
FILES = tuple(_FILES)


def grammar_trick(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One line written so that two readers may disagree."""
    move: Move = rng.choice(subject.job.printed)
    x, y, e = number(move.end[0], 3), number(move.end[1], 3), number(move.filament, 5)
    name = TRICKS[int(kind)]
    written = subject.job.lines[move.index]
    line = _HANDS[name](written) if name in _HANDS else _LINES[name](written, x, y, e)
    return Spoilt(
        data=subject.job.edited({move.index: [line]}),
        changed=f"{name}: {line[:60]!r}",
        line=move.index + 1,
        layer=move.layer,
    )


def file_trick(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """The whole file in a form that is not plain text."""
    name = FILES[int(kind)]
    return Spoilt(data=_FILES[name](subject.gcode), changed=name)


ATTACKS = (
    Attack(
        name="grammar_trick",
        group="bytes",
        make=grammar_trick,
        sizes=tuple(map(float, range(len(TRICKS)))),
        names=TRICKS,
        source="Marlin 2.1 parser.cpp, queue.cpp",
    ),
    Attack(
        name="file_trick",
        group="bytes",
        make=file_trick,
        sizes=tuple(map(float, range(len(FILES)))),
        names=FILES,
    ),
)
