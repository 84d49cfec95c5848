"""``mdps controller``: the trusted process of one cell. Only starts it."""

from __future__ import annotations

import argparse
from pathlib import Path

from .output import add_json_flag


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "controller",
        help="run the controller of one printer cell until it is told to stop",
        description="Owns the serial port, the keys, the audit log. Everything else asks it.",
    )
    parser.add_argument("--cell", type=Path, required=True, help="folder of the cell")
    # The one line that it prints, when it is ready, is JSON with and without the option.
    add_json_flag(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    from ..controller.process import run_controller

    return run_controller(arguments.cell)
