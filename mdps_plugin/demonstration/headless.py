"""One whole build over OctoPrint's public HTTP API, as a browser would ask for it. No shortcuts.

Order, check, signature, start, print, post-processing, inspection, release by a second person,
handing over. Every step goes through OctoPrint and its plugin with the API key of the person who
does it; the signing passwords are the controller's.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..build.signature import Act
from ..canonical import Json
from ..errors import EnvironmentFault, UsageFault
from ..recipes.document import ModelSource
from .orders import Request, request_for
from .person import Person, StepRefused
from .stage import Running

CHECK_WITHIN_S = 900.0
BUILD_WITHIN_S = 6 * 3600.0
MAKER, RELEASER, INSPECTOR = "tina", "rob", "ines"
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What shall be made. ``model``: STL of the order, needed where no example is known.

    ``values``: variables of the recipe that differ from their default.
    """

    recipe_id: str
    model: bytes | None = None
    values: Mapping[str, str]


def one_build(running: Running, wish: Wish, say: Say) -> dict[str, Json]:
    """Make one device; what ``mdps demo --headless --json`` prints."""
    maker = Person(running.url, running.hospital, MAKER)
    order_id, build_id = released_build(running, wish, say)
    hand_over(maker, order_id, build_id)
    say("handed over")
    return _collect(running, order_id, build_id)


def released_build(running: Running, wish: Wish, say: Say) -> tuple[str, str]:
    """Make one device and release it; order and build. It is still here."""
    maker = Person(running.url, running.hospital, MAKER)
    releaser = Person(running.url, running.hospital, RELEASER)
    order, patient, model = request_for(_request(maker, wish), datetime.now(UTC))
    order_id = str(maker.post_order(order, model, patient)["order_id"])
    say(f"order {order_id} for {wish.recipe_id} received")
    maker.post("plugin/mdps/verify_order", {"order_id": order_id})
    detail = wait_checked(maker, order_id, say)
    build_id = permit(maker, detail, order_id, say)
    start(maker, build_id, say)
    _wait_built(maker, order_id, build_id, say)
    _post_process(maker, order_id, build_id, say)
    _inspect(maker, order_id, build_id, say)
    detail = maker.get(f"plugin/mdps/order/{order_id}")
    releaser.post(
        "plugin/mdps/sign_release",
        {
            "build_id": build_id,
            "signature": releaser.signature(detail["to_sign"]["release"]),
        },
    )
    say("released by a second person; documents made")
    return order_id, build_id


def hand_over(maker: Person, order_id: str, build_id: str) -> None:
    """Hand a released device over with its papers; :class:`StepRefused` if it may not go."""
    detail = maker.get(f"plugin/mdps/order/{order_id}")
    maker.post(
        "plugin/mdps/hand_over",
        {
            "build_id": build_id,
            "to": "ward 4B",
            "copy_given": True,
            "signature": maker.signature(detail["to_sign"]["hand_over"]),
        },
    )


def _request(maker: Person, wish: Wish) -> Request:
    """What the ward asks for, from what the cell says of its recipes."""
    rows = [row for row in maker.get("plugin/mdps/recipes") if row["recipe_id"] == wish.recipe_id]
    row = next((one for one in rows if one["usable"]), rows[0] if rows else None)
    if row is None:
        raise UsageFault(f"--recipe {wish.recipe_id}: this hospital has no such recipe")
    if "variables" not in row or (row["approved"] is None and not row["usable"]):
        said = [f"{one['title']} {one['observed']}".strip() for one in row["reasons"]]
        raise StepRefused(f"{wish.recipe_id}/{row['revision']}: {' | '.join(said)}")
    unknown = sorted(set(wish.values) - set(row["variables"]))
    if unknown:
        known = ", ".join(row["variables"]) or "none"
        raise UsageFault(f"--set {unknown[0]}: this recipe has: {known}")
    return Request(
        recipe_id=wish.recipe_id,
        pathway=row["pathway"],
        device=row["device"],
        variables={**row["variables"], **wish.values},
        model_from_order=row["model_source"] == ModelSource.ORDER.value,
        model=wish.model,
    )


def wait_checked(maker: Person, order_id: str, say: Say) -> dict[str, Any]:
    """The detail of an order once its check is done; :class:`StepRefused` if it was refused."""
    deadline = time.monotonic() + CHECK_WITHIN_S
    told = ""
    while True:
        detail: dict[str, Any] = maker.get(f"plugin/mdps/order/{order_id}")
        checking = detail["checking"]
        if checking is None and detail["state"] != "ordered":
            break
        if time.monotonic() > deadline:
            raise EnvironmentFault(f"order {order_id} was not checked in {CHECK_WITHIN_S:.0f} s")
        if checking is not None and checking["name"] != told:
            told = checking["name"]
            say(f"checking: {told}")
        time.sleep(0.3)
    if detail["state"] != "verified":
        refusing = [one["message"] for one in detail["findings"] if one["severity"] == "refuse"]
        raise StepRefused(f"order {order_id}: {' | '.join(refusing)}")
    say(f"checked: {len(detail['checks'])} checks ran, none refused")
    return detail


