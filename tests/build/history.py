"""A log that is written as the controller writes it, for the tests of this room.

``History`` appends entries, each folded before it is kept. What stands in them (order, evidence,
people) comes from world.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mdps_plugin.audit.entry import Entry
from mdps_plugin.build.decide import decide
from mdps_plugin.build.entities import Build, CellState
from mdps_plugin.build.facts import RoomReading
from mdps_plugin.build.people import Person
from mdps_plugin.build.permit import issue_permit
from mdps_plugin.build.record_sources import PolicyInForce, RecordSources, Signer
from mdps_plugin.build.signature import Act, Signature, sign
from mdps_plugin.build.states import check_next, fold
from mdps_plugin.reading import instant_text
from mdps_plugin.recipes.document import Recipe

from ..factories import NOW, make_recipe
from .world import (
    BOTH,
    CALIBRATION,
    GCODE_SHA,
    JOB_SHA,
    LOT,
    MODEL,
    MODEL_SHA,
    PLACED_SHA,
    PRINTER,
    QUALIFICATION,
    QUALITY,
    RELEASER,
    SHOWN,
    TECHNICIAN,
    TOKEN,
    VERSIONS,
    accepted_verdict,
    make_evidence,
    make_order,
    timed_recipe,
    training,
)

TEMPERATURES: dict[str, Any] = {
    "nozzle": {"minimum": 208.0, "mean": 210.1, "maximum": 212.0},
    "bed": {"minimum": 59.5, "mean": 60.0, "maximum": 60.5},
    "excursions": [],
}


class History:
    """A log in memory. ``now`` moves on by a minute with every entry."""

    def __init__(self, recipe: Recipe | None = None) -> None:
        self.recipe = recipe or make_recipe()
        self.entries: list[Entry] = []
        self.state = CellState()
        self.now = NOW

    def append(self, kind: str, body: dict[str, Any] | None = None) -> Entry:
        """Fold the entry, keep it, move time on."""
        self.state = check_next(self.state, kind, body or {}, self.now)
        entry = Entry(
            index=len(self.entries),
            time=instant_text(self.now),
            boot_id="boot",
            kind=kind,
            body=body or {},
        )
        self.entries.append(entry)
        self.now += timedelta(minutes=1)
        return entry

    def sign(self, person: Person, act: Act, values: Any = None) -> Signature:
        return sign(person, act, at=self.now, shown_sha256=SHOWN, values=values)

    def signed(self, kind: str, person: Person, act: Act, **body: Any) -> Entry:
        return self.append(kind, {**body, "signature": self.sign(person, act, body).to_json()})

    def registers(self) -> History:
        """Everything that a site has on record before its first order."""
        self.append("controller_started", {"versions": {}})
        self.signed(
            "recipe_approved",
            QUALITY,
            Act.APPROVE_RECIPE,
            recipe_digest=self.recipe.digest,
            recipe_id=self.recipe.identity.recipe_id,
            revision=self.recipe.identity.revision,
        )
        self.signed("lot_received", TECHNICIAN, Act.RECEIVE_LOT, lot=LOT.to_json())
        for person in (TECHNICIAN, RELEASER, BOTH):
            self.signed(
                "training_recorded",
                QUALITY,
                Act.RECORD_TRAINING,
                training=training(person).to_json(),
            )
        self.signed(
            "calibration_recorded",
            QUALITY,
            Act.RECORD_CALIBRATION,
            calibration=CALIBRATION.to_json(),
        )
        self.signed(
            "printer_qualified",
            QUALITY,
            Act.QUALIFY_PRINTER,
            qualification=QUALIFICATION.to_json(),
        )
        room = RoomReading(temperature_c=22.0, humidity_percent=40.0, at=self.now)
        self.signed("room_recorded", TECHNICIAN, Act.RECORD_ROOM, room=room.to_json())
        return self

    def ordered(self, order_id: str = "O-1") -> History:
        order = make_order(order_id=order_id)
        self.append(
            "order_received",
            {
                "order_id": order_id,
                "order_sha256": order.sha256,
                "recipe_digest": self.recipe.digest,
                "patient_token": TOKEN,
            },
        )
        return self

    def verified(self, order_id: str = "O-1") -> History:
        self.append(
            "order_verified",
            {
                "order_id": order_id,
                "verdict": accepted_verdict().to_json(),
                "digests": {
                    "source": MODEL_SHA,
                    "placed": PLACED_SHA,
                    "gcode": GCODE_SHA,
                    "canonical": JOB_SHA,
                },
                "toolpath": {"lines": 1000, "layers": 25, "filament_mm": 2000.0},
            },
        )
        return self

    def permit_body(
        self, build_id: str = "B-1", order_id: str = "O-1", person: Person = TECHNICIAN
    ) -> dict[str, Any]:
        evidence = make_evidence(
            self.recipe,
            now=self.now,
            order=make_order(order_id=order_id),
            operator=person,
            trainings=(training(person),),
        )
        permit = issue_permit(
            decide(evidence), evidence, permit_id=f"permit-{build_id}", build_id=build_id
        )
        signature = self.sign(person, Act.PERMIT, permit.to_json())
        return {
            "build_id": build_id,
            "permit": permit.to_json(),
            "signature": signature.to_json(),
        }

    def permitted(self, build_id: str = "B-1", order_id: str = "O-1") -> History:
        self.append("build_permitted", self.permit_body(build_id, order_id))
        return self

    def armed(self, build_id: str = "B-1") -> History:
        self.append("build_armed", {"build_id": build_id, "planned": JOB_SHA})
        return self

    def building(self, build_id: str = "B-1") -> History:
        self.append("build_started", {"build_id": build_id})
        return self

    def streamed_body(self, build_id: str = "B-1", **overrides: Any) -> dict[str, Any]:
        return {
            "build_id": build_id,
            "planned": JOB_SHA,
            "streamed": JOB_SHA,
            "lines": 1000,
            "started": instant_text(self.now - timedelta(minutes=1)),
            "finished": instant_text(self.now),
            "temperatures": TEMPERATURES,
            **overrides,
        }

    def streamed(self, build_id: str = "B-1", **overrides: Any) -> History:
        self.append("build_streamed", self.streamed_body(build_id, **overrides))
        return self

    def steps_signed(self, build_id: str = "B-1", person: Person = TECHNICIAN) -> History:
        for step in self.recipe.post_processing:
            self.append("step_started", {"build_id": build_id, "step_id": step.step_id})
            self.now += timedelta(seconds=step.minimum_s)
            readings = [{"name": one.name, "value": one.limits.minimum} for one in step.readings]
            self.signed(
                "step_signed",
                person,
                Act.STEP,
                build_id=build_id,
                step_id=step.step_id,
                readings=readings,
            )
        return self

    def inspected(
        self, build_id: str = "B-1", person: Person = TECHNICIAN, value: float = 20.1
    ) -> History:
        self.signed(
            "inspection_signed",
            person,
            Act.INSPECTION,
            build_id=build_id,
            measurements=[{"name": "length", "value": value}],
        )
        return self

    def released(self, build_id: str = "B-1", person: Person = RELEASER) -> History:
        self.signed(
            "release_signed", person, Act.RELEASE, build_id=build_id, record_sha256="9a" * 32
        )
        return self

    def handed_over(self, build_id: str = "B-1") -> History:
        self.signed(
            "handed_over",
            TECHNICIAN,
            Act.HAND_OVER,
            build_id=build_id,
            to="Ward 4",
            copy_given=True,
        )
        return self

    def to_building(self) -> History:
        return self.registers().ordered().verified().permitted().armed().building()

    def to_inspected(self) -> History:
        return self.to_building().streamed().steps_signed().inspected()

    def build(self, build_id: str = "B-1") -> Build:
        return self.state.builds[build_id]

    def refold(self) -> CellState:
        return fold(self.entries)


def record_sources(history: History, build_id: str = "B-1", **overrides: Any) -> RecordSources:
    build = history.build(build_id)
    base = RecordSources(
        record_id=f"R-{build_id}",
        cell="printer-7",
        site_name="Example Hospital",
        site_address="2 Example Road",
        state=history.state,
        build=build,
        order=make_order(order_id=build.order_id),
        recipe=history.recipe,
        bundle_sha256="8b" * 32,
        signers=(Signer(holder="Q. Tester", role="quality", key_id="k1"),),
        site_policy=PolicyInForce(
            title="site policy 3 of example-hospital",
            version=3,
            sha256="5c" * 32,
            expires="2027-11-01T00:00:00Z",
            signers=(Signer(holder="S. Tester", role="quality", key_id="k2"),),
        ),
        model=MODEL,
        layers=25,
        printer=PRINTER,
        versions=VERSIONS,
        lot=LOT,
        checked_with="mdps 0.1.0: mdps log verify LOG",
    )
    return replace(base, **overrides)


def whole_history() -> History:
    """A log from the first order to the hand-over, with a hold on the way."""
    history = History(timed_recipe()).to_building()
    history.append("build_held", {"build_id": "B-1", "by": "tess"})
    history.append("build_resumed", {"build_id": "B-1", "by": "tess"})
    return history.streamed().steps_signed().inspected().released().handed_over()
