"""For every finding kind of this room one situation that produces it. Asserts nothing.

``SCENARIOS[code]()`` gives findings, or refusals of a folded log. The catalogue test walks all of
them, the decision test those of :data:`EVIDENCE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mdps_plugin.build import codes, codes_part
from mdps_plugin.build.decide import REQUIRED_CHECKS, decide, run_checks
from mdps_plugin.build.entities import Refusal
from mdps_plugin.build.evidence import (
    Evidence,
    OtherBuild,
    OversightCertificate,
    PlateConfirmation,
)
from mdps_plugin.build.inspection import decide_inspection
from mdps_plugin.build.lifecycle import BuildState
from mdps_plugin.build.measured import Given
from mdps_plugin.build.permit import check_permit
from mdps_plugin.build.postprocess import decide_step
from mdps_plugin.build.record import make_record
from mdps_plugin.build.release import ReleaseEvidence, decide_release
from mdps_plugin.build.signature import Act, may_sign
from mdps_plugin.findings import Finding, FindingKind
from mdps_plugin.recipes.document import Recipe

from ..factories import NOW, make_recipe
from .history import TEMPERATURES, History, record_sources
from .world import (
    HEALTH,
    INSPECTOR,
    JOB_SHA,
    LOT,
    MODEL,
    NOTHING_CHECKED,
    PRINTER,
    QUALITY,
    RELEASER,
    SITE,
    TECHNICIAN,
    VERSIONS,
    accepted_verdict,
    make_evidence,
    make_order,
    recipe_evidence,
    timed_recipe,
    toolpath_for,
    training,
)

DRYING = {"temperature_c": {"minimum": 60, "maximum": 70}, "minimum_h": 4, "use_within_h": 24}


def _order(recipe: Recipe | None = None, **overrides: Any) -> Evidence:
    return make_evidence(recipe, order=make_order(**overrides))


def custom_recipe(**overrides: Any) -> Recipe:
    """The test clip as a custom-made device."""
    base = {"pathway": "custom_made", "request_required": True, "need_justification": "None fits."}
    return make_recipe(**{**base, **overrides})


def custom_order(**overrides: Any) -> Evidence:
    """A custom-made order for :func:`custom_recipe`."""
    return _order(custom_recipe(), pathway="custom_made", **overrides)


def _no_need() -> Evidence:
    evidence = _order(custom_recipe(), pathway="custom_made", need_justification=None)
    silent = replace(evidence.recipe.recipe, need_justification=None)
    return replace(evidence, recipe=replace(evidence.recipe, recipe=silent))


def _dry(**overrides: Any) -> Evidence:
    recipe = make_recipe(**{"material.lot_rules.drying": DRYING})
    return make_evidence(recipe, lot=replace(LOT, **overrides))


def _implantable() -> Evidence:
    evidence = make_evidence()
    recipe = replace(evidence.recipe.recipe, implantable=True)
    return replace(evidence, recipe=replace(evidence.recipe, recipe=recipe))


def _toolpath(**overrides: Any) -> Evidence:
    recipe = make_recipe()
    return make_evidence(recipe, toolpath=toolpath_for(recipe, **overrides))


def _later(days: int) -> Evidence:
    return make_evidence(now=NOW + timedelta(days=days))


def _build(**overrides: Any) -> tuple[OtherBuild, ...]:
    base = {"build_id": "B-0", "order_id": "O-0", "state": "held", "open": True, "made": True}
    return (OtherBuild(**{**base, **overrides}),)


#: Evidence that differs in one thing from what is accepted, by the code that this must give.
KINDS = tuple(
    kind
    for module in (codes, codes_part)
    for kind in vars(module).values()
    if isinstance(kind, FindingKind)
)

EVIDENCE: dict[str, Callable[[], Evidence]] = {
    "BD-002": lambda: make_evidence(printer=replace(PRINTER, verdict=NOTHING_CHECKED)),
    "BD-003": lambda: make_evidence(operator=replace(INSPECTOR, user=TECHNICIAN.user)),
    "BD-010": lambda: custom_order(request=None),
    "BD-011": lambda: custom_order(
        design_characteristics=["See attached DICOM series.", "STL: hand_left.stl"]
    ),
    "BD-012": lambda: _order(pathway="mass_produced"),
    "BD-013": lambda: _order(revision=2),
    "BD-014": lambda: _order(received_at="2026-11-24T00:00:00Z"),
    "BD-015": _no_need,
    "BD-016": lambda: make_evidence(builds=_build(order_id="O-1", open=False)),
    "BD-017": lambda: make_evidence(builds=_build()),
    "BD-021": lambda: _later(800),
    "BD-022": lambda: _later(-800),
    "BD-023": lambda: make_evidence(recipe=recipe_evidence(make_recipe(), approval=None)),
    "BD-024": lambda: make_evidence(recipe=recipe_evidence(make_recipe(), withdrawn_at=NOW)),
    "BD-025": lambda: make_evidence(site=replace(SITE, demonstration=False)),
    "BD-026": lambda: make_evidence(site=replace(SITE, jurisdictions=("EU", "AU"))),
    "BD-027": lambda: make_evidence(site=replace(SITE, classes=("IIa",))),
    "BD-028": _implantable,
    "BD-029": lambda: make_evidence(
        make_recipe(**{"prerequisites.oversight_certificate": "Site ISO 13485"}),
        site=replace(
            SITE,
            oversight_certificates=(OversightCertificate(name="Site ISO 13485", valid_until=NOW),),
        ),
    ),
    "BD-030": lambda: _order(variables={"speed": "fast"}),
    "BD-031": lambda: _order(variables={"colour": "red"}),
    "BD-032": lambda: _order(model=None),
    "BD-033": lambda: make_evidence(model=replace(MODEL, source_sha256="00" * 32)),
    "BD-036": lambda: _toolpath(verdict=accepted_verdict("A")),
    "BD-037": lambda: make_evidence(model=replace(MODEL, placed_sha256="00" * 32)),
    "BD-038": lambda: make_evidence(versions=replace(VERSIONS, slicer="2.6.0")),
    "BD-040": lambda: make_evidence(printer=replace(PRINTER, profile="other")),
    "BD-041": lambda: make_evidence(printer=replace(PRINTER, age_s=11.0)),
    "BD-042": lambda: make_evidence(printer=replace(PRINTER, firmware="2.1.3")),
    "BD-044": lambda: make_evidence(plate=PlateConfirmation(plate="smooth PEI", clear=False)),
    "BD-045": lambda: make_evidence(lot=None),
    "BD-046": lambda: make_evidence(lot=replace(LOT, kind="PETG")),
    "BD-047": lambda: make_evidence(lot=replace(LOT, expires=NOW)),
    "BD-048": lambda: make_evidence(lot=replace(LOT, certificate_sha256=None)),
    "BD-049": lambda: make_evidence(lot=replace(LOT, opened_at=NOW - timedelta(days=91))),
    "BD-050": lambda: _dry(dried=None),
    "BD-051": lambda: make_evidence(lot=replace(LOT, quarantined=True)),
    "BD-052": lambda: make_evidence(lot=replace(LOT, remaining_g=10.0)),
    "BD-060": lambda: make_evidence(trainings=()),
    "BD-061": lambda: make_evidence(trainings=(training(TECHNICIAN, NOW),)),
    "BD-062": lambda: make_evidence(calibrations=()),
    "BD-063": lambda: make_evidence(room=None),
    "BD-064": lambda: make_evidence(room=replace(make_evidence().room, humidity_percent=71.0)),
    "BD-070": lambda: make_evidence(health=replace(HEALTH, clock_behind_s=121.0)),
    "BD-071": lambda: make_evidence(
        health=replace(HEALTH, log_writable=False, log_fault="Disk is read-only.")
    ),
    "BD-072": lambda: make_evidence(health=replace(HEALTH, disk_free_mb=499.0)),
    "BD-073": lambda: make_evidence(health=replace(HEALTH, unconfirmed_oldest_s=73 * 3600.0)),
}


def _crash() -> Iterable[Finding]:
    def broken(_: Evidence) -> tuple[Finding, ...]:
        raise KeyError("gone")

    return run_checks(make_evidence(), {**REQUIRED_CHECKS, "model": broken}).findings


def step_findings(
    *given: Given, step_id: str = "wash", wait_s: float = 300.0, start: bool = True
) -> Iterable[Finding]:
    """Findings on signing the first step of the timed recipe."""
    history = History(timed_recipe()).to_building().streamed()
    if start:
        history.append("step_started", {"build_id": "B-1", "step_id": "wash"})
        started = history.build().step_starts["wash"]
        now = started + timedelta(seconds=wait_s)
    else:
        now = history.now
    build = history.build()
    verdict = decide_step(history.state, build, history.recipe, step_id, given, TECHNICIAN, now)
    return verdict.findings


def measured_again(times: int) -> Iterable[Finding]:
    """Findings on an inspection that was measured ``times`` times before."""
    history = History().to_building().streamed().steps_signed()
    for number in range(times):
        history.append(
            "inspection_refused",
            {
                "build_id": "B-1",
                "measurements": [{"name": "length", "value": 25.0 + number}],
                "by": "tess",
                "verdict": accepted_verdict().to_json(),
            },
        )
    verdict = decide_inspection(
        history.state,
        history.build(),
        history.recipe,
        [Given(key="length", value=20.0)],
        TECHNICIAN,
        history.now,
    )
    return verdict.findings


def release_evidence(history: History, **overrides: Any) -> ReleaseEvidence:
    """What a release of build B-1 by another person sees."""
    base = ReleaseEvidence(
        cell=history.state,
        build=history.build(),
        recipe=history.recipe,
        person=RELEASER,
        record=make_record(record_sources(history)),
        log_whole=True,
        now=history.now,
    )
    return replace(base, **overrides)


def _release(change: Callable[[History], Any] = lambda history: None, **overrides: Any) -> Any:
    history = History().to_inspected()
    change(history)
    return decide_release(release_evidence(history, **overrides)).findings


def _deviate(history: History, decision: str | None = None) -> None:
    history.append(
        "deviation_raised",
        {"build_id": "B-1", "deviation_id": "D1", "code": "seen", "seen": "A gap."},
    )
    if decision is not None:
        history.signed(
            "deviation_decided",
            QUALITY,
            Act.DECIDE_DEVIATION,
            build_id="B-1",
            deviation_id="D1",
            decision=decision,
            justification="Looked at it.",
        )


def _other_bytes() -> Iterable[Finding]:
    history = History().to_building().streamed(streamed="00" * 32).steps_signed().inspected()
    return decide_release(release_evidence(history)).findings


def _hot() -> Iterable[Finding]:
    hot = {**TEMPERATURES, "nozzle": {"minimum": 208.0, "mean": 210.0, "maximum": 226.0}}
    history = History().to_building().streamed(temperatures=hot).steps_signed().inspected()
    return decide_release(release_evidence(history)).findings


def _quarantine(history: History) -> None:
    history.signed("lot_quarantined", QUALITY, Act.QUARANTINE_LOT, lot_id="22B")


def _no_statement() -> Iterable[Finding]:
    history = History().to_inspected()
    draft = make_record(record_sources(history))
    recipe = {**draft["recipe"], "manufacturer": {"name": "Maker", "address": ""}}
    return _release(record={**draft, "recipe": recipe})


def _permit(**overrides: Any) -> Iterable[Finding]:
    history = History().registers().ordered().verified().permitted()
    permit = history.build().permit
    values: dict[str, Any] = {
        "now": history.now,
        "state": BuildState.PERMITTED,
        "planned_sha256": JOB_SHA,
        "order_sha256": permit.order_sha256,
        "recipe_digest": permit.recipe_digest,
        "printer_serial": permit.printer_serial,
        **overrides,
    }
    return check_permit(permit, values.pop("now"), **values)


def _refusals(*entries: tuple[str, dict[str, Any]]) -> Iterable[Refusal]:
    history = History().to_building()
    for kind, body in entries:
        history.append(kind, body)
    return history.state.refusals


SCENARIOS: dict[str, Callable[[], Iterable[Finding | Refusal]]] = {
    **{code: (lambda make=make: decide(make()).findings) for code, make in EVIDENCE.items()},
    "BD-001": _crash,
    "BD-004": lambda: may_sign(RELEASER, Act.RELEASE, made_by=["rob"]),
    "BD-005": lambda: may_sign(QUALITY, Act.DECIDE_DEVIATION, operator="quinn"),
    "BD-080": lambda: step_findings(step_id="deburr"),
    "BD-081": lambda: step_findings(),
    "BD-082": lambda: step_findings(Given(key="taste", value=1.0)),
    "BD-083": lambda: step_findings(Given(key="water temperature", value=34.9)),
    "BD-084": lambda: step_findings(Given(key="water temperature", value=40.0), wait_s=299.9),
    "BD-085": lambda: step_findings(Given(key="water temperature", value=40.0), start=False),
    "BD-086": lambda: measured_again(2),
    "BD-087": lambda: measured_again(1),
    "BD-088": lambda: step_findings(Given(key="water temperature", value=40.0, gauge="a finger")),
    "BD-090": _other_bytes,
    "BD-091": lambda: _release(_deviate),
    "BD-092": lambda: _release(lambda history: _deviate(history, "scrap")),
    "BD-093": lambda: _release(build=replace(History().to_inspected().build(), steps=())),
    "BD-094": lambda: _release(build=replace(History().to_inspected().build(), taken=())),
    "BD-095": lambda: (
        decide_release(
            release_evidence(
                History().to_building().streamed().steps_signed().inspected(value=20.6)
            )
        ).findings
    ),
    "BD-096": lambda: _release(log_whole=False),
    "BD-097": _hot,
    "BD-098": lambda: (
        decide_release(release_evidence(History().to_building().streamed().steps_signed())).findings
    ),
    "BD-099": lambda: _release(_quarantine),
    "BD-100": _no_statement,
    "BD-110": lambda: _permit(now=NOW + timedelta(days=1)),
    "BD-111": lambda: _permit(state=BuildState.ARMED),
    "BD-112": lambda: _permit(planned_sha256="00" * 32),
    "BD-121": lambda: _refusals(
        ("line_refused", {"who": "sam", "where_from": "OctoPrint", "line": "G28"})
    ),
    "BD-122": lambda: _refusals(
        ("build_aborted", {"build_id": "B-1", "reason": "Nozzle 226 °C for 14 s"})
    ),
    "BD-123": lambda: _refusals(
        ("controller_started", {}),
        ("build_aborted", {"build_id": "B-1", "reason": "Power was lost at line 140"}),
    ),
    "BD-124": lambda: _refusals(
        ("stop_word", {"who": "sam", "where_from": "OctoPrint", "line": "M112"})
    ),
}


def kind_of(code: str) -> FindingKind:
    """The kind of that code."""
    return next(kind for kind in KINDS if kind.code == code)
