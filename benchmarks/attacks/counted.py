"""What was counted, as one file of the repository: the tables and plots come from it.

``counted.json`` holds the cells of report.py, one a line, and how honest jobs went, with the digest
of the code that gave it. So the page can be made again without a trial, and ``run`` goes on from it
on another machine. Under other code it counts for nothing. Reads and writes that file only.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .report import Cell, Cells

PATH = Path(__file__).with_name("counted.json")
#: A count of other sources that is not over: until it is, the page tells of the one before.
BEGUN = Path(__file__).with_name("counting.json")
_VARIANTS = {0: "", 1: ", second variants", 2: ", third variants"}
_COUNTERS = ("looked", "by_ring", "rules", "reasons")


@dataclass(kw_only=True)
class Honest:
    """Honest jobs of one slicer, set of models and setup. ``refused``: by key, what was found."""

    jobs: int = 0
    same: int = 0
    refused: dict[str, list[str]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any]) -> None:
        """One more job."""
        self.jobs += 1
        self.same += bool(row["same"])
        if row["outcome"] != "accepted":
            self.refused[row["key"]] = list(row["found"])


Groups = dict[tuple[str, str, str], Honest]


@dataclass(kw_only=True)
class Counted:
    """``code``: which sources gave it; ``where``: date and machine; ``seed`` of all trials."""

    code: str
    where: str = ""
    seed: int = 1
    cells: Cells = field(default_factory=dict)
    honest: Groups = field(default_factory=dict)


def honest_groups(rows: Iterable[Mapping[str, Any]]) -> Groups:
    """Rows of honest jobs by slicer, set of models and setup, and which variant of a model."""
    groups: Groups = {}
    for row in rows:
        # Names of jobs are those of bench_store.Case: model.variant recipe.
        variant = int(row["key"].split(" ")[0].rpartition(".")[2])
        setup = row["setup"] + _VARIANTS.get(variant, f", variants {variant + 1}")
        groups.setdefault((row["slicer"], row["models"], setup), Honest()).add(row)
    return groups


def merged(one: Groups, other: Groups) -> Groups:
    """Of each group the one with more jobs: a job is not told from the same job counted before."""
    both = dict(one)
    for name, group in other.items():
        if name not in both or group.jobs >= both[name].jobs:
            both[name] = group
    return both


def read(path: Path = PATH) -> Counted:
    """What was counted; nothing of no code where there is no file."""
    if not path.exists():
        return Counted(code="none")
    document = json.loads(path.read_text(encoding="utf-8"))
    counted = Counted(code=document["code"], where=document["where"], seed=document["seed"])
    for entry in document["cells"]:
        ladder = counted.cells.setdefault((entry["attack"], entry["split"]), [])
        ladder.append(_cell(entry))
    for entry in document["honest"]:
        counted.honest[(entry["slicer"], entry["models"], entry["setup"])] = Honest(
            jobs=entry["jobs"], same=entry["same"], refused=entry["refused"]
        )
    return counted


def write(counted: Counted, path: Path = PATH) -> None:
    """One line a cell, so that a change shows as what it is."""
    cells = [
        {"attack": attack, "split": split, **_entry(cell)}
        for (attack, split), ladder in sorted(counted.cells.items())
        for cell in ladder
    ]
    names = ("slicer", "models", "setup")
    honest = [
        {
            **dict(zip(names, name, strict=True)),
            "jobs": group.jobs,
            "same": group.same,
            "refused": group.refused,
        }
        for name, group in sorted(counted.honest.items())
    ]
    parts = [
        f'"{name}": {json.dumps(getattr(counted, name))}' for name in ("code", "where", "seed")
    ]
    for name, entries in (("cells", cells), ("honest", honest)):
        lines = ",\n".join(json.dumps(entry) for entry in entries)
        parts.append(f'"{name}": [\n{lines}\n]')
    path.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


def _entry(cell: Cell) -> dict[str, Any]:
    """``trials`` are the numbers below that, but for ``gaps``."""
    trials = max(cell.done, default=-1) + 1
    gaps = [number for number in range(trials) if number not in cell.done]
    counters = {name: dict(sorted(getattr(cell, name).items())) for name in _COUNTERS}
    return {"trials": trials, "gaps": gaps, "nothing": cell.nothing, **counters}


def _cell(entry: Mapping[str, Any]) -> Cell:
    return Cell(
        nothing=entry["nothing"],
        done=set(range(entry["trials"])) - set(entry["gaps"]),
        **{name: Counter(entry[name]) for name in _COUNTERS},
    )
