"""How fast printers without hardware take a job: ours, OctoPrint's virtual printer, real time.

    python benchmarks/simulator_speed.py [--lines 600] [--json]

One host, one job, one run: numbered lines, each sent when the last was answered. Real time is what
the printer modelled needs for the lines by its own plan. Seconds of a shared machine say little;
the ratios within one run are what to look at. ``cpu`` is processor time of printer and host.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import serial

from mdps_plugin.interlock.host_dialogue import checksum
from simulator.machine import Simulator

ROOT = Path(__file__).resolve().parents[1]
JOB = ROOT / "validated_recipes" / "mask-extender" / "1" / "job.gcode"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One printer's run. Seconds are real, ``virtual_s`` is what the job takes by the plan."""

    name: str
    lines: int
    real_s: float
    cpu_s: float
    virtual_s: float

    def record(self, beside: Result) -> dict[str, object]:
        """Measures, and how many times the lines a second of ``beside``."""
        return {
            "printer": self.name,
            "lines_per_s": round(self.lines / self.real_s, 1),
            "cpu_us_per_line": round(self.cpu_s / self.lines * 1e6),
            "virtual_s_per_s": round(self.virtual_s / self.real_s, 2),
            "times_virtual_printer": round(beside.real_s / self.real_s, 2),
        }


def lines_of(job: Path, count: int) -> list[bytes]:
    """The first ``count`` commands of the job, numbered, with the end of all motion behind them."""
    commands = [line.split(";")[0].strip() for line in job.read_text().splitlines()]
    commands = ["M110 N0", *[line for line in commands if line][:count], "M400"]
    bodies = [f"N{number} {command}".encode() for number, command in enumerate(commands)]
    return [body + b"*%d\n" % checksum(body) for body in bodies]


def talk(
    lines: list[bytes], write: Callable[[bytes], object], read: Callable[[], bytes]
) -> tuple[float, float]:
    """Send all; real and processor seconds of this process."""
    began, cpu = time.perf_counter(), time.process_time()
    for line in lines:
        write(line)
        while not (answer := read()).startswith(b"ok"):
            if not answer:
                raise SystemExit(f"no answer to {line!r}")
    return time.perf_counter() - began, time.process_time() - cpu


def in_process(lines: list[bytes]) -> Result:
    simulator, now = Simulator(), 2.0
    simulator.poll(now)
    answers: list[bytes] = []

    def write(line: bytes) -> None:
        simulator.receive(line, now)

    def read() -> bytes:
        nonlocal now
        while not answers:
            answers.extend(simulator.poll(now).splitlines(keepends=True))
            if not answers:
                now = simulator.next_event_time()
        return answers.pop(0)

    real, cpu = talk(lines, write, read)
    return Result(
        name="simulator, in process", lines=len(lines), real_s=real, cpu_s=cpu, virtual_s=now - 2.0
    )


@contextmanager
def process(speed: str) -> Iterator[serial.Serial]:
    command = [sys.executable, "-m", "simulator", "--json", "--tcp", "0", "--speed", speed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        try:
            assert child.stdout is not None
            url = json.loads(child.stdout.readline())["url"]
            with serial.serial_for_url(url, timeout=60) as port:
                yield port
        finally:
            child.terminate()


def over_tcp(lines: list[bytes], virtual_s: float) -> Result:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with process("max") as port:
        real, cpu = talk(lines, port.write, port.readline)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Result(
        name="simulator, --speed max over TCP (cpu with its start)",
        lines=len(lines),
        real_s=real,
        cpu_s=cpu + child,
        virtual_s=virtual_s,
    )


class _Settings:
    """The settings that OctoPrint's virtual printer asks for, from its own defaults."""

    def __init__(self, values: dict[str, object], folder: str) -> None:
        self._values, self._folder = values, folder

    def get(self, path: list[str], merged: bool = False) -> object:
        found: object = self._values
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def get_int(self, path: list[str]) -> int | None:
        value = self.get(path)
        return None if value is None else int(str(value))

    def get_float(self, path: list[str], **_: object) -> float | None:
        value = self.get(path)
        return None if value is None else float(str(value))

    def get_boolean(self, path: list[str]) -> bool:
        return bool(self.get(path))

    def global_get_basefolder(self, name: str) -> str:
        return self._folder


def virtual_printer(lines: list[bytes], virtual_s: float) -> Result:
    from octoprint.plugin import plugin_manager
    from octoprint.plugins.virtual_printer import VirtualPrinterPlugin
    from octoprint.plugins.virtual_printer.virtual import VirtualPrinter

    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(ValueError):
            # It asks for hooks of other plugins; there are none.
            plugin_manager(init=True, plugin_folders=[], plugin_entry_points=[])
        values = VirtualPrinterPlugin().get_settings_defaults()
        printer = VirtualPrinter(
            _Settings(values, folder), None, data_folder=folder, read_timeout=60.0
        )
        real, cpu = talk(lines, printer.write, printer.readline)
        printer.buffered.join()
        printer.close()
    return Result(
        name="OctoPrint's virtual printer, as shipped",
        lines=len(lines),
        real_s=real,
        cpu_s=cpu,
        virtual_s=virtual_s,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=600, help="commands of the job (default 600)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    lines = lines_of(JOB, options.lines)
    ours = in_process(lines)
    real_time = Result(
        name="the printer itself, by its plan",
        lines=len(lines),
        real_s=ours.virtual_s,
        cpu_s=0.0,
        virtual_s=ours.virtual_s,
    )
    results = [
        ours,
        over_tcp(lines, ours.virtual_s),
        other := virtual_printer(lines, ours.virtual_s),
        real_time,
    ]
    records = [result.record(other) for result in results]
    where = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    if options.json:
        print(json.dumps({"day": day, "machine": where, "lines": len(lines), "runs": records}))
        return 0
    print(f"{day}, {where}; {len(lines)} lines of a real job, {ours.virtual_s:.0f} s by the plan\n")
    print("| printer | lines/s | CPU µs/line | virtual s/s | times the virtual printer |")
    print("|---|---|---|---|---|")
    for record in records:
        print("| " + " | ".join(str(value) for value in record.values()) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
