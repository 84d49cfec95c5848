"""Ring A without compiled code beside OctoPrint's own analysis of the same files: CPU, memory.

    python benchmarks/examiner_reader.py [--sizes 1,10,50] [--runs 3]

A wavy splint is sliced once by prusa-slicer; its layers are then stacked until the file has the
size asked for, so that every file is one that the recipe accepts. Each run takes both in turn.
OctoPrint's is a process of its own, as OctoPrint starts it (``octoprint analysis gcode``); its
start-up, measured on a file of one line, is given apart.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

# What stands where there is no compiled kernel; read once, when it is first looked for.
os.environ["MDPS_KERNEL"] = "off"
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from mdps_plugin.recipes.document import Recipe  # noqa: E402 - after the switch
from mdps_plugin.toolpath.examine import examine  # noqa: E402 - after the switch
from mdps_plugin.units import Range  # noqa: E402 - after the switch
from tests.toolpath.parts import (  # noqa: E402 - after the switch
    SETTINGS,
    bundle,
    prism,
    recipe,
    stl_bytes,
)

MB = 1_000_000
LAYER_MM = 0.2
STEM_LAYERS = 12


def splint(folder: Path) -> bytes:
    """G-code of a solid with a finely drawn outline, a few layers high, from PrusaSlicer."""
    turn = [2 * math.pi * step / 1440 for step in range(1440)]
    outline = [(30 * math.cos(a), 18 * math.sin(a)) for a in turn]
    (folder / "splint.stl").write_bytes(stl_bytes(prism(outline, STEM_LAYERS * LAYER_MM)))
    settings = {**SETTINGS, "fill_pattern": "gyroid", "resolution": "0", "gcode_resolution": "0"}
    (folder / "splint.ini").write_text("".join(f"{k} = {v}\n" for k, v in settings.items()))
    subprocess.run(
        [
            *("prusa-slicer", "--export-gcode", "--load", "splint.ini", "--dont-arrange"),
            *("--output", "splint.gcode", "splint.stl"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return (folder / "splint.gcode").read_bytes()


def stacked(gcode: bytes, size: int) -> bytes:
    """The same job with its middle layers repeated upward until it has ``size`` bytes."""
    head, *layers = gcode.split(b";LAYER_CHANGE\n")
    first, middle, last = layers[:4], layers[4:8], layers[-1]
    parts, used, height = [head, *first], len(head) + sum(map(len, first)) + len(last), 4
    while used < size:
        for layer in middle:
            parts.append(_raised(layer, (height - layers.index(layer)) * LAYER_MM))
            used += len(layer)
            height += 1
    parts.append(_raised(last, (height - len(layers) + 1) * LAYER_MM))
    return b";LAYER_CHANGE\n".join(parts)


def _raised(layer: bytes, by_mm: float) -> bytes:
    def raise_(match: re.Match[bytes]) -> bytes:
        text = f"{float(match[1]) + by_mm:.3f}".rstrip("0").rstrip(".")
        return b"Z" + text.removeprefix("0").encode()

    body, end, rest = layer.partition(b"\nG91\n")
    return re.sub(rb"(?<=G1 )Z([\d.]+)", raise_, body) + end + rest


def wide_recipe() -> Recipe:
    """The recipe of the tests, for a part as high as the stacked one: none of use is so high."""
    signed = recipe()
    features = tuple(
        replace(
            feature,
            flow_mm3_per_mm=Range(minimum=0.01, maximum=0.2),
            width_mm=Range(minimum=0.1, maximum=1.0),
            speed_mm_s=Range(minimum=5, maximum=80),
        )
        for feature in signed.window.features
    )
    window = replace(
        signed.window,
        features=features,
        total_filament_mm=Range(minimum=1, maximum=1e9),
        print_time_s=Range(minimum=1, maximum=1e9),
        lines_at_most=20_000_000,
        outside_model_mm=100,
    )
    return replace(
        signed,
        rings=("A",),
        window=window,
        envelope=replace(signed.envelope, size_z_mm=Range(minimum=1, maximum=1e6)),
    )


def ours(data: bytes, wanted: Recipe) -> float:
    """Seconds of CPU for SHA-256, grammar, canonical copy and process window; accepted or not."""
    began = time.process_time()
    hashlib.sha256(data).digest()
    examine(data, wanted, bundle(), None, frozenset("A"), {})
    return time.process_time() - began


def octoprint(path: Path) -> float:
    """Seconds of CPU of OctoPrint's analysis of the file, in the process that it starts for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = Path(sys.executable).with_name("octoprint")
    command = [str(program), "analysis", "gcode", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def high_water_kb() -> int:
    """Most memory that this process has held so far."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.split("\n") if line.startswith("VmHWM")).split()[1])


def peak_mb(path: Path) -> float:
    """Memory beyond what is there before the file is opened, in a process of its own, MB."""
    code = (
        "import sys; from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[1]); sys.path.insert(0, sys.argv[1] + '/benchmarks')\n"
        "import examiner_reader as b\n"
        "wanted, a = b.wide_recipe(), frozenset('A')\n"
        "b.examine(b'G1 X1\\n', wanted, b.bundle(), None, a, {})\n"
        "before = b.high_water_kb()\n"
        "data = Path(sys.argv[2]).read_bytes()\n"
        "b.examine(data, wanted, b.bundle(), None, a, {})\n"
        "print(b.high_water_kb() - before)\n"
    )
    run = [sys.executable, "-c", code, str(ROOT), str(path)]
    out = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    return int(out) * 1024 / MB


def main() -> int:
    """Print one row a size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default="1,10,50", help="MB, separated by commas")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--without-octoprint", action="store_true")
    chosen = parser.parse_args()
    wanted = wide_recipe()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stem = splint(folder)
        (folder / "one.gcode").write_text("G1 X1\n")
        start = 0.0 if chosen.without_octoprint else octoprint(folder / "one.gcode")
        print(f"OctoPrint's start-up: {start:.2f} s of CPU")
        print("MB, lines | ours s, MB/s | OctoPrint s, MB/s | ratio, without start-up | memory")
        for size in chosen.sizes.split(","):
            path = folder / "job.gcode"
            path.write_bytes(stacked(stem, int(float(size) * MB)))
            data = path.read_bytes()
            looked = examine(data, wanted, bundle(), None, frozenset("A"), {})
            pairs = [
                (ours(data, wanted), 0.0 if chosen.without_octoprint else octoprint(path))
                for _ in range(chosen.runs)
            ]
            mine, other = (statistics.median(times) for times in zip(*pairs, strict=True))
            mb = len(data) / MB
            print(
                f"{mb:.1f} MB, {looked.lines} commands, accepted: {looked.verdict.accepted} | "
                f"{mine:.3f} s, {mb / mine:.1f} MB/s | {other:.2f} s, "
                f"{mb / other if other else 0:.2f} MB/s | {other / mine:.1f}, "
                f"{(other - start) / mine:.1f} | {peak_mb(path) / mb:.1f} x file",
                flush=True,
            )
            if not looked.verdict.accepted:
                for finding in looked.verdict.findings[:5]:
                    print("   ", finding.code, finding.where.line, finding.message())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
