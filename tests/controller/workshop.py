"""A whole cell for tests: laid-out hospital, simulator, controller process, face and host.

The controller is the real one, reached through its unix socket; the printer is the simulator. The
host is a small one of our own: it drives the pty as OctoPrint does, line by line after each ok.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import sys
import threading
import time
import tty
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mdps_plugin.build.signature import ACT_RULES, Act
from mdps_plugin.canonical import sha256_hex
from mdps_plugin.controller.client_link import ControllerClient, RefusedByController
from mdps_plugin.demonstration.hospital import Hospital, lay_out
from mdps_plugin.demonstration.orders import example_order
from mdps_plugin.demonstration.registers import fill_registers
from mdps_plugin.errors import LinkError
from mdps_plugin.interlock.host_dialogue import checksum
from tests.harness import Process, Simulator, wait_until

VERSIONS = {"octoprint": "1.11.8", "plugin": "0.1.0"}
PATIENCE_S = 60.0
QUICK = "quick-strap"
"""The example strap with steps that may be signed at once (made in conftest.py)."""


class Host:
    """A host on the pty ``run/printer``: numbered lines with checksum, each after its ok."""

    def __init__(self, pty: Path) -> None:
        self._pty = pty
        self._port = -1
        self._number = 0
        self._rest = b""
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self.sent = 0

    def connect(self) -> Host:
        self._port = os.open(self._pty, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._port)
        # As OctoPrint does: a greeting that falls into the end of another connection is repeated.
        for last in (False, False, False, True):
            try:
                self.line("M110 N0", PATIENCE_S if last else 5.0)
                return self
            except AssertionError:
                if last:
                    raise
                self._number = 0
        return self

    def line(self, text: str, seconds: float = PATIENCE_S) -> list[str]:
        """Send one line; what came back, the last being its ``ok``."""
        body = f"N{self._number} {text}".encode()
        os.write(self._port, body + b"*%d\n" % checksum(body))
        self._number += 1
        heard: list[str] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._ending.is_set():
            ready, _, _ = select.select([self._port], [], [], 0.2)
            if ready:
                self._rest += os.read(self._port, 4096)
            while b"\n" in self._rest:
                one, _, self._rest = self._rest.partition(b"\n")
                heard.append(one.decode().strip())
                if heard[-1].startswith("ok"):
                    return heard
        raise AssertionError(f"no ok for {text!r}; heard {heard}")

    def print_job(self, job: bytes) -> None:
        """Send a job in a thread of its own; it ends quietly where the gate stops answering."""

        def run() -> None:
            with contextlib.suppress(OSError, AssertionError):
                for text in job.decode().splitlines():
                    self.line(text)
                    self.sent += 1

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the job's thread, then the connection: a port must not go away under a reader."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(PATIENCE_S)
            assert not self._thread.is_alive(), "the job's thread did not end"
        if self._port >= 0:
            os.close(self._port)
            self._port = -1


class Workshop:
    """One cell. ``home`` holds everything; ``controller`` is its process while it runs."""

    def __init__(self, home: Path, *, speed: float = 400.0, arguments: tuple[str, ...] = ()):
        self.hospital = Hospital(home=home)
        self.simulator = Simulator(home / "run", speed=speed, arguments=arguments)
        self.controller: Process | None = None
        self.host: Host | None = None
        self._beating = threading.Event()
        self._face: threading.Thread | None = None

    @property
    def cell(self) -> Path:
        return self.hospital.cell

    @property
    def stderr(self) -> Path:
        return self.hospital.run / "controller.out"

    # Laying out, starting, ending.

    @classmethod
    def new(cls, home: Path, **options: Any) -> Workshop:
        """A cell with empty registers."""
        shop = cls(home, **options)
        lay_out(shop.hospital, None)
        shop.edit_cell(lambda document: document["printer"].update(port=str(shop.simulator.pty)))
        return shop

    def copy_to(self, home: Path, **options: Any) -> Workshop:
        """The same cell, as it lies on the disk, in another place."""
        shutil.copytree(
            self.hospital.home, home, ignore=shutil.ignore_patterns("run", "*.lock"), symlinks=True
        )
        shop = Workshop(home, **options)
        shop.hospital.run.mkdir(exist_ok=True)
        (shop.cell / "run").mkdir(exist_ok=True)
        shop.edit_cell(lambda document: document["printer"].update(port=str(shop.simulator.pty)))
        return shop

    def edit_cell(self, change: Any) -> None:
        """Change ``cell.json``."""
        path = self.cell / "cell.json"
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    def launch(self) -> Process:
        """The controller as a process, whether it comes up or not."""
        self.hospital.run.mkdir(exist_ok=True)
        (self.cell / "run").mkdir(exist_ok=True)
        return Process(
            [sys.executable, "-m", "mdps_plugin.cli.main", "controller", "--cell", str(self.cell)],
            self.stderr,
        )

    def start_controller(self, *, printer: bool = True, face: bool = True) -> None:
        """Start it and wait until it answers; with ``printer`` until it knows the printer."""
        self.hospital.socket.unlink(missing_ok=True)
        self.controller = self.launch()
        child = self.controller
        wait_until(lambda: self.answers() or not child.alive, PATIENCE_S, "the controller")
        assert child.alive, child.text()
        if face:
            self.beat()
        if printer:
            wait_until(self.printer_known, PATIENCE_S, "the printer's identity")

    def start(self) -> Workshop:
        """Simulator and controller."""
        self.simulator.start()
        self.start_controller()
        return self

    def answers(self) -> bool:
        try:
            self.call("registers")
        except LinkError:
            return False
        return True

    def printer_known(self) -> bool:
        printer = self.state()["printer"]
        return printer["connected"] and printer["nozzle_c"] is not None

    def fill(self) -> None:
        fill_registers(self.hospital, lambda _: None)

    def stop(self) -> None:
        self.quiet()
        if self.host is not None:
            self.host.close()
            self.host = None
        if self.controller is not None:
            self.controller.stop()
            self.controller = None
        self.simulator.stop()

    def kill_controller(self) -> None:
        """kill -9, as a crash or a power cut would."""
        assert self.controller is not None
        self.quiet()
        self.controller.kill()
        self.controller = None
        if self.host is not None:
            self.host.close()
            self.host = None

    def stop_controller(self) -> None:
        assert self.controller is not None
        self.quiet()
        self.controller.stop()
        self.controller = None

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # The face.

    def beat(self) -> None:
        """Heartbeats with versions, as the plugin sends them, until :meth:`quiet`."""
        self._beating.clear()
        first = threading.Event()

        def run() -> None:
            while not self._beating.is_set():
                with contextlib.suppress(LinkError, RefusedByController):
                    self.call("heartbeat", dict(VERSIONS), actor="face")
                    first.set()
                self._beating.wait(1.0)

        self._face = threading.Thread(target=run, daemon=True)
        self._face.start()
        assert first.wait(PATIENCE_S), "no heartbeat was answered"

    def quiet(self) -> None:
        self._beating.set()
        if self._face is not None:
            self._face.join()
            self._face = None

    # Asking.

    def call(self, verb: str, args: Any = None, *, actor: str = "test", body: bytes = b"") -> Any:
        return self.call_for_bytes(verb, args, actor=actor, body=body)[0]

    def call_for_bytes(
        self, verb: str, args: Any = None, *, actor: str = "test", body: bytes = b""
    ) -> tuple[Any, bytes]:
        with ControllerClient(self.hospital.socket) as client:
            return client.call_for_bytes(verb, args, actor=actor, body=body)

    def refused(self, verb: str, args: Any = None, *, body: bytes = b"") -> dict[str, Any]:
        """The whole answer of a request that must be refused."""
        try:
            result = self.call(verb, args, body=body)
        except RefusedByController as said:
            return dict(said.answer)
        raise AssertionError(f"{verb} was accepted: {result}")

    def error(self, verb: str, args: Any = None, *, body: bytes = b"") -> dict[str, Any]:
        """The ``error`` of a request that must be refused."""
        answer = self.refused(verb, args, body=body)
        assert "error" in answer, answer
        return dict(answer["error"])

    def findings(self, verb: str, args: Any = None) -> dict[str, dict[str, Any]]:
        """The refusing findings of a request that a rule must refuse, by code."""
        answer = self.refused(verb, args)
        assert "refusal" in answer, answer
        return refusing(answer["refusal"])

    def state(self) -> dict[str, Any]:
        return dict(self.call("state"))

    def order(self, order_id: str) -> dict[str, Any]:
        return dict(self.call("order", {"order_id": order_id}))

    def entries(self, count: int = 1000) -> list[dict[str, Any]]:
        return list(self.call("log_tail", {"count": count}))

    def kinds(self, count: int = 1000) -> list[str]:
        return [entry["kind"] for entry in self.entries(count)]

    def log_is_whole(self) -> bool:
        report = self.call("verify_log")
        assert report["whole"] if "whole" in report else report["ok"], report
        return True

    def traces(self) -> list[str]:
        """Lines of the controller's own log that no user should ever cause."""
        text = self.stderr.read_text(errors="replace") if self.stderr.exists() else ""
        return [
            line
            for line in text.splitlines()
            if re.search(r"Traceback|Error:|Exception|verb \w+:", line)
        ]

    # Acts.

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


def refusing(verdict: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The findings of a verdict that refuse, by code."""
    return {one["code"]: one for one in verdict["findings"] if one["severity"] == "refuse"}


@contextlib.contextmanager
def started(shop: Workshop) -> Iterator[Workshop]:
    """A shop, started, and stopped whatever happens; its controller must not have broken."""
    try:
        yield shop.start()
        assert shop.traces() == []
    finally:
        shop.stop()