def permit(maker: Person, detail: Mapping[str, Any], order_id: str, say: Say) -> str:
    """Confirm plate and lot, sign; the id of the permitted build."""
    lots = [lot["lot_id"] for lot in detail["lots"] if lot["usable"]]
    if not lots:
        raise StepRefused(f"order {order_id}: no usable lot of material")
    given = maker.post(
        "plugin/mdps/permit_build",
        {
            "order_id": order_id,
            "plate_clear": True,
            "plate": detail["plate"],
            "lot_id": lots[0],
            "signature": maker.signature(detail["to_sign"]["permit"]),
        },
    )
    build_id = str(given["build_id"])
    say(f"build {build_id} permitted and signed")
    return build_id


def start(maker: Person, build_id: str, say: Say) -> None:
    """Arm the gate; OctoPrint prints."""
    maker.post("plugin/mdps/start_build", {"build_id": build_id})
    say("armed; OctoPrint prints")


def _wait_built(maker: Person, order_id: str, build_id: str, say: Say) -> None:
    deadline = time.monotonic() + BUILD_WITHIN_S
    told = -1
    while time.monotonic() < deadline:
        state = maker.get("plugin/mdps/state")
        build = state["build"]
        if build is None or build["state"] not in ("permitted", "armed", "building", "held"):
            break
        percent = build["percent"] or 0
        if percent // 25 != told:
            told = percent // 25
            say(f"building: {percent} %, layer {build['layer']} of {build['layers']}")
        time.sleep(0.5)
    detail = maker.get(f"plugin/mdps/order/{order_id}")
    if detail["build"]["state"] not in ("built", "post_processed"):
        why = detail["build"]["aborted"] or detail["build"]["state"]
        raise StepRefused(f"build {build_id} ended early: {why}")
    say("built: all planned lines were sent and acknowledged")


def _post_process(maker: Person, order_id: str, build_id: str, say: Say) -> None:
    while True:
        detail = maker.get(f"plugin/mdps/order/{order_id}")
        step = next((one for one in detail["steps"] if one["done"] is None), None)
        if step is None:
            return
        if step["minimum_s"] and step["started_at"] is None:
            maker.post("plugin/mdps/start_step", {"build_id": build_id, "step_id": step["step_id"]})
        _wait_minimum(maker, order_id, step, say)
        detail = maker.get(f"plugin/mdps/order/{order_id}")
        middle = {one["name"]: (one["minimum"] + one["maximum"]) / 2 for one in step["readings"]}
        maker.post(
            "plugin/mdps/sign_step",
            {
                "build_id": build_id,
                "step_id": step["step_id"],
                "readings": middle,
                "signature": maker.signature(detail["to_sign"]["step"]),
            },
        )
        say(f"step {step['step_id']} signed")


def _wait_minimum(maker: Person, order_id: str, step: Mapping[str, Any], say: Say) -> None:
    if not step["minimum_s"]:
        return
    detail = maker.get(f"plugin/mdps/order/{order_id}")
    now = next(one for one in detail["steps"] if one["step_id"] == step["step_id"])
    started = datetime.fromisoformat(now["started_at"].replace("Z", "+00:00"))
    left_s = step["minimum_s"] - (datetime.now(UTC) - started).total_seconds()
    if left_s > 0:
        say(f"step {step['step_id']}: the recipe asks for {step['minimum_s']:g} s")
        time.sleep(left_s + 0.5)


def _inspect(maker: Person, order_id: str, build_id: str, say: Say) -> None:
    detail = maker.get(f"plugin/mdps/order/{order_id}")
    measured = {one["characteristic_id"]: one["nominal"] for one in detail["characteristics"]}
    maker.post(
        "plugin/mdps/sign_inspection",
        {
            "build_id": build_id,
            "measurements": measured,
            "signature": maker.signature(detail["to_sign"]["inspection"]),
        },
    )
    say(f"inspected: {len(measured)} characteristics inside their limits")


def _collect(running: Running, order_id: str, build_id: str) -> dict[str, Json]:
    """Take the inspector's pack out and say where everything is."""
    inspector = Person(running.url, running.hospital, INSPECTOR)
    reason = f"demonstration, build {build_id}"
    signed: dict[str, Json] = {"reason": reason, "signature": inspector.own_signature(Act.EXPORT)}
    pack = inspector.post_for_bytes("plugin/mdps/export", signed)
    folder: Path = running.hospital.home / "export" / build_id
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        archive.extractall(folder)
    record_path = folder / "records" / f"{build_id}.json"
    record = json.loads(record_path.read_text())
    return {
        "order_id": order_id,
        "build_id": build_id,
        "record": str(record_path),
        "log": str(folder / "log.jsonl"),
        "keys": str(folder / "keys.txt"),
        "documents": str(folder / "documents"),
        "wire_log": str(running.wire_log),
        "planned": record["job"]["planned"],
        "streamed": record["job"]["streamed"],
        "lines": record["job"]["lines"],
        "without": list(running.without),
    }
