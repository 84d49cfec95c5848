"""``--add``, ``--remove``, ``--threshold``, ``--days``: whose keys count. Reads public keys only.

Also what a changed key asks for elsewhere: the signers list and the site policy name keys as well.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ...errors import DocumentError, UsageFault
from ...recipes.keys import load_public_pem
from ..output import read_file

if TYPE_CHECKING:
    from tuf.api.metadata import Key

    from ...distribution.edit import Repository
    from ...distribution.people import Holder


def add_people_options(parser: argparse.ArgumentParser, *, needed: bool) -> None:
    """Who signs, how many of them, and for how long; ``needed`` for a role that is new."""
    parser.add_argument(
        "--add",
        action="append",
        default=[],
        required=needed,
        metavar="NAME=KEY.pub.pem",
        help="a person with the public half of a key, as mdps recipe key wrote it",
    )
    parser.add_argument(
        "--threshold", type=int, required=needed, metavar="N", help="how many of them must sign"
    )
    parser.add_argument(
        "--days", type=int, metavar="N", required=needed, help="for how many days a list is good"
    )


def read_holder(text: str) -> Holder:
    """``NAME=KEY.pub.pem``; :class:`UsageFault` or :class:`DocumentError` otherwise."""
    from ...distribution.people import Holder

    name, sign, file = text.partition("=")
    if not (name and sign and file) or len(name) > 200 or not name.isprintable():
        raise UsageFault(f"{text[:80]}: write it as NAME=KEY.pub.pem")
    pem = read_file(Path(file)).decode("utf-8", "replace")
    try:
        return Holder(name=name, public=load_public_pem(pem))
    except ValueError as fault:
        raise DocumentError(file, "", str(fault), "an Ed25519 or P-256 public key") from None


def signs_recipes(repository: Repository, key: Key) -> bool:
    """True if the signers list of a manufacturer counts this key's signatures on recipes."""
    from ...distribution.hospital_policy import public_key_of
    from ...distribution.layout import SIGNERS_TARGET, target_file
    from ...recipes.trust import parse_root

    named = repository.current("targets").signed.targets.get(SIGNERS_TARGET)
    if named is None:
        return False
    data = repository.files.get(target_file(SIGNERS_TARGET, named.hashes.get("sha256", "")))
    public = public_key_of(key)
    if data is None or public is None:
        return False
    try:
        return public.key_id in parse_root(data, SIGNERS_TARGET).keys
    except DocumentError:
        return False


def follow_ups(
    repository: Repository, staged: tuple[str, ...], gone: tuple[Key, ...]
) -> list[Json]:
    """What is still to be done after these keys changed, in sentences."""
    from ...distribution.layout import POLICY_TARGET

    said: list[Json] = []
    if any(signs_recipes(repository, key) for key in gone):
        said.append(
            "the signers list still counts this key on recipes: mdps recipe publish --signers"
        )
    names_policy = POLICY_TARGET in repository.current("targets").signed.targets
    if names_policy and "root" in staged and "targets" in staged:
        said.append(
            "the site policy counts only by the new keys: sign it with a higher version, publish it"
        )
    return said
