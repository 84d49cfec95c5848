"""The verb that takes orders in. Checks no geometry and no job: that is the verifier's."""

from __future__ import annotations

from ..build.identity import parse_patient_identity, refuse_identity_in
from ..build.order import Order, parse_order
from ..canonical import canonical_json, sha256_hex
from ..errors import DocumentError, StoreError, UsageFault
from ..recipes.document import JobSource, ModelSource, Recipe
from .cell import Cell
from .socket_link import Reply, Request
from .verbs import fields_of


def receive_order(cell: Cell, request: Request) -> Reply:
    """Take an order with its STL or G-code; the name of the patient goes to its own store.

    Everything is judged before the first byte is kept, so a refused order leaves nothing behind.
    """
    fields = fields_of(request)
    document = fields.take("order")
    identity_document = fields.take("patient") if fields.has("patient") else None
    fields.ignore("patient")
    fields.close()
    order = parse_order(document, "order")
    identity = None
    if identity_document is not None:
        identity = parse_patient_identity(identity_document, "patient")
        if identity.token != order.individual.token:
            raise DocumentError("patient", "token", "another token", "the token of the order")
        refuse_identity_in(document, identity, "order")
    if order.order_id in cell.state.orders:
        raise DocumentError(
            "order", "order_id", f"{order.order_id}, received before", "each order once"
        )
    recipe = _recipe_for(cell, order)
    _judge_file(cell, order, recipe, request.body)
    cell.pace.take(request.verb, cell.clock.monotonic_s())
    if request.body:
        cell.files.put(request.body)
    if identity is not None:
        cell.patients.keep(identity.token, canonical_json(identity.to_json()))
    cell.files.put(canonical_json(document))
    entry = cell.record(
        "order_received",
        {
            "order_id": order.order_id,
            "order_sha256": order.sha256,
            "recipe_digest": recipe.digest,
            "recipe": recipe.label,
            "patient_token": order.individual.token,
            "actor": request.actor,
        },
    )
    return Reply(result={"order_id": order.order_id, "entry": entry.index})


def _recipe_for(cell: Cell, order: Order) -> Recipe:
    """The revision the order names, else the newest one approved here."""
    now = cell.clock.now()
    for name, revision in cell.library.names():
        if name != order.recipe_id or order.revision not in (None, revision):
            continue
        try:
            recipe = cell.library.open(name, revision, now).recipe
        except (DocumentError, UsageFault) as fault:
            raise StoreError(f"recipes/{name}/{revision}: cannot be read: {fault}") from None
        if recipe is not None and (
            order.revision is not None or recipe.digest in cell.state.approvals
        ):
            return recipe
    named = f"revision {order.revision}" if order.revision is not None else "any revision"
    raise DocumentError(
        "order", "recipe_id", f"{order.recipe_id}, {named}", "a recipe approved in this cell"
    )


def _judge_file(cell: Cell, order: Order, recipe: Recipe, data: bytes) -> None:
    """The order names by digest what its recipe takes, and those bytes are here or came with it."""
    wanted: dict[str, str] = {}
    for path, digest, taken in (
        (
            "model.sha256",
            order.model.sha256 if order.model is not None else None,
            recipe.model_source is ModelSource.ORDER,
        ),
        ("gcode_sha256", order.gcode_sha256, recipe.job_source is JobSource.BROUGHT),
    ):
        if digest is None:
            continue
        if not taken:
            # A model that nobody would build must not look as if it had been ordered.
            allowed = f"nothing here: {recipe.label} brings its own"
            raise DocumentError("order", path, f"the file {digest[:16]}…", allowed)
        wanted[digest] = path
    if data:
        digest = sha256_hex(data)
        if digest not in wanted:
            raise DocumentError(
                "order",
                next(iter(wanted.values()), "file"),
                f"a file with digest {digest}",
                " or ".join(sorted(wanted)) or "no file: this order names none",
            )
        del wanted[digest]
    for digest, path in wanted.items():
        if not cell.files.has(digest):
            raise DocumentError("order", path, "no file", f"the file with digest {digest}")
