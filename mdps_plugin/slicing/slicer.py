"""A model sliced by the signed slicer under the signed settings. Judges what came out, a little.

The exit status of a slicer is no check: PrusaSlicer 2.5.0 ends with 0 on open and inverted meshes.
What counts is that its version is signed, that its output is whole and, where it says so, that it
used each setting as signed (``prusa.py``, ``cura.py``). The job itself is examined later, in the
room ``toolpath``. A slicer is given a binary STL and a flat list of settings, never a 3MF: a
project file may carry programs that run on export (CVE-2023-47268).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ..findings import CheckRun, Finding, Verdict, Where
from . import codes
from .engines import find_engine, other_slicer
from .process_link import MEMORY_LIMIT_MIB, TIME_LIMIT_S, Progress, ask_version, no_job, run_engine
from .prusa import PRUSA
from .settings import judge_settings, parse_settings

_CHECKS = frozenset({"slicer", "slicer_settings", "slicer_output", "slicer_used_settings"})


@dataclass(frozen=True, kw_only=True)
class Sliced:
    """What the slicer made. ``gcode`` is empty unless ``verdict.accepted``.

    ``version`` is what the slicer calls itself, empty where it is not run here; ``messages`` what
    it wrote to stderr.
    """

    gcode: bytes
    version: str
    seconds: float
    messages: str
    verdict: Verdict


def ignore_progress(percent: int, step: str) -> None:
    """For callers that show nothing."""


def slicer_version(slicer: str = PRUSA.name) -> str:
    """Version as the slicer prints it, for example ``2.5.0+UNKNOWN``; empty for one not run here.

    :class:`ToolError` where it is not installed or does not say.
    """
    engine = find_engine(slicer)
    return "" if engine is None else ask_version(engine)


def version_findings(slicer: str, allowed: str, installed: str) -> tuple[Finding, ...]:
    """The recipe's slicer and version range (PEP 440) against what is installed."""
    engine = find_engine(slicer)
    if engine is None:
        return (other_slicer(slicer),)
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
            facts={"slicer": engine.name},
        ),
    )


def _is_binary_stl(data: bytes) -> bool:
    """The one form that a slicer is ever handed: CuraEngine makes something of any bytes."""
    return len(data) >= 84 and len(data) == 84 + 50 * int.from_bytes(data[80:84], "little")


def slice_model(
    placed_stl: bytes,
    settings: bytes,
    slicer: str,
    version: str,
    progress: Progress = ignore_progress,
    *,
    compared: bool = False,
    time_limit_s: float = TIME_LIMIT_S,
    memory_limit_mib: int = MEMORY_LIMIT_MIB,
) -> Sliced:
    """Slice ``placed_stl``, where it lies, under exactly ``settings``.

    ``slicer`` and ``version`` are the recipe's ``validated_with``; ``compared`` says that its
    ring B slices a second time. :class:`ToolError` where the slicer cannot be run at all;
    everything else that is wrong is a finding of ``Sliced.verdict``.
    """
    started = time.monotonic()
    engine = find_engine(slicer)
    installed = slicer_version(slicer)
    ran = {"slicer", "slicer_settings"}
    source = "slicer settings"
    judged = judge_settings(settings, source, compared, slicer)
    findings = list(judged.findings)
    if engine is not None:
        findings = [*version_findings(slicer, version, installed), *findings]
    if not _is_binary_stl(placed_stl):
        findings.append(no_job("no model in the form that slicers are given"))
    gcode, messages = b"", ""
    if engine is not None and not any(finding.refuses for finding in findings):
        signed = parse_settings(settings, source)
        files = engine.files(settings, signed)
        made = run_engine(engine, placed_stl, files, progress, time_limit_s, memory_limit_mib)
        ran.add("slicer_output")
        gcode, messages = made.gcode, made.messages
        findings.extend(made.findings)
        differences = engine.output(gcode, signed)
        if differences is not None:
            ran.add("slicer_used_settings")
            findings.extend(differences)
        elif not made.findings:
            findings.append(no_job("the output ends early"))
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
