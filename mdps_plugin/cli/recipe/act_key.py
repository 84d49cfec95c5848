"""``mdps recipe key``: a new encrypted private key, and its public half. Converts only."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...authoring.signing import public_pem
from ...errors import UsageFault
from ...recipes.keys import key_id_of
from ..output import add_json_flag, print_json
from ..write_file import write_file
from .key_options import add_passphrase_option, new_passphrase


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe key``."""
    parser = acts.add_parser("key", help="make an encrypted P-256 key and its public half")
    parser.add_argument("output", type=Path, metavar="KEY.pem", help="where; never overwritten")
    add_passphrase_option(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_key)


def run_key(arguments: argparse.Namespace) -> int:
    """0 with ``KEY.pem`` (0600, encrypted) and ``KEY.pub.pem`` written."""
    from ...distribution.key_store import make_key_file

    path: Path = arguments.output
    if not path.name:
        raise UsageFault(f"{path}: no file name; name the new key, for instance quality.pem")
    public_path = path.with_suffix(".pub.pem")
    for there in (path, public_path):
        if there.exists() or there.is_symlink():
            raise UsageFault(f"{there}: there is a file already; a key is never overwritten")
    secret = new_passphrase(arguments.passphrase_file, path.name)
    public = make_key_file(path, secret).public_key()
    write_file(public_path, public_pem(public).encode("ascii"))
    key_id = key_id_of(public)
    if arguments.json:
        print_json({"private": str(path), "public": str(public_path), "key_id": key_id})
    else:
        print(f"{path}: encrypted, mode 0600. Keep it, and the passphrase apart from it")
        print(f"{public_path}: give this to whoever founds the repository; key {key_id}")
    return 0
