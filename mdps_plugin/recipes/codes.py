"""Finding kinds of the recipe room (``RC-``): what can be wrong with a bundle. Checks nothing.

Clauses: ``row n`` is a row of docs/clauses.md; 21 CFR 11.70 links a signature to what was signed;
DSSE is the signing protocol, version 1.0.2; TUF the model for the expiry of trust.
"""

from __future__ import annotations

from ..findings import FindingKind, Severity

_SIGNED = "21 CFR 11.70; DSSE 1.0.2"
_CHANGE = "row 34: change only with a new revision and signature"

NO_ENVELOPE = FindingKind(
    code="RC-001",
    severity=Severity.REFUSE,
    clause=_SIGNED,
    title="This recipe bundle carries no signed document.",
    observed="no file {path} in the bundle",
    allowed="one file {path} beside the pinned files",
    next_step="Fetch the whole bundle again from the manufacturer.",
)
BAD_ENVELOPE = FindingKind(
    code="RC-002",
    severity=Severity.REFUSE,
    clause=_SIGNED,
    title="The signed document of this recipe cannot be read.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="Fetch the bundle again from the manufacturer.",
)
UNSIGNED = FindingKind(
    code="RC-003",
    severity=Severity.REFUSE,
    clause=_SIGNED,
    title="This recipe carries no signature.",
    observed="0 signatures",
    allowed="signatures by the keys of the trust root",
    next_step="Ask the manufacturer for the signed bundle.",
)
SIGNATURE_MISMATCH = FindingKind(
    code="RC-004",
    severity=Severity.REFUSE,
    clause=_SIGNED,
    title="A signature does not belong to this recipe.",
    observed="signature {path} under the key of {holder} does not match the content",
    allowed="every signature of a known key matches the exact bytes",
    next_step="Do not use it. Fetch the bundle again and tell the quality manager.",
    who="quality manager",
)
UNKNOWN_KEY = FindingKind(
    code="RC-005",
    severity=Severity.WARN,
    clause=_SIGNED,
    title="A signature was made with a key that nobody here knows.",
    observed="signature {path}, key {measured}",
    allowed="keys of the trust root",
    next_step="It counts for nothing. Compare the trust root with the manufacturer's.",
    who="quality manager",
)
KEY_TWICE = FindingKind(
    code="RC-006",
    severity=Severity.WARN,
    clause=_SIGNED,
    title="One key signed this recipe more than once.",
    observed="signature {path} repeats the key of {holder}",
    allowed="each key counts once",
    next_step="It counts once. Tell the manufacturer.",
    who="quality manager",
)
BELOW_THRESHOLD = FindingKind(
    code="RC-007",
    severity=Severity.REFUSE,
    clause=_SIGNED,
    title="Too few people of the manufacturer signed this recipe.",
    observed="role {role}: {measured} of {limit} different keys",
    allowed="role {role}: at least {limit} different keys",
    next_step="Ask the manufacturer for the missing signature.",
    who="quality manager",
)
BAD_STATEMENT = FindingKind(
    code="RC-008",
    severity=Severity.REFUSE,
    clause="in-toto Statement v1",
    title="What was signed is not a recipe statement.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="Ask the manufacturer for a recipe in the current format.",
)
BAD_RECIPE = FindingKind(
    code="RC-009",
    severity=Severity.REFUSE,
    clause="mdps-recipe/1",
    title="The signed recipe does not follow its format.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="Ask the manufacturer for a corrected revision.",
)
SUBJECT_MISMATCH = FindingKind(
    code="RC-010",
    severity=Severity.REFUSE,
    clause="in-toto Statement v1",
    title="Statement and recipe pin different files.",
    observed="{path}: {measured}",
    allowed="the same names and digests in both",
    next_step="Ask the manufacturer for a corrected bundle.",
)
FILE_MISSING = FindingKind(
    code="RC-011",
    severity=Severity.REFUSE,
    clause=_CHANGE,
    title="A file of this recipe is missing.",
    observed="{path} is not in the bundle",
    allowed="every pinned file in the bundle",
    next_step="Fetch the whole bundle again from the manufacturer.",
)
FILE_ALTERED = FindingKind(
    code="RC-012",
    severity=Severity.REFUSE,
    clause=_CHANGE,
    title="A file of this recipe was changed after it was signed.",
    observed="{path}: SHA-256 {measured}",
    allowed="SHA-256 {limit}",
    next_step="Do not use it. Fetch the bundle again and tell the quality manager.",
    who="quality manager",
)
FILE_SIZE = FindingKind(
    code="RC-013",
    severity=Severity.REFUSE,
    clause=_CHANGE,
    title="A file of this recipe has another size than signed.",
    observed="{path}: {measured} {unit}",
    allowed="{limit} {unit}",
    next_step="Do not use it. Fetch the bundle again and tell the quality manager.",
    who="quality manager",
)
FILE_EXTRA = FindingKind(
    code="RC-014",
    severity=Severity.REFUSE,
    clause=_CHANGE,
    title="The bundle holds a file that nobody signed.",
    observed="{path}",
    allowed="only pinned files and the signed document",
    next_step="Do not use it. Fetch the bundle again from the manufacturer.",
    who="quality manager",
)
RECIPE_EXPIRED = FindingKind(
    code="RC-015",
    severity=Severity.REFUSE,
    clause="row 30: the manufacturer answers for the recipe",
    title="This recipe has expired.",
    observed="now {measured}",
    allowed="until {limit}",
    next_step="Ask the manufacturer for a newer revision.",
    who="quality manager",
)
RECIPE_NOT_YET = FindingKind(
    code="RC-016",
    severity=Severity.REFUSE,
    clause="row 30: the manufacturer answers for the recipe",
    title="This recipe is not valid yet.",
    observed="now {measured}",
    allowed="from {limit}",
    next_step="Check the clock of the controller.",
    who="it",
)
ROOT_EXPIRED = FindingKind(
    code="RC-017",
    severity=Severity.REFUSE,
    clause="TUF 1.0.34, 5.3 (expiry of root)",
    title="The manufacturer's trust root has expired.",
    observed="now {measured}",
    allowed="until {limit}",
    next_step="Install the manufacturer's new trust root.",
    who="it",
)
ROOT_NOT_YET = FindingKind(
    code="RC-018",
    severity=Severity.REFUSE,
    clause="TUF 1.0.34, 5.3 (expiry of root)",
    title="The manufacturer's trust root is not valid yet.",
    observed="now {measured}",
    allowed="from {limit}",
    next_step="Check the clock of the controller.",
    who="it",
)
DEMONSTRATION_ROOT = FindingKind(
    code="RC-019",
    severity=Severity.WARN,
    clause="docs/adr/0003-example-root.md",
    title="Example keys signed this recipe. Anybody can sign with them.",
    observed="a trust root marked as demonstration",
    allowed="in a demonstration cell only",
    next_step="For patients, install the trust root of a real manufacturer.",
    who="it",
)
EXAMPLE_RECIPE = FindingKind(
    code="RC-020",
    severity=Severity.WARN,
    clause="row 8: validation evidence",
    title="This recipe is an example that nobody validated.",
    observed="example only",
    allowed="in a demonstration cell, or after the site's own validation",
    next_step="Validate it on site before a device reaches a patient.",
    who="quality manager",
)
