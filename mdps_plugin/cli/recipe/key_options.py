"""``--key`` and ``--passphrase-file``: the same for every act that signs. Keeps no secret."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from ...distribution.signer import PrivateSigner
from ...errors import UsageFault
from ..output import read_file

_SCHEME = "pkcs11:"


def add_key_options(parser: argparse.ArgumentParser) -> None:
    """``--key``, as often as wanted, and ``--passphrase-file``."""
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="KEY",
        help="sign with this key: an encrypted PEM file, or pkcs11:token=…;object=…?module-path=…",
    )
    add_passphrase_option(parser)


def add_passphrase_option(parser: argparse.ArgumentParser) -> None:
    """``--passphrase-file`` alone."""
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="first line is the passphrase or PIN (default: asked at the terminal)",
    )


def open_signer(
    key: str, passphrase_file: Path | None, warn: Callable[[str], None] | None = None
) -> PrivateSigner:
    """The signer that ``--key`` names; the passphrase is asked once."""
    if key.startswith(_SCHEME):
        from ...distribution.hsm_link import HsmSigner

        return HsmSigner(key, lambda name: _secret(f"PIN of token {name}", passphrase_file))
    from ...distribution.key_store import load_key_file

    return load_key_file(
        Path(key), lambda name: _secret(f"passphrase of {name}", passphrase_file), warn=warn
    )


def open_signers(arguments: argparse.Namespace, stack: ExitStack) -> list[PrivateSigner]:
    """Every signer that ``--key`` names; ``stack`` closes those that hold a session."""
    signers = [open_signer(key, arguments.passphrase_file) for key in arguments.key]
    for signer in signers:
        close = getattr(signer, "close", None)
        if close is not None:
            stack.callback(close)
    return signers


def new_passphrase(passphrase_file: Path | None, name: str) -> bytes:
    """A passphrase for a new key, asked twice."""
    first = _secret(f"new passphrase of {name}", passphrase_file)
    if passphrase_file is None and _secret("the same again", None) != first:
        raise UsageFault("the two passphrases differ; nothing was written")
    return first


def _secret(what: str, passphrase_file: Path | None) -> bytes:
    if passphrase_file is not None:
        return read_file(passphrase_file).split(b"\n", 1)[0].rstrip(b"\r")
    if not sys.stdin.isatty():
        raise UsageFault(f"{what}: no terminal to ask at; name a --passphrase-file")
    return getpass.getpass(f"{what}: ").encode("utf-8")
