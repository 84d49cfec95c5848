"""What is kept of the moment a permit was signed, for the production record. By digest.

The record is made days later, from this and the log: the printer, the lot and the versions in it
are those of the permit, whatever has changed since.
"""

from __future__ import annotations

from ..build.evidence import Evidence
from ..build.record_parts import printer_part
from ..canonical import Json, read_json
from ..errors import DocumentError
from ..policy.signed import PolicyReading
from .cell import Cell
from .verification import Verification


def kept_of(evidence: Evidence, verification: Verification) -> dict[str, Json]:
    """What the production record will say of this moment, kept by digest."""
    model, signed = evidence.model, evidence.site.signed
    return {
        "printer": {
            **printer_part(evidence.printer),
            "profile": evidence.printer.profile,
            "uuid": evidence.printer.uuid,
            "settings_digest": evidence.printer.settings_digest,
        },
        "versions": {
            "controller": evidence.versions.controller,
            "plugin": evidence.versions.plugin,
            "octoprint": evidence.versions.octoprint,
            "slicer": evidence.versions.slicer,
        },
        "lot": evidence.lot.to_json() if evidence.lot else None,
        "model": None
        if model is None
        else {
            "source_sha256": model.source_sha256,
            "placed_sha256": model.placed_sha256,
            "size_mm": list(model.size_mm),
            "volume_cm3": model.volume_cm3,
        },
        "layers": evidence.toolpath.layers,
        "bundle_sha256": verification.bundle.envelope_sha256,
        "layer_start": list(verification.layer_start),
        "room": evidence.room.to_json() if evidence.room else None,
        "site_policy": _policy(signed),
    }


def _policy(signed: PolicyReading | None) -> Json:
    if signed is None or signed.policy is None:
        return None
    return {
        **signed.policy.to_json(),
        "title": signed.policy.label,
        "signers": [
            {"holder": key.holder, "role": ", ".join(sorted(key.roles)), "key_id": key.key_id}
            for key in signed.signers
        ],
    }


def kept_at_permit(cell: Cell, build_id: str) -> dict[str, Json]:
    """What was kept when the permit was signed, found through its entry."""
    index = cell.state.builds[build_id].signatures[0].entry
    entry = next(iter(cell.log.entries(index, index + 1)))
    digest = str(entry.body["kept_sha256"])
    value = read_json(cell.files.get(digest), "kept evidence")
    if not isinstance(value, dict):
        raise DocumentError("kept evidence", "", "no object", "an object")
    return value
