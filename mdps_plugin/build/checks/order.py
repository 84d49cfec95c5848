"""Is the order complete, and does it ask for this recipe? (rows 1 to 3, 7)

The pathway says what an order must hold: a custom-made device needs a written request, design
characteristics, a feature or condition and a justification of need; a patient-matched one needs
design characteristics. The manufacturer may require a request for any pathway.
"""

from __future__ import annotations

import re

from ...findings import Finding
from ...recipes.document import Pathway
from .. import codes
from ..evidence import Evidence
from ..kinds import found
from ..words import moment_text

_NEEDS_REQUEST = frozenset({Pathway.CUSTOM_MADE})
_NEEDS_CHARACTERISTICS = frozenset({Pathway.CUSTOM_MADE, Pathway.PATIENT_MATCHED})
_NEEDS_FEATURE = frozenset({Pathway.CUSTOM_MADE})
_NEEDS_JUSTIFICATION = frozenset({Pathway.CUSTOM_MADE, Pathway.HEALTH_INSTITUTION})

#: Words that say only where something is, not what it is to be.
# fmt: off
_POINTING = frozenset((
    "a", "and", "according", "all", "as", "at", "attached", "attachment", "attachments", "by",
    "cd", "ct", "data", "dicom", "document", "documents", "email", "enclosed", "enclosure",
    "file", "files", "folder", "for", "from", "image", "images", "in", "is", "mail", "model",
    "mri", "of", "on", "pdf", "per", "photo", "photos", "picture", "pictures", "please", "pacs",
    "refer", "reference", "scan", "scans", "see", "sent", "series", "stl", "study", "the",
    "this", "to", "usb", "with",
))
# fmt: on
_WORD = re.compile(r"[^\W_]+")


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Findings on the order; texts name the ward it came from."""
    return (*_match(evidence), *_complete(evidence), *_dates(evidence))


def points_only(characteristic: str) -> bool:
    """True if a text only points at an attachment (EU MDCG 2021-3: data alone is no design).

    A help against habit, not a proof: a person at the manufacturer still reads the request.
    """
    words = _WORD.findall(re.sub(r"\S+\.\w{2,4}\b", " ", characteristic.lower()))
    return not any(word not in _POINTING for word in words)


def _match(evidence: Evidence) -> list[Finding]:
    order, recipe = evidence.order, evidence.recipe.recipe
    findings: list[Finding] = []
    if order.pathway is not recipe.pathway:
        findings.append(
            found(
                codes.WRONG_PATHWAY,
                measured=order.pathway.value.replace("_", " "),
                limit=recipe.pathway.value.replace("_", " "),
                path="pathway",
                ward=order.ward,
            )
        )
    revision_differs = order.revision not in (None, recipe.identity.revision)
    if order.recipe_id != recipe.identity.recipe_id or revision_differs:
        named = order.recipe_id + (f" revision {order.revision}" if order.revision else "")
        findings.append(
            found(codes.WRONG_RECIPE, measured=named, limit=recipe.label, path="recipe_id")
        )
    return findings


def _complete(evidence: Evidence) -> list[Finding]:
    order, recipe = evidence.order, evidence.recipe.recipe
    missing: list[tuple[str, str]] = []
    if order.request is None and (recipe.request_required or order.pathway in _NEEDS_REQUEST):
        missing.append(("request", "signed request of the prescriber"))
    if not order.design_characteristics and order.pathway in _NEEDS_CHARACTERISTICS:
        missing.append(("design_characteristics", "design characteristics"))
    if order.condition_or_feature is None and order.pathway in _NEEDS_FEATURE:
        missing.append(("condition_or_feature", "feature or condition that needs the device"))
    findings = [
        found(codes.ORDER_INCOMPLETE, measured=name, path=path, ward=order.ward)
        for path, name in missing
    ]
    if (
        order.pathway in _NEEDS_CHARACTERISTICS
        and order.design_characteristics
        and all(points_only(text) for text in order.design_characteristics)
    ):
        findings.append(
            found(codes.ATTACHMENTS_ONLY, path="design_characteristics", ward=order.ward)
        )
    if order.pathway in _NEEDS_JUSTIFICATION and not (
        order.need_justification or recipe.need_justification
    ):
        findings.append(
            found(
                codes.NEED_NOT_JUSTIFIED,
                limit=order.pathway.value.replace("_", " "),
                path="need_justification",
            )
        )
    return findings


def _dates(evidence: Evidence) -> list[Finding]:
    order = evidence.order
    moments = [("received_at", "Order received", order.received_at)]
    if order.request is not None:
        moments.append(("request.signed_at", "Request signed", order.request.signed_at))
    if order.model is not None:
        moments.append(("model.released_at", "Model released", order.model.released_at))
    return [
        found(
            codes.ORDER_FROM_FUTURE,
            measured=moment_text(moment),
            limit=moment_text(evidence.now),
            path=path,
            name=name,
            ward=order.ward,
        )
        for path, name, moment in moments
        if moment > evidence.now
    ]
