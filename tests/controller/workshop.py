"""A whole cell for tests and the work in it: orders, checks, permits, builds, signatures.

How the cell is started and asked is in running_cell.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mdps_plugin.build.signature import ACT_RULES, Act
from mdps_plugin.canonical import sha256_hex
from mdps_plugin.demonstration.orders import example_order
from tests.harness import wait_until

from .plain_host import PATIENCE_S, Host
from .running_cell import RunningCell

QUICK = "quick-strap"
"""The example strap with steps that may be signed at once (made in conftest.py)."""

_MODELS = {
    "mask-extender": False,
    "anatomical-model": True,
    "finger-splint": True,
    "bottle-grip": False,
}
_VARIABLES = {
    "mask-extender": {"colour": "white"},
    "anatomical-model": {"colour": "natural"},
    "finger-splint": {"length_mm": "24", "colour": "natural"},
    "bottle-grip": {"colour": "natural"},
}


class Workshop(RunningCell):
    """A cell, and what its people do: everything here is a request that somebody could make."""

    def signature(self, user: str, act: Act, shown: str | None = None) -> dict[str, Any]:
        return {
            "user": user,
            "password": self.hospital.logins()[user]["signing_password"],
            "meaning": ACT_RULES[act].meaning,
            "subject_sha256": shown,
        }

    def shown(self, user: str, act: Act, order_id: str, key: str) -> dict[str, Any]:
        """A signature over what the order's page shows now."""
        offered = self.order(order_id)["to_sign"]
        assert key in offered, f"the page offers {sorted(offered)}"
        return self.signature(user, act, offered[key]["subject_sha256"])

    def register(self, verb: str, act: Act, **values: Any) -> Any:
        """An entry of a register, signed by the quality manager."""
        return self.call(verb, {**values, "signature": self.signature("quinn", act)})

    def name_question(self, token: str, user: str = "tina", reason: str = "test") -> dict[str, Any]:
        """Arguments of ``patient_name``, signed."""
        signature = self.signature(user, Act.SHOW_PATIENT_NAME)
        return {"token": token, "reason": reason, "signature": signature}

    def export_question(self, user: str = "ines", reason: str = "inspection") -> dict[str, Any]:
        """Arguments of ``export``, signed."""
        return {"reason": reason, "signature": self.signature(user, Act.EXPORT)}

    def room(self, temperature_c: float = 20, humidity_percent: float = 40) -> int:
        """Put a reading of the room on record; the entry."""
        values = {"temperature_c": temperature_c, "humidity_percent": humidity_percent}
        return int(self.register("record_room", Act.RECORD_ROOM, **values)["entry"])

    def receive(self, recipe_id: str = "mask-extender", **changes: Any) -> str:
        """Send an order that differs from the example's by ``changes``; its id."""
        order, model = self.make_order(recipe_id, **changes)
        return str(self.call("receive_order", {"order": order}, body=model)["order_id"])

    @staticmethod
    def make_order(
        recipe_id: str = "mask-extender", model: bytes | None = None, **changes: Any
    ) -> tuple[dict[str, Any], bytes]:
        """An example order and its model; ``model`` other bytes, named by their own digest."""
        example = "mask-extender" if recipe_id not in _MODELS else recipe_id
        variables = dict(_VARIABLES.get(example, {}))
        document, _, data = example_order(
            example, datetime.now(UTC), variables, model_from_order=_MODELS.get(recipe_id, False)
        )
        order: dict[str, Any] = {**document, "recipe_id": recipe_id}
        if model is not None:
            data = model
            order["model"]["sha256"] = sha256_hex(model)
        return {**order, **changes}, data

    def check(self, order_id: str) -> dict[str, Any]:
        """Have an order checked; its detail afterwards."""
        self.call("verify_order", {"order_id": order_id})
        return dict(
            wait_until(
                lambda: next(
                    (one for one in [self.order(order_id)] if one["checking"] is None), None
                ),
                PATIENCE_S,
                "the check",
            )
        )

    def verified(self, recipe_id: str = "mask-extender", **changes: Any) -> str:
        order_id = self.receive(recipe_id, **changes)
        detail = self.check(order_id)
        assert detail["state"] == "verified", [one["message"] for one in detail["findings"]]
        return order_id

    def permit_arguments(self, order_id: str, user: str = "tina", **changes: Any) -> dict[str, Any]:
        detail = self.order(order_id)
        shown = detail["to_sign"].get("permit", {}).get("subject_sha256")
        return {
            "order_id": order_id,
            "plate_clear": True,
            "plate": detail["plate"],
            "lot_id": "22B",
            "signature": self.signature(user, Act.PERMIT, shown),
            **changes,
        }

    def permitted(self, recipe_id: str = "mask-extender") -> tuple[str, str]:
        """(order, build) of a fresh order whose build is permitted."""
        order_id = self.verified(recipe_id)
        build = self.call("permit_build", self.permit_arguments(order_id))
        return order_id, str(build["build_id"])

    def streamed(self, build_id: str) -> None:
        """Print a permitted build to its end."""
        self.begun(build_id)
        wait_until(lambda: self.build_state(build_id) != "building", PATIENCE_S, "the last line")
        assert self.build_state(build_id) == "built", self.order_of(build_id)["build"]["aborted"]

    def order_of(self, build_id: str) -> dict[str, Any]:
        for row in self.call("orders"):
            if row["build_id"] == build_id:
                return self.order(row["order_id"])
        raise AssertionError(f"no build {build_id}")

    def sign_steps(self, order_id: str, build_id: str, user: str = "tina") -> None:
        """Sign every step with readings from the middle of their limits."""
        for step in self.order(order_id)["steps"]:
            middle = {
                one["name"]: (one["minimum"] + one["maximum"]) / 2 for one in step["readings"]
            }
            self.call(
                "sign_step",
                {
                    "build_id": build_id,
                    "step_id": step["step_id"],
                    "readings": middle,
                    "signature": self.shown(user, Act.STEP, order_id, "step"),
                },
            )

    def sign_inspection(self, order_id: str, build_id: str, user: str = "tina") -> None:
        """Sign the inspection with every value as wanted."""
        rows = self.order(order_id)["characteristics"]
        self.call(
            "sign_inspection",
            {
                "build_id": build_id,
                "measurements": {one["characteristic_id"]: one["nominal"] for one in rows},
                "signature": self.shown(user, Act.INSPECTION, order_id, "inspection"),
            },
        )

    def connect_host(self) -> Host:
        if self.host is not None:
            self.host.close()
        self.host = Host(self.hospital.pty).connect()
        return self.host

    def begun(self, build_id: str) -> None:
        """Arm a permitted build and send the first lines."""
        host = self.connect_host()
        _, job = self.call_for_bytes("job", {"build_id": build_id})
        self.call("arm_build", {"build_id": build_id})
        host.print_job(job)
        wait_until(lambda: self.build_state(build_id) == "building", PATIENCE_S, "the first line")

    def build_state(self, build_id: str) -> str:
        for row in self.call("orders"):
            if row["build_id"] == build_id:
                return str(row["state"])
        raise AssertionError(f"no build {build_id}")


@contextlib.contextmanager
def started(shop: Workshop) -> Iterator[Workshop]:
    """A shop, started, and stopped whatever happens; its controller must not have broken."""
    try:
        yield shop.start()
        assert shop.traces() == []
    finally:
        shop.stop()
