"""The production record of one build, ``mdps-record/1``, as JSON. Signs, stores, prints nothing.

Made twice: as a draft, whose digest the releaser signs, and finally with the release and the log's
head in it. Both come from the same sources, so that they differ in nothing else. Format:
docs/record.md. Vocabulary: batch record of ISO 13485 7.5.1, device history record before 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json
from ..reading import instant_text
from ..recipes.document import Pathway
from .record_parts import (
    build_part,
    inspection_part,
    job_part,
    material_part,
    model_part,
    order_part,
    policy_part,
    printer_part,
    quantities_part,
    recipe_part,
    retention_part,
    signatures_part,
    steps_part,
)
from .record_sources import RecordSources
from .signature import Signature

FORMAT = "mdps-record/1"

#: Top-level keys, in the order in which a record is read.
KEYS = (
    "format", "record_id", "build_id", "cell", "site", "recipe", "site_policy", "order", "model",
    "job", "printer", "versions", "material", "build", "post_processing", "inspection",
    "deviations", "quantities", "signatures", "release", "retention", "log", "checked_with",
)  # fmt: skip

#: Keys that are null in the draft.
_WITH_RELEASE = frozenset({"release", "log"})
#: Keys that may be null or empty in a whole record.
_MAY_BE_EMPTY = frozenset({"site_policy", "model", "deviations", "post_processing", "inspection"})


@dataclass(frozen=True, kw_only=True)
class ReleaseStamp:
    """The releaser's signature, and the log as it stood just before the release entry.

    ``index`` is the index that the release entry will have; ``root`` the tree's root over the
    entries before it, as 64 hexadecimal digits.
    """

    signature: Signature
    origin: str
    index: int
    root: str


def make_record(sources: RecordSources, stamp: ReleaseStamp | None = None) -> dict[str, Json]:
    """The record; without ``stamp`` the draft, whose ``release`` and ``log`` are null."""
    build = sources.build
    return {
        "format": FORMAT,
        "record_id": sources.record_id,
        "build_id": build.build_id,
        "cell": sources.cell,
        "site": {"name": sources.site_name, "address": sources.site_address},
        "recipe": recipe_part(sources),
        "site_policy": policy_part(sources),
        "order": order_part(sources.order),
        "model": model_part(sources),
        "job": job_part(sources),
        "printer": printer_part(sources.printer),
        "versions": {
            "controller": sources.versions.controller,
            "plugin": sources.versions.plugin,
            "octoprint": sources.versions.octoprint,
            "slicer": sources.versions.slicer,
        },
        "material": material_part(sources.lot),
        "build": build_part(build, released=stamp is not None),
        "post_processing": steps_part(sources),
        "inspection": inspection_part(sources),
        "deviations": [deviation.to_json() for deviation in build.deviations],
        "quantities": quantities_part(sources, released_now=stamp is not None),
        "signatures": signatures_part(
            build, (stamp.signature, stamp.index) if stamp is not None else None
        ),
        "release": None
        if stamp is None
        else {"by": stamp.signature.printed_name, "at": instant_text(stamp.signature.at)},
        "retention": retention_part(sources.recipe, made_at(sources)),
        "log": None
        if stamp is None
        else {"origin": stamp.origin, "index_at_release": stamp.index, "root": stamp.root},
        "checked_with": sources.checked_with,
    }


def made_at(sources: RecordSources) -> datetime:
    """Date of manufacture: when the last line was done, or the build ended."""
    build = sources.build
    if build.streamed is not None:
        return build.streamed.finished
    return build.ended_at or build.permitted_at


def missing_parts(record: Mapping[str, Json]) -> tuple[str, ...]:
    """Top-level parts that a draft must have and has not."""
    return tuple(
        key.replace("_", " ")
        for key in KEYS
        if key not in record
        or (key not in _WITH_RELEASE | _MAY_BE_EMPTY and record[key] in (None, "", [], {}))
    )


def missing_statement_parts(record: Mapping[str, Json]) -> tuple[str, ...]:
    """Groups of the statement (row 16, seed text L60-67) that the record could not fill."""
    recipe, order = _part(record, "recipe"), _part(record, "order")
    device, maker = _part(recipe, "device"), _part(recipe, "manufacturer")
    prescriber = _part(order, "prescriber")
    groups: list[tuple[str, list[Json]]] = [
        (
            "identification of the device",
            [device.get("description"), device.get("generic_name"), record.get("record_id")],
        ),
        ("the person it is for", [order.get("patient_token")]),
        ("prescriber", [prescriber.get("name"), prescriber.get("workplace")]),
        ("manufacturer", [maker.get("name"), maker.get("address")]),
    ]
    pathway = order.get("pathway")
    if pathway in (Pathway.CUSTOM_MADE.value, Pathway.PATIENT_MATCHED.value):
        groups.append(("particular features", [order.get("design_characteristics")]))
    if pathway == Pathway.HEALTH_INSTITUTION.value:
        site = _part(record, "site")
        groups.append(("health institution", [site.get("name"), site.get("address")]))
    unmet = recipe.get("unmet_requirements")
    if isinstance(unmet, (list, tuple)):
        groups.extend(
            (
                "grounds for a requirement that is not met",
                [_part({"it": item}, "it").get("grounds")],
            )
            for item in unmet
        )
    return tuple(name for name, values in groups if not all(values))


def _part(record: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    value = record.get(key)
    return value if isinstance(value, Mapping) else {}
