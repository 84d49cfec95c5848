"""Puts together the :class:`Evidence` of one decision from everything the cell knows now.

Gathers, judges nothing: whatever is unknown goes in as unknown, and the checks refuse on it.
"""

from __future__ import annotations

from datetime import timedelta

from ..build.evidence import (
    ControllerHealth,
    Evidence,
    OtherBuild,
    OversightCertificate,
    PlateConfirmation,
    PrinterEvidence,
    RecipeEvidence,
    SitePolicy,
    Versions,
)
from ..build.order import Order
from ..build.people import Person
from ..errors import IllegalTransition
from ..interlock.qualification import PrinterSnapshot, qualify
from .cell import VERSION, Cell
from .verification import Verification

CHECK_VALID_FOR = timedelta(minutes=30)


def gather(
    cell: Cell,
    order: Order,
    verification: Verification,
    operator: Person,
    printer: PrinterEvidence,
    *,
    lot_id: str | None,
    plate: PlateConfirmation | None,
) -> Evidence:
    """Evidence on starting the build of ``order`` now."""
    recipe = verification.bundle.recipe
    if recipe is None or verification.toolpath is None:
        raise IllegalTransition("not checked", "decide", "an order whose job was examined")
    now = cell.clock.now()
    state = cell.state
    # Verified again: a recipe may have expired or been withdrawn since the order was checked.
    bundle = cell.library.open(recipe.identity.recipe_id, recipe.identity.revision, now)
    withdrawal = state.withdrawn.get(recipe.digest)
    return Evidence(
        now=now,
        order=order,
        recipe=RecipeEvidence(
            recipe=recipe,
            verdict=bundle.signed.verdict,
            approval=state.approvals.get(recipe.digest),
            withdrawn_at=withdrawal.at if withdrawal else None,
        ),
        site=_policy(cell),
        model=verification.model,
        toolpath=verification.toolpath,
        versions=Versions(
            controller=VERSION,
            plugin=cell.face.plugin,
            octoprint=cell.face.octoprint,
            slicer=verification.slicer_version,
        ),
        printer=printer,
        plate=plate,
        lot=state.lots.get(lot_id) if lot_id else None,
        operator=operator,
        trainings=state.trainings,
        calibrations=state.calibrations,
        room=state.room,
        health=_health(cell),
        builds=tuple(
            OtherBuild(
                build_id=build.build_id,
                order_id=build.order_id,
                state=build.state.word,
                open=build.state.printer_taken,
                made=not build.state.lost,
            )
            for build in state.builds.values()
        ),
    )


def printer_snapshot(cell: Cell) -> PrinterSnapshot:
    """What the printer says of itself, asked now; in a build, what it said before."""
    cell.printer = cell.gate.identify()
    return cell.printer


def printer_evidence(cell: Cell) -> PrinterEvidence:
    """The printer as it is now. Asks it, so take no lock around this."""
    snapshot = printer_snapshot(cell)
    told = cell.config.printer
    gate = cell.gate.snapshot()
    return PrinterEvidence(
        model=told.model,
        serial=told.serial,
        firmware=snapshot.firmware_name,
        profile=cell.profile.profile_id,
        profile_digest=cell.profile.digest,
        nozzle_mm=told.nozzle_mm,
        plate=told.plate,
        connected=gate.printer_alive,
        age_s=gate.temperature_age_s,
        verdict=qualify(snapshot, cell.profile),
        qualification=cell.state.qualifications.get(told.serial),
    )


def _policy(cell: Cell) -> SitePolicy:
    policy = cell.config.policy
    return SitePolicy(
        jurisdictions=policy.jurisdictions,
        classes=policy.classes,
        implantable_allowed=policy.implantable_allowed,
        oversight_certificates=tuple(
            OversightCertificate(name=item.name, valid_until=item.valid_until)
            for item in cell.config.oversight_certificates
        ),
        demonstration=cell.config.demonstration,
    )


def _health(cell: Cell) -> ControllerHealth:
    qms = cell.qms() if cell.qms else {}
    oldest = qms.get("oldest_age_s")
    return ControllerHealth(
        clock_behind_s=cell.clock.behind().total_seconds(),
        # The store was hashed against its signed head when it was opened; it would not be open.
        log_writable=not cell.log_fault,
        log_whole=True,
        log_fault=cell.log_fault,
        disk_free_mb=cell.disk_free_mb(),
        unconfirmed_oldest_s=float(oldest) if isinstance(oldest, (int, float)) else None,
    )
