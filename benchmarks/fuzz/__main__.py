"""Coverage-guided fuzzing of every reader, one after the other: executions and crashes.

    pip install -e .[fuzz]
    python -m benchmarks.fuzz [--seconds 60] [--folder build/fuzz] [TARGET ...]

Each target runs in a process of its own for that time, from honest seeds and from what earlier
runs have kept in ``folder``, a new process every few minutes and after a crash. Ends 1 if anything
crashed; each crash is a file there: ``python -m benchmarks.fuzz.one TARGET FILE`` shows it again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .seeds import seeds, write_dictionary
from .targets import TARGETS

_DONE = re.compile(r"(?:Done|stat::number_of_executed_units:) (\d+)")
_SO_FAR = re.compile(r"^#(\d+)\s", re.MULTILINE)
_LONGEST_BYTES = 4096
_MEMORY_MIB = 2048
# Atheris keeps some kilobytes of each execution, the readers do not: a fresh process now and then.
_ROUND_S = 240


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What one target did."""

    target: str
    executions: int
    seconds: float
    crashes: tuple[Path, ...]


def run(target: str, seconds: float, folder: Path) -> Tally:
    """Fuzz ``target`` for ``seconds`` of wall clock; crashes of earlier runs are not counted."""
    corpus, found = folder / target, folder / f"{target}-crashes"
    for path in (corpus, found):
        path.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds()[target]):
        (corpus / f"seed-{number}").write_bytes(data)
    words = folder / "words.dict"
    write_dictionary(words)
    before = set(found.iterdir())
    begun = time.monotonic()
    executions = 0
    while (left := seconds - (time.monotonic() - begun)) >= 1:
        command = [
            *(sys.executable, "-m", "benchmarks.fuzz.one", target, str(corpus)),
            *(
                f"-max_total_time={min(int(left), _ROUND_S)}",
                f"-artifact_prefix={found}/",
                f"-dict={words}",
            ),
            *(f"-max_len={_LONGEST_BYTES}", f"-rss_limit_mb={_MEMORY_MIB}", "-timeout=20"),
            "-print_final_stats=1",
        ]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        said = done.stdout
        counts = [*_DONE.findall(said)] or _SO_FAR.findall(said)[-1:]
        executions += max((int(count) for count in counts), default=0)
        if done.returncode == 0:
            continue
        print(said[-3000:], file=sys.stderr)
        if not counts:
            raise SystemExit(3)
    crashes = tuple(sorted(set(found.iterdir()) - before))
    return Tally(
        target=target, executions=executions, seconds=time.monotonic() - begun, crashes=crashes
    )


def main() -> int:
    """0 without a crash, 1 with one, 3 where the fuzzer does not start."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=float, default=60, help="for each target")
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"))
    given = parser.parse_args()
    unknown = sorted(set(given.targets) - set(TARGETS))
    if unknown:
        parser.error(f"no target {', '.join(unknown)}")
    print(f"{'target':10} {'executions':>11} {'seconds':>8} {'crashes':>8}")
    crashed = False
    for target in given.targets or TARGETS:
        tally = run(target, given.seconds, given.folder)
        crashed |= bool(tally.crashes)
        print(
            f"{target:10} {tally.executions:11} {tally.seconds:8.0f} {len(tally.crashes):8}",
            flush=True,
        )
        for path in tally.crashes:
            print(f"  {path}")
    return 1 if crashed else 0


if __name__ == "__main__":
    sys.exit(main())
