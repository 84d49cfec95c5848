"""Documents and files from outside that are not what they should be, sent to a whole controller.

Each is refused in plain words that name place, what was observed and what is allowed, and leaves
nothing behind.
"""

from __future__ import annotations

import copy
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mdps_plugin.build.signature import Act
from mdps_plugin.canonical import canonical_json
from mdps_plugin.cli.main import main
from mdps_plugin.models.stl import encode_binary_stl
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from tests.harness import ROOT, wait_until
from tests.models.shapes import box, inside_out, text_stl

from . import bundles
from .workshop import Workshop, refusing

UNKIND = re.compile(r"\b(error|invalid|failed|please|traceback|exception)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def desk(filled: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A running cell without a printer: what is looked at here comes long before one."""
    shop = filled.copy_to(tmp_path_factory.mktemp("d") / "h")
    with shop:
        shop.start_controller(printer=False)
        yield shop
        assert shop.traces() == []
        assert shop.log_is_whole()


def plain(finding: dict[str, Any]) -> None:
    """A finding that a person can act on."""
    for line in ("title", "observed", "allowed", "next_step", "who"):
        text = finding[line]
        assert text, finding
        assert "?" not in text, finding
        assert UNKIND.search(text) is None, finding


def kept(shop: Workshop) -> tuple[int, int, int]:
    """Entries of the log, files of the store, bundles of the cell."""
    files = [path for path in (shop.cell / "files").rglob("*") if path.is_file()]
    folders = [path for path in (shop.cell / "recipes").rglob("*") if path.is_dir()]
    return shop.call("registers")["entries"], len(files), len(folders)


def desk_order() -> dict[str, Any]:
    """An order for the strap that nobody has seen yet."""
    return Workshop.make_order()[0]


# Recipe bundles, sent to approve_recipe.


def _envelope(*keys: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        document, files = bundles.shipped()
        envelope = bundles.signed(bundles.statement(document), *keys)
        return bundles.write(folder, {**files, ENVELOPE_NAME: envelope})

    return make


def _altered(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        document, files = bundles.shipped()
        files[ENVELOPE_NAME] = bundles.signed(bundles.statement(document), "quality", "regulatory")
        files[name] = change(files[name])
        return bundles.write(folder, files)

    return make


def _document(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], Path]:
    return lambda folder: bundles.variant(folder, change, sign_as="anything")


def _put(path: str, value: Any) -> Callable[[Path], Path]:
    *parents, last = path.split(".")

    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for name in parents:
            place = place[name]
        place[last] = value

    return _document(change)


def _payload_byte(data: bytes) -> bytes:
    envelope = json.loads(data)
    payload = envelope["payload"]
    envelope["payload"] = payload[:400] + ("A" if payload[400] != "A" else "B") + payload[401:]
    return json.dumps(envelope).encode()


def _without_envelope(folder: Path) -> Path:
    return bundles.write(folder, bundles.shipped()[1])


def _unpinned(folder: Path) -> Path:
    made = _envelope("quality", "regulatory")(folder)
    (made / "extra.gcode").write_bytes(b"M104 S300\n")
    return made


BUNDLES: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "no envelope": (_without_envelope, "RC-001", "recipe.dsse.json"),
    "unsigned": (_envelope(), "RC-003", ""),
    "below the threshold": (_envelope("quality"), "RC-007", "regulatory"),
    "payload altered": (_altered(ENVELOPE_NAME, _payload_byte), "RC-004", ""),
    "envelope cut": (_altered(ENVELOPE_NAME, lambda data: data[:-40]), "RC-002", ""),
    "file altered": (_altered("job.gcode", lambda d: d.replace(b"S215", b"S216")), "RC-012", ""),
    "file cut": (_altered("settings.ini", lambda data: data[:-1]), "RC-013", "bytes"),
    "file beside": (_unpinned, "RC-014", "extra.gcode"),
    "expired": (_put("identity.expires", "2026-11-02T00:00:00Z"), "RC-015", "2026-11-02"),
    "unknown key": (_put("window.turbo", True), "RC-009", "turbo"),
    "negative": (_put("material.diameter_mm", -1.75), "RC-009", "-1.75"),
    "wrong unit": (_put("material.diameter_mm", 1750), "RC-009", "1750 mm"),
    "text for a number": (_put("envelope.bodies", "1"), "RC-009", "the text '1'"),
    "missing": (_document(lambda d: d.pop("hold")), "RC-009", "hold"),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_that_may_not_be_used(desk: Workshop, tmp_path: Path, name: str) -> None:
    make, code, words = BUNDLES[name]
    before = kept(desk)
    found = desk.findings(
        "approve_recipe",
        {
            "bundle": str(make(tmp_path / "bundle")),
            "local_qualification": "none",
            "signature": desk.signature("quinn", Act.APPROVE_RECIPE),
        },
    )
    assert code in found, found
    assert words in json.dumps(found[code])
    for finding in found.values():
        plain(finding)
    assert kept(desk) == before


def test_a_bundle_that_is_no_folder_of_plain_files(desk: Workshop, tmp_path: Path) -> None:
    made = _envelope("quality", "regulatory")(tmp_path / "bundle")
    (made / "start.gcode").unlink()
    (made / "start.gcode").symlink_to("/etc/passwd")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 not quite")
    os.mkfifo(tmp_path / "pipe")
    before = kept(desk)
    for path in (
        made,
        tmp_path / "a.zip",
        tmp_path / "absent",
        Path("/dev/zero"),
        tmp_path / "pipe",
    ):
        said = desk.error(
            "approve_recipe",
            {
                "bundle": str(path),
                "local_qualification": "none",
                "signature": desk.signature("quinn", Act.APPROVE_RECIPE),
            },
        )
        # What is there is not described: it may be anybody's folder.
        assert said["kind"] == "document", said
        assert said["observed"] == "no recipe bundle there", said
        assert "passwd" not in str(said)
    assert kept(desk) == before


def test_another_bundle_under_a_number_that_is_taken(desk: Workshop, tmp_path: Path) -> None:
    made = bundles.variant(
        tmp_path / "bundle", lambda document: document["identity"].update(change_note="Other.")
    )
    said = desk.error(
        "approve_recipe",
        {
            "bundle": str(made),
            "local_qualification": "none",
            "signature": desk.signature("quinn", Act.APPROVE_RECIPE),
        },
    )
    assert said["kind"] == "document"
    assert "recipes/mask-extender/1" in said["message"]
    assert "one bundle for each revision" in said["allowed"]


def test_a_bundle_that_was_damaged_in_the_cell_stops_its_own_orders_only(
    filled: Workshop, a_copy: Callable[..., Workshop]
) -> None:
    shop = a_copy()
    shop.start_controller(printer=False)
    strap = shop.receive("mask-extender")
    model = shop.receive("anatomical-model")
    folder = shop.cell / "recipes" / "mask-extender" / "1"
    (folder / "start.gcode").unlink()
    (folder / "start.gcode").symlink_to("/etc/passwd")
    rows = {row["recipe_id"]: row for row in shop.call("recipes")}
    assert not rows["mask-extender"]["usable"]
    for reason in rows["mask-extender"]["reasons"]:
        plain(reason)
    assert "start.gcode" in rows["mask-extender"]["reasons"][0]["observed"]
    assert rows["anatomical-model"]["usable"]
    shown = {row["order_id"]: row for row in shop.state()["orders"]}
    assert {strap, model} <= set(shown)
    assert shop.order(model)["recipe"]["label"]
    shop.stop_controller()
    shop.start_controller(printer=False)
    shown = {row["order_id"]: row for row in shop.state()["orders"]}
    assert {strap, model} <= set(shown), "an order is listed though its recipe cannot be read"
    for verb, args in (("order", {"order_id": strap}), ("receive_order", {"order": desk_order()})):
        said = shop.error(verb, args)
        assert said["kind"] == "environment"
        assert "recipe" in said["message"]
        assert said["next_step"].startswith("Call IT.")
    shop.call("verify_order", {"order_id": strap})
    wait_until(
        lambda: {row["order_id"]: row["state"] for row in shop.call("orders")}[strap] == "refused",
        what="the refusal of a check that could not be made",
    )
    newest = shop.state()["refusals"][0]
    assert newest["code"] == "CT-003"
    plain(newest)
    assert shop.traces() == []


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


def _with(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *parents, last = path.split(".")

    def change(order: dict[str, Any]) -> None:
        place: Any = order
        for name in parents:
            place = place[name]
        place[last] = value

    return change


ORDERS: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "unknown key": (_with("priority", "high"), "priority", "an unknown key"),
    "unknown inner key": (_with("individual.name", "Jordan"), "individual.name", "an unknown key"),
    "two devices": (_with("quantity", 2), "quantity", "2"),
    "no device": (_with("quantity", 0), "quantity", "0"),
    "minus one": (_with("quantity", -1), "quantity", "-1"),
    "one as text": (_with("quantity", "1"), "quantity", "the text '1'"),
    "one as a fraction": (_with("quantity", 1.0), "quantity", "the number 1.0"),
    "true for one": (_with("quantity", True), "quantity", "the boolean true"),
    "a number for a variable": (_with("variables", {"colour": 3}), "variables.colour", "number 3"),
    "variables as a list": (_with("variables", []), "variables", "no object"),
    "local time": (_with("due", "2026-12-01 10:00"), "due", "'2026-12-01 10:00'"),
    "no such day": (_with("due", "2026-02-30T10:00:00Z"), "due", "2026-02-30"),
    "another schema": (_with("schema", "mdps-order/9"), "schema", "mdps-order/9"),
    "another pathway": (_with("pathway", "custom"), "pathway", "'custom'"),
    "revision 0": (_with("revision", 0), "revision", "0"),
    "no such revision": (_with("revision", 99), "recipe_id", "mask-extender, revision 99"),
    "no such recipe": (_with("recipe_id", "nose-cone"), "recipe_id", "nose-cone"),
    "a path for an id": (_with("order_id", "../../x"), "order_id", "../../x"),
    "a name for a token": (_with("individual.token", "Jordan Example"), "individual.token", "14"),
    "a short digest": (_with("request.document_sha256", "ab"), "request.document_sha256", "'ab'"),
    "hidden direction": (_with("ward", "4\u202eB"), "ward", "a control character"),
    "9000 letters": (_with("condition_or_feature", "x" * 9000), "condition_or_feature", "9000"),
    "a model nobody takes": (
        _with(
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
    "a job nobody takes": (_with("gcode_sha256", "b" * 64), "gcode_sha256", "bbbb"),
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


PATIENT = {
    "name": "Jordan Example",
    "record_number": "EX-000-1",
    "date_of_birth": "1970-01-01",
}


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


# Models. The digest in the order is that of the bad bytes, so that the content is what is judged.


def stl(triangles: Any) -> bytes:
    return encode_binary_stl(np.asarray(triangles))


def _nan(data: bytes) -> bytes:
    return data[:96] + struct.pack("<f", float("nan")) + data[100:]


def _doubled() -> bytes:
    return stl(np.concatenate([box(30, 30, 30), box(30, 30, 30, at=(40, 0, 0))]))


MODELS: dict[str, tuple[bytes, str, str]] = {
    "84 bytes that claim 2 GB": (
        b"\0" * 80 + struct.pack("<I", 42_949_672), "CT-001", "42949672 triangles",
    ),
    "a count beyond all memory": (b"\0" * 80 + b"\xff" * 4, "CT-001", "4294967295 triangles"),
    "cut off": (stl(box(30, 30, 30))[:-10], "CT-001", "12 triangles in 674 bytes"),
    "no triangle": (stl(box())[:80] + b"\0" * 4, "CT-001", "0 triangles"),
    "text without a facet": (b"solid a\nendsolid a\n", "CT-001", "0 triangles"),
    "text cut off": (text_stl(box(30, 30, 30))[:-20], "CT-001", "no endsolid"),
    "no model at all": (b"PK\x03\x04" + b"\0" * 200, "CT-001", "triangles in 204 bytes"),
    "four bytes": (b"STL!", "CT-001", "4 bytes"),
    "not a number": (_nan(stl(box(30, 30, 30))), "CT-001", "triangle 1"),
    "20 m away": (stl(box(30, 30, 30, at=(20_000, 0, 0))), "CT-001", "mm"),
    "open": (stl(box(30, 30, 30)[:-1]), "MD-", "edges"),
    "flat": (stl(np.zeros((12, 3, 3))), "MD-", "0 separate surfaces"),
    "inside out": (stl(inside_out(box(30, 30, 30))), "MD-", "cm³"),
    "two bodies": (_doubled(), "MD-", "2"),
    "higher than the printer": (stl(box(20, 20, 400)), "MD-001", "400 mm"),
    "over a metre": (stl(box(1500, 20, 20)), "MD-001", "1500 mm"),
    "a grain": (stl(box(0.1, 0.1, 0.1)), "MD-", "cm³"),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_cannot_be_built(desk: Workshop, name: str) -> None:
    data, code, words = MODELS[name]
    order_id = desk.receive("anatomical-model", model=data)
    detail = desk.check(order_id)
    assert detail["state"] == "refused"
    found = refusing(detail)
    wanted = [one for known, one in found.items() if known.startswith(code)]
    assert wanted, found
    assert any(words in json.dumps(one, ensure_ascii=False) for one in wanted), wanted
    for finding in wanted:
        plain(finding)
    if code == "CT-001":
        assert f"model of {order_id}" in wanted[0]["observed"]
    newest = desk.state()["refusals"][0]
    assert newest["code"] in found


# G-code brought along, through the command that a manufacturer's engineer uses.


def job_of_the_example() -> bytes:
    return bundles.shipped()[1]["job.gcode"]


def line_of(data: bytes, words: bytes) -> int:
    return data[: data.index(words)].count(b"\n") + 1


def _insert(words: bytes) -> tuple[bytes, int]:
    """The example's job with a line in its middle, and the number of that line."""
    lines = job_of_the_example().split(b"\n")
    middle = len(lines) // 2
    return b"\n".join([*lines[:middle], words, *lines[middle:]]), middle + 1


GCODE: dict[str, bytes] = {
    "binary": bytes(range(256)),
    "NUL": b"G1 X10\x00 Y10",
    "lower case": b"g1 x10 y10",
    "unknown command": b"G1234 X1",
    "two commands": b"G1 X1 G1 Y1",
    "a heater": b"M104 S300",
    "10 MB line": b"G1 X" + b"1" * 10_000_000,
    "a smuggled line end": b"G1 X1\rM104 S300",
    "not ASCII": "G1 X1 ; größer".encode("latin-1"),
    "NaN": b"G1 Xnan",
    "exponent": b"G1 X1e3",
    "hexadecimal": b"G1 X0x10",
}


@pytest.mark.parametrize("name", GCODE)
def test_mdps_check_names_the_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, number = _insert(GCODE[name])
    file = tmp_path / "job.gcode"
    file.write_bytes(data)
    status = main(["check", "--recipe", "mask-extender", "--json", str(file)])
    said = json.loads(capsys.readouterr().out)
    assert status == 1
    assert not said["accepted"]
    found = [one for one in said["findings"] if one["severity"] == "refuse"]
    assert number in {one["where"]["line"] for one in found}, found[:3]
    for finding in found:
        plain(finding)
        assert len(finding["message"]) < 1000


def test_mdps_check_takes_other_line_ends_for_what_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file from another machine has the same lines or is refused; it is never another job."""
    file = tmp_path / "job.gcode"
    file.write_bytes(job_of_the_example())
    assert main(["check", "--recipe", "mask-extender", "--json", str(file)]) == 0
    unix = json.loads(capsys.readouterr().out)["digests"]["canonical"]
    file.write_bytes(job_of_the_example().replace(b"\n", b"\r\n"))
    status = main(["check", "--recipe", "mask-extender", "--json", str(file)])
    said = json.loads(capsys.readouterr().out)
    if status == 0:
        assert said["digests"]["canonical"] == unix
    else:
        assert status == 1
        assert {one["where"]["line"] for one in said["findings"]} & {1}


@pytest.mark.parametrize("data", [b"", b"\n\n", b"; only words\n", b"\x00" * 1000])
def test_mdps_check_refuses_a_file_without_a_job(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "job.gcode"
    file.write_bytes(data)
    assert main(["check", "--recipe", "mask-extender", "--json", str(file)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [one for one in said["findings"] if one["severity"] == "refuse"]


def test_a_job_with_every_fault_at_once_still_gets_its_refusal_on_record(
    desk: Workshop, tmp_path: Path
) -> None:
    """Many findings must not make an entry that the log cannot hold."""

    def change(document: dict[str, Any]) -> None:
        document["identity"].update(recipe_id="brought-strap")
        document["job_source"] = "brought"
        document["rings"] = ["A", "B", "C"]
        document["files"] = [one for one in document["files"] if one["role"] != "job_gcode"]

    desk.register(
        "approve_recipe",
        Act.APPROVE_RECIPE,
        bundle=str(bundles.variant(tmp_path / "bundle", change)),
        local_qualification="none",
    )
    lines = job_of_the_example().decode().splitlines()
    bad = ("G1 X900 Y900 E5 F90000", "M104 S300", "M140 S99", "G1 Z-5 E-50", "M106 S999",
           "G1 E99", "G1 Z150")  # fmt: skip
    middle = len(lines) // 2
    data = "\n".join([*lines[:middle], *bad * 6, *lines[middle:]]).encode() + b"\n"
    order, _ = desk.make_order("mask-extender")
    order.update(
        recipe_id="brought-strap", gcode_sha256=bundles.pin("job_gcode", "j", data)["sha256"]
    )
    desk.call("receive_order", {"order": order}, body=data)
    detail = desk.check(order["order_id"])
    assert detail["state"] == "refused"
    found = refusing(detail)
    assert found
    assert all(code.startswith("TP-") for code in found), found


# Registers.


@pytest.mark.parametrize(
    ("changes", "path", "observed"),
    [
        ({"remaining_g": -1}, "lot.remaining_g", "-1 g"),
        ({"remaining_g": 1e9}, "lot.remaining_g", "1e+09 g"),
        ({"remaining_g": "500 g"}, "lot.remaining_g", "the text '500 g'"),
        ({"expires": "2030-01-01"}, "lot.expires", "'2030-01-01'"),
        ({"quarantined": "no"}, "lot.quarantined", "the text 'no'"),
        ({"certificate_sha256": "none"}, "lot.certificate_sha256", "'none'"),
        ({"batch": "7"}, "lot.batch", "an unknown key"),
        ({"dried": {"temperature_c": 450}}, "lot.dried.temperature_c", "450 °C"),
    ],
)
def test_a_lot_that_is_not_as_its_format_says(
    desk: Workshop, changes: dict[str, Any], path: str, observed: str
) -> None:
    lot = copy.deepcopy(desk.call("lots")[0])
    lot.update(lot_id="L-99", **changes)
    before = kept(desk)
    said = desk.error(
        "receive_lot", {"lot": lot, "signature": desk.signature("quinn", Act.RECEIVE_LOT)}
    )
    assert said["kind"] == "document"
    assert said["message"].startswith(f"request receive_lot: {path}: observed {observed}"), said
    assert kept(desk) == before


def test_what_cannot_follow_what_is_on_record(desk: Workshop) -> None:
    """The fold refuses, and the person reads about the request, not about the log."""
    before = kept(desk)
    for verb, act, values, words in (
        ("receive_lot", Act.RECEIVE_LOT, {"lot": desk.call("lots")[0]}, "a second time"),
        ("quarantine_lot", Act.QUARANTINE_LOT, {"lot_id": "L-0", "reason": "x"}, "never received"),
        ("record_training", Act.RECORD_TRAINING,
         {"user": "zoe", "training": "t", "valid_until": "2030-01-01T00:00:00Z"}, "'zoe'"),
    ):  # fmt: skip
        said = desk.error(verb, {**values, "signature": desk.signature("quinn", act)})
        assert said["kind"] == "document", said
        assert words in said["observed"], said
        assert said["message"].startswith("request"), said
    assert kept(desk) == before


# The cell's own files: one line on standard error, and a status.


@pytest.fixture
def lying(filled: Workshop, a_copy: Callable[..., Workshop]) -> Workshop:
    """A copy of the filled cell that does not run."""
    return a_copy()


def refusal(shop: Workshop) -> tuple[int, str]:
    """Status and words of a controller that must not come up."""
    done = subprocess.run(
        [sys.executable, "-m", "mdps_plugin.cli.main", "controller", "--cell", str(shop.cell)],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("mdps: "), done.stderr
    return done.returncode, done.stderr


CELLS: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "unknown key": (_with("printer.turbo", 1), "cell.json: printer.turbo", "an unknown key"),
    "negative": (_with("printer.nozzle_mm", -0.4), "cell.json: printer.nozzle_mm", "-0.4 mm"),
    "wrong unit": (_with("printer.nozzle_mm", 400), "cell.json: printer.nozzle_mm", "400 mm"),
    "a text": (_with("demonstration", "yes"), "cell.json: demonstration", "the text 'yes'"),
    "missing": (lambda d: d.pop("policy"), "cell.json: policy", "missing"),
    "schema": (_with("schema", "mdps-cell/2"), "cell.json: schema", "another format"),
    "port": (
        _with("mqtt", {"host": "a", "port": 0, "ca_file": "a", "certificate_file": "a",
                       "key_file": "a", "confirm_by": "ack"}),
        "cell.json: mqtt.port", "0",
    ),
    "profile": (_with("printer.profile", "no-such"), "no-such.json", "Profiles here: example"),
    "root": (_with("root_file", "nowhere.json"), "nowhere.json", "No such file"),
    "example root": (_with("demonstration", False), "root.json", "an example root"),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_is_described_wrongly(
    lying: Workshop, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, place, observed = CELLS[name]
    lying.edit_cell(change)
    assert main(["controller", "--cell", str(lying.cell)]) in (1, 2, 3)
    said = capsys.readouterr()
    assert said.out == ""
    assert place in said.err, said.err
    assert observed in said.err, said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("data", "observed"),
    [
        (b"", "Expecting value"),
        (b'{"schema": NaN}', "NaN"),
        (b'{"schema": "mdps-cell/1", "schema": "mdps-cell/1"}', "the key twice"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"a":' * 200, "nesting deeper than 64"),
        (b"[]", "a list"),
    ],
)
def test_a_cell_file_that_is_no_json(
    lying: Workshop, data: bytes, observed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("cell.json", "people.json", "root.json"):
        original = (lying.cell / name).read_bytes()
        (lying.cell / name).write_bytes(data)
        assert main(["controller", "--cell", str(lying.cell)]) in (1, 3)
        said = capsys.readouterr().err
        assert name in said
        assert observed in said
        (lying.cell / name).write_bytes(original)


PEOPLE: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "unknown role": (_with("0.roles", ["boss"]), "roles", "'boss'"),
    "no role": (_with("0.roles", []), "roles", "0 members"),
    "plain password": (_with("0.argon2id", "secret"), "argon2id", "'secret'"),
    "twice": (lambda people: people.append(people[0]), "people", "a user name twice"),
    "unknown key": (_with("0.pin", 1234), "pin", "an unknown key"),
    "nobody": (lambda people: people.clear(), "people", "0 members"),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_people_who_are_described_wrongly(
    lying: Workshop, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, place, observed = PEOPLE[name]
    path = lying.cell / "people.json"
    document = json.loads(path.read_text())
    people = {str(index): person for index, person in enumerate(document["people"])}
    if name in ("twice", "nobody"):
        change(document["people"])
    else:
        change(people)
    path.write_bytes(canonical_json(document))
    assert main(["controller", "--cell", str(lying.cell)]) == 1
    said = capsys.readouterr().err
    assert "people.json: people" in said
    assert place in said
    assert observed in said


def test_a_controller_that_cannot_start_says_why_and_ends(lying: Workshop) -> None:
    (lying.cell / "cell.json").unlink()
    status, said = refusal(lying)
    assert status == 2
    assert f"{lying.cell / 'cell.json'}: cannot be opened" in said
