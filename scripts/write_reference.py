"""Writes findings.md, cli.md, recipe-fields.md and recipe.schema.json of docs/ from the code."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import mdps_plugin
from mdps_plugin.authoring.reference import complete_document, reference
from mdps_plugin.authoring.schema import schema_text
from mdps_plugin.cli.main import build_parser
from mdps_plugin.findings import FindingKind, Severity
from simulator.options import build_parser as build_simulator_parser

DOCS = Path(__file__).parents[1] / "docs"
WRITTEN_BY = "Written by `python scripts/write_reference.py`; a test holds it against the code."

WEIGHT = {
    Severity.REFUSE: "refuses",
    Severity.WARN: "warns, stops nothing",
    Severity.NOTE: "note",
}

FINDINGS_HEAD = f"""# Findings

Every sentence with which the controller says no, warns or notes.
{WRITTEN_BY}

Screen, command line, log and PDF show the same four lines: what is not possible, what was
observed, what is allowed, what to do now. A name in braces is filled in where it happens:
`{{measured}}` is what was found, `{{limit}}` what the rule says, `{{unit}}` the unit, and
`{{line}}`, `{{layer}}`, `{{x}}`, `{{y}}`, `{{z}}`, `{{path}}` the place. A value that is not known
is shown as `?`. "Row 4" is a row of [clauses.md](clauses.md). A code keeps its meaning for ever;
one that is given up is not used again.

Only a finding that refuses stops anything, and nobody at the site can override one.
"""

CLI_HEAD = f"""# Commands

{WRITTEN_BY}

`make demo` and `make test` leave the program at `.venv/bin/mdps`. Results go to stdout, messages
and progress to stderr. With `--json` the result is one JSON object.

| exit status | meaning |
|---|---|
| 0 | done, accepted, or it holds |
| 1 | a rule said no; the findings say why |
| 2 | wrong usage, or a file that cannot be opened |
| 3 | the environment failed: disk, device, broker, slicer, a process |

Any readable file given as G-code, model, recipe or log ends with 0 or 1, whatever its bytes.
"""

OTHER_PROGRAMS = (
    ("mdps_plugin.authoring.make_examples", "makes and signs the shipped recipes anew"),
    (
        "mdps_plugin.authoring.make_refusals",
        "writes the refusal fixtures ([refusal-fixtures.md](refusal-fixtures.md))",
    ),
    ("mdps_plugin.authoring.reference", "prints [recipe-fields.md](recipe-fields.md)"),
    ("mdps_plugin.authoring.schema", "prints [recipe.schema.json](recipe.schema.json)"),
    (
        "mdps_plugin.octoprint_host.provision",
        "writes OctoPrint's settings, groups and users ([operations.md](operations.md))",
    ),
    (
        "mdps_plugin.interlock.watchdog_link",
        "the watchdog ([ADR 0006](adr/0006-watchdog.md)); the controller starts it, nobody else",
    ),
    ("simulator", "what `mdps simulate` becomes"),
)
SCRIPTS = (
    (
        "scripts/write_reference.py",
        "this page, [findings.md](findings.md), [recipe-fields.md](recipe-fields.md)",
    ),
    ("scripts/write_asyncapi.py", "[asyncapi.yaml](asyncapi.yaml)"),
)


def kinds_by_room() -> dict[str, list[FindingKind]]:
    """Every kind of every room, by the room's name, in the order of its code."""
    rooms: dict[str, dict[str, FindingKind]] = {}
    for info in pkgutil.walk_packages(mdps_plugin.__path__, "mdps_plugin."):
        room, _, module = info.name.removeprefix("mdps_plugin.").partition(".")
        if module == "codes" or module.startswith("codes_"):
            for kind in vars(importlib.import_module(info.name)).values():
                if isinstance(kind, FindingKind):
                    rooms.setdefault(room, {})[kind.code] = kind
    return {
        room: sorted(kinds.values(), key=lambda kind: kind.code)
        for room, kinds in sorted(rooms.items())
    }


def findings_page() -> str:
    """The text of docs/findings.md."""
    rooms = kinds_by_room()
    lines = [FINDINGS_HEAD, "| room | codes |", "|---|---|"]
    for room, kinds in rooms.items():
        lines.append(f"| [{room}](#{room}) | {kinds[0].code} to {kinds[-1].code} |")
    for room, kinds in rooms.items():
        lines += ["", f"## {room}"]
        for kind in kinds:
            lines += ["", f"### {kind.code}: {kind.title}", ""]
            lines.append(f"{WEIGHT[kind.severity]} · {kind.who} · {kind.clause}")
            lines += ["", f"- Observed: {kind.observed}", f"- Allowed: {kind.allowed}"]
            lines.append(f"- Next step: {kind.next_step}")
    return "\n".join(lines) + "\n"


def commands(
    parser: argparse.ArgumentParser, name: str, about: str
) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Every command that does something: its words, its line of help, its parser."""
    nested = [
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    ]
    if not nested:
        yield name, about, parser
    for action in nested:
        helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for word, inner in action.choices.items():
            yield from commands(inner, f"{name} {word}", helps.get(word, ""))


def _argument(action: argparse.Action) -> str:
    metavar = action.metavar or (action.dest if not action.option_strings else action.dest.upper())
    if action.choices is not None and action.metavar is None:
        metavar = " \\| ".join(str(choice) for choice in action.choices)
    if not action.option_strings:
        return f"`{metavar}`"
    names = ", ".join(f"`{name}`" for name in action.option_strings)
    return names if action.nargs == 0 else f"{names} {metavar}"


def _sentence(action: argparse.Action) -> str:
    text = (action.help or "").replace("|", "\\|")
    text = text.replace("see below", "[simulator.md](simulator.md#faults)")
    return text + (" (must be given)" if action.option_strings and action.required else "")


def cli_page() -> str:
    """The text of docs/cli.md. Made from the parsers, not from their help, whose form varies."""
    lines = [CLI_HEAD]
    for name, about, parser in commands(build_parser(), "mdps", ""):
        simulated = name == "mdps simulate"
        shown = build_simulator_parser() if simulated else parser
        lines += [f"## {name}", "", f"{about[:1].upper()}{about[1:]}."]
        if shown.description:
            lines += ["", shown.description]
        if simulated:
            lines += ["", "Faults, conditions and the wire log: [simulator.md](simulator.md)."]
        rows = [action for action in shown._actions if not isinstance(action, argparse._HelpAction)]
        lines += ["", "| argument | meaning |", "|---|---|"]
        lines += [f"| {_argument(action)} | {_sentence(action)} |" for action in rows]
        lines.append("")
    lines += ["## Programs that are not commands", "", "| program | what it does |", "|---|---|"]
    lines += [f"| `python -m {module}` | {what} |" for module, what in OTHER_PROGRAMS]
    lines += [f"| `python {path}` | {what} |" for path, what in SCRIPTS]
    return "\n".join(lines) + "\n"


PAGES = {
    "findings.md": findings_page,
    "cli.md": cli_page,
    "recipe-fields.md": lambda: reference(complete_document()),
    "recipe.schema.json": schema_text,
}

if __name__ == "__main__":
    for page, make in PAGES.items():
        (DOCS / page).write_text(make(), encoding="utf-8")
        print(DOCS / page)
