"""Rings A, B and C, model and all, beside the slicing of the same model: seconds of CPU, paired.

    python -m benchmarks.examiner_geometry [--pairs 5] [--folder build/benchmarks] [--only splint]

Makes a forearm splint of 900 layers and a cranial plate of 713,000 triangles (generators of our
own, below), slices both with the real PrusaSlicer, surfaces filled apart and in one fill
(docs/adr/0056), and signs a recipe for each: one that pins the job (rings A and C), one whose order
brings it (rings A, B and C). Then, round by round, one run of each: slicing; the pipeline of a
running controller, from bytes to canonical copy; ``mdps check`` as a process. Ratios are taken
within a round. Last, the splint in three heights. Decides nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from mdps_plugin.authoring.signing import pin
from mdps_plugin.controller.pipeline import check
from mdps_plugin.controller.verification import Checked, Task
from mdps_plugin.controller.worker_link import environment
from mdps_plugin.models.placement import place
from mdps_plugin.models.stl import read_stl, write_binary_stl
from mdps_plugin.recipes.bundle import verify_bundle
from mdps_plugin.recipes.store import load_bundle, load_root
from mdps_plugin.slicing.slicer import slice_model
from tests.factories import NOW, Manufacturer
from tests.toolpath.parts import stl_bytes

from .attacks.limits import read as read_limits
from .attacks.models.solids import Floats, polar
from .attacks.recipes import Setup, build, cut_blocks, plain_limits

SETUP = Setup(slicer="prusa-slicer", infill=100, layer_mm=0.1)
REACH_MM = (250.0, 210.0, 210.0)
AT = "2026-11-23T14:00:00Z"


def splint(height_mm: float = 90.0) -> Floats:
    """An open shell about a forearm, wider toward the elbow, with a wavy edge; 65,000 triangles."""
    wall, turn = 2.6, np.linspace(0.75, 2 * math.pi - 0.75, 180)
    heights = np.linspace(0, height_mm, max(2, round(height_mm) + 1))
    rings = []
    for z in heights:
        radius = (27 + 0.12 * z) * (1 + 0.02 * np.cos(5 * turn + z / 20))
        outer, inner = polar(radius + wall, turn, 1.25), polar(radius, turn, 1.25)[::-1]
        rings.append(np.column_stack((np.vstack((outer, inner)), np.full(2 * len(turn), z))))
    return _between(np.array(rings), len(turn))


def _between(rings: Floats, half: int) -> Floats:
    """The closed solid through rings (m, 2 half, 3), each an outer line and an inner one back."""
    low, high = rings[:-1], rings[1:]
    low_next, high_next = np.roll(low, -1, axis=1), np.roll(high, -1, axis=1)
    sides = np.concatenate(
        (
            np.stack((low, low_next, high_next), axis=2).reshape(-1, 3, 3),
            np.stack((low, high_next, high), axis=2).reshape(-1, 3, 3),
        )
    )
    k = np.arange(half - 1)
    a, b, c, d = k, k + 1, 2 * half - 1 - k, 2 * half - 2 - k
    bottom, top = rings[0], rings[-1]
    caps = [
        np.stack((bottom[a], bottom[c], bottom[b]), axis=1),
        np.stack((bottom[b], bottom[c], bottom[d]), axis=1),
        np.stack((top[a], top[b], top[c]), axis=1),
        np.stack((top[b], top[d], top[c]), axis=1),
    ]
    return np.concatenate((sides, *caps))


def plate() -> Floats:
    """A patch of a skull, upright, as thick everywhere, finely meshed; 713,000 triangles."""
    radius, wall = 70.0, 4.0
    turn = np.linspace(-0.8, 0.8, 320)
    rings = []
    for z in np.linspace(-32, 32, 557):
        bumps = 0.3 * np.sin(9 * turn + z / 4)
        outer = polar(math.sqrt(radius**2 - z**2) + bumps, turn)
        inner = polar(math.sqrt((radius - wall) ** 2 - z**2) + bumps, turn)[::-1]
        rings.append(np.column_stack((np.vstack((outer, inner)), np.full(2 * len(turn), z))))
    return _between(np.array(rings), len(turn))


MODELS: dict[str, Callable[[], Floats]] = {
    "splint": splint,
    "splint-one-fill": splint,
    "plate": plate,
    "plate-one-fill": plate,
}


def settings_of(name: str) -> bytes:
    """What a model of this name is sliced with."""
    plain = SETUP.settings()
    if not name.endswith("-one-fill"):
        return plain
    return re.sub(rb"(?m)^(top|bottom)_solid_layers = \d+$", rb"\1_solid_layers = 0", plain)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One model with everything that is measured on it, in a folder of its own."""

    folder: Path

    @property
    def model(self) -> Path:
        """The placed model."""
        return self.folder / "model.stl"

    @property
    def job(self) -> Path:
        """The job that slicing it gave."""
        return self.folder / "job.gcode"

    def bundle(self, kind: str) -> Path:
        """Folder of the signed recipe: "signed" pins the job, "brought" does not."""
        return self.folder / kind

    @property
    def root(self) -> Path:
        """Whose signatures count."""
        return self.folder / "root.json"


