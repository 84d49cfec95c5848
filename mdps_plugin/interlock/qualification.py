"""Is the connected printer the one of the profile? Compares; asks nobody.

:class:`PrinterSnapshot` is what the printer said of itself in its answers to M115 and M503,
and to the questions for speed and flow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..canonical import Json, digest_of
from ..findings import CheckRun, Finding, FindingKind, Verdict, Where
from . import codes
from .factors import NAMES
from .profile import FirmwareProfile
from .replies import read_reply

CHECKS = (
    *("printer connected", "firmware", "machine type", "capabilities", "stored settings"),
    "speed and flow",
)

_NAME = re.compile(r"FIRMWARE_NAME:(.*?)(?= [A-Z][A-Z_]+:|$)")
_MACHINE = re.compile(r"MACHINE_TYPE:(.*?)(?= [A-Z][A-Z_]+:|$)")
_UUID = re.compile(r"UUID:([0-9A-Za-z-]{1,64})")
_CAPABILITY = re.compile(r"Cap:([A-Z0-9_]{1,40}):([01])")
_SETTING = re.compile(r"echo:\s*([GM]\d+(?:\s[^;]*)?)(?:;.*)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class PrinterSnapshot:
    """What the printer said. ``settings`` are the stored settings, one command each; ``factors``
    the questions for speed and flow that it answered, whatever the percentage: a job sets its own.
    """

    connected: bool
    firmware_name: str
    machine_type: str
    uuid: str | None
    capabilities: Mapping[str, bool]
    settings: tuple[str, ...]
    factors: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """For the log; ``digest`` covers all that was said, so that a change shows."""
        body: dict[str, Json] = {
            "connected": self.connected,
            "firmware_name": self.firmware_name,
            "machine_type": self.machine_type,
            "uuid": self.uuid,
            "capabilities": dict(sorted(self.capabilities.items())),
            "settings": list(self.settings),
            "factors": list(self.factors),
        }
        return {**body, "digest": digest_of(body)}


NO_PRINTER = PrinterSnapshot(
    connected=False,
    firmware_name="",
    machine_type="",
    uuid=None,
    capabilities={},
    settings=(),
    factors=(),
)


def read_snapshot(lines: Iterable[str]) -> PrinterSnapshot:
    """Read the printer's answers; what is missing stays empty."""
    name = machine = ""
    uuid: str | None = None
    capabilities: dict[str, bool] = {}
    settings: list[str] = []
    factors: set[str] = set()
    for line in lines:
        capability = _CAPABILITY.fullmatch(line)
        setting = _SETTING.fullmatch(line)
        question = read_reply(line.encode("latin-1", "replace")).question
        if question is not None:
            factors.add(question)
        elif capability is not None:
            capabilities[capability[1]] = capability[2] == "1"
        elif setting is not None:
            settings.append(" ".join(setting[1].split()))
        elif line.startswith("FIRMWARE_NAME:"):
            found = [pattern.search(line) for pattern in (_NAME, _MACHINE, _UUID)]
            name, machine, identity = (match[1].strip() if match else "" for match in found)
            uuid = identity or None
    return PrinterSnapshot(
        connected=bool(name),
        firmware_name=name,
        machine_type=machine,
        uuid=uuid,
        capabilities=capabilities,
        settings=tuple(settings),
        factors=tuple(sorted(factors)),
    )


def qualify(snapshot: PrinterSnapshot, profile: FirmwareProfile) -> Verdict:
    """Findings where the printer is not what the profile says."""
    findings: list[Finding] = []
    if not snapshot.connected:
        findings.append(Finding(kind=codes.NOT_CONNECTED))
        checks = [CheckRun(name=name, ran=name == CHECKS[0]) for name in CHECKS]
        return Verdict(findings=tuple(findings), checks=tuple(checks), required=frozenset(CHECKS))
    if profile.firmware_name.fullmatch(snapshot.firmware_name) is None:
        findings.append(_finding(codes.FIRMWARE, snapshot.firmware_name, profile.title))
    if snapshot.machine_type != profile.machine_type:
        findings.append(_finding(codes.MACHINE, snapshot.machine_type, profile.machine_type))
    for capability in profile.capabilities:
        if not snapshot.capabilities.get(capability, False):
            findings.append(
                _finding(codes.CAPABILITY, f"{capability} is off or unknown", f"{capability} on")
            )
    for required in profile.settings:
        if any(required.pattern.fullmatch(setting) for setting in snapshot.settings):
            continue
        word = required.allowed.split(" ", 1)[0]
        seen = [s for s in snapshot.settings if s.split(" ", 1)[0] == word]
        findings.append(
            Finding(
                kind=codes.SETTING,
                where=Where(path=word),
                measured=seen[0] if seen else "not reported",
                limit=required.allowed,
                facts={"name": required.name},
            )
        )
    ran = CHECKS if profile.factors else CHECKS[:-1]
    for question in profile.factors:
        if question not in snapshot.factors:
            name = NAMES[question]
            findings.append(
                Finding(
                    kind=codes.FACTOR,
                    where=Where(path=question),
                    measured=f"{question}: no percentage",
                    limit=f"{question}: a percentage",
                    facts={"name": name},
                )
            )
    return Verdict(
        findings=tuple(findings),
        checks=tuple(CheckRun(name=name, ran=name in ran) for name in CHECKS),
        required=frozenset(ran),
    )


def _finding(kind: FindingKind, measured: str, limit: str) -> Finding:
    return Finding(kind=kind, measured=measured or "nothing", limit=limit)
