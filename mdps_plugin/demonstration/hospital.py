"""The files and registers of the demonstration hospital. Starts no process.

:func:`lay_out` makes the cell folder once; :func:`fill_registers` then asks the running
controller, with real signatures, to approve the recipes, receive lots, record trainings,
calibrations, the room and the printer's qualification. A second start finds everything done.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..audit.note import LogSigner
from ..build.signature import ACT_RULES, Act
from ..canonical import Json
from ..controller.accounts import Person, hash_password, people_document
from ..controller.client_link import ControllerClient
from ..controller.file_store import write_durably
from ..policy.signed import POLICY_NAME
from ..reading import instant_text
from ..recipes.store import default_root_path, find_bundle
from .people import ADMIN, PEOPLE, lots, new_logins
from .policy import example_quality_key, signed_policy

if TYPE_CHECKING:
    from .repositories import Repositories

EXAMPLE_RECIPES = ("mask-extender", "anatomical-model", "finger-splint", "bottle-grip")
QUALITY = "quinn"
INSTITUTION, SITE, CELL = "example-hospital", "print-lab", "printer-7"


@dataclass(frozen=True, kw_only=True)
class Hospital:
    """Where the demonstration keeps its things. ``home`` survives; ``run`` is for one start."""

    home: Path

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
        _set_mqtt(hospital, mqtt)
        _give_policy(hospital)
        return False
    # cell.json comes last: without it the next start begins again from nothing.
    shutil.rmtree(hospital.cell, ignore_errors=True)
    keys = hospital.cell / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (hospital.cell / "run").mkdir()
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
    write_durably(keys / "log.pem", LogSigner(Ed25519PrivateKey.generate()).to_pem())
    shutil.copyfile(default_root_path(), hospital.cell / "root.json")
    document = _cell_document(hospital, mqtt)
    if chain:
        shutil.rmtree(hospital.repositories, ignore_errors=True)
        _repositories(hospital).found(hospital.roots, datetime.now(UTC))
        document["trust"] = {
            "manufacturer_root": f"{hospital.roots.name}/manufacturer-root.json",
            "hospital_root": f"{hospital.roots.name}/hospital-root.json",
        }
    else:
        _give_policy(hospital)
    write_durably(hospital.cell / "cell.json", json.dumps(document, indent=2).encode())
    return True


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


def fill_registers(hospital: Hospital, say: Callable[[str], None]) -> None:
    """Everything a hospital does before its first build, through the controller's own verbs."""
    with ControllerClient(hospital.socket) as controller:
        registers = controller.call("registers")
        filled = isinstance(registers, Mapping) and bool(registers.get("recipes"))
        now = datetime.now(UTC).replace(microsecond=0)

        def ask(verb: str, act: Act, **values: Json) -> None:
            values["signature"] = signature(hospital, QUALITY, act)
            controller.call(verb, values, actor=QUALITY)

        bundles = [str(find_bundle(f"validated_recipes/{name}")) for name in EXAMPLE_RECIPES]
        if hospital.roots.is_dir():
            if not filled:
                say("publishing the example recipes")
                bundles = list(_repositories(hospital).release(map(Path, bundles), now))
            say("importing the sticks of manufacturer and hospital")
            import_sticks(hospital, ask, now)
        if filled:
            return
        say("approving the example recipes")
        for bundle in bundles:
            ask(
                "approve_recipe",
                Act.APPROVE_RECIPE,
                bundle=bundle,
                local_qualification="Demonstration only: no local qualification was made.",
            )
        say("receiving material, recording trainings, calibrations, the printer")
        recipes = controller.call("recipes")
        _receive_lots(ask, recipes, now)
        _record_people_and_equipment(ask, recipes, now)
        ask("record_room", Act.RECORD_ROOM, temperature_c=21.5, humidity_percent=45)
        ask("qualify_printer", Act.QUALIFY_PRINTER, valid_days=180)


def _repositories(hospital: Hospital) -> Repositories:
    # Imported here: whoever only reads the help of a command does not wait for the TUF library.
    from .repositories import Repositories

    return Repositories(hospital.repositories)


def import_sticks(hospital: Hospital, ask: Callable[..., None], at: datetime) -> None:
    """What somebody does with the two sticks each week; the hospital's is of today."""
    for name, path in _repositories(hospital).sticks(at).items():
        ask("import_recipes", Act.IMPORT_RECIPES, repository=name, path=str(path))


def _receive_lots(ask: Callable[..., None], recipes: Json, now: datetime) -> None:
    numbers = {"PLA": "22B", "PETG": "P-118"}
    seen: set[str] = set()
    for recipe in recipes if isinstance(recipes, list) else []:
        material = recipe["material"]
        if material["kind"] in seen:
            continue
        seen.add(material["kind"])
        lot_id = numbers.get(material["kind"], f"L-{len(seen)}")
        wanted = {**material, "colour": material["colours"][0]}
        ask("receive_lot", Act.RECEIVE_LOT, lot=lots(now, wanted, lot_id))
        drying = material.get("drying")
        if drying is not None:
            ask(
                "dry_lot",
                Act.DRY_LOT,
                lot_id=lot_id,
                dried={
                    "temperature_c": drying["temperature_c"]["minimum"],
                    "hours": drying["minimum_h"],
                    "finished_at": instant_text(now - timedelta(minutes=30)),
                },
            )


def _record_people_and_equipment(ask: Callable[..., None], recipes: Json, now: datetime) -> None:
    until = instant_text(now + timedelta(days=365))
    trainings: set[str] = set()
    equipment: set[str] = set()
    for recipe in recipes if isinstance(recipes, list) else []:
        trainings.add(recipe["training"])
        equipment.update(recipe["calibrations"])
    for training in sorted(trainings):
        for person in PEOPLE:
            if "technician" in person.roles:
                ask(
                    "record_training",
                    Act.RECORD_TRAINING,
                    user=person.user,
                    training=training,
                    valid_until=until,
                )
    for item in sorted(equipment):
        ask(
            "record_calibration",
            Act.RECORD_CALIBRATION,
            equipment=item,
            certificate="EXAMPLE-CAL-1",
            due=until,
        )


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
