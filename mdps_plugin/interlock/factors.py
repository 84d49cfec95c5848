"""Speed and flow factors: what the job has set, and what the printer says when asked. Pure.

Marlin multiplies every speed (M220) and all filament (M221) by a percentage that anybody may turn
at the printer's panel, and nothing that it reports by itself shows them. Asked by the bare word it
answers ``FR:100%`` and ``echo:E0 Flow: 100%`` (Marlin 2.1, M220.cpp and M221.cpp; Marlin 1.1 says
nothing). So a profile names the ones that its firmware tells, the gate asks them while it builds,
and an answer that is not what the job has set last ends the build.

One answer proves nothing: it has no checksum, and a lost byte makes 10 % of 100 %. What ends a
build is the same wrong answer twice in a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..canonical import Json

NAMES = {"M220": "speed", "M221": "flow"}
"""Questions that a profile may name, as whole lines; no job holds one (:mod:`.matching`)."""

WRONG_AT_MOST = 4
"""Wrong answers in a row, each another one, with which a build goes on: noise, not a knob."""

OTHERS_AT_MOST = 8
"""Other percentages that the record of a build names."""

# From 10 to 999, as TP-032 allows.
_SETS = re.compile(r"(M22[01])(?: T0)? S([1-9]\d{1,2})(?: T0)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor, in percent.

    ``commanded``: set by the job last, None before. ``said``: heard since it was asked. ``wrong``:
    the wrong answers since the last right one, None for one without a percentage. ``answers``
    counts the right ones; ``others`` are percentages that were heard once in their place.
    """

    question: str
    commanded: int | None = None
    said: int | None = None
    wrong: tuple[int | None, ...] = ()
    answers: int = 0
    others: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """``speed`` or ``flow``."""
        return NAMES[self.question]

    def facts(self) -> dict[str, Json]:
        """For the record of a build."""
        return {"name": self.name, "answers": self.answers, "others": list(self.others)}


Factors = tuple[Factor, ...]


def begin(questions: Iterable[str]) -> Factors:
    """Factors of a build that has set none yet."""
    return tuple(Factor(question) for question in questions)


def sets_factor(line: str) -> bool:
    """Whether a line of a job sets a factor so that :func:`command` can read what it sets."""
    return _SETS.fullmatch(line) is not None


def command(factors: Factors, line: str) -> Factors:
    """A job line goes on the wire; those that set a factor change what is expected."""
    match = _SETS.fullmatch(line)
    if match is None:
        return factors
    return tuple(
        replace(one, commanded=int(match[2])) if one.question == match[1] else one
        for one in factors
    )


def ask(factors: Factors, question: str) -> Factors:
    """The question goes on the wire: what was heard before is no answer to it."""
    return tuple(replace(one, said=None) if one.question == question else one for one in factors)


def hear(factors: Factors, question: str, percent: int) -> Factors:
    """The printer has said a factor."""
    return tuple(replace(one, said=percent) if one.question == question else one for one in factors)


def answered(factors: Factors, question: str) -> tuple[Factors, Factor | None, bool]:
    """The printer has taken this question: what was heard since it was asked is its answer.

    Gives the factors, the one that is surely not what the job has set (``said`` None: the printer
    says it no longer), and whether to ask once more before anything else.
    """
    asked = next((one for one in factors if one.question == question), None)
    if asked is None:
        return factors, None, False
    if asked.said is not None and asked.commanded in (None, asked.said):
        right = replace(asked, wrong=(), answers=asked.answers + 1)
        return tuple(right if one is asked else one for one in factors), None, False
    others = asked.others
    if asked.said is not None and asked.said not in others:
        others = (*others, asked.said)[:OTHERS_AT_MOST]
    after = replace(asked, wrong=(*asked.wrong, asked.said), others=others)
    left = tuple(after if one is asked else one for one in factors)
    twice = len(after.wrong) > 1 and after.wrong[-1] == after.wrong[-2]
    surely = twice or len(after.wrong) > WRONG_AT_MOST
    return left, after if surely else None, not surely
