"""Checkpoints: the signed head of the log as text (C2SP tlog-checkpoint). Reads no file.

Three lines: origin, tree size in decimal, root hash in base64; signed as a note by the key whose
name is the origin. Extension lines are not used and are refused.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from ..errors import DocumentError
from .note import LogSigner, VerifierKey, decode_base64, open_note
from .tree import HASH_BYTES

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Origin, size (entries) and root (32 bytes) of a tree."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, signer: LogSigner) -> str:
        """The signed note."""
        return signer.sign_note(self.text(), self.origin)


def parse_size(text: str) -> int | None:
    """A size or an index in plain decimal without leading zeros; None for anything else."""
    return int(text) if _DECIMAL.fullmatch(text) else None


def parse_checkpoint(text: str, source: str, path: str) -> Checkpoint:
    """Read the three lines of a checkpoint; the signature is not looked at."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] != "" or not lines[0]:
        raise DocumentError(source, path, f"{len(lines) - 1} lines", "origin, size, root")
    size = parse_size(lines[1])
    if size is None:
        raise DocumentError(source, path, f"size {lines[1][:40]!r}", "a size in decimal")
    root = decode_base64(lines[2])
    if root is None or len(root) != HASH_BYTES:
        raise DocumentError(source, path, f"root {lines[2][:60]!r}", "32 bytes in base64")
    return Checkpoint(origin=lines[0], size=size, root=root)


def open_checkpoint(note: str, key: VerifierKey, source: str, path: str) -> Checkpoint:
    """Read a signed checkpoint and check its signature.

    :class:`~mdps_plugin.errors.SignatureError` where the signature is not the key's.
    """
    return parse_checkpoint(open_note(note, key, source, path), source, path)
