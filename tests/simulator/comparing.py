"""What may differ between a recording and its replay: every pattern with its reason."""

from __future__ import annotations

import difflib
import re

# A line matching an entry is left out on both sides.
LEFT_OUT = {
    r"echo:busy: (processing|paused for user)": "how many depends on how long things take",
}
# Lines that a clock makes, compared without their numbers and once for each row of them.
REPEATED = {
    r" T:\S+ /(\S+) B:\S+ /(\S+) @:\d+ B@:\d+( W:\S+)?": (
        r" T:# /\1 B:# /\2 @:# B@:#\3",
        "the recorded heaters have other constants; how many lines depends on how long it takes",
    ),
    r"X:(\S+ .*)": (r"X:\1", "M154 reports: as many as there is time"),
    r"Not SD printing": ("Not SD printing", "M27 S2 reports: as many as there is time"),
    r"Writing to file: /PLR": (
        "Writing to file: /PLR",
        "how often the state is kept depends on moves of a file that was not kept",
    ),
}
# Numbers that may differ, and why.
MASKED = {
    r"(ok|) ?T:\S+ /(\S+) B:\S+ /(\S+) @:\d+ B@:\d+": (
        r"\1 T:# /\2 B:# /\3 @:# B@:#",
        "the recorded heaters have other constants and noise",
    ),
    r" W:(\d+|\?)": (" W:#", "when the ten seconds of residency begin depends on the heaters"),
    r"\(Nov 23 2026 [\d:]+\)": ("(#)", "time of compilation"),
    r"(crc|\(stored\)|!=) \d+": (
        r"\1 #",
        "the sum is over this simulator's own layout of the chip",
    ),
    r"SD printing byte [1-9]\d*/": ("SD printing byte #/", "the recorded file was not kept"),
    r"(Print time: |notification |Total time: |job: )(\d+m )?\d+s": (
        r"\1#s",
        "how long the job took",
    ),
    r"Filament used: \S+m": ("Filament used: #m", "the recorded file was not kept"),
    # After M410 the head stands where it stopped, which no two runs share to the hundredth.
    r"X:(39|53)\.\d\d (.*) Count X:\d+ ": (r"X:\1.# \2 Count X:# ", "where M410 stopped it"),
    r"(X:10\.00 Y:190\.00 Z:20\.00) E:[1-9]\d*\.\d+": (
        r"\1 E:#",
        "how far the print had come when M25 paused it",
    ),
}
_OUT = re.compile("|".join(f"(?:{pattern})" for pattern in LEFT_OUT))
_TIMED = re.compile(
    r" T:.*|X:.* Count .*|Not SD printing|SD printing byte .*|Writing to file: /PLR"
)


def landmark(line: str) -> bool:
    """True for lines that a host can count on, false for those that only time makes."""
    return not _OUT.fullmatch(line) and not _TIMED.fullmatch(line)


def place_or_landmark(line: str) -> bool:
    """The same where nobody asked for M154 reports: a position is an answer then."""
    return landmark(line) or (line.startswith("X:") and " Count " in line)


def comparable(lines: list[str]) -> list[str]:
    """The lines that must be equal, with what may differ masked."""
    kept: list[str] = []
    lines = [line for line in lines if not _OUT.fullmatch(line)]
    for index, line in enumerate(lines):
        answers = index + 1 < len(lines) and lines[index + 1].startswith("ok")
        if line.startswith("SD printing byte") and not answers:
            # An M27 S2 report among other lines: which ones depends on how long heating takes.
            continue
        shown = line
        for pattern, (mask, _) in MASKED.items():
            shown = re.sub(pattern, mask, shown)
        repeats = any(re.fullmatch(pattern, line) for pattern in REPEATED)
        if repeats and not answers and kept and kept[-1] == shown:
            continue
        kept.append(shown)
    return kept


def differences(expected: list[str], answered: list[str]) -> list[str]:
    """What a line diff finds between the comparable lines of both sides."""
    recorded = comparable(expected)
    diff = difflib.unified_diff(recorded, comparable(answered), lineterm="", n=0)
    return [line for line in diff if not line.startswith(("---", "+++", "@@"))]
