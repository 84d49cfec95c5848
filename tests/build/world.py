"""A small complete world for the tests of this room: people, order, evidence. Writes no log.

``make_evidence()`` is accepted; overrides are fields of ``Evidence``.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

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
from mdps_plugin.findings import CheckRun, Verdict
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