def make(name: str, model: Callable[[], Floats], folder: Path) -> Bench:
    """Model, job and recipes; kept for the next run."""
    bench = Bench(folder=folder / f"geometry-{name}")
    if bench.root.exists():
        return bench
    bench.folder.mkdir(parents=True, exist_ok=True)
    print(f"making {bench.folder}", file=sys.stderr)
    settings = settings_of(name)
    empty = build(SETUP, plain_limits(SETUP), b"M84\n", b"M84\n")
    mesh = place(read_stl(stl_bytes(model()), name), empty.recipe.envelope)
    bench.model.write_bytes(write_binary_stl(mesh))
    sliced = slice_model(
        bench.model.read_bytes(),
        settings,
        empty.recipe.validated_with.slicer,
        empty.recipe.validated_with.slicer_version,
        lambda *_: None,
        compared=True,
    )
    if not sliced.gcode:
        raise SystemExit([found.message() for found in sliced.verdict.findings])
    bench.job.write_bytes(sliced.gcode)
    (bench.folder / "settings.ini").write_bytes(settings)
    start, end = cut_blocks(SETUP, sliced.gcode)
    signed = build(SETUP, read_limits()[SETUP], start, end)
    document = dict(cast("dict[str, Any]", signed.recipe.raw))
    document["envelope"] = {**document["envelope"], "bodies": 1}
    files = {**signed.files, "settings.ini": settings}
    others = [file for file in document["files"] if file["name"] != "settings.ini"]
    document["files"] = [*others, pin("slicer_settings", "settings.ini", settings)]
    _sign(bench.bundle("brought"), {**document, "job_source": "brought"}, files)
    pinned = {**files, "job.gcode": sliced.gcode, "model.stl": bench.model.read_bytes()}
    more = [pin("job_gcode", "job.gcode", pinned["job.gcode"])]
    more.append(pin("model", "model.stl", pinned["model.stl"]))
    changes = {"job_source": "signed_gcode", "model_source": "pinned", "rings": ["A", "C"]}
    _sign(
        bench.bundle("signed"),
        {**document, **changes, "files": [*document["files"], *more]},
        pinned,
    )
    bench.root.write_bytes(Manufacturer().root_bytes())
    return bench


