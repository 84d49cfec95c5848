"""Finding kinds of the interlock: what the printer is not. Prefix ``GT-``."""

from __future__ import annotations

from ..findings import FindingKind, Severity

_CLAUSE = "ISO 13485:2016 7.5.1, 7.5.6 (infrastructure, validated process)"

NOT_CONNECTED = FindingKind(
    code="GT-CONNECTED",
    severity=Severity.REFUSE,
    clause=_CLAUSE,
    title="The printer does not answer.",
    observed="No answer from the printer.",
    allowed="A connected printer that answers.",
    next_step="Switch the printer on. Check its USB cable.",
)
FIRMWARE = FindingKind(
    code="GT-FIRMWARE",
    severity=Severity.REFUSE,
    clause=_CLAUSE,
    title="The printer's firmware is not the qualified one.",
    observed="{measured}",
    allowed="{limit}",
    next_step="Call the quality manager. The printer must be qualified again.",
    who="quality manager",
)
MACHINE = FindingKind(
    code="GT-MACHINE",
    severity=Severity.REFUSE,
    clause=_CLAUSE,
    title="This is another type of printer.",
    observed="{measured}",
    allowed="{limit}",
    next_step="Connect the printer that the recipe names.",
)
CAPABILITY = FindingKind(
    code="GT-CAPABILITY",
    severity=Severity.REFUSE,
    clause=_CLAUSE,
    title="The firmware lacks a function that the lock needs.",
    observed="{measured}",
    allowed="{limit}",
    next_step="Call the quality manager. Install the qualified firmware.",
    who="quality manager",
)
SETTING = FindingKind(
    code="GT-SETTING",
    severity=Severity.REFUSE,
    clause=_CLAUSE,
    title="A stored printer setting has changed: {name}.",
    observed="{measured}",
    allowed="{limit}",
    next_step="Call the quality manager. Restore the setting and qualify the printer again.",
    who="quality manager",
)
FACTOR = FindingKind(
    code="GT-FACTOR",
    severity=Severity.REFUSE,
    clause=_CLAUSE,
    title="The printer does not say its {name} in percent.",
    observed="{measured}",
    allowed="{limit}",
    next_step="Call the quality manager. Install the qualified firmware.",
    who="quality manager",
)

ALL = (NOT_CONNECTED, FIRMWARE, MACHINE, CAPABILITY, SETTING, FACTOR)
