"""Orders that are not what they should be, sent to a whole controller.

Each is refused in plain words that name place, what was observed and what is allowed, and leaves
nothing behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .desk import PATIENT, UNKIND, kept, put
from .workshop import Workshop

# Orders.

REQUIRED = (
    *("schema", "order_id", "pathway", "recipe_id", "individual", "prescriber"),
    *("design_characteristics", "variables", "quantity", "due", "ward", "received_at"),
)
INNER = {
    "individual": ("token", "kind"),
    "prescriber": ("name", "registration_number", "workplace"),
    "request": ("document_sha256", "signed_at", "signed_by"),
    "model": ("sha256", "released_by", "released_at"),
}


def refused_order(desk: Workshop, order: Any, model: bytes = b"", **more: Any) -> dict[str, Any]:
    before = kept(desk)
    said = desk.error("receive_order", {"order": order, **more}, body=model)
    assert said["kind"] == "document", said
    assert said["observed"], said
    assert said["allowed"], said
    assert said["message"].startswith(("order", "patient", "request")), said
    assert UNKIND.search(said["message"]) is None, said
    assert kept(desk) == before
    return said


@pytest.mark.parametrize("field", REQUIRED)
def test_an_order_with_a_field_missing(desk: Workshop, field: str) -> None:
    order, _ = desk.make_order()
    del order[field]
    said = refused_order(desk, order)
    assert said["message"].startswith(f"order: {field}: observed missing")


@pytest.mark.parametrize(
    ("outer", "field"), [(outer, field) for outer, fields in INNER.items() for field in fields]
)
def test_an_order_with_an_inner_field_missing(desk: Workshop, outer: str, field: str) -> None:
    order, model = desk.make_order("anatomical-model")
    del order[outer][field]
    said = refused_order(desk, order, model)
    assert said["message"].startswith(f"order: {outer}.{field}: observed missing")


ORDERS: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "unknown key": (put("priority", "high"), "priority", "an unknown key"),
    "unknown inner key": (put("individual.name", "Jordan"), "individual.name", "an unknown key"),
    "two devices": (put("quantity", 2), "quantity", "2"),
    "no device": (put("quantity", 0), "quantity", "0"),
    "minus one": (put("quantity", -1), "quantity", "-1"),
    "one as text": (put("quantity", "1"), "quantity", "the text '1'"),
    "one as a fraction": (put("quantity", 1.0), "quantity", "the number 1.0"),
    "true for one": (put("quantity", True), "quantity", "the boolean true"),
    "a number for a variable": (put("variables", {"colour": 3}), "variables.colour", "number 3"),
    "variables as a list": (put("variables", []), "variables", "no object"),
    "local time": (put("due", "2026-12-01 10:00"), "due", "'2026-12-01 10:00'"),
    "no such day": (put("due", "2026-02-30T10:00:00Z"), "due", "2026-02-30"),
    "another schema": (put("schema", "mdps-order/9"), "schema", "mdps-order/9"),
    "another pathway": (put("pathway", "custom"), "pathway", "'custom'"),
    "revision 0": (put("revision", 0), "revision", "0"),
    "no such revision": (put("revision", 99), "recipe_id", "mask-extender, revision 99"),
    "no such recipe": (put("recipe_id", "nose-cone"), "recipe_id", "nose-cone"),
    "a path for an id": (put("order_id", "../../x"), "order_id", "../../x"),
    "a name for a token": (put("individual.token", "Jordan Example"), "individual.token", "14"),
    "a short digest": (put("request.document_sha256", "ab"), "request.document_sha256", "'ab'"),
    "hidden direction": (put("ward", "4\u202eB"), "ward", "a control character"),
    "9000 letters": (put("condition_or_feature", "x" * 9000), "condition_or_feature", "9000"),
    "a model nobody takes": (
        put(
            "model",
            {
                "sha256": "a" * 64,
                "released_by": {"name": "D", "role": "designer"},
                "released_at": "2026-11-01T00:00:00Z",
            },
        ),
        "model.sha256",
        "aaaa",
    ),
    "a job nobody takes": (put("gcode_sha256", "b" * 64), "gcode_sha256", "bbbb"),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_that_is_not_as_its_format_says(desk: Workshop, name: str) -> None:
    change, path, observed = ORDERS[name]
    order, _ = desk.make_order()
    change(order)
    said = refused_order(desk, order)
    assert said["message"].startswith(f"order: {path}: "), said
    assert observed in said["observed"], said


@pytest.mark.parametrize("value", [None, 3, "order", [], [{}]])
def test_an_order_that_is_no_object(desk: Workshop, value: Any) -> None:
    assert refused_order(desk, value)["allowed"] == "an object"


def test_an_order_that_was_received_before(desk: Workshop) -> None:
    order, _ = desk.make_order()
    desk.call("receive_order", {"order": order})
    said = refused_order(desk, order)
    assert "received before" in said["observed"]
    changed = {**order, "ward": "9"}
    assert "received before" in refused_order(desk, changed)["observed"]
    assert desk.order(order["order_id"])["order"]["ward"] == order["ward"]


def test_bytes_that_are_not_those_of_the_order(desk: Workshop) -> None:
    order, model = desk.make_order("anatomical-model")
    said = refused_order(desk, order, model[:-1])
    assert "model.sha256" in said["message"]
    assert order["model"]["sha256"] in said["allowed"]
    assert "no file" in refused_order(desk, order)["observed"]
    unasked, _ = desk.make_order("mask-extender")
    assert "this order names none" in refused_order(desk, unasked, model)["allowed"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("condition_or_feature", "Strap for jordan  EXAMPLE"),
        ("ward", "4B EX-000-1"),
        ("design_characteristics", ["Strap", "as in chart EX-000-1"]),
        ("variables", {"colour": "Jordan Example"}),
        ("need_justification", "Jordan Example asks for it"),
    ],
)
def test_the_name_of_the_patient_has_no_place_in_an_order(
    desk: Workshop, path: str, text: Any
) -> None:
    order, _ = desk.make_order(**{path: text})
    patient = {**PATIENT, "token": order["individual"]["token"]}
    said = refused_order(desk, order, patient=patient)
    assert path in said["message"]
    assert "the patient's token only" in said["allowed"]
    for secret in ("Jordan", "JORDAN", "EX-000-1"):
        assert secret.lower() not in json.dumps(said).lower()
    unknown = desk.error("patient_name", desk.name_question(patient["token"]))
    assert "unknown" in unknown["observed"], "the name of a refused order was kept"


def test_an_identity_that_is_not_the_order_s(desk: Workshop) -> None:
    order, _ = desk.make_order()
    for change, path in (
        ({"token": "P-ABCDEFGHJKMN"}, "patient: token"),
        ({"token": order["individual"]["token"], "insurance": "x"}, "patient: insurance"),
        ({"token": order["individual"]["token"], "name": ""}, "patient: name"),
    ):
        said = refused_order(desk, order, patient={**PATIENT, **change})
        assert said["message"].startswith(path), said
        assert "Jordan" not in json.dumps(said)
