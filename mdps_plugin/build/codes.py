"""Finding kinds of the build room, ``BD-``: one order, one decision, one build. Finds nothing.

``clause`` cites the row of the feature table in docs/clauses.md, or the rule itself. The texts are
the English source: Title, Observed, Allowed, Next step.
"""

from __future__ import annotations

from ..findings import Finding, FindingKind, Severity, Where

_KINDS: list[FindingKind] = []


def _kind(
    code: str,
    clause: str,
    title: str,
    observed: str,
    allowed: str,
    next_step: str,
    who: str = "technician",
    severity: Severity = Severity.REFUSE,
) -> FindingKind:
    kind = FindingKind(
        code=code,
        severity=severity,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=next_step,
        who=who,
    )
    _KINDS.append(kind)
    return kind


def all_kinds() -> tuple[FindingKind, ...]:
    """The catalogue of this room, in order of code."""
    return tuple(_KINDS)


def found(
    kind: FindingKind,
    *,
    measured: str | float | int | None = None,
    limit: str | float | int | None = None,
    unit: str = "",
    path: str | None = None,
    **facts: str,
) -> Finding:
    """One occurrence of ``kind``."""
    return Finding(
        kind=kind,
        where=Where(path=path),
        measured=measured,
        limit=limit,
        unit=unit,
        facts=facts,
    )


_QM = "quality manager"
_MADE = "21 CFR 820; ISO 13485 7.5.1"

# A table: one row a kind, kept in rows rather than one argument a line.
# fmt: off

# The decision itself
CHECK_CRASHED = _kind(
    "BD-001", "row 26", "A check could not be finished",
    "Check {name} stopped: {measured}.", "Every check runs to its end.",
    "Do not build. Call IT and name this code.", "it",
)
CHECK_NOT_RUN = _kind(
    "BD-002", "row 26", "A required check did not run",
    "{part}: {measured} did not run.", "Every required check runs.",
    "Verify the order again. If it stays, call IT.",
)
ROLE_MISSING = _kind(
    "BD-003", "21 CFR 11.10(g)", "Your role does not sign this",
    "{person} has: {measured}.", "Needs: {limit}.", "Ask a person with this role.",
)
OWN_RELEASE = _kind(
    "BD-004", "row 37", "You cannot release this part",
    "You made it.", "A second person with the role releaser.",
    "Call a releaser on duty. The part waits on hold.", "releaser",
)
OWN_DEVIATION = _kind(
    "BD-005", "row 37", "You cannot decide this deviation",
    "You worked on this part.", "A second person with the role quality manager.",
    "Call another quality manager. The part waits on hold.", _QM,
)

# The order
ORDER_INCOMPLETE = _kind(
    "BD-010", "row 1", "Order not complete",
    "No {measured}.", "Signed request with design characteristics.",
    "Send it back to {ward}.",
)
ATTACHMENTS_ONLY = _kind(
    "BD-011", "EU MDCG 2021-3", "Order not complete",
    "Design characteristics only point to attachments.",
    "Characteristics in words or numbers, by the prescriber.",
    "Send it back to {ward}.",
)
WRONG_PATHWAY = _kind(
    "BD-012", "row 2", "Order and recipe do not match",
    "The order says {measured}.", "The recipe is signed for {limit}.",
    "Send the order back to {ward}, or choose another recipe.",
)
WRONG_RECIPE = _kind(
    "BD-013", "row 2", "Order and recipe do not match",
    "The order names {measured}.", "{limit} is loaded.",
    "Load the recipe that the order names.",
)
ORDER_FROM_FUTURE = _kind(
    "BD-014", "21 CFR 11.10(e)", "A date in the order lies ahead",
    "{name}: {measured}.", "Not later than now, {limit}.",
    "Check the date with {ward}, and the clock.",
)
NEED_NOT_JUSTIFIED = _kind(
    "BD-015", "row 3", "Order not complete",
    "No reason why a market device does not do.", "A justification of need for {limit}.",
    "Ask the prescriber for it.",
)
QUANTITY = _kind(
    "BD-016", "row 1", "This order has its build already",
    "{measured} builds exist or are open for it.", "At most {limit}.",
    "Work with the build that exists. A new device needs an order.",
)
BUILD_OPEN = _kind(
    "BD-017", "row 26", "Another build is open on this printer",
    "Build {measured} is {state}.", "No open build on the printer.",
    "Finish, stop or reject that build first.",
)

