"""May this recipe be used here and now? (rows 8, 22, 30)"""

from __future__ import annotations

from datetime import datetime

from ...findings import Finding
from .. import codes
from ..evidence import Evidence, RecipeEvidence, SitePolicy
from ..kinds import found
from ..words import day_text
from .parts import findings_of


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Signatures hold, in date, approved at the site for this very digest, not withdrawn."""
    return check_recipe(evidence.recipe, evidence.site, evidence.now)


def check_recipe(known: RecipeEvidence, site: SitePolicy, now: datetime) -> tuple[Finding, ...]:
    """The same for any moment."""
    recipe = known.recipe
    findings = list(findings_of(known.verdict, "Recipe"))
    if now >= recipe.identity.expires:
        findings.append(
            found(
                codes.RECIPE_EXPIRED,
                measured=day_text(recipe.identity.expires),
                path="identity.expires",
                name=recipe.label,
            )
        )
    if now < recipe.identity.issued:
        findings.append(
            found(
                codes.RECIPE_NOT_YET,
                measured=day_text(recipe.identity.issued),
                path="identity.issued",
                name=recipe.label,
            )
        )
    approval = known.approval
    if known.withdrawn_at is not None:
        findings.append(
            found(codes.RECIPE_WITHDRAWN, measured=day_text(known.withdrawn_at), name=recipe.label)
        )
    elif approval is None or approval.recipe_digest != recipe.digest or approval.at > now:
        findings.append(found(codes.RECIPE_NOT_APPROVED, name=recipe.label))
    if recipe.identity.example_only and not site.demonstration:
        findings.append(
            found(codes.EXAMPLE_RECIPE, path="identity.example_only", name=recipe.label)
        )
    return tuple(findings)
