"""What the pages say of code and machine is so: commands run, formats parse, tables are whole."""

from __future__ import annotations

import configparser
import dataclasses
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mdps_plugin.audit.note import LogSigner
from mdps_plugin.build.lifecycle import BuildState, OrderState
from mdps_plugin.build.people import Role
from mdps_plugin.build.states import KNOWN_KINDS
from mdps_plugin.canonical import read_json
from mdps_plugin.cli.main import build_parser, main
from mdps_plugin.controller import config, verbs_build, verbs_part, verbs_recipes, verbs_site
from mdps_plugin.controller.accounts import ROLES, hash_password, parse_people, password_matches
from mdps_plugin.controller.verbs_read import readers
from mdps_plugin.octoprint_host.provision import GROUPS
from simulator.options import build_parser as build_simulator_parser

from .pages import DOCS, ROOT, fenced, pages, text

COMMAND = re.compile(r"^(?:\.venv/bin/|/opt/mdps/bin/)?mdps (?P<rest>[^\n]+)$", re.M)
ARCHITECTURE = text(DOCS / "architecture.md")
OPERATIONS = text(DOCS / "operations.md")
README = text(ROOT / "README.md")
RUNNABLE = (
    "recipe verify mask-extender",
    "check --recipe mask-extender validated_recipes/mask-extender/1/job.gcode",
)


def section(page: str, head: str) -> str:
    """From a heading to the next one of its level or above."""
    level = head.split(" ", 1)[0]
    body = page.split(f"\n{head}\n", 1)[1]
    return re.split(rf"^#{{1,{len(level)}}} ", body, maxsplit=1, flags=re.M)[0]


def commands() -> list[tuple[str, str]]:
    """(page, arguments) of every whole ``mdps`` command in a block of code."""
    found = []
    for page in pages():
        for block in re.findall(r"^```\w*\n(.*?)^```$", text(page), re.M | re.S):
            for match in COMMAND.finditer(re.sub(r"\\\n *", "", block)):
                # A form with brackets is a pattern of commands, no command.
                if not re.search(r"[\[\]…|]", match["rest"]):
                    found.append((page.name, re.split("  | # | > ", match["rest"])[0]))
    return found


def test_commands_on_the_pages_are_commands() -> None:
    found = commands()
    assert len(found) >= 6
    for page, rest in found:
        words = shlex.split(rest)
        parser = build_parser()
        if words[0] == "simulate":
            parser, words = build_simulator_parser(), words[1:]
        try:
            parser.parse_args(words)
        except SystemExit:
            pytest.fail(f"{page}: mdps {rest}")


