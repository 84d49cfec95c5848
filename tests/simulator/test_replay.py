"""The host's side of recorded sessions, replayed: answers equal but for what is named here."""

from __future__ import annotations

import difflib
import re

import pytest

from .replay import lab_simulator, replay, sessions

# Each entry: what may differ, and why. A line matching an entry is left out on both sides.
LEFT_OUT = {
    r"echo:SD card ok": "the simulated printer has no card",
    r"echo:(V\d+ stored settings retrieved|EEPROM (version mismatch|Initialized)).*": (
        "each replayed session starts with an empty chip; the recorded board kept its own"
    ),
    r"(Warning|Error):EEPROM CRC.*": "bit flips in the chip are not modelled",
    r"//action:notification (Err: EEPROM CRC|Stored settings retrieved)": "the same",
    r"//action:notification (Hardcoded Default Settings Loaded|Settings Stored)": "the same",
    r"echo:(Hardcoded Default Settings Loaded|Settings Stored.*)": "the same",
    r"filament: TRIGGERED": "no filament sensor",
    r"Cap:(RUNOUT|BUILD_PERCENT|AUTOREPORT_SD_STATUS|ARCS|BABYSTEPPING):\d": (
        "abilities that the simulated printer has more or fewer of"
    ),
    r"echo:(; (Filament load/unload|Filament runout sensor|Linear Advance):|  M(603|412|900) .*)": (
        "settings of those abilities"
    ),
    r"echo:busy: processing": "how many depends on how long homing and heating take",
    r"(Logical|Raw|Stepper|FromStp|Diff): .*": "M114 D gives its first line only",
    r"": "an empty line before those",
}
# Numbers that may differ, and why.
MASKED = {
    r"T:\S+ /(\S+) B:\S+ /(\S+) @:\d+ B@:\d+": r"T:# /\1 B:# /\2 @:# B@:#",  # other heaters
    r"\(Nov 23 2026 [\d:]+\)": "(#)",  # time of compilation
}
# After M410 the head stands where it stopped, which no two runs share to the hundredth.
STOPPED = re.compile(r"X:(39|53)\.\d\d (.*) Count X:\d+ ")
_OUT = re.compile("|".join(f"(?:{pattern})" for pattern in LEFT_OUT))


def comparable(lines: list[str]) -> list[str]:
    kept = []
    for line in lines:
        if _OUT.fullmatch(line):
            continue
        for pattern, mask in MASKED.items():
            line = re.sub(pattern, mask, line)
        kept.append(STOPPED.sub(r"X:\1.# \2 Count X:# ", line))
    return kept


def differences(name: str, dialect: str, speed: float = 1.0) -> list[str]:
    found: list[str] = []
    for session in sessions(name):
        answer = replay(session, lab_simulator(dialect), speed)
        expected = comparable(session.printer)
        assert len(expected) > 3, "the transcript compares nothing"
        diff = difflib.unified_diff(expected, comparable(answer), lineterm="", n=0)
        found += [line for line in diff if not line.startswith(("---", "+++", "@@"))]
    return found


BUGFIX, RELEASE = "marlin-bugfix-2.1.x", "marlin-2.1.2.1"


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("01_boot_m115_m503", BUGFIX),
        ("05_unknown_junk", BUGFIX),
        ("05c_overlong_verified", BUGFIX),
        ("06_emergency", BUGFIX),
        ("rel2121_01_boot_m115_m503", RELEASE),
        ("rel2121_04_checksum_resend", RELEASE),
        ("rel2121_05_unknown_junk", RELEASE),
        ("rel2121_06_emergency", RELEASE),
    ],
)
def test_answers_as_recorded(name: str, dialect: str) -> None:
    assert differences(name, dialect) == []


def test_bugfix_resend_but_for_the_byte_race() -> None:
    # There one line of the burst arrived after the flush and drew a second, equal request.
    assert differences("04_checksum_resend", BUGFIX) == [
        "-Error:Line Number is not Last Line Number+1, Last Line: 6",
        "-Resend: 7",
        "-ok",
    ]


def test_motion_but_for_arcs_and_report_order() -> None:
    assert differences("03_motion", BUGFIX) == [
        "-ok P15 B2",  # M114 D ended a moment before the next line was in the ring
        "+ok P15 B3",
        "-ok P9 B1",  # the recorded ring once ran dry for a moment in the burst
        "+ok P9 B0",
        "-ok P0 B3",  # arcs are not modelled
        "-Error:G2/G3 bad parameters",
        "-ok P8 B3",
        "-Error:G2/G3 bad parameters",
        '+echo:Unknown command: "G2 X120 Y100 I10 J0 F3000"',
        "+ok P14 B3",
        '+echo:Unknown command: "G2 X120 Y100"',
        "+ok P15 B3",
        '+echo:Unknown command: "G3"',
    ]
