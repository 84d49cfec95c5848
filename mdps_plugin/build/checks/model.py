"""Is it the model that a named designer released for this order, and does it fit? (row 4)"""

from __future__ import annotations

from ...findings import Finding
from ...recipes.document import FileRole, JobSource, ModelSource
from .. import codes
from ..evidence import Evidence
from ..kinds import found
from .parts import findings_of


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """The digest of the source model is the released or pinned one; its verdict is carried in."""
    recipe, model = evidence.recipe.recipe, evidence.model
    if recipe.model_source is ModelSource.ORDER:
        return _from_order(evidence)
    pinned = recipe.file(FileRole.MODEL)
    if pinned is None and recipe.job_source is JobSource.SIGNED_GCODE and model is None:
        # The manufacturer signed the job itself: there is no geometry beside it.
        return ()
    if pinned is None or model is None:
        return (found(codes.CHECK_NOT_RUN, measured="any check", part="Model"),)
    return (
        *_same(model.source_sha256, pinned.sha256),
        *findings_of(model.verdict, "Model"),
    )


def _from_order(evidence: Evidence) -> tuple[Finding, ...]:
    released, model = evidence.order.model, evidence.model
    findings: list[Finding] = []
    if released is None:
        findings.append(found(codes.MODEL_NOT_RELEASED, path="model"))
    if model is None:
        findings.append(found(codes.CHECK_NOT_RUN, measured="any check", part="Model"))
        return tuple(findings)
    if released is not None:
        findings.extend(_same(model.source_sha256, released.sha256))
    return (*findings, *findings_of(model.verdict, "Model"))


def _same(measured: str, limit: str) -> list[Finding]:
    if measured == limit:
        return []
    return [found(codes.MODEL_DIGEST, measured=measured, limit=limit, path="model.sha256")]
