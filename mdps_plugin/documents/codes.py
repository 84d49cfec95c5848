"""Finding kinds of the documents (DC-...). Texts only."""

from __future__ import annotations

from ..findings import FindingKind, Severity

_STATEMENT = "IMDRF PMD/N58 (statement, information and label of a personalized device)"
_RECORD = "ISO 13485 7.5.1 (record of each device or batch)"


def _kind(
    code: str, clause: str, title: str, *, observed: str, allowed: str, next_step: str, who: str
) -> FindingKind:
    return FindingKind(
        code=code,
        severity=Severity.REFUSE,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=next_step,
        who=who,
    )


MISSING_GROUP = _kind(
    "DC-001",
    _STATEMENT,
    "A document cannot be made",
    observed="{path} is empty.",
    allowed="{document} with: {limit}.",
    next_step="Complete what is missing, then make the documents again.",
    who="quality manager",
)
NO_LANGUAGE = _kind(
    "DC-002",
    _STATEMENT,
    "No texts in this language",
    observed="Language {measured}.",
    allowed="{limit}.",
    next_step="Choose a language that is here.",
    who="releaser",
)
UNPRINTABLE = _kind(
    "DC-003",
    _STATEMENT,
    "A character cannot be printed",
    observed="{measured} in {path}.",
    allowed="Characters that the font can show, left to right.",
    next_step="Write it in Latin, Greek or Cyrillic letters.",
    who="quality manager",
)
NOT_WHOLE = _kind(
    "DC-004",
    _RECORD,
    "The record does not show a whole build",
    observed="{path} is {measured}.",
    allowed="{limit}.",
    next_step="Do not hand the part over. Call the quality manager.",
    who="quality manager",
)
SCAN_BACK = _kind(
    "DC-005",
    _STATEMENT,
    "The label does not read back",
    observed="Read: {measured}.",
    allowed="{limit}.",
    next_step="Do not print the label. Call IT.",
    who="it",
)
LABEL_FULL = _kind(
    "DC-006",
    _STATEMENT,
    "The texts do not fit the label",
    observed="{measured} mm of text.",
    allowed="At most {limit} mm, letters at least 1 mm high.",
    next_step="Manufacturer: shorten the warnings in the recipe.",
    who="manufacturer",
)
NO_UDI = _kind(
    "DC-007",
    "21 CFR 830.20, GS1 General Specifications (check digit, lengths)",
    "The device identifier cannot be printed",
    observed="{path} is {measured}.",
    allowed="{limit}.",
    next_step="Manufacturer: correct the identifier and sign again.",
    who="manufacturer",
)

ALL = (MISSING_GROUP, NO_LANGUAGE, UNPRINTABLE, NOT_WHOLE, SCAN_BACK, LABEL_FULL, NO_UDI)
