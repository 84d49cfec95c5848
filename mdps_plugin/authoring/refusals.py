"""The refusal fixtures: one recipe that holds, and one flaw each that must be refused. Writes none.

Public test vectors of the recipe format. The evidence in them is made up; each says so. ``lint``
flaws are signed by enough people and still must not have been; ``verify`` flaws are what a bundle
meets on its way; ``policy`` flaws are sound recipes that the site policy beside them denies; an
``import`` flaw is a whole repository that a site has left behind (``make_rolled_back``).
tests/vectors/recipes holds them as files; ``make_refusals`` writes them.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..canonical import canonical_json, sha256_hex
from ..recipes.bundle import PREDICATE_TYPE, STATEMENT_TYPE
from ..recipes.parse import ENVELOPE_NAME, read_draft
from ..slicing.settings import parse_settings
from .cura_settings import cura_flow_mm3_per_mm, cura_settings_bytes
from .examples.common import Document, limits
from .examples.finger_splint import PROCESS
from .examples.finger_splint import document as splint
from .lint_evidence import claims
from .settings import end_lines, settings_bytes, start_lines
from .signing import SigningKey, pin, sign_payload
from .strength import CURA

Files = dict[str, bytes]
AT = "2026-11-23T14:00:00Z"
PRUSA = "prusa-slicer"
#: CuraEngine heats for layer 1 before layer 0 ends: one temperature for both.
_CURA_PROCESS = replace(PROCESS, first_layer_nozzle_c=PROCESS.nozzle_c)
MADE_UP = "Made up for a test vector. No sample was ever made."
_ROLES = {
    "settings.ini": "slicer_settings",
    "start.gcode": "start_gcode",
    "end.gcode": "end_gcode",
    "instructions.md": "instructions_for_use",
    "report.md": "evidence_report",
}


@dataclass(kw_only=True)
class Draft:
    """What a flaw may change before anything is signed: document, files, statement, signatures."""

    document: Document
    files: Files
    #: Changes the finished statement, before it is signed.
    statement: Callable[[dict[str, Any]], None] = lambda statement: None
    #: Changes the finished bundle, after it was signed.
    bundle: Callable[[Files, list[SigningKey]], None] = lambda files, keys: None
    signers: tuple[int, ...] = (0, 1)


Flaw = Callable[[Draft], None]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One fixture: ``stage`` is "lint", "verify", "policy" or "import"; ``codes`` refuse it there.

    What is refused at an import has no flaw in its bundle: a site remembers something newer.
    """

    name: str
    stage: str
    codes: tuple[str, ...]
    says: str
    flaw: Flaw
    at: str = field(default=AT)
    #: Settings of which slicer: "prusa-slicer" or "CuraEngine".
    slicer: str = PRUSA


def at_lint(
    name: str, code: str, says: str, flaw: Flaw, *more: str, slicer: str = PRUSA
) -> Refusal:
    """A recipe that enough people signed and should not have."""
    codes = (code, *more)
    return Refusal(name=name, stage="lint", codes=codes, says=says, flaw=flaw, slicer=slicer)


def honest(slicer: str = PRUSA) -> Draft:
    """The recipe without a flaw: signed as it is, both ``lint`` and ``verify`` accept it."""
    process = _CURA_PROCESS if slicer == CURA else PROCESS
    block = [f"{line}\n" for line in start_lines(process)]
    end = [f"{line}\n" for line in end_lines(process)]
    files = {
        "settings.ini": cura_settings_bytes(process) if slicer == CURA else settings_bytes(process),
        "start.gcode": "".join(block).encode(),
        "end.gcode": "".join(end).encode(),
        "instructions.md": f"# Test vector\n\n{MADE_UP}\n".encode(),
        "report.md": f"# Report of a test vector\n\n{MADE_UP}\n".encode(),
    }
    document = copy.deepcopy(splint())
    document["schema"] = "mdps-recipe/2"
    if slicer == CURA:
        _slice_with_cura(document)
    identity = document["identity"]
    identity.update(recipe_id="test-vector", title="Test vector", example_only=False)
    identity["change_note"] = MADE_UP
    document["sources"] = [MADE_UP]
    document["evidence"] = [_report(document, files)]
    for principle in document["essential_principles"]:
        principle["evidence_ids"] = ["bending-test"] if principle["applicable"] else []
    draft = Draft(document=document, files=files)
    _pin(draft)
    settings = parse_settings(files["settings.ini"], "settings.ini")
    recipe = read_draft(document, "test vector")
    document["evidence"][0]["coverage"] = [
        {"parameter": claim.parameter, "limits": claim.limits.to_json()}
        for claim in claims(recipe, settings)
    ]
    return draft


def _slice_with_cura(document: Document) -> None:
    """Another slicer: a line is a full rectangle, layer 0 is as hot as layer 1, and some moves
    without filament have the speed of printing."""
    window = document["window"]
    flow = cura_flow_mm3_per_mm(_CURA_PROCESS.layer_mm)
    document["validated_with"].update(slicer=CURA, slicer_version="==4.13.0")
    window["temperatures"] = [
        {"from_layer": 0, "nozzle_c": _CURA_PROCESS.nozzle_c, "bed_c": _CURA_PROCESS.bed_c}
    ]
    window["travel_speed_mm_s"] = limits(15, 120)
    for feature in window["features"]:
        feature["flow_mm3_per_mm"] = limits(round(flow * 0.998, 4), round(flow * 1.002, 4))


