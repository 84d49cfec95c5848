"""Everything a hospital does before its first build, through the controller's own verbs.

Asks the running controller, with real signatures, to import and approve recipes, receive lots,
record trainings, calibrations, the room and the printer's qualification. A second start finds
everything done, and imports only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..build.recall import COUNTED
from ..build.signature import Act
from ..canonical import Json
from ..controller.client_link import ControllerClient
from ..reading import instant_text
from ..recipes.store import find_bundle
from .hospital import EXAMPLE_RECIPES, QUALITY, Hospital, repositories_of, signature
from .people import PEOPLE, lots


def fill_registers(hospital: Hospital, say: Callable[[str], None]) -> None:
    """Everything a hospital does before its first build, through the controller's own verbs."""
    with ControllerClient(hospital.socket) as controller:
        registers = controller.call("registers")
        filled = isinstance(registers, Mapping) and bool(registers.get("recipes"))
        now = datetime.now(UTC).replace(microsecond=0)

        def ask(verb: str, act: Act, **values: Json) -> Json:
            values["signature"] = signature(hospital, QUALITY, act)
            return controller.call(verb, values, actor=QUALITY)

        bundles = [str(find_bundle(f"validated_recipes/{name}")) for name in EXAMPLE_RECIPES]
        if not hospital.has_examples:
            if hospital.brought is not None:
                say("importing the sticks that were brought")
                for line in _import(ask, hospital.brought.sticks()):
                    say(line)
            bundles = _named_here(controller)
        elif hospital.roots.is_dir():
            if not filled:
                say("publishing the example recipes")
                bundles = list(repositories_of(hospital).release(map(Path, bundles), now))
            say("importing the sticks of manufacturer and hospital")
            import_sticks(hospital, ask, now)
        if filled:
            return
        say("approving the recipes")
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


def import_sticks(hospital: Hospital, ask: Callable[..., Json], at: datetime) -> None:
    """What somebody does with the two sticks each week; the hospital's is of today."""
    _import(ask, repositories_of(hospital).sticks(at))


def _import(ask: Callable[..., Json], sticks: Mapping[str, Path]) -> list[str]:
    """Import each; a line for every recipe that was taken back, with the parts made from it."""
    lines: list[str] = []
    for name, path in sticks.items():
        answer = ask("import_recipes", Act.IMPORT_RECIPES, repository=name, path=str(path))
        for row in answer["recalled"] if isinstance(answer, dict) else ():
            where = ", ".join(f"{row[group]} {group.replace('_', ' ')}" for group in COUNTED)
            lines.append(
                f"taken back by the {name}: {row['recipe']}, {row['reason']!r}; "
                f"parts made from it: {row['made']} ({where})"
            )
    return lines


def _named_here(controller: ControllerClient) -> list[str]:
    """What the hospital's list names and could be approved in the cell now, ``ID/REVISION``."""
    rows = controller.call("recipes")
    return [
        f"{row['recipe_id']}/{row['revision']}"
        for row in (rows if isinstance(rows, list) else [])
        if row["approvable"]
    ]


def _receive_lots(ask: Callable[..., Json], recipes: Json, now: datetime) -> None:
    numbers = {"PLA": "22B", "PETG": "P-118"}
    seen: set[str] = set()
    for recipe in _readable(recipes):
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


def _readable(recipes: Json) -> list[Any]:
    """Rows of recipes that could be read; what cannot asks for no material."""
    return [row for row in (recipes if isinstance(recipes, list) else []) if "material" in row]


def _record_people_and_equipment(ask: Callable[..., Json], recipes: Json, now: datetime) -> None:
    until = instant_text(now + timedelta(days=365))
    trainings: set[str] = set()
    equipment: set[str] = set()
    for recipe in _readable(recipes):
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
