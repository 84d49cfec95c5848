"""The answer of the examining process as a document: written, and read by a closed parser.

It is read as if a stranger had written it. A finding is rebuilt from its code: text,
severity and clause come from the catalogue, never from the answer. Whether a verdict accepts is
worked out here from its findings and checks; the answer cannot say it. :func:`read_answer` refuses
an answer to another task, of another version, about other bytes or about another recipe. Pure.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

from ..build.evidence import ModelEvidence, ToolpathEvidence
from ..canonical import Json, sha256_hex
from ..errors import DocumentError
from ..findings import CheckRun, Finding, FindingKind, Verdict, Where
from ..models import codes as model_codes
from ..reading import Fields
from ..recipes.document import FileRole, JobSource, ModelSource, Recipe
from ..slicing import codes as slicing_codes
from ..toolpath import codes as toolpath_codes
from ..toolpath import codes_model, codes_window, codes_writing
from . import codes
from .verification import Checked, Task
from .worker_message import Message
from .worker_task import ANSWER, three_numbers

_PNG = b"\x89PNG\r\n\x1a\n"
_SOURCE = "answer"
_MOST_FINDINGS = 500


def answer_message(checked: Checked, number: str, version: str) -> Message:
    """Everything that was found; the bytes beside it."""
    parts = {"layer_start": _packed(checked.layer_start)}
    for name, data in (("placed", checked.placed), ("canonical", checked.canonical)):
        if data:
            parts[name] = data
    if checked.picture is not None:
        parts["picture"] = checked.picture
    body: dict[str, Json] = {
        "number": number,
        "version": version,
        "model": _model_json(checked.model),
        "toolpath": _toolpath_json(checked.toolpath),
        "slicer_version": checked.slicer_version,
        "failures": [_finding_json(finding) for finding in checked.failures],
    }
    return Message(kind=ANSWER, body=body, parts=parts)


def read_answer(message: Message, task: Task, number: str, version: str) -> Checked:
    """The answer to this task; :class:`DocumentError` for anything else, whatever it says."""
    fields = Fields(message.body, _SOURCE)
    for key, wanted in (("number", number), ("version", version)):
        if (found := fields.text(key)) != wanted:
            raise fields.fault(key, found[:80], wanted)
    parts = dict(message.parts)
    checked = Checked(
        model=_model(fields.child("model")) if fields.take("model") is not None else None,
        placed=parts.pop("placed", b""),
        toolpath=_toolpath(fields.child("toolpath"))
        if fields.take("toolpath") is not None
        else None,
        canonical=parts.pop("canonical", b""),
        layer_start=_unpacked(parts.pop("layer_start", b"")),
        slicer_version=fields.optional_text("slicer_version"),
        failures=fields.objects("failures", _finding, most=_MOST_FINDINGS),
        picture=parts.pop("picture", None),
    )
    fields.close()
    if parts:
        raise DocumentError(_SOURCE, "", f"bytes named {min(parts)[:80]!r}", "known names only")
    for faulty, place in _disagreements(checked, task):
        if faulty:
            raise DocumentError(_SOURCE, place, "does not belong to the bytes", "the same bytes")
    return checked


def _disagreements(checked: Checked, task: Task) -> Iterator[tuple[bool, str]]:
    """What an answer says of bytes, against the bytes that were sent and that came with it."""
    yield checked.picture is not None and not checked.picture.startswith(_PNG), "picture"
    model, toolpath = checked.model, checked.toolpath
    if model is not None:
        yield model.source_sha256 != _source_digest(task), "model.source_sha256"
        yield model.placed_sha256 != sha256_hex(checked.placed), "model.placed_sha256"
    else:
        yield bool(checked.placed), "placed"
    if toolpath is None:
        yield bool(checked.canonical) or bool(checked.layer_start), "canonical"
        return
    digests = toolpath.digests
    yield model is None or digests["model"] != model.placed_sha256, "toolpath.digests.model"
    yield digests["recipe"] != task.recipe.digest, "toolpath.digests.recipe"
    given = _given_job(task)
    yield given is not None and digests["gcode"] != sha256_hex(given), "toolpath.digests.gcode"
    yield bool(checked.canonical) != toolpath.verdict.accepted, "canonical"
    yield (
        bool(checked.canonical) and digests["canonical"] != sha256_hex(checked.canonical),
        "toolpath.digests.canonical",
    )
    rings = {check.ring for check in toolpath.verdict.checks if check.ran}
    yield toolpath.verdict.accepted and not rings.issuperset(task.recipe.rings), "rings"
    starts = checked.layer_start
    yield len(starts) != toolpath.layers and bool(checked.canonical), "layer_start"
    steps = pairwise((0, *starts, toolpath.lines))
    yield bool(starts) and any(low > high for low, high in steps), "layer_start"


def _source_digest(task: Task) -> str | None:
    data = (
        _pinned(task.recipe, FileRole.MODEL, task)
        if task.recipe.model_source is ModelSource.PINNED
        else task.model
    )
    return None if data is None else sha256_hex(data)


def _given_job(task: Task) -> bytes | None:
    """The job, where no slicer makes it."""
    if task.recipe.job_source is JobSource.SLICE:
        return None
    if task.recipe.job_source is JobSource.SIGNED_GCODE:
        return _pinned(task.recipe, FileRole.JOB_GCODE, task)
    return task.gcode


def _pinned(recipe: Recipe, role: FileRole, task: Task) -> bytes | None:
    file = recipe.file(role)
    return None if file is None else task.pinned.get(file.name)


def _packed(numbers: tuple[int, ...]) -> bytes:
    """64-bit numbers, little-endian: a job of a million layers must not become a document."""
    column = array("q", numbers)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _unpacked(data: bytes) -> tuple[int, ...]:
    if len(data) % 8:
        raise DocumentError(_SOURCE, "layer_start", f"{len(data)} bytes", "whole numbers")
    column = array("q", data)
    if sys.byteorder == "big":
        column.byteswap()
    return tuple(column)


@cache
def known_kinds() -> Mapping[str, FindingKind]:
    """Every kind that the pipeline can find, by code."""
    toolpath = (toolpath_codes, codes_writing, codes_window, codes_model)
    return {
        kind.code: kind
        for module in (model_codes, slicing_codes, *toolpath, codes)
        for kind in vars(module).values()
        if isinstance(kind, FindingKind)
    }


def _finding_json(finding: Finding) -> Json:
    return {
        "code": finding.code,
        "where": finding.where.to_json(),
        "measured": finding.measured,
        "limit": finding.limit,
        "unit": finding.unit,
        "facts": dict(finding.facts),
    }


def _finding(fields: Fields) -> Finding:
    code = fields.text("code")
    kind = known_kinds().get(code)
    if kind is None:
        raise fields.fault("code", repr(code[:20]), "a code of models, slicing or toolpath")
    facts = fields.child("facts").as_dict()
    return Finding(
        kind=kind,
        where=_where(fields.child("where")),
        measured=_value(fields, "measured"),
        limit=_value(fields, "limit"),
        unit=fields.text("unit", empty=True, max_length=40),
        facts={name: str(value)[:2000] for name, value in facts.items()},
    )


def _where(fields: Fields) -> Where:
    where = Where(
        path=_plain_text(fields, "path"),
        line=_whole(fields, "line"),
        layer=_whole(fields, "layer"),
        x=fields.optional_number("x"),
        y=fields.optional_number("y"),
        z=fields.optional_number("z"),
    )
    fields.close()
    return where


def _value(fields: Fields, key: str) -> str | float | int | None:
    """What was measured: text of a stranger's file may hold anything, and is shown as a quote."""
    value = fields.take(key)
    if value is None or isinstance(value, (str, int, float)):
        if isinstance(value, float) and not math.isfinite(value):
            raise fields.fault(key, "no finite number", "a number")
        return value
    raise fields.fault(key, "a list or an object", "text or a number")


