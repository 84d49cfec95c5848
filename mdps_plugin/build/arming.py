"""The decision when a permit is burned, up to half an hour after it was signed. Pure.

What may have changed around the permit since: the recipe's standing at the site, the site's policy,
the lot, the people, the equipment and the room, the printer itself, the controller's own ground
(rows 22, 25, 28, 29, 30, 36). Each is a check of its own, as in :mod:`mdps_plugin.build.decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from ..findings import Finding, Verdict
from . import codes
from .checks.controller import check_health
from .checks.equipment import check_calibrations, check_room
from .checks.material import check_lot, colours_wanted
from .checks.people import check_training
from .checks.printer import check_printer
from .checks.recipe import check_recipe
from .checks.site import check_site
from .decide import run_checks
from .evidence import ControllerHealth, PrinterEvidence, RecipeEvidence, SitePolicy
from .facts import Calibration, RoomReading
from .kinds import found
from .lifecycle import BuildState
from .lot import Lot
from .order import Order
from .people import Person, Training
from .permit import BuildPermit, check_permit
from .signature import Act, may_sign


@dataclass(frozen=True, kw_only=True)
class ArmingEvidence:
    """All that the decision may see. ``planned_sha256`` is of the very bytes to be streamed.

    ``operator`` is who signed the permit, as the accounts say now; None if there is no such
    account any more. ``lot`` is the lot of the permit.
    """

    now: datetime
    permit: BuildPermit
    state: BuildState
    planned_sha256: str
    order: Order
    recipe: RecipeEvidence
    site: SitePolicy
    printer: PrinterEvidence
    lot: Lot | None
    operator: Person | None
    trainings: tuple[Training, ...]
    calibrations: tuple[Calibration, ...]
    room: RoomReading | None
    health: ControllerHealth


def _permit(known: ArmingEvidence) -> tuple[Finding, ...]:
    return check_permit(
        known.permit,
        known.now,
        state=known.state,
        planned_sha256=known.planned_sha256,
        order_sha256=known.order.sha256,
        recipe_digest=known.recipe.recipe.digest,
        printer_serial=known.printer.serial,
    )


def _recipe(known: ArmingEvidence) -> tuple[Finding, ...]:
    return check_recipe(known.recipe, known.site, known.now)


def _site(known: ArmingEvidence) -> tuple[Finding, ...]:
    return check_site(known.recipe.recipe, known.site, known.now)


def _material(known: ArmingEvidence) -> tuple[Finding, ...]:
    if known.lot is None:
        return (found(codes.LOT_MISSING, limit=known.permit.lot_id),)
    recipe = known.recipe.recipe
    colours = colours_wanted(recipe, known.order.variables)
    return check_lot(known.lot, recipe.material, known.permit.material_g, known.now, colours)


def _people(known: ArmingEvidence) -> tuple[Finding, ...]:
    user = known.permit.operator
    person = known.operator or Person(user=user, printed_name=user, roles=frozenset())
    training = known.recipe.recipe.prerequisites.training
    return (
        *may_sign(person, Act.PERMIT),
        *check_training(person, known.trainings, training, known.now),
    )


def _calibrations(known: ArmingEvidence) -> tuple[Finding, ...]:
    names = known.recipe.recipe.prerequisites.calibrations
    return check_calibrations(names, known.calibrations, known.now)


def _room(known: ArmingEvidence) -> tuple[Finding, ...]:
    needed = known.recipe.recipe.prerequisites
    return tuple(check_room(known.room, needed, known.site.room_reading_valid_h, known.now))


def _printer(known: ArmingEvidence) -> tuple[Finding, ...]:
    return check_printer(known.printer, known.recipe.recipe, known.now)


def _controller(known: ArmingEvidence) -> tuple[Finding, ...]:
    return check_health(known.health, known.site)


ARMING_CHECKS: Mapping[str, Callable[[ArmingEvidence], tuple[Finding, ...]]] = MappingProxyType(
    {
        "permit": _permit,
        "recipe": _recipe,
        "site": _site,
        "material": _material,
        "people": _people,
        "equipment": _calibrations,
        "room": _room,
        "printer": _printer,
        "controller": _controller,
    }
)


def decide_arming(known: ArmingEvidence) -> Verdict:
    """May this permit be burned now? Accepted only if all checks ran and none refused."""
    return run_checks(known, ARMING_CHECKS)
