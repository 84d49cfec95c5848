"""Parts of which example recipes are put together: hazards, evidence, characteristics, steps."""

from __future__ import annotations

from .common import PRINTER, Document, limits

HAZARDS = (
    *("biological", "infection", "sterilization", "environment"),
    *("radiation", "energy", "information"),
)


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


def principles(*own: Document) -> list[Document]:
    """The seven hazards in the order of N58; ``own`` are those that this device judges itself."""
    judged = {
        one["item"]: one
        for one in (
            principle("sterilization", False, "Not sterile, not used where it must be."),
            principle("radiation", False, "Not used under radiation."),
            principle("energy", False, "Holds no energy."),
            principle("information", True, "Instructions for use in the bundle."),
            *own,
        )
    }
    return [judged[item] for item in HAZARDS]


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
