"""Findings and verdicts: the one shape in which every room says what it found. Decides nothing.

A :class:`FindingKind` is a row of the catalogue: stable code, clause, and the four lines a person
reads (title, observed, allowed, next step). Each room keeps its kinds in a file ``codes.py``
(and ``codes_*.py`` where they are many); a :class:`Finding` is one occurrence with its place and
its measured value. Texts are rendered from the kind, never composed inside a check, so command
line, screen and PDF say the same.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .canonical import MAX_SAFE_INTEGER, Json
from .units import number_text


class Severity(enum.Enum):
    """How much a finding weighs. Only ``REFUSE`` stops a build."""

    NOTE = "note"
    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True)
class FindingKind:
    """One row of the catalogue.

    ``observed``, ``allowed`` and ``next_step`` are templates for ``str.format`` with the names
    ``measured``, ``limit``, ``unit``, ``line``, ``layer``, ``x``, ``y``, ``z``, ``path`` and the
    finding's own facts. ``clause`` cites the rule that asks for the check.
    """

    code: str
    severity: Severity
    clause: str
    title: str
    observed: str
    allowed: str
    next_step: str
    who: str = "technician"


@dataclass(frozen=True, kw_only=True)
class Where:
    """Place of a finding: a document path, or line, layer and position in millimetres."""

    path: str | None = None
    line: int | None = None
    layer: int | None = None
    x: float | None = None
    y: float | None = None
    z: float | None = None

    def to_json(self) -> dict[str, Json]:
        """All six places, ``null`` where unknown (contract of ``mdps check``)."""
        return dict(self.places())

    def places(self) -> dict[str, str | int | float | None]:
        """All six places by name, None where unknown."""
        return {
            "line": self.line,
            "layer": self.layer,
            "x": self.x,
            "y": self.y,
            "z": self.z,
            "path": self.path,
        }


NOWHERE = Where()


class _Blank(dict[str, str]):
    """A template name without a value is shown as a question mark, never as a traceback."""

    def __missing__(self, key: str) -> str:
        return "?"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One occurrence of a kind. ``facts`` fill further names of the kind's templates."""

    kind: FindingKind
    where: Where = NOWHERE
    measured: str | float | int | None = None
    limit: str | float | int | None = None
    unit: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A number that no document holds stands in words: no finding is lost for its size."""
        for name in ("measured", "limit"):
            value = getattr(self, name)
            if isinstance(value, (int, float)) and not abs(value) <= MAX_SAFE_INTEGER:
                object.__setattr__(self, name, f"{value:.6g}")

    @property
    def code(self) -> str:
        """Stable code of the kind."""
        return self.kind.code

    @property
    def refuses(self) -> bool:
        """True if this finding alone stops the build."""
        return self.kind.severity is Severity.REFUSE

    def _fill(self, template: str) -> str:
        values = _Blank(
            measured=_text(self.measured), limit=_text(self.limit), unit=self.unit, **self.facts
        )
        for name, value in self.where.places().items():
            values.setdefault(name, _text(value))
        return " ".join(template.format_map(values).split())

    def title(self) -> str:
        """First line: what is not possible."""
        return self._fill(self.kind.title)

    def observed(self) -> str:
        """Second line: what was observed."""
        return self._fill(self.kind.observed)

    def allowed(self) -> str:
        """Third line: what is allowed."""
        return self._fill(self.kind.allowed)

    def next_step(self) -> str:
        """Fourth line: what to do now."""
        return self._fill(self.kind.next_step)

    def message(self) -> str:
        """All four lines as one text, for the command line and the log."""
        return " ".join(
            (
                _stopped(self.title()),
                f"Observed: {_stopped(self.observed())}",
                f"Allowed: {_stopped(self.allowed())}",
                f"Next: {_stopped(self.next_step())}",
            )
        )

    def to_json(self) -> dict[str, Json]:
        """The shape fixed by the command-line contract, plus the four rendered lines."""
        return {
            "code": self.code,
            "severity": self.kind.severity.value,
            "clause": self.kind.clause,
            "where": self.where.to_json(),
            "measured": self.measured,
            "limit": self.limit,
            "unit": self.unit,
            "message": self.message(),
            "title": self.title(),
            "observed": self.observed(),
            "allowed": self.allowed(),
            "next_step": self.next_step(),
            "who": self.kind.who,
        }


def _stopped(text: str) -> str:
    """A full stop where there is none: four lines run together must still be four sentences."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _text(value: str | float | int | None) -> str:
    if value is None:
        return "?"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number_text(value)
    return str(value)


@dataclass(frozen=True, kw_only=True)
class CheckRun:
    """That a named check ran (or did not), on which ring, and how long it took."""

    name: str
    ran: bool
    ring: str | None = None
    seconds: float | None = None

    def to_json(self) -> dict[str, Json]:
        """The shape fixed by the command-line contract."""
        return {"name": self.name, "ring": self.ring, "ran": self.ran, "seconds": self.seconds}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Findings plus the checks that ran. It has no truth value: ask :attr:`accepted`.

    Accepted only if the set of required checks is non-empty, all of them ran, and no finding
    refuses. Nothing checked means refused.
    """

    findings: tuple[Finding, ...]
    checks: tuple[CheckRun, ...]
    required: frozenset[str]

    def __bool__(self) -> bool:
        """A verdict is never a condition by itself."""
        raise TypeError("ask verdict.accepted; a verdict has no truth value")

    @property
    def not_run(self) -> tuple[str, ...]:
        """Names of required checks that did not run, in order.

        Verdicts of several rooms are merged and may name a check alike: one run does not make up
        for another that did not happen.
        """
        ran = {check.name for check in self.checks if check.ran}
        skipped = {check.name for check in self.checks if not check.ran}
        return tuple(sorted(self.required - (ran - skipped)))

    @property
    def accepted(self) -> bool:
        """True only if everything required ran and nothing refused."""
        return (
            bool(self.required)
            and not self.not_run
            and not any(finding.refuses for finding in self.findings)
        )

    def refusals(self) -> tuple[Finding, ...]:
        """The findings that stop the build."""
        return tuple(finding for finding in self.findings if finding.refuses)

    def to_json(self) -> dict[str, Json]:
        """Shape for the log and the screens."""
        return {
            "accepted": self.accepted,
            "findings": [finding.to_json() for finding in self.findings],
            "checks": [check.to_json() for check in self.checks],
            "required": sorted(self.required),
            "not_run": list(self.not_run),
        }


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict that is accepted only if each part would be."""
    parts = tuple(verdicts)
    required: frozenset[str] = frozenset().union(*(part.required for part in parts))
    if any(not part.required for part in parts):
        # An empty part refuses on its own; keep that true of the whole.
        required = required | {"(a part that requires no check)"}
    return Verdict(
        findings=tuple(finding for part in parts for finding in part.findings),
        checks=tuple(check for part in parts for check in part.checks),
        required=required,
    )
