"""How kinds of finding of the build room, and findings of them, are made. Names no kind."""

from __future__ import annotations

from ..findings import Finding, FindingKind, Severity, Where


def kind(
    code: str,
    clause: str,
    title: str,
    observed: str,
    allowed: str,
    next_step: str,
    who: str = "technician",
    severity: Severity = Severity.REFUSE,
) -> FindingKind:
    """A kind, and what a person reads of it; it refuses unless said otherwise."""
    return FindingKind(
        code=code,
        severity=severity,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=next_step,
        who=who,
    )


def found(
    kind: FindingKind,
    *,
    measured: str | float | int | None = None,
    limit: str | float | int | None = None,
    unit: str = "",
    path: str | None = None,
    **facts: str,
) -> Finding:
    """One occurrence of ``kind``."""
    return Finding(
        kind=kind,
        where=Where(path=path),
        measured=measured,
        limit=limit,
        unit=unit,
        facts=facts,
    )
