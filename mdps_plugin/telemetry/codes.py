"""Finding kinds of telemetry, ``TM-``. Texts only. None of them stops a build."""

from __future__ import annotations

from ..findings import FindingKind, Severity

_CLAUSE = "21 CFR 11.10(e)"


def _warn(code: str, title: str, observed: str, allowed: str, next_step: str) -> FindingKind:
    return FindingKind(
        code=code,
        severity=Severity.WARN,
        clause=_CLAUSE,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=next_step,
        who="it",
    )


NO_BROKER = _warn(
    "TM-01",
    "The quality system cannot be reached.",
    "{measured}.",
    "A broker with a certificate of this site's authority.",
    "Check network, broker and certificates. Events wait in the log.",
)
BROKER_REFUSED = _warn(
    "TM-02",
    "The broker does not accept this cell.",
    "{measured}.",
    "A cell that the broker knows.",
    "Enrol the certificate of this cell at the broker.",
)
ACK_UNREADABLE = _warn(
    "TM-03",
    "A confirmation cannot be read.",
    "{measured}.",
    "{limit}.",
    "Check what writes to the topic of confirmations.",
)
ACK_NOT_OURS = _warn(
    "TM-04",
    "A confirmation does not belong to this log.",
    "{measured}.",
    "{limit}.",
    "Find out who sent it. It was ignored.",
)
ACK_BEYOND = _warn(
    "TM-05",
    "A confirmation names entries that do not exist.",
    "Through entry {measured}.",
    "At most entry {limit}.",
    "Find out who sent it. It was ignored.",
)
ACK_STEPS_BACK = _warn(
    "TM-06",
    "The registry confirms less than before.",
    "Through entry {measured}.",
    "Entry {limit} or later.",
    "Ask whether the registry was restored from a backup.",
)
CURSOR_LOST = _warn(
    "TM-07",
    "The note of what was confirmed is lost.",
    "{measured}.",
    "The file that telemetry wrote.",
    "Nothing to do. Events are sent again from the start.",
)
CURSOR_NOT_WRITTEN = _warn(
    "TM-08",
    "The note of what was confirmed was not written.",
    "{measured}.",
    "A writable folder with room.",
    "Free disk space. Events may be sent twice.",
)
NOT_CONFIRMED = _warn(
    "TM-09",
    "Events were sent and not confirmed.",
    "No confirmation for {measured} s.",
    "A confirmation within {limit} s.",
    "Check the registry. Events are sent again.",
)
LINK_FAULT = _warn(
    "TM-10",
    "Telemetry met something unforeseen and began anew.",
    "{measured}.",
    "A running link.",
    "Send this text to the maker of the controller.",
)
STRAY_MESSAGE = _warn(
    "TM-11",
    "A message came that this cell never asked for.",
    "Topic {measured}.",
    "Confirmations only. No command is taken over MQTT.",
    "Find out who sent it. It was ignored.",
)

ALL = (
    NO_BROKER,
    BROKER_REFUSED,
    ACK_UNREADABLE,
    ACK_NOT_OURS,
    ACK_BEYOND,
    ACK_STEPS_BACK,
    CURSOR_LOST,
    CURSOR_NOT_WRITTEN,
    NOT_CONFIRMED,
    LINK_FAULT,
    STRAY_MESSAGE,
)
