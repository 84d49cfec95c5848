"""Deviations: anything that happened to a build and is not in the recipe. Decides nothing itself.

Raised by the controller or by a person who saw something; decided by a quality manager who did
not make the part. While one is open, nothing is released.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json
from ..findings import Finding
from ..reading import Fields, instant_text
from . import codes_part
from .kinds import found


class Decision(enum.Enum):
    """What a quality manager can decide."""

    SCRAP = "scrap"
    #: The part is not touched by what happened; the justification says why.
    NO_EFFECT = "no_effect"
    #: The part is used although it is touched: only the manufacturer can say so (§5 item 6).
    USE_AS_IS = "use_as_is"


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The decision on one deviation. ``manufacturer_reference`` only with ``USE_AS_IS``."""

    decision: Decision
    justification: str
    manufacturer_reference: str | None
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """One deviation; ``raised_by`` is a user, or ``controller``."""

    deviation_id: str
    build_id: str
    code: str
    seen: str
    raised_by: str
    raised_at: datetime
    entry: int
    decided: Decided | None = None

    def to_json(self) -> dict[str, Json]:
        """The shape in records and screens."""
        decided = self.decided
        return {
            "deviation_id": self.deviation_id,
            "code": self.code,
            "seen": self.seen,
            "raised_by": self.raised_by,
            "raised_at": instant_text(self.raised_at),
            "entry_index": self.entry,
            "decision": None
            if decided is None
            else {
                "decision": decided.decision.value,
                "justification": decided.justification,
                "manufacturer_reference": decided.manufacturer_reference,
                "by": decided.by,
                "at": instant_text(decided.at),
            },
        }


def parse_decision(document: Json, source: str, by: str, at: datetime) -> Decided:
    """Read ``{decision, justification, manufacturer_reference}``; ``DocumentError`` says where.

    Using a part as it is asks for the manufacturer's reference; the other decisions have none.
    """
    fields = Fields(document, source)
    decided = read_decision(fields, by, at)
    fields.close()
    return decided


def read_decision(fields: Fields, by: str, at: datetime) -> Decided:
    """The same from fields that hold more; the caller closes them."""
    decision = fields.choice("decision", Decision)
    justification = fields.text("justification", max_length=4000)
    reference = fields.optional_text("manufacturer_reference")
    if (decision is Decision.USE_AS_IS) != (reference is not None):
        allowed = "a reference exactly with use_as_is"
        raise fields.fault("manufacturer_reference", repr(reference), allowed)
    return Decided(
        decision=decision,
        justification=justification,
        manufacturer_reference=reference,
        by=by,
        at=at,
    )


def check_deviations(deviations: tuple[Deviation, ...]) -> tuple[Finding, ...]:
    """What forbids a release: an open deviation, or one that was decided as scrap."""
    findings: list[Finding] = []
    for one in deviations:
        if one.decided is None:
            findings.append(found(codes_part.DEVIATION_OPEN, measured=one.deviation_id))
        elif one.decided.decision is Decision.SCRAP:
            findings.append(found(codes_part.DEVIATION_SCRAP, measured=one.deviation_id))
    return tuple(findings)
