"""A whole demonstration hospital for tests: real processes in a folder of their own. No mocks.

Simulator, controller, OctoPrint with the plugin, and the broker where there is one, as
``mdps demo`` starts them; single ones can be killed, stopped and started again. What is asked of
it goes over OctoPrint's HTTP API, the controller's socket, the pty and the simulator's panel.
"""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import socket
import threading
import time
import tty
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from mdps_plugin.build.signature import Act
from mdps_plugin.controller.client_link import ControllerClient
from mdps_plugin.demonstration import headless
from mdps_plugin.demonstration.hospital import QUALITY, Hospital, signature
from mdps_plugin.demonstration.orders import example_order
from mdps_plugin.demonstration.people import ADMIN
from mdps_plugin.demonstration.person import Person
from mdps_plugin.demonstration.processes import Processes
from mdps_plugin.demonstration.registers import import_sticks
from mdps_plugin.demonstration.repositories import Repositories
from mdps_plugin.demonstration.stage import (
    Options,
    Running,
    bring_up,
    start_controller,
    start_octoprint,
)
from mdps_plugin.errors import MdpsError
from tests.harness import wait_until
from tests.octoprint_server import OctoPrint
from tests.simulated import WireLog

Json = dict[str, Any]


def until(condition: Callable[[], Any], seconds: float, what: str, step: float = 0.1) -> Any:
    """Wait at the pace of a page: each look is a request."""
    return wait_until(condition, seconds, what, step)


