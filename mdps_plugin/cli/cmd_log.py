"""``mdps log verify|show|export``: look at an audit log. Converts only; changes no log."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from ..audit.entry import Entry, parse_entry
from ..audit.export_format import CheckpointNote, EntryBytes
from ..audit.export_store import write_export
from ..audit.log_store import read_items, read_keys
from ..audit.note import parse_vkey
from ..audit.verify import NOT_COVERED, LogReport, verify_log
from ..canonical import Json
from ..errors import UsageFault
from .output import add_json_flag, complain, print_finding, print_json, progress


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``log`` with its three commands."""
    log = subparsers.add_parser("log", help="verify, show or export an audit log")
    commands = log.add_subparsers(dest="log_command", metavar="COMMAND", required=True)

    verify = commands.add_parser(
        "verify", help="find any changed, missing, reordered or unsigned entry, checkpoint, record"
    )
    verify.add_argument("log", type=Path, metavar="LOG", help="an audit store or an exported log")
    verify.add_argument(
        "--keys", type=Path, metavar="KEYS", help="file or folder of the key lines you vouch for"
    )
    verify.add_argument(
        "--record",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a record to check; records/ and documents/ beside an export are checked anyway",
    )
    add_json_flag(verify)
    verify.set_defaults(run=run_verify)

    show = commands.add_parser("show", help="print the entries of a log, without verifying it")
    show.add_argument("log", type=Path, metavar="LOG", help="an audit store or an exported log")
    show.add_argument("--kind", metavar="KIND", help="only entries of this kind")
    show.add_argument("--build", metavar="BUILD", help="only entries of this build")
    add_json_flag(show)
    show.set_defaults(run=run_show)

    export = commands.add_parser("export", help="write a log as lines of JSON, if it holds")
    export.add_argument("log", type=Path, metavar="STORE", help="an audit store")
    export.add_argument("out", type=Path, metavar="OUT", help="the file to write")
    add_json_flag(export)
    export.set_defaults(run=run_export)


def run_verify(arguments: argparse.Namespace) -> int:
    """0 if all of it holds, 1 if not."""
    keys = None
    if arguments.keys is not None:
        keys = [key.text() for key in read_keys(arguments.keys)]
    report = verify_log(arguments.log, keys, arguments.record, _progress)
    progress("")
    if arguments.json:
        print_json(report.to_json())
    else:
        _print_report(report)
    return 0 if report.ok else 1


def _progress(index: int) -> None:
    progress(f"checking entry {index}")


def _print_report(report: LogReport) -> None:
    counts = f"{report.entries} entries, {report.checkpoints} checkpoints"
    if report.ok:
        print(f"The log holds: {counts}, {report.records_checked} records.")
        print(f"    origin   {report.origin}")
        print(f"    root     {report.root}")
        print(f"    records  {report.records}")
    else:
        where = f" at entry {report.first_bad}" if report.first_bad is not None else ""
        print(f"The log does not hold{where}, {report.place}. Up to there: {counts}.")
    for finding in report.findings:
        print_finding(finding)
    if report.notice is not None:
        print_finding(report.notice)
    print(f"Not covered: {NOT_COVERED}")


def run_show(arguments: argparse.Namespace) -> int:
    """0; status 1 where an entry cannot be read, after those before it were printed."""
    chosen = (
        entry
        for entry in _entries(arguments.log)
        if arguments.kind in (None, entry.kind)
        and arguments.build in (None, entry.body.get("build_id"))
    )
    complain("shown as it lies; 'mdps log verify' says whether it holds")
    if arguments.json:
        shown: list[Json] = [entry.to_json() for entry in chosen]
        print_json({"entries": shown})
        return 0
    for entry in chosen:
        # Plain ASCII, so that nothing in a log can steer a terminal.
        print(f"{entry.index:>6}  {entry.time}  {entry.kind}  {json.dumps(entry.body)}")
    return 0


def _entries(path: Path) -> Iterator[Entry]:
    for item in read_items(path):
        if isinstance(item, EntryBytes):
            yield parse_entry(item.data, f"{path}: {item.place}")


def run_export(arguments: argparse.Namespace) -> int:
    """0 when written; 1, and nothing written, for a log that does not hold."""
    if not arguments.out.parent.is_dir():
        raise UsageFault(f"{arguments.out}: cannot be written: no such folder")
    if arguments.out.exists():
        raise UsageFault(f"{arguments.out}: exists already. Name a file that does not")
    report = verify_log(arguments.log, None, [], _progress)
    progress("")
    if not report.ok or report.key is None:
        _print_report(report)
        complain(f"{arguments.out}: not written")
        return 1
    notes: list[str] = []
    datas: list[bytes] = []
    for item in read_items(arguments.log):
        if isinstance(item, CheckpointNote):
            notes.append(item.note)
        elif isinstance(item, EntryBytes):
            datas.append(item.data)
    write_export(
        arguments.out,
        parse_vkey(report.key, str(arguments.log)),
        notes[0],
        zip(datas, notes[1:], strict=True),
    )
    if arguments.json:
        print_json({"out": str(arguments.out), "entries": len(datas), "origin": report.origin})
    else:
        print(f"{arguments.out}: {len(datas)} entries of {report.origin}")
    return 0
