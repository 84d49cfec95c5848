"""Release: may this part be used? The named pre-conditions, and the verdict. Signs nothing.

Every pre-condition is shown to the releaser by name, met or not (row 37). None can be waived
here: a part that misses one is rejected, or a deviation is decided first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from ..canonical import Json
from ..findings import CheckRun, Finding, Verdict
from ..recipes.document import Recipe
from ..units import Range, quantity_text, range_text
from . import codes, codes_part
from .checks.people import check_training
from .deviation import check_deviations
from .entities import Build, CellState
from .folding.parts import INSPECTION
from .kinds import found
from .lifecycle import BuildState
from .people import Person
from .record import missing_parts, missing_statement_parts
from .signature import Act, may_sign
from .words import day_text


@dataclass(frozen=True, kw_only=True)
class ReleaseEvidence:
    """All that a release may see. ``person`` None: who releases is not known yet.

    ``record`` is the draft of the production record; ``log_whole`` says that the audit log was
    verified up to now.
    """

    cell: CellState
    build: Build
    recipe: Recipe
    person: Person | None
    record: Mapping[str, Json]
    log_whole: bool
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Precondition:
    """One named pre-condition. ``detail`` is what was observed where it is not met."""

    name: str
    met: bool
    detail: str

    def to_json(self) -> dict[str, Json]:
        """The shape in the detail of an order."""
        return {"name": self.name, "met": self.met, "detail": self.detail}


def _state(evidence: ReleaseEvidence) -> list[Finding]:
    state = evidence.build.state
    if state is BuildState.INSPECTED and not evidence.build.interrupted:
        return []
    return [found(codes_part.NOT_INSPECTED, measured=state.word, limit=BuildState.INSPECTED.word)]


def _streamed(evidence: ReleaseEvidence) -> list[Finding]:
    streamed, permit = evidence.build.streamed, evidence.build.permit
    planned = permit.planned_sha256
    if streamed is not None and streamed.lines > 0 and streamed.streamed == planned:
        return []
    seen = "nothing" if streamed is None else f"{streamed.streamed}, {streamed.lines} lines"
    return [found(codes_part.DIGESTS_DIFFER, measured=seen, limit=planned)]


def _deviations(evidence: ReleaseEvidence) -> list[Finding]:
    return list(check_deviations(evidence.build.deviations))


def _steps(evidence: ReleaseEvidence) -> list[Finding]:
    signed = [done.step_id for done in evidence.build.steps]
    wanted = [step.step_id for step in evidence.recipe.post_processing]
    return [
        found(codes_part.STEP_MISSING, measured=step_id, limit=len(wanted))
        for step_id in wanted
        if step_id not in signed
    ]


def _characteristics(evidence: ReleaseEvidence) -> list[Finding]:
    findings: list[Finding] = []
    wanted = evidence.recipe.inspection
    for one in wanted:
        signed = [
            taken
            for taken in evidence.build.values(INSPECTION, one.characteristic_id)
            if taken.signed
        ]
        if not signed:
            findings.append(
                found(codes_part.CHARACTERISTIC_MISSING, measured=one.name, limit=len(wanted))
            )
        elif not one.limits.contains(signed[-1].value):
            findings.append(
                found(
                    codes_part.CHARACTERISTIC_OUTSIDE,
                    measured=signed[-1].value,
                    limit=range_text(one.limits, one.unit),
                    unit=one.unit,
                    name=one.name,
                )
            )
    return findings


def _temperatures(evidence: ReleaseEvidence) -> list[Finding]:
    streamed, window = evidence.build.streamed, evidence.recipe.window
    measured = streamed.temperatures if streamed is not None else {}
    longest = {"nozzle": 0.0, "bed": 0.0}
    excursions = measured.get("excursions")
    for item in excursions if isinstance(excursions, (list, tuple)) else ():
        heater = str(item.get("heater")) if isinstance(item, Mapping) else ""
        seconds = _number(item, "seconds") if isinstance(item, Mapping) else None
        if heater not in longest or seconds is None:
            return [_not_whole("An excursion cannot be read.", "Heater and seconds")]
        longest[heater] = max(longest[heater], seconds)
    findings: list[Finding] = []
    for heater, limits in (("nozzle", window.nozzle_c), ("bed", window.bed_c)):
        findings.extend(
            _heater(heater, measured.get(heater), limits, longest[heater], window.excursion_s)
        )
    return findings


def _heater(
    heater: str, values: Json, limits: Range, longest_s: float, allowed_s: float
) -> list[Finding]:
    """Mean inside always; ends outside only as an excursion on record that was short enough."""
    if not isinstance(values, Mapping):
        return [_not_whole(f"No temperatures of the {heater}.", "Temperatures of both heaters")]
    low, mean, high = (_number(values, key) for key in ("minimum", "mean", "maximum"))
    if low is None or mean is None or high is None:
        return [_not_whole(f"No temperatures of the {heater}.", "Temperatures of both heaters")]
    if longest_s > allowed_s:
        limit = f"At most {quantity_text(allowed_s, 's')} outside {range_text(limits, '°C')}"
        return [_hot(heater, f"was outside for {quantity_text(longest_s, '')}", limit, "s")]
    outside = [value for value in (low, high) if not limits.contains(value)]
    if not limits.contains(mean) or (outside and longest_s <= 0.0):
        worst = outside[0] if outside else mean
        return [_hot(heater, quantity_text(worst, ""), range_text(limits, "°C"), "°C")]
    return []


def _hot(heater: str, measured: str, limit: str, unit: str) -> Finding:
    name = heater.capitalize()
    return found(
        codes_part.TEMPERATURE_OUTSIDE, measured=measured, limit=limit, unit=unit, name=name
    )


def _number(values: Mapping[str, Json], key: str) -> float | None:
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def _not_whole(seen: str, allowed: str) -> Finding:
    return found(codes_part.RECORD_NOT_WHOLE, measured=seen, limit=allowed)


def _record(evidence: ReleaseEvidence) -> list[Finding]:
    findings = [
        _not_whole(f"The record has no {part}.", "All parts of the record")
        for part in missing_parts(evidence.record)
    ]
    if not evidence.log_whole:
        findings.append(_not_whole("The log was not verified.", "A log that is whole"))
    if not findings:
        findings.extend(
            found(codes_part.STATEMENT_INCOMPLETE, measured=part)
            for part in missing_statement_parts(evidence.record)
        )
    return findings


def _material(evidence: ReleaseEvidence) -> list[Finding]:
    lot = evidence.cell.lots.get(evidence.build.permit.lot_id)
    if lot is not None and not lot.quarantined:
        return []
    return [found(codes_part.LOT_RECALLED, measured=evidence.build.permit.lot_id)]


def _recipe(evidence: ReleaseEvidence) -> list[Finding]:
    withdrawal = evidence.cell.withdrawn.get(evidence.build.permit.recipe_digest)
    if evidence.recipe.digest != evidence.build.permit.recipe_digest:
        return [
            found(
                codes.WRONG_RECIPE,
                measured=evidence.build.permit.recipe_digest,
                limit=evidence.recipe.label,
            )
        ]
    if withdrawal is None:
        return []
    return [
        found(
            codes.RECIPE_WITHDRAWN,
            measured=day_text(withdrawal.at),
            name=evidence.recipe.label,
        )
    ]


def _person(evidence: ReleaseEvidence) -> list[Finding]:
    if evidence.person is None:
        return [
            found(
                codes.ROLE_MISSING, measured="no name yet", limit="releaser", person="The releaser"
            )
        ]
    build = evidence.build
    return [
        *may_sign(evidence.person, Act.RELEASE, build.makers, build.operator),
        *check_training(
            evidence.person,
            evidence.cell.trainings,
            evidence.recipe.prerequisites.training,
            evidence.now,
        ),
    ]


#: The one pre-condition that depends on who signs.
WHO_RELEASES = "Released by a trained second person"

#: Pre-conditions by the name that people read.
PRECONDITIONS: Mapping[str, Callable[[ReleaseEvidence], list[Finding]]] = MappingProxyType(
    {
        "Built, post-processed and inspected": _state,
        "Streamed job is the planned job": _streamed,
        "No open deviation": _deviations,
        "All steps signed": _steps,
        "All characteristics inside their limits": _characteristics,
        "Temperatures inside their limits": _temperatures,
        "Record is whole": _record,
        "Material is not in quarantine": _material,
        "Recipe is not withdrawn": _recipe,
        WHO_RELEASES: _person,
    }
)


def decide_release(evidence: ReleaseEvidence) -> Verdict:
    """The verdict on releasing; a pre-condition that raises refuses and counts as not run."""
    findings: list[Finding] = []
    runs: list[CheckRun] = []
    for name in PRECONDITIONS:
        own, ran = _look(evidence, name)
        findings.extend(own)
        runs.append(CheckRun(name=name, ran=ran))
    return Verdict(findings=tuple(findings), checks=tuple(runs), required=frozenset(PRECONDITIONS))


def preconditions(evidence: ReleaseEvidence) -> tuple[Precondition, ...]:
    """The same, name by name, for the screen of the releaser."""
    shown: list[Precondition] = []
    for name in PRECONDITIONS:
        refusing = [finding for finding in _look(evidence, name)[0] if finding.refuses]
        detail = " ".join(finding.observed() for finding in refusing)
        shown.append(Precondition(name=name, met=not refusing, detail=detail))
    return tuple(shown)


def _look(evidence: ReleaseEvidence, name: str) -> tuple[list[Finding], bool]:
    try:
        return PRECONDITIONS[name](evidence), True
    except Exception as fault:  # noqa: BLE001 - whatever a check raises must refuse the release
        crashed = found(codes.CHECK_CRASHED, measured=type(fault).__name__, name=name)
        return [crashed], False
