"""Do the programs have versions the process was validated with? (row 27)

Ranges are PEP 440 specifiers, read by the ``packaging`` library. A version that nobody could
say, or that is no version, is outside every range.
"""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ...findings import Finding
from ...recipes.document import JobSource
from .. import codes
from ..evidence import Evidence
from ..kinds import found


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Controller, plugin, OctoPrint; the slicer only where this cell slices."""
    wanted, seen = evidence.recipe.recipe.validated_with, evidence.versions
    pairs = [
        ("Controller", seen.controller, wanted.controller),
        ("Plugin", seen.plugin, wanted.plugin),
        ("OctoPrint", seen.octoprint, wanted.octoprint),
    ]
    if evidence.recipe.recipe.job_source is JobSource.SLICE:
        pairs.append((wanted.slicer, seen.slicer, wanted.slicer_version))
    return tuple(
        found(
            codes.VERSION_OUTSIDE,
            measured=measured or "of unknown version",
            limit=allowed,
            path="validated_with",
            name=name,
        )
        for name, measured, allowed in pairs
        if not inside(measured, allowed)
    )


def inside(version: str | None, specifier: str) -> bool:
    """True if ``version`` is a version inside ``specifier``; an empty specifier allows none.

    A local part (``1.11.8+deb12``) is ignored; pre-releases count only if the range names one.
    """
    if not version or not specifier.strip():
        return False
    try:
        return SpecifierSet(specifier).contains(Version(version.split("+")[0].strip()))
    except (InvalidSpecifier, InvalidVersion):
        return False
