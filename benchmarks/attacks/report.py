"""Rows of trials gathered into cells: how many found at each size, by which ring and rule. Pure.

Cells are all that the tables, the plots and the schedule need; counted.py keeps them in a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

from .attack import Attack
from .statistics import smallest_sure, wilson

RINGS = ("A", "B", "C")


@dataclass(kw_only=True)
class Cell:
    """One attack at one size under one split.

    ``looked`` and ``by_ring``: trials that a ring looked at, and those it found; "" is any ring.
    ``done``: numbers of the trials that were run. A stop leaves gaps between them.
    """

    nothing: int = 0
    done: set[int] = field(default_factory=set)
    looked: Counter[str] = field(default_factory=Counter)
    by_ring: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, row: Mapping[str, Any]) -> None:
        """One more trial; one that was counted before changes nothing."""
        if int(row["number"]) in self.done:
            return
        self.done.add(int(row["number"]))
        if row["outcome"] == "nothing":
            self.nothing += 1
            self.reasons[row["changed"]] += 1
            return
        self.looked.update(("", *row["looked"]))
        self.by_ring[""] += row["outcome"] == "found"
        for ring, codes in row["rings"].items():
            self.by_ring[ring] += 1
            self.rules.update(codes)

    def following(self, number: int) -> list[int]:
        """As many numbers of trials that were not run, the lowest first."""
        return list(islice((one for one in count() if one not in self.done), max(0, number)))

    def tried(self, ring: str) -> int:
        """Attacks that a ring, or any ("") of them, has looked at."""
        return self.looked[ring]

    def count(self, ring: str) -> int:
        """Attacks found by a ring, or by any of them ("")."""
        return self.by_ring[ring]


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """All sizes of one attack under one split, the smallest first."""

    attack: Attack
    split: str
    cells: tuple[Cell, ...]

    def sure_from(self, ring: str) -> int | None:
        """Place of the smallest size that is found in 99 % or more, from there on upwards."""
        return smallest_sure([cell.count(ring) for cell in self.cells], self.tried(ring))

    def tried(self, ring: str) -> list[int]:
        """Trials that count for a ring, or for any ("") of them, by size."""
        return [cell.tried(ring) for cell in self.cells]

    def interval(self, ring: str, place: int) -> tuple[float, float]:
        """95 % interval of what this ring finds at this size."""
        return wilson(self.cells[place].count(ring), self.cells[place].tried(ring))

    def rules(self, most: int = 4) -> list[str]:
        """The codes that fired most often."""
        total: Counter[str] = Counter()
        for cell in self.cells:
            total.update(cell.rules)
        return [code for code, _ in total.most_common(most)]


Cells = dict[tuple[str, str], list[Cell]]


def ladders(
    rows: Iterable[Mapping[str, Any]], attacks: Mapping[str, Attack], before: Cells | None = None
) -> list[Ladder]:
    """Rows gathered, in the order of the catalogue; added to the cells of ``before`` if given."""
    cells: Cells = {} if before is None else before
    for row in rows:
        attack = attacks.get(row["attack"])
        if attack is not None:
            place = cells.setdefault((attack.name, row["split"]), [Cell() for _ in attack.sizes])
            place[row["size"]].add(row)
    return [
        Ladder(attack=attack, split=split, cells=tuple(found))
        for attack in attacks.values()
        for (name, split), found in sorted(cells.items())
        if name == attack.name
    ]
