"""Bounds being learnt: extremes and sets of values, each with the place that set it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..canonical import Json
from ..errors import DocumentError

Value = float | str
_LOW, _HIGH = "minimum", "maximum"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where one bound or value came from: file, its line, and the printed layer from 0."""

    bound: str
    value: Value
    source: str
    line: int
    layer: int

    def to_json(self) -> dict[str, Json]:
        """Shape of ``mdps recipe learn --json``."""
        return {
            "bound": self.bound,
            "value": self.value,
            "source": self.source,
            "line": self.line,
            "layer": self.layer,
        }


@dataclass(kw_only=True)
class Bounds:
    """Extremes (:meth:`take`) and sets of values (:meth:`see`), the first place of each kept."""

    _ends: dict[tuple[str, str], Origin] = field(default_factory=dict)
    _seen: dict[str, dict[Value, Origin]] = field(default_factory=dict)

    def take(self, name: str, end: str, value: float, source: str, line: int, layer: int) -> None:
        """Widen one end of a range, if ``value`` lies beyond it."""
        known = self._ends.get((name, end))
        beyond = known is None or (
            value < float(known.value) if end == _LOW else value > float(known.value)
        )
        if beyond:
            self._ends[name, end] = Origin(
                bound=f"{name}.{end}", value=value, source=source, line=line, layer=layer
            )

    def see(self, name: str, value: Value, source: str, line: int, layer: int) -> None:
        """Note that a value occurs."""
        origin = Origin(bound=name, value=value, source=source, line=line, layer=layer)
        self._seen.setdefault(name, {}).setdefault(value, origin)

    def range(self, name: str, otherwise: Json) -> Json:
        """The range learnt, or what the recipe says where no job showed it."""
        low, high = self._ends.get((name, _LOW)), self._ends.get((name, _HIGH))
        if low is None or high is None:
            return otherwise
        return {_LOW: low.value, _HIGH: high.value}

    def highest(self, name: str) -> int:
        """The upper end of a bound that has no lower one."""
        return int(self._ends[name, _HIGH].value)

    def texts(self, name: str) -> list[str]:
        """Words that occur."""
        return [str(value) for value in self._seen.get(name, {})]

    def numbers(self, name: str) -> list[float]:
        """Numbers that occur, rising."""
        return sorted(float(value) for value in self._seen.get(name, {}))

    def single(self, name: str, otherwise: Json) -> Json:
        """The one value that occurs; :class:`DocumentError` where there are several."""
        seen = self._seen.get(name, {})
        if len(seen) > 1:
            first, second, *_ = seen.values()
            raise DocumentError(
                second.source,
                f"line {second.line}",
                f"{name} is {second.value}",
                f"{first.value}, as in {first.source} line {first.line}: one value in all jobs",
            )
        return next(iter(seen), otherwise)

    def origins(self) -> Iterator[Origin]:
        """Every bound and value with its place."""
        yield from sorted(self._ends.values(), key=lambda origin: origin.bound)
        for name in sorted(self._seen):
            yield from self._seen[name].values()
