"""What the laboratory found, as ``docs/attack-laboratory.md`` and plots. Runs no trial.

The text about the laboratory is in ``page_head.md``; this adds the tables to it.
"""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import aims
from .catalogue import ATTACKS
from .chart import chart
from .report import Ladder, ladders
from .run_link import code_digest, read_rows
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


def _newest(folder: Path, kind: str) -> Path | None:
    """The results written last; their name says which code gave them."""
    files = sorted(folder.glob(f"{kind}-*.jsonl"), key=lambda path: path.stat().st_mtime)
    return files[-1] if files else None


def _rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    path = _newest(folder, kind)
    return [] if path is None else read_rows(path)


def write_table(folder: Path) -> Path:
    """The page anew, from the results of the code as it stands."""
    found = ladders(_rows(folder, "trials"), ATTACKS)
    head = Path(__file__).with_name("page_head.md").read_text(encoding="utf-8")
    parts = [
        "<!-- Written by `python -m benchmarks.attacks table`. Edit page_head.md, not this. -->\n",
        head,
        _when(found, _newest(folder, "trials")),
        _honest(_rows(folder, "honest")),
    ]
    parts.append(
        "## Aims\n\n| quantity | best published | aim | smallest surely found here |\n"
        "|---|---|---|---|\n" + "\n".join(aims.rows(found)) + "\n"
    )
    for group, title in _GROUPS.items():
        chosen = [ladder for ladder in found if ladder.attack.group == group]
        parts.append(f"## {title}\n\n{_table(chosen)}{_pictures(group)}")
    parts.append(_dropped(found))
    target = _DOCS / "attack-laboratory.md"
    target.write_text("\n".join(parts), encoding="utf-8")
    return target


def write_plots(folder: Path) -> list[Path]:
    """One picture for each group that has ladders."""
    found = ladders(_rows(folder, "trials"), ATTACKS)
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


def _when(found: Sequence[Ladder], path: Path | None) -> str:
    trials = sum(sum(ladder.tried("")) for ladder in found)
    code = "none" if path is None else path.stem.partition("-")[2]
    stale = "" if code == code_digest() else f" (sources beside this page: {code_digest()})"
    written = datetime.fromtimestamp(0 if path is None else path.stat().st_mtime, UTC)
    return (
        f"**These tables**: {written:%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} shared "
        f"cores, Python {platform.python_version()}, sources {code}{stale}: {trials} trials that "
        f"count, over {len(found)} rows.\n"
    )


def _honest(rows: Sequence[Mapping[str, Any]]) -> str:
    """Honest jobs by slicer, set of models and setup; every refusal in the examiner's words."""
    lines = ["## Honest jobs\n"]
    lines.append(
        "| slicer | models | setup | jobs | refused | second slicing has the same commands |"
    )
    lines.append("|---|---|---|---|---|---|")
    cells: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        cells.setdefault((row["slicer"], row["models"], row["setup"]), []).append(row)
    for names, chosen in sorted(cells.items()):
        bad = sum(row["outcome"] != "accepted" for row in chosen)
        same = sum(row["same"] for row in chosen)
        lines.append(f"| {' | '.join(names)} | {len(chosen)} | {bad} | {same} |")
    lines.append("")
    for models in ("blind", "held out"):
        chosen = [row for row in rows if row["models"] == models]
        refused = [row for row in chosen if row["outcome"] != "accepted"]
        if chosen and not refused:
            bound = 100 * upper_bound_of_none(len(chosen))
            lines.append(
                f"None of {len(chosen)} {models} jobs refused: with 95 % confidence fewer than "
                f"{bound:.1f} % of such jobs are.\n"
            )
        elif refused:
            lines.append(f"{len(refused)} of {len(chosen)} {models} jobs were not accepted:\n")
            lines += [f"- {row['key']}: {'; '.join(row['found'][:3])}" for row in refused]
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
