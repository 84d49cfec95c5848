"""``mdps recipe ACT``: finds the acts in ``recipe/``. Each act has a file of its own."""

from __future__ import annotations

import argparse

from . import recipe
from .find_modules import find_modules


def add_acts(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser], act: str | None
) -> None:
    """``recipe`` with its acts, or ``act`` alone: every ``act_NAME.py`` has ``add_act(acts)``."""
    parser = subparsers.add_parser("recipe", help="write, check, sign and verify recipe bundles")
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    for module in find_modules(recipe, "act_", act):
        module.add_act(acts)
