"""Everything a decision may see, time included, as frozen values. Gathers and decides nothing.

The controller fills these types from the log's fold, its configuration, the gate and the other
rooms; :func:`mdps_plugin.build.decide.decide` reads nothing else. Replaying a decision needs one
:class:`Evidence` and no machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..findings import Verdict
from ..policy.signed import PolicyReading
from ..recipes.document import Recipe
from .facts import Approval, Calibration, Qualification, RoomReading
from .lot import Lot
from .order import Order
from .people import Person, Training


@dataclass(frozen=True, kw_only=True)
class OversightCertificate:
    """A certificate of third-party oversight of the site (row 14)."""

    name: str
    valid_until: datetime


@dataclass(frozen=True, kw_only=True)
class SitePolicy:
    """What the site forbids beyond the recipe. It can only tighten (row 29).

    ``signed``: the hospital's policy as it verified just now; None only in an older cell that says
    so (docs/adr/0031). The other fields are ``cell.json``'s; the stricter wins.
    """

    signed: PolicyReading | None
    jurisdictions: tuple[str, ...]
    classes: tuple[str, ...]
    implantable_allowed: bool
    oversight_certificates: tuple[OversightCertificate, ...]
    demonstration: bool
    room_reading_valid_h: float = 12.0
    disk_free_at_least_mb: float = 500.0
    unconfirmed_at_most_h: float = 72.0


@dataclass(frozen=True, kw_only=True)
class RecipeEvidence:
    """The recipe, what verifying its bundle said at ``now``, and what this site says of it.

    ``approval`` and ``withdrawn_at`` are those of exactly this recipe digest.
    """

    recipe: Recipe
    verdict: Verdict
    approval: Approval | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ModelEvidence:
    """The model that was placed: what its checks said, and SHA-256 before and after placing."""

    verdict: Verdict
    source_sha256: str
    placed_sha256: str
    size_mm: tuple[float, float, float]
    volume_cm3: float


@dataclass(frozen=True, kw_only=True)
class ToolpathEvidence:
    """What examining the G-code said. ``digests`` as in ``Examination.digests``."""

    verdict: Verdict
    digests: Mapping[str, str | None]
    lines: int
    layers: int
    filament_mm: float
    print_time_s: float

    def rings_ran(self) -> frozenset[str]:
        """Rings of which at least one check ran and no check is known not to have run."""
        ran = {check.ring for check in self.verdict.checks if check.ring and check.ran}
        skipped = {check.ring for check in self.verdict.checks if check.ring and not check.ran}
        return frozenset(ran - skipped)


@dataclass(frozen=True, kw_only=True)
class PrinterEvidence:
    """The printer as it is now. ``verdict``: its settings compared with the firmware profile.

    ``uuid`` and ``settings_digest`` as in :class:`~mdps_plugin.build.facts.Qualification`.
    """

    model: str
    serial: str
    firmware: str
    profile: str
    profile_digest: str
    nozzle_mm: float
    plate: str
    uuid: str | None
    settings_digest: str
    connected: bool
    age_s: float | None
    verdict: Verdict | None
    qualification: Qualification | None


@dataclass(frozen=True, kw_only=True)
class Versions:
    """Versions that run now; None where nobody could say. ``slicer`` as ``Sliced.version``."""

    controller: str
    plugin: str | None
    octoprint: str | None
    slicer: str | None


@dataclass(frozen=True, kw_only=True)
class PlateConfirmation:
    """What the technician looked at: the plate, and that it is clear."""

    plate: str
    clear: bool


@dataclass(frozen=True, kw_only=True)
class ControllerHealth:
    """State of the controller's own ground. ``clock_behind_s``: see controller/clock.py.

    ``log_fault`` and ``log_whole`` speak of the audit log; the quality system never stops a build.
    """

    clock_behind_s: float
    log_writable: bool
    log_whole: bool
    log_fault: str
    disk_free_mb: float
    unconfirmed_oldest_s: float | None


@dataclass(frozen=True, kw_only=True)
class OtherBuild:
    """A build that exists: ``open`` while it may still move the printer, ``made`` if it counts."""

    build_id: str
    order_id: str
    state: str
    open: bool
    made: bool


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All of it. ``lot``, ``plate`` and ``operator`` are what the technician chose and who it is.

    ``model`` is None only where there is no geometry apart from the job's own.
    """

    now: datetime
    order: Order
    recipe: RecipeEvidence
    site: SitePolicy
    model: ModelEvidence | None
    toolpath: ToolpathEvidence
    versions: Versions
    printer: PrinterEvidence
    plate: PlateConfirmation | None
    lot: Lot | None
    operator: Person
    trainings: tuple[Training, ...]
    calibrations: tuple[Calibration, ...]
    room: RoomReading | None
    health: ControllerHealth
    builds: tuple[OtherBuild, ...]
