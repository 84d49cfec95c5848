"""What must still hold when a permit is burned, up to half an hour after it was signed. Pure.

:func:`~mdps_plugin.build.permit.check_permit` compares digests and time. Here is what may have
changed around them since: the recipe's standing at the site, the lot, the printer itself (rows
22, 25, 30, 36).
"""

from __future__ import annotations

from ..findings import Finding, Verdict
from . import codes
from .entities import CellState
from .permit import BuildPermit
from .words import day_text


def check_since_permit(
    permit: BuildPermit, state: CellState, recipe_label: str, printer: Verdict
) -> tuple[Finding, ...]:
    """Findings that forbid arming now; ``printer`` is how it was judged a moment ago."""
    findings = list(printer.refusals())
    withdrawn = state.withdrawn.get(permit.recipe_digest)
    if withdrawn is not None:
        findings.append(
            codes.found(codes.RECIPE_WITHDRAWN, measured=day_text(withdrawn.at), name=recipe_label)
        )
    elif permit.recipe_digest not in state.approvals:
        findings.append(codes.found(codes.RECIPE_NOT_APPROVED, name=recipe_label))
    lot = state.lots.get(permit.lot_id)
    if lot is None:
        findings.append(codes.found(codes.LOT_MISSING, limit=permit.lot_id))
    elif lot.quarantined:
        findings.append(codes.found(codes.LOT_QUARANTINED, lot=lot.lot_id))
    return tuple(findings)
