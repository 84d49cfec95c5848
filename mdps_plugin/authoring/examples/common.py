"""What the example recipes share: manufacturer, printer, materials, rules, process windows.

Limits of a window are written next to what was measured on the sliced example (PrusaSlicer 2.5.0);
``tests/recipes/test_example_windows.py`` slices again and holds them against it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..settings import Process

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Example:
    """One shipped recipe: its document without files, its process, its geometry.

    ``pinned_model`` says that the bundle carries the geometry and the order none;
    ``signed_job`` that the bundle carries the whole job.
    """

    name: str
    revision: int
    process: Process
    document: Callable[[], Document]
    mesh: Callable[[], npt.NDArray[np.float64]]
    pinned_model: bool
    signed_job: bool


def limits(minimum: float, maximum: float) -> dict[str, float]:
    """A closed range."""
    return {"minimum": minimum, "maximum": maximum}


def identity(recipe_id: str, revision: int, title: str) -> Document:
    """Identity of an example; five years, so that a clone of the project works for a while."""
    return {
        "recipe_id": recipe_id,
        "revision": revision,
        "title": title,
        "issued": "2026-11-01T00:00:00Z",
        "expires": "2031-11-01T00:00:00Z",
        "change_note": "First revision.",
        "example_only": True,
    }


MANUFACTURER: Document = {
    "name": "Example Device Works",
    "address": "1 Example Road, 00000 Example Town",
    "contact": "quality@example-device-works.invalid",
}

PRINTER: Document = {
    "model": "Example i3",
    "firmware_profile": "example-i3-marlin-2.1",
    "nozzle_mm": 0.4,
    "plate": "smooth PEI",
}

VALIDATED_WITH: Document = {
    "slicer": "prusa-slicer",
    "slicer_version": ">=2.5.0,<2.6",
    "octoprint": ">=1.11.8,<2.1",
    "plugin": ">=0.1,<1",
    "controller": ">=0.1,<1",
    "post_processing_equipment": ["deburring knife", "caliper"],
}

PREREQUISITES: Document = {
    "training": "mdps-operator",
    "calibrations": ["caliper"],
    "room_temperature_c": limits(18, 28),
    "room_humidity_percent": limits(20, 60),
    "oversight_certificate": None,
}

RETENTION: list[Document] = [
    {"rule": "IMDRF PMD/N58: 5 years from manufacture, not implantable", "years": 5},
    {"rule": "EU MDR Annex XIII 4: 10 years", "years": 10},
]

HOLD: Document = {"longest_s": 300, "total_s": 600, "count": 3}

VALIDATION_NOTE = (
    "The temperatures, speeds and limits are illustrative. They need the site's own validation."
)
WINDOW_NOTE = (
    "Process window: measured on the sliced example with PrusaSlicer 2.5.0, then widened by the "
    "margins listed in docs/recipe-format.md."
)

PLA: Document = {
    "kind": "PLA",
    "manufacturer": "Example Filament",
    "product": "PLA 1.75 mm",
    "colours": ["white", "blue"],
    "diameter_mm": 1.75,
    "density_g_cm3": 1.24,
    "is_medical_device": False,
    "intended_uses": [],
    "lot_rules": {
        "certificate_required": True,
        "opened_at_most_days": 90,
        "drying": {
            "temperature_c": limits(40, 50),
            "minimum_h": 4,
            "use_within_h": 336,
        },
    },
}

PETG: Document = {
    "kind": "PETG",
    "manufacturer": "Example Filament",
    "product": "PETG 1.75 mm",
    "colours": ["natural", "white"],
    "diameter_mm": 1.75,
    "density_g_cm3": 1.27,
    "is_medical_device": False,
    "intended_uses": [],
    "lot_rules": {
        "certificate_required": True,
        "opened_at_most_days": 90,
        "drying": {
            "temperature_c": limits(60, 70),
            "minimum_h": 4,
            "use_within_h": 168,
        },
    },
}


def colour_variable(material: Document) -> Document:
    """The colour, picked among those of the material."""
    colours = material["colours"]
    return {
        "name": "colour",
        "kind": "choice",
        "allowed": colours,
        "unit": "",
        "default": colours[0],
        "affects": "material.colours",
    }


def window(
    process: Process,
    *,
    flow: tuple[float, float],
    total_filament_mm: tuple[float, float],
    print_time_s: tuple[float, float],
    lines_at_most: int,
    layer_volume_ratio: tuple[float, float],
    outside_model_mm: float,
) -> Document:
    """The process window that belongs to ``settings_bytes(process)``.

    ``flow`` in mm³/mm holds for lines of at least 0.5 mm; the width in mm follows from it
    (w = flow / h + h (1 - pi/4)). Speeds in mm/s: the signed ones, and down to 15 where a layer
    is short.
    """
    spread = process.layer_mm * (1 - np.pi / 4)
    width = [round(value / process.layer_mm + spread, 4) for value in flow]
    temperatures = [
        {
            "from_layer": 0,
            "nozzle_c": process.first_layer_nozzle_c,
            "bed_c": process.bed_c,
        }
    ]
    if process.nozzle_c != process.first_layer_nozzle_c:
        temperatures.append({"from_layer": 1, "nozzle_c": process.nozzle_c, "bed_c": process.bed_c})

    def feature(name: str, fastest: float) -> Document:
        return {
            "feature": name,
            "flow_mm3_per_mm": limits(*flow),
            "width_mm": limits(round(width[0] - 0.0005, 4), round(width[1] + 0.0005, 4)),
            "speed_mm_s": limits(15, fastest),
            "minimum_segment_mm": 0.5,
        }

    return {
        "commands": ["G1", "G92", "M104", "M106", "M107"],
        "relative_extrusion": True,
        "layer_height_mm": process.layer_mm,
        "first_layer_height_mm": process.layer_mm,
        "temperatures": temperatures,
        "nozzle_c": limits(
            min(process.nozzle_c, process.first_layer_nozzle_c) - 10,
            max(process.nozzle_c, process.first_layer_nozzle_c) + 10,
        ),
        "bed_c": limits(process.bed_c - 5, process.bed_c + 5),
        "excursion_s": 10,
        "features": [feature("first_layer", 20), feature("body", 50)],
        "travel_speed_mm_s": limits(120, 120),
        "retraction": {"length_mm": 0.8, "speed_mm_s": 35, "deretract_speed_mm_s": 35},
        "z_hop_mm": 0,
        "fan": [
            {"from_layer": 0, "values": [0]},
            {"from_layer": 1, "values": [process.fan_value]},
        ],
        "accelerations_mm_s2": [800, 1000],
        "outside_model_mm": outside_model_mm,
        "layer_volume_ratio": limits(*layer_volume_ratio),
        "total_filament_mm": limits(*total_filament_mm),
        "print_time_s": limits(*print_time_s),
        "lines_at_most": lines_at_most,
    }


def principle(
    item: str, applicable: bool, justification: str, evidence_ids: tuple[str, ...] = ()
) -> Document:
    """One item of the list of hazards."""
    return {
        "item": item,
        "applicable": applicable,
        "justification": justification,
        "evidence_ids": list(evidence_ids),
    }


def literature(evidence_id: str, material: Document, geometry: str, result: str) -> Document:
    """Evidence of an example: what was read, and that nothing was tested."""
    return {
        "evidence_id": evidence_id,
        "kind": "literature",
        "standard": "none",
        "samples": 0,
        "result": f"{result} Nothing was tested for this example.",
        "report_sha256": None,
        "covers_material": material["kind"],
        "covers_printer": PRINTER["model"],
        "covers_nozzle_mm": PRINTER["nozzle_mm"],
        "covers_geometry": geometry,
    }


def untested(evidence_id: str, material: Document, geometry: str, result: str) -> Document:
    """The same for ``mdps-recipe/2``, where a report says in numbers what it covers: nothing."""
    return {**literature(evidence_id, material, geometry, result), "coverage": []}


def visual(characteristic_id: str, name: str) -> Document:
    """A characteristic seen with the eye: 1 is yes."""
    return {
        "characteristic_id": characteristic_id,
        "name": name,
        "unit": "1 = yes",
        "nominal": 1,
        "limits": limits(1, 1),
        "gauge": "by eye",
        "key": False,
    }


def size(
    characteristic_id: str, name: str, nominal_mm: float, tolerance_mm: float, *, key: bool = True
) -> Document:
    """A length measured with the caliper."""
    return {
        "characteristic_id": characteristic_id,
        "name": name,
        "unit": "mm",
        "nominal": nominal_mm,
        "limits": limits(round(nominal_mm - tolerance_mm, 4), round(nominal_mm + tolerance_mm, 4)),
        "gauge": "caliper",
        "key": key,
    }


CLEAN: Document = {
    "step_id": "clean",
    "instruction": "Wipe all faces with 70 % alcohol and let it dry.",
    "readings": [],
    "minimum_s": 60,
    "equipment": None,
}
COOL_DOWN: Document = {
    "step_id": "cool-down",
    "instruction": "Let the plate cool, then flex it and lift the part off.",
    "readings": [
        {
            "name": "plate temperature",
            "unit": "°C",
            "limits": limits(10, 40),
            "gauge": "display of the printer",
        }
    ],
    "minimum_s": 30,
    "equipment": None,
}
DEBURR: Document = {
    "step_id": "deburr",
    "instruction": "Take strings and burrs off with the deburring knife. Feel every edge.",
    "readings": [],
    "minimum_s": 0,
    "equipment": "deburring knife",
}
