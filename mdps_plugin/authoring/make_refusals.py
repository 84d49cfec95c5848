"""Writes the refusal fixtures: ``python -m mdps_plugin.authoring.make_refusals FOLDER``.

Signed with the committed example keys, which anybody can sign with (docs/adr/0003), so that each
fixture fails for its one flaw and for nothing else.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ..policy.signed import POLICY_NAME
from ..recipes.store import recipes_folder
from .make_examples import example_keys
from .make_rolled_back import write_rolled_back
from .policy_signing import sign_policy
from .policy_template import policy_document
from .refusal_table import REFUSALS
from .refusals import AT, PRUSA, build, expected
from .signing import SigningKey
from .strength import CURA

TABLE_NAME = "expected.json"
HONEST, HONEST_CURA = "honest", "honest-cura"


def make_all(target: Path) -> None:
    """Every fixture as a folder of ``target``, the honest one too, and the table beside them."""
    keys = example_keys(recipes_folder())
    for name, slicer in ((HONEST, PRUSA), (HONEST_CURA, CURA)):
        _write(target / name, build(None, keys, slicer))
    for refusal in REFUSALS:
        if refusal.stage == "import":
            shutil.rmtree(target / refusal.name, ignore_errors=True)
            at = datetime.fromisoformat(refusal.at)
            write_rolled_back(target / refusal.name, build(None, keys), keys, at)
        else:
            _write(target / refusal.name, build(refusal, keys))
    (target / POLICY_NAME).write_bytes(_policy(keys))
    table = json.dumps(expected(REFUSALS), indent=1, ensure_ascii=False)
    (target / TABLE_NAME).write_text(f"{table}\n", encoding="utf-8")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _policy(keys: Sequence[SigningKey]) -> bytes:
    """The site policy that the policy fixtures are held against, signed by example quality."""
    at = datetime.fromisoformat(AT)
    return sign_policy(policy_document("test-vectors", at), keys[:1], POLICY_NAME)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; exit status 0."""
    parser = argparse.ArgumentParser(description="Write the refusal fixtures of recipes.")
    parser.add_argument("folder", type=Path, help="where they are written")
    make_all(parser.parse_args(argv).folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
