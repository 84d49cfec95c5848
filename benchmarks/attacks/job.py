"""A sliced job taken apart for spoiling: its moves, layers and lines. Judges nothing.

Written apart from the examiner's reader on purpose, and for what slicers write only: it believes
their comments, which the examiner never does. E is relative (M83), XYZ absolute, lengths in mm,
F in mm/min.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

FILAMENT_AREA_MM2 = math.pi * 1.75**2 / 4
_WORD = re.compile(r"([A-Z])(-?\d*\.?\d+)")
_LAYER = re.compile(r";(LAYER_CHANGE|LAYER:\d+)$")
_WALLS = frozenset({"Perimeter", "External perimeter", "WALL-INNER", "WALL-OUTER"})


def number(value: float, digits: int) -> str:
    """As a slicer writes it: no trailing zeros, no minus before zero."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0", "-") else text


class Move(NamedTuple):
    """One G0 or G1 line. ``begin`` and ``end``: x, y, z. ``index``: its place in ``Job.lines``.

    ``layer`` counts from 0; ``kind`` is what the slicer's comment calls the path. A tuple, for the
    sake of speed: a job has many.
    """

    index: int
    begin: tuple[float, float, float]
    end: tuple[float, float, float]
    filament: float
    feed: float
    layer: int
    kind: str
    letters: str

    @property
    def prints(self) -> bool:
        """Moves in the plane and gives filament."""
        return self.filament > 0 and self.begin[:2] != self.end[:2]

    @property
    def at_rest(self) -> bool:
        """Filament moves, the nozzle does not."""
        return self.filament != 0 and self.begin == self.end

    @property
    def length(self) -> float:
        """In the plane, mm."""
        return math.dist(self.begin[:2], self.end[:2])

    @property
    def wall(self) -> bool:
        """A perimeter."""
        return self.kind in _WALLS

    @property
    def mm3(self) -> float:
        """Volume of its filament."""
        return self.filament * FILAMENT_AREA_MM2

    def point(self, share: float) -> tuple[float, float]:
        """Between begin (0) and end (1), in the plane."""
        (a, b, _), (c, d, _) = self.begin, self.end
        return a + (c - a) * share, b + (d - b) * share

    def written(
        self,
        *,
        end: tuple[float, float] | None = None,
        z: float | None = None,
        filament: float | None = None,
        feed: float | None = None,
    ) -> str:
        """The line again, with these values instead of its own."""
        x, y = self.end[:2] if end is None else end
        values: dict[str, tuple[float, int]] = {}
        if set(self.letters) & {"X", "Y"} or end is not None:
            values["X"], values["Y"] = (x, 3), (y, 3)
        if "Z" in self.letters or z is not None:
            values["Z"] = (self.end[2] if z is None else z, 3)
        amount = self.filament if filament is None else filament
        if ("E" in self.letters and amount) or filament:
            values["E"] = (amount, 5)
        if "F" in self.letters or feed is not None:
            values["F"] = (self.feed if feed is None else feed, 3)
        return " ".join(["G1", *(f"{key}{number(*value)}" for key, value in values.items())])


