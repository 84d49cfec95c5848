"""Finding kinds of the authoring room (``AU-``): what a signer must not sign. Checks nothing.

AU-00x format, pinned files and model, AU-01x evidence, AU-02x slicer settings, AU-03x start and end
code, AU-04x texts, dates and retention. "Row n" is a row of docs/clauses.md.
"""

from __future__ import annotations

from ..findings import FindingKind, Severity

_FORMAT = "docs/recipe-format.md"
_EVIDENCE = "row 8: tests bracket the envelope and the worst case"
_PROCESS = "row 25: the recipe binds the whole process"
_CHANGE = "Change the recipe, then run mdps recipe lint again."


def _kind(
    number: int,
    clause: str,
    title: str,
    *,
    observed: str,
    allowed: str,
    next_step: str = _CHANGE,
    severity: Severity = Severity.REFUSE,
) -> FindingKind:
    return FindingKind(
        code=f"AU-{number:03d}",
        severity=severity,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=next_step,
        who="manufacturer",
    )


BAD_FIELD = _kind(
    1,
    _FORMAT,
    "The recipe does not follow its format.",
    observed="{path}: {measured}",
    allowed="{limit}",
)
BAD_RULE = _kind(
    2,
    _FORMAT,
    "Two parts of the recipe do not go together.",
    observed="{path}: {measured}",
    allowed="{limit}",
)
UDI_ON_CUSTOM_MADE = _kind(
    3,
    "row 40: no product number on a custom-made device",
    "A custom-made device carries no GTIN.",
    observed="{path}: {measured}",
    allowed="{limit}",
)
BAD_PIN = _kind(
    4,
    "row 9: every file is pinned",
    "The files in the folder are not those of the recipe.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="Put the right file there, or correct its entry.",
)
BAD_MODEL = _kind(
    5,
    "row 4: the model is the device",
    "The pinned model cannot be read.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="Export the model anew, then pin it.",
)
NO_EVIDENCE = _kind(
    10,
    _EVIDENCE,
    "No test on made samples supports this recipe.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="Validate the process, then name the report.",
)
OTHER_PROCESS = _kind(
    11,
    _EVIDENCE,
    "No evidence is about this material, printer and nozzle.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="Validate this very process, then name the report.",
)
IDLE_REPORT = _kind(
    12,
    _EVIDENCE,
    "A report is about another process and proves nothing here.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="It counts for nothing. Take it out, or say why it stands.",
    severity=Severity.WARN,
)
UNCOVERED = _kind(
    13,
    _EVIDENCE,
    "The recipe allows more than its evidence covers.",
    observed="{parameter} is {measured} {unit}; covered: {covered}",
    allowed="what tested reports on this process cover",
    next_step="Narrow it, or test the rest and name the report.",
)
NO_NUMBERS = _kind(
    14,
    _EVIDENCE,
    "The evidence says what it covers in words only.",
    observed="{path}: {measured}",
    allowed="{limit}, with coverage in numbers",
    next_step="Write the recipe as mdps-recipe/2 with coverage per report.",
)
EXAMPLE_UNPROVEN = _kind(
    15,
    _EVIDENCE,
    "This example claims limits that no test covers.",
    observed="{measured} parameters without coverage: {covered}",
    allowed="in an example only",
    next_step="Before it is used for patients, test and name the report.",
    severity=Severity.WARN,
)
REPORT_NOT_PINNED = _kind(
    16,
    "row 9: validation records are part of the file",
    "A test report cannot be found again.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="Give the SHA-256 of the report.",
)
HAZARD_BARE = _kind(
    17,
    "row 15: each hazard with evidence or a reason",
    "A hazard that applies names no evidence.",
    observed="{path}: {measured}",
    allowed="the reports that show it is under control",
    next_step="Name the report, if there is one.",
    severity=Severity.WARN,
)
SETTING_DIFFERS = _kind(
    20,
    _PROCESS,
    "Slicer settings and process window do not agree.",
    observed="{path} = {measured}",
    allowed="{parameter}: {limit} {unit}",
)
FLOW_IMPOSSIBLE = _kind(
    21,
    "Slic3r manual, flow maths; " + _PROCESS,
    "No job sliced with these settings can meet the flow window.",
    observed="{path} with layers of {height} mm gives {measured} {unit}",
    allowed="{parameter}: {limit} {unit}",
    next_step="Correct width, layer height or window, then validate.",
)
SETTING_OPEN = _kind(
    22,
    _PROCESS,
    "A value that the window bounds is left to the slicer.",
    observed="{path} = {measured}",
    allowed="{path} as a number",
    next_step="Write the value into the settings, then validate.",
)
BESIDES_PART = _kind(
    23,
    _PROCESS,
    "These settings print what ring C cannot judge.",
    observed="{path} = {measured}",
    allowed="{path} = {limit}, or rings A and B only",
    next_step="Take it out, or leave ring C out and say why.",
)
UNTOLD_ALONE = _kind(
    24,
    _PROCESS,
    "Without ring B, no check tells these faults.",
    observed="{path}: {measured}",
    allowed="settings under which ring C tells them, or ring B",
    next_step="Add ring B, or take settings that docs/examiner.md names.",
)
UNTOLD = _kind(
    25,
    _PROCESS,
    "A spoilt slicer could bring in these faults unseen.",
    observed="{path}: {measured}",
    allowed="settings under which ring C tells them",
    next_step="Take settings that docs/examiner.md names, or accept that risk.",
    severity=Severity.WARN,
)
WRITING_UNKNOWN = _kind(
    27,
    _PROCESS,
    "How this slicer writes a line is not checked.",
    observed="{path}: {measured}",
    allowed="a version range with {limit}, for that check",
    next_step="Take such a version, or accept the common grammar alone.",
    severity=Severity.NOTE,
)
BLOCK_UNREADABLE = _kind(
    30,
    _PROCESS,
    "Start or end code cannot be read.",
    observed="{path} line {line}: {measured}",
    allowed="{limit}",
)
CALIBRATES = _kind(
    31,
    "row 36: the printer is qualified as it stands",
    "The code calibrates or changes stored settings.",
    observed="{path} line {line}: {measured}",
    allowed="no calibration, no command that changes stored settings",
    next_step="Take the line out. Calibrate at qualification, not in a job.",
)
BLOCK_UNUSUAL = _kind(
    32,
    _PROCESS,
    "The code holds a command that no check understands.",
    observed="{path} line {line}: {measured}",
    allowed="{limit}",
    next_step="Take the line out, or be sure that every printer ignores it.",
    severity=Severity.WARN,
)
BLOCK_FACTOR = _kind(
    33,
    _PROCESS,
    "The code sets speed or flow as no job may.",
    observed="{path} line {line}: {measured}",
    allowed="{limit}",
    next_step="Write one whole percentage.",
)
NO_JUSTIFICATION = _kind(
    40,
    "row 15: each hazard with evidence or a reason",
    "A hazard is not judged, or judged without a reason.",
    observed="{path}: {measured}",
    allowed="{limit}",
    next_step="Write why it applies or why it does not.",
)
PLACEHOLDER = _kind(
    41,
    _FORMAT,
    "A text still waits to be written.",
    observed="{path}: {measured}",
    allowed="the text itself",
    next_step="Write it. Nobody signs a gap.",
)
RETENTION_SHORT = _kind(
    42,
    "row 10: the longest of all rules",
    "Records would be kept too short.",
    observed="{path}: {measured}",
    allowed="at least {limit} {unit}: {rule}",
    next_step="Add the rule to retention.",
)
ENDED = _kind(
    43,
    "row 30: the manufacturer answers for the recipe",
    "The recipe has ended before it is signed.",
    observed="{path}: {measured}, now {now}",
    allowed="a time to come",
)
