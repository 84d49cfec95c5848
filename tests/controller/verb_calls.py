"""Arguments of every verb, of the right types, and the answer to a call. Tests nothing."""

from __future__ import annotations

from typing import Any

from mdps_plugin.build.signature import Act
from mdps_plugin.controller.client_link import ControllerClient, RefusedByController

KINDS = {"document", "transition", "signature", "usage", "environment"}
NOW = "2026-11-23T14:05:00Z"

LOT = {
    "lot_id": "L-77",
    "product": "PLA 1.75 mm",
    "kind": "PLA",
    "manufacturer": "Example Filament",
    "colour": "white",
    "certificate_sha256": "0" * 64,
    "expires": "2030-01-01T00:00:00Z",
    "opened_at": None,
    "dried": None,
    "quarantined": False,
    "remaining_g": 500,
}
DRIED = {"temperature_c": 45, "hours": 5, "finished_at": NOW}
DIGEST = "a" * 64
BUILD = "B-20261123-ABCDEF"

SIGNED = {
    "approve_recipe": Act.APPROVE_RECIPE,
    "withdraw_recipe": Act.WITHDRAW_RECIPE,
    "import_recipes": Act.IMPORT_RECIPES,
    "receive_lot": Act.RECEIVE_LOT,
    "dry_lot": Act.DRY_LOT,
    "quarantine_lot": Act.QUARANTINE_LOT,
    "record_training": Act.RECORD_TRAINING,
    "record_calibration": Act.RECORD_CALIBRATION,
    "qualify_printer": Act.QUALIFY_PRINTER,
    "open_lot": Act.OPEN_LOT,
    "record_room": Act.RECORD_ROOM,
    "patient_name": Act.SHOW_PATIENT_NAME,
    "export": Act.EXPORT,
    "permit_build": Act.PERMIT,
    "sign_step": Act.STEP,
    "sign_inspection": Act.INSPECTION,
    "sign_release": Act.RELEASE,
    "reject": Act.REJECT,
    "raise_deviation": Act.RAISE_DEVIATION,
    "decide_deviation": Act.DECIDE_DEVIATION,
    "hand_over": Act.HAND_OVER,
}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "state": {},
    "orders": {},
    "recipes": {},
    "registers": {},
    "lots": {},
    "people": {},
    "verify_log": {},
    "hold": {},
    "resume": {},
    "order": {"order_id": "O-1"},
    "picture": {"order_id": "O-1"},
    "verify_order": {"order_id": "O-1"},
    "receive_order": {"order": {}, "patient": {}},
    "heartbeat": {"octoprint": "1.11.8", "plugin": "0.1.0"},
    "job": {"build_id": BUILD},
    "arm_build": {"build_id": BUILD},
    "stop": {"reason": "because", "build_id": BUILD},
    "start_step": {"build_id": BUILD, "step_id": "cool-down"},
    "documents": {"build_id": BUILD},
    "document": {"build_id": BUILD, "name": "record.pdf"},
    "record": {"build_id": BUILD},
    "patient_name": {"token": "P-ABCDEFGHJKMN", "reason": "recall"},
    "log_tail": {"count": 3},
    "export": {"reason": "inspection"},
    "record_room": {"temperature_c": 21, "humidity_percent": 40},
    "approve_recipe": {"bundle": "/nowhere", "local_qualification": "none"},
    "withdraw_recipe": {"recipe_digest": DIGEST, "reason": "none"},
    "import_recipes": {"repository": "hospital", "path": "/nowhere"},
    "receive_lot": {"lot": LOT},
    "open_lot": {"lot_id": "L-77"},
    "dry_lot": {"lot_id": "L-77", "dried": DRIED},
    "quarantine_lot": {"lot_id": "L-77", "reason": "none"},
    "record_training": {"user": "tina", "training": "mdps-operator", "valid_until": NOW},
    "record_calibration": {"equipment": "caliper", "certificate": "C-1", "due": NOW},
    "qualify_printer": {"valid_days": 100},
    "permit_build": {
        "order_id": "O-1",
        "plate": "smooth PEI",
        "plate_clear": True,
        "lot_id": "22B",
    },
    "sign_step": {"build_id": BUILD, "step_id": "cool-down", "readings": {"a": 1}},
    "sign_inspection": {"build_id": BUILD, "measurements": {"length": 1}},
    "sign_release": {"build_id": BUILD},
    "reject": {"build_id": BUILD, "reason": "none"},
    "raise_deviation": {"build_id": BUILD, "seen": "a crack"},
    "decide_deviation": {
        "build_id": BUILD,
        "deviation_id": "D1",
        "decision": "scrap",
        "reason": "none",
        "manufacturer_reference": "R-1",
    },
    "hand_over": {"build_id": BUILD, "to": "ward", "copy_given": True},
    "repositories": {},
    "made_from": {"recipe_digest": "a" * 64},
}
"""Arguments of every verb, of the right types."""


def answer(client: ControllerClient, verb: str, args: Any, body: bytes = b"") -> dict[str, Any]:
    """The whole answer, ``{}`` where the request was done."""
    try:
        client.call_for_bytes(verb, args, body=body)
    except RefusedByController as said:
        return dict(said.answer)
    return {}
