"""An entry of the audit log as a CloudEvent. Pure; decides what leaves the cell by ``kinds``.

CloudEvents 1.0, structured JSON. ``id`` is ``{origin}:{index}`` and ``data.entry.hash`` the leaf
hash of the entry (RFC 6962): a reader keys on the id, takes the same hash for a repeat, and another
hash under a known id for an alarm. Each entry is salted, so the hash tells nothing of what was left
out.
"""

from __future__ import annotations

from ..audit.entry import Entry
from ..audit.tree import leaf_hash
from ..canonical import Json, canonical_json
from .kinds import KINDS, OTHER, EventKind
from .names import SCHEMAS, CellName
from .shapes import DIGEST, INDEX, MOMENT, Text

VERSION = "v1"


def kind_of(entry: Entry) -> EventKind:
    """The row of the allow-list that an entry falls under."""
    return KINDS.get(entry.kind, KINDS[OTHER])


def event_type(kind: EventKind) -> str:
    """CloudEvents ``type``."""
    return f"org.mdps.{kind.kind}.{VERSION}"


def schema_address(kind: EventKind) -> str:
    """CloudEvents ``dataschema``."""
    return f"{SCHEMAS}/{kind.kind}/{VERSION}"


def event_for(entry: Entry, cell: CellName) -> dict[str, Json]:
    """The event of an entry."""
    kind = kind_of(entry)
    picked = kind.facts.pick(entry.body)
    facts = picked if isinstance(picked, dict) else {}
    subject = facts.get(kind.subject) if kind.subject else None
    return {
        "specversion": "1.0",
        "id": f"{cell.origin}:{entry.index}",
        "source": cell.source,
        "type": event_type(kind),
        "subject": subject if isinstance(subject, str) else cell.cell,
        "time": entry.time,
        "datacontenttype": "application/json",
        "dataschema": schema_address(kind),
        "data": {
            "entry": {
                "index": str(entry.index),
                "kind": kind.kind,
                "boot_id": entry.boot_id,
                "hash": leaf_hash(entry.data()).hex(),
            },
            "facts": facts,
        },
    }


def topic_of(entry: Entry, cell: CellName) -> str:
    """The topic that the event of an entry goes to."""
    return cell.event_topic(kind_of(entry).kind)


def event_bytes(entry: Entry, cell: CellName) -> bytes:
    """The message: canonical JSON of the event."""
    return canonical_json(event_for(entry, cell))


def envelope_schema() -> dict[str, Json]:
    """JSON Schema (draft-07) of what all events share."""
    text: dict[str, Json] = {"type": "string", "minLength": 1, "maxLength": 300}
    entry: dict[str, Json] = {
        "index": INDEX.schema(),
        "kind": {"type": "string"},
        "boot_id": Text(pattern="[A-Za-z0-9-]{1,64}").schema(),
        "hash": DIGEST.schema(),
    }
    return _closed(
        {
            "specversion": {"const": "1.0"},
            "id": text,
            "source": text,
            "type": text,
            "subject": text,
            "time": MOMENT.schema(),
            "datacontenttype": {"const": "application/json"},
            "dataschema": text,
            "data": _closed({"entry": _closed(entry), "facts": {"type": "object"}}),
        }
    )


def event_schema(kind: EventKind, envelope: str) -> dict[str, Json]:
    """JSON Schema (draft-07) of the events of a kind; ``envelope`` is where the shared part is."""
    data: dict[str, Json] = {
        "entry": {"properties": {"kind": {"const": kind.kind}}},
        "facts": kind.facts.schema(),
    }
    return {
        "description": kind.text,
        "allOf": [{"$ref": envelope}],
        "properties": {
            "type": {"const": event_type(kind)},
            "dataschema": {"const": schema_address(kind)},
            "data": {"properties": data},
        },
    }


def _closed(properties: dict[str, Json]) -> dict[str, Json]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
