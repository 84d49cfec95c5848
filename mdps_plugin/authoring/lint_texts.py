"""Texts that were never written, records kept too short, a recipe that has ended. Reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ..canonical import Json
from ..findings import Finding, Where
from ..reading import instant_text
from ..recipes.document import Recipe
from . import codes

_GAP = re.compile(r"\b(?:TODO|TBD|TBC|FIXME|XXX)\b|\blorem ipsum\b|<[^<>]{1,60}>", re.IGNORECASE)
#: Years that records are kept, by jurisdiction: plain, implantable, and who says so.
_RETENTION: dict[str, tuple[int, int, str]] = {
    "EU": (10, 15, "EU MDR Annex XIII 4 and Article 10(8)"),
}
_LEAST_WORDS = 3


def gaps(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document that is a note to its author, with its place."""
    if isinstance(value, str):
        if _GAP.search(value):
            yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from gaps(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from gaps(inner, f"{path}[{index}]")


def check_gaps(document: Json) -> Iterable[Finding]:
    """Placeholders anywhere in the document."""
    for path, text in gaps(document):
        yield Finding(kind=codes.PLACEHOLDER, where=Where(path=path), measured=repr(text[:60]))


def check_texts(recipe: Recipe, at: datetime) -> Iterable[Finding]:
    """Reasons that are no reasons, retention by jurisdiction, the end of the recipe."""
    for index, principle in enumerate(recipe.essential_principles):
        if len(principle.justification.split()) < _LEAST_WORDS:
            yield Finding(
                kind=codes.NO_JUSTIFICATION,
                where=Where(path=f"essential_principles[{index}].justification"),
                measured=repr(principle.justification),
                limit=f"a reason of at least {_LEAST_WORDS} words",
            )
    for entry in recipe.classification:
        rule = _RETENTION.get(entry.jurisdiction)
        if rule is None:
            continue
        plain, implantable, source = rule
        least = implantable if recipe.implantable else plain
        if recipe.retention_years < least:
            yield Finding(
                kind=codes.RETENTION_SHORT,
                where=Where(path="retention"),
                measured=f"{recipe.retention_years} years",
                limit=least,
                unit="years",
                facts={"rule": source},
            )
    if at >= recipe.identity.expires:
        yield Finding(
            kind=codes.ENDED,
            where=Where(path="identity.expires"),
            measured=instant_text(recipe.identity.expires),
            facts={"now": instant_text(at)},
        )
