"""Does the site's own policy allow this kind of device? (rows 12, 14, 29)"""

from __future__ import annotations

from ...findings import Finding
from .. import codes
from ..evidence import Evidence
from ..words import day_text


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """A class for every jurisdiction, inside the policy; implantables; oversight certificate."""
    return (*_classes(evidence), *_implantable(evidence), *_oversight(evidence))


def _classes(evidence: Evidence) -> list[Finding]:
    findings: list[Finding] = []
    site = evidence.site
    if not site.jurisdictions:
        findings.append(codes.found(codes.CLASS_MISSING, measured="any jurisdiction"))
    for jurisdiction in site.jurisdictions:
        classes = [
            entry.device_class
            for entry in evidence.recipe.recipe.classification
            if entry.jurisdiction == jurisdiction
        ]
        if not classes:
            findings.append(
                codes.found(codes.CLASS_MISSING, measured=jurisdiction, path="classification")
            )
        findings.extend(
            codes.found(
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


def _implantable(evidence: Evidence) -> list[Finding]:
    if evidence.recipe.recipe.implantable and not evidence.site.implantable_allowed:
        return [codes.found(codes.IMPLANTABLE_DENIED, path="implantable")]
    return []


def _oversight(evidence: Evidence) -> list[Finding]:
    needed = evidence.recipe.recipe.prerequisites.oversight_certificate
    if needed is None:
        return []
    own = [one for one in evidence.site.oversight_certificates if one.name == needed]
    newest = max(own, key=lambda one: one.valid_until, default=None)
    if newest is not None and evidence.now < newest.valid_until:
        return []
    seen = f"Ended {day_text(newest.valid_until)}." if newest else "None is on record."
    return [codes.found(codes.OVERSIGHT_MISSING, measured=seen, limit=needed)]
