"""Many trials on several processes, written line by line, so that a stop loses nothing.

A results file is named after the digest of the code that gave it: changed code begins anew, the
same code goes on where it stopped, or from what counted.py has of it. A line that was cut off by a
stop is run again.
"""

from __future__ import annotations

import hashlib
import json
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import mdps_plugin.toolpath

from . import counted, schedule, trial
from . import limits as limits_file
from .bench_store import Bench, Case
from .catalogue import ATTACKS
from .counted import Counted
from .honest import honest_cases, look_at
from .recipes import SLICERS, Limits, Setup
from .report import ladders
from .trial import Plan

T = TypeVar("T")

#: Files that do not change what a trial gives.
_ASIDE = frozenset(
    {
        "__main__.py",
        "command.py",
        "report.py",
        "chart.py",
        "statistics.py",
        "page.py",
        "mutation.py",
        "spoils.py",
        "schedule.py",
        "aims.py",
        "counted.py",
        "counted.json",
        "counting.json",
        "run_link.py",
    }
)
_CHUNK = 8
_NICE = 10


def code_digest() -> str:
    """Of the examiner's and the laboratory's sources, and of the limits."""
    here = Path(__file__).parent
    examiner = Path(mdps_plugin.toolpath.__file__).parent
    total = hashlib.sha256()
    for folder in (examiner, here):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".json", ".c") and path.name not in _ASIDE:
                total.update(f"{path.relative_to(folder)} ".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:12]


def trials_path(folder: Path) -> Path:
    """Results of trials under the code as it stands."""
    return folder / f"trials-{code_digest()}.jsonl"


def honest_path(folder: Path) -> Path:
    """Results of honest jobs under the code as it stands."""
    return folder / f"honest-{code_digest()}.jsonl"


def counted_before(seed: int) -> Counted:
    """What the repository holds of this code and seed."""
    code = code_digest()
    for path in (counted.PATH, counted.BEGUN):
        known = counted.read(path)
        if (known.code, known.seed) == (code, seed):
            return known
    return Counted(code=code, seed=seed)


def read_rows(path: Path) -> list[dict[str, object]]:
    """Whole lines of a results file."""
    rows = []
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                continue
    return rows


Rows = list[dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class _Worker:
    """What each process keeps between chunks."""

    bench: Bench
    limits: Mapping[Setup, Limits]
    variants: int


_worker: list[_Worker] = []


def _start(folder: str, variants: int) -> None:
    os.nice(_NICE)
    bench = Bench(Path(folder))
    _worker[:] = [_Worker(bench=bench, limits=limits_file.read(), variants=variants)]


def _trials(chunk: Sequence[Plan]) -> Rows:
    (own,) = _worker
    return [
        trial.run(plan, ATTACKS[plan.attack], own.bench, own.limits, own.variants).to_json()
        for plan in chunk
    ]


def _honest(chunk: Sequence[Case]) -> Rows:
    (own,) = _worker
    return [look_at(case, own.bench, own.limits[case.setup]) for case in chunk]


def run_trials(
    folder: Path,
    number: int,
    seed: int,
    variants: int,
    only: Sequence[str],
    jobs: int,
    minutes: float,
) -> Path:
    """Rounds of trials until none is needed, or ``minutes`` are over (0: never). The results file.

    ``number``: how often the smallest size that may be sure is tried, see schedule.py.
    """
    path = trials_path(folder)
    chosen = {name: attack for name, attack in ATTACKS.items() if not only or name in only}
    splits = {"": ("",), "infill": ("100 %", "20 %"), "slicer": tuple(SLICERS)}
    grid = {(one.attack.name, one.split): one for one in schedule.blank(chosen, splits)}
    until = time.monotonic() + minutes * 60 if minutes else math.inf
    while True:
        rows = [row for row in read_rows(path) if row["seed"] == seed]
        known = counted_before(seed).cells
        grid |= {(one.attack.name, one.split): one for one in ladders(rows, chosen, known)}
        todo = schedule.next_round(grid.values(), number, seed)
        if not todo or time.monotonic() > until:
            return path
        todo.sort(key=lambda plan: plan.case(variants))
        _spread(folder, variants, jobs, until, path, _trials, todo, len(rows))


def run_honest(
    folder: Path, models: str, grid: str, variants: int, jobs: int, minutes: float
) -> Path:
    """Models that set no window under every recipe, sliced twice and examined."""
    path = honest_path(folder)
    done = {row["key"] for row in read_rows(path)}
    cases = honest_cases(models, grid, variants)
    todo = [case for case in cases if case.name not in done]
    until = time.monotonic() + minutes * 60 if minutes else math.inf
    _spread(folder, variants, jobs, until, path, _honest, todo, len(cases) - len(todo))
    return path


def _spread(
    folder: Path,
    variants: int,
    jobs: int,
    until: float,
    path: Path,
    act: Callable[[Sequence[T]], Rows],
    todo: Sequence[T],
    done: int,
) -> None:
    """Chunks over processes; each finished chunk is one write."""
    chunks = [todo[start : start + _CHUNK] for start in range(0, len(todo), _CHUNK)]
    began, count, total = time.monotonic(), done, done + len(todo)
    context = multiprocessing.get_context("spawn")
    with (
        path.open("a", encoding="utf-8") as out,
        ProcessPoolExecutor(jobs, context, _start, (str(folder), variants)) as pool,
    ):
        for rows in _within(pool, act, chunks, jobs, until):
            out.writelines(json.dumps(row) + "\n" for row in rows)
            out.flush()
            count += len(rows)
            _bar(count, total, count - done, time.monotonic() - began)
    sys.stderr.write("\n")


def _within(
    pool: ProcessPoolExecutor,
    act: Callable[[Sequence[T]], Rows],
    chunks: Sequence[Sequence[T]],
    jobs: int,
    until: float,
) -> Iterator[Rows]:
    """Results as they come; few chunks are on the way, so that a stop is soon."""
    rest = iter(chunks)
    waiting: set[Future[Rows]] = {pool.submit(act, chunk) for chunk in islice(rest, 2 * jobs)}
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        if time.monotonic() < until:
            waiting |= {pool.submit(act, chunk) for chunk in islice(rest, len(done))}
        for one in done:
            yield one.result()


def _bar(count: int, total: int, here: int, seconds: float) -> None:
    if not sys.stderr.isatty() and count % 400 >= _CHUNK:
        return
    left = (total - count) * seconds / max(here, 1)
    full = round(30 * count / max(total, 1))
    bar = "#" * full + "." * (30 - full)
    end = "\r" if sys.stderr.isatty() else "\n"
    sys.stderr.write(f"[{bar}] {count} of {total}, {left / 60:.0f} min left {end}")
    sys.stderr.flush()
