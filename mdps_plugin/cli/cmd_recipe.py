"""``mdps recipe ACT``: finds the acts in ``recipe/``. Each act has a file of its own."""

from __future__ import annotations

import argparse
import importlib
import pkgutil

from . import recipe


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe`` with its acts: every ``act_NAME.py`` has ``add_act(acts)``."""
    parser = subparsers.add_parser("recipe", help="write, check, sign and verify recipe bundles")
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    for info in sorted(pkgutil.iter_modules(recipe.__path__), key=lambda found: found.name):
        if info.name.startswith("act_"):
            importlib.import_module(f"{recipe.__name__}.{info.name}").add_act(acts)
