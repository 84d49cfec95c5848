"""May this recipe be used here and now? (rows 8, 22, 30)"""

from __future__ import annotations

from ...findings import Finding
from .. import codes
from ..evidence import Evidence
from ..words import day_text
from .parts import findings_of


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Signatures hold, in date, approved at the site for this very digest, not withdrawn."""
    recipe, now = evidence.recipe.recipe, evidence.now
    findings = list(findings_of(evidence.recipe.verdict, "Recipe"))
    if now >= recipe.identity.expires:
        findings.append(
            codes.found(
                codes.RECIPE_EXPIRED,
                measured=day_text(recipe.identity.expires),
                path="identity.expires",
                name=recipe.label,
            )
        )
    if now < recipe.identity.issued:
        findings.append(
            codes.found(
                codes.RECIPE_NOT_YET,
                measured=day_text(recipe.identity.issued),
                path="identity.issued",
                name=recipe.label,
            )
        )
    approval = evidence.recipe.approval
    if approval is None or approval.recipe_digest != recipe.digest or approval.at > now:
        findings.append(codes.found(codes.RECIPE_NOT_APPROVED, name=recipe.label))
    if evidence.recipe.withdrawn_at is not None:
        findings.append(
            codes.found(
                codes.RECIPE_WITHDRAWN,
                measured=day_text(evidence.recipe.withdrawn_at),
                name=recipe.label,
            )
        )
    if recipe.identity.example_only and not evidence.site.demonstration:
        findings.append(
            codes.found(codes.EXAMPLE_RECIPE, path="identity.example_only", name=recipe.label)
        )
    return tuple(findings)