def _plain_text(fields: Fields, key: str) -> str | None:
    value = _value(fields, key)
    return value if value is None or isinstance(value, str) else str(value)


def _whole(fields: Fields, key: str) -> int | None:
    fields.ignore(key)
    return fields.integer(key, minimum=-(2**53), maximum=2**53) if fields.has(key) else None


def _verdict_json(verdict: Verdict) -> Json:
    return {
        "findings": [_finding_json(finding) for finding in verdict.findings],
        "checks": [check.to_json() for check in verdict.checks],
        "required": sorted(verdict.required),
    }


def _verdict(fields: Fields) -> Verdict:
    verdict = Verdict(
        findings=fields.objects("findings", _finding, most=_MOST_FINDINGS),
        checks=fields.objects("checks", _check, most=200),
        required=frozenset(fields.texts("required", least=1, most=200)),
    )
    fields.close()
    return verdict


def _check(fields: Fields) -> CheckRun:
    return CheckRun(
        name=fields.text("name"),
        ran=fields.boolean("ran"),
        ring=fields.optional_text("ring"),
        seconds=fields.optional_number("seconds", minimum=0),
    )


def _model_json(model: ModelEvidence | None) -> Json:
    if model is None:
        return None
    return {
        "verdict": _verdict_json(model.verdict),
        "source_sha256": model.source_sha256,
        "placed_sha256": model.placed_sha256,
        "size_mm": list(model.size_mm),
        "volume_cm3": model.volume_cm3,
    }


def _model(fields: Fields) -> ModelEvidence:
    model = ModelEvidence(
        verdict=_verdict(fields.child("verdict")),
        source_sha256=fields.digest("source_sha256"),
        placed_sha256=fields.digest("placed_sha256"),
        size_mm=three_numbers(fields, "size_mm"),
        volume_cm3=fields.number("volume_cm3"),
    )
    fields.close()
    return model


def _toolpath_json(toolpath: ToolpathEvidence | None) -> Json:
    if toolpath is None:
        return None
    return {
        "verdict": _verdict_json(toolpath.verdict),
        "digests": dict(toolpath.digests),
        "lines": toolpath.lines,
        "layers": toolpath.layers,
        "filament_mm": toolpath.filament_mm,
        "print_time_s": toolpath.print_time_s,
    }


def _toolpath(fields: Fields) -> ToolpathEvidence:
    digests = fields.child("digests")
    toolpath = ToolpathEvidence(
        verdict=_verdict(fields.child("verdict")),
        digests={
            "gcode": digests.digest("gcode"),
            "canonical": digests.digest("canonical") if digests.has("canonical") else None,
            "model": digests.digest("model"),
            "recipe": digests.digest("recipe"),
        },
        lines=fields.integer("lines", minimum=0, maximum=2**40),
        layers=fields.integer("layers", minimum=0, maximum=2**40),
        filament_mm=fields.number("filament_mm"),
        print_time_s=fields.number("print_time_s"),
    )
    digests.ignore("canonical")
    digests.close()
    fields.close()
    return toolpath
