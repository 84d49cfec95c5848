"""The registry's confirmation: the only message that a cell reads. Pure.

``{"format": "mdps-ack/1", "origin", "through", "hash"}``: every entry up to and with index
``through`` (decimal text) is stored durably by the registry; ``hash`` is the leaf hash of that
entry, which the registry has from its event. Cumulative: the newest counts, a lost or repeated one
does no harm. Further members (``missing``, ``head``, ``cosignature``, ``at``) are allowed and not
yet used. It carries no command, and nothing in it is taken for one.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..canonical import Json, read_json
from ..reading import Fields
from .shapes import DIGEST, INDEX

FORMAT = "mdps-ack/1"
MAX_ACK_BYTES = 16_384
_SOURCE = "confirmation"


@dataclass(frozen=True, kw_only=True)
class Ack:
    """Everything of log ``origin`` through entry ``through`` is stored; ``leaf`` 32 bytes."""

    origin: str
    through: int
    leaf: bytes


def parse_ack(data: bytes) -> Ack:
    """Read a confirmation; :class:`~mdps_plugin.errors.DocumentError` for anything else."""
    fields = Fields(read_json(data, _SOURCE, MAX_ACK_BYTES), _SOURCE)
    if fields.text("format") != FORMAT:
        raise fields.fault("format", "another format", FORMAT)
    return Ack(
        origin=fields.text("origin"),
        through=int(fields.matching("through", INDEX.pattern, "an index in decimal, as text")),
        leaf=bytes.fromhex(fields.digest("hash")),
    )


def ack_document(ack: Ack) -> dict[str, Json]:
    """The message of a confirmation: what a registry sends."""
    return {
        "format": FORMAT,
        "origin": ack.origin,
        "through": str(ack.through),
        "hash": ack.leaf.hex(),
    }


def ack_schema() -> dict[str, Json]:
    """JSON Schema of the message."""
    properties: dict[str, Json] = {
        "format": {"const": FORMAT},
        "origin": {"type": "string", "minLength": 1},
        "through": INDEX.schema(),
        "hash": DIGEST.schema(),
    }
    return {
        "description": "Every entry up to and with `through` is stored by the registry.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": True,
    }
