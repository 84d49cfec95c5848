"""Command line of the laboratory: reads arguments, calls, prints. Decides nothing.

``fit`` measures limits on the threshold models; ``honest`` examines every honest held-out job;
``run`` runs trials; ``keep`` puts a count by that is not over; ``table`` and ``plot`` write what
was found into ``docs/``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import limits, page, run_link
from .bench_store import Bench
from .catalogue import ATTACKS

FOLDER = Path("attack-laboratory")


def main(argv: Sequence[str] | None = None) -> int:
    """0 done, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="sliced jobs and results")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("fit", help="measure limits on the threshold models")
    for name, words in (("honest", "examine every honest job"), ("run", "run trials, or go on")):
        one = acts.add_parser(name, help=words)
        one.add_argument("--variants", type=int, default=2, help="variants of each model")
        one.add_argument("--minutes", type=float, default=0, help="stop after; 0: when all is done")
        if name == "honest":
            one.add_argument("--models", choices=("held-out", "blind", "both"), default="both")
            one.add_argument("--grid", choices=("main", "breadth", "both"), default="main")
        if name == "run":
            one.add_argument(
                "--n", type=int, default=300, help="trials of the smallest size that may be sure"
            )
            one.add_argument("--seed", type=int, default=1)
            one.add_argument("--only", nargs="*", default=[], choices=sorted(ATTACKS), metavar="A")
    acts.add_parser("keep", help="write counting.json, for a run that goes on another day")
    acts.add_parser("table", help="write docs/attack-laboratory.md and counted.json")
    acts.add_parser("plot", help="write docs/pictures/attacks-*.svg")
    arguments = parser.parse_args(argv)
    folder, jobs = arguments.folder, arguments.jobs
    folder.mkdir(parents=True, exist_ok=True)
    if arguments.act == "fit":
        limits.fit_all(Bench(folder), lambda name: print(name, file=sys.stderr))
        print(limits.PATH)
    elif arguments.act == "honest":
        which = (arguments.models, arguments.grid, arguments.variants)
        print(run_link.run_honest(folder, *which, jobs, arguments.minutes))
    elif arguments.act == "run":
        chosen = (arguments.n, arguments.seed, arguments.variants, arguments.only)
        print(run_link.run_trials(folder, *chosen, jobs, arguments.minutes))
    elif arguments.act == "keep":
        print(page.keep(folder))
    elif arguments.act == "table":
        print(page.write_table(folder))
    else:
        print("\n".join(str(path) for path in page.write_plots()))
    return 0
