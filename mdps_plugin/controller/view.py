"""What the screens are told: snapshot, detail of an order, the digest of what was shown.

Looks things up and hands them to the pure functions of :mod:`mdps_plugin.build`. Words, icons
and next steps are theirs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ..build.lifecycle import BuildState
from ..build.order import Order
from ..build.order_detail import DetailSources, make_detail, subjects
from ..build.record import make_record
from ..build.screen_states import Checking
from ..build.snapshot import Catalogue, CellFacts, GateFacts, QmsFacts, make_snapshot
from ..canonical import Json, sha256_hex
from ..errors import IllegalTransition, MdpsError, StoreError
from ..interlock.qualification import qualify
from ..reading import instant_text
from ..recipes.document import Recipe
from .cell import VERSION, Cell, unknown_order
from .gathering import CHECK_VALID_FOR, same_board
from .sources import record_sources


class Shelf:
    """Parsed orders and recipes, kept because both never change once they are on record."""

    def __init__(self, cell: Cell) -> None:
        """Empty; filled as things are asked for."""
        self._cell = cell
        self._orders: dict[str, Order] = {}
        self._recipes: dict[str, Recipe] = {}

    def catalogue(self) -> Catalogue:
        """Everything that can be read; what cannot is shown as unknown."""
        state = self._cell.state
        for order_id, status in state.orders.items():
            if order_id not in self._orders:
                try:
                    self._orders[order_id] = self._cell.order(order_id)
                except MdpsError:
                    continue
            self.recipe(status.recipe_digest)
        return Catalogue(orders=dict(self._orders), recipes=dict(self._recipes))

    def recipe(self, digest: str) -> Recipe | None:
        """A recipe by digest, or None if it cannot be read."""
        if digest not in self._recipes:
            try:
                recipe = self._cell.bundle_of(digest).recipe
            except MdpsError:
                return None
            if recipe is None:
                return None
            self._recipes[digest] = recipe
        return self._recipes[digest]


def checking_of(cell: Cell, order_id: str | None = None) -> Checking | None:
    """The verification under way, of any order or of one."""
    for known, stage in list(cell.checking.items()):
        if order_id in (None, known):
            return Checking(
                order_id=known,
                name=stage.name,
                done=stage.done,
                of=stage.of,
                seconds=round(cell.clock.monotonic_s() - stage.since_s, 1),
            )
    return None


def snapshot(cell: Cell, shelf: Shelf, seq: int) -> dict[str, Json]:
    """The ``state`` snapshot."""
    config = cell.config
    qms = cell.qms() if cell.qms else {}
    age = qms.get("oldest_age_s")
    unconfirmed = qms.get("unconfirmed")
    return make_snapshot(
        cell.state,
        _gate_facts(cell, shelf),
        CellFacts(
            version=VERSION,
            cell=config.cell,
            site=config.site,
            demonstration=config.demonstration,
            printer_model=config.printer.model,
            printer_serial=config.printer.serial,
            printer_profile=cell.profile.profile_id,
        ),
        shelf.catalogue(),
        QmsFacts(
            word=str(qms.get("word", "No quality system is set up")),
            connected=bool(qms.get("connected")),
            unconfirmed=unconfirmed if isinstance(unconfirmed, int) else 0,
            oldest_age_s=float(age) if isinstance(age, (int, float)) else None,
        ),
        checking_of(cell),
        cell.clock.now(),
        seq,
    )


def _gate_facts(cell: Cell, shelf: Shelf) -> GateFacts:
    gate = cell.gate.snapshot()
    now = cell.clock.now()
    qualification = cell.state.qualifications.get(cell.config.printer.serial)
    verdict = qualify(cell.printer, cell.profile)
    qualified = (
        qualification is not None
        and now < qualification.valid_until
        and verdict.accepted
        and same_board(cell.printer, qualification)
    )
    detail = "Qualified" if qualified else "Not qualified"
    if gate.stage == "failed":
        detail = "The gate is down. The controller starts again"
    elif not gate.printer_alive:
        detail = "The printer does not answer"
    elif not verdict.accepted:
        detail = verdict.refusals()[0].title() if verdict.refusals() else detail
    return GateFacts(
        mode=gate.mode,
        connected=gate.printer_alive,
        qualified=qualified,
        detail=detail,
        nozzle_c=gate.nozzle_c,
        nozzle_target_c=gate.nozzle_target_c,
        bed_c=gate.bed_c,
        bed_target_c=gate.bed_target_c,
        age_s=None if gate.temperature_age_s is None else round(gate.temperature_age_s, 1),
        line=gate.line if gate.build_id else None,
        lines=gate.lines if gate.build_id else None,
        layer=gate.layer if gate.build_id else None,
        layers=gate.layers if gate.build_id else None,
        ready_at=_ready_at(cell),
    )


def _ready_at(cell: Cell) -> datetime | None:
    build = cell.state.current_build
    if build is None or build.started_at is None:
        return None
    status = cell.state.orders[build.order_id]
    toolpath = status.toolpath if isinstance(status.toolpath, dict) else {}
    seconds = toolpath.get("print_time_s")
    if not isinstance(seconds, (int, float)):
        return None
    return build.started_at + timedelta(seconds=float(seconds))


def detail_sources(cell: Cell, shelf: Shelf, order_id: str) -> DetailSources:
    """Sources of the detail of one order."""
    status = cell.state.orders.get(order_id)
    if status is None:
        raise unknown_order(order_id)
    recipe = shelf.recipe(status.recipe_digest) or cell.bundle_of(status.recipe_digest).recipe
    if recipe is None:
        raise StoreError(f"recipe {status.recipe_digest[:16]}…: cannot be read any more")
    build = cell.state.build_of(order_id)
    draft = None
    if build is not None and build.streamed is not None and not build.state.lost:
        draft = make_record(record_sources(cell, build, recipe))
    return DetailSources(
        cell=cell.state,
        order=status,
        document=cell.order(order_id),
        recipe=recipe,
        printer_serial=cell.config.printer.serial,
        checking=checking_of(cell, order_id),
        draft=draft,
        log_whole=not cell.log_fault,
        now=cell.clock.now(),
    )


def order_detail(cell: Cell, shelf: Shelf, order_id: str) -> dict[str, Json]:
    """The detail of one order."""
    with cell.lock:
        detail = make_detail(detail_sources(cell, shelf, order_id))
    status = cell.state.orders[order_id]
    # After a restart, or half an hour, the check must be made again before anybody can sign.
    verified_at = status.verified_at
    detail["stale"] = (
        order_id not in cell.verified
        or verified_at is None
        or cell.clock.now() - verified_at > CHECK_VALID_FOR
    )
    picture = picture_of(cell, order_id)
    detail["picture"] = sha256_hex(picture) if picture is not None else None
    detail["verified_at"] = instant_text(verified_at) if verified_at else None
    return detail


def picture_of(cell: Cell, order_id: str) -> bytes | None:
    """PNG of why the order was refused, of a check of this run of the controller."""
    checked = cell.verified.get(order_id)
    return checked.picture if checked is not None else None


def shown_digest(cell: Cell, order_id: str, act: str) -> str:
    """Digest of what a signer is shown now for ``act``; not possible if nothing can be signed."""
    subject = subjects(detail_sources(cell, Shelf(cell), order_id)).get(act)
    if subject is None:
        build = cell.state.build_of(order_id)
        state = build.state if build is not None else BuildState.PERMITTED
        raise IllegalTransition(state.word, act.replace("_", " "), "what the order's page offers")
    return subject.sha256
