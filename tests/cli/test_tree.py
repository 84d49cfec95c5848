"""Every command of the tree: one way to say JSON, help, results, messages and statuses."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdps_plugin.cli.main import build_parser, main
from simulator.options import build_parser as build_simulator_parser

MDPS = [sys.executable, "-m", "mdps_plugin.cli.main"]
# These become, or stay, another process.
PROCESSES = {"mdps simulate", "mdps controller"}


def leaves(
    parser: argparse.ArgumentParser, name: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that does something, by its words."""
    nested = [
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    ]
    if not nested:
        yield name, build_simulator_parser() if name == "mdps simulate" else parser
    for action in nested:
        for word, inner in action.choices.items():
            yield from leaves(inner, f"{name} {word}")


TREE = dict(leaves(build_parser(), "mdps"))
OPENS_FILES = sorted(
    name
    for name, parser in TREE.items()
    if name not in PROCESSES
    and any(
        action.required and not isinstance(action, argparse._HelpAction)
        for action in parser._actions
    )
)


def absent(name: str, folder: Path) -> list[str]:
    """The command with every argument that it must have, each a file that is not there, or 1."""
    words = name.split(" ")[1:]
    for number, action in enumerate(TREE[name]._actions):
        if action.required:
            value = "1" if action.type is int else str(folder / f"none{number}" / "file")
            words += [*action.option_strings[:1], value]
    return [*words, "--json"]


def test_the_tree_is_the_whole_one() -> None:
    assert set(TREE) >= {
        *("mdps check", "mdps controller", "mdps demo", "mdps doctor", "mdps simulate"),
        *("mdps log export", "mdps log show", "mdps log verify", "mdps slice"),
        *("mdps recipe sign", "mdps recipe show", "mdps recipe verify"),
    }


def test_a_command_alone_is_the_same_and_loads_no_other() -> None:
    """To load all of them takes longer than to check a job."""
    alone = dict(leaves(build_parser("check"), "mdps"))
    assert list(alone) == ["mdps check"]
    assert alone["mdps check"].format_help() == TREE["mdps check"].format_help()
    assert list(dict(leaves(build_parser("chekc"), "mdps"))) == list(TREE)


@pytest.mark.parametrize("word", ["verify", "revoke", "revoke-key"])
def test_an_act_can_be_loaded_alone(word: str) -> None:
    name = f"mdps recipe {word}"
    alone = dict(leaves(build_parser("recipe", word), "mdps"))
    assert list(alone) == [name]
    assert alone[name].format_help() == TREE[name].format_help()


@pytest.mark.parametrize("word", ["verfy", "--help", "", "revoke_key"])
def test_what_is_no_act_shows_all_of_them(word: str) -> None:
    every = [name for name in TREE if name.startswith("mdps recipe ")]
    assert list(dict(leaves(build_parser("recipe", word), "mdps"))) == every
    code = "import sys; from mdps_plugin.cli.main import main\n"
    code += "try: main(['check', '--help'])\nfinally: print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "mdps_plugin.toolpath.examine" in loaded
    assert not {"reportlab", "PIL", "mdps_plugin.controller", "mdps_plugin.interlock"} & loaded


@pytest.mark.parametrize("name", sorted(TREE))
def test_every_command_takes_json(name: str) -> None:
    options = {text for action in TREE[name]._actions for text in action.option_strings}
    assert "--json" in options


@pytest.mark.parametrize("name", sorted(set(TREE) - {"mdps simulate"}))
def test_help_goes_to_stdout_and_names_the_command(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*name.split(" ")[1:], "--help"])
    said = capsys.readouterr()
    assert ended.value.code == 0
    assert said.out.startswith(f"usage: {name} ")
    assert said.err == ""


@pytest.mark.parametrize("name", sorted(set(TREE) - {"mdps simulate"}))
def test_an_unknown_option_ends_2_with_nothing_on_stdout(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*name.split(" ")[1:], "--no-such-option"])
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err


def test_the_simulator_speaks_under_the_name_of_the_command() -> None:
    helped = subprocess.run(
        [*MDPS, "simulate", "--help"], capture_output=True, text=True, check=False
    )
    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith("usage: mdps simulate ")
    wrong = subprocess.run(
        [*MDPS, "simulate", "--json", "--tcp", "70000"], capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "usage: mdps simulate" in wrong.stderr


@pytest.mark.parametrize("name", OPENS_FILES)
def test_a_file_that_is_not_there_ends_2_as_json_on_stdout(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(absent(name, tmp_path)) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["kind"] == "usage"
    assert said.err.startswith("mdps: ")
    assert list(tmp_path.iterdir()) == []


def test_a_controller_without_its_cell_says_so_as_json(tmp_path: Path) -> None:
    done = subprocess.run(
        [*MDPS, "controller", "--cell", str(tmp_path / "none"), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["message"]
    assert done.stderr.startswith("mdps: ")
    assert "Traceback" not in done.stderr


def test_a_speed_that_is_not_allowed_ends_2_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    assert main(["demo", "--headless", "--json", "--home", str(home), "--speed", "0.01"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "usage"
    assert not home.exists()
