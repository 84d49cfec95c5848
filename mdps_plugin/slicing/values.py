"""Values of slicer settings compared: ``0.20`` is ``0.2``, ``10%`` is not ``10``. Pure."""

from __future__ import annotations

import re


def number(text: str) -> tuple[float, str] | None:
    """A plain number and its percent sign, if any; None for anything else."""
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d*)?|-?\.\d+)(%?)\s*", text, re.ASCII)
    return None if match is None else (float(match[1]), match[2])


def same(signed: str, used: str) -> bool:
    """Whether two values, or two lists with commas, mean the same."""
    if signed == used:
        return True
    mine, theirs = signed.split(","), used.split(",")
    return len(mine) == len(theirs) and all(
        number(one) is not None and number(one) == number(other)
        for one, other in zip(mine, theirs, strict=True)
    )
