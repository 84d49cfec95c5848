"""What must be in a record before a document may be made of it. Makes no document.

The groups of the custom-made statement are the six of IMDRF PMD/N58 (identification, exclusive
use, prescriber, particular features, conformity or grounds, manufacturer); those of the
institution's sheet are its three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..findings import Finding, Where
from . import codes
from .view import View

Group = tuple[str, tuple[str, ...]]

_BASE: tuple[Group, ...] = (
    ("identity of the record", ("record_id", "build_id", "cell", "site.name", "site.address")),
    (
        "identity of the recipe",
        (
            "recipe.id",
            "recipe.revision",
            "recipe.digest",
            "recipe.pathway",
            "recipe.responsibility",
        ),
    ),
    ("order", ("order.order_id", "order.sha256")),
    ("place in the audit log", ("log.origin", "log.index_at_release", "log.root", "checked_with")),
    ("release", ("release.by", "release.at", "signatures")),
)
_DEVICE: Group = (
    "identification of the device",
    ("recipe.device.generic_name", "recipe.device.description", "build_id", "order.order_id"),
)
_MAKER: Group = (
    "name and address of the manufacturer",
    ("recipe.manufacturer.name", "recipe.manufacturer.address"),
)
_USE: Group = ("intended use", ("recipe.device.intended_use",))

RECORD: tuple[Group, ...] = (
    _DEVICE,
    _MAKER,
    _USE,
    ("the job as planned and as built", ("job.planned", "job.streamed", "job.lines")),
    ("the printer", ("printer.model", "printer.serial", "printer.firmware")),
    ("software versions", ("versions.controller", "versions.plugin")),
    ("material and lot", ("material.lot_id", "material.kind", "material.product")),
    ("times of the build", ("build.started", "build.finished", "build.outcome")),
    ("inspection", ("inspection",)),
    ("quantities", ("quantities.planned", "quantities.started", "quantities.released")),
    ("retention", ("retention.years", "retention.retain_until")),
)
CUSTOM_MADE: tuple[Group, ...] = (
    _DEVICE,
    ("exclusive use", ("order.patient_token",)),
    ("prescriber and workplace", ("order.prescriber.name", "order.prescriber.workplace")),
    ("particular features", ("order.design_characteristics",)),
    _MAKER,
)
CHECKED: tuple[Group, ...] = (
    _DEVICE,
    _MAKER,
    _USE,
    ("inspection", ("inspection",)),
)
INSTITUTION: tuple[Group, ...] = (
    ("name and address of the institution", _MAKER[1]),
    _DEVICE,
)
PATIENT: tuple[Group, ...] = (_DEVICE, _MAKER, _USE, ("contact", ("recipe.manufacturer.contact",)))
CERTIFICATE: tuple[Group, ...] = (("inspection", ("inspection",)),)
LABEL: tuple[Group, ...] = (
    _DEVICE,
    _MAKER,
    ("date of manufacture", ("build.finished",)),
    ("lot of the material", ("material.lot_id",)),
    ("software version", ("versions.controller",)),
    ("for whom", ("order.patient_token",)),
)


def judge_groups(record: View, documents: Mapping[str, tuple[Group, ...]]) -> tuple[Finding, ...]:
    """What is missing for ``documents`` (name to groups), each path once."""
    seen: set[str] = set()
    found: list[Finding] = []
    for document, groups in (("Every document", _BASE), *documents.items()):
        for group, paths in groups:
            for path in paths:
                if path not in seen and _empty(record, path):
                    seen.add(path)
                    found.append(_missing(path, document, group))
    found.extend(_grounds(record))
    found.extend(_whole(record))
    return tuple(found)


def _empty(record: View, path: str) -> bool:
    value = record.at(path)
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, (list, tuple, Mapping)) and not value)


def _missing(path: str, document: str, group: str) -> Finding:
    return Finding(
        kind=codes.MISSING_GROUP,
        where=Where(path=path),
        limit=group,
        facts={"document": document},
    )


def _grounds(record: View) -> Iterable[Finding]:
    """A requirement that is not met needs its grounds."""
    for index, row in enumerate(record.rows("recipe.unmet_requirements")):
        for name in ("requirement", "grounds"):
            if not row.text(name):
                path = f"recipe.unmet_requirements[{index}].{name}"
                yield _missing(path, "Statement", "requirements not met, with grounds")


def _whole(record: View) -> Iterable[Finding]:
    """Last line of defence: the release has asked the same before."""
    planned, streamed = record.text("job.planned"), record.text("job.streamed")
    if not record.is_true("job.match") or planned != streamed:
        yield Finding(
            kind=codes.NOT_WHOLE,
            where=Where(path="job.streamed"),
            measured=streamed or "empty",
            limit=f"The planned job {planned}",
        )
    released = record.number("quantities.released")
    if released is not None and released < 1:
        yield Finding(
            kind=codes.NOT_WHOLE,
            where=Where(path="quantities.released"),
            measured=released,
            limit="At least 1 released part",
        )
