"""The plan of a repository, ``mdps-plan/1``: who signs what, how many, for how long. Pure.

Read once, by ``mdps recipe repository``; afterwards the signed root and lists say the same.
"""

from __future__ import annotations

from ..canonical import Json
from ..reading import Fields
from ..recipes.keys import load_public_pem
from .layout import FAMILY, is_family
from .people import MAX_HOLDERS, Holder, Plan, RolePlan

SCHEMA = "mdps-plan/1"


def parse_plan(document: Json, source: str) -> Plan:
    """Read a plan; :class:`~mdps_plugin.errors.DocumentError` for whatever is not one."""
    fields = Fields(document, source)
    if fields.text("schema") != SCHEMA:
        raise fields.fault("schema", "another format", SCHEMA)
    families: dict[str, RolePlan] = {}
    inner = fields.child("families")
    for family in inner.as_dict():
        if not is_family(family):
            raise inner.fault(family[:80], "this name", "lower-case letters, digits, hyphens")
        families[family] = _role(inner.child(family))
    plan = Plan(
        name=fields.matching("name", FAMILY, "lower-case letters, digits, hyphens"),
        root=_role(fields.child("root")),
        targets=_role(fields.child("targets")),
        snapshot=_role(fields.child("snapshot")),
        timestamp=_role(fields.child("timestamp")),
        families=families,
    )
    fields.close()
    return plan


def _role(fields: Fields) -> RolePlan:
    holders = fields.objects("holders", _holder, least=1, most=MAX_HOLDERS)
    role = RolePlan(
        holders=holders,
        threshold=fields.integer("threshold", minimum=1, maximum=len(holders)),
        valid_days=fields.integer("valid_days", minimum=1, maximum=20 * 366),
    )
    fields.close()
    return role


def _holder(fields: Fields) -> Holder:
    name = fields.text("name", max_length=200)
    pem = fields.text("public_pem", max_length=1024)
    try:
        return Holder(name=name, public=load_public_pem(pem))
    except ValueError as fault:
        raise fields.fault("public_pem", str(fault), "an Ed25519 or P-256 public key") from None
