"""What a production record is made from, as plain values. Makes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from ..recipes.document import Recipe
from .entities import Build, CellState
from .evidence import ModelEvidence, PrinterEvidence, Versions
from .lot import Lot
from .order import Order


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signed a recipe bundle or a policy: holder of the key, role, the key's identifier."""

    holder: str
    role: str
    key_id: str


@dataclass(frozen=True, kw_only=True)
class PolicyInForce:
    """The signed site policy that the permit was judged by; ``expires`` as it is written."""

    title: str
    version: int
    sha256: str
    expires: str
    signers: tuple[Signer, ...]


@dataclass(frozen=True, kw_only=True)
class RecordSources:
    """All of it. ``printer`` and ``versions`` are those of the build, kept from its permit.

    ``site_policy`` is None where the site went without a signed one.

    ``layers`` counts those of the canonical job. ``checked_with`` names the program and the
    command by which a reader checks the record.
    """

    record_id: str
    cell: str
    site_name: str
    site_address: str
    state: CellState
    build: Build
    order: Order
    recipe: Recipe
    bundle_sha256: str
    signers: tuple[Signer, ...]
    site_policy: PolicyInForce | None
    model: ModelEvidence | None
    layers: int
    printer: PrinterEvidence
    versions: Versions
    lot: Lot
    checked_with: str
