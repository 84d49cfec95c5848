"""The allow-list: which fields of which kind of entry leave the cell. Data only.

Every entry of the log becomes an event, so that a reader can see a gap; a kind that is not in
:data:`KINDS` leaves without facts, as :data:`OTHER`. No row names a patient, a token of a patient,
a person, or a text that somebody typed. Adding a field is a minor change; changing or removing one
needs ``v2``.
"""

from __future__ import annotations

from dataclasses import dataclass

from .shapes import (
    BUILD_ID,
    CELSIUS,
    CODE,
    COUNT,
    DIGEST,
    FLAG,
    INDEX,
    MOMENT,
    REFERENCE,
    SLUG,
    VERSION,
    Choice,
    ListOf,
    Record,
    Rule,
    Shape,
    Text,
)

#: Why a build ended early. A test holds these in step with the controller's.
ABORT_REASONS = (
    "stop_word",
    "stopped",
    "host_gone",
    "host_silent",
    "face_lost",
    "hold_limit",
    "tripped",
    "temperature_target",
    "temperature_window",
    "temperature_heatup",
    "temperature_over",
    "temperature_unknown",
    "factor_changed",
    "factor_unknown",
    "printer_reset",
    "printer_gone",
    "printer_silent",
    "printer_halted",
    "printer_numbering",
    "printer_action",
    "printer_refused_line",
    "printer_sd",
    "printer_waits",
    "restart",
    "gate_failed",
    "not_armed",
    "not_in_gate",
    "given_back",
)
CONNECTIONS = (
    "host_connected",
    "host_gone",
    "printer_back",
    "printer_gone",
    "printer_reset",
    "face_lost",
)
OTHER = "entry_recorded"


@dataclass(frozen=True, kw_only=True)
class EventKind:
    """One kind of event. ``subject`` names the fact that the event is about, if there is one."""

    kind: str
    text: str
    facts: Record
    subject: str | None


def _kind(kind: str, text: str, *rules: Rule, subject: str | None = None) -> EventKind:
    return EventKind(kind=kind, text=text, facts=Record(rules=rules), subject=subject)


def _rule(name: str, shape: Shape, path: str = "") -> Rule:
    return Rule(name=name, shape=shape, path=path)


def _range(name: str, path: str) -> Rule:
    ends = Record(rules=(_rule("minimum", CELSIUS), _rule("maximum", CELSIUS)))
    return _rule(name, ends, path)


_BUILD = _rule("build_id", BUILD_ID)
_ORDER = _rule("order_ref", REFERENCE, "order_id")
_RECIPE = _rule("recipe_digest", DIGEST)
_RECORD = _rule("record_sha256", DIGEST)
_CODES = _rule("codes", ListOf(member=CODE), "verdict.findings[].code")
_CODE = _rule("codes", ListOf(member=CODE), "findings[].code")
_STEP = _rule("step_id", SLUG)
_LINE = _rule("line", COUNT)
_LINES = _rule("lines", COUNT)
_COUNT = _rule("count", COUNT)
_MODE = _rule("mode", Choice(words=("locked", "production")))
_DEVIATION = _rule("deviation_id", BUILD_ID)
_LOT = _rule("lot_ref", REFERENCE, "lot_id")
_WHAT = _rule("what", Choice(words=CONNECTIONS))
_DIGESTS = _rule(
    "digests",
    Record(
        rules=tuple(
            _rule(name, DIGEST) for name in ("model", "placed", "gcode", "canonical", "recipe")
        )
    ),
)
_VERSIONS = _rule(
    "versions",
    Record(
        rules=tuple(
            _rule(name, VERSION) for name in ("controller", "plugin", "octoprint", "slicer")
        )
    ),
)
_DOCUMENTS = _rule(
    "documents",
    ListOf(
        member=Record(rules=(_rule("kind", Text(pattern="[a-z_]{1,40}")), _rule("sha256", DIGEST)))
    ),
)
_REASON = _rule("reason_code", Choice(words=ABORT_REASONS))


def _of_build(kind: str, text: str, *rules: Rule) -> EventKind:
    return _kind(kind, text, _BUILD, *rules, subject="build_id")


def _of_order(kind: str, text: str, *rules: Rule) -> EventKind:
    return _kind(kind, text, _ORDER, *rules, subject="order_ref")


