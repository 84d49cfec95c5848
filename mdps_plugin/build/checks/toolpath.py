"""Was this very job examined, by every ring that the recipe requires? (rows 4, 26)"""

from __future__ import annotations

from ...findings import Finding
from ...recipes.document import FileRole, JobSource
from .. import codes
from ..evidence import Evidence
from ..kinds import found
from .parts import findings_of


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """The examination's findings, its rings, and that it saw this recipe, model and G-code."""
    toolpath = evidence.toolpath
    return (
        *findings_of(toolpath.verdict, "Examination"),
        *_rings(evidence),
        *_digests(evidence),
    )


def _rings(evidence: Evidence) -> list[Finding]:
    required = frozenset(evidence.recipe.recipe.rings)
    ran = evidence.toolpath.rings_ran()
    if required and required <= ran:
        return []
    return [
        found(
            codes.RING_NOT_RUN,
            measured=", ".join(sorted(ran)) or "none",
            limit=", ".join(sorted(required)) or "at least one",
        )
    ]


def _digests(evidence: Evidence) -> list[Finding]:
    digests, recipe = evidence.toolpath.digests, evidence.recipe.recipe
    wanted = [("recipe", "Recipe", recipe.digest)]
    if evidence.model is not None:
        wanted.append(("model", "Placed model", evidence.model.placed_sha256))
    if recipe.job_source is JobSource.SIGNED_GCODE:
        pinned = recipe.file(FileRole.JOB_GCODE)
        wanted.append(("gcode", "G-code", pinned.sha256 if pinned else "a pinned file"))
    elif recipe.job_source is JobSource.BROUGHT:
        wanted.append(("gcode", "G-code", evidence.order.gcode_sha256 or "a digest in the order"))
    findings = [
        found(codes.JOB_DIGEST, measured=digests.get(key) or "unknown", limit=limit, name=name)
        for key, name, limit in wanted
        if digests.get(key) != limit
    ]
    findings.extend(
        found(codes.JOB_DIGEST, measured="unknown", limit="a digest", name=name)
        for key, name in (("canonical", "Canonical job"), ("gcode", "G-code"))
        if not digests.get(key)
    )
    return findings
