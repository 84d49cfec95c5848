"""Finding kinds of the build room, ``BD-``, before a build starts. Finds nothing.

The decision itself, order, recipe, site, variables, model, job, printer, material, people, room,
the controller, and the permit (BD-001 to BD-073, BD-11x). What comes after is in codes_part.py.

``clause`` cites the row of the feature table in docs/clauses.md, or the rule itself. The texts are
the English source: Title, Observed, Allowed, Next step.
"""

from __future__ import annotations

from ..findings import Severity
from .kinds import kind

_QM = "quality manager"

# A table: one row a kind, kept in rows rather than one argument a line.
# fmt: off

# The decision itself
CHECK_CRASHED = kind(
    "BD-001", "row 26", "A check could not be finished",
    "Check {name} stopped: {measured}.", "Every check runs to its end.",
    "Do not build. Call IT and name this code.", "it",
)
CHECK_NOT_RUN = kind(
    "BD-002", "row 26", "A required check did not run",
    "{part}: {measured} did not run.", "Every required check runs.",
    "Verify the order again. If it stays, call IT.",
)
ROLE_MISSING = kind(
    "BD-003", "21 CFR 11.10(g)", "Your role does not sign this",
    "{person} has: {measured}.", "Needs: {limit}.", "Ask a person with this role.",
)
OWN_RELEASE = kind(
    "BD-004", "row 37", "You cannot release this part",
    "You made it.", "A second person with the role releaser.",
    "Call a releaser on duty. The part waits on hold.", "releaser",
)
OWN_DEVIATION = kind(
    "BD-005", "row 37", "You cannot decide this deviation",
    "You worked on this part.", "A second person with the role quality manager.",
    "Call another quality manager. The part waits on hold.", _QM,
)

# The order
ORDER_INCOMPLETE = kind(
    "BD-010", "row 1", "Order not complete",
    "No {measured}.", "Signed request with design characteristics.",
    "Send it back to {ward}.",
)
ATTACHMENTS_ONLY = kind(
    "BD-011", "EU MDCG 2021-3", "Order not complete",
    "Design characteristics only point to attachments.",
    "Characteristics in words or numbers, by the prescriber.",
    "Send it back to {ward}.",
)
WRONG_PATHWAY = kind(
    "BD-012", "row 2", "Order and recipe do not match",
    "The order says {measured}.", "The recipe is signed for {limit}.",
    "Send the order back to {ward}, or choose another recipe.",
)
WRONG_RECIPE = kind(
    "BD-013", "row 2", "Order and recipe do not match",
    "The order names {measured}.", "{limit} is loaded.",
    "Load the recipe that the order names.",
)
ORDER_FROM_FUTURE = kind(
    "BD-014", "21 CFR 11.10(e)", "A date in the order lies ahead",
    "{name}: {measured}.", "Not later than now, {limit}.",
    "Check the date with {ward}, and the clock.",
)
NEED_NOT_JUSTIFIED = kind(
    "BD-015", "row 3", "Order not complete",
    "No reason why a market device does not do.", "A justification of need for {limit}.",
    "Ask the prescriber for it.",
)
QUANTITY = kind(
    "BD-016", "row 1", "This order has its build already",
    "{measured} builds exist or are open for it.", "At most {limit}.",
    "Work with the build that exists. A new device needs an order.",
)
BUILD_OPEN = kind(
    "BD-017", "row 26", "Another build is open on this printer",
    "Build {measured} is {state}.", "No open build on the printer.",
    "Finish, stop or reject that build first.",
)

