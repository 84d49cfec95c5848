"""What an event of the gate means on record, and what is due when it tells nothing. Pure.

The gate acts first and tells afterwards, because a safe-stop must not wait for a disk. The one
thing that goes the other way is arming: its entry is durable before the gate is told.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta

from ..build.entities import Build
from ..build.lifecycle import BuildState
from ..canonical import Json
from ..interlock.gate_state import GateEvent
from ..reading import instant_text

Entries = list[tuple[str, dict[str, Json]]]

REASONS = {
    "stop_word": "A stop command was sent: {stop_word}",
    "stopped": "Stopped by {by}: {why}",
    "host_gone": "OctoPrint closed its connection to the printer",
    "host_silent": "OctoPrint sent no line for too long",
    "face_lost": "The MDPS screens in OctoPrint gave no sign of life",
    "hold_limit": "More hold than the recipe allows: {why}",
    "tripped": "The gate ended the build: {why}",
    "temperature_target": "Not the job set this target: {heater} {measured_c} °C",
    "temperature_window": "The {heater} left its limits: {measured_c} °C",
    "temperature_heatup": "The {heater} did not heat up in time: {measured_c} °C",
    "temperature_over": "The {heater} was hotter than it may ever be: {measured_c} °C",
    "temperature_unknown": "The printer reported no temperature",
    "factor_changed": "Not the job set this {name}: {percent} %",
    "factor_unknown": "The printer no longer said its {name} in percent",
    "printer_reset": "The printer started again",
    "printer_gone": "The connection to the printer was lost",
    "printer_silent": "The printer did not answer",
    "printer_halted": "The printer halted: {text}",
    "printer_numbering": "The printer asked for a line that was not sent",
    "printer_action": "The printer asked for something by itself: {text}",
    "printer_refused_line": "The printer did not carry out a line: {text}",
    "printer_sd": "The printer began to use its own card: {text}",
    "printer_waits": "The printer waits for somebody at its panel: {text}",
}
"""Words for every reason code with which the gate ends a build; facts of the event fill them in."""

OTHER_REASONS = {
    "restart": "The controller stopped while the build had the printer",
    "gate_failed": "The gate broke down and wrote the safe-stop",
    "not_armed": "The gate did not take the job",
    "not_in_gate": "The gate no longer had the build",
    "given_back": "The permit was given back before the build began",
}
"""Reason codes with which the controller itself ends a build on record."""


BEGIN_WITHIN = timedelta(seconds=60)
MISSING_FOR_S = 5.0
"""The gate forgets a build a moment before it tells its end; only after this it is really gone."""


class Due(enum.Enum):
    """What the controller must do about the build that has the printer on record."""

    NOTHING = "nothing"
    STOP = "stop"
    RECORD = "record"


def due(build: Build, now: datetime, *, in_gate: bool, missing_s: float | None) -> Due:
    """``STOP`` an armed job that OctoPrint never began; ``RECORD`` the end of one that is gone.

    ``in_gate``: the gate has this build. ``missing_s``: how long it has not had it while nothing
    that it told waits for the log, None if that is not so.
    """
    if not build.state.on_the_wire:
        return Due.NOTHING
    if not in_gate:
        gone = missing_s is not None and missing_s >= MISSING_FOR_S
        return Due.RECORD if gone else Due.NOTHING
    armed = build.state is BuildState.ARMED and build.armed_at is not None
    late = build.armed_at is not None and now - build.armed_at > BEGIN_WITHIN
    return Due.STOP if armed and late else Due.NOTHING


def reason_text(code: str, facts: Mapping[str, Json]) -> str:
    """The reason of an early end in words, without a full stop."""
    template = REASONS.get(code) or OTHER_REASONS.get(code)
    if template is None:
        return code.replace("_", " ")
    return template.format_map(_Known(facts))


class _Known(dict[str, object]):
    def __init__(self, facts: Mapping[str, Json]) -> None:
        super().__init__(facts)

    def __missing__(self, key: str) -> str:
        return "?"


def entries_for(event: GateEvent, build: Build | None, now: datetime, deviations: int) -> Entries:
    """Entries of one event. ``build`` is the one that has the printer, or has just had it.

    ``deviations`` is how many the build has already; identifiers count up from there.
    """
    facts = dict(event.facts)
    kind = event.kind
    if kind == "line_refused":
        return [("line_refused", _line(facts, build))]
    if kind == "stop_word":
        return [("stop_word", _line(facts, build))]
    if kind == "tripped":
        return [("gate_tripped", {"reason": str(facts.get("why")), **_of(build)})]
    if kind in ("host_connected", "printer_back"):
        return [("connection_back", {"what": kind, **_plain(facts)})]
    if kind in ("host_gone", "printer_gone", "printer_reset", "face_lost"):
        return [("connection_lost", {"what": kind, **_plain(facts), **_of(build)})]
    if kind == "safe_stop_written":
        return [("safe_stop_written", {**_plain(facts), **_of(build)})]
    if kind == "temperature_deviation" and build is None:
        reason = f"The printer heats and nobody asked it to: {facts.get('measured_c')} °C"
        return [("gate_tripped", {"reason": reason, **_plain(facts)})]
    if kind == "gate_failed":
        return _failed(facts, build)
    if build is None:
        return _unknown_end(kind, facts)
    return _of_build(kind, facts, build, now, deviations)


def _failed(facts: dict[str, Json], build: Build | None) -> Entries:
    """The thread broke. It can tell nothing of the build any more, so the build ends here."""
    last = str(facts.get("trace") or "").strip().rsplit("\n", 1)[-1][:200]
    reason = f"{OTHER_REASONS['gate_failed']}: {last or 'no reason known'}"
    entries: Entries = [("gate_tripped", {"reason": reason, "what": "gate_failed", **_of(build)})]
    if build is not None and build.state.on_the_wire:
        entries.append(("build_aborted", aborted(build, "gate_failed")))
    return entries


def aborted(build: Build, code: str) -> dict[str, Json]:
    """Body of ``build_aborted`` where the gate itself can say nothing of the build."""
    return {
        "build_id": build.build_id,
        "reason": OTHER_REASONS[code],
        "reason_code": code,
        "line": None,
        "safe_stop": None,
    }


def _unknown_end(kind: str, facts: dict[str, Json]) -> Entries:
    """The end of a build that is not on record: never dropped."""
    if kind not in ("build_streamed", "build_aborted"):
        return []
    reason = f"The gate told {kind} of a build that is not on record: {facts.get('build_id')}"
    return [("gate_tripped", {"reason": reason, **_plain(facts)})]


def _of_build(
    kind: str, facts: dict[str, Json], build: Build, now: datetime, deviations: int
) -> Entries:
    own: dict[str, Json] = {"build_id": build.build_id}
    if kind == "build_started":
        return [("build_started", {**own, "lines": facts.get("lines")})]
    if kind == "held" and build.state is BuildState.BUILDING:
        return [("build_held", {**own, "by": facts.get("by"), "line": facts.get("line")})]
    if kind == "resumed" and build.state is BuildState.HELD:
        return [("build_resumed", {**own, "by": facts.get("by"), "line": facts.get("line")})]
    if kind == "temperature_deviation":
        seen = (
            f"{facts.get('heater')}: {facts.get('what')}, {facts.get('measured_c')} °C, "
            f"allowed {facts.get('allowed')}, for {facts.get('seconds')} s"
        )
        return [_deviation("temperature", seen, facts, own, deviations)]
    if kind == "factor_deviation":
        percent, wanted = facts.get("percent"), facts.get("allowed")
        said = "no percentage heard" if percent is None else f"{percent} %"
        was = "had set none yet" if wanted is None else f"set {wanted} %"
        seen = f"{facts.get('name')}: {said}, the job {was}"
        return [_deviation("factor", seen, facts, own, deviations)]
    if kind in ("build_streamed", "build_aborted"):
        return _end(kind, facts, build, now, deviations)
    return []


def _deviation(
    code: str, seen: str, facts: dict[str, Json], own: dict[str, Json], deviations: int
) -> tuple[str, dict[str, Json]]:
    identifier = f"{own['build_id']}-D{deviations + 1}"
    body = {**own, "deviation_id": identifier, "code": code, "seen": seen, **facts}
    return ("deviation_raised", body)


def _end(
    kind: str, facts: dict[str, Json], build: Build, now: datetime, deviations: int
) -> Entries:
    """The end of a build, with the entries that it implies: the record of a build always ends."""
    own: dict[str, Json] = {"build_id": build.build_id}
    if not build.state.on_the_wire:
        identifier = f"{build.build_id}-D{deviations + 1}"
        seen = f"The gate told {kind} when the build was {build.state.word} on record"
        body = {**own, "deviation_id": identifier, "code": "gate_record", "seen": seen}
        return [("deviation_raised", {**body, "facts": _plain(facts)})]
    if kind == "build_aborted":
        code = str(facts.get("reason"))
        body = {
            **own,
            "reason": reason_text(code, facts),
            "reason_code": code,
            "line": facts.get("line"),
            "lines": facts.get("lines"),
            "layer": facts.get("layer"),
            "streamed": facts.get("streamed"),
            "safe_stop": facts.get("safe_stop_written"),
        }
        return [("build_aborted", body)]
    implied: Entries = []
    if build.state is BuildState.ARMED:
        implied = [("build_started", {**own, "lines": facts.get("planned_lines")})]
    elif build.state is BuildState.HELD:
        implied = [("build_resumed", {**own, "by": "the end of the job", "line": None})]
    return [*implied, ("build_streamed", _streamed(facts, build, now))]


def _streamed(facts: dict[str, Json], build: Build, now: datetime) -> dict[str, Json]:
    seconds = facts.get("seconds")
    length = timedelta(seconds=float(seconds)) if isinstance(seconds, (int, float)) else timedelta()
    started = build.started_at or now - length
    return {
        "build_id": build.build_id,
        "planned": facts.get("planned"),
        "streamed": facts.get("streamed"),
        "lines": facts.get("lines"),
        "planned_lines": facts.get("planned_lines"),
        "started": instant_text(started),
        "finished": instant_text(now),
        "temperatures": {
            "nozzle": facts.get("nozzle_c"),
            "bed": facts.get("bed_c"),
            "excursions": _list(facts.get("excursions")),
        },
        "factors": _list(facts.get("factors")),
    }


def _list(value: Json) -> list[Json]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _line(facts: dict[str, Json], build: Build | None) -> dict[str, Json]:
    place = "the printer itself" if facts.get("source") == "printer" else "OctoPrint"
    return {
        "line": str(facts.get("line") or ""),
        "where_from": place,
        "mode": facts.get("mode"),
        "count": facts.get("count"),
        "why": facts.get("why"),
        **_of(build if facts.get("mode") == "production" else None),
    }


def _of(build: Build | None) -> dict[str, Json]:
    return {} if build is None else {"build_id": build.build_id}


def _plain(facts: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in facts.items() if key not in ("build_id", "kind")}
