"""``BUNDLE``, ``--trust`` and ``--at``: the same for every act that opens a signed bundle."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...canonical import Json
from ...recipes.bundle import SignedRecipe, verify_bundle
from ...recipes.store import default_root_path, find_bundle, load_bundle, load_root
from ..output import add_json_flag
from ..recipe_options import read_moment


def add_bundle_options(parser: argparse.ArgumentParser) -> None:
    """The bundle, ``--trust``, ``--at`` and ``--json``."""
    parser.add_argument("bundle", help="folder or zip of a bundle, or the name of a shipped recipe")
    parser.add_argument(
        "--trust", type=Path, metavar="ROOT", help="root of trust (default: the example root)"
    )
    parser.add_argument(
        "--at", metavar="TIME", help="judge dates as of 2026-11-23T14:05:00Z (default: now)"
    )
    add_json_flag(parser)


def open_bundle(arguments: argparse.Namespace) -> SignedRecipe:
    """The bundle named by the options, verified. Nobody uses it unless its verdict accepts."""
    at = read_moment(arguments.at)
    root = load_root(arguments.trust or default_root_path())
    path = find_bundle(arguments.bundle, root, at)
    return verify_bundle(load_bundle(path), root, at, str(path))


def about_bundle(signed: SignedRecipe) -> dict[str, Json]:
    """What every act says of a bundle as JSON: source, label, digest, signers."""
    recipe = signed.recipe
    return {
        "source": signed.source,
        "recipe": None if recipe is None else recipe.label,
        "digest": None if recipe is None else recipe.digest,
        "demonstration": signed.demonstration,
        "signers": [
            {"key_id": signer.key_id, "holder": signer.holder, "roles": list(signer.roles)}
            for signer in signed.signers
        ],
    }
