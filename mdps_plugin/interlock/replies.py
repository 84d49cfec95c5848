"""One line from the printer, read: which kind it is and what it carries. Keeps no state.

Shapes are those of Marlin 2.1 (docs/gate.md, "What the printer says"). A line that is none of
them is ``OTHER``; no line, whatever its bytes, raises.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass


class ReplyKind(enum.Enum):
    """Kinds of printer lines that the gate tells apart."""

    OK = "ok"
    RESEND = "resend"
    BUSY = "busy"
    WAITS_FOR_USER = "waits_for_user"
    START = "start"
    NUMBERING = "numbering"
    FAULT = "fault"
    ACTION = "action"
    NOT_DONE = "not_done"
    SD = "sd"
    TEMPERATURE = "temperature"
    POSITION = "position"
    FACTOR = "factor"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Temperatures:
    """Reported values and targets in degrees Celsius; the bed may be missing."""

    nozzle_c: float
    nozzle_target_c: float
    bed_c: float | None
    bed_target_c: float | None


@dataclass(frozen=True, slots=True)
class Reply:
    """``number`` of an ok or resend where given, of a factor its percentage; ``temperatures`` where
    the line has them; ``question`` what a factor is the answer to.
    """

    kind: ReplyKind
    text: str
    number: int | None = None
    temperatures: Temperatures | None = None
    waiting: bool = False
    question: str | None = None


_NUMBER = r"(-?\d{1,4}(?:\.\d{1,4})?)"
_NOZZLE = re.compile(rf"(?:^|\s)T0?:\s*{_NUMBER}\s*/\s*{_NUMBER}", re.ASCII)
_BED = re.compile(rf"(?:^|\s)B:\s*{_NUMBER}\s*/\s*{_NUMBER}", re.ASCII)
_OK = re.compile(r"ok(?:\s+N(-?\d{1,9}))?(?:\s.*)?", re.ASCII)
_RESEND = re.compile(r"(?:Resend:|rs)\s*N?(-?\d{1,9})\s*", re.ASCII)
_SPEED = re.compile(r"FR:(\d{1,4})%", re.ASCII)
_FLOW = re.compile(r"(?:echo:)?E0 Flow: (\d{1,4})%", re.ASCII)
_POSITION = re.compile(r"X:-?\d.*Y:-?\d.*Z:-?\d.*", re.ASCII)
_NUMBERING = ("checksum mismatch", "No Checksum", "Line Number is not", "No Line Number")
_NOT_DONE = (
    "cold extrusion prevented",
    "too long extrusion prevented",
    "Unknown command",
    "Home XYZ",
    "Homing Failed",
    "Invalid extruder",
)
_SD = ("SD printing byte", "Done printing file", "File opened", "Writing to file", "File selected")


def read_reply(raw: bytes) -> Reply:
    """Read one line without its end."""
    text = raw.decode("latin-1").strip("\r\n\0 ")
    if text.startswith("ok"):
        match = _OK.fullmatch(text)
        if match is not None:
            number = int(match[1]) if match[1] else None
            return Reply(ReplyKind.OK, text, number, _temperatures(text))
    temperatures = _temperatures(text)
    if temperatures is not None:
        return Reply(ReplyKind.TEMPERATURE, text, None, temperatures, waiting="W:" in text)
    for question, pattern in (("M220", _SPEED), ("M221", _FLOW)):
        factor = pattern.fullmatch(text)
        if factor is not None:
            return Reply(ReplyKind.FACTOR, text, int(factor[1]), question=question)
    return Reply(*_kind(text))


def _kind(text: str) -> tuple[ReplyKind, str, int | None]:
    kind, number = ReplyKind.OTHER, None
    resend = _RESEND.fullmatch(text)
    if resend is not None:
        kind, number = ReplyKind.RESEND, int(resend[1])
    elif text == "start":
        kind = ReplyKind.START
    elif text.startswith(("echo:busy:", "busy:")):
        user = "paused for" in text
        kind = ReplyKind.WAITS_FOR_USER if user else ReplyKind.BUSY
    elif text.startswith("//"):
        kind = ReplyKind.ACTION
    elif text.startswith(("Error:", "!!", "fatal:")):
        known = any(word in text for word in _NUMBERING)
        kind = ReplyKind.NUMBERING if known else ReplyKind.FAULT
    elif any(word in text for word in _NOT_DONE):
        kind = ReplyKind.NOT_DONE
    elif text.startswith(_SD):
        kind = ReplyKind.SD
    elif _POSITION.fullmatch(text) is not None:
        kind = ReplyKind.POSITION
    return kind, text, number


def _temperatures(text: str) -> Temperatures | None:
    if "T:" not in text and "T0:" not in text:
        return None
    nozzle = _NOZZLE.search(text)
    if nozzle is None:
        return None
    bed = _BED.search(text)
    return Temperatures(
        nozzle_c=float(nozzle[1]),
        nozzle_target_c=float(nozzle[2]),
        bed_c=float(bed[1]) if bed else None,
        bed_target_c=float(bed[2]) if bed else None,
    )
