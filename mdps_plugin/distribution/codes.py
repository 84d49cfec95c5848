"""Finding kinds of the distribution room (``TR-``): each names one attack. Checks nothing.

``{repository}`` is ``manufacturer's`` or ``hospital's``. Attack names follow TUF 1.0.34, section
1.5.2, and Uptane 2.1.0; docs/trust.md has the table.
"""

from __future__ import annotations

from ..findings import FindingKind, Severity

_TUF = "TUF 1.0.34"
_QUALITY = "quality manager"


def refusal(
    code: str, clause: str, title: str, observed: str, allowed: str, step: str, who: str = _QUALITY
) -> FindingKind:
    """A kind that refuses; ``who`` takes the next step."""
    return FindingKind(
        code=code,
        severity=Severity.REFUSE,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=step,
        who=who,
    )


NOT_NAMED = refusal(
    "TR-001",
    f"{_TUF}, 5.7.1 (arbitrary installation)",
    "Planted recipe: the {repository} repository does not name it.",
    "{path} is not in the signed list",
    "recipes that the signed list names",
    "Do not use it. Ask the manufacturer where it came from.",
)
BAD_PATH = refusal(
    "TR-002",
    f"{_TUF}, 1.5.2 (arbitrary installation)",
    "Path trick: a name tries to leave its folder.",
    "the name {path}",
    "plain names below the repository",
    "Do not use this stick. Give it to the quality manager.",
)
UNSIGNED = refusal(
    "TR-003",
    f"{_TUF}, 5.3 to 5.6 (arbitrary installation)",
    "Forged list: nobody signed the {repository} {role} list.",
    "{role}: 0 signatures",
    "{role}: {limit} signatures",
    "Do not use this stick. Ask the sender for a fresh one.",
)
STRANGERS = refusal(
    "TR-004",
    f"{_TUF}, 5.3 to 5.6 (arbitrary installation)",
    "Forged list: strangers signed the {repository} {role} list.",
    "{role}: {measured} of {limit} signatures by known keys",
    "{role}: {limit} signatures by keys that the repository names",
    "Do not use this stick. Tell the manufacturer.",
)
BELOW_THRESHOLD = refusal(
    "TR-005",
    f"{_TUF}, 5.3 to 5.6 (key compromise below threshold)",
    "Missing signature: too few people signed the {repository} {role} list.",
    "{role}: {measured} of {limit} signatures",
    "{role}: {limit} signatures by different keys",
    "Ask the sender to have it signed by everybody needed.",
)
SIGNATURE_DOUBLED = refusal(
    "TR-006",
    f"{_TUF}, 4.2.1 (signatures by unique keys)",
    "One signature counted twice: the {repository} {role} list repeats a signature.",
    "{role}: two signatures by the key {measured}",
    "{role}: one signature by each key",
    "Do not use this stick. Tell the manufacturer.",
)
METADATA_ALTERED = refusal(
    "TR-007",
    f"{_TUF}, 5.3 to 5.6 (arbitrary installation)",
    "Altered list: somebody changed the {repository} {role} list after signing.",
    "{role}: {measured} of {limit} signatures still match",
    "every byte as it was signed",
    "Do not use this stick. Ask the sender for a fresh one.",
)
TARGET_ALTERED = refusal(
    "TR-008",
    f"{_TUF}, 5.7.2 (arbitrary installation)",
    "Altered recipe: its bytes differ from the {repository} signed list.",
    "{path}: {measured}",
    "{path}: {limit}",
    "Do not use this stick. Ask the sender for a fresh one.",
)
ENDLESS = refusal(
    "TR-009",
    f"{_TUF}, 1.5.2 (endless data)",
    "Endless data: a file on the stick is longer than allowed.",
    "{path}: more than the signed or greatest length",
    "{path}: at most the signed or greatest length",
    "Do not use this stick. Ask the sender for a fresh one.",
)
FROZEN = refusal(
    "TR-010",
    f"{_TUF}, 5.4.4 (freeze)",
    "Old news: the {repository} repository is too old to be trusted today.",
    "its date of freshness ended on {measured}",
    "a date of freshness after now",
    "Import the newest stick. It may hold a recall.",
    "technician",
)
ROLE_EXPIRED = refusal(
    "TR-011",
    f"{_TUF}, 5.5 and 5.6 (freeze)",
    "Old list: the {repository} {role} list has expired.",
    "{role}: ended on {measured}",
    "{role}: an end after now",
    "Import the newest stick, or ask the sender for one.",
    "technician",
)
ROOT_EXPIRED = refusal(
    "TR-012",
    f"{_TUF}, 5.3.10 (freeze of the root)",
    "Old root of trust: the {repository} root has expired.",
    "root: ended on {measured}",
    "root: an end after now",
    "Ask the sender for a stick with a newer root.",
)
ROLLBACK = refusal(
    "TR-013",
    f"{_TUF}, 5.4.3 (rollback)",
    "Old stick: a newer {repository} repository was accepted here before.",
    "{role}: version {measured}",
    "{role}: version {limit} or newer",
    "Use the newest stick. The old one may miss a recall.",
    "technician",
)
SNAPSHOT_ROLLBACK = refusal(
    "TR-014",
    f"{_TUF}, 5.5.5 (rollback inside a new snapshot)",
    "Old list in a new stick: one {repository} list went backwards.",
    "{path}",
    "no list older than, or missing since, the last accepted stick",
    "Do not use this stick. Tell the manufacturer.",
)
MIXED = refusal(
    "TR-015",
    f"{_TUF}, 5.5 and 5.6 (mix and match)",
    "Mixed stick: {repository} lists of different days lie together.",
    "{path}",
    "lists that the same snapshot names",
    "Do not use this stick. Ask the sender for a fresh one.",
)
REVOKED_KEY = refusal(
    "TR-016",
    f"{_TUF}, 6.1 (key compromise)",
    "Revoked key: the {repository} {role} list is signed with a withdrawn key.",
    "{role}: {measured} of {limit} signatures by keys in force",
    "{role}: {limit} signatures by keys in force",
    "Do not use this stick. The key may be stolen. Tell the manufacturer.",
)
ROOT_NOT_CHAINED = refusal(
    "TR-017",
    f"{_TUF}, 5.3.4 (key compromise of the root)",
    "Usurped root: the old root keys did not sign the new root.",
    "root: {measured} of {limit} signatures by the keys before it",
    "root: {limit} signatures by the keys before it",
    "Do not use this stick. Tell the manufacturer at once.",
)
FOREIGN_FAMILY = refusal(
    "TR-018",
    f"{_TUF}, 4.5 (delegated paths)",
    "Foreign family: these signers may not sign this recipe.",
    "{path} is named by {role} only",
    "signers whose family covers the path",
    "Do not use it. Tell the manufacturer.",
)
RECALLED = refusal(
    "TR-019",
    "row 22: recall; ISO 13485 8.3.3",
    "Recalled: the manufacturer has withdrawn this recipe.",
    "{path}: {measured}",
    "recipes that the manufacturer still stands behind",
    "Stop using it. Quarantine parts made with it and ask quality.",
)
INCOMPLETE = refusal(
    "TR-020",
    f"{_TUF}, 5.4.1 (denial, mix and match)",
    "Incomplete stick: the {repository} repository lacks a file.",
    "{path} is missing",
    "every file that the repository needs",
    "Copy the stick again, whole, or ask for a fresh one.",
    "technician",
)
ROLLBACK_OF_RECORD = refusal(
    "TR-021",
    f"{_TUF}, 5.4.3 (rollback after lost state)",
    "Old stick after lost memory: this cell's record knows a newer one.",
    "{role}: version {measured}",
    "{role}: version {limit} or newer, by marks and log",
    "Use the newest stick. Ask IT why the memory was empty.",
)
KEY_TWICE = refusal(
    "TR-022",
    f"{_TUF}, 4.2 (clients calculate key ids); TAP 12",
    "One key under two names: one person could sign for two.",
    "{role} names the key {measured} twice",
    "{role} names each key once",
    "Do not use this stick. Tell the manufacturer at once.",
)
CLOCK_BACK = refusal(
    "TR-023",
    "Uptane 2.1.0, 5.4 (secure source of time)",
    "Clock set back: the machine's clock is behind the record.",
    "clock {measured}",
    "not before {limit}, see {path}",
    "Set the clock right. Ask IT who changed it.",
    "it",
)
DISAGREE = refusal(
    "TR-024",
    "Uptane 2.1.0, 5.4.4 (director and image repository agree)",
    "Two opinions: hospital and manufacturer name different bytes.",
    "hospital {measured}",
    "manufacturer {limit}",
    "Do not use it. Have quality approve the manufacturer's recipe again.",
)
NOT_APPROVED = refusal(
    "TR-025",
    "Uptane 2.1.0, 5.4.4; row 30",
    "Not for this site: the hospital's repository does not name it.",
    "{path} is not in the hospital's list",
    "recipes that the hospital's list names",
    "Ask quality to approve the recipe for this site.",
)
WITHDRAWN = refusal(
    "TR-026",
    "row 22: recall; row 30",
    "Withdrawn here: the hospital has withdrawn this recipe.",
    "{path}: {measured}",
    "recipes that the hospital still approves",
    "Stop using it. Ask quality which revision to use.",
)
NO_MIRROR = refusal(
    "TR-027",
    "row 30: the manufacturer answers for the recipe",
    "Nothing imported: this cell has no {repository} repository yet.",
    "no {repository} repository in this cell",
    "one imported repository of manufacturer and hospital each",
    "Import the {repository} stick.",
    "technician",
)
UNREADABLE = refusal(
    "TR-028",
    f"{_TUF}, 4 (document formats)",
    "Unreadable stick: a {repository} file is not what it should be.",
    "{path}: {measured}",
    "{limit}",
    "Copy the stick again, or ask the sender for a fresh one.",
    "technician",
)
BAD_SIGNERS = refusal(
    "TR-029",
    "docs/adr/0026: signers travel in the repository",
    "Signers unknown: the repository does not say who signs recipes.",
    "{path}: {measured}",
    "one signers list, mdps-root/1, in the manufacturer's repository",
    "Ask the manufacturer for a whole repository.",
)
DEMONSTRATION = refusal(
    "TR-030",
    "docs/adr/0003-example-root.md",
    "Example keys: anybody can sign with the keys of this repository.",
    "a signers list marked as demonstration",
    "a demonstration cell only",
    "For patients, import a real manufacturer's repository.",
)
SUPERSEDED = FindingKind(
    code="TR-031",
    severity=Severity.WARN,
    clause="row 34: change only with a new revision",
    title="A newer revision of this recipe exists.",
    observed="{path}: the manufacturer also names revision {measured}",
    allowed="any revision that both repositories name",
    next_step="Ask quality whether to change to the newer revision.",
    who=_QUALITY,
)
