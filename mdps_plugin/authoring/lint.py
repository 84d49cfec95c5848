"""Everything that a signer must not sign, gathered in one verdict. Reads and writes no file.

The parser stops at its first fault; an author wants all of them. So the fields are read, then
every rule across fields is asked, then what only the manufacturer's bench looks at: whether
evidence covers what is allowed, whether slicer settings can meet the window, what start and end
code do, whether a pinned model and a signed job pass, texts that wait to be written. ``mdps recipe
sign`` signs nothing that is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ..canonical import Json, sha256_hex
from ..errors import DocumentError
from ..findings import CheckRun, Finding, Verdict, Where, merge
from ..recipes.document import FileRole, Recipe
from ..recipes.parse import read_draft
from ..recipes.rules import rule_faults
from ..slicing.settings import judge_settings, parse_settings
from . import codes
from .lint_blocks import check_blocks
from .lint_evidence import check_evidence
from .lint_pinned import check_pinned_parts
from .lint_sensitivity import check_sensitivity
from .lint_settings import check_settings, check_writing
from .lint_texts import check_gaps, check_texts
from .signing import complete_pins

#: Groups of rules with a kind of their own; the rest is ``BAD_RULE``.
_KINDS = {
    "identifier": codes.UDI_ON_CUSTOM_MADE,
    "covering": codes.OTHER_PROCESS,
    "tested": codes.NO_EVIDENCE,
    "principles": codes.NO_JUSTIFICATION,
}
#: Groups of rules that whoever reads window, envelope or files relies on.
_STRUCTURE = frozenset({"files", "window", "envelope", "identifiers", "rings"})
_CHECKS = ("format", "rules", "files", "texts", "evidence", "settings", "blocks", "model and job")


def lint(document: Json, files: Mapping[str, bytes], at: datetime, source: str) -> Verdict:
    """Judge a recipe document with its pinned files at the moment ``at`` (aware UTC).

    ``files`` by name, without the signed document; entries of ``document.files`` may leave out
    digest and size, as for signing. Content never raises. Where the format itself does not hold,
    the other checks have not run, and the verdict says so.
    """
    findings: list[Finding] = [*check_gaps(document)]
    ran = ["texts"]
    try:
        recipe = read_draft(complete_pins(document, files), source)
    except DocumentError as fault:
        findings.insert(0, _fault(fault))
        return _verdict(findings, ["format", *ran])
    settings, judged = _settings(recipe, files)
    parts: dict[str, Iterable[Finding]] = {
        "rules": _rules(recipe),
        "files": _files(recipe, files),
        "texts": check_texts(recipe, at),
        "evidence": check_evidence(recipe, settings),
        "settings": (
            *check_writing(recipe),
            *(check_settings(recipe, settings) if settings else ()),
            *(check_sensitivity(recipe, settings) if settings else ()),
        ),
        "blocks": check_blocks(recipe, files, settings),
    }
    for part in parts.values():
        findings += part
    ran = ["format", *parts]
    if not any(group in _STRUCTURE for group, *_ in rule_faults(recipe)):
        # Examiner and models stand on these rules: else they are not asked, and "not run" says so.
        findings += check_pinned_parts(recipe, files, settings)
        ran.append("model and job")
    own = _verdict(findings, ran)
    return own if judged is None else merge((own, judged))


def _verdict(findings: list[Finding], ran: list[str]) -> Verdict:
    return Verdict(
        findings=tuple(findings),
        checks=tuple(CheckRun(name=name, ran=name in ran) for name in _CHECKS),
        required=frozenset(_CHECKS),
    )


def _fault(fault: DocumentError) -> Finding:
    return Finding(
        kind=codes.BAD_FIELD,
        where=Where(path=fault.path or fault.source),
        measured=fault.observed,
        limit=fault.allowed,
    )


def _rules(recipe: Recipe) -> Iterable[Finding]:
    for group, path, observed, allowed in rule_faults(recipe):
        yield Finding(
            kind=_KINDS.get(group, codes.BAD_RULE),
            where=Where(path=path),
            measured=observed,
            limit=allowed,
        )


def _files(recipe: Recipe, files: Mapping[str, bytes]) -> Iterable[Finding]:
    pinned = {item.name: item for item in recipe.files}
    for name in sorted(set(pinned) | set(files)):
        item, data = pinned.get(name), files.get(name)
        if item is None:
            observed = "a file that the recipe does not pin"
        elif data is None:
            observed = "no such file"
        elif (sha256_hex(data), len(data)) != (item.sha256, item.size_bytes):
            observed = f"SHA-256 {sha256_hex(data)}, {len(data)} bytes"
        else:
            continue
        limit = "exactly the pinned files"
        if item is not None:
            limit = f"SHA-256 {item.sha256}, {item.size_bytes} bytes"
        yield Finding(kind=codes.BAD_PIN, where=Where(path=name), measured=observed, limit=limit)


def _settings(
    recipe: Recipe, files: Mapping[str, bytes]
) -> tuple[Mapping[str, str], Verdict | None]:
    """The signed settings and what the slicing room says of them; empty where there are none."""
    pinned = recipe.file(FileRole.SLICER_SETTINGS)
    data = files.get(pinned.name) if pinned is not None else None
    if pinned is None or data is None:
        return {}, None
    slicer = recipe.validated_with.slicer
    judged = judge_settings(data, pinned.name, "B" in recipe.rings, slicer)
    try:
        return parse_settings(data, pinned.name), judged
    except DocumentError:
        return {}, judged