class Admin(OctoPrint):
    """OctoPrint's API with the administrator's key; the process belongs to the hospital."""

    def __init__(self, url: str, key: str, pty: Path) -> None:
        super().__init__(pty.parent, port=pty)
        self.url = url.rstrip("/")
        self.key = key

    def request(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None
    ) -> tuple[int, Any]:
        headers = {"X-Api-Key": self.key}
        if content_type:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                data, status = answer.read(), answer.status
        except urllib.error.HTTPError as fault:
            with fault:
                data, status = fault.read(), fault.code
        try:
            return status, json.loads(data)
        except ValueError:
            return status, data.decode(errors="replace")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A build that was permitted over the API. ``lines`` are those that may go on the wire."""

    order_id: str
    build_id: str
    lines: list[str]
    planned: str


class DemoHospital:
    """One hospital. ``restart_*`` and ``kill`` act on single processes."""

    def __init__(self, home: Path, *, speed: float) -> None:
        self.layout = Hospital(home=home)
        self._speed = speed
        self._processes = Processes(self.layout.run)
        self._safe_mode = False
        self.running: Running
        self.wire: WireLog
        self.admin: Admin

    def __enter__(self) -> DemoHospital:
        self._processes.__enter__()
        try:
            options = Options(speed=self._speed, port=None)
            self.running = bring_up(self.layout, self._processes, options, self._say)
        except BaseException:
            self._processes.stop_all()
            raise
        self.wire = WireLog(self.running.wire_log)
        self.admin = Admin(self.running.url, self.layout.logins()[ADMIN]["api_key"], self.pty)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.signal("octoprint", signal.SIGCONT)
        self._processes.stop_all()

    def _say(self, text: str) -> None:
        with (self.layout.run / "stage.log").open("a") as stream:
            stream.write(f"{time.monotonic():.1f} {text}\n")

    @property
    def pty(self) -> Path:
        """What OctoPrint takes for the printer."""
        return self.layout.pty

    def person(self, user: str) -> Person:
        """Somebody at a browser."""
        return Person(self.running.url, self.layout, user)

    # The controller.

    def call(self, verb: str, actor: str = "tina", **args: Any) -> Any:
        """A verb of the controller, over its own socket."""
        with ControllerClient(self.layout.socket) as controller:
            return controller.call(verb, args, actor=actor)

    def state(self) -> Json:
        """The snapshot that the screens show."""
        found: Json = self.call("state")
        return found

    def order_state(self, order_id: str) -> str:
        """State of an order or of its build."""
        return next(o["state"] for o in self.state()["orders"] if o["order_id"] == order_id)

    def log_size(self) -> int:
        """Number of entries."""
        return int(self.call("log_tail", count=1)[-1]["index"]) + 1

    def entries(self, start: int) -> list[Json]:
        """Entries of the log from index ``start`` on."""
        found: list[Json] = self.call("log_tail", count=300)
        assert int(found[0]["index"]) <= start or len(found) < 300
        return [entry for entry in found if int(entry["index"]) >= start]

    def approve(self, bundle: Path) -> None:
        """Publish a signed bundle, name it at the hospital, import both sticks, approve it."""
        now = datetime.now(UTC).replace(microsecond=0)
        (name,) = Repositories(self.layout.repositories).release([bundle], now)

        def ask(verb: str, act: Act, **values: Any) -> Any:
            values["signature"] = signature(self.layout, QUALITY, act)
            return self.call(verb, actor=QUALITY, **values)

        import_sticks(self.layout, ask, now)
        self.call(
            "approve_recipe",
            actor=QUALITY,
            bundle=name,
            local_qualification="Made for tests.",
            signature=signature(self.layout, QUALITY, Act.APPROVE_RECIPE),
        )

    def permitted(self, recipe_id: str) -> Made:
        """Order, check, signature of one build of a fixed-geometry recipe; nothing is started."""
        tina = self.person("tina")
        order, _, _ = example_order(
            "mask-extender", datetime.now(UTC), {"colour": "white"}, model_from_order=False
        )
        order["recipe_id"] = recipe_id
        order_id = str(tina.post_order(order, b"")["order_id"])
        tina.post("plugin/mdps/verify_order", {"order_id": order_id})
        detail = headless.wait_checked(tina, order_id, self._say)
        build_id = headless.permit(tina, detail, order_id, self._say)
        with ControllerClient(self.layout.socket) as controller:
            job = controller.call_for_bytes("job", {"build_id": build_id}, actor="tina")[1]
        planned = next(
            entry["body"]["permit"]["planned_sha256"]
            for entry in reversed(self.entries(0 if self.log_size() < 300 else self.log_size() - 9))
            if entry["kind"] == "build_permitted"
        )
        return Made(
            order_id=order_id,
            build_id=build_id,
            lines=job.decode("ascii").splitlines(),
            planned=planned,
        )

    def started(self, recipe_id: str, line: int) -> Made:
        """A build under way that has had at least ``line`` lines acknowledged."""
        made = self.permitted(recipe_id)
        headless.start(self.person("tina"), made.build_id, self._say)
        self.wait_line(line)
        return made

    def wait_line(self, line: int, seconds: float = 60.0) -> None:
        """Until so many lines of the present build are acknowledged."""

        def there() -> bool:
            build = self.state()["build"]
            return build is not None and (build["line"] or 0) >= line

        until(there, seconds, f"line {line}")

    # The printer.

    def ask_panel(self, request: Json) -> Json:
        """One request to the simulator's control socket."""
        with socket.socket(socket.AF_UNIX) as panel:
            panel.settimeout(10)
            panel.connect(str(self.layout.panel))
            panel.sendall(json.dumps(request).encode() + b"\n")
            answer: Json = json.loads(panel.makefile("rb").readline())
        assert answer["ok"], answer
        return answer

    def truth(self) -> Json:
        """What is really so in the printer now."""
        found: Json = self.ask_panel({"get": "truth"})["truth"]
        return found

    def fault(self, name: str, value: str | None = None, *, off: bool = False) -> None:
        """Switch a fault on or off."""
        arguments: Json = {"off": True} if off else {}
        if value is not None:
            arguments["value"] = value
        self.ask_panel({"fault": name, "args": arguments})

    # Processes.

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one process."""
        pid = self._processes.pid(name)
        if pid is not None:
            os.kill(pid, number)

    def end(self, name: str, number: signal.Signals) -> None:
        """End one process with that signal and wait until it is gone."""
        self._processes.stop(name, number)

    def start_controller(self) -> None:
        """Start the controller again, as a service manager would."""
        start_controller(self.layout, self._processes, self._say)

    def start_octoprint(self, *, safe_mode: bool = False) -> None:
        """Start OctoPrint again at the same address."""
        start_octoprint(
            self.layout,
            self._processes,
            int(self.running.url.rstrip("/").rsplit(":", 1)[1]),
            self._say,
            safe_mode=safe_mode,
        )
        self._safe_mode = safe_mode

    def runs(self, name: str) -> bool:
        """True if that process is there."""
        return self._processes.pid(name) is not None

    def make_ready(self) -> None:
        """Everything up, connected, locked, without fault: where each test begins."""
        for text in self.ask_panel({"get": "faults"})["on"]:
            self.fault(text.partition(":")[0], off=True)
        if self.truth()["killed"]:
            self.fault("reset")
        if not self.runs("controller"):
            self.start_controller()
        if self.runs("octoprint") and self._safe_mode:
            self.end("octoprint", signal.SIGTERM)
        if not self.runs("octoprint"):
            self.start_octoprint()
        try:
            until(self._ready, 90, "a hospital that is ready", 0.2)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{self._what_is_there()}") from None

    def _ready(self) -> bool:
        try:
            host = self.admin.state()
            state = self.state()
        except (OSError, http.client.HTTPException, MdpsError):
            return False
        if host.startswith(("Offline", "Closed", "Error")):
            self.admin.connect()
            return False
        printer, build = state["printer"], state["build"]
        if build is not None and build["state"] in ("permitted", "armed", "building", "held"):
            # A test that did not get to its end left a build behind.
            self.call("stop")
            return False
        return (
            host == "Operational"
            and state["lock"]["mode"] == "locked"
            and printer["connected"]
            and printer["nozzle_target_c"] == 0
            and printer["bed_target_c"] == 0
        )

    def _what_is_there(self) -> str:
        """State of host and controller and the ends of what the processes said, for a failure."""
        parts = []
        for name, ask in (("OctoPrint", self.admin.state), ("controller", self.state)):
            try:
                said: Any = ask()
                parts.append(f"{name}: {said if isinstance(said, str) else _in_short(said)}")
            except (OSError, http.client.HTTPException, MdpsError) as fault:
                parts.append(f"{name}: {fault!r}")
        logs = [*self.layout.run.glob("*.log"), self.layout.octoprint / "logs" / "octoprint.log"]
        for path in logs:
            if path.exists() and path != self.wire.path:
                lines = path.read_text(errors="replace").splitlines()[-25:]
                parts.append(f"end of {path.name}:\n" + "\n".join(lines))
        return "\n".join(parts)


def _in_short(state: Json) -> str:
    return " ".join(f"{key}: {state[key]}" for key in ("lock", "printer", "build"))


class OwnHost:
    """A host that is not OctoPrint: sends lines to the pty, one by one, each after its ok."""

    def __init__(self, pty: Path, lines: list[str], pause_s: float) -> None:
        self._fd = os.open(pty, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._fd)
        self._lines = lines
        self._pause_s = pause_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._unread = b""
        self.cancelled = False

    def __enter__(self) -> OwnHost:
        # The gate counts a host as connected once it has said something.
        self._send("M115")
        return self

    def drive(self) -> None:
        """Begin to send."""
        self._thread.start()

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._fd)

    def _run(self) -> None:
        for line in self._lines:
            if self._ended.is_set() or not self._send(line):
                return
            self._ended.wait(self._pause_s)

    def _send(self, line: str) -> bool:
        os.write(self._fd, line.encode() + b"\n")
        while not self._ended.is_set():
            ready, _, _ = select.select([self._fd], [], [], 0.2)
            if not ready:
                continue
            *lines, self._unread = (self._unread + os.read(self._fd, 4096)).split(b"\n")
            if b"//action:cancel" in lines:
                self.cancelled = True
                return False
            if any(one.startswith(b"ok") for one in lines):
                return True
        return False
