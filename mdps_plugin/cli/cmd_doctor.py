"""``mdps doctor``: what this machine has, what it lacks, and how to mend it. Changes nothing."""

from __future__ import annotations

import argparse
import importlib.metadata
import shutil
import sqlite3
import sys
from dataclasses import dataclass

from ..canonical import Json
from ..demonstration.programs import find_program
from ..toolpath import kernel_link
from .output import add_json_flag, print_json

PYTHON_FROM, PYTHON_BELOW = (3, 11), (3, 14)
DISK_AT_LEAST_MB = 500


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing looked at. ``needed`` items that are missing give status 3."""

    name: str
    present: bool
    needed: bool
    observed: str
    mend: str

    def to_json(self) -> dict[str, Json]:
        """For ``--json``."""
        return {
            "name": self.name,
            "present": self.present,
            "needed": self.needed,
            "observed": self.observed,
            "mend": "" if self.present else self.mend,
        }


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "doctor", help="say what is missing on this machine and how to mend it"
    )
    add_json_flag(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Look at everything; 0 if nothing that is needed is missing."""
    items = [_python(), _octoprint(), _sqlite(), _disk(), _kernel(), *map(_program, PROGRAMS)]
    whole = all(item.present or not item.needed for item in items)
    if arguments.json:
        print_json({"ok": whole, "items": [item.to_json() for item in items]})
    else:
        for item in items:
            word = "ok     " if item.present else ("MISSING" if item.needed else "without")
            print(f"{word}  {item.name}: {item.observed}")
            if not item.present:
                print(f"         {item.mend}")
    return 0 if whole else 3


#: Debian package, program in it, and what is not possible without.
PROGRAMS = (
    ("prusa-slicer", "prusa-slicer", "recipes that slice with PrusaSlicer cannot be used"),
    ("cura-engine", "CuraEngine", "recipes that slice with CuraEngine cannot be used"),
    ("mosquitto", "mosquitto", "the demonstration keeps its events in the outbox"),
    ("chromium", "chromium", "the browser tests cannot run"),
)


def _program(wanted: tuple[str, str, str]) -> Item:
    name, program, without = wanted
    path = find_program(program)
    return Item(
        name=name,
        present=path is not None,
        needed=False,
        observed=path or f"not found; {without}",
        mend=f"apt-get install {name}",
    )


def _python() -> Item:
    version = sys.version_info[:2]
    return Item(
        name="Python",
        present=PYTHON_FROM <= version < PYTHON_BELOW,
        needed=True,
        observed=sys.version.split()[0],
        mend="use Python 3.11, 3.12 or 3.13",
    )


def _octoprint() -> Item:
    try:
        version = importlib.metadata.version("octoprint")
    except importlib.metadata.PackageNotFoundError:
        version = ""
    return Item(
        name="OctoPrint",
        present=bool(version),
        needed=False,
        observed=version or "not installed beside the controller; the demonstration needs it",
        mend="pip install 'mdps-controller[octoprint]', or make demo",
    )


def _sqlite() -> Item:
    # Rollback journal with one connection only, so that the WAL reset defect of SQLite 3.7.0 to
    # 3.51.2 cannot be met; EXTRA exists since 3.12.
    return Item(
        name="SQLite",
        present=sqlite3.sqlite_version_info >= (3, 12),
        needed=True,
        observed=sqlite3.sqlite_version,
        mend="use a Python with SQLite 3.12 or newer",
    )


def _kernel() -> Item:
    state = kernel_link.state()
    without = f"{state.observed}; jobs are examined by the reference, which takes longer"
    return Item(
        name="kernel of the examiner",
        present=state.used,
        needed=False,
        observed=state.observed if state.used else without,
        mend="install a wheel of the controller for this machine, or a C compiler before pip",
    )


def _disk() -> Item:
    free = shutil.disk_usage(".").free // 1_000_000
    return Item(
        name="disk",
        present=free >= DISK_AT_LEAST_MB,
        needed=True,
        observed=f"{free} MB free here",
        mend=f"make {DISK_AT_LEAST_MB} MB free",
    )
