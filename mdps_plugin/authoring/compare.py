"""What changed between two revisions, in words, and what must be validated again. Reads no file.

Both documents are laid out as fields; members of lists go by their name, not by their place, so
that a step that moved is not ten changed steps. What a change asks for is in the table of fields;
a range that lies inside the old one asks for nothing, since nothing new is allowed (ISO 13485
7.5.6; N58, row 8 of docs/clauses.md). A field that the table does not know asks for validation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..canonical import Json
from ..slicing.settings import parse_settings
from ..units import number_text
from .fields import FIELDS
from .fields.spec import Change, Field

Values = dict[str, Json]
#: What tells the members of a list apart, by the path of the list.
_BY_LAYER = ("window.temperatures[", "window.fan[")
_KEYS = {
    "classification[]": "jurisdiction",
    "registrations[]": "authority",
    "unmet_requirements[]": "requirement",
    "files[]": "name",
    "window.temperatures[]": "from_layer",
    "window.features[]": "feature",
    "window.fan[]": "from_layer",
    "variables[]": "name",
    "post_processing[]": "step_id",
    "post_processing[].readings[]": "name",
    "inspection[]": "characteristic_id",
    "evidence[]": "evidence_id",
    "evidence[].coverage[]": "parameter",
    "essential_principles[]": "item",
    "retention[]": "rule",
}
_KNOWN = {field.path: field for field in FIELDS}
_RANGE = {"minimum", "maximum"}
_MEMBER = re.compile(r"\[([^\]]*)\]")
_NO_FIELD = "The table of fields does not know it. When in doubt, validate."
_SETTING = "A setting of the slicer is a value of the process."
_FILE_REASONS = {
    "evidence_report": (Change.NONE, "A report was added or taken away; lint says what it covers."),
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One change. ``before`` or ``after`` is None where the field was added or taken away."""

    path: str
    label: str
    words: str
    before: str | None
    after: str | None
    revalidate: bool
    reason: str

    def to_json(self) -> dict[str, Json]:
        """Shape of ``mdps recipe diff --json``."""
        return {
            "path": self.path,
            "label": self.label,
            "words": self.words,
            "before": self.before,
            "after": self.after,
            "revalidate": self.revalidate,
            "reason": self.reason,
        }


def compare_documents(before: Json, after: Json) -> tuple[Difference, ...]:
    """Every field that differs, what must be validated again first; whole members as one change."""
    old, new = dict(_lay_out(before)), dict(_lay_out(after))
    old_members, new_members = _members(old), _members(new)
    roles = {**_roles(before), **_roles(after)}
    found: dict[str, Difference] = {}
    for path in [*new, *(path for path in old if path not in new)]:
        was, is_now = path in old, path in new
        if was and is_now and old[path] == new[path]:
            continue
        digest = path.replace(".size_bytes", ".sha256")
        if digest != path and old.get(digest) != new.get(digest):
            continue  # The digest says the same, and more.
        other = old_members if is_now else new_members
        whole = next((part for part in _prefixes(path) if part not in other), None)
        if whole is not None and was != is_now:
            path, name = whole, whole[whole.rfind("[") + 1 : -1]
            found[path] = _difference(path, name, name, was, is_now, roles)
        else:
            found[path] = _difference(path, old.get(path), new.get(path), was, is_now, roles)
    return tuple(sorted(found.values(), key=lambda item: not item.revalidate))


def _prefixes(path: str) -> list[str]:
    """The members of lists that a path runs through, outermost first."""
    return [path[: match.end()] for match in _MEMBER.finditer(path)]


def _members(values: Values) -> frozenset[str]:
    return frozenset(part for path in values for part in _prefixes(path))


def compare_settings_files(before: bytes, after: bytes) -> tuple[Difference, ...]:
    """Slicer settings line by line; :class:`DocumentError` where one cannot be read."""
    old, new = parse_settings(before, "before"), parse_settings(after, "after")
    return tuple(
        Difference(
            path=f"settings.{name}",
            label=f"slicer setting {name.replace('_', ' ')}",
            words=f"{_side(old.get(name))}, now {_side(new.get(name))}",
            before=old.get(name),
            after=new.get(name),
            revalidate=True,
            reason=_SETTING,
        )
        for name in sorted(set(old) | set(new))
        if old.get(name) != new.get(name)
    )


def _side(value: str | None) -> str:
    if value is None:
        return "not set"
    return value if len(value) <= 60 else f"{value[:57]}…"