def _sign(folder: Path, document: Any, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, data in Manufacturer().sign(document, files).items():
        (folder / name).write_bytes(data)


def task_of(bench: Bench, kind: str) -> Task:
    """What the controller gives to the pipeline."""
    files = load_bundle(bench.bundle(kind))
    signed = verify_bundle(files, load_root(bench.root), NOW, kind)
    if signed.recipe is None or not signed.verdict.accepted:
        raise SystemExit([found.message() for found in signed.verdict.findings])
    return Task(
        order_id="benchmark",
        recipe=signed.recipe,
        pinned=signed.files,
        variables={},
        reach_mm=REACH_MM,
        model=bench.model.read_bytes() if kind == "brought" else None,
        gcode=bench.job.read_bytes() if kind == "brought" else None,
        threads=1,
    )


def _accepted(checked: Checked) -> Checked:
    if checked.toolpath is None or not checked.toolpath.verdict.accepted:
        found = [*checked.failures]
        found += checked.model.verdict.findings if checked.model else []
        found += checked.toolpath.verdict.findings if checked.toolpath else []
        raise SystemExit([one.message() for one in found] or "refused")
    return checked


def cpu_s() -> float:
    """Seconds of CPU of this process and of those it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def measure_here(bench: Bench, kind: str, warm: Bench) -> None:
    """In the child: one run of the pipeline with everything loaded, as in a running controller."""
    check(task_of(warm, kind), lambda *_: None)
    task = task_of(bench, kind)
    began = cpu_s()
    checked = _accepted(check(task, lambda *_: None))
    seconds = cpu_s() - began
    assert checked.toolpath is not None
    parts = {one.name: one.seconds for one in checked.toolpath.verdict.checks}
    counts = {"lines": checked.toolpath.lines, "layers": checked.toolpath.layers}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": seconds, "parts": parts, "peak_mib": round(peak), **counts}))


def slicing(bench: Bench) -> float:
    """The slicer alone, on the same model with the same settings."""
    before = cpu_s()
    subprocess.run(
        [
            *("prusa-slicer", "--export-gcode", "--load", "settings.ini", "--dont-arrange"),
            *("-o", "again.gcode", "model.stl"),
        ],
        cwd=bench.folder,
        check=True,
        capture_output=True,
        timeout=900,
    )
    return cpu_s() - before


def in_process(kind: str) -> Callable[[Bench, Bench], float]:
    """The pipeline in a fresh child, its start not counted."""

    def run(bench: Bench, warm: Bench) -> float:
        return float(details(bench, kind, warm)["cpu_s"])

    return run


def details(bench: Bench, kind: str, warm: Bench) -> dict[str, Any]:
    """What :func:`measure_here` printed."""
    command = [sys.executable, "-m", "benchmarks.examiner_geometry"]
    folders = [str(bench.folder), kind, str(warm.folder)]
    done = subprocess.run(
        [*command, "--one", *folders],
        check=True,
        capture_output=True,
        text=True,
        # What the controller starts its examining process with.
        env={**os.environ, **environment()},
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def as_command(kind: str, *more: str) -> Callable[[Bench, Bench], float]:
    """``mdps check`` from its start to its end."""

    def run(bench: Bench, _: Bench) -> float:
        before = cpu_s()
        mdps = str(Path(sys.executable).with_name("mdps"))
        command = [mdps, "check", "--recipe", str(bench.bundle(kind)), "--trust", str(bench.root)]
        with_model = ["--model", str(bench.model)] if kind == "brought" else []
        subprocess.run(
            [*command, "--at", AT, *with_model, *more, str(bench.job)],
            check=True,
            capture_output=True,
            timeout=900,
        )
        return cpu_s() - before

    return run


TOOLS: dict[str, Callable[[Bench, Bench], float]] = {
    "rings A + C, running controller": in_process("signed"),
    "`mdps check`, rings A + C": as_command("signed"),
    "rings A + B + C, running controller": in_process("brought"),
    "`mdps check`, rings A + B + C": as_command("brought"),
}


def rounds(bench: Bench, warm: Bench, pairs: int) -> Iterator[dict[str, float]]:
    """CPU of the slicer and of each tool, one after the other."""
    for number in range(pairs):
        print(f"{bench.folder.name}: round {number + 1} of {pairs}", file=sys.stderr)
        found = {"slicing": slicing(bench)}
        for title, run in TOOLS.items():
            found[title] = run(bench, warm)
        yield found


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def show(bench: Bench, warm: Bench, pairs: int) -> None:
    """The rows of one model."""
    looked = details(bench, "signed", warm)
    name = bench.folder.name.removeprefix("geometry-")
    triangles = (bench.model.stat().st_size - 84) // 50
    print(
        f"\n{name}: {triangles:,} triangles, {looked['layers']} layers, {looked['lines']:,} lines, "
        f"{bench.job.stat().st_size / 1e6:.1f} MB; peak {looked['peak_mib']} MiB\n"
    )
    print("| | CPU s | times slicing, within a round |\n|---|---|---|")
    found = list(rounds(bench, warm, pairs))
    for title in found[0]:
        seconds = _spread([one[title] for one in found])
        ratio = _spread([one[title] / one["slicing"] for one in found])
        print(f"| {title} | {seconds} | {ratio} |", flush=True)
    times = sorted(looked["parts"].items(), key=lambda part: -(part[1] or 0))
    print("\nslowest checks: " + ", ".join(f"{name} {took:.3f} s" for name, took in times[:6]))


def show_sizes(folder: Path, warm: Bench, pairs: int) -> None:
    """Cost against lines: the same splint, three heights."""
    print("\n| splint | lines | CPU s, rings A + C | µs a line |\n|---|---|---|---|")
    for height in (30, 60, 90):
        name = "splint" if height == 90 else f"splint-{height}"
        bench = make(name, lambda height=height: splint(height), folder)
        looked = [details(bench, "signed", warm) for _ in range(pairs)]
        seconds = [one["cpu_s"] for one in looked]
        each = statistics.median(seconds) / looked[0]["lines"] * 1e6
        lines = looked[0]["lines"]
        print(f"| {height} mm | {lines:,} | {_spread(seconds)} | {each:.2f} |", flush=True)


def main() -> None:
    """Make the files, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--only", choices=[*MODELS, "sizes"])
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        folder, kind, warm_folder = arguments.one
        measure_here(Bench(folder=Path(folder)), kind, Bench(folder=Path(warm_folder)))
        return
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{time.strftime('%Y-%m-%d')}, load {load}")
    warm = make("warm", lambda: splint(2), arguments.folder)
    for name, model in MODELS.items():
        if arguments.only in (None, name):
            show(make(name, model, arguments.folder), warm, arguments.pairs)
    if arguments.only in (None, "sizes"):
        show_sizes(arguments.folder, warm, arguments.pairs)


if __name__ == "__main__":
    main()
