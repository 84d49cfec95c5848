"""The real slicer as a process: files in a private folder, limits, what it wrote. Judges little.

Its exit status is no check: PrusaSlicer 2.5.0 ends with 0 on open and inverted meshes and skips
settings that it does not know. What counts is that its output is whole and lists every signed
setting as signed (``settings.py``); the job itself is examined later, in the room ``toolpath``.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ..errors import ToolError
from ..findings import CheckRun, Finding, Verdict, Where
from . import codes
from .settings import compare_settings, judge_settings, parse_settings, used_settings

Progress = Callable[[int, str], None]

PROGRAM = "prusa-slicer"
NAME = "PrusaSlicer"
TIME_LIMIT_S = 900.0
MAX_OUTPUT_BYTES = 256 * 1024 * 1024
_NICE = 10
_CHECKS = frozenset({"slicer", "slicer_settings", "slicer_output", "slicer_used_settings"})
_VERSION = re.compile(r"PrusaSlicer-([0-9][^\s]{0,40})")
_STEP = re.compile(r"(\d{1,3}) => (.{1,200})")


@dataclass(frozen=True, kw_only=True)
class Sliced:
    """What the slicer made. ``gcode`` is empty unless ``verdict.accepted``.

    ``version`` is what the slicer calls itself, ``messages`` what it wrote to stderr.
    """

    gcode: bytes
    version: str
    seconds: float
    messages: str
    verdict: Verdict


def ignore_progress(percent: int, step: str) -> None:
    """For callers that show nothing."""


def find_slicer() -> str:
    """Path of the slicer; :class:`ToolError` says how to get it."""
    found = shutil.which(PROGRAM)
    if found is None:
        raise ToolError(f"{PROGRAM} is not installed; on Debian: sudo apt-get install {PROGRAM}")
    return found


def slicer_version() -> str:
    """Version as the slicer prints it, for example ``2.5.0+UNKNOWN``."""
    program = find_slicer()
    with tempfile.TemporaryDirectory(prefix="mdps-slicer-") as folder:
        try:
            done = subprocess.run(
                [program, "--help"],
                capture_output=True,
                timeout=60,
                env=_environment(Path(folder)),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as fault:
            raise ToolError(f"{program} could not be run: {fault}") from None
    match = _VERSION.search(done.stdout.decode("utf-8", "replace"))
    if match is None:
        raise ToolError(f"{program} --help does not say its version")
    return match[1]


def version_findings(slicer: str, allowed: str, installed: str) -> tuple[Finding, ...]:
    """The recipe's slicer and version range (PEP 440) against what is installed."""
    where = Where(path="validated_with.slicer")
    if re.sub(r"[\s_-]", "", slicer).lower() != NAME.lower():
        return (Finding(kind=codes.WRONG_SLICER, where=where, measured=NAME, limit=slicer),)
    try:
        fits = SpecifierSet(allowed).contains(Version(installed), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        fits = False
    if fits:
        return ()
    return (
        Finding(
            kind=codes.WRONG_VERSION,
            where=Where(path="validated_with.slicer_version"),
            measured=installed,
            limit=allowed,
            facts={"slicer": NAME},
        ),
    )


def slice_model(
    placed_stl: bytes,
    settings: bytes,
    slicer: str,
    version: str,
    progress: Progress = ignore_progress,
    *,
    compared: bool = False,
    time_limit_s: float = TIME_LIMIT_S,
) -> Sliced:
    """Slice ``placed_stl``, where it lies, under exactly ``settings``.

    ``slicer`` and ``version`` are the recipe's ``validated_with``; ``compared`` says that its
    ring B slices a second time. :class:`ToolError` where the slicer cannot be run at all;
    everything else that is wrong is a finding of ``Sliced.verdict``.
    """
    started = time.monotonic()
    installed = slicer_version()
    ran = {"slicer", "slicer_settings"}
    judged = judge_settings(settings, "slicer settings", compared)
    findings = [*version_findings(slicer, version, installed), *judged.findings]
    gcode, messages = b"", ""
    if not any(finding.refuses for finding in findings):
        run = _run(placed_stl, settings, progress, time_limit_s)
        ran.add("slicer_output")
        gcode, messages = run.gcode, run.messages
        findings.extend(run.findings)
        used = used_settings(gcode)
        if used is not None:
            ran.add("slicer_used_settings")
            findings.extend(compare_settings(parse_settings(settings, "slicer settings"), used))
        elif not run.findings:
            findings.append(_no_job("the output ends early"))
    verdict = Verdict(
        findings=tuple(findings),
        checks=tuple(CheckRun(name=name, ran=name in ran) for name in sorted(_CHECKS)),
        required=_CHECKS,
    )
    return Sliced(
        gcode=gcode if verdict.accepted else b"",
        version=installed,
        seconds=time.monotonic() - started,
        messages=messages,
        verdict=verdict,
    )


@dataclass(frozen=True, kw_only=True)
class _Run:
    gcode: bytes
    messages: str
    findings: tuple[Finding, ...]


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


def _run(placed_stl: bytes, settings: bytes, progress: Progress, time_limit_s: float) -> _Run:
    program = find_slicer()
    with tempfile.TemporaryDirectory(prefix="mdps-slicer-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "model.stl").write_bytes(placed_stl)
        (folder / "settings.ini").write_bytes(settings)
        command = [
            program,
            *("--datadir", str(folder / "data")),
            *("--load", "settings.ini"),
            *("--config-compatibility", "disable"),
            *("--loglevel", "2"),
            "--dont-arrange",
            *("--output", "job.gcode"),
            "--export-gcode",
            "model.stl",
        ]
        with (folder / "messages").open("wb") as errors:
            status = _wait(command, folder, errors, progress, time_limit_s)
        messages = _messages(folder / "messages")
        if status is None:
            late = Finding(kind=codes.TOO_SLOW, measured=time_limit_s, limit=time_limit_s, unit="s")
            return _Run(gcode=b"", messages=messages, findings=(late,))
        return _collect(folder / "job.gcode", status, messages)


def _wait(
    command: list[str], folder: Path, errors: IO[bytes], progress: Progress, time_limit_s: float
) -> int | None:
    """Exit status, or None where the time limit ended it. Leaves no process behind."""
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
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
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        assert process.stdout is not None  # noqa: S101 - asked for three lines above
        for line in process.stdout:
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


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Its whole group, so that nothing it started outlives it; never a number used again."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _messages(path: Path) -> str:
    text = path.read_bytes()[-16_000:].decode("utf-8", "replace")
    lines = (line for line in text.splitlines() if "Initializing StaticPrintConfigs" not in line)
    return "\n".join(line for line in lines if line.strip())


def _collect(output: Path, status: int, messages: str) -> _Run:
    said = messages.splitlines()[-1][:200] if messages else f"exit status {status}"
    try:
        size = output.stat().st_size
    except OSError:
        size = 0
    if status != 0 or size == 0:
        return _Run(gcode=b"", messages=messages, findings=(_no_job(said),))
    if size > MAX_OUTPUT_BYTES:
        found = _no_job(f"a job of {size} bytes, above {MAX_OUTPUT_BYTES} bytes")
        return _Run(gcode=b"", messages=messages, findings=(found,))
    return _Run(gcode=output.read_bytes(), messages=messages, findings=())


def _no_job(observed: str) -> Finding:
    shown = "".join(character if character.isprintable() else " " for character in observed)
    return Finding(kind=codes.NO_JOB, measured=shown.rstrip("."), limit="a whole job file")
