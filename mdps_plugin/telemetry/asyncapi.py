"""``docs/asyncapi.yaml`` as data: topics and schemas, made from the tables of this room. Pure.

AsyncAPI 3.0 with JSON Schema draft-07. ``scripts/write_asyncapi.py`` writes the file; a test holds
it in step with the code.
"""

from __future__ import annotations

from ..canonical import Json
from .ack import ack_schema
from .events import envelope_schema, event_schema, event_type
from .kinds import KINDS, EventKind
from .names import LEVEL, ROOT
from .state import state_schema

_SCHEMA_FORMAT = "application/schema+json;version=draft-07"
_BINDING = "0.2.0"
_CELL = f"{ROOT}/{{institution}}/{{site}}/{{cell}}"


def asyncapi_document() -> dict[str, Json]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "MDPS telemetry",
            "version": "1.0.0",
            "description": (
                "What a cell tells the quality system over MQTT 3.1.1, QoS 1, TLS with client "
                "certificates. The audit log of the cell is the outbox; every entry gives one "
                "event. No patient data, and no command: `ack` is the only topic a cell reads. "
                "Repeats are normal: key on `id`, take the same `data.entry.hash` for a repeat "
                "and another hash under a known `id` for an alarm. Order by `data.entry.index`."
            ),
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{host}:8883",
                "protocol": "mqtts",
                "protocolVersion": "3.1.1",
                "variables": {"host": {"description": "Name in the broker's certificate."}},
                "security": [{"$ref": "#/components/securitySchemes/certificate"}],
            }
        },
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "schemas": {
                "event": {"schemaFormat": _SCHEMA_FORMAT, "schema": envelope_schema()},
            },
            "messages": {
                **{kind.kind: _event_message(kind) for kind in KINDS.values()},
                "state": _message("state", "application/json", state_schema()),
                "ack": _message("ack", "application/json", ack_schema()),
            },
            "parameters": {
                name: {"description": f"Name of the {name}: `{LEVEL.pattern}`."}
                for name in ("institution", "site", "cell")
            },
            "securitySchemes": {
                "certificate": {
                    "type": "X509",
                    "description": "Client certificate of the cell, issued by the site.",
                }
            },
        },
    }


def _channels() -> dict[str, Json]:
    own: dict[str, Json] = {
        name: {"$ref": f"#/components/parameters/{name}"}
        for name in ("institution", "site", "cell")
    }
    kinds: dict[str, Json] = {
        "kind": {"description": "Kind of the entry.", "enum": list(KINDS)},
    }
    return {
        "events": {
            "address": f"{_CELL}/evt/{{kind}}",
            "description": "One message for each entry of the audit log. Not retained.",
            "parameters": {**own, **kinds},
            "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in KINDS},
        },
        "state": {
            "address": f"{_CELL}/state",
            "description": "Retained. Also the last will of the cell.",
            "parameters": own,
            "messages": {"state": {"$ref": "#/components/messages/state"}},
        },
        "ack": {
            "address": f"{_CELL}/ack",
            "description": "Written by the registry only. Cumulative; may be retained.",
            "parameters": own,
            "messages": {"ack": {"$ref": "#/components/messages/ack"}},
        },
    }


def _operations() -> dict[str, Json]:
    return {
        "sendEvent": _operation("send", "events", retain=False),
        "sendState": _operation("send", "state", retain=True),
        "receiveAck": {
            "action": "receive",
            "channel": {"$ref": "#/channels/ack"},
            "bindings": {"mqtt": {"qos": 1, "bindingVersion": _BINDING}},
        },
    }


def _operation(action: str, channel: str, *, retain: bool) -> dict[str, Json]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "bindings": {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": _BINDING}},
    }


def _event_message(kind: EventKind) -> dict[str, Json]:
    schema = event_schema(kind, "#/components/schemas/event/schema")
    return _message(event_type(kind), "application/cloudevents+json", schema)


def _message(name: str, content_type: str, schema: dict[str, Json]) -> dict[str, Json]:
    return {
        "name": name,
        "contentType": content_type,
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": schema},
    }
