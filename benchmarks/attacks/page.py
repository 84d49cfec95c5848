"""What the laboratory found, as ``docs/attack-laboratory.md`` and plots. Runs no trial.

The text about the laboratory is in ``page_head.md``, what was counted in ``counted.json``; this
adds to the second what a folder of results holds more, and makes the page of both.
"""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from . import aims, counted
from .catalogue import ATTACKS
from .chart import chart
from .counted import Counted, Groups
from .report import Ladder, ladders
from .run_link import code_digest, counted_before, honest_path, read_rows, trials_path
from .statistics import upper_bound_of_none

_DOCS = Path(__file__).parents[2] / "docs"
#: Trials of a size from which on 99 % can be told (docs/attack-laboratory.md).
_ENOUGH = 300
_GROUPS = {
    "plastic": "Plastic taken away, on G-code",
    "place": "Lines elsewhere, on G-code",
    "settings": "Heat, fan, speeds and commands, on G-code",
    "lines": "Lines and layers, on G-code",
    "bytes": "Form of the file",
    "model": "Before slicing: the model, the settings, the slicer",
}


def gather(folder: Path, seed: int = 1) -> Counted:
    """What was counted under the code as it stands, with the results in this folder added."""
    known = counted_before(seed)
    rows = [row for row in read_rows(trials_path(folder)) if row["seed"] == seed]
    honest = counted.honest_groups(read_rows(honest_path(folder)))
    before = sum(len(cell.done) for ladder in known.cells.values() for cell in ladder)
    ladders(rows, ATTACKS, known.cells)
    after = sum(len(cell.done) for ladder in known.cells.values() for cell in ladder)
    both = counted.merged(known.honest, honest)
    if after == before and both == known.honest:
        return known
    where = (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} shared cores, "
        f"Python {platform.python_version()}"
    )
    return Counted(code=code_digest(), where=where, seed=seed, cells=known.cells, honest=both)


def keep(folder: Path) -> Path:
    """What was counted so far, for another sitting; the page stays as it is."""
    counted.write(gather(folder), counted.BEGUN)
    return counted.BEGUN


def write_table(folder: Path) -> Path:
    """The page anew. Where nothing was counted under the code as it stands, of what was before."""
    found = gather(folder)
    if found.cells or found.honest:
        counted.write(found)
        counted.BEGUN.unlink(missing_ok=True)
    target = _DOCS / "attack-laboratory.md"
    target.write_text(text(counted.read()), encoding="utf-8")
    return target


def text(found: Counted) -> str:
    """All of the page."""
    rows = ladders([], ATTACKS, found.cells)
    head = Path(__file__).with_name("page_head.md").read_text(encoding="utf-8")
    parts = [
        "<!-- Written by `python -m benchmarks.attacks table`. Edit page_head.md, not this. -->\n",
        head,
        _when(rows, found),
        _honest(found.honest),
    ]
    parts.append(
        "## Aims\n\n| quantity | best published | aim | smallest surely found here |\n"
        "|---|---|---|---|\n" + "\n".join(aims.rows(rows)) + "\n"
    )
    for group, title in _GROUPS.items():
        chosen = [ladder for ladder in rows if ladder.attack.group == group]
        parts.append(f"## {title}\n\n{_table(chosen)}{_pictures(group)}")
    parts.append(_dropped(rows))
    return "\n".join(parts)


def write_plots() -> list[Path]:
    """One picture for each group that has ladders, of what the page tells."""
    found = ladders([], ATTACKS, counted.read().cells)
    written = []
    for group in ("plastic", "place", "model"):
        chosen = [one for one in found if one.attack.group == group and not one.attack.names]
        path = _DOCS / "pictures" / f"attacks-{group}.svg"
        path.write_text(chart(f"{_GROUPS[group]}: share found", chosen), encoding="utf-8")
        written.append(path)
    return written


def _pictures(group: str) -> str:
    name = f"attacks-{group}.svg"
    shown = (_DOCS / "pictures" / name).exists()
    return f"\n![share found against size, {_GROUPS[group]}](pictures/{name})\n" if shown else ""


