"""Ring A in the running controller beside OctoPrint's analysis and openssl, on files made here.

    python -m benchmarks.examiner_bytes [--sizes 10,50,150] [--pairs 3] [--folder build/benchmarks]

Makes a splint-like shell (and, for 10 MB, a plate-like one), slices it with the real PrusaSlicer,
and measures pairs of runs in turn, each in a process of its own: CPU seconds (user and system) of
the measured call alone, start and imports left out; for openssl those of the whole process. Prints
a table of medians and of ratios pair by pair, in Markdown. Decides nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
import mmap
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mdps_plugin.recipes.document import Recipe
from mdps_plugin.toolpath.examine import examine
from mdps_plugin.toolpath.kernel_link import SWITCH, kernel
from mdps_plugin.toolpath.one_pass import accept
from mdps_plugin.units import Range
from tests.toolpath import parts

# Height of each part that gives about a megabyte.
SPLINT_MM_PER_MB, PLATE_MM_PER_MB = 1.66, 1.69
FINE = {
    "fill_pattern": "gyroid",
    "fill_density": "38%",
    "bed_shape": "0x0,250x0,250x250,0x250",
    "max_print_height": "300",
}


def shell(height: float, thickness: float, radius: Callable[[float], float]) -> np.ndarray:
    """Triangles of half a tube of revolution about (100, 100), ``radius`` mm outside at each z."""
    steps, rings = 240, max(1, round(height / 2)) + 1
    turn = np.linspace(0, math.pi, steps + 1)
    section = []
    for z in np.linspace(0, height, rings):
        outer = radius(float(z)) * (1 + 0.02 * np.sin(5 * turn))
        inner = outer[::-1] - thickness
        reach = np.concatenate((outer, inner))
        angle = np.concatenate((turn, turn[::-1]))
        x, y = 100 + reach * np.cos(angle), 100 + reach * np.sin(angle)
        section.append(np.column_stack((x, y, np.full(len(x), z))))
    around = len(section[0])
    triangles = []
    for low, high in itertools.pairwise(section):
        for k in range(around):
            n = (k + 1) % around
            triangles += [[low[k], low[n], high[n]], [low[k], high[n], high[k]]]
    bottom, top = section[0], section[-1]
    for k in range(steps):
        a, b, c, d = k, k + 1, around - 1 - k, around - 2 - k
        triangles += [[bottom[a], bottom[c], bottom[b]], [bottom[b], bottom[c], bottom[d]]]
        triangles += [[top[a], top[b], top[c]], [top[b], top[d], top[c]]]
    return np.array(triangles)


def make(kind: str, megabytes: int, folder: Path) -> Path:
    """The sliced job, kept in ``folder`` for the next run."""
    path = folder / f"{kind}-{megabytes}.gcode"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    print(f"slicing {path}", file=sys.stderr)
    if kind == "splint":
        triangles = shell(SPLINT_MM_PER_MB * megabytes, 20, lambda z: 45)
    else:
        height = PLATE_MM_PER_MB * megabytes
        triangles = shell(height, 20, lambda z: math.sqrt(45**2 - (z - height / 2) ** 2 / 2))
    (folder / "part.stl").write_bytes(parts.stl_bytes(triangles))
    (folder / "part.ini").write_bytes(parts.settings_file(**FINE))
    subprocess.run(
        [
            *("prusa-slicer", "--export-gcode", "--load", str(folder / "part.ini")),
            *("--dont-arrange", "-o", str(path), str(folder / "part.stl")),
        ],
        check=True,
        capture_output=True,
        timeout=600,
    )
    return path


def recipe() -> Recipe:
    """The recipe of tests/toolpath with room for a part of this size, and only that."""
    side = {"minimum": 1, "maximum": 120}
    signed = parts.recipe(
        **{
            **{f"envelope.size_{axis}_mm": side for axis in "xy"},
            "envelope.size_z_mm": {"minimum": 1, "maximum": 300},
            "window.total_filament_mm": {"minimum": 1, "maximum": 1_000_000},
        }
    )
    # A job of 150 MB has more lines and prints longer than a recipe may sign.
    window = replace(
        signed.window, lines_at_most=8_000_000, print_time_s=Range(minimum=1, maximum=1e8)
    )
    return replace(signed, window=window, rings=("A",))


def _kernel(data: mmap.mmap, signed: Recipe, files: dict[str, bytes]) -> None:
    hashlib.sha256(data)
    if accept(kernel(), data, signed, files, None, None) is None:
        raise SystemExit("the kernel left this job to the reference")


def _kernel_and_copy(data: mmap.mmap, signed: Recipe, files: dict[str, bytes]) -> None:
    hashlib.sha256(data)
    accepted = accept(kernel(), data, signed, files, None, None)
    if accepted is None:
        raise SystemExit("the kernel left this job to the reference")
    digest = hashlib.sha256()
    for piece in accepted.pieces():
        digest.update(piece)


def _reference(data: mmap.mmap, signed: Recipe, files: dict[str, bytes]) -> None:
    os.environ[SWITCH] = "off"
    found = examine(data[:], signed, files, None, frozenset("A"), {})
    if not found.verdict.accepted:
        raise SystemExit("the reference refused this job")


def _octoprint(path: Path) -> None:
    from octoprint.util.gcodeInterpreter import gcode

    gcode().load(str(path))


IN_PROCESS = {"kernel": _kernel, "copy": _kernel_and_copy, "reference": _reference}
TITLES = {
    "kernel": "SHA-256 + grammar + window (ring A)",
    "copy": "the same + canonical copy and its SHA-256",
    "reference": "ring A by the reference (no kernel)",
    "octoprint": "OctoPrint 1.11.8, its own analysis",
    "openssl": "openssl dgst -sha256",
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One measured run; ``peak`` is the growth of resident memory over what was there before."""

    cpu_s: float
    wall_s: float
    peak_bytes: int


