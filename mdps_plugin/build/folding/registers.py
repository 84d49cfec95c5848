"""Entries about recipes, lots, people and equipment of the site. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ...canonical import Json
from ...distribution.marks import Mark, highest, read_mark
from ..facts import Approval, read_calibration, read_qualification, read_room
from ..lot import parse_lot, read_dried
from ..people import read_training
from ..signature import Act
from .working import SIGNATURE_FAILURES_KEPT, Handler, View, Working


def _approval(view: View, act: Act, note: str) -> Approval:
    signed = view.signature(act)
    return Approval(
        recipe_digest=view.fields.digest("recipe_digest"),
        recipe_id=view.fields.text("recipe_id"),
        revision=view.fields.integer("revision", minimum=1, maximum=1_000_000),
        by=signed.signature.user,
        at=view.at,
        note=view.fields.text(note) if view.fields.has(note) else None,
    )


def _approved(working: Working, view: View) -> None:
    approval = _approval(view, Act.APPROVE_RECIPE, "local_qualification")
    if approval.recipe_digest in working.withdrawn:
        raise view.fault("approval of a withdrawn recipe", "a new revision: withdrawn stays so")
    working.approvals[approval.recipe_digest] = approval


def _withdrawn(working: Working, view: View) -> None:
    withdrawal = _approval(view, Act.WITHDRAW_RECIPE, "reason")
    working.withdrawn[withdrawal.recipe_digest] = withdrawal
    working.approvals.pop(withdrawal.recipe_digest, None)


def _imported(working: Working, view: View) -> None:
    """The newest versions ever accepted: what remains if the cell's own marks are wiped."""
    view.signature(Act.IMPORT_RECIPES)
    repository = view.fields.text("repository", max_length=40)
    reached = view.fields.objects("marks", lambda one: read_mark(one, repository), least=1)
    versions = highest((*working.trust_marks, *reached))
    working.trust_marks = [
        Mark(repository=place[0], role=place[1], keys=place[2], version=version)
        for place, version in sorted(versions.items())
    ]


def _lot_received(working: Working, view: View) -> None:
    view.signature(Act.RECEIVE_LOT)
    value: Json = view.fields.take("lot")
    lot = parse_lot(value, view.fields.source, view.fields.place("lot"))
    if lot.lot_id in working.lots:
        raise view.fault(f"lot {lot.lot_id!r} a second time", "each lot once")
    working.lots[lot.lot_id] = lot
    if lot.quarantined:
        working.quarantined_at[lot.lot_id] = view.at


def _lot_opened(working: Working, view: View) -> None:
    lot = working.lot(view)
    view.signature(Act.OPEN_LOT)
    # The first opening counts: opening again does not make the material younger.
    working.lots[lot.lot_id] = replace(lot, opened_at=lot.opened_at or view.at)


def _lot_dried(working: Working, view: View) -> None:
    lot = working.lot(view)
    view.signature(Act.DRY_LOT)
    inner = view.fields.child("dried")
    dried = read_dried(inner)
    inner.close()
    working.lots[lot.lot_id] = replace(lot, dried=dried)


def _lot_quarantined(working: Working, view: View) -> None:
    lot = working.lot(view)
    view.signature(Act.QUARANTINE_LOT)
    working.lots[lot.lot_id] = replace(lot, quarantined=True)
    working.quarantined_at[lot.lot_id] = view.at


def _training(working: Working, view: View) -> None:
    view.signature(Act.RECORD_TRAINING)
    inner = view.fields.child("training")
    working.trainings.append(read_training(inner))
    inner.close()


def _calibration(working: Working, view: View) -> None:
    view.signature(Act.RECORD_CALIBRATION)
    inner = view.fields.child("calibration")
    working.calibrations.append(read_calibration(inner))
    inner.close()


def _qualified(working: Working, view: View) -> None:
    view.signature(Act.QUALIFY_PRINTER)
    inner = view.fields.child("qualification")
    qualification = read_qualification(inner)
    inner.close()
    working.qualifications[qualification.serial] = qualification


def _room(working: Working, view: View) -> None:
    view.signature(Act.RECORD_ROOM)
    inner = view.fields.child("room")
    working.room = read_room(inner)
    inner.close()


def _name_shown(working: Working, view: View) -> None:
    """Changes nothing, but nobody is told a name without having signed for it."""
    view.signature(Act.SHOW_PATIENT_NAME)


def _exported(working: Working, view: View) -> None:
    """Changes nothing, but nothing leaves the cell without a signature."""
    view.signature(Act.EXPORT)


def _signature_failed(working: Working, view: View) -> None:
    failure: tuple[str, datetime] = (view.fields.text("user"), view.at)
    working.failed_signatures.append(failure)
    same = [index for index, one in enumerate(working.failed_signatures) if one[0] == failure[0]]
    if len(same) > SIGNATURE_FAILURES_KEPT:
        del working.failed_signatures[same[0]]


HANDLERS: Mapping[str, Handler] = {
    "recipe_approved": _approved,
    "recipe_withdrawn": _withdrawn,
    "recipes_imported": _imported,
    "lot_received": _lot_received,
    "lot_opened": _lot_opened,
    "lot_dried": _lot_dried,
    "lot_quarantined": _lot_quarantined,
    "training_recorded": _training,
    "calibration_recorded": _calibration,
    "printer_qualified": _qualified,
    "room_recorded": _room,
    "signature_failed": _signature_failed,
    "patient_name_shown": _name_shown,
    "log_exported": _exported,
}
