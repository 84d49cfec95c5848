"""Finding kinds for what is no attack: a mix-up, a half-done act, a day asked for (``TR-032`` on).

The attacks, and how places are filled in: :mod:`.codes`. Checks nothing.
"""

from __future__ import annotations

from .codes import refusal

UNRECORDED = refusal(
    "TR-032",
    "row 22: recall; docs/adr/0027: an import counts once it is on record",
    "Unfinished import: the {repository} stick is not on this cell's record.",
    "{role}: version {measured} imported, version {limit} on record",
    "lists that an entry of the audit log names",
    "Import the newest {repository} stick again. Tell IT if this comes back.",
    "technician",
)
OTHER_STICK = refusal(
    "TR-033",
    "docs/adr/0026: two repositories, each with a root of its own",
    "Other stick: this is not the {repository} repository.",
    "the first root of the {role} repository",
    "the {repository} repository",
    "Import it as the {role}, or take the {repository} stick.",
    "technician",
)
UNFINISHED = refusal(
    "TR-034",
    "docs/adr/0028: installed once every threshold is met",
    "Unfinished repository: its lists still wait for signatures.",
    "{path}, and no metadata/timestamp.json",
    "a repository with every list signed and installed",
    "Ask the sender to finish it: mdps recipe status --repository says who.",
)
TOO_EARLY = refusal(
    "TR-035",
    "docs/adr/0027: time never runs back behind an accepted import",
    "Too early a day: these repositories were imported after it.",
    "asked for {measured}",
    "not before {limit}, see {path}",
    "Ask without --at, or for a later day. The clock is not at fault.",
    "technician",
)
RECALL_UNKNOWN = refusal(
    "TR-036",
    "row 22: recall; ISO 13485 8.3.3",
    "Recall not known: a {repository} list cannot be read today.",
    "{measured}",
    "every list of both repositories readable today",
    "Import the newest {repository} stick, then release. The part keeps.",
    "technician",
)
WITNESS_UNREAD = refusal(
    "TR-037",
    "Uptane 2.1.0, 5.4 (secure source of time)",
    "Witness not readable: its last word does not verify.",
    "{path}: {measured}",
    "{limit}",
    "Have the newest cosigned checkpoint put there. Ask IT who changed it.",
    "it",
)