def measure_here(tool: str, path: Path) -> Run:
    """Inside the child: the call alone, with everything loaded as in a running controller."""
    signed, files = recipe(), parts.bundle()
    # A running controller has examined a job before, if a small one.
    examine(parts.honest(), signed, files, None, frozenset("A"), {})
    if tool == "octoprint":
        import octoprint.util.gcodeInterpreter  # noqa: F401 - loaded before anything is measured
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        cpu, wall = time.process_time(), time.perf_counter()
        _octoprint(path) if tool == "octoprint" else IN_PROCESS[tool](data, signed, files)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    return Run(cpu_s=cpu, wall_s=wall, peak_bytes=peak)


def measure(tool: str, path: Path) -> Run:
    """One run in a process of its own."""
    if tool == "openssl":
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(["openssl", "dgst", "-sha256", path], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Run(cpu_s=cpu, wall_s=time.perf_counter() - wall, peak_bytes=0)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.examiner_bytes", "--one", tool, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return Run(**json.loads(done.stdout))


def compare(path: Path, tool: str, other: str, pairs: int) -> tuple[list[Run], list[Run]]:
    """``pairs`` runs of each, in turn, after one of each that does not count."""
    measure(tool, path)
    if other == "openssl":
        measure(other, path)
    mine, theirs = [], []
    for number in range(pairs):
        print(f"{path.name}: {tool} and {other}, pair {number + 1} of {pairs}", file=sys.stderr)
        mine.append(measure(tool, path))
        theirs.append(measure(other, path))
    return mine, theirs


def _row(path: Path, tool: str, other: str, mine: list[Run], theirs: list[Run]) -> str:
    size = path.stat().st_size / 1e6
    ratios = sorted(b.cpu_s / a.cpu_s for a, b in zip(mine, theirs, strict=True))
    ours = statistics.median(run.cpu_s for run in mine)
    their = statistics.median(run.cpu_s for run in theirs)
    middle = statistics.median(ratios)
    # Above one they take longer, and it is shown how many times; below one the other way round.
    share = (
        f"1/{middle:.0f} (1/{ratios[0]:.0f} to 1/{ratios[-1]:.0f})"
        if middle > 5
        else f"{1 / middle:.2f} ({1 / ratios[-1]:.2f} to {1 / ratios[0]:.2f})"
    )
    memory = max(run.peak_bytes for run in mine) / path.stat().st_size
    return (
        f"| {path.stem}, {size:.1f} MB | {TITLES[tool]} | {ours:.3f} s | {TITLES[other]} | "
        f"{their:.3f} s | {share} | {memory:.2f} × |"
    )


def main() -> None:
    """Make the files, measure, print."""
    parser = argparse.ArgumentParser(description="Ring A beside OctoPrint's analysis and openssl.")
    parser.add_argument("--sizes", default="10,50,150")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--reference", action="store_true", help="also without the kernel, 10 MB")
    parser.add_argument("--one", nargs=2, metavar=("TOOL", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(vars(measure_here(arguments.one[0], Path(arguments.one[1])))))
        return
    sizes = [int(size) for size in arguments.sizes.split(",")]
    jobs = [("splint", size) for size in sizes] + ([("plate", 10)] if 10 in sizes else [])
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(
        "| file | a | CPU a | b | CPU b | a/b, pairs | memory of a |\n|---|---|---|---|---|---|---|"
    )
    for kind, size in jobs:
        path = make(kind, size, arguments.folder)
        comparisons = [
            ("kernel", "octoprint", arguments.pairs),
            ("kernel", "openssl", 3 * arguments.pairs),
            ("copy", "openssl", 3 * arguments.pairs),
        ]
        if arguments.reference and size == 10:
            comparisons.append(("reference", "octoprint", arguments.pairs))
        for tool, other, pairs in comparisons:
            print(_row(path, tool, other, *compare(path, tool, other, pairs)), flush=True)


if __name__ == "__main__":
    main()