# The recipe and the site
RECIPE_EXPIRED = _kind(
    "BD-021", "row 30", "Recipe may not be used",
    "{name} is valid until {measured}.", "A recipe that is in date.",
    "Quality manager: import a newer revision.", _QM,
)
RECIPE_NOT_YET = _kind(
    "BD-022", "row 30", "Recipe may not be used",
    "{name} is valid from {measured}.", "A recipe that is in date.",
    "Check the clock. Then wait for the date.",
)
RECIPE_NOT_APPROVED = _kind(
    "BD-023", "row 30", "Recipe may not be used",
    "{name} has no approval of this site.", "Approval signed by the quality manager.",
    "Quality manager: approve it after local qualification.", _QM,
)
RECIPE_WITHDRAWN = _kind(
    "BD-024", "row 22", "Recipe may not be used",
    "{name} was withdrawn {measured}.", "A recipe in use.",
    "Quality manager: choose another revision. Quarantine the parts.", _QM,
)
EXAMPLE_RECIPE = _kind(
    "BD-025", "row 8", "Recipe may not be used",
    "{name} is an example without validation of your site.",
    "Examples in a demonstration cell only.",
    "Quality manager: have your own recipe signed.", _QM,
)
CLASS_MISSING = _kind(
    "BD-026", "row 12", "Recipe may not be used here",
    "No class for {measured}.", "A class for each jurisdiction of the site.",
    "Ask the manufacturer for a revision with it.", _QM,
)
CLASS_DENIED = _kind(
    "BD-027", "row 29", "Recipe may not be used here",
    "Class {measured} in {jurisdiction}.", "Site policy: {limit}.",
    "Do not build. Ask the quality manager.", _QM,
)
IMPLANTABLE_DENIED = _kind(
    "BD-028", "row 29", "Recipe may not be used here",
    "The device is implantable.", "Site policy: no implantable devices.",
    "Do not build. Ask the quality manager.", _QM,
)
OVERSIGHT_MISSING = _kind(
    "BD-029", "row 14", "Oversight certificate missing",
    "{measured}", "{limit}, in date.",
    "Quality manager: record the certificate.", _QM,
)

# Variables, model, job
VARIABLE_UNKNOWN = _kind(
    "BD-030", "row 6", "A value may not be set here",
    "{name} is set to {measured}.", "Only: {limit}.",
    "Take it out of the order.",
)
VARIABLE_OUTSIDE = _kind(
    "BD-031", "row 6", "A value is outside what was signed",
    "{name} is {measured} {unit}.", "{limit}.",
    "Choose a value inside. Ask the prescriber.",
)
MODEL_NOT_RELEASED = _kind(
    "BD-032", "row 4", "Model not released",
    "No designer released a model for this order.", "A model released by a named designer.",
    "Ask the designer to release it.",
)
MODEL_DIGEST = _kind(
    "BD-033", "row 4", "This is another model",
    "SHA-256 {measured}.", "SHA-256 {limit}.",
    "Do not use it. Fetch the released model again.",
)
RING_NOT_RUN = _kind(
    "BD-036", "row 26", "A required examination did not run",
    "Rings that ran: {measured}.", "Rings that the recipe requires: {limit}.",
    "Verify the order again. If it stays, call IT.",
)
JOB_DIGEST = _kind(
    "BD-037", "row 37", "This is another job",
    "{name} {measured}.", "{limit}.",
    "Do not print it. Verify the order again.",
)
VERSION_OUTSIDE = _kind(
    "BD-038", "row 27", "A program has another version",
    "{name} {measured}.", "{limit}, with which the process was validated.",
    "Do not build. Call IT.", "it",
)

# Printer and material
PRINTER_WRONG = _kind(
    "BD-040", "row 25", "Wrong printer",
    "{name}: {measured}.", "{limit}.",
    "Use the printer named in the recipe.",
)
PRINTER_SILENT = _kind(
    "BD-041", "row 25", "No answer from the printer",
    "{measured}", "A printer that answered in the last {limit} s.",
    "Switch it on and check the cable.",
)
PRINTER_NOT_QUALIFIED = _kind(
    "BD-042", "row 36", "Printer not qualified",
    "{name}: {measured} is on the printer.", "{limit}, as qualified.",
    "Do not print. Quality manager: requalify.", _QM,
)
PLATE_NOT_CONFIRMED = _kind(
    "BD-044", "row 25", "Plate not confirmed",
    "{measured}", "{limit}, clear and clean.",
    "Look at the plate and confirm it.",
)
LOT_MISSING = _kind(
    "BD-045", "row 25", "No spool scanned",
    "No lot of material is named.", "A lot of {limit}.",
    "Scan the label of the spool.",
)
LOT_WRONG = _kind(
    "BD-046", "row 25", "Wrong spool",
    "Lot {lot}: {name} {measured}.", "{limit}.",
    "Put in the right spool and scan it.",
)
LOT_EXPIRED = _kind(
    "BD-047", "row 25", "Spool out of date",
    "Lot {lot} is good until {measured}.", "A lot that is in date.",
    "Put in another spool and scan it.",
)
LOT_CERTIFICATE = _kind(
    "BD-048", "row 25", "Spool without certificate",
    "Lot {lot} has no certificate on file.", "A certificate of the maker.",
    "Ask the quality manager to file it.",
)
LOT_OPEN_TOO_LONG = _kind(
    "BD-049", "row 25", "Spool open too long",
    "Lot {lot} was opened {measured} days ago.", "At most {limit} days.",
    "Put in another spool and scan it.",
)
LOT_NOT_DRY = _kind(
    "BD-050", "row 25", "Spool not dry",
    "{material} lot {lot}: {measured}.", "{limit}.",
    "Dry it, then scan it again.",
)
LOT_QUARANTINED = _kind(
    "BD-051", "row 22", "Spool in quarantine",
    "Lot {lot} is in quarantine.", "A lot that is free.",
    "Take the spool out. Put in another one.",
)
LOT_TOO_LITTLE = _kind(
    "BD-052", "row 25", "Not enough material",
    "Lot {lot} has {measured} {unit} left.", "At least {limit} {unit}.",
    "Put in a fuller spool and scan it.",
)

