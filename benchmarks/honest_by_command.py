"""Every honest job of the laboratory through ``mdps check`` as a process, signatures and all rings.

    python -m benchmarks.honest_by_command [--folder attack-laboratory] [--jobs 2] [--every 1]

``python -m benchmarks.attacks honest`` asks the examiner in process. Here each job gets a signed
recipe, and the command that a person would type: it verifies the signatures, reads and places the
model, slices it again by the real slicer, and examines. Prints how many were accepted; exit status
1 if any was not. Measures nothing else.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mdps_plugin.models.stl import encode_binary_stl, read_stl
from mdps_plugin.models.surface import survey
from tests.factories import Manufacturer

from .attacks.bench_store import Bench, Case, load
from .attacks.honest import honest_cases
from .attacks.limits import read as read_limits

AT = "2026-11-23T14:00:00Z"
FOLDER = Path("attack-laboratory")


def look(case: Case, folder: Path) -> str:
    """What ``mdps check`` said of one honest job; nothing where it accepted."""
    specimen = load(Bench(folder), case, read_limits()[case.setup])
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        (place / "recipe").mkdir()
        signed = specimen.signed
        document: dict[str, Any] = dict(signed.recipe.raw)
        # The laboratory's own recipe is for any of its models; an envelope names how many bodies.
        bodies = len(survey(read_stl(encode_binary_stl(specimen.placed), "")).body_volumes_mm3)
        document["envelope"] = {**document["envelope"], "bodies": bodies}
        for name, data in Manufacturer().sign(document, dict(signed.files)).items():
            (place / "recipe" / name).write_bytes(data)
        (place / "root.json").write_bytes(Manufacturer().root_bytes())
        (place / "model.stl").write_bytes(encode_binary_stl(specimen.placed))
        (place / "job.gcode").write_bytes(specimen.gcode)
        command = [str(Path(sys.executable).with_name("mdps")), "check"]
        command += ["--recipe", "recipe", "--trust", "root.json", "--at", AT]
        command += ["--model", "model.stl", "job.gcode"]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=600)
    return "" if done.returncode == 0 else f"{case.name}: {done.returncode} {done.stdout[:600]}"


def looked_at(cases: list[Case], folder: Path, jobs: int) -> Iterator[str]:
    """What was said of each case, in their order."""
    with ThreadPoolExecutor(jobs) as pool:
        for number, said in enumerate(pool.map(lambda case: look(case, folder), cases), 1):
            print(f"\r{number} of {len(cases)}", end="", file=sys.stderr, flush=True)
            yield said
    print(file=sys.stderr)


def main() -> int:
    """Run all; 0 where every honest job was accepted."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="sliced jobs")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="only each n-th job")
    arguments = parser.parse_args()
    cases = honest_cases("both", "main", 1)[:: arguments.every]
    refused = [said for said in looked_at(cases, arguments.folder, arguments.jobs) if said]
    print("\n".join(refused))
    print(f"{len(cases) - len(refused)} of {len(cases)} honest jobs accepted by mdps check")
    return 1 if refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
