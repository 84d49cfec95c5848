"""Writes the base folder of a new OctoPrint for a cell: configuration, groups, users.

Run as ``python -m mdps_plugin.octoprint_host.provision BASEDIR`` with a JSON object on standard
input: ``{"port", "printer", "socket", "users": [{"name", "password", "api_key", "groups"}]}``.
An existing ``config.yaml`` is left alone: a person may have changed it, and the lock does not
depend on it (the gate holds; this is comfort and a second layer, docs/threat-model.md).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

QUIET_PLUGINS = [
    "achievements",
    "announcements",
    "discovery",
    "errortracking",
    "softwareupdate",
    "tracking",
    "virtual_printer",
    "pluginmanager",
]

READING = [
    "STATUS",
    "WEBCAM",
    "MONITOR_TERMINAL",
    "FILES_LIST",
    "FILES_DOWNLOAD",
    "GCODE_VIEWER",
    "SETTINGS_READ",
]

GROUPS: dict[str, dict[str, Any]] = {
    "mdps_technicians": {
        "name": "MDPS technicians",
        "description": "Make devices from the MDPS tab. No control of the printer by hand.",
        "permissions": [*READING, "PLUGIN_MDPS_BUILD"],
    },
    "mdps_releasers": {
        "name": "MDPS releasers",
        "description": "Release what somebody else has made.",
        "permissions": [*READING, "PLUGIN_MDPS_BUILD", "PLUGIN_MDPS_RELEASE"],
    },
    "mdps_quality": {
        "name": "MDPS quality managers",
        "description": "Decide deviations, approve recipes, export records.",
        "permissions": [
            *READING,
            "PLUGIN_MDPS_BUILD",
            "PLUGIN_MDPS_RELEASE",
            "PLUGIN_MDPS_QUALITY",
            "PLUGIN_MDPS_INSPECT",
        ],
    },
    "mdps_inspectors": {
        "name": "MDPS inspectors",
        "description": "Read records. Nothing that writes.",
        "permissions": [*READING, "PLUGIN_MDPS_INSPECT"],
    },
}


def configuration(port: str, printer: str, socket: str) -> dict[str, Any]:
    """``config.yaml`` of a cell: one port, no wizard, no discovery, nothing that calls home."""
    return {
        "server": {
            "firstRun": False,
            "seenWizards": {"mdps": 1, "corewizard": 5, "tracking": None, "classicwebcam": None},
            "ignoreIncompleteStartup": True,
            "onlineCheck": {"enabled": False},
            "pluginBlacklist": {"enabled": False},
        },
        "serial": {
            "port": port,
            "baudrate": 115200,
            "autoconnect": True,
            "additionalPorts": [port],
            # AUTO would probe every port it finds, the printer's own among them.
            "blacklistedPorts": ["/dev/tty*"],
        },
        "feature": {"sdSupport": False},
        "appearance": {
            "name": printer,
            "components": {
                "order": {"tab": ["plugin_mdps"], "sidebar": ["plugin_mdps"]},
            },
        },
        "plugins": {
            "_disabled": QUIET_PLUGINS,
            "mdps": {"socket": socket},
            "action_command_notification": {"enable_popups": False},
        },
        "webcam": {"webcamEnabled": False, "timelapseEnabled": False},
    }


def main() -> int:
    """Read the wishes from standard input, write what is not there yet."""
    from octoprint.access.users import UserManager
    from octoprint.util import yaml

    base = Path(sys.argv[1])
    wishes = json.load(sys.stdin)
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    users = {
        user["name"]: {
            "active": True,
            "apikey": user["api_key"],
            "groups": user["groups"],
            "password": UserManager.create_password_hash(user["password"]),
            "permissions": [],
            "roles": ["admin", "user"] if "admins" in user["groups"] else ["user"],
            "settings": {},
        }
        for user in wishes["users"]
    }
    groups = {key: {**group, "default": False, "subgroups": []} for key, group in GROUPS.items()}
    documents: dict[str, Any] = {
        "config.yaml": configuration(wishes["port"], wishes["printer"], wishes["socket"]),
        "groups.yaml": {"_version": 2, "groups": groups, "tracked": []},
        "users.yaml": users,
    }
    for name, document in documents.items():
        if not (base / name).exists():
            with (base / name).open("w") as stream:
                os.fchmod(stream.fileno(), 0o600)
                yaml.save_to_file(document, file=stream, pretty=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
