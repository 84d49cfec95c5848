"""A small complete world for the tests of this room: order, evidence, and a log that is written.

``make_evidence()`` is accepted; overrides are fields of ``Evidence``. ``History`` appends entries
the way the controller does: each is folded before it is kept.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mdps_plugin.audit.entry import Entry
from mdps_plugin.build.decide import decide
from mdps_plugin.build.entities import Build, CellState
from mdps_plugin.build.evidence import (
    ControllerHealth,
    Evidence,
    ModelEvidence,
    PlateConfirmation,
    PrinterEvidence,
    RecipeEvidence,
    SitePolicy,
    ToolpathEvidence,
    Versions,
)
from mdps_plugin.build.facts import Approval, Calibration, Qualification, RoomReading
from mdps_plugin.build.lot import Lot
from mdps_plugin.build.order import Order, parse_order
from mdps_plugin.build.people import Person, Training
from mdps_plugin.build.permit import issue_permit
from mdps_plugin.build.record_sources import PolicyInForce, RecordSources, Signer
from mdps_plugin.build.signature import Act, Signature, sign
from mdps_plugin.build.states import check_next, fold
from mdps_plugin.findings import CheckRun, Verdict
from mdps_plugin.reading import instant_text
from mdps_plugin.recipes.document import Recipe

from ..factories import NOW, make_recipe

TOKEN = "P-7Q4K2M9XABCDEF"
MODEL_SHA = "a1" * 32
PLACED_SHA = "a2" * 32
GCODE_SHA = "b1" * 32
JOB_SHA = "b2" * 32
PROFILE_SHA = "c1" * 32
SHOWN = "d1" * 32

TECHNICIAN = Person.of("tess", "Tess Technician", ["technician"])
RELEASER = Person.of("rob", "Rob Releaser", ["releaser"])
BOTH = Person.of("bo", "Bo Both", ["technician", "releaser"])
QUALITY = Person.of("quinn", "Quinn Quality", ["quality_manager"])
INSPECTOR = Person.of("ina", "Ina Inspector", ["inspector"])


def timed_recipe(**overrides: Any) -> Recipe:
    """The test clip with two steps: one with a reading and a minimum time, one without."""
    steps = [
        {
            "step_id": "wash",
            "instruction": "Wash in warm water.",
            "readings": [
                {
                    "name": "water temperature",
                    "unit": "°C",
                    "limits": {"minimum": 35, "maximum": 45},
                    "gauge": "thermometer",
                }
            ],
            "minimum_s": 300,
            "equipment": "basin",
        },
        {
            "step_id": "deburr",
            "instruction": "Remove burrs.",
            "readings": [],
            "minimum_s": 0,
            "equipment": None,
        },
    ]
    return make_recipe(**{"post_processing": steps, **overrides})


def order_document(**overrides: Any) -> dict[str, Any]:
    """A complete order for the test clip; overrides replace top fields, or inner ones by dots."""
    document: dict[str, Any] = {
        "schema": "mdps-order/1",
        "order_id": "O-1",
        "pathway": "adaptable",
        "recipe_id": "test-clip",
        "revision": 1,
        "individual": {"token": TOKEN, "kind": "patient"},
        "prescriber": {
            "name": "Dr. P. Rescriber",
            "registration_number": "REG-1",
            "workplace": "Example Hospital",
        },
        "request": {
            "document_sha256": "e1" * 32,
            "signed_at": "2026-11-20T09:00:00Z",
            "signed_by": "Dr. P. Rescriber",
        },
        "design_characteristics": ["Length 20 mm"],
        "condition_or_feature": "Left ear",
        "model": {
            "sha256": MODEL_SHA,
            "released_by": {"name": "Dee Signer", "role": "designer"},
            "released_at": "2026-11-21T09:00:00Z",
        },
        "gcode_sha256": None,
        "variables": {"colour": "white"},
        "quantity": 1,
        "need_justification": "No market device fits.",
        "due": "2026-11-25T09:00:00Z",
        "ward": "Ward 4",
        "received_at": "2026-11-22T09:00:00Z",
    }
    document = copy.deepcopy(document)
    for path, value in overrides.items():
        *parents, last = path.split(".")
        place = document
        for name in parents:
            place = place[name]
        place[last] = value
    return document


def make_order(**overrides: Any) -> Order:
    return parse_order(order_document(**overrides), "order.json")


def accepted_verdict(*rings: str) -> Verdict:
    checks = tuple(CheckRun(name=f"check of {ring}", ran=True, ring=ring) for ring in rings)
    checks = checks or (CheckRun(name="content", ran=True),)
    return Verdict(findings=(), checks=checks, required=frozenset(check.name for check in checks))


NOTHING_CHECKED = Verdict(findings=(), checks=(), required=frozenset())

LOT = Lot(
    lot_id="22B",
    product="PLA 1.75",
    kind="PLA",
    manufacturer="Example Filament",
    colour="white",
    certificate_sha256="f1" * 32,
    expires=NOW + timedelta(days=300),
    opened_at=NOW - timedelta(days=3),
    dried=None,
    quarantined=False,
    remaining_g=700.0,
)

QUALIFICATION = Qualification(
    serial="SN-7",
    model="Example i3",
    firmware="2.1.2.5",
    profile_digest=PROFILE_SHA,
    nozzle_mm=0.4,
    plate="smooth PEI",
    uuid="7c5c9d52",
    settings_digest="5e" * 32,
    qualified_at=NOW - timedelta(days=100),
    valid_until=NOW + timedelta(days=265),
)

PRINTER = PrinterEvidence(
    model="Example i3",
    serial="SN-7",
    firmware="2.1.2.5",
    profile="example-i3-marlin-2.1",
    profile_digest=PROFILE_SHA,
    nozzle_mm=0.4,
    plate="smooth PEI",
    uuid="7c5c9d52",
    settings_digest="5e" * 32,
    connected=True,
    age_s=1.0,
    verdict=accepted_verdict(),
    qualification=QUALIFICATION,
)

SITE = SitePolicy(
    signed=None,
    jurisdictions=("EU",),
    classes=("I",),
    implantable_allowed=False,
    oversight_certificates=(),
    demonstration=True,
)

MODEL = ModelEvidence(
    verdict=accepted_verdict(),
    source_sha256=MODEL_SHA,
    placed_sha256=PLACED_SHA,
    size_mm=(20.0, 10.0, 5.0),
    volume_cm3=1.0,
)

VERSIONS = Versions(controller="0.1.0", plugin="0.1.0", octoprint="1.11.8", slicer="2.5.0")

HEALTH = ControllerHealth(
    clock_behind_s=0.0,
    log_writable=True,
    log_whole=True,
    log_fault="",
    disk_free_mb=10_000.0,
    unconfirmed_oldest_s=None,
)


def toolpath_for(recipe: Recipe, **overrides: Any) -> ToolpathEvidence:
    digests = {
        "gcode": GCODE_SHA,
        "canonical": JOB_SHA,
        "model": PLACED_SHA,
        "recipe": recipe.digest,
    }
    base = ToolpathEvidence(
        verdict=accepted_verdict(*recipe.rings),
        digests=digests,
        lines=1000,
        layers=25,
        filament_mm=2000.0,
        print_time_s=1200.0,
    )
    return replace(base, **overrides)


def recipe_evidence(recipe: Recipe, **overrides: Any) -> RecipeEvidence:
    base = RecipeEvidence(
        recipe=recipe,
        verdict=accepted_verdict(),
        approval=Approval(
            recipe_digest=recipe.digest,
            recipe_id=recipe.identity.recipe_id,
            revision=recipe.identity.revision,
            by=QUALITY.user,
            at=NOW - timedelta(days=10),
        ),
        withdrawn_at=None,
    )
    return replace(base, **overrides)


def training(person: Person, until: datetime = NOW + timedelta(days=100)) -> Training:
    return Training(
        user=person.user, training="mdps-operator", valid_until=until, recorded_by=QUALITY.user
    )


CALIBRATION = Calibration(equipment="caliper", certificate="K-1", due=NOW + timedelta(days=100))


def make_evidence(of: Recipe | None = None, /, **overrides: Any) -> Evidence:
    recipe = of or make_recipe()
    base = Evidence(
        now=NOW,
        order=make_order(),
        recipe=recipe_evidence(recipe),
        site=SITE,
        model=MODEL,
        toolpath=toolpath_for(recipe),
        versions=VERSIONS,
        printer=PRINTER,
        plate=PlateConfirmation(plate="smooth PEI", clear=True),
        lot=LOT,
        operator=TECHNICIAN,
        trainings=(training(TECHNICIAN), training(RELEASER)),
        calibrations=(CALIBRATION,),
        room=RoomReading(temperature_c=22.0, humidity_percent=40.0, at=NOW - timedelta(hours=1)),
        health=HEALTH,
        builds=(),
    )
    return replace(base, **overrides)


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
