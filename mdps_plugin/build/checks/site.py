"""Does the site's own policy allow this kind of device? (rows 12, 14, 29)"""

from __future__ import annotations

from datetime import datetime

from ...findings import Finding
from ...policy.judge import judge
from ...recipes.document import Recipe
from .. import codes
from ..evidence import Evidence, SitePolicy
from ..kinds import found
from ..words import day_text
from .parts import findings_of


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """The signed policy, and what cell.json says besides; oversight certificate."""
    return check_site(evidence.recipe.recipe, evidence.site, evidence.now)


def check_site(recipe: Recipe, site: SitePolicy, now: datetime) -> tuple[Finding, ...]:
    """The same for any moment. Both policies are asked, so that the stricter wins."""
    return (
        *_signed(recipe, site),
        *_classes(recipe, site),
        *_implantable(recipe, site),
        *_oversight(recipe, site, now),
    )


def _signed(recipe: Recipe, site: SitePolicy) -> tuple[Finding, ...]:
    reading = site.signed
    if reading is None:
        return ()
    refusals = reading.verdict.refusals()
    if reading.policy is None or not reading.verdict.accepted:
        # What stopped the reading says it all; without it, the checks that did not run do.
        return refusals or findings_of(reading.verdict, "Site policy")
    return (*reading.verdict.findings, *judge(recipe, reading.policy))


def _classes(recipe: Recipe, site: SitePolicy) -> list[Finding]:
    findings: list[Finding] = []
    if not site.jurisdictions:
        findings.append(found(codes.CLASS_MISSING, measured="any jurisdiction"))
    for jurisdiction in site.jurisdictions:
        classes = [
            entry.device_class
            for entry in recipe.classification
            if entry.jurisdiction == jurisdiction
        ]
        if not classes:
            findings.append(
                found(codes.CLASS_MISSING, measured=jurisdiction, path="classification")
            )
        findings.extend(
            found(
                codes.CLASS_DENIED,
                measured=device_class,
                limit=", ".join(f"class {name}" for name in site.classes) or "no class",
                path="classification",
                jurisdiction=jurisdiction,
            )
            for device_class in classes
            if device_class not in site.classes
        )
    return findings


def _implantable(recipe: Recipe, site: SitePolicy) -> list[Finding]:
    if recipe.implantable and not site.implantable_allowed:
        return [found(codes.IMPLANTABLE_DENIED, path="implantable")]
    return []


def _oversight(recipe: Recipe, site: SitePolicy, now: datetime) -> list[Finding]:
    needed = recipe.prerequisites.oversight_certificate
    if needed is None:
        return []
    own = [one for one in site.oversight_certificates if one.name == needed]
    newest = max(own, key=lambda one: one.valid_until, default=None)
    if newest is not None and now < newest.valid_until:
        return []
    seen = f"Ended {day_text(newest.valid_until)}." if newest else "None is on record."
    return [found(codes.OVERSIGHT_MISSING, measured=seen, limit=needed)]
