"""The retained state of a cell on the broker, and its last will. Pure."""

from __future__ import annotations

from datetime import datetime

from ..canonical import Json, canonical_json
from ..reading import instant_text
from .names import CellName
from .shapes import MOMENT

FORMAT = "mdps-state/1"


def state_document(
    cell: CellName, *, online: bool, checkpoint: str | None = None, at: datetime | None = None
) -> dict[str, Json]:
    """Whether the cell is there, and the newest signed head of its log.

    ``at`` is absent in the last will: nobody knows beforehand when a cell goes away.
    """
    document: dict[str, Json] = {
        "format": FORMAT,
        "origin": cell.origin,
        "state": "online" if online else "offline",
    }
    if checkpoint is not None:
        document["checkpoint"] = checkpoint
    if at is not None:
        document["at"] = instant_text(at)
    return document


def state_bytes(
    cell: CellName, *, online: bool, checkpoint: str | None = None, at: datetime | None = None
) -> bytes:
    """The message: canonical JSON of the state."""
    return canonical_json(state_document(cell, online=online, checkpoint=checkpoint, at=at))


def state_schema() -> dict[str, Json]:
    """JSON Schema (draft-07) of the message."""
    return {
        "description": "Whether the cell is there. `checkpoint` is a C2SP signed note.",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "origin": {"type": "string", "minLength": 1},
            "state": {"type": "string", "enum": ["online", "offline"]},
            "checkpoint": {"type": "string"},
            "at": MOMENT.schema(),
        },
        "required": ["format", "origin", "state"],
        "additionalProperties": False,
    }
