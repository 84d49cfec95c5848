"""How commands speak: results to stdout, messages to stderr, ``--json`` for machines.

Also the two ways every command takes files: :func:`read_file` ends with status 2 where a file
cannot be opened, and :func:`progress` writes to a terminal only.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from ..canonical import Json
from ..errors import DocumentError, MdpsError, UsageFault
from ..findings import Finding


def add_json_flag(parser: argparse.ArgumentParser) -> None:
    """``--json``: the result as one JSON object on stdout."""
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def print_json(value: Json) -> None:
    """One JSON object on stdout, keys in order of meaning."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def complain(text: str) -> None:
    """One line to stderr."""
    print(f"mdps: {text}", file=sys.stderr)


def print_error(kind: str, fault: MdpsError, as_json: bool) -> None:
    """An error as text, or as JSON with place, observed and allowed kept apart."""
    if as_json:
        body: dict[str, Json] = {"kind": kind, "message": str(fault)}
        if isinstance(fault, DocumentError):
            body.update(
                source=fault.source,
                path=fault.path,
                observed=fault.observed,
                allowed=fault.allowed,
            )
        print_json({"error": body})
    complain(str(fault))


def _place(finding: Finding) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in finding.where.to_json().items() if value is not None
    )


def print_grouped(findings: Iterable[Finding]) -> None:
    """Findings on stdout, those that differ only in what was seen under one head, in first order.

    A draft has the same gap in many places: said once, with every place.
    """
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.code, finding.title(), finding.allowed(), finding.next_step())
        groups.setdefault(key, []).append(finding)
    for (code, title, allowed, next_step), group in groups.items():
        if len(group) == 1:
            print_finding(group[0])
            continue
        print(f"{code} [{group[0].kind.severity.value}] {title} ({len(group)} places)")
        for finding in group:
            path = finding.where.path or ""
            place = "" if path and path in finding.observed() else _place(finding)
            print(f"    observed {finding.observed()}{f' ({place})' if place else ''}")
        print(f"    allowed  {allowed}")
        print(f"    next     {next_step}")


def print_finding(finding: Finding) -> None:
    """The four lines of one finding on stdout."""
    place = _place(finding)
    print(f"{finding.code} [{finding.kind.severity.value}] {finding.title()}")
    if place:
        print(f"    where    {place}")
    print(f"    observed {finding.observed()}")
    print(f"    allowed  {finding.allowed()}")
    print(f"    next     {finding.next_step()}")


def read_file(path: Path) -> bytes:
    """Bytes of a file named by the user; :class:`UsageFault` where it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None


def progress(text: str) -> None:
    """Show what is going on, on a terminal only; overwrites its own line."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
