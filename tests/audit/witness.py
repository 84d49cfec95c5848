"""A witness for tests: cosigns a checkpoint as C2SP tlog-cosignature says."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mdps_plugin.audit.checkpoint import Checkpoint
from mdps_plugin.audit.note import LogSigner

ORIGIN = "hospital.example/cell/audit/1"


def _hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n\x04" + public).digest()[:4]


def key_line(name: str = "witness.example", seed: bytes = b"w" * 32) -> str:
    """The vkey of the witness, algorithm 4."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    encoded = base64.b64encode(b"\x04" + public).decode()
    return f"{name}+{_hash(name, public).hex()}+{encoded}"


def cosigned(
    at: datetime,
    *,
    origin: str = ORIGIN,
    name: str = "witness.example",
    seed: bytes = b"w" * 32,
    claimed: datetime | None = None,
    seconds: int | None = None,
) -> bytes:
    """A note signed by the log and the witness; ``claimed`` is written where ``at`` was signed."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    checkpoint = Checkpoint(origin=origin, size=15, root=b"r" * 32)
    stamp = int(at.timestamp()) if seconds is None else seconds
    signature = key.sign(f"cosignature/v1\ntime {stamp}\n{checkpoint.text()}".encode())
    written = stamp if claimed is None else int(claimed.timestamp())
    public = key.public_key().public_bytes_raw()
    data = _hash(name, public) + written.to_bytes(8, "big") + signature
    line = f"— {name} {base64.b64encode(data).decode()}\n"
    return (checkpoint.signed(LogSigner.from_seed(b"l" * 32)) + line).encode()
