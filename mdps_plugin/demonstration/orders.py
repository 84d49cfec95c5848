"""Example orders: invented people, invented findings, for the example recipes and for any other."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ..build.order import token_from
from ..canonical import Json, sha256_hex
from ..errors import UsageFault
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


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a ward asks for. ``model``: the STL, None for the example one."""

    recipe_id: str
    pathway: str
    device: str
    variables: Mapping[str, str]
    model_from_order: bool
    model: bytes | None = None


def example_model(recipe_id: str) -> bytes:
    """The example geometry of a recipe, made by this project's own code."""
    folder: Path = default_root_path().parent / "example-models"
    try:
        return (folder / f"{recipe_id}.stl").read_bytes()
    except FileNotFoundError:
        raise UsageFault(
            f"{recipe_id}: no example model of it; name one with --model FILE.stl"
        ) from None


def example_order(
    recipe_id: str, now: datetime, variables: dict[str, str], *, model_from_order: bool
) -> tuple[dict[str, Json], dict[str, Json], bytes]:
    """Order, patient identity, and the STL that goes with it (empty for fixed geometry)."""
    asked = Request(
        recipe_id=recipe_id,
        pathway=_PATHWAYS[recipe_id],
        device=recipe_id,
        variables=variables,
        model_from_order=model_from_order,
    )
    return request_for(asked, now)


def request_for(asked: Request, now: datetime) -> tuple[dict[str, Json], dict[str, Json], bytes]:
    """The same for any recipe; what the ward would write of it is in general words."""
    recipe_id = asked.recipe_id
    token = token_from(secrets.token_bytes(16))
    model = b""
    if asked.model_from_order:
        model = asked.model if asked.model is not None else example_model(recipe_id)
    request = f"Written request of {now:%Y-%m-%d} for {token}, {recipe_id} (example)".encode()
    moment = instant_text(now.replace(microsecond=0))
    order: dict[str, Json] = {
        "schema": "mdps-order/1",
        "order_id": f"O-{now:%Y%m%d}-{secrets.token_hex(3).upper()}",
        "pathway": asked.pathway,
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
        "design_characteristics": list(
            _CHARACTERISTICS.get(recipe_id, (f"{asked.device}, in the size of the model",))
        ),
        "condition_or_feature": _CONDITIONS.get(recipe_id, "As the ward described it (example)"),
        "model": {
            "sha256": sha256_hex(model),
            "released_by": {"name": "Dana Whitfield", "role": "designer"},
            "released_at": moment,
        }
        if model
        else None,
        "gcode_sha256": None,
        "variables": dict(asked.variables),
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