def _when(rows: Sequence[Ladder], found: Counted) -> str:
    trials = sum(sum(ladder.tried("")) for ladder in rows)
    return (
        f"**These tables**: {found.where}, sources {found.code}: {trials} trials that count, over "
        f"{len(rows)} rows.\n"
    )


def _honest(groups: Groups) -> str:
    """Honest jobs by slicer, set of models and setup; every refusal in the examiner's words."""
    lines = ["## Honest jobs\n"]
    lines.append(
        "| slicer | models | setup | jobs | refused | second slicing has the same commands |"
    )
    lines.append("|---|---|---|---|---|---|")
    for names, group in sorted(groups.items()):
        count = f"{group.jobs} | {len(group.refused)} | {group.same}"
        lines.append(f"| {' | '.join(names)} | {count} |")
    lines.append("")
    for models in ("blind", "held out"):
        chosen = [group for names, group in sorted(groups.items()) if names[1] == models]
        jobs = sum(group.jobs for group in chosen)
        refused = {key: found for group in chosen for key, found in group.refused.items()}
        if jobs and not refused:
            bound = 100 * upper_bound_of_none(jobs)
            lines.append(
                f"None of {jobs} {models} jobs refused: with 95 % confidence fewer than "
                f"{bound:.1f} % of such jobs are.\n"
            )
        elif refused:
            lines.append(f"{len(refused)} of {jobs} {models} jobs were not accepted:\n")
            lines += [f"- {key}: {'; '.join(found[:3])}" for key, found in refused.items()]
            lines.append("")
    return "\n".join(lines) + "\n"


def _table(found: Sequence[Ladder]) -> str:
    lines = ["| attack | any ring | A | B | C | rules |", "|---|---|---|---|---|---|"]
    for ladder in found:
        name = f"`{ladder.attack.name}`" + (f", {ladder.split}" if ladder.split else "")
        cells = [
            _kinds(ladder, ring) if ladder.attack.names else _sure(ladder, ring)
            for ring in ("", "A", "B", "C")
        ]
        lines.append(" | ".join(["| " + name, *cells, " ".join(ladder.rules()) + " |"]))
    return "\n".join(lines) + "\n"


def _sure(ladder: Ladder, ring: str) -> str:
    """Smallest size found in 99 %; else what was found of the largest."""
    place = ladder.sure_from(ring)
    unit = f" {ladder.attack.unit}" if ladder.attack.unit else ""
    if not any(ladder.tried(ring)):
        return "not tried"
    if place is None:
        cell = ladder.cells[-1]
        share = f"{cell.count(ring)} of {cell.tried(ring)} at {ladder.attack.sizes[-1]:g}{unit}"
        return "none" if cell.count(ring) == 0 else f"({share})"
    low, _ = ladder.interval(ring, place)
    cell = ladder.cells[place]
    size = f"{ladder.attack.sizes[place]:g}{unit}"
    shown = f"**{size}**" if cell.tried(ring) >= _ENOUGH else size
    return f"{shown} ({cell.count(ring)}/{cell.tried(ring)}, ≥ {100 * low:.0f} %)"


def _kinds(ladder: Ladder, ring: str) -> str:
    tried, found = sum(ladder.tried(ring)), sum(cell.count(ring) for cell in ladder.cells)
    missed = [
        name
        for name, cell in zip(ladder.attack.names, ladder.cells, strict=True)
        if cell.count(ring) < cell.tried(ring)
    ]
    if not tried:
        return "not tried"
    text = f"{found}/{tried}"
    if ring == "" and missed:
        shown = ", ".join(f"`{name}`" for name in missed[:6])
        text += f"; missed: {shown}" + (" ..." if len(missed) > 6 else "")
    return text


def _dropped(found: Sequence[Ladder]) -> str:
    """Tries that changed nothing, with the reasons."""
    reasons: Counter[str] = Counter()
    for ladder in found:
        for cell in ladder.cells:
            reasons.update(cell.reasons)
    lines = [
        "## Tries that were no attack\n",
        "They do not count.\n",
        "| reason | tries |",
        "|---|---|",
    ]
    lines += [f"| {reason} | {count} |" for reason, count in reasons.most_common(12)]
    return "\n".join(lines) + "\n"