@pytest.mark.parametrize("rest", RUNNABLE)
def test_commands_of_the_readme_run(rest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f".venv/bin/mdps {rest}\n" in README
    monkeypatch.chdir(ROOT)
    assert main(shlex.split(rest)) == 0


def test_make_targets_of_the_readme_exist() -> None:
    makefile = text(ROOT / "Makefile")
    for target in set(re.findall(r"^make (\w+)", README, re.M)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_packages_of_the_readme_are_those_that_are_installed() -> None:
    setup = text(ROOT / "scripts" / "setup.sh")
    for package in ("mosquitto", "prusa-slicer", "chromium", "poppler-utils", "openssl"):
        assert f"`{package}`" in README
        assert package in setup
    assert "octoprint==1.11.8" in setup
    assert "OctoPrint 1.11.8" in README


def test_the_table_of_verbs_is_that_of_the_controller() -> None:
    # Made for their names only; no shelf is asked for anything.
    table = {
        **readers(None),
        **verbs_recipes.TABLE,
        **verbs_site.TABLE,
        **verbs_build.TABLE,
        **verbs_part.TABLE,
    }
    known = set(table) | {"receive_order", "verify_order", "watch"}
    rows = re.findall(
        r"^\| (`.+?) \| ", section(ARCHITECTURE, "## Socket API of the controller"), re.M
    )
    assert {verb for row in rows for verb in re.findall(r"`(\w+)`", row)} == known


def test_the_table_of_entry_kinds_is_that_of_the_fold() -> None:
    listed = re.findall(r"`(\w+)`", section(ARCHITECTURE, "### Entry kinds"))
    assert set(listed) == KNOWN_KINDS
    bodies = re.findall(r"^\| (`.+?) \| ", section(text(DOCS / "states.md"), "## Bodies"), re.M)
    assert {kind for row in bodies for kind in re.findall(r"`(\w+)`", row)} == KNOWN_KINDS


def test_every_room_and_its_prefix_is_in_the_table() -> None:
    rooms = {
        path.name for path in (ROOT / "mdps_plugin").iterdir() if (path / "__init__.py").exists()
    }
    table = section(ARCHITECTURE, "## Rooms (imports point down only; `lint-imports` keeps it so)")
    assert {room for room in rooms if f"`{room}/`" not in table} == set()


def test_cell_json_of_the_page_is_read_and_every_key_is_explained() -> None:
    documents = [json.loads(block) for block in fenced(DOCS / "operations.md", "json")]
    cell = next(one for one in documents if one["schema"] == config.SCHEMA)
    parsed = config.parse_config(read_json(json.dumps(cell).encode(), "page"), "page")
    assert not parsed.demonstration
    table = section(OPERATIONS, "## cell.json")
    explained = set(
        re.findall(r"`([a-z_.\[\]]+)`", "".join(re.findall(r"^\| (`.+?) \|", table, re.M)))
    )
    assert explained == _keys(cell)
    fields = {field.name for field in dataclasses.fields(config.CellConfig)}
    assert fields | {"schema"} == set(cell)


def _keys(value: dict[str, object], above: str = "") -> set[str]:
    names: set[str] = set()
    for key, inner in value.items():
        name = f"{above}{key}"
        if isinstance(inner, dict):
            names |= _keys(inner, f"{name}.") | ({name} if name == "mqtt" else set())
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            names |= _keys(inner[0], f"{name}[].")
        else:
            names.add(name)
    return names


def test_people_json_of_the_page_is_read() -> None:
    block = next(one for one in fenced(DOCS / "operations.md", "json") if "mdps-people/1" in one)
    people = parse_people(read_json(block.encode(), "page"), "page")
    assert not password_matches(people["tina"], "")
    for role in ROLES:
        assert f"`{role}`" in OPERATIONS
    assert {role.value for role in Role} == set(ROLES)


def test_the_key_that_openssl_makes_signs_a_log(tmp_path: Path) -> None:
    line = re.search(r"^openssl .+ -out (\S+)$", OPERATIONS, re.M)
    assert line is not None
    key = tmp_path / "log.pem"
    subprocess.run(
        shlex.split(line[0].replace(line[1], str(key))),
        check=True,
        preexec_fn=lambda: os.umask(0o077),
        capture_output=True,
    )
    assert key.stat().st_mode & 0o077 == 0
    signer = LogSigner.from_pem(key.read_bytes(), "page")
    assert signer.vkey("st-example.example/printer-7/audit/1").startswith("st-example.example")


def test_the_line_that_hashes_a_password_names_what_there_is() -> None:
    line = re.search(r'python -c "(import getpass; .+)"', OPERATIONS)
    assert line is not None
    code = line[1].replace("getpass.getpass()", "'four-random-words-here'")
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.startswith("$argon2id$")
    assert hash_password("a").split("$")[:3] == done.stdout.split("$")[:3]


def test_the_unit_keeps_what_its_notes_say() -> None:
    unit = configparser.ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str
    unit.read_string(fenced(DOCS / "operations.md", "ini")[0])
    service = unit["Service"]
    assert (service["KillMode"], service["UMask"]) == ("control-group", "0077")
    assert int(service["TimeoutStopSec"]) > 2 * 8
    assert "PrivateDevices" not in service
    words = shlex.split(service["ExecStart"])
    assert build_parser().parse_args(words[1:]).command == "controller"


def test_groups_of_octoprint_are_those_of_the_roles() -> None:
    assert len(GROUPS) == len(ROLES)


def test_the_glossary_has_every_state_and_role() -> None:
    page = text(DOCS / "glossary.md")
    for state in (*OrderState, *BuildState):
        assert f"*{state.word}*" in page, state
    for role in Role:
        assert f"| {role.word} |" in page, role
    words = re.findall(r"^\| ([^|]+?) \|", page, re.M)
    twice = {word for word in words if words.count(word) > 1} - {"word", "---"}
    assert twice == set()
