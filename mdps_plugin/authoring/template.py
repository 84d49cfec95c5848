"""A new recipe from one that stands: what only the author can know is left as TODO. Writes no file.

Process and files are taken over, since they belong together. Use, hazards and evidence are not:
nobody signs another author's judgement by leaving it there. Lint refuses every TODO (AU-041), and a
recipe without tested evidence (AU-010), so a template cannot be signed by mistake.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..canonical import Json
from ..reading import instant_text
from ..recipes.parse import SCHEMA

TODO = "TODO: "
YEARS_VALID = 5


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the author says at the start; None becomes a TODO."""

    recipe_id: str
    title: str
    manufacturer: str | None
    address: str | None
    contact: str | None


def new_document(template: Json, answers: Answers, at: datetime) -> dict[str, Any]:
    """A draft of ``mdps-recipe/2``, issued at ``at`` (aware UTC) for five years.

    ``template`` is a recipe document that parses. Digests of its files are left out, for ``sign``
    fills them in.
    """
    draft: dict[str, Any] = copy.deepcopy(_plain(template))
    draft["schema"] = SCHEMA
    draft["identity"] = {
        "recipe_id": answers.recipe_id,
        "revision": 1,
        "title": answers.title,
        "issued": instant_text(at.replace(microsecond=0)),
        "expires": instant_text(_years_later(at.replace(microsecond=0))),
        "change_note": "First revision.",
        "example_only": False,
    }
    draft["manufacturer"] = {
        "name": answers.manufacturer or f"{TODO}legal name",
        "address": answers.address or f"{TODO}postal address",
        "contact": answers.contact or f"{TODO}where complaints go",
    }
    draft["gtin"] = None
    draft["registrations"] = []
    draft["unmet_requirements"] = []
    device = draft["device"]
    device["description"] = f"{TODO}what it is"
    device["intended_use"] = f"{TODO}what it is for, on whom, by whom"
    device["contraindications"] = [f"{TODO}when it must not be used"]
    if draft.get("need_justification") is not None:
        draft["need_justification"] = f"{TODO}why no device on the market will do"
    for entry in draft["classification"]:
        entry["rule"] = f"{TODO}rule that gives the class"
    draft["evidence"] = [_report(draft)]
    for principle in draft["essential_principles"]:
        principle["justification"] = f"{TODO}why it applies or why it does not"
        principle["evidence_ids"] = []
    draft["sources"] = [f"{TODO}where the parameters come from"]
    draft["files"] = [{"role": item["role"], "name": item["name"]} for item in draft["files"]]
    return draft


def _report(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The report that is still to be written, about the process as it stands."""
    return {
        "evidence_id": "process-validation",
        "kind": "PQ",
        "standard": f"{TODO}method",
        "samples": 0,
        "result": f"{TODO}what came out",
        "report_sha256": None,
        "covers_material": draft["material"]["kind"],
        "covers_printer": draft["printer"]["model"],
        "covers_nozzle_mm": draft["printer"]["nozzle_mm"],
        "covers_geometry": f"{TODO}which shapes were made",
        "coverage": [],
    }


def _years_later(at: datetime) -> datetime:
    day = 28 if (at.month, at.day) == (2, 29) else at.day
    return at.replace(year=at.year + YEARS_VALID, day=day)


def _plain(value: Json) -> Any:  # noqa: ANN401 - a JSON document that is edited in place
    """The document as plain dictionaries and lists."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value
