"""What a cell is told about itself: ``cell.json`` as frozen types. No safety limit lives here.

Limits are signed (recipes) or belong to the printer (profiles); a configuration can only say
where things are and be stricter. Reading the file is the caller's.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from ..audit.cosignature import WitnessKey, parse_witness_key
from ..canonical import Json
from ..reading import Fields

SCHEMA = "mdps-cell/1"
_NAME = r"[a-z0-9][a-z0-9-]{0,62}"


class ConfirmBy(enum.Enum):
    """What moves the telemetry cursor: the registry's own word, or the broker's PUBACK."""

    ACK = "ack"
    PUBACK = "puback"


@dataclass(frozen=True, kw_only=True)
class MqttConfig:
    """The broker, TLS always. Paths are relative to the cell folder or absolute."""

    host: str
    port: int
    ca_file: str
    certificate_file: str
    key_file: str
    confirm_by: ConfirmBy


@dataclass(frozen=True, kw_only=True)
class PrinterConfig:
    """The printer of this cell."""

    port: str
    profile: str
    model: str
    serial: str
    nozzle_mm: float
    plate: str


@dataclass(frozen=True, kw_only=True)
class SitePolicy:
    """What the site forbids beyond the recipes and the signed policy: it can only be stricter."""

    jurisdictions: tuple[str, ...]
    classes: tuple[str, ...]
    implantable_allowed: bool


@dataclass(frozen=True, kw_only=True)
class CertificateConfig:
    """A certificate of third-party oversight that the site holds."""

    name: str
    valid_until: datetime


@dataclass(frozen=True, kw_only=True)
class TrustConfig:
    """First trusted roots of the two repositories; paths relative to the cell or absolute.

    ``witness_key``: the key line of the audit log's witness (C2SP, algorithm 4), and
    ``witness_note`` the file with its last cosigned checkpoint; both or neither.
    """

    manufacturer_root: str
    hospital_root: str
    witness_key: WitnessKey | None = None
    witness_note: str = ""


@dataclass(frozen=True, kw_only=True)
class CellConfig:
    """The whole of ``cell.json``."""

    institution: str
    institution_name: str
    institution_address: str
    site: str
    cell: str
    demonstration: bool
    printer: PrinterConfig
    policy: SitePolicy
    root_file: str
    oversight_certificates: tuple[CertificateConfig, ...]
    mqtt: MqttConfig | None
    trust: TrustConfig | None = None
    signed_policy: bool = True

    @property
    def origin(self) -> str:
        """Name of this cell's audit log, as it stands in every checkpoint."""
        return f"{self.institution}.example/{self.cell}/audit/1"


def parse_config(document: Json, source: str) -> CellConfig:
    """Read ``cell.json``; :class:`~mdps_plugin.errors.DocumentError` names the place."""
    fields = Fields(document, source)
    if fields.text("schema") != SCHEMA:
        raise fields.fault("schema", "another format", SCHEMA)
    config = CellConfig(
        institution=fields.matching("institution", _NAME, "lower-case letters, digits, hyphens"),
        institution_name=fields.text("institution_name"),
        institution_address=fields.text("institution_address"),
        site=fields.matching("site", _NAME, "lower-case letters, digits, hyphens"),
        cell=fields.matching("cell", _NAME, "lower-case letters, digits, hyphens"),
        demonstration=fields.boolean("demonstration"),
        printer=_printer(fields.child("printer")),
        policy=_policy(fields.child("policy")),
        root_file=fields.text("root_file"),
        oversight_certificates=fields.objects("oversight_certificates", _certificate),
        mqtt=_mqtt(fields.child("mqtt")) if fields.take("mqtt") is not None else None,
        # Absent in cells of the first format: those go on with the root installed by hand.
        trust=_trust(fields.child("trust")) if fields.has("trust") else None,
        # Absent means true: an older cell goes on without a signed policy only if it says so.
        signed_policy=fields.boolean("signed_policy") if fields.has("signed_policy") else True,
    )
    fields.ignore("trust")
    fields.ignore("signed_policy")
    if config.trust is not None and not config.signed_policy:
        raise fields.fault(
            "signed_policy",
            "false beside trust",
            "true: the hospital's repository names its policy",
        )
    fields.close()
    return config


def _trust(fields: Fields) -> TrustConfig:
    witness: WitnessKey | None = None
    note = ""
    # Absent in cells of before, and where nobody witnesses the log.
    if fields.has("witness_key") or fields.has("witness_note"):
        line = fields.text("witness_key", max_length=400)
        witness = parse_witness_key(line, fields.source, fields.place("witness_key"))
        note = fields.text("witness_note")
    trust = TrustConfig(
        manufacturer_root=fields.text("manufacturer_root"),
        hospital_root=fields.text("hospital_root"),
        witness_key=witness,
        witness_note=note,
    )
    for optional in ("witness_key", "witness_note"):
        fields.ignore(optional)
    fields.close()
    return trust


def _certificate(fields: Fields) -> CertificateConfig:
    return CertificateConfig(name=fields.text("name"), valid_until=fields.instant("valid_until"))


def _printer(fields: Fields) -> PrinterConfig:
    printer = PrinterConfig(
        port=fields.text("port"),
        profile=fields.matching("profile", r"[a-z0-9][a-z0-9.-]{0,80}", "a profile name"),
        model=fields.text("model"),
        serial=fields.text("serial"),
        nozzle_mm=fields.number("nozzle_mm", minimum=0.1, maximum=2.0, unit="mm"),
        plate=fields.text("plate"),
    )
    fields.close()
    return printer


def _policy(fields: Fields) -> SitePolicy:
    policy = SitePolicy(
        jurisdictions=fields.texts("jurisdictions", least=1),
        classes=fields.texts("classes", least=1),
        implantable_allowed=fields.boolean("implantable_allowed"),
    )
    fields.close()
    return policy


def _mqtt(fields: Fields) -> MqttConfig:
    mqtt = MqttConfig(
        host=fields.text("host"),
        port=fields.integer("port", minimum=1, maximum=65535),
        ca_file=fields.text("ca_file"),
        certificate_file=fields.text("certificate_file"),
        key_file=fields.text("key_file"),
        confirm_by=fields.choice("confirm_by", ConfirmBy),
    )
    fields.close()
    return mqtt
