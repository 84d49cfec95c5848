"""Verbs that read: state, orders, records, documents, the log. They change nothing.

The two exceptions are signed and on record themselves: showing a patient's name, and an export.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

from ..audit.verify import verify_log
from ..build.record import make_record
from ..build.signature import Act
from ..canonical import Json, canonical_json, read_json
from ..errors import DocumentError
from .cell import Cell
from .exporting import export_pack
from .socket_link import Reply, Request
from .sources import record_sources
from .verbs import fields_of, record_signed, refuse_names, signer
from .verbs_part import build_and_recipe
from .view import Shelf, order_detail, picture_of, snapshot

SEQ = itertools.count(1)
MAX_TAIL_BYTES = 900_000


def readers(shelf: Shelf) -> dict[str, Callable[[Cell, Request], Reply]]:
    """The reading verbs; ``shelf`` keeps parsed documents between requests."""

    def state(cell: Cell, request: Request) -> Reply:
        fields_of(request).close()
        return Reply(result=snapshot(cell, shelf, next(SEQ)))

    def orders(cell: Cell, request: Request) -> Reply:
        fields_of(request).close()
        return Reply(result=snapshot(cell, shelf, next(SEQ))["orders"])

    def order(cell: Cell, request: Request) -> Reply:
        fields = fields_of(request)
        order_id = fields.text("order_id")
        fields.close()
        return Reply(result=order_detail(cell, shelf, order_id))

    return {
        "state": state,
        "orders": orders,
        "order": order,
        "picture": picture,
        "registers": registers,
        "lots": lots,
        "people": people,
        "documents": documents,
        "document": document,
        "record": record,
        "patient_name": patient_name,
        "log_tail": log_tail,
        "verify_log": verify,
        "export": export,
    }


def picture(cell: Cell, request: Request) -> Reply:
    """Where in the job the first reason lies: a PNG, of a check of this run of the controller."""
    fields = fields_of(request)
    order_id = fields.text("order_id")
    fields.close()
    cell.order(order_id)
    data = picture_of(cell, order_id)
    if data is None:
        raise DocumentError("picture", order_id, "no picture", "an order refused for its job")
    about: dict[str, Json] = {"name": f"{order_id}.png", "media_type": "image/png"}
    return Reply(result=about, body=data)


def registers(cell: Cell, request: Request) -> Reply:
    """How much is in each register of the site."""
    fields_of(request).close()
    state = cell.state
    return Reply(
        result={
            "recipes": len(state.approvals),
            "lots": len(state.lots),
            "trainings": len(state.trainings),
            "calibrations": len(state.calibrations),
            "qualified": sorted(state.qualifications),
            "room": state.room.to_json() if state.room else None,
            "entries": state.size,
        }
    )


def lots(cell: Cell, request: Request) -> Reply:
    """The lots of the site."""
    fields_of(request).close()
    return Reply(result=[lot.to_json() for lot in cell.state.lots.values()])


def people(cell: Cell, request: Request) -> Reply:
    """Who may sign; no hashes."""
    fields_of(request).close()
    rows: list[Json] = [
        {
            "user": person.user,
            "printed_name": person.printed_name,
            "roles": sorted(person.roles),
            "disabled": person.disabled,
        }
        for person in cell.signers.people()
    ]
    return Reply(result=rows)


def documents(cell: Cell, request: Request) -> Reply:
    """The documents of a build."""
    fields = fields_of(request)
    build_id = fields.text("build_id")
    fields.close()
    build, _ = build_and_recipe(cell, build_id)
    rows: list[Json] = [
        {"kind": one.kind, "name": one.name, "media_type": one.media_type, "sha256": one.sha256}
        for one in build.documents
    ]
    return Reply(result=rows)


def document(cell: Cell, request: Request) -> Reply:
    """One document as bytes."""
    fields = fields_of(request)
    build_id, name = fields.text("build_id"), fields.text("name")
    fields.close()
    build, _ = build_and_recipe(cell, build_id)
    for one in build.documents:
        if one.name == name:
            about: dict[str, Json] = {"name": one.name, "media_type": one.media_type}
            return Reply(result=about, body=cell.files.get(one.sha256))
    known = ", ".join(one.name for one in build.documents) or "none yet"
    raise DocumentError(build_id, "name", repr(name), known)


def record(cell: Cell, request: Request) -> Reply:
    """The production record: the sealed one after release, before it the draft."""
    fields = fields_of(request)
    build_id = fields.text("build_id")
    fields.close()
    with cell.lock:
        build, recipe = build_and_recipe(cell, build_id)
        if build.record_sha256 is not None:
            data = cell.files.get(build.record_sha256)
        else:
            data = canonical_json(make_record(record_sources(cell, build, recipe)))
    sealed = build.record_sha256 is not None
    about: dict[str, Json] = {
        "name": f"{build_id}.json",
        "media_type": "application/json",
        "sealed": sealed,
    }
    return Reply(result=about, body=data)


def patient_name(cell: Cell, request: Request) -> Reply:
    """The name behind one token, after the look-up is on record (row 17)."""
    fields = fields_of(request)
    token, reason = fields.text("token"), fields.text("reason")
    fields.close()
    who = signer(cell, request)
    refuse_names(cell, token, {"reason": reason}, request)
    record_signed(
        cell,
        request,
        "patient_name_shown",
        Act.SHOW_PATIENT_NAME,
        {"token": token, "actor": request.actor, "reason": reason},
        person=who,
    )
    identity = cell.patients.reveal(token)
    if identity is None:
        raise DocumentError(
            "request", "token", f"{token[:40]}, unknown", "a token with a name on file"
        )
    return Reply(result=read_json(identity, "patient"))


def log_tail(cell: Cell, request: Request) -> Reply:
    """The newest entries of the log, newest last: ``count`` of them, or as many as fit a line."""
    fields = fields_of(request)
    count = fields.integer("count", minimum=1, maximum=1000)
    fields.close()
    size = cell.log.size
    fitting: list[Json] = []
    left = MAX_TAIL_BYTES
    for entry in reversed(list(cell.log.entries(max(0, size - count), size))):
        left -= len(entry.data())
        if left < 0:
            break
        fitting.append(entry.to_json())
    return Reply(result=fitting[::-1])


def verify(cell: Cell, request: Request) -> Reply:
    """Verify the whole log as an outsider would, from its file and its public key."""
    fields_of(request).close()
    report = verify_log(cell.folder / "audit.sqlite", [cell.log.key.text()], None)
    return Reply(result=json.loads(json.dumps(report.to_json())))


def export(cell: Cell, request: Request) -> Reply:
    """The inspector's pack as a zip; who asked and why is on record first."""
    fields = fields_of(request)
    reason = fields.text("reason")
    fields.close()
    body: dict[str, Json] = {"actor": request.actor, "reason": reason}
    record_signed(cell, request, "log_exported", Act.EXPORT, body)
    data = export_pack(cell)
    about: dict[str, Json] = {
        "name": f"{cell.config.cell}-inspector-pack.zip",
        "media_type": "application/zip",
    }
    return Reply(result=about, body=data)
