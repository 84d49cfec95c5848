"""Verbs about the site: recipes, lots, trainings, calibrations, room, printer. All signed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from ..build.facts import Calibration, Qualification, RoomReading
from ..build.lot import parse_lot, read_dried
from ..build.people import Training
from ..build.permit import Refused
from ..build.signature import Act
from ..canonical import Json
from ..errors import DocumentError, UsageFault
from ..interlock.qualification import qualify
from ..recipes.document import Recipe
from .cell import Cell
from .gathering import printer_snapshot, settings_digest
from .library import LibraryBundle
from .socket_link import Reply, Request
from .verbs import fields_of, record_signed, require_role, signed, signer

_IMPORTED = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/([1-9][0-9]{0,6})")


def import_recipes(cell: Cell, request: Request) -> Reply:
    """Take in a stick as the new mirror of a repository, and put what was accepted on record.

    Person and role are known before the path is looked at. The mirror and its marks are durable
    before the entry: a crash in between leaves a newer mirror, never an older one, and TR-032
    until somebody imports again.
    """
    fields = fields_of(request)
    repository = fields.matching("repository", "manufacturer|hospital", "manufacturer or hospital")
    path = Path(fields.text("path", max_length=1000))
    fields.close()
    who = signer(cell, request)
    require_role(who[0], Act.IMPORT_RECIPES)
    chain = cell.library.chain
    if chain is None:
        raise DocumentError(
            "cell.json", "trust", "missing", "the first roots of both repositories, see operations"
        )
    # Asked before anything is kept: whoever signed something else leaves no mirror behind.
    signed(cell, request, Act.IMPORT_RECIPES, {"repository": repository}, person=who)
    try:
        imported = chain.take_in(repository, path, cell.clock.now())
    except UsageFault:
        raise DocumentError(
            "request", "path", "no repository there", "a folder or zip that can be opened"
        ) from None
    if not imported.verdict.accepted:
        raise Refused(imported.verdict)
    body: dict[str, Json] = {
        "repository": repository,
        "source": path.name,
        "marks": [mark.to_json() for mark in imported.marks],
        "missing": list(imported.missing[:20]),
    }
    reply = record_signed(cell, request, "recipes_imported", Act.IMPORT_RECIPES, body, person=who)
    chain.on_record(imported.marks)
    said = reply.result if isinstance(reply.result, dict) else {}
    return Reply(result={**said, "ignored": list(imported.ignored[:20])})


def approve_recipe(cell: Cell, request: Request) -> Reply:
    """Take a bundle in and approve it for this site (row 30).

    Person and role are known before a file that the request names is looked at, and the bundle
    is durable before the entry that names it.
    """
    fields = fields_of(request)
    path = Path(fields.text("bundle", max_length=1000))
    qualification = fields.text("local_qualification")
    fields.close()
    who = signer(cell, request)
    require_role(who[0], Act.APPROVE_RECIPE)
    now = cell.clock.now()
    bundle = _bundle_at(cell, path, now)
    if bundle.recipe is None or not bundle.signed.verdict.accepted:
        raise Refused(bundle.signed.verdict)
    body: dict[str, Json] = {
        **_named(bundle.recipe),
        "bundle_sha256": bundle.envelope_sha256,
        "root_sha256": cell.library.root_sha256,
        "local_qualification": qualification,
    }
    # Asked before anything is kept: whoever signed something else leaves no bundle behind.
    signed(cell, request, Act.APPROVE_RECIPE, body, person=who)
    cell.library.keep(bundle, now)
    return record_signed(cell, request, "recipe_approved", Act.APPROVE_RECIPE, body, person=who)


def _bundle_at(cell: Cell, path: Path, now: datetime) -> LibraryBundle:
    """The bundle there. What is no bundle is not described: it may be anybody's folder.

    In a cell with a chain of trust, ``ID/REVISION`` means a recipe out of the mirror.
    """
    try:
        named = _IMPORTED.fullmatch(str(path))
        if cell.library.chain is not None and named is not None:
            return cell.library.judge_imported(named[1], int(named[2]), now)
        return cell.library.judge(path, now)
    except (DocumentError, UsageFault):
        raise DocumentError(
            "request", "bundle", "no recipe bundle there", "a bundle as the manufacturer sent it"
        ) from None


def withdraw_recipe(cell: Cell, request: Request) -> Reply:
    """Withdraw a recipe from this site, for ever."""
    fields = fields_of(request)
    digest = fields.digest("recipe_digest")
    reason = fields.text("reason")
    fields.close()
    approval = cell.state.approvals.get(digest)
    if approval is None:
        raise DocumentError(
            "request", "recipe_digest", f"{digest[:16]}…, not approved", "a recipe approved here"
        )
    # From the log, not from the bundle: one that is damaged can still be withdrawn.
    body: dict[str, Json] = {
        "recipe_digest": approval.recipe_digest,
        "recipe_id": approval.recipe_id,
        "revision": approval.revision,
        "reason": reason,
    }
    return record_signed(cell, request, "recipe_withdrawn", Act.WITHDRAW_RECIPE, body)


def _named(recipe: Recipe) -> dict[str, Json]:
    return {
        "recipe_digest": recipe.digest,
        "recipe_id": recipe.identity.recipe_id,
        "revision": recipe.identity.revision,
    }


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
    "import_recipes": import_recipes,
    "approve_recipe": approve_recipe,
    "withdraw_recipe": withdraw_recipe,
    "receive_lot": receive_lot,
    "open_lot": open_lot,
    "dry_lot": dry_lot,
    "quarantine_lot": quarantine_lot,
    "record_training": record_training,
    "record_calibration": record_calibration,
    "record_room": record_room,
    "qualify_printer": qualify_printer,
}
