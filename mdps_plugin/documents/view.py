"""Reading of a production record by dotted paths. What is absent reads as empty, never as a fault.

Whether something mandatory is absent is asked once, in ``groups.py``, before any content is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..canonical import Json
from ..units import number_text, quantity_text


@dataclass(frozen=True, kw_only=True)
class View:
    """One object of a record."""

    value: Json

    def at(self, path: str) -> Json:
        """The value at ``path``, or None."""
        found: Json = self.value
        for name in path.split("."):
            if not isinstance(found, Mapping):
                return None
            found = found.get(name)
        return found

    def text(self, path: str, absent: str = "") -> str:
        """The value as people write it: numbers without trailing zeros, yes and no."""
        found = self.at(path)
        if isinstance(found, bool):
            return "yes" if found else "no"
        if isinstance(found, (int, float)):
            return number_text(found)
        return found if isinstance(found, str) and found.strip() else absent

    def number(self, path: str) -> float | None:
        """A number, or None."""
        found = self.at(path)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            return None
        return float(found)

    def quantity(self, path: str, unit: str, absent: str = "") -> str:
        """A number with its unit."""
        found = self.number(path)
        return absent if found is None else quantity_text(found, unit)

    def span(self, unit: str) -> str:
        """``19.5 to 20.5 mm`` from the members minimum and maximum."""
        low, high = self.number("minimum"), self.number("maximum")
        if low is None or high is None:
            return ""
        if low == high:
            return quantity_text(low, unit)
        return f"{number_text(low)} to {quantity_text(high, unit)}"

    def is_true(self, path: str) -> bool:
        """True only for the boolean."""
        return self.at(path) is True

    def rows(self, path: str) -> tuple[View, ...]:
        """The members of a list as views."""
        found = self.at(path)
        if not isinstance(found, (list, tuple)):
            return ()
        return tuple(View(value=item) for item in found)

    def texts(self, path: str) -> tuple[str, ...]:
        """The texts of a list."""
        return tuple(
            row.value for row in self.rows(path) if isinstance(row.value, str) and row.value.strip()
        )

    def moment(self, path: str, absent: str = "") -> str:
        """``2026-11-23 14:05:00 UTC`` for ``2026-11-23T14:05:00Z``."""
        found = self.text(path)
        if not found:
            return absent
        return found.replace("T", " ").replace("Z", " UTC") if found.endswith("Z") else found

    def day(self, path: str) -> str:
        """``2026-11-23``, the UTC day of a moment."""
        return self.text(path)[:10]
