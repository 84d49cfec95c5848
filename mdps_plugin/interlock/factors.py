"""Speed and flow factors: what the job has set, and what the printer says when asked. Pure.

Marlin multiplies every speed (M220) and all filament (M221) by a percentage that anybody may turn
at the printer's panel, and nothing that it reports by itself shows them. Asked by the bare word it
answers ``FR:100%`` and ``echo:E0 Flow: 100%`` (Marlin 2.1, M220.cpp and M221.cpp; Marlin 1.1 says
nothing). So a profile names the ones that its firmware tells, the gate asks them while it builds,
and an answer that is not what the job has set last ends the build.

One answer proves nothing: a byte may be lost on the wire. Judged is the second of the same kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

NAMES = {"M220": "speed", "M221": "flow"}
"""Questions that a profile may name, as whole lines; no job holds one (:mod:`.matching`)."""

WRONG_AT_MOST = 1
"""Answers in a row that are another percentage, or none, and do not end a build yet."""

_SETS = re.compile(r"(M22[01])(?: T0)? S(\d{1,4})(?: T0)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor, in percent. ``commanded``: set by the job last, None before; ``said``: heard
    since it was asked; ``wrong``: answers in a row that do not end the build yet.
    """

    question: str
    commanded: int | None = None
    said: int | None = None
    wrong: int = 0

    @property
    def name(self) -> str:
        """``speed`` or ``flow``."""
        return NAMES[self.question]


Factors = tuple[Factor, ...]


def begin(questions: Iterable[str]) -> Factors:
    """Factors of a build that has set none yet."""
    return tuple(Factor(question) for question in questions)


def command(factors: Factors, line: str) -> Factors:
    """A job line goes on the wire; those that set a factor change what is expected."""
    match = _SETS.fullmatch(line)
    if match is None:
        return factors
    return tuple(
        replace(one, commanded=int(match[2])) if one.question == match[1] else one
        for one in factors
    )


def hear(factors: Factors, question: str, percent: int) -> Factors:
    """The printer has said a factor."""
    return tuple(replace(one, said=percent) if one.question == question else one for one in factors)


def answered(factors: Factors, question: str) -> tuple[Factors, Factor | None, bool]:
    """The printer has taken this question: what was heard since then is its answer.

    Gives the factors, the one that is surely another than the job has set (``said`` None: it says
    it no longer), and whether to ask once more at once.
    """
    asked = next((one for one in factors if one.question == question), None)
    if asked is None:
        return factors, None, False
    right = asked.said is not None and asked.commanded in (None, asked.said)
    after = replace(asked, said=None, wrong=0 if right else asked.wrong + 1)
    left = tuple(after if one is asked else one for one in factors)
    if after.wrong > WRONG_AT_MOST:
        return left, asked, False
    return left, None, not right