def _report(document: Document, files: Files) -> Document:
    return {
        "evidence_id": "bending-test",
        "kind": "PQ",
        "standard": "none",
        "samples": 30,
        "result": MADE_UP,
        "report_sha256": sha256_hex(files["report.md"]),
        "covers_material": document["material"]["kind"],
        "covers_printer": document["printer"]["model"],
        "covers_nozzle_mm": document["printer"]["nozzle_mm"],
        "covers_geometry": "shells of this recipe",
        "coverage": [],
    }


def _pin(draft: Draft) -> None:
    draft.document["files"] = [
        pin(_ROLES[name], name, data) for name, data in sorted(draft.files.items())
    ]


def build(refusal: Refusal | None, keys: Sequence[SigningKey], slicer: str = PRUSA) -> Files:
    """The whole bundle of a fixture (None: the honest one), signed although it must not be."""
    draft = honest(refusal.slicer if refusal is not None else slicer)
    if refusal is not None:
        refusal.flaw(draft)
    statement: dict[str, Any] = {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": item["name"], "digest": {"sha256": item["sha256"]}}
            for item in sorted(draft.document["files"], key=lambda item: str(item["name"]))
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": draft.document,
    }
    draft.statement(statement)
    payload = canonical_json(statement)
    signed = sign_payload(payload, [keys[index] for index in draft.signers])
    bundle = {**draft.files, ENVELOPE_NAME: signed}
    draft.bundle(bundle, list(keys))
    return bundle


def put(path: str, value: object) -> Flaw:
    """A flaw: one value of the document is another one."""

    def change(draft: Draft) -> None:
        *parents, last = path.split(".")
        place: Any = draft.document
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place[name]
        place[int(last) if isinstance(place, list) else last] = value

    return change


def setting(name: str, value: str) -> Flaw:
    """A flaw: one slicer setting is another one; the file is pinned anew."""

    def change(draft: Draft) -> None:
        lines = draft.files["settings.ini"].decode().splitlines()
        kept = [line for line in lines if not line.startswith(f"{name} = ")]
        draft.files["settings.ini"] = "\n".join([*kept, f"{name} = {value}", ""]).encode()
        _pin(draft)

    return change


def unset(name: str) -> Flaw:
    """A flaw: one slicer setting is missing; the file is pinned anew."""

    def change(draft: Draft) -> None:
        lines = draft.files["settings.ini"].decode().splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f"{name} = ")]
        draft.files["settings.ini"] = "".join(kept).encode()
        _pin(draft)

    return change


def line(file: str, text: str) -> Flaw:
    """A flaw: one more line of code; the file is pinned anew."""

    def change(draft: Draft) -> None:
        draft.files[file] += f"{text}\n".encode()
        _pin(draft)

    return change


def covered(parameter: str, minimum: float, maximum: float) -> Flaw:
    """A flaw: the report covers another range of one parameter."""

    def change(draft: Draft) -> None:
        for entry in draft.document["evidence"][0]["coverage"]:
            if entry["parameter"] == parameter:
                entry["limits"] = {"minimum": minimum, "maximum": maximum}

    return change


def words_only(draft: Draft) -> None:
    """A flaw: the old schema, which has no coverage in numbers."""
    draft.document["schema"] = "mdps-recipe/1"
    del draft.document["evidence"][0]["coverage"]


def without(path: str, index: int) -> Flaw:
    """A flaw: one member of a list of the document is missing."""

    def change(draft: Draft) -> None:
        del draft.document[path][index]

    return change


def signed_by(*signers: int) -> Flaw:
    """A flaw: other people signed than must."""

    def change(draft: Draft) -> None:
        draft.signers = signers

    return change


def afterwards(act: Callable[[Files], None]) -> Flaw:
    """A flaw: the bundle is changed after it was signed."""

    def change(draft: Draft) -> None:
        draft.bundle = lambda files, keys: act(files)

    return change


def stated(act: Callable[[dict[str, Any]], None]) -> Flaw:
    """A flaw: the statement says something else, and is signed."""

    def change(draft: Draft) -> None:
        draft.statement = act

    return change


def envelope_with(act: Callable[[dict[str, Any]], None]) -> Flaw:
    """A flaw: the envelope is changed after it was signed."""

    def change(files: Files) -> None:
        envelope = json.loads(files[ENVELOPE_NAME])
        act(envelope)
        files[ENVELOPE_NAME] = canonical_json(envelope)

    return afterwards(change)


def expected(refusals: tuple[Refusal, ...]) -> Mapping[str, Any]:
    """The table that stands beside the fixtures, for programs of others."""
    return {
        refusal.name: {
            "stage": refusal.stage,
            "codes": list(refusal.codes),
            "at": refusal.at,
            "says": refusal.says,
        }
        for refusal in refusals
    }
