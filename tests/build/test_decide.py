"""The decision: what is accepted, and that one wrong thing, or a check that breaks, refuses."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.build import codes
from mdps_plugin.build.checks.material import check_lot
from mdps_plugin.build.checks.order import points_only
from mdps_plugin.build.checks.variables import check_variables, value_allowed
from mdps_plugin.build.checks.versions import inside
from mdps_plugin.build.decide import ORDER_CHECKS, REQUIRED_CHECKS, decide, decide_order, run_checks
from mdps_plugin.build.evidence import Evidence, OtherBuild
from mdps_plugin.build.kinds import found
from mdps_plugin.build.lot import Dried, filament_grams, parse_lot
from mdps_plugin.build.permit import BuildPermit, Refused, issue_permit, read_permit
from mdps_plugin.errors import DocumentError
from mdps_plugin.findings import Severity
from mdps_plugin.reading import Fields
from mdps_plugin.recipes.document import Variable
from mdps_plugin.units import Range

from ..factories import NOW, make_recipe
from .scenarios import DRYING, EVIDENCE, custom_order, kind_of
from .world import LOT, NOTHING_CHECKED, make_evidence, make_order, recipe_evidence


def test_complete_evidence_is_accepted() -> None:
    verdict = decide(make_evidence())
    assert verdict.accepted
    assert verdict.findings == ()
    assert {check.name for check in verdict.checks} == set(REQUIRED_CHECKS)


def test_complete_custom_made_order_is_accepted() -> None:
    assert decide(custom_order()).accepted


@pytest.mark.parametrize("code", sorted(EVIDENCE))
def test_one_wrong_thing_refuses(code: str) -> None:
    verdict = decide(EVIDENCE[code]())
    assert code in {finding.code for finding in verdict.findings}
    assert verdict.accepted == (kind_of(code).severity is not Severity.REFUSE)


def test_every_reason_is_given_at_once() -> None:
    evidence = make_evidence(lot=None, room=None, plate=None, trainings=())
    found = {finding.code for finding in decide(evidence).findings}
    assert {"BD-045", "BD-063", "BD-044", "BD-060"} <= found


@pytest.mark.parametrize("name", sorted(REQUIRED_CHECKS))
def test_a_check_that_breaks_refuses_and_counts_as_not_run(name: str) -> None:
    def broken(_: Evidence) -> tuple[Any, ...]:
        raise ZeroDivisionError("oops")

    verdict = run_checks(make_evidence(), {**REQUIRED_CHECKS, name: broken})
    assert not verdict.accepted
    assert verdict.not_run == (name,)
    assert [finding.code for finding in verdict.findings] == ["BD-001"]


def test_evidence_of_the_wrong_shape_refuses_instead_of_breaking() -> None:
    for one in fields(Evidence):
        verdict = decide(replace(make_evidence(), **{one.name: object()}))
        assert not verdict.accepted, one.name


def test_no_checks_at_all_refuse() -> None:
    assert not run_checks(make_evidence(), {}).accepted


@pytest.mark.parametrize("part", ["recipe", "model", "toolpath"])
def test_a_part_that_checked_nothing_refuses(part: str) -> None:
    evidence = make_evidence()
    changed = replace(getattr(evidence, part), verdict=NOTHING_CHECKED)
    verdict = decide(replace(evidence, **{part: changed}))
    assert not verdict.accepted
    assert "BD-002" in {finding.code for finding in verdict.findings}


def test_findings_of_other_rooms_are_carried_in() -> None:
    finding = found(codes.LOT_QUARANTINED, lot="another room's finding")
    evidence = make_evidence()
    assert evidence.model is not None
    refused = replace(evidence.model.verdict, findings=(finding,))
    verdict = decide(replace(evidence, model=replace(evidence.model, verdict=refused)))
    assert finding in verdict.findings
    assert not verdict.accepted


def test_approval_of_another_digest_does_not_count() -> None:
    recipe, other = make_recipe(), make_recipe(**{"identity.title": "Another"})
    approval = recipe_evidence(other).approval
    verdict = decide(make_evidence(recipe, recipe=recipe_evidence(recipe, approval=approval)))
    assert [finding.code for finding in verdict.findings] == ["BD-023"]


def test_verdict_on_the_order_alone_gives_no_permit() -> None:
    evidence = make_evidence()
    verdict = decide_order(evidence)
    assert verdict.accepted
    assert verdict.required == ORDER_CHECKS
    with pytest.raises(RuntimeError):
        issue_permit(verdict, evidence, permit_id="p", build_id="b")


def test_permit_binds_what_was_decided() -> None:
    evidence = make_evidence()
    permit = issue_permit(decide(evidence), evidence, permit_id="p", build_id="b")
    assert permit.expires_at - permit.issued_at == timedelta(seconds=1800)
    assert permit.planned_sha256 == evidence.toolpath.digests["canonical"]
    assert permit.order_sha256 == evidence.order.sha256
    assert permit.recipe_digest == evidence.recipe.recipe.digest
    assert (permit.lot_id, permit.operator) == ("22B", "tess")
    assert permit.steps == ("deburr",)
    assert _read_back(permit) == permit


def _read_back(permit: BuildPermit) -> BuildPermit:
    return read_permit(Fields(permit.to_json(), "log"))


@pytest.mark.parametrize("code", [code for code in sorted(EVIDENCE) if code != "BD-073"])
def test_refused_evidence_never_gives_a_permit(code: str) -> None:
    evidence = EVIDENCE[code]()
    with pytest.raises(Refused) as caught:
        issue_permit(decide(evidence), evidence, permit_id="p", build_id="b")
    assert code in str(caught.value)


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("See attached DICOM", True),
        ("hand_left.stl", True),
        ("please refer to the CT images sent by email", True),
        ("...", True),
        ("Length 20 mm", False),
        ("Follows the attached scan, 2 mm offset", False),
        ("Wall 3 mm", False),
    ],
)
def test_pointing_at_attachments_is_told_from_designing(text: str, only: bool) -> None:
    assert points_only(text) is only


@pytest.mark.parametrize(
    ("version", "range_", "result"),
    [
        ("1.11.8", ">=1.11.8,<2.1", True),
        ("2.1.0", ">=1.11.8,<2.1", False),
        ("1.11.8+deb12", ">=1.11.8,<2.1", True),
        ("2.0.0rc7", ">=1.11.8,<2.1", False),
        ("2.0.0rc7", ">=2.0.0rc1,<2.1", True),
        ("1.11.8.dev3", ">=1.11.8,<2.1", False),
        (None, ">=1", False),
        ("", ">=1", False),
        ("latest", ">=1", False),
        ("1.0", "", False),
        ("1.0", "about one", False),
    ],
)
def test_versions(version: str | None, range_: str, result: bool) -> None:
    assert inside(version, range_) is result


NUMBER = Variable(
    name="gap",
    kind="number",
    allowed=(),
    limits=Range(minimum=0.2, maximum=1.0),
    step=0.1,
    unit="mm",
    default="0.4",
    affects="fit",
)


@pytest.mark.parametrize("value", ["0.2", "0.7", "1.0", "1", "0.30"])
def test_values_inside_on_a_step_are_allowed(value: str) -> None:
    assert value_allowed(NUMBER, value)


@pytest.mark.parametrize(
    "value", ["0.1", "1.1", "0.25", "nan", "inf", "1e-1", "", " 0.3", "0,3", "٣", "-0.2"]
)
def test_values_outside_or_between_steps_are_refused(value: str) -> None:
    assert not value_allowed(NUMBER, value)
    assert [one.code for one in check_variables({"gap": value}, (NUMBER,))] == ["BD-031"]


@given(st.text(max_size=12))
def test_any_text_is_a_value_or_not(value: str) -> None:
    if value_allowed(NUMBER, value):
        assert 0.2 <= float(value) <= 1.0


DRY_RECIPE = make_recipe(**{"material.lot_rules.drying": DRYING})


@pytest.mark.parametrize(
    ("dried", "good"),
    [
        (Dried(temperature_c=65, hours=4, finished_at=NOW - timedelta(hours=24)), True),
        (Dried(temperature_c=65, hours=3.9, finished_at=NOW), False),
        (Dried(temperature_c=59, hours=9, finished_at=NOW), False),
        (Dried(temperature_c=71, hours=9, finished_at=NOW), False),
        (Dried(temperature_c=65, hours=4, finished_at=NOW - timedelta(hours=24.1)), False),
        (Dried(temperature_c=65, hours=4, finished_at=NOW + timedelta(minutes=1)), False),
        (None, False),
    ],
)
def test_drying(dried: Dried | None, good: bool) -> None:
    findings = check_lot(replace(LOT, dried=dried), DRY_RECIPE.material, None, NOW)
    assert ([] if good else ["BD-050"]) == [finding.code for finding in findings]


def test_grams_of_filament() -> None:
    # 1000 mm of 1.75 mm PLA: 2.4053 cm3 at 1.24 g/cm3.
    assert filament_grams(1000.0, 1.75, 1.24) == pytest.approx(2.9826, abs=1e-4)


def test_lot_round_trip_and_refusal() -> None:
    lot = replace(LOT, dried=Dried(temperature_c=65, hours=4, finished_at=NOW))
    assert parse_lot(lot.to_json(), "lot") == lot
    with pytest.raises(DocumentError) as caught:
        parse_lot({**lot.to_json(), "remaining_g": -1}, "lot")
    assert caught.value.path == "remaining_g"


@pytest.mark.parametrize(("made", "accepted"), [(False, True), (True, False)])
def test_only_a_lost_build_lets_the_order_have_another(made: bool, accepted: bool) -> None:
    earlier = OtherBuild(build_id="B-0", order_id="O-1", state="aborted", open=False, made=made)
    assert decide(make_evidence(builds=(earlier,))).accepted is accepted


def test_order_without_revision_takes_the_one_in_use() -> None:
    assert decide(make_evidence(order=make_order(revision=None))).accepted


COLOURED = make_recipe(
    **{
        "material.colours": ["white", "blue"],
        "variables": [
            {
                "name": "colour",
                "kind": "choice",
                "allowed": ["white", "blue"],
                "unit": "",
                "default": "white",
                "affects": "material.colours",
            }
        ],
    }
)


@pytest.mark.parametrize(
    ("variables", "lot_colour", "accepted"),
    [
        ({}, "white", True),
        ({}, "blue", False),
        ({"colour": "blue"}, "blue", True),
        ({"colour": "blue"}, "white", False),
    ],
)
def test_lot_has_the_colour_that_was_ordered(
    variables: dict[str, str], lot_colour: str, accepted: bool
) -> None:
    evidence = make_evidence(
        COLOURED, order=make_order(variables=variables), lot=replace(LOT, colour=lot_colour)
    )
    verdict = decide(evidence)
    assert verdict.accepted is accepted
    assert accepted or [one.code for one in verdict.findings] == ["BD-046"]
