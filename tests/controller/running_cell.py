"""A cell that runs: laid-out hospital, simulator, controller process, face. Works for nobody in it.

The controller is the real one, reached through its unix socket; the printer is the simulator.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sys
import threading
from pathlib import Path
from typing import Any, Self

from mdps_plugin.controller.client_link import ControllerClient, RefusedByController
from mdps_plugin.demonstration.hospital import Hospital, lay_out
from mdps_plugin.demonstration.registers import fill_registers
from mdps_plugin.errors import LinkError
from tests.harness import Process, wait_until
from tests.simulated import Simulator

from .plain_host import PATIENCE_S, Host

VERSIONS = {"octoprint": "1.11.8", "plugin": "0.1.0"}


class RunningCell:
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
    def new(cls, home: Path, **options: Any) -> Self:
        """A cell with empty registers."""
        shop = cls(home, **options)
        lay_out(shop.hospital, None)
        shop.edit_cell(lambda document: document["printer"].update(port=str(shop.simulator.pty)))
        return shop

    def copy_to(self, home: Path, **options: Any) -> Self:
        """The same cell, as it lies on the disk, in another place."""
        shutil.copytree(
            self.hospital.home, home, ignore=shutil.ignore_patterns("run", "*.lock"), symlinks=True
        )
        shop = type(self)(home, **options)
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

    def start(self) -> Self:
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

    def __enter__(self) -> Self:
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
        with ControllerClient(self.hospital.socket, PATIENCE_S) as client:
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


def refusing(verdict: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The findings of a verdict that refuse, by code."""
    return {one["code"]: one for one in verdict["findings"] if one["severity"] == "refuse"}
