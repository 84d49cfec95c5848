"""Verbs about the site: lots, trainings, calibrations, room, printer. All signed."""

from __future__ import annotations

from datetime import timedelta

from ..build.facts import Calibration, Qualification, RoomReading
from ..build.lot import parse_lot, read_dried
from ..build.people import Training
from ..build.permit import Refused
from ..build.signature import Act
from ..canonical import Json
from ..interlock.qualification import qualify
from .cell import Cell
from .gathering import printer_snapshot, settings_digest
from .socket_link import Reply, Request
from .verbs import fields_of, record_signed, signer


def receive_lot(cell: Cell, request: Request) -> Reply:
    """Put a lot of material on record."""
    fields = fields_of(request)
    lot = parse_lot(fields.take("lot"), fields.source, "lot")
    fields.close()
    return record_signed(cell, request, "lot_received", Act.RECEIVE_LOT, {"lot": lot.to_json()})


def open_lot(cell: Cell, request: Request) -> Reply:
    """Put on record that the seal of a lot was broken: its time open counts from now."""
    fields = fields_of(request)
    body: dict[str, Json] = {"lot_id": fields.text("lot_id")}
    fields.close()
    return record_signed(cell, request, "lot_opened", Act.OPEN_LOT, body)


def dry_lot(cell: Cell, request: Request) -> Reply:
    """Put a drying on record."""
    fields = fields_of(request)
    lot_id = fields.text("lot_id")
    inner = fields.child("dried")
    dried = read_dried(inner)
    inner.close()
    fields.close()
    body: dict[str, Json] = {"lot_id": lot_id, "dried": dried.to_json()}
    return record_signed(cell, request, "lot_dried", Act.DRY_LOT, body)


def quarantine_lot(cell: Cell, request: Request) -> Reply:
    """Put a lot in quarantine."""
    fields = fields_of(request)
    body: dict[str, Json] = {"lot_id": fields.text("lot_id"), "reason": fields.text("reason")}
    fields.close()
    return record_signed(cell, request, "lot_quarantined", Act.QUARANTINE_LOT, body)


def record_training(cell: Cell, request: Request) -> Reply:
    """Put a training on record; who recorded it is who signed it."""
    fields = fields_of(request)
    user = fields.text("user")
    if cell.signers.person(user) is None:
        raise fields.fault("user", repr(user), "a person with an account here")
    name, until = fields.text("training"), fields.instant("valid_until")
    fields.close()
    who = signer(cell, request)
    training = Training(user=user, training=name, valid_until=until, recorded_by=who[0].user)
    body: dict[str, Json] = {"training": training.to_json()}
    return record_signed(cell, request, "training_recorded", Act.RECORD_TRAINING, body, person=who)


def record_calibration(cell: Cell, request: Request) -> Reply:
    """Put a calibration on record."""
    fields = fields_of(request)
    calibration = Calibration(
        equipment=fields.text("equipment"),
        certificate=fields.text("certificate"),
        due=fields.instant("due"),
    )
    fields.close()
    body: dict[str, Json] = {"calibration": calibration.to_json()}
    return record_signed(cell, request, "calibration_recorded", Act.RECORD_CALIBRATION, body)


def record_room(cell: Cell, request: Request) -> Reply:
    """Put temperature and humidity of the room on record."""
    fields = fields_of(request)
    room = RoomReading(
        temperature_c=fields.number("temperature_c", minimum=-40, maximum=80, unit="°C"),
        humidity_percent=fields.number("humidity_percent", minimum=0, maximum=100, unit="%"),
        at=cell.clock.now(),
    )
    fields.close()
    body: dict[str, Json] = {"room": room.to_json()}
    return record_signed(cell, request, "room_recorded", Act.RECORD_ROOM, body)


def qualify_printer(cell: Cell, request: Request) -> Reply:
    """Qualify the printer as it is now; refused if it is not what its profile says (row 36)."""
    fields = fields_of(request)
    days = fields.integer("valid_days", minimum=1, maximum=366)
    fields.close()
    who = signer(cell, request)
    snapshot = printer_snapshot(cell)
    verdict = qualify(snapshot, cell.profile)
    if not verdict.accepted:
        raise Refused(verdict)
    now = cell.clock.now()
    told = cell.config.printer
    qualification = Qualification(
        serial=told.serial,
        model=told.model,
        firmware=snapshot.firmware_name,
        profile_digest=cell.profile.digest,
        nozzle_mm=told.nozzle_mm,
        plate=told.plate,
        uuid=snapshot.uuid,
        settings_digest=settings_digest(snapshot),
        qualified_at=now,
        valid_until=now + timedelta(days=days),
    )
    body: dict[str, Json] = {
        "qualification": qualification.to_json(),
        "printer": snapshot.to_json(),
    }
    return record_signed(cell, request, "printer_qualified", Act.QUALIFY_PRINTER, body, person=who)


TABLE = {
    "receive_lot": receive_lot,
    "open_lot": open_lot,
    "dry_lot": dry_lot,
    "quarantine_lot": quarantine_lot,
    "record_training": record_training,
    "record_calibration": record_calibration,
    "record_room": record_room,
    "qualify_printer": qualify_printer,
}
