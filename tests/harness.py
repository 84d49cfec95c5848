"""Real parts for tests: the simulator and OctoPrint as processes, and the simulator's wire log.

Nothing here is a mock. What is started is stopped by its own process id.

::

    with Simulator(folder) as printer:                 # python -m simulator --pty … --wire-log …
        gate = GateLink(profile, str(printer.pty), folder / "printer", events.put)
        with OctoPrint(folder / "octoprint", port=folder / "printer") as octoprint:
            octoprint.wait_for_state("Operational")
            octoprint.upload("job.gcode", lines, start=True)
    printer.wire.commands()                            # what firmware took, in order
    printer.wire.digest()                              # SHA-256 and count over the job lines
    printer.wire.beyond_queries()                      # what is neither query nor stop word
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parent.parent

QUERY_WORDS = frozenset(["M105", "M110", "M114", "M115", "M119", "M155", "M400", "M503"])
"""Command words that the controller itself asks with; they never occur in a job."""

STOP_LINE = re.compile(r"M112|M108|M410|M84|M18|M10[47]|M10[46] (T\d )?S0|M104 S0 T\d|M140 S0|M107")

API_KEY = "0123456789ABCDEF0123456789ABCDEF"
USER, PASSWORD = "admin", "correct horse battery"


def wait_until(
    condition: Callable[[], Any], seconds: float = 20.0, what: str = "the condition"
) -> Any:
    """Poll until ``condition`` gives something true and return it; AssertionError after that."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.02)


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WireLog:
    """The simulator's wire log: one JSON object a line (docs/architecture.md, "Simulator")."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, start: int = 0) -> list[dict[str, Any]]:
        """All complete entries from number ``start`` on; a half-written last line is left out."""
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines[start:] if line]

    def mark(self) -> int:
        """Number of entries so far; hand it to the other methods as ``start``."""
        return len(self.entries())

    def commands(self, start: int = 0) -> list[str]:
        """Commands without number and checksum that firmware took, in order."""
        return [
            entry["command"]
            for entry in self.entries(start)
            if entry["dir"] == "host" and entry.get("accepted") and entry.get("command")
        ]

    def job_lines(self, start: int = 0) -> list[str]:
        """The accepted commands that are none of the controller's own query words."""
        return [c for c in self.commands(start) if c.split(" ")[0] not in QUERY_WORDS]

    def digest(self, start: int = 0) -> tuple[str, int]:
        """SHA-256 over ``command + "\\n"`` of the job lines, and how many they are."""
        lines = self.job_lines(start)
        text = "".join(line + "\n" for line in lines)
        return hashlib.sha256(text.encode("ascii")).hexdigest(), len(lines)

    def beyond_queries(self, start: int = 0) -> list[str]:
        """Everything the host wrote, taken by firmware or not, that is neither query nor stop.

        A locked printer leaves this empty.
        """
        found = []
        for entry in self.entries(start):
            if entry["dir"] != "host":
                continue
            command = entry.get("command") or entry["raw"].strip()
            if command.split(" ")[0] in QUERY_WORDS or STOP_LINE.fullmatch(command):
                continue
            found.append(command)
        return found


