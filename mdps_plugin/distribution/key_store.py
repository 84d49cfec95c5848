"""Private keys in files: PEM, encrypted, readable by nobody but their owner.

An unencrypted key, or one that others may read, is refused, unless it is one of the example keys,
which everybody has anyway (docs/adr/0003-example-root.md). Keys in hardware: :mod:`.hsm_link`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from ..errors import DocumentError, StoreError, UsageFault
from ..recipes.keys import key_id_of
from ..recipes.store import default_root_path, load_root
from .signer import KeySigner, SigningKey

_ALLOWED = "an Ed25519 or P-256 private key in PEM"
_LEAST_PASSPHRASE = 12


def load_key_file(
    path: Path,
    passphrase: Callable[[str], bytes],
    *,
    warn: Callable[[str], None] | None = None,
) -> KeySigner:
    """A signer from a file; ``passphrase`` is asked, with the file's name, if it is encrypted.

    With ``warn``, a key that lies open is complained of instead of refused: for the signature of a
    single bundle, which reaches no hospital by itself.
    :class:`UsageFault` if it cannot be opened, :class:`DocumentError` for whatever is refused.
    """
    try:
        status = path.stat().st_mode
        # A pipe would never end.
        if not stat.S_ISREG(status):
            raise UsageFault(f"{path}: cannot be opened: a folder, device or pipe")
        pem = path.read_bytes()
    except OSError as fault:
        raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None
    mode = stat.S_IMODE(status) & 0o777
    encrypted = b"ENCRYPTED" in pem
    key = _load(pem, passphrase(str(path)) if encrypted else None, str(path))
    if _is_example(key):
        return KeySigner(key)
    for observed, allowed in _lies_open(path, mode, encrypted):
        if warn is None:
            raise DocumentError(str(path), "", observed, allowed)
        warn(f"{path}: {observed}; wanted: {allowed}")
    return KeySigner(key)


def _lies_open(path: Path, mode: int, encrypted: bool) -> Iterator[tuple[str, str]]:
    if mode & 0o077:
        yield (
            f"mode {mode:04o}: others may read this key",
            f"0600 (chmod 600 {path}; then ask whether the key is still secret)",
        )
    if not encrypted:
        yield (
            "a key without a passphrase",
            f"an encrypted key (openssl pkcs8 -topk8 -in {path} -out NEW.pem)",
        )


def _load(pem: bytes, password: bytes | None, source: str) -> SigningKey:
    try:
        key = serialization.load_pem_private_key(pem, password=password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What the file held is not repeated: it may be a secret of another kind.
        observed = (
            "no readable private key" if password is None else "a wrong passphrase, or no key"
        )
        raise DocumentError(source, "", observed, _ALLOWED) from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise DocumentError(source, "", "a key of another kind", _ALLOWED)


def _is_example(key: SigningKey) -> bool:
    return key_id_of(key.public_key()) in load_root(default_root_path()).keys


def make_key_file(path: Path, passphrase: bytes) -> KeySigner:
    """A new P-256 key, encrypted (PKCS #8, scrypt or PBKDF2 as the library chooses best).

    Never over a file that is there; :class:`DocumentError` for a passphrase below 12 characters.
    """
    if len(passphrase) < _LEAST_PASSPHRASE:
        raise DocumentError(
            str(path),
            "passphrase",
            f"{len(passphrase)} characters",
            f"at least {_LEAST_PASSPHRASE} characters",
        )
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageFault(f"{path}: there is a file already; a key is never overwritten") from None
    except OSError as fault:
        raise StoreError(f"{path}: not written: {fault.strerror}") from None
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())
    return KeySigner(key)
