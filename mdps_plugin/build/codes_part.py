"""Finding kinds of the build room, ``BD-``, of a build that runs and of its part. Finds nothing.

Steps and inspection, release (BD-08x to BD-100), and what happened while it ran (BD-12x). What must
hold before a build starts, and how the rows are to be read, is in codes.py.
"""

from __future__ import annotations

from ..findings import Severity
from .kinds import kind

_QM = "quality manager"
_MADE = "21 CFR 820; ISO 13485 7.5.1"

# A table: one row a kind, kept in rows rather than one argument a line.
# fmt: off

# After the print
STEP_ORDER = kind(
    "BD-080", "row 11", "Another step comes first",
    "Step {measured} was chosen.", "Step {limit} is next.",
    "Do step {limit}.",
)
READING_MISSING = kind(
    "BD-081", "row 11", "A value is missing",
    "No value for {name}.", "{limit}.",
    "Measure it and enter the value.",
)
READING_UNKNOWN = kind(
    "BD-082", "row 11", "A value does not belong here",
    "{measured} was entered.", "Only: {limit}.",
    "Enter the values of this step only.",
)
READING_OUTSIDE = kind(
    "BD-083", "row 11", "A value is outside its limits",
    "{name}: {measured} {unit}.", "{limit}.",
    "Do not sign. Measure again once, or raise a deviation.",
)
STEP_TOO_SHORT = kind(
    "BD-084", "row 11", "The step was too short",
    "{measured} s since it began.", "At least {limit} s.",
    "Let it go on, then sign.",
)
STEP_NOT_STARTED = kind(
    "BD-085", "row 11", "The step was not started",
    "No start of step {measured} on record.", "A start, timed by the controller.",
    "Start the step, then wait at least {limit} s.",
)
MEASURED_TOO_OFTEN = kind(
    "BD-086", "ISO 13485 8.2.6", "Measured too often",
    "{name} was measured {measured} times.", "At most {limit} times.",
    "Raise a deviation. The quality manager decides.",
)
MEASURED_AGAIN = kind(
    "BD-087", "ISO 13485 8.2.6", "A value was measured again",
    "{name}: first {measured} {unit}.", "All values stay on record.",
    "Releaser: look at both values.", "releaser", Severity.WARN,
)
GAUGE_WRONG = kind(
    "BD-088", "ISO 13485 7.6", "Another gauge was used",
    "{name} was measured with {measured}.", "{limit}.",
    "Measure with the gauge of the recipe.",
)

# Release
DIGESTS_DIFFER = kind(
    "BD-090", "row 37", "The part is not what was planned",
    "Streamed {measured}.", "Planned {limit}.",
    "Do not use the part. Reject it.", _QM,
)
DEVIATION_OPEN = kind(
    "BD-091", "row 37", "A deviation is open",
    "Deviation {measured} waits for a decision.", "No open deviation.",
    "Quality manager: decide it.", _QM,
)
DEVIATION_SCRAP = kind(
    "BD-092", "row 37", "A deviation says scrap",
    "Deviation {measured} was decided: scrap.", "No deviation with that decision.",
    "Reject the part.", _QM,
)
STEP_MISSING = kind(
    "BD-093", "row 11", "A step is not signed",
    "Step {measured} has no signature.", "All {limit} steps signed.",
    "Do the step and sign it.",
)
CHARACTERISTIC_MISSING = kind(
    "BD-094", "ISO 13485 8.2.6", "A characteristic is not measured",
    "No value for {measured}.", "All {limit} characteristics measured.",
    "Measure it and sign the inspection.",
)
CHARACTERISTIC_OUTSIDE = kind(
    "BD-095", "ISO 13485 8.2.6", "A characteristic is outside its limits",
    "{name}: {measured} {unit}.", "{limit}.",
    "Do not use the part. Reject it.", "releaser",
)
RECORD_NOT_WHOLE = kind(
    "BD-096", _MADE, "The record is not whole",
    "{measured}", "{limit}.",
    "Do not use the part. Call the quality manager.", _QM,
)
TEMPERATURE_OUTSIDE = kind(
    "BD-097", "row 37", "The build left its temperatures",
    "{name} {measured} {unit}.", "{limit}.",
    "Do not use the part. Quality manager: decide.", _QM,
)
NOT_INSPECTED = kind(
    "BD-098", "row 37", "This part cannot be released now",
    "The build is {measured}.", "A build that is {limit}.",
    "Finish what comes before release.",
)
LOT_RECALLED = kind(
    "BD-099", "row 22", "The material is in quarantine",
    "Lot {measured} went to quarantine after the build.", "A lot that is free.",
    "Put the part on hold. Quality manager: decide.", _QM,
)
STATEMENT_INCOMPLETE = kind(
    "BD-100", "row 16", "A statement could not be filled",
    "Nothing for: {measured}.", "All parts of the statement.",
    "Ask the manufacturer for a recipe with it.", _QM,
)

# Notices (what happened, as the refusals list shows it)
NOT_SENT = kind(
    "BD-121", "row 26", "Not sent: the printer is locked",
    "{measured} from {place}, by {person}.",
    "Only the lines of a signed job. Emergency stop always works.",
    "Scan an order. Printing starts from the MDPS tab.",
)
BUILD_STOPPED = kind(
    "BD-122", "row 37", "Build stopped",
    "{measured}", "Only what the recipe asks for.",
    "Do not use the part. Put it in the red box, label HOLD. Sign what you saw.",
)
BUILD_INTERRUPTED = kind(
    "BD-123", "row 37", "Build interrupted, not resumed",
    "{measured}", "A build runs once, without a gap.",
    "Scrap the part and start a new one.",
)
STOP_WORD = kind(
    "BD-124", "row 37", "Build stopped by a stop word",
    "{measured} from {place}, by {person}.", "A build runs once, without a gap.",
    "Do not use the part. Put it in the red box, label HOLD. Sign what you saw.",
    severity=Severity.NOTE,
)
# fmt: on
