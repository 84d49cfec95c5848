"""Closed reading of JSON objects: typed getters, exact paths, unknown keys refused. No I/O.

Every parser of a document (recipe, order, profile, configuration) is written with
:class:`Fields`; the bounds stand beside the read, and :meth:`Fields.close` refuses whatever
nobody asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

from .canonical import Json
from .errors import DocumentError
from .units import Range

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

_MAX_TEXT = 8192
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


class Fields:
    """One JSON object being read. ``source`` is the file, ``path`` the place of this object."""

    def __init__(self, value: Json, source: str, path: str = "") -> None:
        """Refuse anything but an object."""
        self.source = source
        self.path = path
        if not isinstance(value, Mapping):
            raise DocumentError(source, path, _kind(value), "an object")
        self._values: dict[str, Json] = dict(value)
        self._read: set[str] = set()

    def place(self, key: str) -> str:
        """Path of ``key`` from the top of the document."""
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, observed: str, allowed: str) -> DocumentError:
        """The error for ``key``; the caller raises it."""
        return DocumentError(self.source, self.place(key), observed, allowed)

    def has(self, key: str) -> bool:
        """True if the key is present and not null. Does not count as reading it."""
        return self._values.get(key) is not None

    def take(self, key: str) -> Json:
        """The value as it is; missing is an error, null is returned."""
        self._read.add(key)
        if key not in self._values:
            raise self.fault(key, "missing", "the field present")
        return self._values[key]

    def ignore(self, key: str) -> None:
        """Let a key be absent or null: it counts as read."""
        self._read.add(key)

    def as_dict(self) -> dict[str, Json]:
        """All members as they are; every key counts as read."""
        self._read.update(self._values)
        return dict(self._values)

    def close(self) -> None:
        """Refuse keys that nobody read."""
        unknown = sorted(set(self._values) - self._read)
        if unknown:
            known = ", ".join(sorted(self._read))
            raise self.fault(unknown[0], "an unknown key", f"only: {known}")

    def text(self, key: str, *, empty: bool = False, max_length: int = _MAX_TEXT) -> str:
        """Text without control or bidirectional-override characters."""
        value = self.take(key)
        if not isinstance(value, str):
            raise self.fault(key, _kind(value), "text")
        if not value.strip() and not empty:
            raise self.fault(key, "empty text", "text that is not empty")
        if len(value) > max_length:
            raise self.fault(key, f"{len(value)} characters", f"at most {max_length}")
        if _CONTROL.search(value):
            raise self.fault(key, "a control character", "printable text")
        return value

    def optional_text(self, key: str) -> str | None:
        """Text, or None where the key is missing or null."""
        self._read.add(key)
        return self.text(key) if self.has(key) else None

    def matching(self, key: str, pattern: str, allowed: str) -> str:
        """Text that matches ``pattern`` as a whole; ``allowed`` says it in words."""
        value = self.text(key)
        if re.fullmatch(pattern, value) is None:
            raise self.fault(key, repr(value[:80]), allowed)
        return value

    def digest(self, key: str) -> str:
        """A SHA-256 digest as 64 lower-case hexadecimal digits."""
        value = self.text(key)
        if _DIGEST.fullmatch(value) is None:
            raise self.fault(key, repr(value[:80]), "64 lower-case hexadecimal digits")
        return value

    def number(
        self, key: str, *, minimum: float = -math.inf, maximum: float = math.inf, unit: str = ""
    ) -> float:
        """A finite number between the bounds, ends included; a boolean is not a number."""
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.fault(key, _kind(value), "a number")
        if not math.isfinite(value) or not minimum <= value <= maximum:
            bounds = f"{minimum:g} to {maximum:g} {unit}".rstrip()
            raise self.fault(key, f"{value:g} {unit}".rstrip(), bounds)
        return float(value)

    def optional_number(
        self, key: str, *, minimum: float = -math.inf, maximum: float = math.inf, unit: str = ""
    ) -> float | None:
        """A number, or None where the key is missing or null."""
        self._read.add(key)
        if not self.has(key):
            return None
        return self.number(key, minimum=minimum, maximum=maximum, unit=unit)

    def integer(self, key: str, *, minimum: int, maximum: int) -> int:
        """A whole number between the bounds, ends included."""
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fault(key, _kind(value), "a whole number")
        if not minimum <= value <= maximum:
            allowed = str(minimum) if minimum == maximum else f"{minimum} to {maximum}"
            raise self.fault(key, str(value), allowed)
        return value

    def boolean(self, key: str) -> bool:
        """True or false, nothing that merely looks like it."""
        value = self.take(key)
        if not isinstance(value, bool):
            raise self.fault(key, _kind(value), "true or false")
        return value

    def choice(self, key: str, kind: type[E]) -> E:
        """One member of an enumeration, by its value."""
        value = self.text(key)
        try:
            return kind(value)
        except ValueError:
            allowed = ", ".join(str(member.value) for member in kind)
            raise self.fault(key, repr(value[:80]), f"one of: {allowed}") from None

    def instant(self, key: str) -> datetime:
        """A moment in UTC, written ``2026-11-23T14:05:00Z``."""
        value = self.text(key)
        if not _INSTANT.fullmatch(value):
            raise self.fault(key, repr(value[:80]), "a time like 2026-11-23T14:05:00Z")
        try:
            return datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC)
        except ValueError:
            raise self.fault(key, repr(value), "a date that exists") from None

    def optional_instant(self, key: str) -> datetime | None:
        """A moment in UTC, or None where the key is missing or null."""
        self._read.add(key)
        return self.instant(key) if self.has(key) else None

    def range(
        self, key: str, *, minimum: float = -math.inf, maximum: float = math.inf, unit: str = ""
    ) -> Range:
        """An object ``{minimum, maximum}``, both inside the bounds and the right way round."""
        inner = self.child(key)
        low = inner.number("minimum", minimum=minimum, maximum=maximum, unit=unit)
        high = inner.number("maximum", minimum=minimum, maximum=maximum, unit=unit)
        inner.close()
        if low > high:
            raise self.fault(key, f"minimum {low:g} above maximum {high:g}", "minimum <= maximum")
        return Range(minimum=low, maximum=high)

    def child(self, key: str) -> Fields:
        """The object under ``key``; the caller closes it."""
        return Fields(self.take(key), self.source, self.place(key))

    def items(self, key: str, *, least: int = 0, most: int = 10_000) -> list[tuple[str, Json]]:
        """The members of a list as (path, value)."""
        value = self.take(key)
        if not isinstance(value, (list, tuple)):
            raise self.fault(key, _kind(value), "a list")
        if not least <= len(value) <= most:
            raise self.fault(key, f"{len(value)} members", f"{least} to {most} members")
        return [(f"{self.place(key)}[{index}]", item) for index, item in enumerate(value)]

    def objects(
        self, key: str, build: Callable[[Fields], T], *, least: int = 0, most: int = 10_000
    ) -> tuple[T, ...]:
        """A list of objects, each read by ``build`` and closed after it."""
        built: list[T] = []
        for path, item in self.items(key, least=least, most=most):
            inner = Fields(item, self.source, path)
            built.append(build(inner))
            inner.close()
        return tuple(built)

    def texts(self, key: str, *, least: int = 0, most: int = 1000) -> tuple[str, ...]:
        """A list of texts that are not empty."""
        found: list[str] = []
        for path, item in self.items(key, least=least, most=most):
            if not isinstance(item, str) or not item.strip() or _CONTROL.search(item):
                raise DocumentError(self.source, path, _kind(item), "text that is not empty")
            found.append(item)
        return tuple(found)


def _kind(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value[:60]!r}"
    if isinstance(value, Mapping):
        return "an object"
    return "a list"


def instant_text(moment: datetime) -> str:
    """``2026-11-23T14:05:00Z``: the one way a moment is written; naive moments are misuse."""
    if moment.tzinfo is None:
        raise RuntimeError("a moment without a time zone")
    text = moment.astimezone(UTC).isoformat()
    return text.replace("+00:00", "Z")
