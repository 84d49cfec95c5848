"""A slicer as a process: a private folder, a time and a memory limit, what it wrote.

Judges nothing but whether there is output. Leaves no process and no file behind, also where a
limit ends it: its whole group is killed, and its folder is removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..errors import ToolError
from ..findings import Finding
from . import codes
from .engine import Engine
from .one_cpu_link import one_cpu

Progress = Callable[[int, str], None]

TIME_LIMIT_S = 900.0
MEMORY_LIMIT_MIB = 3072
MAX_OUTPUT_BYTES = 256 * 1024 * 1024
_NICE = 10
_LONGEST_LINE_BYTES = 4096
_ELF = b"\x7fELF"
_STEP = re.compile(r"(\d{1,3}) => (.{1,200})", re.ASCII)
#: What a C++ program says when memory or a thread's stack could not be had.
_OUT_OF_MEMORY = re.compile(r"bad_alloc|Resource temporarily unavailable|Cannot allocate memory")
#: Lines of a slicer that are not about the job.
_NOISE = re.compile(r"Initializing StaticPrintConfigs|^-s |GNU (Affero )?General Public License")


@dataclass(frozen=True, kw_only=True)
class Output:
    """The job as written, or empty with the reason among ``findings``; what went to stderr."""

    gcode: bytes
    messages: str
    findings: tuple[Finding, ...]


def find_program(engine: Engine) -> str:
    """Path of the slicer; :class:`ToolError` says how to get it."""
    found = shutil.which(engine.program)
    if found is None:
        raise ToolError(
            f"{engine.program} is not installed; on Debian: sudo apt-get install {engine.package}"
        )
    return found


#: Versions that were asked for, by what tells one program from any other.
_asked: dict[tuple[str, int, int, int, int, int], str] = {}


def ask_version(engine: Engine) -> str:
    """Version as the slicer prints it, for example ``2.5.0+UNKNOWN``.

    A program that is still the same file is not asked again: PrusaSlicer takes as long to say it
    as a small model to be examined.
    """
    program = find_program(engine)
    file = _file_of(program)
    version = _asked.get(file) if file is not None else None
    if version is None:
        version = _ask(engine, program)
        # Not where it was replaced meanwhile: nobody knows which of the two has answered.
        if file is not None and file == _file_of(program):
            _asked[file] = version
    return version


def _file_of(program: str) -> tuple[str, int, int, int, int, int] | None:
    """Path, device, inode, size and times of a compiled program; None for anything else.

    A script, or a link to a program of another name (snap, an AppImage), may start another version
    tomorrow and still be the same file.
    """
    path = os.path.realpath(program)
    if os.path.basename(path) != os.path.basename(program):
        return None
    try:
        with open(path, "rb") as opened:
            if opened.read(len(_ELF)) != _ELF:
                return None
            seen = os.fstat(opened.fileno())
    except OSError:
        return None
    return path, seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def _ask(engine: Engine, program: str) -> str:
    with tempfile.TemporaryDirectory(prefix="mdps-slicer-") as folder:
        try:
            done = subprocess.run(
                [program, *engine.version_arguments],
                capture_output=True,
                timeout=60,
                env=_environment(Path(folder)),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as fault:
            raise ToolError(f"{program} could not be run: {fault}") from None
    match = engine.version_in.search((done.stdout + done.stderr).decode("utf-8", "replace"))
    if match is None:
        asked = " ".join((engine.program, *engine.version_arguments))
        raise ToolError(f"{asked} does not say its version")
    return match[1]


def run_engine(
    engine: Engine,
    placed_stl: bytes,
    files: Mapping[str, bytes],
    progress: Progress,
    time_limit_s: float,
    memory_limit_mib: int,
) -> Output:
    """Run the slicer on ``placed_stl`` with ``files`` beside it; nothing else can be read there."""
    program = find_program(engine)
    with tempfile.TemporaryDirectory(prefix="mdps-slicer-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "model.stl").write_bytes(placed_stl)
        for file, data in files.items():
            (folder / file).write_bytes(data)
        command = [program, *engine.arguments]
        with (folder / "messages").open("wb") as errors:
            starting = one_cpu() if engine.one_thread else contextlib.nullcontext()
            status = _wait(
                command, folder, errors, progress, time_limit_s, memory_limit_mib, starting
            )
        messages = _messages(folder / "messages")
        if status is None:
            late = Finding(kind=codes.TOO_SLOW, measured=time_limit_s, limit=time_limit_s, unit="s")
            return Output(gcode=b"", messages=messages, findings=(late,))
        if status != 0 and _OUT_OF_MEMORY.search(messages):
            large = Finding(kind=codes.TOO_MUCH_MEMORY, limit=memory_limit_mib, unit="MiB")
            return Output(gcode=b"", messages=messages, findings=(large,))
        return _collect(folder / "job.gcode", status, messages)


def no_job(observed: str) -> Finding:
    """The finding for output that is missing or not whole."""
    shown = "".join(character if character.isprintable() else " " for character in observed)
    return Finding(kind=codes.NO_JOB, measured=shown.rstrip("."), limit="a whole job file")


def _environment(folder: Path) -> dict[str, str]:
    """No configuration of the user, no display, one language, numbers with a point."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_CACHE_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


