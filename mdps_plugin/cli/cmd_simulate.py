"""``mdps simulate``: becomes the simulator's own process. Shares no code with it.

All arguments go to ``python -m simulator`` unread; the import contract forbids more.
"""

from __future__ import annotations

import argparse
import os
import sys

from ..errors import EnvironmentFault


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Take every argument, also those with dashes, as the simulator's."""
    parser = subparsers.add_parser(
        "simulate",
        help="a simulated printer behind a pseudo terminal or a TCP port",
        add_help=False,
        # No argument begins with this sign, so none is read here.
        prefix_chars="\0",
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Replace this process; it returns only if that could not be done."""
    try:
        os.execv(  # noqa: S606 - no shell: our own interpreter
            sys.executable, [sys.executable, "-m", "simulator", *arguments.arguments]
        )
    except OSError as fault:
        raise EnvironmentFault(f"{sys.executable}: cannot be started: {fault.strerror}") from None
