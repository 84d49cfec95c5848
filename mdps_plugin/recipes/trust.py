"""The trust root ``mdps-root/1``: whose signatures count, and how many. Verifies no envelope.

Root documents are installed by hand in this version. A chain of metadata will replace that:
whatever yields a :class:`TrustRoot` can stand in its place, nothing else in the room changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..canonical import read_json
from ..errors import DocumentError
from ..findings import Finding, Where
from ..reading import Fields, instant_text
from . import codes
from .keys import PublicKey, key_id_of, load_public_pem, scheme_of

SCHEMA = "mdps-root/1"
ROLES = ("quality", "regulatory")
MAX_ROOT_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class TrustRoot:
    """Keys by their value, thresholds by role, and the time in which the root is valid.

    ``demonstration`` marks example keys that anybody can sign with (docs/adr/0003).
    """

    version: int
    manufacturer: str
    issued: datetime
    expires: datetime
    demonstration: bool
    keys: dict[str, PublicKey]
    thresholds: dict[str, int]

    def judge_signers(self, signers: Iterable[PublicKey]) -> tuple[Finding, ...]:
        """One finding per role with too few distinct keys; roles are those of this root."""
        present = {signer.key_id for signer in signers}
        counted = Counter(
            role for key_id, key in self.keys.items() if key_id in present for role in key.roles
        )
        return tuple(
            Finding(
                kind=codes.BELOW_THRESHOLD,
                where=Where(path="signatures"),
                measured=counted[role],
                limit=threshold,
                facts={"role": role},
            )
            for role, threshold in self.thresholds.items()
            if counted[role] < threshold
        )

    def judge_time(self, at: datetime) -> tuple[Finding, ...]:
        """Findings if the root is not valid at ``at`` (aware UTC)."""
        if at >= self.expires:
            kind, limit = codes.ROOT_EXPIRED, self.expires
        elif at < self.issued:
            kind, limit = codes.ROOT_NOT_YET, self.issued
        else:
            return ()
        return (Finding(kind=kind, measured=instant_text(at), limit=instant_text(limit)),)


def parse_root(data: bytes, source: str) -> TrustRoot:
    """Read a trust root; :class:`DocumentError` for whatever is not one.

    Refused besides the closed schema: a key whose name is not its value, a key listed twice, a
    key with two roles (one person would satisfy two roles), and a threshold nobody can meet.
    """
    fields = Fields(read_json(data, source, MAX_ROOT_BYTES), source)
    schema = fields.text("schema")
    if schema != SCHEMA:
        raise fields.fault("schema", repr(schema[:80]), SCHEMA)
    version = fields.integer("version", minimum=1, maximum=1_000_000)
    manufacturer = fields.text("manufacturer")
    issued, expires = fields.instant("issued"), fields.instant("expires")
    if expires <= issued:
        raise fields.fault("expires", instant_text(expires), f"after {instant_text(issued)}")
    demonstration = fields.boolean("demonstration")
    keys = _unique_keys(fields.objects("keys", _key, least=1, most=64), source)
    thresholds = _thresholds(fields.child("roles"), keys)
    fields.close()
    return TrustRoot(
        version=version,
        manufacturer=manufacturer,
        issued=issued,
        expires=expires,
        demonstration=demonstration,
        keys=keys,
        thresholds=thresholds,
    )


def _key(fields: Fields) -> PublicKey:
    pem = fields.text("public_pem", max_length=1024)
    try:
        material = load_public_pem(pem)
    except ValueError as fault:
        raise fields.fault("public_pem", str(fault), "an Ed25519 or P-256 public key") from None
    key_id = fields.digest("key_id")
    if key_id != key_id_of(material):
        raise fields.fault("key_id", key_id, f"{key_id_of(material)}, the value of the key")
    scheme = fields.text("scheme")
    if scheme != scheme_of(material):
        raise fields.fault("scheme", repr(scheme[:80]), scheme_of(material))
    roles = fields.texts("roles", least=1, most=1)
    if roles[0] not in ROLES:
        raise fields.fault("roles", repr(roles[0][:80]), " or ".join(ROLES))
    holder = fields.text("holder")
    return PublicKey(key_id=key_id, scheme=scheme, holder=holder, roles=roles, pem=pem)


def _unique_keys(keys: tuple[PublicKey, ...], source: str) -> dict[str, PublicKey]:
    by_value: dict[str, PublicKey] = {}
    for index, key in enumerate(keys):
        if key.key_id in by_value:
            raise DocumentError(source, f"keys[{index}]", "a key listed before", "each key once")
        by_value[key.key_id] = key
    return by_value


def _thresholds(fields: Fields, keys: dict[str, PublicKey]) -> dict[str, int]:
    thresholds: dict[str, int] = {}
    for role in ROLES:
        holders = sum(role in key.roles for key in keys.values())
        inner = fields.child(role)
        threshold = inner.integer("threshold", minimum=1, maximum=64)
        inner.close()
        if threshold > holders:
            raise fields.fault(role, f"threshold {threshold} with {holders} keys", "enough keys")
        thresholds[role] = threshold
    fields.close()
    return thresholds
