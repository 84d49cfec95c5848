"""Whether PrusaSlicer writes the same job again: seams and threads, counted by ring B.

    python -m benchmarks.slicing_threads [--runs 15] [--models honeycomb lattice] [--cura]

Each model of the attack laboratory is sliced again and again: on one CPU as the product does it,
and in 8 threads. So that the order of threads differs as it does on a busy computer of more cores,
a library of this file tells the slicer of 8 CPUs and lets one of a hundred locks wait for 20 to
80 µs; on one CPU the locks wait as well. Prints how many different files came and how many of them
ring B refuses against the first, as a table in Markdown. Needs a C compiler. Decides nothing.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.attacks.models.catalogue import MODELS, mesh
from benchmarks.attacks.recipes import Setup, build, plain_limits
from mdps_plugin.authoring.blocks import canonical_lines
from mdps_plugin.models.placement import place
from mdps_plugin.models.stl import encode_binary_stl, read_stl
from mdps_plugin.slicing.engine import Engine
from mdps_plugin.slicing.engines import find_engine
from mdps_plugin.slicing.process_link import find_program, run_engine
from mdps_plugin.slicing.settings import parse_settings
from mdps_plugin.slicing.slicer import ignore_progress
from mdps_plugin.toolpath.compare import compare_jobs

SEAMS = ("aligned", "rear", "nearest")
SETUPS = {"honeycomb": (100, 0.1), "lattice": (20, 0.3)}
"""Infill in percent and layer height of the two jobs that ring B had refused."""

OTHER_SETUP = (20, 0.3)
_LIBRARY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if CPUS > 1
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
    (void)pid;
    memset(set, 0, size);
    for (int cpu = 0; cpu < CPUS; cpu++) CPU_SET_S(cpu, size, set);
    return 0;
}
long sysconf(int name) {
    static long (*real)(int);
    if (!real) real = (long (*)(int))dlsym(RTLD_NEXT, "sysconf");
    return name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF ? CPUS : real(name);
}
#endif
int pthread_mutex_lock(pthread_mutex_t *mutex) {
    static int (*real)(pthread_mutex_t *);
    static __thread unsigned seed;
    struct timespec now;
    if (!real) real = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
    if (!seed) {
        clock_gettime(CLOCK_REALTIME, &now);
        seed = (unsigned)now.tv_nsec ^ (unsigned)(unsigned long)&seed;
    }
    if (rand_r(&seed) % 100 == 0) {
        now.tv_sec = 0;
        now.tv_nsec = 20000 + rand_r(&seed) % 60000;
        nanosleep(&now, NULL);
    }
    return real(mutex);
}
"""


def disturbed(engine: Engine, threads: int, folder: Path) -> Engine:
    """The same slicer with the library before its own, in one thread or in so many."""
    source, library = folder / "disturb.c", folder / f"disturb{threads}.so"
    source.write_text(_LIBRARY)
    compiler = shutil.which("cc") or "cc"
    options = ["-shared", "-fPIC", "-O1", f"-DCPUS={threads}", "-o", str(library), str(source)]
    subprocess.run([compiler, *options, "-ldl"], check=True)
    program = folder / f"{engine.program}-{threads}"
    program.write_text(
        f"#!/bin/sh\nexport LD_PRELOAD={library} OMP_NUM_THREADS={threads}\n"
        f'exec {find_program(engine)} "$@"\n'
    )
    program.chmod(0o755)
    return dataclasses.replace(engine, program=str(program), one_thread=threads == 1)


def jobs(setup: Setup, model: str, engine: Engine, seam: str, runs: int) -> Iterator[bytes]:
    """Canonical jobs of the same model under the same settings."""
    settings = setup.settings()
    if seam:
        found = {**parse_settings(settings, setup.name), "seam_position": seam}
        settings = "".join(f"{name} = {value}\n" for name, value in found.items()).encode()
    blank = build(setup, plain_limits(setup), b"G21\n", b"M84\n")
    placed = place(read_stl(encode_binary_stl(mesh(model, 0)), model), blank.recipe.envelope)
    stl = encode_binary_stl(placed.triangles)
    files = engine.files(settings, parse_settings(settings, setup.name))
    for _ in range(runs):
        made = run_engine(engine, stl, files, ignore_progress, 300.0, 3072)
        if not made.gcode:
            raise RuntimeError(f"{setup.name}, {model}: no job")
        lines = canonical_lines(made.gcode, model)
        yield "".join(f"{line}\n" for line in lines).encode("ascii")


def row(setup: Setup, model: str, engine: Engine, seam: str, threads: int, runs: int) -> str:
    """One line of the table."""
    begin = time.monotonic()
    made = list(jobs(setup, model, engine, seam, runs))
    seconds = (time.monotonic() - begin) / runs
    refused = sum(
        any(finding.refuses for finding in compare_jobs(made[0], other)) for other in made[1:]
    )
    cells = (setup.name, model, seam or "as signed", threads, runs, len(set(made)), refused)
    return "| " + " | ".join(map(str, cells)) + f" | {seconds:.1f} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--models", nargs="+", choices=sorted(MODELS), default=list(SETUPS))
    parser.add_argument("--threads", nargs="+", type=int, default=[8, 1])
    parser.add_argument("--cura", action="store_true", help="CuraEngine instead, its own seams")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print(
        "| setup | model | seam | threads | jobs | different files | refused by ring B | s each |"
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    slicer = "CuraEngine" if arguments.cura else "prusa-slicer"
    plain = find_engine(slicer)
    if plain is None:
        raise ValueError(f"no slicer {slicer}")
    with tempfile.TemporaryDirectory(prefix="mdps-threads-") as folder:
        engines = {
            threads: disturbed(plain, threads, Path(folder)) for threads in arguments.threads
        }
        for model in arguments.models:
            infill, layer = SETUPS.get(model, OTHER_SETUP)
            setup = Setup(slicer=slicer, infill=infill, layer_mm=layer)
            for seam in [""] if arguments.cura else SEAMS:
                for threads, engine in engines.items():
                    print(row(setup, model, engine, seam, threads, arguments.runs), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
