"""A real OctoPrint as a process for tests, with one admin, driven by its public API."""

from __future__ import annotations

import http.client
import json
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from .harness import Process, free_port, wait_until

BIN = Path(sys.executable).parent

API_KEY = "0123456789ABCDEF0123456789ABCDEF"
USER, PASSWORD = "admin", "correct horse battery"


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
