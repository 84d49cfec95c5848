"""The build permit: permission for one build. Issues and checks it; burns nothing.

A permit is single use: arming it is a durable log entry, and the state that follows from that
entry no longer arms. It is bound to job, order, recipe, printer, lot and person, so a permit for
one thing never starts another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..canonical import Json
from ..errors import MdpsError
from ..findings import Finding, Verdict
from ..reading import Fields, instant_text
from . import codes
from .checks.material import needed_g
from .decide import REQUIRED_CHECKS
from .evidence import Evidence
from .kinds import found
from .lifecycle import BuildState
from .words import moment_text


class Refused(MdpsError):
    """A rule said no. ``verdict`` holds every reason."""

    def __init__(self, verdict: Verdict) -> None:
        """Name the codes; the texts stand in the verdict."""
        self.verdict = verdict
        reasons = [finding.code for finding in verdict.refusals()]
        reasons += [f"{name} did not run" for name in verdict.not_run]
        super().__init__("refused: " + (", ".join(reasons) or "nothing was checked"))


@dataclass(frozen=True, kw_only=True)
class BuildPermit:
    """Permission for one build, from ``issued_at`` to before ``expires_at``.

    ``planned_sha256`` is the digest of the canonical job. ``steps`` and ``characteristics`` are
    those of the signed recipe, in order; ``material_g`` is what arming takes from the lot.
    """

    permit_id: str
    build_id: str
    order_id: str
    issued_at: datetime
    expires_at: datetime
    planned_sha256: str
    gcode_sha256: str
    order_sha256: str
    recipe_digest: str
    printer_serial: str
    lot_id: str
    plate: str
    operator: str
    material_g: float
    steps: tuple[str, ...]
    characteristics: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Member ``permit`` of the entry ``build_permitted``."""
        return {
            "permit_id": self.permit_id,
            "build_id": self.build_id,
            "order_id": self.order_id,
            "issued_at": instant_text(self.issued_at),
            "expires_at": instant_text(self.expires_at),
            "planned_sha256": self.planned_sha256,
            "gcode_sha256": self.gcode_sha256,
            "order_sha256": self.order_sha256,
            "recipe_digest": self.recipe_digest,
            "printer_serial": self.printer_serial,
            "lot_id": self.lot_id,
            "plate": self.plate,
            "operator": self.operator,
            "material_g": self.material_g,
            "steps": list(self.steps),
            "characteristics": list(self.characteristics),
        }


def read_permit(fields: Fields) -> BuildPermit:
    """Read one permit of an entry body; the caller closes ``fields``."""
    return BuildPermit(
        permit_id=fields.text("permit_id"),
        build_id=fields.text("build_id"),
        order_id=fields.text("order_id"),
        issued_at=fields.instant("issued_at"),
        expires_at=fields.instant("expires_at"),
        planned_sha256=fields.digest("planned_sha256"),
        gcode_sha256=fields.digest("gcode_sha256"),
        order_sha256=fields.digest("order_sha256"),
        recipe_digest=fields.digest("recipe_digest"),
        printer_serial=fields.text("printer_serial"),
        lot_id=fields.text("lot_id"),
        plate=fields.text("plate"),
        operator=fields.text("operator"),
        material_g=fields.number("material_g", minimum=0.0, maximum=100_000.0, unit="g"),
        steps=fields.texts("steps"),
        characteristics=fields.texts("characteristics"),
    )


def issue_permit(
    verdict: Verdict, evidence: Evidence, *, permit_id: str, build_id: str
) -> BuildPermit:
    """The permit for what ``evidence`` shows; :class:`Refused` unless ``verdict`` accepts it.

    ``verdict`` must be that of :func:`~mdps_plugin.build.decide.decide` over this evidence; one
    with fewer checks is misuse (``RuntimeError``). The identifiers are the caller's randomness.
    """
    if verdict.required != frozenset(REQUIRED_CHECKS):
        raise RuntimeError("a permit needs the verdict of the whole decision")
    digests = evidence.toolpath.digests
    planned, gcode = digests.get("canonical"), digests.get("gcode")
    if not verdict.accepted or evidence.lot is None or evidence.plate is None:
        raise Refused(verdict)
    if planned is None or gcode is None:
        raise Refused(verdict)
    recipe = evidence.recipe.recipe
    return BuildPermit(
        permit_id=permit_id,
        build_id=build_id,
        order_id=evidence.order.order_id,
        issued_at=evidence.now,
        expires_at=evidence.now + timedelta(seconds=recipe.permit_valid_s),
        planned_sha256=planned,
        gcode_sha256=gcode,
        order_sha256=evidence.order.sha256,
        recipe_digest=recipe.digest,
        printer_serial=evidence.printer.serial,
        lot_id=evidence.lot.lot_id,
        plate=evidence.plate.plate,
        operator=evidence.operator.user,
        material_g=round(needed_g(evidence.toolpath.filament_mm, recipe.material), 3),
        steps=tuple(step.step_id for step in recipe.post_processing),
        characteristics=tuple(one.characteristic_id for one in recipe.inspection),
    )


def check_permit(
    permit: BuildPermit,
    now: datetime,
    *,
    state: BuildState,
    planned_sha256: str,
    order_sha256: str,
    recipe_digest: str,
    printer_serial: str,
) -> tuple[Finding, ...]:
    """Findings that forbid arming with this permit now; empty if it may be burned.

    The other values are what the controller holds at the moment of arming: the digest of the
    very bytes it will stream, and what order, recipe and printer are now.
    """
    findings: list[Finding] = []
    if state is not BuildState.PERMITTED:
        findings.append(found(codes.PERMIT_USED, measured=state.word))
    # A clock before the time of issue is as wrong as one after the end.
    if not permit.issued_at <= now < permit.expires_at:
        valid_s = (permit.expires_at - permit.issued_at).total_seconds()
        findings.append(
            found(codes.PERMIT_EXPIRED, measured=moment_text(permit.expires_at), limit=valid_s)
        )
    pairs = [
        ("Job", planned_sha256, permit.planned_sha256),
        ("Order", order_sha256, permit.order_sha256),
        ("Recipe", recipe_digest, permit.recipe_digest),
        ("Printer", printer_serial, permit.printer_serial),
    ]
    findings.extend(
        found(codes.PERMIT_OTHER, measured=seen, limit=limit, name=name)
        for name, seen, limit in pairs
        if seen != limit
    )
    return tuple(findings)
