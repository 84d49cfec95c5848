"""How long a line waits at the port while a job is examined in the same process.

    python -m benchmarks.gate_latency FILE.gcode

A thread writes lines to a pseudo terminal and waits for each ``ok`` of another process, as the
gate does; meanwhile nothing else runs, or the kernel examines FILE again and again, or the
reference does. Prints the round trips in Markdown. FILE is one of those that
``benchmarks.examiner_bytes`` makes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

from mdps_plugin.toolpath.examine import examine
from mdps_plugin.toolpath.kernel_link import SWITCH
from tests.toolpath import parts

from .examiner_bytes import recipe

ANSWERS = """
import os, sys
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
while True:
    data = os.read(port, 4096)
    if not data:
        break
    os.write(port, b"ok\\n" * data.count(b"\\n"))
"""


def round_trips(port: int, until: Callable[[], bool]) -> list[float]:
    """Seconds from a written line to its answer, one after the other, until ``until()``."""
    taken = []
    while not until():
        began = time.perf_counter()
        os.write(port, b"N1234 G1 X123.456 Y78.901 E.01234*57\n")
        while not os.read(port, 64).endswith(b"\n"):
            pass
        taken.append(time.perf_counter() - began)
        time.sleep(0.0015)
    return taken


def during(port: int, work: Callable[[], None]) -> tuple[list[float], float]:
    """Round trips of a thread while ``work`` runs in this one, and how long that took."""
    over = threading.Event()
    taken: list[float] = []
    thread = threading.Thread(target=lambda: taken.extend(round_trips(port, over.is_set)))
    began = time.perf_counter()
    thread.start()
    work()
    over.set()
    thread.join()
    return taken, time.perf_counter() - began


def main() -> None:
    """Measure three times."""
    parser = argparse.ArgumentParser(description="Round trips at the port during an examination.")
    parser.add_argument("gcode", type=Path)
    parser.add_argument("--seconds", type=float, default=5)
    arguments = parser.parse_args()
    data, signed, files = arguments.gcode.read_bytes(), recipe(), parts.bundle()
    keeper, port = os.openpty()
    tty.setraw(keeper)
    tty.setraw(port)
    answering = subprocess.Popen([sys.executable, "-c", ANSWERS, os.ttyname(port)])

    def examined() -> None:
        end = time.perf_counter() + arguments.seconds
        while time.perf_counter() < end:
            if not examine(data, signed, files, None, frozenset("A"), {}).verdict.accepted:
                raise SystemExit("this job was refused")

    def by_the_reference() -> None:
        os.environ[SWITCH] = "off"
        examined()

    print("| meanwhile | lines | median | 99 % | longest |\n|---|---|---|---|---|")
    for title, work in (
        ("nothing", lambda: time.sleep(arguments.seconds)),
        ("the kernel, again and again", examined),
        ("the reference", by_the_reference),
    ):
        taken, _ = during(keeper, work)
        taken.sort()
        shown = [taken[len(taken) // 2], taken[len(taken) * 99 // 100], taken[-1]]
        cells = " | ".join(f"{value * 1000:.2f} ms" for value in shown)
        print(f"| {title} | {len(taken)} | {cells} |", flush=True)
    answering.terminate()
    answering.wait()


if __name__ == "__main__":
    main()
