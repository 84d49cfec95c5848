"""``mdps recipe lint``: all faults at once, in numbers; signing refuses what it refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.authoring.examples import EXAMPLES
from mdps_plugin.authoring.lint import lint
from mdps_plugin.authoring.lint_evidence import covered_by, uncovered
from mdps_plugin.authoring.make_examples import KEYS_FOLDER, example_document
from mdps_plugin.authoring.refusals import covered, honest, put, setting
from mdps_plugin.authoring.setting_flows import nominal_flow_mm3_per_mm
from mdps_plugin.cli.main import main
from mdps_plugin.findings import Verdict
from mdps_plugin.recipes.parse import ENVELOPE_NAME, parse_recipe
from mdps_plugin.recipes.store import load_bundle, recipes_folder

from .judged import AT, judge, only


def test_an_uncovered_parameter_is_named_with_what_is_claimed_and_what_is_covered() -> None:
    finding = only(judge(covered("envelope.size_z_mm", 15, 40)), "AU-013")
    assert finding.where.path == "envelope.size_z_mm"
    assert finding.observed() == "envelope.size_z_mm is 15 to 60 mm; covered: 15 to 40 mm"


def test_every_fault_is_named_at_once() -> None:
    verdict = judge(
        put("gtin", "04012345678901"),
        put("retention", [{"rule": "site rule", "years": 5}]),
        put("essential_principles.0.justification", "TODO"),
        setting("perimeter_extrusion_width", "0.6"),
    )
    assert {f.code for f in verdict.refusals()} == {
        "AU-003",
        "AU-021",
        "AU-040",
        "AU-041",
        "AU-042",
    }


def test_a_document_that_does_not_parse_says_what_did_not_run() -> None:
    verdict = judge(put("window.layer_height_mm", -1))
    assert only(verdict, "AU-001").where.path == "window.layer_height_mm"
    assert set(verdict.not_run) == {
        *("rules", "files", "evidence", "settings", "blocks", "model and job")
    }


def test_two_reports_that_meet_cover_what_neither_covers_alone() -> None:
    draft = honest()
    second = copy.deepcopy(draft.document["evidence"][0])
    second["evidence_id"] = "second-test"
    draft.document["evidence"].append(second)
    for report, (low, high) in zip(draft.document["evidence"], ((15, 40), (40, 60)), strict=True):
        for entry in report["coverage"]:
            if entry["parameter"] == "envelope.size_z_mm":
                entry["limits"] = {"minimum": low, "maximum": high}
    assert lint(draft.document, draft.files, AT, "test").accepted
    second["coverage"][2]["limits"]["minimum"] = 41
    verdict = lint(draft.document, draft.files, AT, "test")
    assert "covered: 15 to 40 mm, 41 to 60 mm" in only(verdict, "AU-013").observed()


@given(
    claimed=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    parts=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=5),
)
def test_coverage_is_the_union_of_whole_ranges(
    claimed: tuple[int, int], parts: list[tuple[int, int]]
) -> None:
    """Against the definition: every point of a fine grid lies in some report."""
    draft = honest()
    report = draft.document["evidence"][0]
    draft.document["evidence"] = [
        {
            **report,
            "evidence_id": f"test-{number}",
            "coverage": [
                {
                    "parameter": "envelope.size_z_mm",
                    "limits": {"minimum": min(part), "maximum": max(part)},
                }
            ],
        }
        for number, part in enumerate(parts)
    ]
    for principle in draft.document["essential_principles"]:
        principle["evidence_ids"] = []
    low, high = min(claimed), max(claimed)
    draft.document["envelope"]["size_z_mm"] = {"minimum": low, "maximum": high}
    draft.document["envelope"]["volume_cm3"]["minimum"] = 0.001
    recipe = parse_recipe(draft.document, "test")
    grid = [low + step * 0.25 for step in range(4 * (high - low) + 1)]
    inside = all(any(min(p) <= point <= max(p) for p in parts) for point in grid)
    missing = {claim.parameter for claim, _ in uncovered(recipe, {})}
    assert ("envelope.size_z_mm" not in missing) == inside
    ranges = covered_by(recipe, "envelope.size_z_mm")
    assert all(a.maximum < b.minimum for a, b in pairwise(ranges))


@pytest.mark.parametrize("versions", ["==2.6.0", ">=2.5.1,<2.6", "==2.4.2"])
def test_a_version_whose_writing_nobody_looked_at_is_a_note(versions: str) -> None:
    verdict = judge(put("validated_with.slicer_version", versions))
    finding = only(verdict, "AU-027")
    assert verdict.accepted
    assert finding.where.path == "validated_with.slicer_version"
    assert finding.observed().endswith(f" {versions}")
    assert finding.allowed() == (
        "a version range with PrusaSlicer 2.5.0 or CuraEngine 4.13.0, for that check"
    )


@pytest.mark.parametrize("versions", ["==2.5.0", ">=2.5.0,<2.6"])
def test_a_version_whose_writing_is_known_needs_no_note(versions: str) -> None:
    verdict = judge(put("validated_with.slicer_version", versions))
    assert "AU-027" not in {finding.code for finding in verdict.findings}


def test_a_report_on_another_process_is_idle_but_does_not_refuse_beside_a_good_one() -> None:
    draft = honest()
    other = copy.deepcopy(draft.document["evidence"][0])
    other.update(evidence_id="glia-paper", covers_material="ABS")
    draft.document["evidence"].append(other)
    verdict = lint(draft.document, draft.files, AT, "test")
    assert verdict.accepted
    assert only(verdict, "AU-012").where.path == "evidence[1]"


def test_the_flow_of_a_line_is_that_of_a_bead_with_half_round_sides() -> None:
    # By area: a rectangle h by w - h and a circle of diameter h.
    assert nominal_flow_mm3_per_mm(0.45, 0.2) == pytest.approx(0.2 * 0.25 + 3.14159265 * 0.01)


def test_shipped_examples_may_be_signed_and_say_that_nothing_covers_them() -> None:
    for example in EXAMPLES:
        files = dict(load_bundle(recipes_folder() / example.name / str(example.revision)))
        del files[ENVELOPE_NAME]
        verdict = lint(example_document(example, files), files, AT, example.name)
        assert verdict.accepted, [finding.message() for finding in verdict.refusals()]
        assert only(verdict, "AU-015").measured


def mask_extender(**files: bytes) -> Verdict:
    example = next(item for item in EXAMPLES if item.name == "mask-extender")
    pinned = dict(load_bundle(recipes_folder() / "mask-extender" / "1"))
    del pinned[ENVELOPE_NAME]
    for name, data in files.items():
        pinned[name.replace("_", ".")] = data
    return lint(example_document(example, pinned), pinned, AT, "test")


def test_a_model_outside_its_own_envelope_and_a_job_outside_its_own_window_are_named() -> None:
    job = load_bundle(recipes_folder() / "mask-extender" / "1")["job.gcode"]
    hotter = mask_extender(job_gcode=job.replace(b"M104 S210", b"M104 S211"))
    found = {finding.code for finding in hotter.refusals()}
    assert found
    assert all(code.startswith("TP-") for code in found)
    models = recipes_folder() / "example-models"
    other = mask_extender(model_stl=(models / "finger-splint.stl").read_bytes())
    found = {finding.code for finding in other.refusals()}
    assert found
    assert all(code.startswith("MD-") for code in found)
    noise = mask_extender(model_stl=b"no model")
    assert {finding.code for finding in noise.refusals()} == {"AU-005"}


LEAVES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    entries = value.items() if isinstance(value, Mapping) else ()
    if isinstance(value, list):
        entries = enumerate(value)
    return found + [place for key, inner in entries for place in places(inner, (*path, key))]


DRAFT = honest()
PLACES = places(DRAFT.document)


@given(place=st.sampled_from(PLACES), value=LEAVES, data=st.binary(max_size=40))
def test_any_document_and_any_bytes_give_findings_and_never_an_exception(
    place: tuple[Any, ...], value: Any, data: bytes
) -> None:
    document: Any = copy.deepcopy(DRAFT.document)
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    for name in DRAFT.files:
        verdict = lint(document, {**DRAFT.files, name: data}, AT, "test")
        assert not verdict.accepted
        assert all(finding.message() for finding in verdict.findings)


def test_signing_refuses_what_lint_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = honest()
    folder = tmp_path / "files"
    folder.mkdir()
    for name, data in draft.files.items():
        (folder / name).write_bytes(data)
    document = tmp_path / "recipe.json"
    keys = recipes_folder() / KEYS_FOLDER
    sign = ["recipe", "sign", str(folder), "--document", str(document), "--json", "--key"]
    draft.document["evidence"][0]["coverage"].pop()
    document.write_text(json.dumps(draft.document), encoding="utf-8")
    lint_words = ["recipe", "lint", str(folder), "--document", str(document), "--json"]
    assert main(lint_words) == 1
    linted = json.loads(capsys.readouterr().out)
    assert main([*sign, str(keys / "quality.pem")]) == 1
    assert json.loads(capsys.readouterr().out)["findings"] == linted["findings"]
    assert not (folder / ENVELOPE_NAME).exists()
    document.write_text(json.dumps(honest().document), encoding="utf-8")
    assert main(lint_words) == 0
    assert main([*sign, str(keys / "quality.pem")]) == 0
    assert main([*sign[:3], "--json", "--key", str(keys / "regulatory.pem")]) == 0
    capsys.readouterr()
    assert main(["recipe", "lint", str(folder)]) == 0
    assert "nothing that forbids signing" in capsys.readouterr().out
