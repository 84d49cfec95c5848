"""Statements about the truth that a scenario expects: read, and held against a snapshot. Pure.

``FIELD SIGN VALUE``: a field of the truth with dots (``nozzle.true_c``), one of ``= != < <= > >=``,
and a number, ``true``, ``false``, or a second field with a number added or taken away
(``nozzle.true_c <= nozzle.reported_c + 15``).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .faults import FaultError

_SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FIELD = r"[a-z][a-z_0-9]*(?:\.[a-z][a-z_0-9]*)?"
_NUMBER = r"-?\d{1,12}(?:\.\d{1,12})?"
_STATEMENT = re.compile(
    rf"\s*({_FIELD})\s*(!=|<=|>=|=|<|>)\s*"
    rf"(?:(true|false)|({_NUMBER})|({_FIELD})(?:\s*([+-])\s*(\d{{1,12}}(?:\.\d{{1,12}})?))?)\s*"
)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One comparison. ``other`` is the second field, if there is one; ``value`` is added to it."""

    text: str
    field: str
    sign: str
    other: str | None
    value: float

    def holds(self, truth: Mapping[str, object]) -> bool:
        """True if the statement is so in this snapshot."""
        base = 0.0 if self.other is None else _number(truth, self.other)
        return _SIGNS[self.sign](_number(truth, self.field), base + self.value)

    def observed(self, truth: Mapping[str, object]) -> str:
        """The fields of the statement as they are, for a message."""
        fields = [self.field] if self.other is None else [self.field, self.other]
        return ", ".join(f"{field} {_number(truth, field):g}" for field in fields)


def parse_statement(text: str, truth: Mapping[str, object]) -> Statement:
    """Read one; ``truth`` is any snapshot, its fields are those that may be named."""
    match = _STATEMENT.fullmatch(text)
    if match is None:
        raise FaultError(
            f"{text!r}; allowed: FIELD, then = != < <= > or >=, then a number or FIELD"
        )
    allowed = numeric_fields(truth)
    for field in (match[1], match[5]):
        if field is not None and field not in allowed:
            raise FaultError(f"no field {field!r} in the truth; allowed: {', '.join(allowed)}")
    value = float(match[4] or match[7] or 0.0)
    if match[3] is not None:
        value = 1.0 if match[3] == "true" else 0.0
    return Statement(
        text=text.strip(),
        field=match[1],
        sign=match[2],
        other=match[5],
        value=-value if match[6] == "-" else value,
    )


def numeric_fields(truth: Mapping[str, object]) -> list[str]:
    """Names of everything in a snapshot that is a number or true or false."""
    found: list[str] = []
    for name, value in truth.items():
        if isinstance(value, (int, float)):
            found.append(name)
        elif isinstance(value, dict):
            found += [f"{name}.{part}" for part in value if isinstance(value[part], (int, float))]
    return found


def _number(truth: Mapping[str, object], field: str) -> float:
    value: object = truth
    for part in field.split("."):
        value = value[part] if isinstance(value, Mapping) else None
    if not isinstance(value, (int, float)):
        raise FaultError(f"{field} is {value!r} now, no number")
    return float(value)
