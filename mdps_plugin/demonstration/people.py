"""People, lots, orders of the demonstration hospital. Every name is invented. Starts nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..canonical import Json, sha256_hex
from ..reading import instant_text

_WORDS = "amber birch cedar delta ember fjord grove heron inlet juniper kelp larch maple north"
_WORDS += " onyx pearl quartz raven slate tundra umber violet willow yarrow zephyr lilac"


@dataclass(frozen=True, kw_only=True)
class Role:
    """One person of the demonstration and the OctoPrint group of the screens."""

    user: str
    printed_name: str
    roles: tuple[str, ...]
    octoprint_group: str


PEOPLE = (
    Role(
        user="tina",
        printed_name="Tina Okafor",
        roles=("technician",),
        octoprint_group="mdps_technicians",
    ),
    Role(
        user="rob",
        printed_name="Robert Lindqvist",
        roles=("technician", "releaser"),
        octoprint_group="mdps_releasers",
    ),
    Role(
        user="quinn",
        printed_name="Quinn Adeyemi",
        roles=("quality_manager",),
        octoprint_group="mdps_quality",
    ),
    Role(
        user="ines",
        printed_name="Ines Castellanos",
        roles=("inspector",),
        octoprint_group="mdps_inspectors",
    ),
)
ADMIN = "admin"


def new_password() -> str:
    """Four random words: 26^4 guesses against argon2id, and three tries."""
    return "-".join(secrets.choice(_WORDS.split()) for _ in range(4))


def new_logins() -> dict[str, dict[str, str]]:
    """Random passwords and API keys for everybody; the administrator signs nothing."""
    logins = {
        person.user: {
            "octoprint_password": new_password(),
            "signing_password": new_password(),
            "api_key": secrets.token_hex(16).upper(),
        }
        for person in PEOPLE
    }
    logins[ADMIN] = {
        "octoprint_password": new_password(),
        "signing_password": "",
        "api_key": secrets.token_hex(16).upper(),
    }
    return logins


def lots(now: datetime, material: Mapping[str, str], lot_id: str) -> dict[str, Json]:
    """A lot of ``material`` (kind, manufacturer, product, colour), sealed until today, dried."""
    certificate = f"Certificate of analysis, lot {lot_id} (example)".encode()
    return {
        "lot_id": lot_id,
        "product": material["product"],
        "kind": material["kind"],
        "manufacturer": material["manufacturer"],
        "colour": material["colour"],
        "certificate_sha256": sha256_hex(certificate),
        "expires": instant_text(now + timedelta(days=365)),
        "opened_at": instant_text(now - timedelta(hours=1)),
        "dried": None,
        "quarantined": False,
        "remaining_g": 1000,
    }
