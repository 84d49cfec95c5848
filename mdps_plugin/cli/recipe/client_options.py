"""Who asks the two repositories: a cell, or a folder of one's own (``--client``)."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...build.signature import ACT_RULES, Act
from ...canonical import Json
from ...controller.cell import read_cell_config, witness_of
from ...controller.client_link import ControllerClient
from ...errors import UsageFault
from ..output import read_file

if TYPE_CHECKING:
    from ...distribution.chain import Chain

ROOTS = {name: f"{name}-root.json" for name in ("manufacturer", "hospital")}


def add_client_options(parser: argparse.ArgumentParser, *, signing: bool) -> None:
    """``--cell`` or ``--client``; ``signing`` adds who signs at the cell."""
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--cell", type=Path, metavar="CELL", help="folder of a cell")
    place.add_argument(
        "--client",
        type=Path,
        metavar="DIR",
        help="folder with manufacturer-root.json and hospital-root.json; keeps mirrors and marks",
    )
    if signing:
        parser.add_argument("--user", help="with --cell: who signs")
        parser.add_argument(
            "--password-file",
            type=Path,
            metavar="FILE",
            help="with --cell: first line is the signing password (default: asked)",
        )


@contextmanager
def open_chain(arguments: argparse.Namespace) -> Iterator[Chain]:
    """The chain of the cell or the client folder."""
    from ...distribution.chain import Chain

    if arguments.cell is not None:
        config = read_cell_config(arguments.cell)
        if config.trust is None:
            raise UsageFault(f"{arguments.cell}: its cell.json names no trust; see docs/trust.md")
        named = {
            "manufacturer": arguments.cell / config.trust.manufacturer_root,
            "hospital": arguments.cell / config.trust.hospital_root,
        }
        folder, demonstration = arguments.cell / "trust", config.demonstration
        institution: str | None = config.institution
        witness = witness_of(arguments.cell, config)
    elif arguments.client is None:
        raise UsageFault("who asks? Name a --cell or a --client folder")
    else:
        named = {name: arguments.client / file for name, file in ROOTS.items()}
        # Judged by people who look: the warning about example keys is shown, not a refusal.
        folder, demonstration = arguments.client / "trust", True
        witness = None
        institution = None  # a desk outside every cell: the hospital's keys alone bind its policy
    chain = Chain(
        folder,
        {name: read_file(path) for name, path in named.items()},
        demonstration=demonstration,
        institution=institution,
        recorded=arguments.cell is not None,
        witness=witness,
    )
    try:
        yield chain
    finally:
        chain.close()


def ask_cell(
    arguments: argparse.Namespace, verb: str, act: Act, values: Mapping[str, Json]
) -> Json:
    """A signed verb of a running controller."""
    if not arguments.user:
        raise UsageFault("--user is needed with --cell: the act is signed")
    signature: dict[str, Json] = {
        "user": arguments.user,
        "password": _password(arguments),
        "meaning": ACT_RULES[act].meaning,
        "subject_sha256": None,
    }
    with ControllerClient(arguments.cell / "run" / "controller.sock") as controller:
        return controller.call(verb, {**values, "signature": signature}, actor=arguments.user)


def _password(arguments: argparse.Namespace) -> str:
    if arguments.password_file is not None:
        return read_file(arguments.password_file).decode("utf-8", "replace").split("\n", 1)[0]
    if not sys.stdin.isatty():
        raise UsageFault("no terminal to ask for the password at; name a --password-file")
    return getpass.getpass(f"signing password of {arguments.user}: ")
