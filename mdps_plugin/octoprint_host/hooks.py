"""OctoPrint hooks of the face: permissions and the size of an upload. None of them is a lock.

OctoPrint goes on when a hook raises, and a plugin is absent in safe mode; the gate holds without
any of this. Both hooks need a restart to change, so they cannot be switched off on the run.
"""

from __future__ import annotations

from typing import Any

BUILD, RELEASE, QUALITY, INSPECT = "BUILD", "RELEASE", "QUALITY", "INSPECT"

MAX_UPLOAD_BYTES = 320 * 1024 * 1024
"""Largest body of an order or a stick; the controller's socket takes as much."""

_ROLES = (
    (BUILD, "Make devices", "Open orders, sign and start builds, sign steps and inspections."),
    (RELEASE, "Release devices", "Sign the release of a device that somebody else made."),
    (QUALITY, "Manage quality", "Decide deviations, approve recipes, export records."),
    (INSPECT, "Read records", "Read records and verify the log. Nothing that writes."),
)


def permissions(*_args: object, **_kwargs: object) -> list[dict[str, Any]]:
    """Rows for ``octoprint.access.permissions``; the controller asks for a signature besides."""
    return [
        {
            "key": key,
            "name": name,
            "description": description,
            "roles": [key.lower()],
            "dangerous": key in (BUILD, RELEASE, QUALITY),
            "default_groups": [],
        }
        for key, name, description in _ROLES
    ]


def body_sizes(*_args: object, **_kwargs: object) -> list[tuple[str, str, int]]:
    """Rows for ``octoprint.server.http.bodysize``: method, path below the plugin, bytes."""
    return [("POST", rf"/{verb}", MAX_UPLOAD_BYTES) for verb in ("receive_order", "import_recipes")]