# The recipe and the site
RECIPE_EXPIRED = kind(
    "BD-021", "row 30", "Recipe may not be used",
    "{name} is valid until {measured}.", "A recipe that is in date.",
    "Quality manager: import a newer revision.", _QM,
)
RECIPE_NOT_YET = kind(
    "BD-022", "row 30", "Recipe may not be used",
    "{name} is valid from {measured}.", "A recipe that is in date.",
    "Check the clock. Then wait for the date.",
)
RECIPE_NOT_APPROVED = kind(
    "BD-023", "row 30", "Recipe may not be used",
    "{name} has no approval of this site.", "Approval signed by the quality manager.",
    "Quality manager: approve it after local qualification.", _QM,
)
RECIPE_WITHDRAWN = kind(
    "BD-024", "row 22", "Recipe may not be used",
    "{name} was withdrawn {measured}.", "A recipe in use.",
    "Quality manager: choose another revision. Quarantine the parts.", _QM,
)
EXAMPLE_RECIPE = kind(
    "BD-025", "row 8", "Recipe may not be used",
    "{name} is an example without validation of your site.",
    "Examples in a demonstration cell only.",
    "Quality manager: have your own recipe signed.", _QM,
)
CLASS_MISSING = kind(
    "BD-026", "row 12", "Recipe may not be used here",
    "No class for {measured}.", "A class for each jurisdiction of the site.",
    "Ask the manufacturer for a revision with it.", _QM,
)
CLASS_DENIED = kind(
    "BD-027", "row 29", "Recipe may not be used here",
    "Class {measured} in {jurisdiction}.", "Site policy: {limit}.",
    "Do not build. Ask the quality manager.", _QM,
)
IMPLANTABLE_DENIED = kind(
    "BD-028", "row 29", "Recipe may not be used here",
    "The device is implantable.", "Site policy: no implantable devices.",
    "Do not build. Ask the quality manager.", _QM,
)
OVERSIGHT_MISSING = kind(
    "BD-029", "row 14", "Oversight certificate missing",
    "{measured}", "{limit}, in date.",
    "Quality manager: record the certificate.", _QM,
)

# Variables, model, job
VARIABLE_UNKNOWN = kind(
    "BD-030", "row 6", "A value may not be set here",
    "{name} is set to {measured}.", "Only: {limit}.",
    "Take it out of the order.",
)
VARIABLE_OUTSIDE = kind(
    "BD-031", "row 6", "A value is outside what was signed",
    "{name} is {measured} {unit}.", "{limit}.",
    "Choose a value inside. Ask the prescriber.",
)
MODEL_NOT_RELEASED = kind(
    "BD-032", "row 4", "Model not released",
    "No designer released a model for this order.", "A model released by a named designer.",
    "Ask the designer to release it.",
)
MODEL_DIGEST = kind(
    "BD-033", "row 4", "This is another model",
    "SHA-256 {measured}.", "SHA-256 {limit}.",
    "Do not use it. Fetch the released model again.",
)
RING_NOT_RUN = kind(
    "BD-036", "row 26", "A required examination did not run",
    "Rings that ran: {measured}.", "Rings that the recipe requires: {limit}.",
    "Verify the order again. If it stays, call IT.",
)
JOB_DIGEST = kind(
    "BD-037", "row 37", "This is another job",
    "{name} {measured}.", "{limit}.",
    "Do not print it. Verify the order again.",
)
VERSION_OUTSIDE = kind(
    "BD-038", "row 27", "A program has another version",
    "{name} {measured}.", "{limit}, with which the process was validated.",
    "Do not build. Call IT.", "it",
)

