"""What a production record is made from, looked up in the cell. Makes no record."""

from __future__ import annotations

from collections.abc import Mapping

from ..audit.checkpoint import open_checkpoint
from ..build.entities import Build
from ..build.evidence import ModelEvidence, PrinterEvidence, Versions
from ..build.lot import Lot, parse_lot
from ..build.record_sources import PolicyInForce, RecordSources, Signer
from ..canonical import Json
from ..errors import DocumentError
from ..findings import Verdict
from ..reading import Fields
from ..recipes.document import Recipe
from .cell import Cell
from .kept import kept_at_permit

SOURCE = "kept evidence"
_JUDGED = Verdict(findings=(), checks=(), required=frozenset())


def log_root(cell: Cell) -> str:
    """Root of the audit log over all entries so far, 64 hexadecimal digits."""
    head = open_checkpoint(cell.log.checkpoint(), cell.log.key, "audit log", "checkpoint")
    return head.root.hex()


def record_sources(cell: Cell, build: Build, recipe: Recipe) -> RecordSources:
    """Sources of the record of ``build``; the printer and lot are those of its permit."""
    kept = kept_at_permit(cell, build.build_id)
    bundle = cell.library.open(
        recipe.identity.recipe_id, recipe.identity.revision, cell.clock.now()
    )
    layers = kept.get("layers")
    return RecordSources(
        record_id=f"R-{build.build_id}",
        cell=cell.config.cell,
        site_name=cell.config.institution_name,
        site_address=cell.config.institution_address,
        state=cell.state,
        build=build,
        order=cell.order(build.order_id),
        recipe=recipe,
        bundle_sha256=str(kept.get("bundle_sha256")),
        signers=tuple(
            Signer(holder=key.holder, role=", ".join(sorted(key.roles)), key_id=key.key_id)
            for key in bundle.signed.signers
        ),
        site_policy=_policy(kept.get("site_policy")),
        model=_model(kept.get("model")),
        layers=layers if isinstance(layers, int) else 0,
        printer=_printer(kept.get("printer")),
        versions=_versions(kept.get("versions")),
        lot=_lot(kept.get("lot")),
        checked_with="mdps log verify LOG --keys KEYS",
    )


def _policy(value: Json) -> PolicyInForce | None:
    """What a permit kept of the policy; of an older controller without title and signers."""
    if value is None:
        return None
    fields = Fields(value, SOURCE, "site_policy")
    version = fields.integer("version", minimum=1, maximum=2**53)
    title = fields.text("title") if fields.has("title") else ""
    institution = fields.text("institution")
    signers = fields.objects("signers", _signer) if fields.has("signers") else ()
    return PolicyInForce(
        title=title or f"site policy {version} of {institution}",
        version=version,
        sha256=fields.digest("sha256"),
        expires=fields.text("expires"),
        signers=signers,
    )


def _signer(fields: Fields) -> Signer:
    return Signer(
        holder=fields.text("holder"), role=fields.text("role"), key_id=fields.text("key_id")
    )


def _model(value: Json) -> ModelEvidence | None:
    if not isinstance(value, Mapping):
        return None
    fields = Fields(value, SOURCE, "model")
    sizes = [float(str(item)) for _, item in fields.items("size_mm", least=3, most=3)]
    return ModelEvidence(
        # Judged when the permit was signed; the record tells digests and sizes only.
        verdict=_JUDGED,
        source_sha256=fields.digest("source_sha256"),
        placed_sha256=fields.digest("placed_sha256"),
        size_mm=(sizes[0], sizes[1], sizes[2]),
        volume_cm3=fields.number("volume_cm3"),
    )


def _printer(value: Json) -> PrinterEvidence:
    fields = Fields(value, SOURCE, "printer")
    return PrinterEvidence(
        model=fields.text("model"),
        serial=fields.text("serial"),
        firmware=fields.text("firmware"),
        profile=fields.text("profile"),
        profile_digest=fields.digest("profile_digest"),
        nozzle_mm=fields.number("nozzle_mm"),
        plate=fields.text("plate"),
        uuid=fields.optional_text("uuid"),
        settings_digest=fields.digest("settings_digest"),
        connected=True,
        age_s=None,
        verdict=None,
        qualification=None,
    )


def _versions(value: Json) -> Versions:
    fields = Fields(value, SOURCE, "versions")
    return Versions(
        controller=fields.text("controller"),
        plugin=fields.optional_text("plugin"),
        octoprint=fields.optional_text("octoprint"),
        slicer=fields.optional_text("slicer"),
    )


def _lot(value: Json) -> Lot:
    if value is None:
        raise DocumentError(SOURCE, "lot", "none", "the lot of the permit")
    return parse_lot(value, SOURCE, "lot")
