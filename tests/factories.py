"""Recipes, keys, roots and bundles made in memory, for the tests of every room.

``recipe_document()`` is a complete recipe of the smallest kind; overrides replace whole top
fields, or with dots inner ones: ``recipe_document(**{"window.lines_at_most": 10})``.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

from mdps_plugin.authoring.signing import SigningKey, make_payload, make_root, pin, sign_payload
from mdps_plugin.recipes.bundle import SignedRecipe, verify_bundle
from mdps_plugin.recipes.document import Recipe
from mdps_plugin.recipes.parse import ENVELOPE_NAME, parse_recipe
from mdps_plugin.recipes.trust import TrustRoot, parse_root

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

START_GCODE = b"G21\nG90\nM83\nG92 E0\nM104 S210\nM140 S60\nG28\nM190 S60\nM109 S210\n"
END_GCODE = b"M107\nM104 S0\nM140 S0\nM84\n"
SETTINGS = b"layer_height = 0.2\nfirst_layer_height = 0.2\n"
INSTRUCTIONS = b"# Instructions for use\nWear it as shown.\n"
MODEL = b"model bytes"

DEFAULT_FILES: dict[str, tuple[str, bytes]] = {
    "settings.ini": ("slicer_settings", SETTINGS),
    "start.gcode": ("start_gcode", START_GCODE),
    "end.gcode": ("end_gcode", END_GCODE),
    "instructions.md": ("instructions_for_use", INSTRUCTIONS),
}


def _range(minimum: float, maximum: float) -> dict[str, float]:
    return {"minimum": minimum, "maximum": maximum}


def _feature(name: str) -> dict[str, Any]:
    return {
        "feature": name,
        "flow_mm3_per_mm": _range(0.07, 0.1),
        "width_mm": _range(0.4, 0.55),
        "speed_mm_s": _range(10, 60),
        "minimum_segment_mm": 0.05,
    }


def _principle(item: str) -> dict[str, Any]:
    return {
        "item": item,
        "applicable": False,
        "justification": "Does not touch the patient.",
        "evidence_ids": [],
    }


_DOCUMENT: dict[str, Any] = {
    "schema": "mdps-recipe/1",
    "identity": {
        "recipe_id": "test-clip",
        "revision": 1,
        "title": "Test clip",
        "issued": "2026-01-01T00:00:00Z",
        "expires": "2028-01-01T00:00:00Z",
        "change_note": "First revision.",
        "example_only": True,
    },
    "manufacturer": {
        "name": "Example Manufacturer",
        "address": "1 Example Road, Example Town",
        "contact": "quality@example.invalid",
    },
    "device": {
        "description": "A clip.",
        "generic_name": "clip",
        "intended_use": "Holds a test together.",
        "contraindications": ["Broken skin"],
        "users": ["trained staff"],
        "single_use": False,
        "sterile": False,
        "warnings": ["Not sterile."],
    },
    "pathway": "adaptable",
    "responsibility": "mdps_manufacturer",
    "classification": [{"jurisdiction": "EU", "device_class": "I", "rule": "MDR VIII rule 1"}],
    "implantable": False,
    "registrations": [],
    "need_justification": None,
    "unmet_requirements": [],
    "gtin": None,
    "request_required": False,
    "material": {
        "kind": "PLA",
        "manufacturer": "Example Filament",
        "product": "PLA 1.75",
        "colours": ["white"],
        "diameter_mm": 1.75,
        "density_g_cm3": 1.24,
        "is_medical_device": False,
        "intended_uses": [],
        "lot_rules": {"certificate_required": True, "opened_at_most_days": 90, "drying": None},
    },
    "printer": {
        "model": "Example i3",
        "firmware_profile": "example-i3-marlin-2.1",
        "nozzle_mm": 0.4,
        "plate": "smooth PEI",
    },
    "validated_with": {
        "slicer": "prusa-slicer",
        "slicer_version": ">=2.5.0,<2.6",
        "octoprint": ">=1.11.8,<2.1",
        "plugin": ">=0.1,<1",
        "controller": ">=0.1,<1",
        "post_processing_equipment": [],
    },
    "model_source": "order",
    "job_source": "slice",
    "files": [pin(role, name, data) for name, (role, data) in DEFAULT_FILES.items()],
    "window": {
        "commands": ["G1", "G92", "M106", "M107", "M104", "M140"],
        "relative_extrusion": True,
        "layer_height_mm": 0.2,
        "first_layer_height_mm": 0.2,
        "temperatures": [{"from_layer": 0, "nozzle_c": 210, "bed_c": 60}],
        "nozzle_c": _range(200, 220),
        "bed_c": _range(55, 65),
        "excursion_s": 10,
        "features": [_feature("first_layer"), _feature("body")],
        "travel_speed_mm_s": _range(60, 130),
        "retraction": {"length_mm": 0.8, "speed_mm_s": 35, "deretract_speed_mm_s": 35},
        "z_hop_mm": 0,
        "fan": [{"from_layer": 0, "values": [0]}, {"from_layer": 1, "values": [0, 255]}],
        "accelerations_mm_s2": [1000],
        "outside_model_mm": 0.3,
        "layer_volume_ratio": _range(0.8, 1.2),
        "total_filament_mm": _range(10, 100_000),
        "print_time_s": _range(10, 86_400),
        "lines_at_most": 500_000,
    },
    "envelope": {
        "size_x_mm": _range(5, 150),
        "size_y_mm": _range(5, 150),
        "size_z_mm": _range(1, 150),
        "volume_cm3": _range(0.01, 500),
        "bodies": 1,
        "placed_at_x_mm": 125,
        "placed_at_y_mm": 105,
        "quantity_per_plate": 1,
    },
    "variables": [
        {
            "name": "colour",
            "kind": "choice",
            "allowed": ["white"],
            "unit": "",
            "default": "white",
            "affects": "colour of the material only",
        }
    ],
    "rings": ["A", "B", "C"],
    "hold": {"longest_s": 300, "total_s": 600, "count": 3},
    "permit_valid_s": 1800,
    "post_processing": [
        {
            "step_id": "deburr",
            "instruction": "Remove burrs.",
            "readings": [],
            "minimum_s": 0,
            "equipment": None,
        }
    ],
    "inspection": [
        {
            "characteristic_id": "length",
            "name": "Length",
            "unit": "mm",
            "nominal": 20,
            "limits": _range(19.5, 20.5),
            "gauge": "caliper",
            "key": True,
        }
    ],
    "prerequisites": {
        "training": "mdps-operator",
        "calibrations": ["caliper"],
        "room_temperature_c": _range(15, 30),
        "room_humidity_percent": _range(10, 70),
        "oversight_certificate": None,
    },
    "evidence": [
        {
            "evidence_id": "example",
            "kind": "literature",
            "standard": "none",
            "samples": 0,
            "result": "Made for tests.",
            "report_sha256": None,
            "covers_material": "PLA",
            "covers_printer": "Example i3",
            "covers_nozzle_mm": 0.4,
            "covers_geometry": "the test clip",
        }
    ],
    "essential_principles": [
        _principle(item)
        for item in (
            *("biological", "infection", "sterilization", "environment"),
            *("radiation", "energy", "information"),
        )
    ],
    "retention": [{"rule": "site rule", "years": 5}],
    "sources": ["made for tests"],
}


def recipe_document(**overrides: Any) -> dict[str, Any]:
    """A complete recipe document; see the head of this file for ``overrides``."""
    document = copy.deepcopy(_DOCUMENT)
    for path, value in overrides.items():
        *parents, last = path.split(".")
        place: Any = document
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place[name]
        place[int(last) if isinstance(place, list) else last] = value
    return document


def bundle_files() -> dict[str, bytes]:
    """The pinned files of ``recipe_document()``."""
    return {name: data for name, (_, data) in DEFAULT_FILES.items()}


def make_recipe(**overrides: Any) -> Recipe:
    """The parsed recipe of ``recipe_document(**overrides)``."""
    return parse_recipe(recipe_document(**overrides), "recipe.json")


@dataclass(frozen=True, kw_only=True)
class Manufacturer:
    """Keys by role and the root that trusts them; seeds are fixed, so signatures repeat."""

    quality: SigningKey = field(
        default_factory=lambda: ed25519.Ed25519PrivateKey.from_private_bytes(b"q" * 32)
    )
    regulatory: SigningKey = field(
        default_factory=lambda: ed25519.Ed25519PrivateKey.from_private_bytes(b"r" * 32)
    )
    demonstration: bool = False
    issued: str = "2026-01-01T00:00:00Z"
    expires: str = "2030-01-01T00:00:00Z"

    def root_bytes(self) -> bytes:
        return make_root(
            [
                ("Q. Tester", "quality", self.quality.public_key()),
                ("R. Tester", "regulatory", self.regulatory.public_key()),
            ],
            version=1,
            manufacturer="Example Manufacturer",
            issued=self.issued,
            expires=self.expires,
            demonstration=self.demonstration,
            thresholds={"quality": 1, "regulatory": 1},
        )

    def root(self) -> TrustRoot:
        return parse_root(self.root_bytes(), "root.json")

    def sign(self, document: Any, files: dict[str, bytes]) -> dict[str, bytes]:
        """The whole bundle: the pinned files and their envelope."""
        payload = make_payload(document, files, "recipe.json")
        return {**files, ENVELOPE_NAME: sign_payload(payload, [self.quality, self.regulatory])}


def signed_bundle(
    document: dict[str, Any] | None = None,
    files: dict[str, bytes] | None = None,
    manufacturer: Manufacturer | None = None,
) -> dict[str, bytes]:
    """A bundle whose ``files`` are pinned as the document says; both default to the test clip."""
    chosen = recipe_document() if document is None else document
    return (manufacturer or Manufacturer()).sign(chosen, bundle_files() if files is None else files)


def signed_recipe(at: datetime = NOW, **overrides: Any) -> SignedRecipe:
    """A verified bundle of ``recipe_document(**overrides)``."""
    maker = Manufacturer()
    bundle = signed_bundle(recipe_document(**overrides), manufacturer=maker)
    return verify_bundle(bundle, maker.root(), at, "test bundle")
