"""Refusal fixtures of what a signed recipe meets: its way to a site, site policy, and the import.

Rows of the table. Whether it should have been signed is not looked at here.
"""

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
    envelope_with,
    put,
    signed_by,
    stated,
)


def _verify(name: str, code: str, says: str, flaw: Flaw, *more: str, at: str = AT) -> Refusal:
    codes = (code, *more)
    return Refusal(name=name, stage="verify", codes=codes, says=says, flaw=flaw, at=at)


def _policy(name: str, code: str, says: str, flaw: Flaw) -> Refusal:
    return Refusal(name=name, stage="policy", codes=(code,), says=says, flaw=flaw)


def _implantable(draft: Draft) -> None:
    put("implantable", True)(draft)
    # Otherwise the format itself would refuse it first.
    put("retention.0.years", 15)(draft)


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


DELIVERY: tuple[Refusal, ...] = (
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
"""Bundles that were changed, recipes that a site denies, and a repository gone stale."""
