"""``mdps demo``: the demonstration hospital on this machine. Starts it and ends it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from ..demonstration.brought import Brought
from ..demonstration.headless import Wish, one_build
from ..demonstration.hospital import EXAMPLE_RECIPES, Hospital
from ..demonstration.people import ADMIN, PEOPLE
from ..demonstration.processes import Processes
from ..demonstration.stage import Options, Running, bring_up
from ..demonstration.waiting import prepare_orders
from ..errors import DocumentError, EnvironmentFault, UsageFault
from ..models.stl import MAX_BYTES
from ..recipes.store import read_capped
from .output import add_json_flag, complain, print_json


def default_home() -> Path:
    """Where the hospital is kept between starts."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "mdps-demo"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "demo",
        help="start the demonstration hospital: simulated printer, controller, OctoPrint",
        description="One command starts everything and keeps the records for the next start. "
        "Ctrl-C ends every process it started.",
    )
    parser.add_argument(
        "--headless", action="store_true", help="make one device over the HTTP API, then end"
    )
    parser.add_argument("--home", type=Path, default=None, help="folder of the hospital")
    parser.add_argument("--port", type=int, default=None, help="port of OctoPrint's page")
    parser.add_argument(
        "--speed",
        type=float,
        default=None,
        help="how many times faster than real the printer is (20; headless: 200)",
    )
    parser.add_argument(
        "--recipe",
        metavar="ID",
        default=EXAMPLE_RECIPES[0],
        help=f"for --headless: {', '.join(EXAMPLE_RECIPES)}, or one of --sticks",
    )
    parser.add_argument(
        "--model", type=Path, metavar="STL", help="for --headless: the model of the order"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="for --headless: value of a variable of the recipe",
    )
    parser.add_argument(
        "--roots",
        type=Path,
        metavar="DIR",
        help="recipes of your own: folder with manufacturer-root.json and hospital-root.json, "
        "which a new hospital then trusts in place of the example ones",
    )
    parser.add_argument(
        "--sticks",
        type=Path,
        nargs=2,
        metavar=("MANUFACTURER", "HOSPITAL"),
        help="with --roots: both repositories, folder or zip, to import at this start",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=("mosquitto", "prusa-slicer"),
        help="leave this program alone although it is installed",
    )
    add_json_flag(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Bring the hospital up; one build and out, or wait for Ctrl-C."""
    home = (arguments.home or default_home()).resolve()
    hospital = Hospital(home=home, brought=_brought(arguments))
    speed = arguments.speed or (200.0 if arguments.headless else 20.0)
    if not 0.1 <= speed <= 10_000:
        raise UsageFault(f"--speed {speed:g}: allowed: 0.1 to 10000")
    wish = _wish(arguments)
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {text}", file=sys.stderr, flush=True)

    signal.signal(signal.SIGTERM, _as_interrupt)
    hospital.run.mkdir(parents=True, exist_ok=True)
    with Processes(hospital.run) as processes:
        running = bring_up(hospital, processes, _options(arguments, speed), say)
        for missing in running.without:
            say(f"going without: {missing}")
        if arguments.headless:
            result = one_build(running, wish, say)
            if arguments.json:
                print_json(result)
            else:
                for name, value in result.items():
                    print(f"{name}: {value}")
            return 0
        if hospital.has_examples:
            prepare_orders(hospital, say)
        _welcome(running, as_json=arguments.json)
        _wait(processes)
    return 0


def _brought(arguments: argparse.Namespace) -> Brought | None:
    if (arguments.roots is None) != (arguments.sticks is None):
        raise UsageFault("--roots and --sticks go together: whom to trust, and what they sent")
    if arguments.roots is None:
        return None
    manufacturer, hospital = arguments.sticks
    return Brought(roots=arguments.roots, manufacturer=manufacturer, hospital=hospital)


def _wish(arguments: argparse.Namespace) -> Wish:
    """What to make; an example recipe where no sticks are brought."""
    named = arguments.recipe
    home = (arguments.home or default_home()).resolve()
    if named not in EXAMPLE_RECIPES and Hospital(home=home).has_examples and not arguments.roots:
        raise UsageFault(f"--recipe {named}: allowed: {', '.join(EXAMPLE_RECIPES)}")
    values: dict[str, str] = {}
    for setting in arguments.set:
        name, sign, value = setting.partition("=")
        if not sign:
            raise UsageFault(f"--set {setting}: write it as NAME=VALUE")
        values[name] = value
    model = None
    if arguments.model is not None:
        model = read_capped(arguments.model, MAX_BYTES)
        if len(model) > MAX_BYTES:
            raise DocumentError(
                str(arguments.model), "", f"more than {MAX_BYTES} bytes", f"at most {MAX_BYTES}"
            )
    return Wish(recipe_id=named, model=model, values=values)


def _options(arguments: argparse.Namespace, speed: float) -> Options:
    port = arguments.port or (None if arguments.headless else 5000)
    return Options(speed=speed, port=port, without=frozenset(arguments.without))


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _welcome(running: Running, *, as_json: bool) -> None:
    logins = running.hospital.logins()
    if as_json:
        print_json(
            {
                "url": running.url,
                "home": str(running.hospital.home),
                "logins": logins,
                "wire_log": str(running.wire_log),
                "without": list(running.without),
            }
        )
        return
    print(f"\nOpen {running.url}\n")
    print(f"{'log in as':<10} {'password of the page':<30} {'signs with':<30} who")
    for person in PEOPLE:
        login = logins[person.user]
        roles = ", ".join(role.replace("_", " ") for role in person.roles)
        print(
            f"{person.user:<10} {login['octoprint_password']:<30} "
            f"{login['signing_password']:<30} {person.printed_name}, {roles}"
        )
    print(f"{ADMIN:<10} {logins[ADMIN]['octoprint_password']:<30} {'(signs nothing)':<30}")
    print(f"\nRecords are kept in {running.hospital.home}. Ctrl-C ends everything.", flush=True)


def _wait(processes: Processes) -> None:
    try:
        while True:
            time.sleep(0.5)
            dead = processes.ended()
            if dead is not None:
                raise EnvironmentFault(f"{dead} ended by itself:\n{processes.tail(dead)}")
    except KeyboardInterrupt:
        complain("ending everything")