class Process:
    """A child process with its output in a file; stopped by its own id."""

    def __init__(self, arguments: Sequence[str], output: Path, env: dict[str, str] | None = None):
        self.output = output
        with output.open("ab") as stream:
            self._popen = subprocess.Popen(
                list(arguments),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def text(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._popen.kill()
        self._popen.wait()

    def stop(self, seconds: float = 15.0) -> None:
        """SIGTERM, then SIGKILL; always waits until it is gone."""
        if self.alive:
            self._popen.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(seconds)
        if self.alive:
            self._popen.kill()
        self._popen.wait()


class Simulator:
    """``python -m simulator`` behind a pty link, with its wire log.

    ``arguments`` are further command-line options, e.g. ``("--fault", "drop_line=20")``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        speed: float = 20.0,
        seed: int = 1,
        arguments: Iterable[str] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.pty = folder / "simulator-pty"
        self.wire = WireLog(folder / "wire.jsonl")
        self._arguments = [
            *(sys.executable, "-m", "simulator"),
            *("--pty", str(self.pty), "--speed", str(speed), "--seed", str(seed)),
            *("--wire-log", str(self.wire.path)),
            *arguments,
        ]
        self.process: Process | None = None

    def start(self) -> Simulator:
        """Start and wait for the pty link."""
        self.process = Process(self._arguments, self.folder / "simulator.out")
        process = self.process
        try:
            wait_until(lambda: self.pty.exists() or not process.alive, 20, "the simulator's pty")
        except AssertionError:
            self.stop()
            raise
        if not process.alive:
            raise AssertionError("the simulator ended:\n" + process.text())
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()
            self.process = None

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()


class OctoPrint:
    """A real ``octoprint serve`` in a folder of its own, with one admin and an API key.

    ``port`` is the serial port it connects to by itself; ``plugin`` leaves the MDPS plugin on;
    ``config`` is merged into config.yaml; ``safe`` starts it with ``--safe``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: Path | str,
        safe: bool = False,
        plugin: bool = False,
        config: dict[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.printer_port = str(port)
        self.http_port = free_port()
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.safe = safe
        self._plugin = plugin
        self._config = config or {}
        self.process: Process | None = None

    def provision(self) -> None:
        """Write config.yaml and users.yaml (JSON is YAML) unless they are there already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "config.yaml").exists():
            return
        disabled = "achievements announcements discovery errortracking softwareupdate tracking"
        config = {
            "server": {
                "firstRun": False,
                "seenWizards": {"corewizard": 5, "mdps": 1},
                "ignoreIncompleteStartup": True,
                "onlineCheck": {"enabled": False},
                "pluginBlacklist": {"enabled": False},
            },
            "serial": {
                "port": self.printer_port,
                "baudrate": 115200,
                "autoconnect": True,
                "additionalPorts": [self.printer_port],
                "blacklistedPorts": ["/dev/tty*"],
                "log": True,
            },
            "webcam": {"webcamEnabled": False, "timelapseEnabled": False},
            "plugins": {
                "_disabled": [
                    *disabled.split(),
                    "virtual_printer",
                    "pluginmanager",
                    *([] if self._plugin else ["mdps"]),
                ]
            },
        }
        _merge(config, self._config)
        user = {
            "password": PasswordHasher().hash(PASSWORD),
            "active": True,
            "apikey": API_KEY,
            "groups": ["admins", "users"],
            "permissions": [],
            "roles": ["user", "admin"],
            "settings": {},
        }
        (self.folder / "config.yaml").write_text(json.dumps(config))
        (self.folder / "users.yaml").write_text(json.dumps({"_version": 2, USER: user}))

    def start(self, seconds: float = 90.0) -> OctoPrint:
        """Start and wait until its API answers."""
        self.provision()
        self.process = Process(
            [
                *(str(BIN / "octoprint"), "serve", "--basedir", str(self.folder)),
                *("--host", "127.0.0.1", "--port", str(self.http_port), "--iknowwhatimdoing"),
                *(["--safe"] if self.safe else []),
            ],
            self.folder / "octoprint.out",
            # A warning filter of the test run is not one for OctoPrint.
            env={"PYTHONWARNINGS": "ignore"},
        )
        process = self.process

        def answers() -> bool:
            if not process.alive:
                raise AssertionError("OctoPrint ended:\n" + process.text()[-4000:])
            try:
                return self.get("/api/version")[0] == 200
            except (OSError, http.client.HTTPException):
                return False  # the page shown while it starts is not quite HTTP

        try:
            wait_until(answers, seconds, "OctoPrint's API")
        except AssertionError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()
            self.process = None

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process = None

    def __enter__(self) -> OctoPrint:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def request(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None
    ) -> tuple[int, Any]:
        """HTTP status and JSON (or text) of one request with the admin's API key."""
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header("X-Api-Key", API_KEY)
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as fault:
            with fault:
                return fault.code, _json(fault.read())

    def get(self, path: str) -> tuple[int, Any]:
        return self.request("GET", path)

    def post(self, path: str, document: Any) -> tuple[int, Any]:
        return self.request("POST", path, json.dumps(document).encode(), "application/json")

    def state(self) -> str:
        """Text of the connection state, e.g. ``Operational`` or ``Printing``."""
        return str(self.get("/api/connection")[1]["current"]["state"])

    def wait_for_state(self, *states: str, seconds: float = 30.0) -> str:
        """Wait for one of the states and return it."""
        return str(
            wait_until(
                lambda: next((s for s in [self.state()] if s in states), None),
                seconds,
                f"OctoPrint to be {' or '.join(states)} (is {self.state()})",
            )
        )

    def connect(self) -> int:
        return self.post(
            "/api/connection",
            {"command": "connect", "port": self.printer_port, "baudrate": 115200},
        )[0]

    def disconnect(self) -> int:
        return self.post("/api/connection", {"command": "disconnect"})[0]

    def command(self, *lines: str) -> int:
        """Send lines as the terminal does; returns the HTTP status."""
        return self.post("/api/printer/command", {"commands": list(lines)})[0]

    def job(self, command: str, **more: Any) -> int:
        """``start``, ``cancel``, ``restart`` or ``pause`` (``action="pause"|"resume"``)."""
        return self.post("/api/job", {"command": command, **more})[0]

    def upload(
        self,
        name: str,
        content: bytes | str | Iterable[str],
        *,
        select: bool = False,
        start: bool = False,
        location: str = "local",
    ) -> tuple[int, Any]:
        """Upload a file by the public API, as a slicer would."""
        if isinstance(content, str):
            content = content.encode()
        elif not isinstance(content, bytes):
            content = "".join(line + "\n" for line in content).encode()
        boundary = uuid.uuid4().hex
        disposition = f"--{boundary}\r\nContent-Disposition: form-data; name="
        parts = [
            f'{disposition}"{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in (("select", str(select).lower()), ("print", str(start).lower()))
        ]
        parts.append(
            f'{disposition}"file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
            + content
            + f"\r\n--{boundary}--\r\n".encode()
        )
        return self.request(
            "POST",
            f"/api/files/{location}",
            b"".join(parts),
            f"multipart/form-data; boundary={boundary}",
        )

    def select(self, name: str, *, start: bool = False) -> int:
        """Select an uploaded file, and print it where asked."""
        return self.post(f"/api/files/local/{name}", {"command": "select", "print": start})[0]

    def serial_log(self) -> str:
        """OctoPrint's own log of the dialogue (its ``serial.log``)."""
        path = self.folder / "logs" / "serial.log"
        return path.read_text(errors="replace") if path.exists() else ""


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


def _merge(base: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value


@contextlib.contextmanager
def running(*parts: Any) -> Iterator[None]:
    """Enter several of the above in order and leave them in reverse order."""
    with contextlib.ExitStack() as stack:
        for part in parts:
            stack.enter_context(part)
        yield
