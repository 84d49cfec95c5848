"""The table of refusal fixtures: name, where it is refused, with which findings. Builds none."""

from __future__ import annotations

from typing import Any

from ..recipes.parse import ENVELOPE_NAME
from .refusals import (
    AT,
    Draft,
    Files,
    Flaw,
    Refusal,
    afterwards,
    covered,
    envelope_with,
    line,
    put,
    setting,
    signed_by,
    stated,
    unset,
    without,
    words_only,
)
from .strength import CURA

_OTHER_PRINTER = "Another i3"


def _lint(name: str, code: str, says: str, flaw: Flaw, *more: str) -> Refusal:
    return Refusal(name=name, stage="lint", codes=(code, *more), says=says, flaw=flaw)


def _cura(name: str, code: str, says: str, flaw: Flaw, *more: str) -> Refusal:
    return Refusal(name=name, stage="lint", codes=(code, *more), says=says, flaw=flaw, slicer=CURA)


def _verify(name: str, code: str, says: str, flaw: Flaw, *more: str, at: str = AT) -> Refusal:
    codes = (code, *more)
    return Refusal(name=name, stage="verify", codes=codes, says=says, flaw=flaw, at=at)


def _policy(name: str, code: str, says: str, flaw: Flaw) -> Refusal:
    return Refusal(name=name, stage="policy", codes=(code,), says=says, flaw=flaw)


def _implantable(draft: Draft) -> None:
    put("implantable", True)(draft)
    # Otherwise the format itself would refuse it first.
    put("retention.0.years", 15)(draft)


def _hotter_first_layer(draft: Draft) -> None:
    setting("material_print_temperature_layer_0", "240")(draft)
    place = draft.document["window"]["temperatures"]
    place.insert(0, {**place[0], "nozzle_c": 240})
    place[1]["from_layer"] = 1
    covered("window.temperatures.nozzle_c", 235, 240)(draft)


def _sparse_infill(draft: Draft) -> None:
    for name, value in (("bottom_layers", "4"), ("infill_line_distance", "2.25")):
        setting(name, value)(draft)


def _supports_without_a_gap(draft: Draft) -> None:
    for name, value in (
        ("support_material", "1"),
        ("support_material_threshold", "45"),
        ("support_material_contact_distance", "0"),
        ("max_layer_height", "0.2001"),
        ("dont_support_bridges", "0"),
        ("support_material_interface_layers", "0"),
        ("support_material_style", "grid"),
        ("support_material_xy_spacing", "0.4"),
        ("support_material_spacing", "2"),
        ("support_material_extrusion_width", "0.45"),
        ("support_material_speed", "40"),
        ("support_material_interface_speed", "40"),
        ("raft_first_layer_expansion", "1"),
    ):
        setting(name, value)(draft)


def _drop(name: str) -> Flaw:
    def act(files: Files) -> None:
        del files[name]

    return afterwards(act)


def _write(name: str, data: bytes) -> Flaw:
    def act(files: Files) -> None:
        files[name] = data

    return afterwards(act)


def _break_signature(envelope: dict[str, Any]) -> None:
    first, second = envelope["signatures"]
    first["sig"], second["sig"] = second["sig"], first["sig"]


def _repeat_signature(envelope: dict[str, Any]) -> None:
    envelope["signatures"][1] = envelope["signatures"][0]


def _no_signature(envelope: dict[str, Any]) -> None:
    envelope["signatures"] = []


def _other_type(statement: dict[str, Any]) -> None:
    statement["predicateType"] = "https://slsa.dev/provenance/v1"


def _other_subject(statement: dict[str, Any]) -> None:
    statement["subject"][0]["digest"]["sha256"] = "0" * 64


