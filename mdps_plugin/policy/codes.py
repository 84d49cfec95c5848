"""Finding kinds of the policy room (``SP-``): no policy that counts, or one that denies.

``{policy}`` names the policy by version and hospital. Row 29: limits such as low-risk only.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..findings import Finding, FindingKind, Severity, Where

_QUALITY = "quality manager"
_SIGN = "Quality manager: sign and publish a site policy again."


def _refusal(
    code: str, title: str, observed: str, allowed: str, step: str, clause: str = "row 29"
) -> FindingKind:
    return FindingKind(
        code=code,
        severity=Severity.REFUSE,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=step,
        who=_QUALITY,
    )


MISSING = _refusal(
    "SP-001",
    "This cell has no signed site policy.",
    "no policy: {path}",
    "one policy, signed by the hospital",
    "Quality manager: sign and publish the site policy.",
)
UNREADABLE = _refusal(
    "SP-002",
    "The site policy cannot be read.",
    "{path}: {measured}",
    "{limit}",
    "Quality manager: publish the signed policy again.",
)
BELOW_THRESHOLD = _refusal(
    "SP-003",
    "Too few people of the hospital signed the site policy.",
    "{measured} of {limit} different keys",
    "at least {limit} different keys of the hospital",
    "Quality manager: sign the site policy.",
    "21 CFR 11.70; DSSE 1.0.2",
)
ALTERED = _refusal(
    "SP-004",
    "Somebody changed the site policy after it was signed.",
    "{path}: the signature of {holder} does not match",
    "exactly the bytes that the hospital signed",
    "Build nothing. Tell the quality manager who can write this file.",
    "21 CFR 11.70; DSSE 1.0.2",
)
NO_POLICY_STATEMENT = _refusal(
    "SP-005",
    "What was signed is no site policy.",
    "{path}: {measured}",
    "{limit}",
    _SIGN,
    "in-toto Statement v1",
)
BAD_POLICY = _refusal(
    "SP-006",
    "The signed site policy does not follow its format.",
    "{path}: {measured}",
    "{limit}",
    "Quality manager: correct the policy, then sign it.",
    "mdps-site-policy/1",
)
EXPIRED = _refusal(
    "SP-007",
    "The site policy has expired.",
    "{policy}, now {measured}",
    "before {limit}",
    "Quality manager: review the policy, then sign a new version.",
)
NOT_YET = _refusal(
    "SP-008",
    "The site policy is not valid yet.",
    "{policy}, now {measured}",
    "from {limit}",
    "Check the clock. Else wait, or ask the quality manager.",
)
OTHER_HOSPITAL = _refusal(
    "SP-009",
    "The site policy belongs to another hospital.",
    "a policy of {measured}",
    "a policy of {limit}",
    "Quality manager: publish the policy of this hospital.",
)
ROOT_NOT_VALID = _refusal(
    "SP-010",
    "The keys that sign the site policy are not valid today.",
    "trust root: {measured}",
    "valid: {limit}",
    "Quality manager: install the current trust root.",
)
CLASS_MISSING = _refusal(
    "SP-020",
    "The site policy asks for a class that the recipe lacks.",
    "no class for {measured}",
    "{policy}: a class for {measured}, at most {limit}",
    "Ask the manufacturer for a revision with it.",
)
CLASS_DENIED = _refusal(
    "SP-021",
    "The site policy denies this class of device.",
    "class {measured} in {jurisdiction}",
    "{policy}: at most class {limit} in {jurisdiction}",
    "Do not build. Ask the quality manager.",
)
IMPLANTABLE_DENIED = _refusal(
    "SP-022",
    "The site policy denies implantable devices.",
    "the device is implantable",
    "{policy}: nothing implantable",
    "Do not build. Ask the quality manager.",
)
PATHWAY_DENIED = _refusal(
    "SP-023",
    "The site policy denies this kind of production.",
    "pathway {measured}",
    "{policy}: {limit}",
    "Do not build. Ask the quality manager.",
)
TYPE_DENIED = _refusal(
    "SP-024",
    "The site policy denies this type of device.",
    "{path} says {measured}",
    "{policy}: nothing called {limit}",
    "Do not build. Ask the quality manager.",
)
TYPE_NOT_LISTED = _refusal(
    "SP-025",
    "The site policy does not list this type of device.",
    "device type {measured}",
    "{policy}: only the types that it lists",
    "Do not build. Ask the quality manager.",
)


def found(
    kind: FindingKind,
    *,
    measured: str | int | None = None,
    limit: str | int | None = None,
    path: str | None = None,
    **facts: str,
) -> Finding:
    """A finding of this room."""
    named: Mapping[str, str] = facts
    return Finding(kind=kind, where=Where(path=path), measured=measured, limit=limit, facts=named)
