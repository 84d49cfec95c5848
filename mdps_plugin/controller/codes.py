"""Finding kinds of the controller: what stops an order before anything could be examined."""

from __future__ import annotations

from ..findings import FindingKind, Severity

UNREADABLE_INPUT = FindingKind(
    code="CT-001",
    severity=Severity.REFUSE,
    clause="row 4",
    title="This input cannot be used",
    observed="{source}: {measured}.",
    allowed="{limit}.",
    next_step="Send it back to where it came from.",
)

NOT_FINISHED = FindingKind(
    code="CT-003",
    severity=Severity.REFUSE,
    clause="regulation row 4",
    title="The check was not finished",
    observed="{measured}",
    allowed="A check that ran to its end.",
    next_step="Call IT. Then check the order again.",
    who="it",
)

NO_SLICER = FindingKind(
    code="CT-002",
    severity=Severity.REFUSE,
    clause="row 27",
    title="The slicer did not make a job",
    observed="{measured}",
    allowed="The slicer that the recipe was validated with.",
    next_step="Call IT. Then check the order again.",
    who="it",
)

# How the examining process can fail to answer: what NOT_FINISHED has observed.
WORKER_NOT_STARTED = "The examining process could not be started: {why}"
WORKER_KILLED = "The examining process was ended by signal {number} ({name}) during: {stage}"
WORKER_ENDED = "The examining process ended with status {status} during: {stage}"
WORKER_LATE = "The examining process took more than {limit:g} s for: {stage}"
WORKER_MEMORY = "The examination needs more than {limit} MiB of memory"
WORKER_GARBLED = "The examining process gave no answer that can be read: {why}"
WORKER_BROKE = "The examination broke: {why}"
