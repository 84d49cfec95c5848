"""Puts together the :class:`Evidence` of one decision from everything the cell knows now.

Gathers, judges nothing: whatever is unknown goes in as unknown, and the checks refuse on it.
"""

from __future__ import annotations

import re
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
from ..build.facts import Qualification
from ..build.order import Order
from ..build.people import Person
from ..canonical import digest_of
from ..errors import IllegalTransition
from ..findings import Verdict
from ..interlock.qualification import PrinterSnapshot, qualify
from ..policy.signed import PolicyReading
from ..recipes.document import Recipe
from .cell import VERSION, Cell
from .verification import Verification

CHECK_VALID_FOR = timedelta(minutes=30)
CHANGED_BY_JOBS = frozenset({"M201", "M203", "M204", "M205", "M220", "M221", "M900"})
"""Settings that an examined job may set; the printer lists them as the last job left them."""

_VOLUMETRIC_OFF = re.compile(r"M200 S0 D[0-9.]+")


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
    return Evidence(
        now=now,
        order=order,
        recipe=recipe_evidence(cell, recipe, bundle.signed.verdict),
        site=policy_of(cell, bundle.policy),
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
        health=health_of(cell),
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


def recipe_evidence(cell: Cell, recipe: Recipe, verdict: Verdict) -> RecipeEvidence:
    """The recipe as it verified just now, and what the site says of it."""
    withdrawal = cell.state.withdrawn.get(recipe.digest)
    return RecipeEvidence(
        recipe=recipe,
        verdict=verdict,
        approval=cell.state.approvals.get(recipe.digest),
        withdrawn_at=withdrawal.at if withdrawal else None,
    )


def settings_digest(snapshot: PrinterSnapshot) -> str:
    """SHA-256 over machine type, capabilities and stored settings that no job may change."""
    # M200 D0 in a job leaves another diameter behind, which means nothing while volumetric is off.
    kept = [_VOLUMETRIC_OFF.sub("M200 S0", line) for line in snapshot.settings]
    return digest_of(
        {
            "machine_type": snapshot.machine_type,
            "capabilities": dict(sorted(snapshot.capabilities.items())),
            "settings": [line for line in kept if line.split(" ", 1)[0] not in CHANGED_BY_JOBS],
        }
    )


def same_board(snapshot: PrinterSnapshot, qualification: Qualification) -> bool:
    """True if what the printer says of itself is what it said when it was qualified."""
    return (
        snapshot.firmware_name == qualification.firmware
        and snapshot.uuid == qualification.uuid
        and settings_digest(snapshot) == qualification.settings_digest
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
        uuid=snapshot.uuid,
        settings_digest=settings_digest(snapshot),
        connected=gate.printer_alive,
        age_s=gate.temperature_age_s,
        verdict=qualify(snapshot, cell.profile),
        qualification=cell.state.qualifications.get(told.serial),
    )


def policy_of(cell: Cell, signed: PolicyReading | None) -> SitePolicy:
    """The site's policy: ``signed`` as it verified just now, and what ``cell.json`` adds."""
    policy = cell.config.policy
    return SitePolicy(
        signed=signed,
        jurisdictions=policy.jurisdictions,
        classes=policy.classes,
        implantable_allowed=policy.implantable_allowed,
        oversight_certificates=tuple(
            OversightCertificate(name=item.name, valid_until=item.valid_until)
            for item in cell.config.oversight_certificates
        ),
        demonstration=cell.config.demonstration,
    )


def health_of(cell: Cell) -> ControllerHealth:
    """Clock, log, disk and quality system as they are now."""
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
