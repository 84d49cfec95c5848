"""Sticks that nobody forged: the other repository's, or one that is not finished. Trusts nothing.

Asked before a stick is verified, so that a mix-up is not called a forgery. It only ever refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ..canonical import read_json
from ..errors import DocumentError
from ..findings import Finding
from . import codes_use
from .refusals import found
from .source_store import Source, read_from

_MAX_ROOT_BYTES = 1_000_000


def mistaken(repository: str, source: Source, roots: Mapping[str, bytes]) -> Finding | None:
    """The finding for another repository's stick, or for one that still waits for signatures."""
    for other, first in roots.items():
        same = first == roots[repository]
        if not same and _read(source, f"metadata/{_version(first)}.root.json") == first:
            return found(codes_use.OTHER_STICK, repository, role=f"{other}'s")
    if _read(source, "metadata/timestamp.json") is None:
        for name in ("root", "targets"):
            place = f"staged/{name}.json"
            if _read(source, place) is not None:
                return found(codes_use.UNFINISHED, repository, path=place)
    return None


def _read(source: Source, name: str) -> bytes | None:
    """None for what is absent or unreadable: verifying says so in its own words."""
    with suppress(DocumentError):
        return read_from(source, name, _MAX_ROOT_BYTES)
    return None


def _version(root: bytes) -> int:
    with suppress(DocumentError):
        document = read_json(root, "root")
        signed = document.get("signed") if isinstance(document, dict) else None
        version = signed.get("version") if isinstance(signed, dict) else None
        if isinstance(version, int):
            return version
    return 1
