"""What must still hold when a permit is burned: each thing that can change since it was signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mdps_plugin.build.arming import ARMING_CHECKS, ArmingEvidence, decide_arming
from mdps_plugin.build.decide import decide
from mdps_plugin.build.facts import RoomReading
from mdps_plugin.build.lifecycle import BuildState
from mdps_plugin.build.permit import issue_permit
from mdps_plugin.policy.codes import MISSING, found
from mdps_plugin.policy.signed import no_policy

from .world import HEALTH, LOT, NOW, PRINTER, QUALIFICATION, TECHNICIAN, make_evidence, training

GONE = no_policy(found(MISSING, path="no file"))
UNREAD = replace(GONE, verdict=replace(GONE.verdict, findings=()))
LATER = NOW + timedelta(minutes=5)


def known() -> ArmingEvidence:
    evidence = make_evidence()
    permit = issue_permit(decide(evidence), evidence, permit_id="P-1", build_id="B-1")
    return ArmingEvidence(
        now=LATER,
        permit=permit,
        state=BuildState.PERMITTED,
        planned_sha256=permit.planned_sha256,
        order=evidence.order,
        recipe=evidence.recipe,
        site=evidence.site,
        printer=evidence.printer,
        lot=evidence.lot,
        operator=evidence.operator,
        trainings=evidence.trainings,
        calibrations=evidence.calibrations,
        room=evidence.room,
        health=evidence.health,
    )


def test_nothing_changed() -> None:
    verdict = decide_arming(known())
    assert verdict.accepted, verdict.findings
    assert verdict.required == frozenset(ARMING_CHECKS)
    assert {"permit", "recipe", "material", "people", "room", "printer", "controller"} <= (
        verdict.required
    )


def _recipe(one: ArmingEvidence, **changes: object) -> ArmingEvidence:
    return replace(one, recipe=replace(one.recipe, **changes))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda one: replace(one, state=BuildState.ABORTED), "BD-111"),
        (lambda one: _recipe(one, withdrawn_at=NOW), "BD-024"),
        (lambda one: _recipe(one, approval=None), "BD-023"),
        (lambda one: replace(one, site=replace(one.site, classes=())), "BD-027"),
        (lambda one: replace(one, site=replace(one.site, signed=GONE)), "SP-001"),
        (lambda one: replace(one, site=replace(one.site, signed=UNREAD)), "BD-002"),
        (lambda one: replace(one, lot=None), "BD-045"),
        (lambda one: replace(one, lot=replace(LOT, quarantined=True)), "BD-051"),
        (lambda one: replace(one, lot=replace(LOT, expires=LATER)), "BD-047"),
        (lambda one: replace(one, lot=replace(LOT, remaining_g=0.5)), "BD-052"),
        (lambda one: replace(one, operator=None), "BD-003"),
        (lambda one: replace(one, operator=replace(TECHNICIAN, roles=frozenset())), "BD-003"),
        (lambda one: replace(one, trainings=()), "BD-060"),
        (lambda one: replace(one, trainings=(training(TECHNICIAN, LATER),)), "BD-061"),
        (lambda one: replace(one, calibrations=()), "BD-062"),
        (lambda one: replace(one, room=None), "BD-063"),
        (
            lambda one: replace(
                one, room=RoomReading(temperature_c=35.0, humidity_percent=40.0, at=NOW)
            ),
            "BD-064",
        ),
        (lambda one: replace(one, printer=replace(PRINTER, qualification=None)), "BD-042"),
        (
            lambda one: replace(
                one,
                printer=replace(PRINTER, qualification=replace(QUALIFICATION, valid_until=LATER)),
            ),
            "BD-042",
        ),
        (lambda one: replace(one, printer=replace(PRINTER, uuid="another")), "BD-042"),
        (lambda one: replace(one, printer=replace(PRINTER, uuid=None)), "BD-042"),
        (lambda one: replace(one, printer=replace(PRINTER, settings_digest="0" * 64)), "BD-042"),
        (lambda one: replace(one, printer=replace(PRINTER, connected=False)), "BD-041"),
        (lambda one: replace(one, health=replace(HEALTH, clock_behind_s=500.0)), "BD-070"),
        (
            lambda one: replace(
                one, health=replace(HEALTH, log_writable=False, log_fault="No space left.")
            ),
            "BD-071",
        ),
    ],
)
def test_each_change_since_the_permit_refuses(
    change: Callable[[ArmingEvidence], ArmingEvidence], code: str
) -> None:
    verdict = decide_arming(change(known()))
    assert not verdict.accepted
    assert code in {one.code for one in verdict.refusals()}, verdict.findings


def test_a_check_that_breaks_refuses() -> None:
    verdict = decide_arming(replace(known(), recipe=None))
    assert not verdict.accepted
    assert "recipe" in verdict.not_run
