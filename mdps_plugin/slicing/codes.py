"""Finding kinds of slicing (SL-...). Texts only."""

from __future__ import annotations

from ..findings import FindingKind, Severity

_SOFTWARE = "IMDRF PMD/N58 (MDPS: software validated as a component)"
_PROCESS = "IMDRF PMD/N58 (MDPS: validated as a process)"


def _kind(
    code: str,
    title: str,
    *,
    observed: str,
    allowed: str,
    next_step: str,
    clause: str = _SOFTWARE,
    severity: Severity = Severity.REFUSE,
    who: str = "manufacturer",
) -> FindingKind:
    return FindingKind(
        code=code,
        severity=severity,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=next_step,
        who=who,
    )


SETTINGS_UNREADABLE = _kind(
    "SL-001",
    "Slicer settings cannot be read",
    observed="{measured} at {path}.",
    allowed="{limit}.",
    next_step="Manufacturer: export the settings again and sign them.",
)
RUNS_PROGRAMS = _kind(
    "SL-002",
    "Slicer settings would run a program",
    observed="{path} = {measured}.",
    allowed="{path} empty.",
    next_step="Manufacturer: take it out of the settings and sign them.",
)
NOT_REPRODUCIBLE = _kind(
    "SL-003",
    "Slicing twice may give two jobs",
    observed="{path} = {measured}.",
    allowed="{path} = {limit}, as the second slicing must agree.",
    next_step="Manufacturer: change the setting, validate, sign again.",
    clause=_PROCESS,
)
MAY_VARY = _kind(
    "SL-004",
    "Slicing twice may give two jobs",
    observed="{path} = {measured}.",
    allowed="{path} = {limit}.",
    next_step="Nothing to do. This recipe does not compare two slicings.",
    clause=_PROCESS,
    severity=Severity.NOTE,
)
WRONG_SLICER = _kind(
    "SL-010",
    "Another slicer is needed",
    observed="This controller runs {measured}.",
    allowed="{limit}.",
    next_step="Choose a recipe for the slicer that is here.",
)
WRONG_VERSION = _kind(
    "SL-011",
    "Slicer version not validated",
    observed="{slicer} {measured} is installed.",
    allowed="{slicer} {limit}.",
    next_step="IT: install a version that this recipe was validated with.",
    who="it",
)
NO_JOB = _kind(
    "SL-012",
    "The slicer made no job",
    observed="{measured}.",
    allowed="A whole job file.",
    next_step="Ask the designer to look at the model.",
    who="prescriber",
)
TOO_SLOW = _kind(
    "SL-013",
    "Slicing was stopped: it took too long",
    observed="No job after {measured} s.",
    allowed="At most {limit} s.",
    next_step="Ask the designer for a model with fewer triangles.",
    who="prescriber",
)
SETTING_NOT_USED = _kind(
    "SL-014",
    "The slicer did not use a signed setting",
    observed="{path} = {measured}.",
    allowed="{path} = {limit}.",
    next_step="Manufacturer: save the settings with this slicer version and sign them.",
)
NOT_SLICED_HERE = _kind(
    "SL-015",
    "This recipe is not sliced here",
    observed="Its jobs are brought along as G-code.",
    allowed="A recipe whose jobs are sliced or signed.",
    next_step="Bring the G-code and let it be checked.",
    who="technician",
)
OTHER_MODEL = _kind(
    "SL-016",
    "Another model than the signed one",
    observed="Model with digest {measured}.",
    allowed="The model of the recipe, digest {limit}.",
    next_step="Leave the model out. The recipe brings its own.",
    who="technician",
)
VARIABLE_REFUSED = _kind(
    "SL-017",
    "A variable is not what the recipe allows",
    observed="{path} = {measured}.",
    allowed="{limit}.",
    next_step="Choose a value that the manufacturer signed.",
    who="technician",
)
SETTING_MISSING = _kind(
    "SL-018",
    "A slicer setting is missing",
    observed="{path} is not set.",
    allowed="{path} set: this slicer has no values of its own.",
    next_step="Manufacturer: add the setting, validate, sign again.",
)
MODEL_CHANGED = _kind(
    "SL-019",
    "Slicer settings would change the model",
    observed="{path} = {measured}.",
    allowed="{path} = {limit}, so that the model stays as ordered.",
    next_step="Manufacturer: change the setting, validate, sign again.",
    clause=_PROCESS,
)
FLOW_MAY_VARY = _kind(
    "SL-020",
    "Lines of this job may differ in flow",
    observed="{path} = {measured}.",
    allowed="{path} = {limit} where a tight flow is signed.",
    next_step="Nothing to do. The signed flow range is looked at.",
    clause=_PROCESS,
    severity=Severity.NOTE,
)
TOO_MUCH_MEMORY = _kind(
    "SL-021",
    "Slicing was stopped: it needed too much memory",
    observed="The slicer ended at its limit of {limit} MiB.",
    allowed="At most {limit} MiB.",
    next_step="Ask the designer for a model with fewer triangles.",
    who="prescriber",
)

ALL = (
    SETTINGS_UNREADABLE,
    RUNS_PROGRAMS,
    NOT_REPRODUCIBLE,
    MAY_VARY,
    WRONG_SLICER,
    WRONG_VERSION,
    NO_JOB,
    TOO_SLOW,
    SETTING_NOT_USED,
    NOT_SLICED_HERE,
    OTHER_MODEL,
    VARIABLE_REFUSED,
    SETTING_MISSING,
    MODEL_CHANGED,
    FLOW_MAY_VARY,
    TOO_MUCH_MEMORY,
)
