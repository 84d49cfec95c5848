"""The files of the demonstration hospital. Starts no process, fills no register.

:func:`lay_out` makes the cell folder once. Recipes are the examples, out of repositories of its
own, or those that somebody brought (:mod:`.brought`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..audit.note import LogSigner
from ..build.signature import ACT_RULES, Act
from ..canonical import Json
from ..controller.accounts import Person, hash_password, people_document
from ..durable_file import write_durably
from ..errors import UsageFault
from ..policy.signed import POLICY_NAME
from ..recipes.store import default_root_path
from .brought import Brought
from .people import ADMIN, PEOPLE, new_logins
from .policy import example_quality_key, signed_policy

if TYPE_CHECKING:
    from .repositories import Repositories

EXAMPLE_RECIPES = ("mask-extender", "anatomical-model", "finger-splint", "bottle-grip")
QUALITY = "quinn"
INSTITUTION, SITE, CELL = "example-hospital", "print-lab", "printer-7"


@dataclass(frozen=True, kw_only=True)
class Hospital:
    """Where the demonstration keeps its things. ``home`` survives; ``run`` is for one start.

    ``brought``: recipes of others that this start takes in.
    """

    home: Path
    brought: Brought | None = None

    @property
    def cell(self) -> Path:
        """The controller's folder."""
        return self.home / "cell"

    @property
    def roots(self) -> Path:
        """First trusted roots of the two repositories, if the cell has a chain of trust."""
        return self.cell / "trust-roots"

    @property
    def repositories(self) -> Path:
        """What lies outside the cell: the manufacturer's and the hospital's repository."""
        return self.home / "repositories"

    @property
    def has_examples(self) -> bool:
        """True if its recipes are the examples; a hospital stays what it was laid out as."""
        return self.repositories.is_dir() or not self.roots.is_dir()

    @property
    def octoprint(self) -> Path:
        """OctoPrint's base folder."""
        return self.home / "octoprint"

    @property
    def run(self) -> Path:
        """Logs and notes of the processes."""
        return self.home / "run"

    @property
    def usb(self) -> Path:
        """Where the simulator's port appears; in production a udev name."""
        return self.home / "run" / "usb-printer"

    @property
    def socket(self) -> Path:
        """The controller's socket."""
        return self.cell / "run" / "controller.sock"

    @property
    def pty(self) -> Path:
        """What OctoPrint takes for the printer."""
        return self.cell / "run" / "printer"

    @property
    def truth(self) -> Path:
        """What is really so in the simulated printer, twice a second."""
        return self.run / "truth.json"

    @property
    def panel(self) -> Path:
        """The simulator's control socket: what somebody could do at the printer itself."""
        return self.run / "simulator.sock"

    @property
    def logins_file(self) -> Path:
        """Logins of the demonstration, mode 0600."""
        return self.home / "logins.json"

    def logins(self) -> dict[str, dict[str, str]]:
        """Logins made when the hospital was laid out."""
        found: dict[str, dict[str, str]] = json.loads(self.logins_file.read_text())
        return found


def lay_out(hospital: Hospital, mqtt: Mapping[str, Json] | None, *, chain: bool = False) -> bool:
    """Make the cell folder if it is not there; true if it was made now.

    ``chain``: recipes come through the two repositories, not from folders under one root.
    """
    hospital.run.mkdir(parents=True, exist_ok=True)
    if (hospital.cell / "cell.json").exists():
        _require_same_roots(hospital)
        _set_mqtt(hospital, mqtt)
        _give_policy(hospital)
        return False
    now = datetime.now(UTC)
    root = default_root_path().read_bytes()
    if hospital.brought is not None:
        root = hospital.brought.signers(now)
    # cell.json comes last: without it the next start begins again from nothing.
    shutil.rmtree(hospital.cell, ignore_errors=True)
    keys = hospital.cell / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (hospital.cell / "run").mkdir()
    _make_people(hospital)
    write_durably(keys / "log.pem", LogSigner(Ed25519PrivateKey.generate()).to_pem())
    write_durably(hospital.cell / "root.json", root, mode=0o644)
    document = _cell_document(hospital, mqtt)
    if chain or hospital.brought is not None:
        _found_trust(hospital, now)
        document["trust"] = {
            "manufacturer_root": f"{hospital.roots.name}/manufacturer-root.json",
            "hospital_root": f"{hospital.roots.name}/hospital-root.json",
        }
    else:
        _give_policy(hospital)
    write_durably(hospital.cell / "cell.json", json.dumps(document, indent=2).encode())
    return True