# People, equipment, room
TRAINING_MISSING = _kind(
    "BD-060", "row 28", "No training on record",
    "{person} has no training {limit}.", "Valid training for this recipe.",
    "Ask a trained person, or call the quality manager.",
)
TRAINING_ENDED = _kind(
    "BD-061", "row 28", "Your training has ended",
    "Ended {measured}.", "Valid training for this recipe.",
    "Ask a trained person, or call the quality manager.",
)
CALIBRATION_MISSING = _kind(
    "BD-062", "row 28", "Equipment not calibrated",
    "{measured}", "{limit} with a calibration in date.",
    "Use calibrated equipment, or call the quality manager.",
)
ROOM_UNKNOWN = _kind(
    "BD-063", "row 28", "Room not measured",
    "{measured}", "A reading not older than {limit} h.",
    "Read the room instrument and enter it.",
)
ROOM_OUTSIDE = _kind(
    "BD-064", "row 28", "Room outside its limits",
    "{name} {measured} {unit}.", "{limit}.",
    "Wait until the room is inside. Measure again.",
)

# The controller itself
CLOCK_BACK = _kind(
    "BD-070", "21 CFR 11.10(e)", "The clock stepped back",
    "{measured} s behind the newest entry.", "At most {limit} s.",
    "Do not build. Call IT to set the clock.", "it",
)
LOG_NOT_WRITABLE = _kind(
    "BD-071", "21 CFR 11.10(e)", "The log takes no entries",
    "{measured}", "A log that is whole and takes entries.",
    "Do not build. Call IT.", "it",
)
DISK_FULL = _kind(
    "BD-072", "21 CFR 11.10(c)", "Not enough disk",
    "{measured} MB free.", "At least {limit} MB.",
    "Call IT to free space.", "it",
)
QMS_UNCONFIRMED = _kind(
    "BD-073", "row 33", "The quality system has not confirmed yet",
    "{measured} h since the oldest entry not confirmed.", "At most {limit} h.",
    "Go on. Tell IT about the connection.", "it", Severity.WARN,
)

# After the print
STEP_ORDER = _kind(
    "BD-080", "row 11", "Another step comes first",
    "Step {measured} was chosen.", "Step {limit} is next.",
    "Do step {limit}.",
)
READING_MISSING = _kind(
    "BD-081", "row 11", "A value is missing",
    "No value for {name}.", "{limit}.",
    "Measure it and enter the value.",
)
READING_UNKNOWN = _kind(
    "BD-082", "row 11", "A value does not belong here",
    "{measured} was entered.", "Only: {limit}.",
    "Enter the values of this step only.",
)
READING_OUTSIDE = _kind(
    "BD-083", "row 11", "A value is outside its limits",
    "{name}: {measured} {unit}.", "{limit}.",
    "Do not sign. Measure again once, or raise a deviation.",
)
STEP_TOO_SHORT = _kind(
    "BD-084", "row 11", "The step was too short",
    "{measured} s since it began.", "At least {limit} s.",
    "Let it go on, then sign.",
)
STEP_NOT_STARTED = _kind(
    "BD-085", "row 11", "The step was not started",
    "No start of step {measured} on record.", "A start, timed by the controller.",
    "Start the step, then wait at least {limit} s.",
)
MEASURED_TOO_OFTEN = _kind(
    "BD-086", "ISO 13485 8.2.6", "Measured too often",
    "{name} was measured {measured} times.", "At most {limit} times.",
    "Raise a deviation. The quality manager decides.",
)
MEASURED_AGAIN = _kind(
    "BD-087", "ISO 13485 8.2.6", "A value was measured again",
    "{name}: first {measured} {unit}.", "All values stay on record.",
    "Releaser: look at both values.", "releaser", Severity.WARN,
)
GAUGE_WRONG = _kind(
    "BD-088", "ISO 13485 7.6", "Another gauge was used",
    "{name} was measured with {measured}.", "{limit}.",
    "Measure with the gauge of the recipe.",
)

