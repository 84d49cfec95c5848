"""A real OctoPrint with the plugin, its virtual printer, and one user for each role."""

from __future__ import annotations

import http.client
import json
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from tests.octoprint_server import API_KEY, OctoPrint

PASSWORD = "page password"
READING = ["STATUS", "FILES_LIST", "SETTINGS_READ", "MONITOR_TERMINAL"]
QUIET = [
    "achievements",
    "announcements",
    "discovery",
    "errortracking",
    "softwareupdate",
    "tracking",
]
ROLES = {
    "tech": ["PLUGIN_MDPS_BUILD"],
    "releaser": ["PLUGIN_MDPS_BUILD", "PLUGIN_MDPS_RELEASE"],
    "quality": ["PLUGIN_MDPS_BUILD", "PLUGIN_MDPS_RELEASE", "PLUGIN_MDPS_QUALITY"],
    "inspector": ["PLUGIN_MDPS_INSPECT"],
    "stranger": [],
    "operator": ["PRINT", "CONTROL", "FILES_SELECT", "FILES_UPLOAD", "PLUGIN_MDPS_BUILD"],
}


def key_of(user: str) -> str:
    """The API key of a role's user."""
    return API_KEY if user == "admin" else (user.upper() * 32)[:32]


class Face(OctoPrint):
    """``port`` VIRTUAL: OctoPrint's own virtual printer, which no gate guards."""

    def __init__(self, folder: Path, controller: Path) -> None:
        config = {
            "appearance": {
                "components": {"order": {"tab": ["plugin_mdps"], "sidebar": ["plugin_mdps"]}}
            },
            "serial": {"port": "VIRTUAL", "additionalPorts": []},
            "plugins": {
                "_disabled": QUIET,
                "virtual_printer": {"enabled": True},
                "mdps": {"socket": str(controller)},
            },
        }
        super().__init__(folder, port="VIRTUAL", plugin=True, config=config)

    def provision(self) -> None:
        super().provision()
        path = self.folder / "users.yaml"
        users = json.loads(path.read_text())
        password = PasswordHasher().hash(PASSWORD)
        for user, permissions in ROLES.items():
            users[user] = {
                "password": password,
                "active": True,
                "apikey": key_of(user),
                "groups": [],
                "permissions": [*READING, *permissions],
                "roles": ["user"],
                "settings": {},
            }
        path.write_text(json.dumps(users))

    def ask(
        self,
        user: str | None,
        method: str,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, JSON or bytes, headers of a request below ``/plugin/mdps``."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        url = f"{self.url}/plugin/mdps/{path}"
        request = urllib.request.Request(url, data, method=method)
        if user is not None:
            request.add_header("X-Api-Key", key_of(user))
        if data is not None:
            request.add_header("Content-Type", content_type)
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=30)
        try:
            connection.request(method, f"/plugin/mdps/{path}", data, dict(request.header_items()))
            answer = connection.getresponse()
            raw = answer.read()
            headers = {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()
        if headers.get("content-type", "").startswith("application/json"):
            return answer.status, json.loads(raw), headers
        return answer.status, raw, headers


def form(**files: bytes) -> tuple[bytes, str]:
    """A multipart form of files, and its content type."""
    boundary = uuid.uuid4().hex
    body = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="%b"; filename="%b.bin"\r\n\r\n%b\r\n'
        % (boundary.encode(), name.encode(), name.encode(), data)
        for name, data in files.items()
    )
    return body + b"--%b--\r\n" % boundary.encode(), f"multipart/form-data; boundary={boundary}"