def _wait(
    command: list[str],
    folder: Path,
    errors: IO[bytes],
    progress: Progress,
    time_limit_s: float,
    memory_limit_mib: int,
    starting: contextlib.AbstractContextManager[None],
) -> int | None:
    """Exit status, or None where the time limit ended it. Leaves no process behind."""
    try:
        with starting:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                # Its session stays that of whoever runs it, so that it can be found and ended.
                process_group=0,
            )
    except OSError as fault:
        raise ToolError(f"{command[0]} could not be run: {fault}") from None
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(time_limit_s, stop)
    timer.start()
    try:
        _limit(process.pid, memory_limit_mib)
        assert process.stdout is not None  # noqa: S101 - asked for above
        while line := process.stdout.readline(_LONGEST_LINE_BYTES):
            match = _STEP.search(line.decode("utf-8", "replace"))
            if match is not None:
                progress(min(int(match[1]), 100), match[2].strip())
        process.stdout.close()
        status = process.wait()
    finally:
        timer.cancel()
        _kill(process)
        process.wait()
    return None if late.is_set() else status


def _limit(pid: int, memory_limit_mib: int) -> None:
    """Memory of its own and size of a file (setrlimit(2)), and behind the gate in the scheduler.

    A file that reaches one byte more than a job may have ends the slicer, before the disk is full.

    Set from outside: nothing may run between fork and exec in a process with threads. The few
    milliseconds before are spent loading libraries.
    """
    size = memory_limit_mib * 1024 * 1024
    with contextlib.suppress(OSError):
        resource.prlimit(pid, resource.RLIMIT_DATA, (size, size))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES + 1, MAX_OUTPUT_BYTES + 1))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
        os.setpriority(os.PRIO_PROCESS, pid, _NICE)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Its whole group, so that nothing it started outlives it; never a number used again."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _messages(path: Path) -> str:
    text = path.read_bytes()[-16_000:].decode("utf-8", "replace")
    lines = (line for line in text.splitlines() if _NOISE.search(line) is None)
    return "\n".join(line for line in lines if line.strip())


def _collect(output: Path, status: int, messages: str) -> Output:
    said = messages.splitlines()[-1][:200] if messages else f"exit status {status}"
    try:
        size = output.stat().st_size
    except OSError:
        size = 0
    if size > MAX_OUTPUT_BYTES:
        found = no_job(f"a job above {MAX_OUTPUT_BYTES} bytes")
        return Output(gcode=b"", messages=messages, findings=(found,))
    if status != 0 or size == 0:
        return Output(gcode=b"", messages=messages, findings=(no_job(said),))
    return Output(gcode=output.read_bytes(), messages=messages, findings=())
