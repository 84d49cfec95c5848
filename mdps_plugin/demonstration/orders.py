"""Example orders for the four example recipes: invented people, invented findings."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from ..build.order import token_from
from ..canonical import Json, sha256_hex
from ..reading import instant_text
from ..recipes.store import default_root_path

_PATHWAYS = {
    "mask-extender": "adaptable",
    "anatomical-model": "patient_matched",
    "finger-splint": "custom_made",
    "bottle-grip": "health_institution",
}

_CHARACTERISTICS = {
    "mask-extender": ["Strap between the ear loops of a surgical mask, pair of notches by fit"],
    "anatomical-model": ["Model of the segmented structure, scale 1.000, no smoothing"],
    "finger-splint": ["Ring width and length as modelled, joint held straight"],
    "bottle-grip": ["Ring with four wings for the cap of a 28 mm bottle"],
}

_CONDITIONS = {
    "mask-extender": "Sore ears under mask loops in long shifts",
    "anatomical-model": "Planning of an operation; not for use in the sterile field",
    "finger-splint": "Mallet finger, left ring finger",
    "bottle-grip": "Weak grip after a wrist fracture",
}


def example_model(recipe_id: str) -> bytes:
    """The example geometry of a recipe, made by this project's own code."""
    folder: Path = default_root_path().parent / "example-models"
    return (folder / f"{recipe_id}.stl").read_bytes()


def example_order(
    recipe_id: str, now: datetime, variables: dict[str, str], *, model_from_order: bool
) -> tuple[dict[str, Json], dict[str, Json], bytes]:
    """Order, patient identity, and the STL that goes with it (empty for fixed geometry)."""
    token = token_from(secrets.token_bytes(16))
    model = example_model(recipe_id) if model_from_order else b""
    request = f"Written request of {now:%Y-%m-%d} for {token}, {recipe_id} (example)".encode()
    moment = instant_text(now.replace(microsecond=0))
    order: dict[str, Json] = {
        "schema": "mdps-order/1",
        "order_id": f"O-{now:%Y%m%d}-{secrets.token_hex(3).upper()}",
        "pathway": _PATHWAYS[recipe_id],
        "recipe_id": recipe_id,
        "revision": None,
        "individual": {"token": token, "kind": "patient"},
        "prescriber": {
            "name": "Dr. Amara Nwosu",
            "registration_number": "EX-204417",
            "workplace": "Example Hospital, ward 4B",
        },
        "request": {
            "document_sha256": sha256_hex(request),
            "signed_at": moment,
            "signed_by": "Dr. Amara Nwosu",
        },
        "design_characteristics": list(_CHARACTERISTICS[recipe_id]),
        "condition_or_feature": _CONDITIONS[recipe_id],
        "model": {
            "sha256": sha256_hex(model),
            "released_by": {"name": "Dana Whitfield", "role": "designer"},
            "released_at": moment,
        }
        if model
        else None,
        "gcode_sha256": None,
        "variables": dict(variables),
        "quantity": 1,
        "need_justification": "No product on the market has this geometry (example).",
        "due": instant_text(now.replace(microsecond=0) + timedelta(days=1)),
        "ward": "4B",
        "received_at": moment,
    }
    patient: dict[str, Json] = {
        "token": token,
        "name": "Jordan Example",
        "record_number": "EX-000-1",
        "date_of_birth": "1970-01-01",
    }
    return order, patient, model
