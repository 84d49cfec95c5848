"""Recipe bundles that may not be used, sent to ``approve_recipe`` of a whole controller.

Each is refused in plain words that name place, what was observed and what is allowed, and leaves
nothing behind.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.build.signature import Act
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from tests.harness import wait_until

from . import bundles
from .desk import desk_order, kept, plain
from .workshop import Workshop

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