def _lay_out(value: Json, path: str = "", pattern: str = "") -> Iterator[tuple[str, Json]]:
    """Leaves by a path in which list members stand by name: ``inspection[wall].limits``."""
    if isinstance(value, Mapping) and set(value) != _RANGE:
        for key, inner in value.items():
            dot = "." if path else ""
            yield from _lay_out(inner, f"{path}{dot}{key}", f"{pattern}{dot}{key}")
    elif isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) for item in value):
        names_by = _KEYS.get(f"{pattern}[]", "")
        seen: Counter[str] = Counter()
        for index, inner in enumerate(value):
            name = str(inner.get(names_by, index) if isinstance(inner, Mapping) else index)
            seen[name] += 1
            # Two of one name, such as two registrations with one authority, go by their order.
            place = name if seen[name] == 1 else f"{name} {seen[name]}"
            yield from _lay_out(inner, f"{path}[{place}]", f"{pattern}[]")
    else:
        yield path, value


def _row(path: str) -> Field | None:
    """The row of the table that a laid-out path belongs to."""
    pattern = _MEMBER.sub("[]", path)
    return _KNOWN.get(pattern) or _KNOWN.get(f"{pattern}[]")


def _roles(document: Json) -> dict[str, str]:
    files = document.get("files") if isinstance(document, Mapping) else None
    entries = files if isinstance(files, (list, tuple)) else ()
    return {
        str(entry.get("name")): str(entry.get("role"))
        for entry in entries
        if isinstance(entry, Mapping)
    }


def _difference(
    path: str, old: Json, new: Json, was: bool, is_now: bool, roles: Mapping[str, str]
) -> Difference:
    field = _row(path)
    change, reason, label = _rule(field, path, roles)
    revalidate = change is Change.ALWAYS
    words = f"{_text(old, field)}, now {_text(new, field)}"
    if path.endswith(".sha256"):
        words = "other content"
    if not was:
        words = f"added: {_text(new, field)}"
    elif not is_now:
        words = f"taken away: {_text(old, field)}"
    elif change is Change.WIDER or (isinstance(new, Mapping) and isinstance(old, Mapping)):
        direction = _direction(old, new)
        words = f"{direction}: {words}"
        if change is Change.WIDER:
            revalidate = direction != "narrower"
    if change is Change.WIDER and not (was and is_now):
        # A limit that is new, or that is gone: what it bounds was bounded in another way.
        revalidate = True
    if change is Change.WIDER and not revalidate:
        reason = "Inside what was allowed before: nothing new is allowed."
    return Difference(
        path=path,
        label=label,
        words=words,
        before=_text(old, field) if was else None,
        after=_text(new, field) if is_now else None,
        revalidate=revalidate,
        reason=reason,
    )


def _member(path: str, name: str) -> str:
    """How a member of a list is named to a reader; a bare number would mean nothing."""
    return f"from layer {name}" if path.startswith(_BY_LAYER) and name.isdigit() else name


def _rule(field: Field | None, path: str, roles: Mapping[str, str]) -> tuple[Change, str, str]:
    """What a change asks for, why, and the label with the names of the members."""
    if field is None:
        return Change.ALWAYS, _NO_FIELD, path
    names = [_member(path, name) for name in _MEMBER.findall(path)]
    label = f"{field.label} ({', '.join(names)})" if names else field.label
    special = _FILE_REASONS.get(roles.get(names[0], "")) if path.startswith("files[") else None
    if special is not None:
        return special[0], special[1], label
    return field.change, field.reason, label


def _direction(old: Json, new: Json) -> str:
    """Narrower, wider or other: for ranges, for bounds that are single numbers, for choices."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        outer, inner = _ends(old), _ends(new)
        if outer is None or inner is None:
            return "moved"
        if outer[0] <= inner[0] and inner[1] <= outer[1]:
            return "narrower"
        return "wider" if inner[0] <= outer[0] and outer[1] <= inner[1] else "moved"
    if _is_number(old) and _is_number(new):
        return "narrower" if float(str(new)) < float(str(old)) else "wider"
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        if all(item in old for item in new):
            return "narrower"
        return "wider" if all(item in new for item in old) else "moved"
    return "moved"


def _ends(value: Mapping[str, Json]) -> tuple[float, float] | None:
    low, high = value.get("minimum"), value.get("maximum")
    if not (_is_number(low) and _is_number(high)):
        return None
    return float(str(low)), float(str(high))


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Json, field: Field | None) -> str:
    unit = field.unit if field is not None else ""
    if isinstance(value, Mapping):
        ends = _ends(value)
        if ends is not None:
            return f"{number_text(ends[0])} to {number_text(ends[1])} {unit}".rstrip()
        return str(dict(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{number_text(value)} {unit}".rstrip()
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item, None) for item in value) + (f" {unit}" if unit else "")
    return "none" if value is None else str(value)


def settings_name(document: Json) -> str | None:
    """Name of the slicer settings that a document pins."""
    names: Sequence[str] = [
        name for name, role in _roles(document).items() if role == "slicer_settings"
    ]
    return names[0] if names else None
