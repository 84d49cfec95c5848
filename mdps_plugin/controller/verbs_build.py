"""Verbs about one build while it has the printer: permit, arm, hold, stop. Decides nothing itself.

The order of things is the point: the decision is on record whether it accepts or refuses; the
permit is burned, durably, before the gate learns of the job; only then can a first byte go out.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from ..build.arming import ArmingEvidence, decide_arming
from ..build.decide import decide
from ..build.evidence import PlateConfirmation
from ..build.permit import Refused, issue_permit
from ..build.signature import Act
from ..canonical import canonical_json
from ..errors import DocumentError, IllegalTransition
from ..interlock.matching import JobOnWire, make_job
from ..recipes.document import Recipe
from .cell import Cell, FaceVersions, unknown_build
from .gathering import (
    CHECK_VALID_FOR,
    gather,
    health_of,
    policy_of,
    printer_evidence,
    recipe_evidence,
)
from .kept import kept_at_permit, kept_of
from .socket_link import Reply, Request
from .verbs import fields_of, signed, signer
from .verification import Verification
from .view import shown_digest

PRESSED = "Stop was pressed"


def permit_build(cell: Cell, request: Request) -> Reply:
    """Decide, sign, permit: ✍ by the technician who stands at the printer."""
    fields = fields_of(request)
    order_id = fields.text("order_id")
    plate = PlateConfirmation(plate=fields.text("plate"), clear=fields.boolean("plate_clear"))
    lot_id = fields.text("lot_id")
    fields.close()
    order = cell.order(order_id)
    verification = fresh_verification(cell, order_id)
    who = signer(cell, request)
    if lot_id not in cell.state.lots:
        raise DocumentError("request", "lot_id", f"{lot_id[:80]}, unknown", "a lot received here")
    printer = printer_evidence(cell)
    with cell.lock:
        evidence = gather(cell, order, verification, who[0], printer, lot_id=lot_id, plate=plate)
        verdict = decide(evidence)
        if not verdict.accepted:
            cell.record("permit_refused", {"order_id": order_id, "verdict": verdict.to_json()})
            raise Refused(verdict)
        build_id = f"B-{evidence.now:%Y%m%d}-{secrets.token_hex(3).upper()}"
        permit = issue_permit(
            verdict, evidence, permit_id=f"P-{secrets.token_hex(8)}", build_id=build_id
        )
        signature = signed(
            cell,
            request,
            Act.PERMIT,
            permit.to_json(),
            shown_sha256=shown_digest(cell, order_id, "permit"),
            person=who,
        )
        entry = cell.record(
            "build_permitted",
            {
                "build_id": build_id,
                "permit": permit.to_json(),
                "signature": signature.to_json(),
                "verdict_sha256": cell.files.put(canonical_json(verdict.to_json())),
                "kept_sha256": cell.files.put(canonical_json(kept_of(evidence, verification))),
                "actor": request.actor,
            },
        )
    return Reply(result={"build_id": build_id, "permit": permit.to_json(), "entry": entry.index})


def fresh_verification(cell: Cell, order_id: str) -> Verification:
    """The verification of an order in this run of the controller, not older than half an hour."""
    status = cell.state.orders.get(order_id)
    verification = cell.verified.get(order_id)
    if status is None or verification is None or status.verified_at is None:
        raise IllegalTransition("not checked", "sign", "an order checked since the last restart")
    age = cell.clock.now() - status.verified_at
    if age > CHECK_VALID_FOR:
        minutes = int(age / timedelta(minutes=1))
        raise IllegalTransition(
            f"checked {minutes} min ago", "sign", "a check not older than 30 min. Check again"
        )
    return verification


def job(cell: Cell, request: Request) -> Reply:
    """The canonical job as bytes, for OctoPrint to print."""
    fields = fields_of(request)
    build_id = fields.text("build_id")
    fields.close()
    build = cell.state.builds.get(build_id)
    if build is None:
        raise unknown_build(build_id)
    data = cell.files.get(build.permit.planned_sha256)
    return Reply(
        result={"name": f"{build_id}.gcode", "media_type": "text/x.gcode", "bytes": len(data)},
        body=data,
    )


def arm_build(cell: Cell, request: Request) -> Reply:
    """Burn the permit, then open the gate for this job, once."""
    fields = fields_of(request)
    build_id = fields.text("build_id")
    fields.close()
    if build_id not in cell.state.builds:
        raise unknown_build(build_id)
    # Asked again: between signing and starting, another printer may have been plugged in.
    printer = printer_evidence(cell)
    with cell.lock:
        build = cell.state.builds[build_id]
        order = cell.order(build.order_id)
        bundle = cell.bundle_of(build.permit.recipe_digest)
        recipe = bundle.recipe
        if recipe is None or not bundle.signed.verdict.accepted:
            raise Refused(bundle.signed.verdict)
        canonical = cell.files.get(build.permit.planned_sha256)
        wire = _job_on_wire(cell, build_id, canonical, build.permit.planned_sha256, recipe)
        state = cell.state
        verdict = decide_arming(
            ArmingEvidence(
                now=cell.clock.now(),
                permit=build.permit,
                state=build.state,
                planned_sha256=wire.digest,
                order=order,
                recipe=recipe_evidence(cell, recipe, bundle.signed.verdict),
                site=policy_of(cell, bundle.policy),
                printer=printer,
                lot=state.lots.get(build.permit.lot_id),
                operator=cell.signers.person(build.permit.operator),
                trainings=state.trainings,
                calibrations=state.calibrations,
                room=state.room,
                health=health_of(cell),
            )
        )
        if not verdict.accepted:
            raise Refused(verdict)
        _require_ready(cell)
        entry = cell.record("build_armed", {"build_id": build_id, "planned": wire.digest})
        try:
            cell.gate.arm(wire)
        except Exception:
            # The permit is burned either way: a build that never began still ends on record.
            cell.record(
                "build_aborted",
                {
                    "build_id": build_id,
                    "reason": "The gate did not take the job",
                    "reason_code": "not_armed",
                    "line": 0,
                    "safe_stop": False,
                },
            )
            raise
    return Reply(result={"build_id": build_id, "entry": entry.index, "planned": wire.digest})


def _require_ready(cell: Cell) -> None:
    """Everything that must be there before a permit is burned, since it burns only once."""
    gate = cell.gate.snapshot()
    alive = cell.face_at_s is not None and (
        cell.clock.monotonic_s() - cell.face_at_s <= cell.profile.limits.face_timeout_s
    )
    wanted = {
        "the gate locked and idle": gate.stage == "locked",
        "the printer answering": gate.printer_alive,
        "OctoPrint connected to the gate": gate.host_alive,
        "the MDPS plugin alive": alive,
    }
    missing = [name for name, there in wanted.items() if not there]
    if missing:
        raise IllegalTransition(f"without {', '.join(missing)}", "start", ", ".join(wanted))


def _job_on_wire(
    cell: Cell, build_id: str, canonical: bytes, planned: str, recipe: Recipe
) -> JobOnWire:
    kept = kept_at_permit(cell, build_id)
    starts = kept.get("layer_start")
    if not isinstance(starts, list):
        raise DocumentError("kept evidence", "layer_start", "no list", "a list of line numbers")
    return make_job(
        build_id=build_id,
        canonical=canonical,
        planned_digest=planned,
        nozzle_c=recipe.window.nozzle_c,
        bed_c=recipe.window.bed_c,
        excursion_s=recipe.window.excursion_s,
        hold=recipe.hold,
        layer_start=[int(start) for start in starts],
    )


def hold(cell: Cell, request: Request) -> Reply:
    """Hold the build; never behind a password."""
    fields_of(request).close()
    cell.gate.hold(request.actor)
    return Reply(result="held")


def resume(cell: Cell, request: Request) -> Reply:
    """Go on after a hold."""
    fields_of(request).close()
    cell.gate.resume(request.actor)
    return Reply(result="resumed")


def stop(cell: Cell, request: Request) -> Reply:
    """End the build at once; never behind a password. Without a build it does nothing harmful.

    A build that the gate has is stopped before anything else, without ``cell.lock``: whoever
    holds the lock may be waiting for a disk.
    """
    reason = _stop_reason(request)
    if not _waits_for_arming(cell) or not _given_back(cell, reason):
        cell.gate.stop(request.actor, reason)
        return Reply(result="stopped")
    return Reply(result="given back")


def _waits_for_arming(cell: Cell) -> bool:
    """True if the present build is only permitted, and the gate has none. Needs no lock."""
    if cell.gate.snapshot().build_id is not None:
        return False
    build = cell.state.current_build
    return build is not None and not build.state.on_the_wire


def _given_back(cell: Cell, reason: str) -> bool:
    """Give the permit back; false if the build was armed meanwhile."""
    with cell.lock:
        build = cell.state.current_build
        if build is None or build.state.on_the_wire:
            return False
        cell.record(
            "build_aborted",
            {
                "build_id": build.build_id,
                "reason": f"{reason}, before it began",
                "reason_code": "given_back",
                "line": 0,
                "safe_stop": None,
            },
        )
        return True


def _stop_reason(request: Request) -> str:
    """The reason given; one that cannot be read must not keep the printer running."""
    try:
        return fields_of(request).optional_text("reason") or PRESSED
    except DocumentError:
        return PRESSED


def heartbeat(cell: Cell, request: Request) -> Reply:
    """The face is alive; it may say its versions."""
    fields = fields_of(request)
    cell.face = FaceVersions(
        octoprint=fields.optional_text("octoprint"), plugin=fields.optional_text("plugin")
    )
    fields.close()
    cell.face_at_s = cell.clock.monotonic_s()
    cell.gate.face_alive(cell.clock.monotonic_s())
    return Reply(result="alive")


TABLE = {
    "permit_build": permit_build,
    "job": job,
    "arm_build": arm_build,
    "hold": hold,
    "resume": resume,
    "stop": stop,
    "heartbeat": heartbeat,
}