# Printer and material
PRINTER_WRONG = kind(
    "BD-040", "row 25", "Wrong printer",
    "{name}: {measured}.", "{limit}.",
    "Use the printer named in the recipe.",
)
PRINTER_SILENT = kind(
    "BD-041", "row 25", "No answer from the printer",
    "{measured}", "A printer that answered in the last {limit} s.",
    "Switch it on and check the cable.",
)
PRINTER_NOT_QUALIFIED = kind(
    "BD-042", "row 36", "Printer not qualified",
    "{name}: {measured} is on the printer.", "{limit}, as qualified.",
    "Do not print. Quality manager: requalify.", _QM,
)
PLATE_NOT_CONFIRMED = kind(
    "BD-044", "row 25", "Plate not confirmed",
    "{measured}", "{limit}, clear and clean.",
    "Look at the plate and confirm it.",
)
LOT_MISSING = kind(
    "BD-045", "row 25", "No spool scanned",
    "No lot of material is named.", "A lot of {limit}.",
    "Scan the label of the spool.",
)
LOT_WRONG = kind(
    "BD-046", "row 25", "Wrong spool",
    "Lot {lot}: {name} {measured}.", "{limit}.",
    "Put in the right spool and scan it.",
)
LOT_EXPIRED = kind(
    "BD-047", "row 25", "Spool out of date",
    "Lot {lot} is good until {measured}.", "A lot that is in date.",
    "Put in another spool and scan it.",
)
LOT_CERTIFICATE = kind(
    "BD-048", "row 25", "Spool without certificate",
    "Lot {lot} has no certificate on file.", "A certificate of the maker.",
    "Ask the quality manager to file it.",
)
LOT_OPEN_TOO_LONG = kind(
    "BD-049", "row 25", "Spool open too long",
    "Lot {lot} was opened {measured} days ago.", "At most {limit} days.",
    "Put in another spool and scan it.",
)
LOT_NOT_DRY = kind(
    "BD-050", "row 25", "Spool not dry",
    "{material} lot {lot}: {measured}.", "{limit}.",
    "Dry it, then scan it again.",
)
LOT_QUARANTINED = kind(
    "BD-051", "row 22", "Spool in quarantine",
    "Lot {lot} is in quarantine.", "A lot that is free.",
    "Take the spool out. Put in another one.",
)
LOT_TOO_LITTLE = kind(
    "BD-052", "row 25", "Not enough material",
    "Lot {lot} has {measured} {unit} left.", "At least {limit} {unit}.",
    "Put in a fuller spool and scan it.",
)

# People, equipment, room
TRAINING_MISSING = kind(
    "BD-060", "row 28", "No training on record",
    "{person} has no training {limit}.", "Valid training for this recipe.",
    "Ask a trained person, or call the quality manager.",
)
TRAINING_ENDED = kind(
    "BD-061", "row 28", "Your training has ended",
    "Ended {measured}.", "Valid training for this recipe.",
    "Ask a trained person, or call the quality manager.",
)
CALIBRATION_MISSING = kind(
    "BD-062", "row 28", "Equipment not calibrated",
    "{measured}", "{limit} with a calibration in date.",
    "Use calibrated equipment, or call the quality manager.",
)
ROOM_UNKNOWN = kind(
    "BD-063", "row 28", "Room not measured",
    "{measured}", "A reading not older than {limit} h.",
    "Read the room instrument and enter it.",
)
ROOM_OUTSIDE = kind(
    "BD-064", "row 28", "Room outside its limits",
    "{name} {measured} {unit}.", "{limit}.",
    "Wait until the room is inside. Measure again.",
)

# The controller itself
CLOCK_BACK = kind(
    "BD-070", "21 CFR 11.10(e)", "The clock stepped back",
    "{measured} s behind the newest entry.", "At most {limit} s.",
    "Do not build. Call IT to set the clock.", "it",
)
LOG_NOT_WRITABLE = kind(
    "BD-071", "21 CFR 11.10(e)", "The log takes no entries",
    "{measured}", "A log that is whole and takes entries.",
    "Do not build. Call IT.", "it",
)
DISK_FULL = kind(
    "BD-072", "21 CFR 11.10(c)", "Not enough disk",
    "{measured} MB free.", "At least {limit} MB.",
    "Call IT to free space.", "it",
)
QMS_UNCONFIRMED = kind(
    "BD-073", "row 33", "The quality system has not confirmed yet",
    "{measured} h since the oldest entry not confirmed.", "At most {limit} h.",
    "Go on. Tell IT about the connection.", "it", Severity.WARN,
)

# Permit
PERMIT_EXPIRED = kind(
    "BD-110", "row 26", "The permit has ended",
    "It ended {measured}.", "{limit} s from signing to start.",
    "Sign again and start.",
)
PERMIT_USED = kind(
    "BD-111", "row 26", "The permit is used up",
    "The build is {measured}.", "A permit starts one build, once.",
    "Sign again and start.",
)
PERMIT_OTHER = kind(
    "BD-112", "row 26", "The permit is for something else",
    "{name} {measured}.", "{limit}, as signed.",
    "Do not print. Verify the order again.",
)
# fmt: on
