"""``mdps recipe key``: a new encrypted private key, and its public half. Converts only.

With ``--token`` the key is made by the token's own program and stays there; its public half is
written, for whoever founds or changes a repository.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from ...authoring.signing import public_pem
from ...errors import UsageFault
from ...recipes.keys import key_id_of
from ..output import add_json_flag, print_json
from ..write_file import write_file
from .key_options import add_passphrase_option, new_passphrase, open_signers


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe key``."""
    parser = acts.add_parser("key", help="make an encrypted P-256 key and its public half")
    parser.add_argument("output", type=Path, metavar="KEY.pem", help="where; never overwritten")
    parser.add_argument(
        "--token",
        metavar="URI",
        help="write only the public half of this key: pkcs11:token=…;object=…?module-path=…",
    )
    add_passphrase_option(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_key)


def run_key(arguments: argparse.Namespace) -> int:
    """0 with ``KEY.pem`` (0600, encrypted) and ``KEY.pub.pem`` written; a token's public half."""
    from ...distribution.key_store import make_key_file

    path: Path = arguments.output
    if not path.name:
        raise UsageFault(f"{path}: no file name; name the new key, for instance quality.pem")
    if arguments.token is not None:
        return _public_half(arguments, path)
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


def _public_half(arguments: argparse.Namespace, path: Path) -> int:
    if path.exists() or path.is_symlink():
        raise UsageFault(f"{path}: there is a file already; a key is never overwritten")
    with ExitStack() as stack:
        (signer,) = open_signers(
            argparse.Namespace(key=[arguments.token], passphrase_file=arguments.passphrase_file),
            stack,
        )
        public = signer.public_key()
    write_file(path, public_pem(public).encode("ascii"))
    key_id = key_id_of(public)
    if arguments.json:
        print_json({"public": str(path), "key_id": key_id})
    else:
        print(f"{path}: give this to whoever founds the repository; key {key_id}")
    return 0
