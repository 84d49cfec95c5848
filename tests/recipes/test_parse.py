"""The recipe parser: what it takes, what it refuses and where, and that nothing else comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.canonical import canonical_json, digest_of, read_json
from mdps_plugin.errors import DocumentError
from mdps_plugin.recipes.document import FileRole, Recipe
from mdps_plugin.recipes.parse import parse_recipe
from mdps_plugin.recipes.parse_process import variable_allows
from tests.factories import make_recipe, recipe_document

SHA = "0" * 64


def refusal(document: Any) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse_recipe(document, "recipe.json")
    assert caught.value.source == "recipe.json"
    assert caught.value.observed
    assert caught.value.allowed
    return caught.value


def test_reads_every_field_and_computes_the_digest_of_what_it_read() -> None:
    document = recipe_document()
    recipe = parse_recipe(document, "recipe.json")
    assert recipe.label == "test-clip revision 1"
    assert recipe.digest == digest_of(document)
    assert recipe.file(FileRole.MODEL) is None
    assert recipe.retention_years == 5
    assert recipe.raw == document


def test_parsing_twice_gives_equal_recipes() -> None:
    first = make_recipe()
    again = parse_recipe(read_json(canonical_json(recipe_document()), "x"), "recipe.json")
    assert first == again


REFUSED: list[tuple[str, Any, str]] = [
    ("schema", "mdps-recipe/3", "schema"),
    ("surprise", 1, "surprise"),
    ("window.maximun_mm", 1, "window.maximun_mm"),
    ("identity.recipe_id", "Test Clip", "identity.recipe_id"),
    ("identity.recipe_id", "../etc", "identity.recipe_id"),
    ("identity.revision", 0, "identity.revision"),
    ("identity.revision", True, "identity.revision"),
    ("identity.revision", 1.5, "identity.revision"),
    ("identity.expires", "2026-01-01T00:00:00Z", "identity.expires"),
    ("identity.expires", "2026-02-30T00:00:00Z", "identity.expires"),
    ("identity.expires", "2028-01-01 00:00", "identity.expires"),
    ("device.intended_use", " ", "device.intended_use"),
    ("device.contraindications", [], "device.contraindications"),
    ("pathway", "wellness", "pathway"),
    ("pathway", "custom_made", "need_justification"),
    ("pathway", "health_institution", "need_justification"),
    ("responsibility", "health_institution", "responsibility"),
    ("classification", [], "classification"),
    ("gtin", "04012345678900", "gtin"),
    ("gtin", "4012345678901", "gtin"),
    ("material.density_g_cm3", -1.24, "material.density_g_cm3"),
    ("material.density_g_cm3", 1240, "material.density_g_cm3"),
    ("material.density_g_cm3", "1.24 g/cm3", "material.density_g_cm3"),
    ("material.diameter_mm", 0.00175, "material.diameter_mm"),
    ("material.is_medical_device", True, "material.intended_uses"),
    ("material.lot_rules.drying", {}, "material.lot_rules.drying.temperature_c"),
    ("printer.firmware_profile", "../profile", "printer.firmware_profile"),
    ("validated_with.slicer_version", "2.5", "validated_with.slicer_version"),
    ("validated_with.octoprint", "*", "validated_with.octoprint"),
    ("model_source", "pinned", "files"),
    ("job_source", "signed_gcode", "files"),
    ("files", [], "files"),
    ("files.0.sha256", "ABC", "files[0].sha256"),
    ("files.0.name", "../settings.ini", "files[0].name"),
    ("files.0.name", "recipe.dsse.json", "files[0].name"),
    ("files.0.name", "start.gcode", "files"),
    ("files.0.role", "start_gcode", "files"),
    ("files.0.role", "evidence_report", "files"),
    ("files.0.role", "model", "files"),
    ("files.0.size_bytes", -1, "files[0].size_bytes"),
    ("window.commands", ["G1", "M500"], "window.commands"),
    ("window.commands", ["G1", "M115"], "window.commands"),
    ("window.commands", ["G1", "g92"], "window.commands"),
    ("window.commands", ["G1", "G1"], "window.commands"),
    ("window.commands", ["G92", "M106"], "window.commands"),
    ("window.commands", ["G1", "G92"], "window.commands"),
    ("window.temperatures", [], "window.temperatures"),
    ("window.temperatures.0.nozzle_c", 410, "window.temperatures[0].nozzle_c"),
    ("window.temperatures.0.nozzle_c", 483.15, "window.temperatures[0].nozzle_c"),
    ("window.temperatures.0.nozzle_c", 230, "window.nozzle_c"),
    ("window.temperatures.0.bed_c", 80, "window.bed_c"),
    ("window.temperatures.0.from_layer", 1, "window.temperatures[0].from_layer"),
    ("window.nozzle_c", {"minimum": 220, "maximum": 200}, "window.nozzle_c"),
    ("window.nozzle_c", {"minimum": 200}, "window.nozzle_c.maximum"),
    ("window.nozzle_c", [200, 220], "window.nozzle_c"),
    ("window.features.1.feature", "first_layer", "window.features"),
    ("window.features", [], "window.features"),
    ("window.fan.1.from_layer", 0, "window.fan"),
    ("window.fan.1.values", [0, 256], "window.fan[1].values[1]"),
    ("window.fan.1.values", [0, 0], "window.fan[1].values[1]"),
    ("window.fan.1.values", [True], "window.fan[1].values[0]"),
    ("window.layer_height_mm", 0.5, "window.layer_height_mm"),
    ("window.layer_height_mm", float("nan"), "window.layer_height_mm"),
    ("window.layer_height_mm", float("inf"), "window.layer_height_mm"),
    ("window.lines_at_most", 0, "window.lines_at_most"),
    ("envelope.volume_cm3", {"minimum": 4000, "maximum": 5000}, "envelope.volume_cm3"),
    ("envelope.placed_at_x_mm", 50, "envelope.placed_at_x_mm"),
    ("envelope.quantity_per_plate", 0, "envelope.quantity_per_plate"),
    ("variables.0.default", "green", "variables[0].default"),
    ("variables.0.allowed", [], "variables[0].allowed"),
    ("variables.0.kind", "free", "variables[0].kind"),
    ("rings", ["C"], "rings"),
    ("rings", [], "rings"),
    ("rings", ["A", "A"], "rings"),
    ("rings", ["A", "D"], "rings"),
    ("hold.longest_s", 700, "hold.longest_s"),
    ("permit_valid_s", 30, "permit_valid_s"),
    ("inspection", [], "inspection"),
    ("inspection.0.nominal", 25, "inspection[0].nominal"),
    ("inspection.0.key", False, "inspection"),
    ("prerequisites.calibrations", ["caliper", "caliper"], "prerequisites.calibrations"),
    ("evidence", [], "evidence"),
    ("evidence.0.kind", "hearsay", "evidence[0].kind"),
    ("evidence.0.report_sha256", False, "evidence[0].report_sha256"),
    ("evidence.0.report_sha256", "", "evidence[0].report_sha256"),
    ("evidence.0.covers_material", "ABS", "evidence"),
    ("evidence.0.covers_printer", "Other printer", "evidence"),
    ("evidence.0.covers_nozzle_mm", 0.6, "evidence"),
    ("identity.example_only", False, "evidence"),
    ("essential_principles", [], "essential_principles"),
    ("essential_principles.0.item", "luck", "essential_principles"),
    ("essential_principles.0.justification", "", "essential_principles[0].justification"),
    ("essential_principles.0.evidence_ids", ["none"], "essential_principles"),
    ("retention", [{"rule": "short", "years": 4}], "retention"),
    ("implantable", True, "retention"),
    ("sources", [], "sources"),
    ("identity.title", "a\u202eb", "identity.title"),
]


@pytest.mark.parametrize(("path", "value", "place"), REFUSED)
def test_refuses_and_names_the_place(path: str, value: Any, place: str) -> None:
    assert refusal(recipe_document(**{path: value})).path == place


@pytest.mark.parametrize("name", sorted(recipe_document()))
def test_refuses_a_missing_field(name: str) -> None:
    document = recipe_document()
    del document[name]
    if name in ("need_justification", "gtin"):
        # Optional by their nature: the reader treats absence as null.
        parse_recipe(document, "recipe.json")
    else:
        assert refusal(document).path == name


def test_custom_made_is_for_one_person_on_request_and_has_no_gtin() -> None:
    custom = {
        "pathway": "custom_made",
        "need_justification": "None on the market fits.",
        "request_required": True,
    }
    make_recipe(**custom)
    for extra, place in (
        ({"gtin": "04012345678901"}, "gtin"),
        ({"request_required": False}, "request_required"),
        ({"envelope.quantity_per_plate": 2}, "envelope.quantity_per_plate"),
    ):
        assert refusal(recipe_document(**{**custom, **extra})).path == place


def test_health_institution_answers_for_its_own_devices_only() -> None:
    own = {"pathway": "health_institution", "need_justification": "None on the market fits."}
    assert refusal(recipe_document(**own)).path == "responsibility"
    make_recipe(**own, responsibility="health_institution")


def test_a_real_recipe_needs_tested_samples_of_its_own_material() -> None:
    recipe = make_recipe(
        **{"identity.example_only": False, "evidence.0.kind": "PQ", "evidence.0.samples": 5}
    )
    assert not recipe.identity.example_only


def test_implantable_devices_keep_records_fifteen_years() -> None:
    recipe = make_recipe(implantable=True, retention=[{"rule": "MDR", "years": 15}])
    assert recipe.retention_years == 15


def test_a_job_signed_whole_needs_a_pinned_model() -> None:
    job = {"role": "job_gcode", "name": "job.gcode", "sha256": SHA, "size_bytes": 10}
    model = {"role": "model", "name": "model.stl", "sha256": SHA, "size_bytes": 10}
    files = [*recipe_document()["files"], job]
    assert refusal(recipe_document(job_source="signed_gcode", files=files)).path == "model_source"
    recipe = make_recipe(job_source="signed_gcode", model_source="pinned", files=[*files, model])
    assert recipe.file(FileRole.JOB_GCODE) is not None
    assert make_recipe(
        job_source="signed_gcode", model_source="pinned", files=[*files, model], rings=["A", "C"]
    ).rings == ("A", "C")


@pytest.mark.parametrize("source", ["slice", "brought"])
def test_a_job_that_is_not_signed_whole_is_sliced_a_second_time(source: str) -> None:
    document = recipe_document(job_source=source, rings=["A", "C"])
    assert refusal(document).path == "rings"
    assert refusal(document).observed == f"A, C with job_source {source}"
    make_recipe(job_source=source, rings=["A", "B"])


def test_slicing_again_needs_pinned_settings() -> None:
    files = [entry for entry in recipe_document()["files"] if entry["role"] != "slicer_settings"]
    document = recipe_document(job_source="brought", files=files, rings=["A", "B"])
    assert refusal(document).path == "rings"


NUMBER = {
    "name": "length_mm",
    "kind": "number",
    "limits": {"minimum": 15, "maximum": 60},
    "step": 0.5,
    "unit": "mm",
    "default": "24",
    "affects": "envelope.size_z_mm",
}


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("15", True),
        ("60", True),
        ("24.5", True),
        ("24.25", False),
        ("14.5", False),
        ("60.5", False),
        ("2.4e1", False),
        ("nan", False),
        ("", False),
        (" 24", False),
        ("٢٤", False),
    ],
)
def test_a_number_lies_on_the_signed_grid(text: str, allowed: bool) -> None:
    variable = make_recipe(variables=[NUMBER]).variables[0]
    assert variable_allows(variable, text) is allowed


@pytest.mark.parametrize("default", ["24.2", "100", "wide"])
def test_a_default_off_the_grid_is_refused(default: str) -> None:
    document = recipe_document(variables=[{**NUMBER, "default": default}])
    assert refusal(document).path == "variables[0].default"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(JSON)
@settings(max_examples=60, deadline=None)
def test_any_json_gives_a_document_error(document: Any) -> None:
    with pytest.raises(DocumentError):
        parse_recipe(document, "recipe.json")


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [here] if here else []
    if isinstance(value, dict):
        items: Any = value.items()
    else:
        items = enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*here, key))
    return found


PLACES = places(recipe_document())


@given(st.sampled_from(PLACES), JSON)
@settings(max_examples=300, deadline=None)
def test_one_field_replaced_gives_a_recipe_or_a_document_error(
    place: tuple[Any, ...], value: Any
) -> None:
    document = recipe_document()
    *parents, last = place
    inner: Any = document
    for key in parents:
        inner = inner[key]
    inner[last] = value
    try:
        recipe = parse_recipe(document, "recipe.json")
    except DocumentError as fault:
        assert fault.observed
        return
    assert isinstance(recipe, Recipe)
    assert parse_recipe(json.loads(canonical_json(recipe.raw)), "recipe.json") == recipe