def _make_people(hospital: Hospital) -> None:
    logins = new_logins()
    write_durably(hospital.logins_file, json.dumps(logins, indent=2).encode())
    people = [
        Person(
            user=person.user,
            printed_name=person.printed_name,
            roles=frozenset(person.roles),
            password_hash=hash_password(logins[person.user]["signing_password"]),
            disabled=False,
        )
        for person in PEOPLE
    ]
    write_durably(
        hospital.cell / "people.json", json.dumps(people_document(people), indent=2).encode()
    )


def _found_trust(hospital: Hospital, now: datetime) -> None:
    """First roots of both repositories: brought, or of two that are made now."""
    shutil.rmtree(hospital.repositories, ignore_errors=True)
    if hospital.brought is None:
        repositories_of(hospital).found(hospital.roots, now)
        return
    hospital.roots.mkdir(parents=True, exist_ok=True)
    for name, data in hospital.brought.first_roots().items():
        write_durably(hospital.roots / f"{name}-root.json", data, mode=0o644)


def _require_same_roots(hospital: Hospital) -> None:
    """Whom a hospital trusts is decided once, when it is laid out."""
    if hospital.brought is None:
        return
    for name, data in hospital.brought.first_roots().items():
        path = hospital.roots / f"{name}-root.json"
        if hospital.has_examples or path.read_bytes() != data:
            raise UsageFault(
                f"{hospital.home}: this hospital was laid out with other first roots; "
                "name an empty --home"
            )


def _give_policy(hospital: Hospital) -> None:
    """A signed policy beside ``cell.json``; a hospital with a repository has it there."""
    path = hospital.cell / POLICY_NAME
    if hospital.roots.is_dir() or path.exists():
        return
    write_durably(path, signed_policy(INSTITUTION, datetime.now(UTC), example_quality_key()))


def _cell_document(hospital: Hospital, mqtt: Mapping[str, Json] | None) -> dict[str, Any]:
    return {
        "schema": "mdps-cell/1",
        "institution": INSTITUTION,
        "institution_name": "Example Hospital (demonstration)",
        "institution_address": "1 Example Street, 00000 Example Town",
        "site": SITE,
        "cell": CELL,
        "demonstration": True,
        "printer": {
            "port": str(hospital.usb),
            "profile": "example-i3-marlin-2.1",
            "model": "Example i3",
            "serial": "EX-0007",
            "nozzle_mm": 0.4,
            "plate": "smooth PEI",
        },
        "policy": {
            "jurisdictions": ["EU"],
            "classes": ["I", "none"],
            "implantable_allowed": False,
        },
        "root_file": "root.json",
        "oversight_certificates": [],
        "mqtt": mqtt,
    }


def _set_mqtt(hospital: Hospital, mqtt: Mapping[str, Json] | None) -> None:
    """The broker's port may differ at each start of the demonstration."""
    path = hospital.cell / "cell.json"
    document = json.loads(path.read_text())
    if document["mqtt"] != mqtt:
        document["mqtt"] = mqtt
        write_durably(path, json.dumps(document, indent=2).encode())


def signature(hospital: Hospital, user: str, act: Act, shown: str | None = None) -> dict[str, Json]:
    """A signature object as the page would send it."""
    return {
        "user": user,
        "password": hospital.logins()[user]["signing_password"],
        "meaning": ACT_RULES[act].meaning,
        "subject_sha256": shown,
    }


def repositories_of(hospital: Hospital) -> Repositories:
    """The demonstration's own two repositories."""
    # Imported here: whoever only reads the help of a command does not wait for the TUF library.
    from .repositories import Repositories

    return Repositories(hospital.repositories)


def octoprint_wishes(hospital: Hospital) -> dict[str, Json]:
    """What :mod:`mdps_plugin.octoprint_host.provision` is told."""
    logins = hospital.logins()
    groups = {person.user: [person.octoprint_group] for person in PEOPLE}
    groups[ADMIN] = ["admins", "users"]
    return {
        "port": str(hospital.pty),
        "printer": "Printer 7 (demonstration)",
        "socket": str(hospital.socket),
        "users": [
            {
                "name": user,
                "password": logins[user]["octoprint_password"],
                "api_key": logins[user]["api_key"],
                "groups": groups[user],
            }
            for user in (*groups,)
        ],
    }
