"""How long a line waits in the gate while a large job is examined, in a process and in a thread.

    python -m benchmarks.gate_latency [--seconds 20] [--megabytes 130] [--rounds 3]

The gate feeds the simulator, a process of its own; a small host in a third process plays OctoPrint
and measures from each written line to its ``ok``. Meanwhile nothing else runs; or the examining
process works on a spoilt job (the kernel doubts, so the reference in NumPy reads it all, slices
again, compares and draws); or the same work is done by a thread beside the gate, as it was before
docs/adr/0036. Prints the table in Markdown, with the machine's load. Decides nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mdps_plugin.controller.pipeline import check
from mdps_plugin.controller.verification import Task
from mdps_plugin.controller.worker_link import Worker
from tests.interlock.bench import numbered
from tests.interlock.rig import END, START, Rig, to_job
from tests.interlock.test_gate_at_work import PlainHost
from tests.toolpath import parts

PAUSE_S = 0.0015
"""Between an answer and the next line: a line of 40 bytes at 250,000 baud takes as long."""

LINES = 60_000
LAYER_MM = 0.2
Phases = dict[str, list[tuple[float, float]]]


def job_lines() -> list[str]:
    """Short moves without filament: the simulator answers each as soon as it is read."""
    body = [f"G1 X{100 + n % 2 * 0.1:g} Y{100 + n % 3 * 0.1:g} F9000" for n in range(LINES)]
    return [*START, *body, *END]


def spoilt_task(megabytes: int) -> Task:
    """The block of the tests with one layer repeated upward until the file is so large.

    So many layers are not the model's: ring C counts them and looks no further.
    """
    job = parts.honest()
    first, second = (parts.layer_change(layer) for layer in (3, 4))
    lines = job.split(b"\n")
    layer = b"\n".join(lines[first - 1 : second - 1]) + b"\n"
    pieces = re.split(rb"(?<=G1 Z)([\d.]+)", layer)

    def raised(by: int) -> bytes:
        heights = [f"{float(text) + by * LAYER_MM:.3f}".encode() for text in pieces[1::2]]
        copy = [*pieces]
        copy[1::2] = [text.rstrip(b"0").rstrip(b".").removeprefix(b"0") for text in heights]
        return b"".join(copy)

    above = b"".join(map(raised, range(megabytes * 1_000_000 // len(layer))))
    head, tail = b"\n".join(lines[: first - 1]) + b"\n", b"\n".join(lines[second - 1 :])
    size = {"minimum": 1, "maximum": 200}
    recipe = parts.recipe(
        job_source="brought",
        rings=["A", "B", "C"],
        **{
            **{f"envelope.size_{axis}_mm": size for axis in "xyz"},
            "envelope.volume_cm3": {"minimum": 0.001, "maximum": 10_000},
            "window.lines_at_most": 5_000_000,
        },
    )
    return Task(
        order_id="benchmark",
        recipe=recipe,
        pinned=parts.bundle(),
        variables={},
        reach_mm=(200.0, 200.0, 180.0),
        model=parts.stl_bytes(parts.box()),
        gcode=head + above + tail,
        threads=1,
    )


def play_host(pty: Path, out: Path) -> None:
    """In the child: stream the job line by line; the moment and the round trip of each line."""
    with PlainHost(pty) as host, out.open("w") as stream:
        for line in job_lines():
            host.number += 1
            data = numbered(host.number, line)
            began = time.monotonic()
            host.port.write(data)
            host.until_ok(120.0)
            ended = time.monotonic()
            stream.write(f"{began:.6f} {ended - began:.6f}\n")
            stream.flush()
            time.sleep(PAUSE_S)


def during(work: Callable[[], object]) -> tuple[float, float]:
    """When ``work`` began and ended."""
    began = time.monotonic()
    work()
    return began, time.monotonic()


def in_a_thread(task: Task) -> None:
    """As before: the pipeline beside the gate's thread, in one interpreter."""
    thread = threading.Thread(target=lambda: check(task, lambda *_: None))
    thread.start()
    thread.join()


def measure(folder: Path, task: Task, seconds: float, rounds: int) -> Phases:
    """Phases of one build by name, each from when to when, in turn."""
    worker = Worker("benchmark")
    worker.check(spoilt_task(1), lambda *_: None)
    works: dict[str, Callable[[], object]] = {
        "nothing": lambda: time.sleep(seconds),
        "an examination in its own process": lambda: worker.check(task, lambda *_: None),
        "nothing ": lambda: time.sleep(seconds),
        "the same in a thread beside the gate": lambda: in_a_thread(task),
    }
    phases: Phases = {title.strip(): [] for title in works}
    with Rig(folder, speed=400.0) as rig:
        rig.gate.arm(to_job(job_lines()))
        command = [sys.executable, "-m", "benchmarks.gate_latency", "--host", str(rig.pty)]
        trips = folder / "trips"
        host = subprocess.Popen([*command, str(trips)], stderr=subprocess.DEVNULL)
        while not trips.exists() or trips.read_bytes().count(b"\n") <= len(START):
            time.sleep(0.2)
        for number in range(rounds):
            for title, work in works.items():
                print(f"round {number + 1} of {rounds}: {title}", file=sys.stderr)
                phases[title.strip()].append(during(work))
        host.kill()
        host.wait()
        rig.gate.stop("benchmark", "done")
    worker.close()
    return phases


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--megabytes", type=int, default=130, help="5,000,000 lines at most")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--host", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.host:
        play_host(*arguments.host)
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(subprocess.run(["uptime"], capture_output=True, text=True, check=True).stdout.strip())
    with tempfile.TemporaryDirectory(prefix="mdps-latency-") as name:
        folder = Path(name)
        task = spoilt_task(arguments.megabytes)
        phases = measure(folder, task, arguments.seconds, arguments.rounds)
        rows = [line.split() for line in (folder / "trips").read_text().splitlines()]
    trips = [(float(began), float(took)) for began, took in (row for row in rows if len(row) == 2)]
    print("| meanwhile | seconds | lines | median | 99 % | longest |\n|---|---|---|---|---|---|")
    for title, spans in phases.items():
        taken = sorted(took for at, took in trips for began, ended in spans if began <= at < ended)
        shown = [taken[len(taken) // 2], taken[len(taken) * 99 // 100], taken[-1]]
        cells = " | ".join(f"{value * 1000:.2f} ms" for value in shown)
        print(
            f"| {title} | {sum(b - a for a, b in spans):.1f} | {len(taken)} | {cells} |", flush=True
        )
    print(subprocess.run(["uptime"], capture_output=True, text=True, check=True).stdout.strip())


if __name__ == "__main__":
    main()
