"""Recipes that somebody brings to the demonstration hospital, in place of the example ones.

Two first roots, compared by hand, and a stick of each repository: what a manufacturer's and a
hospital's own people made with ``mdps recipe``. Looks at both before any process starts; what the
hospital does with them goes through the controller like everything else.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import DocumentError, UsageFault
from ..findings import Finding
from ..recipes.trust import parse_root

MAX_ROOT_BYTES = 4 * 1024 * 1024
REPOSITORIES = ("manufacturer", "hospital")


@dataclass(frozen=True, kw_only=True)
class Brought:
    """``roots``: folder with ``manufacturer-root.json`` and ``hospital-root.json``."""

    roots: Path
    manufacturer: Path
    hospital: Path

    def first_roots(self) -> dict[str, bytes]:
        """The first trusted root of each repository; :class:`UsageFault` if one is not there."""
        found: dict[str, bytes] = {}
        for name in REPOSITORIES:
            path = self.roots / f"{name}-root.json"
            try:
                with path.open("rb") as stream:
                    found[name] = stream.read(MAX_ROOT_BYTES)
            except OSError as fault:
                raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None
        return found

    def sticks(self) -> dict[str, Path]:
        """Where each repository lies, folder or zip, as an absolute path."""
        return {"manufacturer": self.manufacturer.absolute(), "hospital": self.hospital.absolute()}

    def signers(self, at: datetime) -> bytes:
        """The manufacturer's signers list, once both sticks verify at ``at``.

        :class:`DocumentError` with the first reason if one does not: nothing is laid out then.
        """
        # Imported here: whoever only reads the help of a command does not wait for the TUF library.
        from ..distribution.chain import Chain
        from ..distribution.layout import SIGNERS_TARGET

        with tempfile.TemporaryDirectory(prefix="mdps-brought-") as folder:
            chain = Chain(Path(folder), self.first_roots(), demonstration=True)
            try:
                for name, path in self.sticks().items():
                    refused = chain.take_in(name, path, at).verdict.refusals()
                    if refused:
                        raise _no(str(path), refused[0])
                with chain.look(at) as look:
                    if look.signers_findings:
                        raise _no(str(self.manufacturer), look.signers_findings[0])
                    data = look.views["manufacturer"].fetch(SIGNERS_TARGET)
            finally:
                chain.close()
        if isinstance(data, Finding):
            raise _no(str(self.manufacturer), data)
        parse_root(data, SIGNERS_TARGET)
        return data


def _no(source: str, finding: Finding) -> DocumentError:
    return DocumentError(
        source, finding.code, f"{finding.title()} {finding.observed()}", finding.allowed()
    )
