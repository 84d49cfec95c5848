"""Which trials are still worth running, from what was found so far. Pure; runs none.

A full grid would look at every size of every attack 300 times with every ring. Most of that says
nothing new: a ring that missed four of the first five trials of a size is not going to reach 99 %,
and where a size is surely found, ten times the size need not be shown as often. So each ring of a
ladder is followed upwards: the smallest size that may still be sure gets all trials, those above it
a tenth (each must still be found, or the ring is not sure there), those below it none. The numbers
in the tables are those of the trials that were run; none is inferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .attack import Attack
from .report import RINGS, Cell, Ladder
from .statistics import SURE
from .trial import Plan

#: Trials of one cell that are planned before what they gave is looked at: few while most rings may
#: still be lost, more later, as a round costs one reading of every model that it draws.
FIRST_ROUND, ROUND = 10, 40
#: Of a size that no ring settles, for tries that turn out to be no attack.
_TRIES_FOR_ONE = 3


def next_round(ladders: Iterable[Ladder], number: int, seed: int) -> list[Plan]:
    """The next trials of every cell that needs some; none when ``number`` trials have told all."""
    return [
        Plan(
            attack=ladder.attack.name,
            size=size,
            split=ladder.split,
            number=number_of_trial,
            seed=seed,
            rings="".join(ring for ring in RINGS if ring == "A" or ring in needed),
        )
        for ladder in ladders
        for size, (cell, needed) in enumerate(
            zip(ladder.cells, _needed(ladder, number), strict=True)
        )
        if needed
        for number_of_trial in cell.following(
            min(
                ROUND if len(cell.done) >= FIRST_ROUND else FIRST_ROUND,
                _most(ladder.attack, number) * _TRIES_FOR_ONE - len(cell.done),
            )
        )
    ]


def blank(attacks: Mapping[str, Attack], splits: Mapping[str, Sequence[str]]) -> list[Ladder]:
    """The ladders of a grid before its first trial."""
    return [
        Ladder(attack=attack, split=split, cells=tuple(Cell() for _ in attack.sizes))
        for attack in attacks.values()
        for split in splits[attack.split]
    ]


def _most(attack: Attack, number: int) -> int:
    """Kinds are many and each is found or not: a fifth of the trials for each will do."""
    return max(1, number // 5) if attack.names else number


def _needed(ladder: Ladder, number: int) -> list[set[str]]:
    """Rings that have to look at another trial, for each size."""
    most = _most(ladder.attack, number)
    needed: list[set[str]] = [set() for _ in ladder.cells]
    for ring in ("", *RINGS):
        wanted = [most] * len(ladder.cells) if ladder.attack.names else _follow(ladder, ring, most)
        for cell, trials, rings in zip(ladder.cells, wanted, needed, strict=True):
            if cell.tried(ring) < trials and not _lost(cell, ring, most):
                rings.update(ring or "AB")
    return needed


def _follow(ladder: Ladder, ring: str, most: int) -> list[int]:
    """Trials that each size of a ladder is worth to one ring."""
    lost = [place for place, cell in enumerate(ladder.cells) if _lost(cell, ring, most)]
    first = lost[-1] + 1 if lost else 0
    fewer = max(1, most // 10)
    return [
        0 if place < first else most if place == first else fewer
        for place in range(len(ladder.cells))
    ]


def _lost(cell: Cell, ring: str, most: int) -> bool:
    """Whether this ring cannot reach 99 % of ``most`` trials any more."""
    return cell.tried(ring) - cell.count(ring) > most - SURE * most + 1e-9
