"""A whole record as the build room makes it, for tests; ``overrides`` as in tests.factories."""

from __future__ import annotations

import copy
from typing import Any

D = {name: (name * 64)[:64] for name in "abcdef0123"}

_RECORD: dict[str, Any] = {
    "format": "mdps-record/1",
    "record_id": "printer-7-2026-000042",
    "build_id": "B-2026-000042",
    "cell": "printer-7",
    "site": {"name": "Example Hospital", "address": "2 Example Street, 12345 Example Town"},
    "recipe": {
        "id": "finger-splint",
        "revision": 3,
        "title": "Finger splint",
        "digest": D["a"],
        "bundle_sha256": D["b"],
        "signers": [
            {"holder": "Q. Müller", "role": "quality", "key_id": D["c"]},
            {"holder": "R. Novák", "role": "regulatory", "key_id": D["d"]},
        ],
        "pathway": "patient_matched",
        "responsibility": "mdps_manufacturer",
        "device": {
            "description": "A splint that keeps the middle joint of one finger straight.",
            "generic_name": "finger splint",
            "intended_use": "Keeps the middle joint of a finger straight for up to six weeks.",
            "contraindications": ["Open wounds where the splint lies", "Numb fingers"],
            "users": ["trained therapists", "the patient"],
            "single_use": True,
            "sterile": False,
            "warnings": ["Take it off if the skin turns red or white.", "Keep below 50 °C."],
        },
        "manufacturer": {
            "name": "Example Splints GmbH",
            "address": "Beispielstraße 1, 54321 Beispielstadt",
            "contact": "quality@example.invalid, +00 0000 0000",
        },
        "classification": [{"jurisdiction": "EU", "device_class": "I", "rule": "MDR VIII rule 1"}],
        "registrations": [
            {"authority": "Example authority", "kind": "manufacturer", "number": None}
        ],
        "unmet_requirements": [],
        "need_justification": None,
        "gtin": None,
        "implantable": False,
        "example_only": True,
    },
    "site_policy": {
        "title": "site policy 3 of example-hospital",
        "version": 3,
        "sha256": D["e"],
        "expires": "2027-10-02T00:00:00Z",
        "signers": [{"holder": "S. Tåge", "role": "quality", "key_id": D["a"]}],
    },
    "order": {
        "order_id": "O-2026-1187",
        "sha256": D["e"],
        "pathway": "patient_matched",
        "patient_token": "K7QF-2M9P-XT4C",
        "prescriber": {
            "name": "Dr. Ö. Sørensen",
            "registration": "12-345",
            "workplace": "Hand surgery, Example Hospital",
        },
        "design_characteristics": ["Left ring finger, inner width 19.5 mm", "Length 62 mm"],
        "condition": "Extensor tendon injury, zone 1",
        "need_justification": None,
        "quantity": 1,
        "due": "2026-11-24T12:00:00Z",
        "request_sha256": D["f"],
        "variables": {"colour": "white", "length": "62"},
    },
    "model": {
        "source_sha256": D["0"],
        "placed_sha256": D["1"],
        "size_mm": [24.5, 22, 62],
        "volume_cm3": 5.21,
        "released_by": {
            "name": "T. Designer",
            "role": "designer",
            "at": "2026-11-22T15:00:00Z",
        },
    },
    "job": {
        "gcode_sha256": D["2"],
        "planned": D["3"],
        "streamed": D["3"],
        "lines": 20431,
        "layers": 310,
        "match": True,
    },
    "printer": {
        "model": "Example i3",
        "serial": "SN-0007",
        "firmware": "Marlin 2.1.2.5",
        "nozzle_mm": 0.4,
        "plate": "smooth PEI",
        "profile_digest": D["a"],
    },
    "versions": {
        "controller": "0.1.0",
        "plugin": "0.1.0",
        "octoprint": "1.11.8",
        "slicer": "2.5.0+UNKNOWN",
    },
    "material": {
        "lot_id": "22B",
        "product": "PLA 1.75",
        "kind": "PLA",
        "manufacturer": "Example Filament",
        "colour": "white",
        "certificate_sha256": D["b"],
        "expires": "2027-11-01T00:00:00Z",
        "opened": "2026-11-01T08:00:00Z",
        "dried": {
            "temperature_c": 50,
            "hours": 4.5,
            "finished_at": "2026-11-23T06:00:00Z",
        },
    },
    "build": {
        "permitted": "2026-11-23T08:55:10Z",
        "started": "2026-11-23T08:58:41Z",
        "finished": "2026-11-23T11:20:07Z",
        "holds": [{"since": "2026-11-23T09:30:00Z", "until": "2026-11-23T09:31:12Z", "by": "tina"}],
        "temperatures": {
            "nozzle": {"minimum": 208.4, "mean": 210.02, "maximum": 211.9},
            "bed": {"minimum": 59.1, "mean": 60, "maximum": 60.8},
            "excursions": [],
        },
        "factors": [
            {"name": "speed", "answers": 1724, "others": []},
            {"name": "flow", "answers": 1723, "others": [110]},
        ],
        "refused_lines": 2,
        "outcome": "released",
        "ended_early": None,
    },
    "post_processing": [
        {
            "step_id": "deburr",
            "instruction": "Remove all burrs with the scraper. Feel along every edge.",
            "equipment": "scraper",
            "minimum_s": 60,
            "started_at": "2026-11-23T11:30:00Z",
            "signed_at": "2026-11-23T11:36:00Z",
            "signed_by": "Tina Technician",
            "readings": [],
        },
        {
            "step_id": "wash",
            "instruction": "Wash in warm water with soap, then dry.",
            "equipment": None,
            "minimum_s": 300,
            "started_at": "2026-11-23T11:40:00Z",
            "signed_at": "2026-11-23T11:52:00Z",
            "signed_by": "Tina Technician",
            "readings": [
                {
                    "name": "water temperature",
                    "unit": "°C",
                    "gauge": "thermometer",
                    "minimum": 30,
                    "maximum": 40,
                    "value": 36.5,
                    "in_range": True,
                    "values": [],
                }
            ],
        },
    ],
    "inspection": [
        {
            "characteristic_id": "width",
            "name": "Inner width",
            "unit": "mm",
            "nominal": 19.5,
            "gauge": "caliper",
            "key": True,
            "minimum": 19.3,
            "maximum": 19.7,
            "value": 19.55,
            "in_range": True,
            "values": [
                {
                    "value": 19.9,
                    "at": "2026-11-23T12:00:00Z",
                    "by": "tina",
                    "gauge": "caliper-3",
                    "signed": False,
                },
                {
                    "value": 19.55,
                    "at": "2026-11-23T12:02:00Z",
                    "by": "tina",
                    "gauge": "caliper-3",
                    "signed": True,
                },
            ],
        },
        {
            "characteristic_id": "edges",
            "name": "No sharp edge (1 = yes)",
            "unit": "",
            "nominal": 1,
            "gauge": "by hand",
            "key": False,
            "minimum": 1,
            "maximum": 1,
            "value": 1,
            "in_range": True,
            "values": [],
        },
    ],
    "deviations": [
        {
            "deviation_id": "D-0003",
            "code": "line_refused",
            "seen": "Two lines typed into the terminal were refused.",
            "raised_by": "controller",
            "raised_at": "2026-11-23T09:40:00Z",
            "entry_index": 4011,
            "decision": {
                "decision": "no_effect",
                "justification": "Nothing reached the printer; planned = streamed.",
                "manufacturer_reference": None,
                "by": "Quinn Manager",
                "at": "2026-11-23T12:30:00Z",
            },
        }
    ],
    "quantities": {"planned": 1, "started": 1, "scrapped": 0, "released": 1},
    "signatures": [
        {
            "name": name,
            "user": user,
            "role": role,
            "act": act,
            "meaning": meaning,
            "at": at,
            "subject_sha256": D["c"],
            "entry_index": entry,
        }
        for name, user, role, act, meaning, at, entry in (
            (
                *("Tina Technician", "tina", "technician", "permit"),
                "I take responsibility for starting this build: bed clear, plate and lot as shown.",
                *("2026-11-23T08:55:10Z", 3990),
            ),
            (
                *("Tina Technician", "tina", "technician", "inspection"),
                "I measured this part and wrote down what I read.",
                *("2026-11-23T12:05:00Z", 4019),
            ),
            (
                *("Ruth Releaser", "ruth", "releaser", "release"),
                "I reviewed the record and release this device for use.",
                *("2026-11-23T13:10:00Z", 4027),
            ),
        )
    ],
    "release": {"by": "Ruth Releaser", "at": "2026-11-23T13:10:00Z"},
    "retention": {
        "years": 10,
        "rules": [
            {"rule": "EU MDR Annex XIII 4", "years": 10},
            {"rule": "IMDRF N58 (seed text)", "years": 5},
        ],
        "made": "2026-11-23T11:20:07Z",
        "retain_until": "2036-11-23T11:20:07Z",
    },
    "log": {"origin": "example-hospital/printer-7", "index_at_release": 4027, "root": D["d"]},
    "checked_with": "mdps log verify LOG --keys KEYS --record RECORD.json",
}


def whole_record(**overrides: Any) -> dict[str, Any]:
    """A complete record; dotted overrides replace inner members."""
    record = copy.deepcopy(_RECORD)
    for path, value in overrides.items():
        *parents, last = path.split(".")
        place: Any = record
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place[name]
        place[int(last) if isinstance(place, list) else last] = value
    return record


def pathway_record(pathway: str, **overrides: Any) -> dict[str, Any]:
    """A record of one pathway, with its responsibility."""
    own = "health_institution" if pathway == "health_institution" else "mdps_manufacturer"
    changed = {
        "recipe.pathway": pathway,
        "order.pathway": pathway,
        "recipe.responsibility": own,
        **overrides,
    }
    return whole_record(**changed)
