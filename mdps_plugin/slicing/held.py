"""Settings held to one value each: what is found where they differ. Pure.

A setting that is not given has the slicer's own value, which each table here allows.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..findings import Finding, FindingKind, Where
from .engine import Settings
from .values import same


def held_to(wanted: Settings, settings: Settings, kind: FindingKind) -> Iterable[Finding]:
    """One finding for each that has another value, in order of their names."""
    for name, value in sorted(wanted.items()):
        given = settings.get(name)
        if given is not None and not same(value, given):
            yield Finding(kind=kind, where=Where(path=name), measured=given[:80], limit=value)
