"""Verdicts of other rooms carried into the decision. Checks nothing anew."""

from __future__ import annotations

from ...findings import Finding, Verdict
from .. import codes
from ..kinds import found


def findings_of(verdict: Verdict, part: str) -> tuple[Finding, ...]:
    """The findings of ``verdict``, and one refusal for each required check that did not run."""
    missing = verdict.not_run or (() if verdict.required else ("any check",))
    return verdict.findings + tuple(
        found(codes.CHECK_NOT_RUN, measured=name, part=part) for name in missing
    )