REFUSALS: tuple[Refusal, ...] = (
    # Evidence.
    _lint(
        "unproven-infill",
        "AU-013",
        "The samples were made at 100 % infill, the settings say 20 %.",
        setting("fill_density", "20%"),
    ),
    _lint(
        "unproven-walls",
        "AU-013",
        "The samples had three walls, the settings give two.",
        setting("perimeters", "2"),
    ),
    _lint(
        "envelope-wider-than-evidence",
        "AU-013",
        "Lengths up to 60 mm are allowed, lengths up to 40 mm were tested.",
        covered("envelope.size_z_mm", 15, 40),
    ),
    _lint(
        "temperature-never-tested",
        "AU-013",
        "The first layer is printed hotter than any sample.",
        covered("window.temperatures.nozzle_c", 235, 235),
    ),
    _lint(
        "variable-wider-than-evidence",
        "AU-013",
        "The site may order lengths that nobody tested.",
        covered("variables.length_mm", 15, 40),
    ),
    _lint(
        "evidence-for-another-material",
        "AU-011",
        "The published report is about ABS, the recipe prints PETG.",
        put("evidence.0.covers_material", "ABS"),
        "AU-010",
        "AU-013",
    ),
    _lint(
        "evidence-for-another-printer",
        "AU-011",
        "The samples came from another printer.",
        put("evidence.0.covers_printer", _OTHER_PRINTER),
        "AU-010",
        "AU-013",
    ),
    _lint(
        "evidence-for-another-nozzle",
        "AU-011",
        "The samples were made with a nozzle of 0.6 mm.",
        put("evidence.0.covers_nozzle_mm", 0.6),
        "AU-010",
        "AU-013",
    ),
    _lint(
        "tourniquet-of-pla",
        "AU-011",
        "A band that must hold a limb, tested in PETG, printed in PLA.",
        put("material.kind", "PLA"),
        "AU-010",
        "AU-013",
    ),
    _lint(
        "evidence-in-words-only",
        "AU-014",
        "The old schema has no coverage in numbers.",
        words_only,
    ),
    _lint(
        "no-evidence-at-all",
        "AU-001",
        "Nobody names any report.",
        put("evidence", []),
    ),
    _lint(
        "no-samples",
        "AU-010",
        "A performance qualification of no sample at all.",
        put("evidence.0.samples", 0),
        "AU-013",
    ),
    _lint(
        "calculated-only",
        "AU-010",
        "A model was calculated, nothing was tested.",
        put("evidence.0.kind", "FEA"),
        "AU-013",
    ),
    _lint(
        "report-not-pinned",
        "AU-016",
        "Nobody can tell which report is meant.",
        put("evidence.0.report_sha256", None),
    ),
    # Slicer settings.
    _lint(
        "flow-impossible",
        "AU-021",
        "Lines of 0.6 mm cannot meet a flow window for 0.45 mm.",
        setting("perimeter_extrusion_width", "0.6"),
    ),
    _lint(
        "width-left-to-the-slicer",
        "AU-022",
        "The slicer chooses the width, the window bounds it.",
        setting("infill_extrusion_width", "105%"),
    ),
    _lint(
        "layer-height-differs",
        "AU-020",
        "Settings for layers of 0.3 mm under a window for 0.2 mm.",
        setting("layer_height", "0.3"),
    ),
    _lint(
        "temperature-differs",
        "AU-020",
        "The settings heat to 255 °C, the window says 235 °C.",
        setting("temperature", "255"),
    ),
    _lint(
        "slicing-varies",
        "SL-003",
        "Gap fill differs from one slicing to the next.",
        setting("gap_fill_enabled", "1"),
    ),
    _lint(
        "settings-run-a-program",
        "SL-002",
        "The slicer would run a program over the job.",
        setting("post_process", "/usr/bin/touched"),
    ),
    _lint(
        "supports-fused-to-the-part",
        "AU-023",
        "Supports without a clear layer below the part cannot be taken off.",
        _supports_without_a_gap,
    ),
    # The same for settings of CuraEngine.
    _cura(
        "cura-flow-impossible",
        "AU-021",
        "Walls of 0.6 mm cannot meet a flow window for 0.45 mm.",
        setting("wall_line_width_x", "0.6"),
    ),
    _cura(
        "cura-flow-left-open",
        "AU-022",
        "Nobody wrote how much plastic a wall carries.",
        setting("wall_0_material_flow", "auto"),
    ),
    _cura(
        "cura-layer-height-differs",
        "AU-020",
        "Layers of 0.3 mm under a window for 0.2 mm.",
        setting("layer_height", "0.3"),
    ),
    _cura(
        "cura-first-layer-hotter",
        "AU-020",
        "This slicer leaves the temperature of layer 0 before layer 0 ends.",
        _hotter_first_layer,
    ),
    _cura(
        "cura-slicing-varies",
        "SL-003",
        "Infill begins at a random place.",
        setting("infill_randomize_start_location", "true"),
    ),
    _cura(
        "cura-setting-missing",
        "SL-018",
        "A value that this slicer needs is not in the list.",
        unset("cool_fan_speed_0"),
    ),
    _cura(
        "cura-model-resized",
        "SL-019",
        "The slicer would grow the outline by 0.1 mm.",
        setting("xy_offset", "0.1"),
    ),
    _cura(
        "cura-unproven-infill",
        "AU-013",
        "The samples were solid, the settings give 20 % infill.",
        _sparse_infill,
    ),
    _cura(
        "cura-start-levels-the-bed",
        "AU-031",
        "The block inside the settings levels the bed.",
        setting("machine_start_gcode", "G21\\nG28\\nG29"),
    ),
    _cura(
        "cura-end-stores-settings",
        "AU-031",
        "The end block would write to EEPROM.",
        line("end.gcode", "M500"),
    ),
    # Start and end code.
    _lint(
        "settings-store-settings",
        "AU-031",
        "The block inside the settings writes to EEPROM.",
        setting("start_gcode", "G28\\nM500"),
    ),
    _lint(
        "start-levels-the-bed",
        "AU-031",
        "Bed levelling in a job makes another printer of it.",
        line("start.gcode", "G29"),
    ),
    _lint(
        "start-stores-settings",
        "AU-031",
        "The job would write to EEPROM.",
        line("start.gcode", "M500"),
    ),
    _lint(
        "end-tunes-the-heater",
        "AU-031",
        "The end block tunes the heater.",
        line("end.gcode", "M303 E0 S240 C8"),
    ),
    # Texts, dates, rules.
    _lint(
        "no-justification",
        "AU-040",
        "A hazard is judged with one word.",
        put("essential_principles.2.justification", "no"),
    ),
    _lint(
        "hazard-missing",
        "AU-040",
        "Radiation is not judged at all.",
        without("essential_principles", 4),
    ),
    _lint(
        "text-to-be-written",
        "AU-041",
        "The intended use still says TODO.",
        put("device.intended_use", "TODO: say what it is for."),
    ),
    _lint(
        "kept-five-years-in-the-eu",
        "AU-042",
        "Five years where the EU asks for ten.",
        put("retention", [{"rule": "site rule", "years": 5}]),
    ),
    _lint(
        "implant-kept-ten-years",
        "AU-042",
        "Ten years where an implantable device asks for fifteen.",
        put("implantable", True),
        "AU-002",
    ),
    _lint(
        "gtin-on-custom-made",
        "AU-003",
        "A custom-made device carries a product number.",
        put("gtin", "04012345678901"),
    ),
    _lint(
        "no-written-request",
        "AU-002",
        "Custom-made without a written request.",
        put("request_required", False),
    ),
    _lint(
        "slices-unchecked",
        "AU-002",
        "A sliced job that nobody slices again.",
        put("rings", ["A", "C"]),
    ),
    _lint(
        "unknown-key",
        "AU-001",
        "A field that the format does not know.",
        put("device.reusable", True),
    ),
    _lint(
        "wrong-unit",
        "AU-001",
        "A density in kg/m³.",
        put("material.density_g_cm3", 1270),
    ),
    # On its way.
    _verify("unsigned", "RC-003", "Nobody signed.", envelope_with(_no_signature), "RC-007"),
    _verify("below-threshold", "RC-007", "Only quality signed.", signed_by(0)),
    _verify("one-key-twice", "RC-007", "One key signed twice.", envelope_with(_repeat_signature)),
    _verify(
        "signatures-swapped",
        "RC-004",
        "Each signature stands under the key of the other.",
        envelope_with(_break_signature),
        "RC-007",
    ),
    _verify(
        "file-altered",
        "RC-012",
        "The end code was edited.",
        _write("end.gcode", b"M84\n"),
        "RC-013",
    ),
    _verify("file-missing", "RC-011", "The settings are not there.", _drop("settings.ini")),
    _verify("file-added", "RC-014", "A file that nobody signed.", _write("more.gcode", b"G28\n")),
    _verify("no-document", "RC-001", "The signed document is missing.", _drop(ENVELOPE_NAME)),
    _verify(
        "not-json", "RC-002", "The signed document is noise.", _write(ENVELOPE_NAME, b"\x00\xff")
    ),
    _verify("other-statement", "RC-008", "Signed, but no recipe.", stated(_other_type)),
    _verify(
        "subject-differs", "RC-010", "Statement and recipe pin other files.", stated(_other_subject)
    ),
    _verify(
        "expired",
        "RC-015",
        "A year after its last day.",
        put("identity.change_note", "Expired in 2031."),
        at="2032-11-01T00:00:00Z",
    ),
    _verify(
        "not-yet-valid",
        "RC-016",
        "Judged before its first day.",
        put("identity.issued", "2027-01-01T00:00:00Z"),
    ),
    _policy(
        "tourniquet",
        "SP-024",
        "A type of device that the site policy denies.",
        put("device.generic_name", "Tourniquet"),
    ),
    _policy(
        "class-above-the-limit",
        "SP-021",
        "Class IIa where the site policy allows class I.",
        put("classification.0.device_class", "IIa"),
    ),
    _policy(
        "class-of-no-scale",
        "SP-021",
        "A class that nobody can compare.",
        put("classification.0.device_class", "low risk"),
    ),
    _policy(
        "implantable",
        "SP-022",
        "The site policy allows nothing implantable.",
        _implantable,
    ),
    Refusal(
        name="rolled-back",
        stage="import",
        codes=("TR-021",),
        says="A repository from before a recall, at a site that has seen the recall.",
        flaw=lambda draft: None,
    ),
)