# Release
DIGESTS_DIFFER = _kind(
    "BD-090", "row 37", "The part is not what was planned",
    "Streamed {measured}.", "Planned {limit}.",
    "Do not use the part. Reject it.", _QM,
)
DEVIATION_OPEN = _kind(
    "BD-091", "row 37", "A deviation is open",
    "Deviation {measured} waits for a decision.", "No open deviation.",
    "Quality manager: decide it.", _QM,
)
DEVIATION_SCRAP = _kind(
    "BD-092", "row 37", "A deviation says scrap",
    "Deviation {measured} was decided: scrap.", "No deviation with that decision.",
    "Reject the part.", _QM,
)
STEP_MISSING = _kind(
    "BD-093", "row 11", "A step is not signed",
    "Step {measured} has no signature.", "All {limit} steps signed.",
    "Do the step and sign it.",
)
CHARACTERISTIC_MISSING = _kind(
    "BD-094", "ISO 13485 8.2.6", "A characteristic is not measured",
    "No value for {measured}.", "All {limit} characteristics measured.",
    "Measure it and sign the inspection.",
)
CHARACTERISTIC_OUTSIDE = _kind(
    "BD-095", "ISO 13485 8.2.6", "A characteristic is outside its limits",
    "{name}: {measured} {unit}.", "{limit}.",
    "Do not use the part. Reject it.", "releaser",
)
RECORD_NOT_WHOLE = _kind(
    "BD-096", _MADE, "The record is not whole",
    "{measured}", "{limit}.",
    "Do not use the part. Call the quality manager.", _QM,
)
TEMPERATURE_OUTSIDE = _kind(
    "BD-097", "row 37", "The build left its temperatures",
    "{name} {measured} {unit}.", "{limit}.",
    "Do not use the part. Quality manager: decide.", _QM,
)
NOT_INSPECTED = _kind(
    "BD-098", "row 37", "This part cannot be released now",
    "The build is {measured}.", "A build that is {limit}.",
    "Finish what comes before release.",
)
LOT_RECALLED = _kind(
    "BD-099", "row 22", "The material is in quarantine",
    "Lot {measured} went to quarantine after the build.", "A lot that is free.",
    "Put the part on hold. Quality manager: decide.", _QM,
)
STATEMENT_INCOMPLETE = _kind(
    "BD-100", "row 16", "A statement could not be filled",
    "Nothing for: {measured}.", "All parts of the statement.",
    "Ask the manufacturer for a recipe with it.", _QM,
)

# Permit
PERMIT_EXPIRED = _kind(
    "BD-110", "row 26", "The permit has ended",
    "It ended {measured}.", "{limit} s from signing to start.",
    "Sign again and start.",
)
PERMIT_USED = _kind(
    "BD-111", "row 26", "The permit is used up",
    "The build is {measured}.", "A permit starts one build, once.",
    "Sign again and start.",
)
PERMIT_OTHER = _kind(
    "BD-112", "row 26", "The permit is for something else",
    "{name} {measured}.", "{limit}, as signed.",
    "Do not print. Verify the order again.",
)

# Notices (what happened, as the refusals list shows it)
NOT_SENT = _kind(
    "BD-121", "row 26", "Not sent: the printer is locked",
    "{measured} from {place}, by {person}.",
    "Only the lines of a signed job. Emergency stop always works.",
    "Scan an order. Printing starts from the MDPS tab.",
)
BUILD_STOPPED = _kind(
    "BD-122", "row 37", "Build stopped",
    "{measured}", "Only what the recipe asks for.",
    "Do not use the part. Put it in the red box, label HOLD. Sign what you saw.",
)
BUILD_INTERRUPTED = _kind(
    "BD-123", "row 37", "Build interrupted, not resumed",
    "{measured}", "A build runs once, without a gap.",
    "Scrap the part and start a new one.",
)
STOP_WORD = _kind(
    "BD-124", "row 37", "Build stopped by a stop word",
    "{measured} from {place}, by {person}.", "A build runs once, without a gap.",
    "Do not use the part. Put it in the red box, label HOLD. Sign what you saw.",
    severity=Severity.NOTE,
)
# fmt: on
