"""How kinds of finding of the toolpath room are made. Names none of them."""

from __future__ import annotations

from ..findings import FindingKind, Severity

# For every recipe: most have the job sliced, some sign it, and then nobody slices.
JOB_AGAIN = "Slice again from the order, or take the recipe's signed job."


def refuse(
    number: int,
    clause: str,
    title: str,
    observed: str,
    allowed: str,
    next_step: str = JOB_AGAIN,
    who: str = "technician",
) -> FindingKind:
    """A kind that refuses, and what a person reads of it; ``number`` is the code without TP."""
    return FindingKind(
        code=f"TP-{number:03d}",
        severity=Severity.REFUSE,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=next_step,
        who=who,
    )
