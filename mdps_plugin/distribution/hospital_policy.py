"""The site policy out of the hospital's repository: who may sign it, and what it says today.

The keys and the threshold are those of the repository's own list (role ``targets``): the quality
managers who say which recipes are used here also say what may not be made at all.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tuf.api.metadata import Key, Root

from ..errors import DocumentError
from ..findings import Finding
from ..policy import codes
from ..policy.judge import judge
from ..policy.signed import PolicyReading, PolicySigners, no_policy, read_policy
from ..recipes.bundle import read_statement
from ..recipes.envelope import parse_envelope
from ..recipes.keys import PublicKey, key_id_of, load_public_pem, scheme_of
from ..recipes.parse import parse_recipe
from .layout import HOLDER, POLICY_TARGET
from .view import View

ROLE = "targets"


def policy_signers(root: Root) -> PolicySigners:
    """Keys and threshold of the hospital's list; a key of another kind cannot sign a policy."""
    keys: dict[str, PublicKey] = {}
    for key_id in root.roles[ROLE].keyids:
        key = public_key_of(root.keys[key_id])
        if key is not None:
            keys[key.key_id] = key
    return PolicySigners(keys=keys, threshold=root.roles[ROLE].threshold)


def public_key_of(key: Key) -> PublicKey | None:
    """A TUF key as the statements of this project name one; None for another kind of key."""
    public = str(key.keyval.get("public", ""))
    try:
        if "-----BEGIN" in public:
            material = load_public_pem(public)
        else:
            material = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    except ValueError:
        return None
    pem = material.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode("ascii")
    return PublicKey(
        key_id=key_id_of(material),
        scheme=scheme_of(material),
        holder=str(key.unrecognized_fields.get(HOLDER, key.keyid[:16])),
        roles=("quality",),
        pem=pem,
    )


def read_hospital_policy(view: View, institution: str | None) -> PolicyReading:
    """The policy that the hospital's repository names, judged at the moment of ``view``."""
    if not view.accepted:
        said = next((item for item in view.findings if item.refuses), None)
        return no_policy(
            codes.found(
                codes.UNREADABLE,
                path="hospital repository",
                measured=f"{said.code} {said.title()}" if said is not None else "not read",
                limit="a hospital repository that verifies today",
            )
        )
    if POLICY_TARGET not in view.named:
        where = f"the hospital's repository names no {POLICY_TARGET}"
        return no_policy(codes.found(codes.MISSING, path=where))
    data = view.fetch(POLICY_TARGET)
    if isinstance(data, Finding):
        return no_policy(
            codes.found(
                codes.UNREADABLE,
                path=POLICY_TARGET,
                measured=f"{data.code} {data.title()}",
                limit="the bytes that the hospital's list names",
            )
        )
    return read_policy(data, policy_signers(view.root), view.at, POLICY_TARGET, institution)


def judge_named(maker: View, path: str, reading: PolicyReading) -> tuple[Finding, ...]:
    """What the policy says of a recipe that the manufacturer names. Verifies no signature."""
    if reading.policy is None or not reading.verdict.accepted or not maker.accepted:
        return reading.verdict.refusals()
    data = maker.fetch(path)
    if isinstance(data, Finding):
        return ()
    try:
        payload = parse_envelope(data, path).payload
        recipe = parse_recipe(read_statement(payload, path)[1], path)
    except DocumentError:
        return ()
    return judge(recipe, reading.policy)