class Job:
    """Lines without line ends, the moves of the body, and where each layer begins."""

    def __init__(self, gcode: bytes) -> None:
        self.lines: tuple[str, ...] = tuple(gcode.decode("ascii").split("\n"))
        marks = [self._begins(i) for i, line in enumerate(self.lines) if _LAYER.match(line)]
        if not marks:
            raise ValueError("no layer in this job")
        #: First line of each layer; the last entry is the line after the body.
        self.layer_at: tuple[int, ...] = (*marks, self._body_end())

    def _begins(self, mark: int) -> int:
        """CuraEngine goes to a layer, Z included, before its comment says that it begins."""
        for index in range(mark - 1, max(mark - 8, 0), -1):
            if self.lines[index] == ";MESH:NONMESH":
                return index
        return mark

    def _body_end(self) -> int:
        """The first line after the last line that prints."""
        for index in range(len(self.lines) - 1, 0, -1):
            line = self.lines[index]
            if line.startswith("G1 ") and "E" in line and "X" in line:
                return index + 1
        raise ValueError("nothing printed in this job")

    @property
    def layers(self) -> int:
        """How many."""
        return len(self.layer_at) - 1

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """All of the body, in order."""
        found: list[Move] = []
        here = (0.0, 0.0, 0.0)
        feed, kind, layer, begins = 0.0, "", -1, frozenset(self.layer_at[:-1])
        for index, raw in enumerate(self.lines[: self.layer_at[-1]]):
            if index in begins:
                layer += 1
            if raw.startswith(";TYPE:"):
                kind = raw[6:]
            line = raw.partition(";")[0]
            if not line.startswith(("G1 ", "G0 ")):
                continue
            words = {key: float(value) for key, value in _WORD.findall(line[3:])}
            feed = words.get("F", feed)
            begin = here
            here = (words.get("X", here[0]), words.get("Y", here[1]), words.get("Z", here[2]))
            if layer < 0:
                continue
            found.append(
                Move(
                    index=index,
                    begin=begin,
                    end=here,
                    filament=words.get("E", 0.0),
                    feed=feed,
                    layer=layer,
                    kind=kind,
                    letters="".join(words),
                )
            )
        return tuple(found)

    @cached_property
    def printed(self) -> tuple[Move, ...]:
        """Moves that lay plastic."""
        return tuple(move for move in self.moves if move.prints)

    @cached_property
    def heights(self) -> tuple[float, ...]:
        """Z of each layer."""
        found: dict[int, float] = {}
        for move in self.printed:
            found.setdefault(move.layer, move.end[2])
        return tuple(found[layer] for layer in sorted(found))

    def layer_lines(self, layer: int) -> tuple[str, ...]:
        """Lines of a layer, travel to it included."""
        return self.lines[self.layer_at[layer] : self.layer_at[layer + 1]]

    def edited(self, changes: Mapping[int, Sequence[str]]) -> bytes:
        """The job with other lines (none, one, several) in place of these."""
        out: list[str] = []
        for index, line in enumerate(self.lines):
            out.extend(changes.get(index, (line,)))
        return "\n".join(out).encode("latin-1")

    def with_layers(self, layers: Sequence[Sequence[str]]) -> bytes:
        """The job with these layers as its body."""
        body = [line for layer in layers for line in layer]
        head, tail = self.lines[: self.layer_at[0]], self.lines[self.layer_at[-1] :]
        return "\n".join([*head, *body, *tail]).encode("latin-1")


Command = tuple[str, ...] | tuple[tuple[str, float], ...]


def meaning(lines: Iterable[str]) -> Iterator[Command]:
    """Commands without comments and number forms, to see whether an edit changed anything."""
    for raw in lines:
        line = raw.partition(";")[0].strip()
        if not line:
            continue
        words = _WORD.findall(line)
        plain = "".join(key + value for key, value in words) == line.replace(" ", "")
        yield tuple((key, float(value)) for key, value in words) if plain else (line,)


def same_meaning(one: bytes, two: bytes) -> bool:
    """Whether two jobs differ in no more than comments and the form of numbers."""
    first, second = (job.decode("latin-1").split("\n") for job in (one, two))
    both = zip(first, second, strict=False)
    equal = next((at for at, (a, b) in enumerate(both) if a != b), min(len(first), len(second)))
    rest = zip_longest(meaning(first[equal:]), meaning(second[equal:]))
    return all(a == b for a, b in rest)


def lifted(lines: Sequence[str], by_mm: float) -> list[str]:
    """These lines with every Z moved."""

    def change(match: re.Match[str]) -> str:
        return f"Z{number(float(match[1]) + by_mm, 3)}"

    return [
        re.sub(r"\bZ(-?\d*\.?\d+)", change, line) if not line.startswith(";") else line
        for line in lines
    ]