KINDS: dict[str, EventKind] = {
    row.kind: row
    for row in (
        _kind("controller_started", "The controller of the cell started.", _VERSIONS),
        _kind("controller_stopped", "The controller of the cell stopped in order."),
        _kind(
            "recipe_approved",
            "The site approved a recipe.",
            _RECIPE,
            _rule("recipe_id", SLUG),
            _rule("revision", COUNT),
            subject="recipe_digest",
        ),
        _kind(
            "recipe_withdrawn",
            "The site withdrew a recipe.",
            _RECIPE,
            _rule("recipe_id", SLUG),
            _rule("revision", COUNT),
            subject="recipe_digest",
        ),
        _kind(
            "recipes_imported",
            "The cell took in a repository of recipes.",
            _rule("repository", Choice(words=("manufacturer", "hospital"))),
        ),
        _kind("lot_received", "A material lot came in.", _rule("lot_ref", REFERENCE, "lot.lot_id")),
        _kind("lot_opened", "A material lot was opened.", _LOT),
        _kind("lot_dried", "A material lot was dried.", _LOT),
        _kind("lot_quarantined", "A material lot was taken out of use.", _LOT),
        _of_order("order_received", "An order came in.", _rule("order_sha256", DIGEST), _RECIPE),
        _of_order("order_verified", "An order was checked and holds.", _DIGESTS, _CODES),
        _of_order("order_refused", "An order was refused.", _DIGESTS, _CODES),
        _of_order("permit_refused", "A build was not permitted.", _CODES),
        _of_build(
            "build_permitted",
            "A person permitted a build.",
            _rule("order_ref", REFERENCE, "permit.order_id"),
            _rule("recipe_digest", DIGEST, "permit.recipe_digest"),
            _rule("planned", DIGEST, "permit.planned_sha256"),
            _rule("lot_ref", REFERENCE, "permit.lot_id"),
        ),
        _of_build("permit_expired", "A permit ran out."),
        _of_build("build_armed", "A build was armed.", _rule("planned", DIGEST)),
        _of_build("build_started", "The first line of a build went out.", _LINES),
        _of_build("build_held", "A build was held.", _LINE),
        _of_build("build_resumed", "A build went on after a hold.", _LINE),
        _of_build(
            "build_aborted",
            "A build ended early.",
            _REASON,
            _LINE,
            _LINES,
            _rule("streamed", DIGEST),
            _rule("safe_stop", FLAG),
        ),
        _of_build(
            "build_streamed",
            "All lines of a build were taken by the printer.",
            _rule("planned", DIGEST),
            _rule("streamed", DIGEST),
            _LINES,
            _rule("started", MOMENT),
            _rule("finished", MOMENT),
            _range("nozzle_c", "temperatures.nozzle"),
            _range("bed_c", "temperatures.bed"),
        ),
        _of_build("line_refused", "A line was not sent to the printer.", _COUNT, _MODE),
        _of_build("stop_word", "A stop command passed.", _COUNT, _MODE),
        _of_build("gate_tripped", "The gate ended a build by itself."),
        _of_build("deviation_raised", "A deviation was raised.", _DEVIATION),
        _of_build(
            "deviation_decided",
            "A deviation was decided.",
            _DEVIATION,
            _rule("decision", Choice(words=("scrap", "no_effect", "use_as_is"))),
        ),
        _of_build("step_started", "A step of post-processing began.", _STEP),
        _of_build("step_refused", "A step of post-processing was refused.", _STEP, _CODES),
        _of_build("step_signed", "A step of post-processing was signed.", _STEP),
        _of_build("inspection_refused", "An inspection did not hold.", _CODES),
        _of_build("inspection_signed", "An inspection was signed."),
        _of_build("release_refused", "A release was refused.", _CODES),
        _of_build("release_signed", "A device was released.", _RECORD),
        _of_build("build_rejected", "A device was rejected.", _RECORD),
        _of_build("documents_made", "Documents of a build were made.", _DOCUMENTS),
        _of_build("handed_over", "A device was handed over.", _rule("copy_given", FLAG)),
        _of_build("safe_stop_written", "The safe-stop was written."),
        _of_build("connection_lost", "A connection of the cell was lost.", _WHAT),
        _of_build("connection_back", "A connection of the cell is back.", _WHAT),
        _kind("signature_failed", "A signature did not hold."),
        _kind("patient_name_shown", "Somebody looked a name up inside the cell."),
        _kind("log_exported", "The log was exported."),
        _kind("qms_acknowledged", "The registry confirmed.", _rule("through", INDEX)),
        _kind(OTHER, "An entry of another kind."),
    )
}
