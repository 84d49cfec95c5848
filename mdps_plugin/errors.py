"""The one tree of errors of the controller. Holds no texts for people: those are findings.

::

    MdpsError
    ├── DocumentError      a document from outside is not what its format says
    ├── SignatureError     a signature, threshold or digest does not hold
    ├── IllegalTransition  an act that the present state does not allow
    ├── UsageFault         wrong usage, or a file that cannot be opened   (exit 2)
    └── EnvironmentFault   device, disk, broker, slicer failed            (exit 3)
        ├── StoreError     the disk did not take it, or what it holds is unreadable
        ├── LinkError      the printer, the broker or a socket is gone
        └── ToolError      an outside program (the slicer) could not be run

Expected trouble with a job is a :class:`mdps_plugin.findings.Finding`, not an error. Misuse by
our own code is ``RuntimeError``.
"""

from __future__ import annotations


class MdpsError(Exception):
    """Root of everything the controller raises on purpose."""


class DocumentError(MdpsError):
    """A document is not what its format says.

    ``source`` names the file, ``path`` the place in it (``material.diameter_mm``, ``line 7``),
    ``observed`` what stood there and ``allowed`` what the format asks for.
    """

    def __init__(self, source: str, path: str, observed: str, allowed: str) -> None:
        """Keep the four facts apart, so that a screen can show each in its own line."""
        self.source = source
        self.path = path
        self.observed = observed
        self.allowed = allowed
        place = f"{source}: {path}" if path else source
        super().__init__(f"{place}: observed {observed}; allowed: {allowed}")


class SignatureError(DocumentError):
    """A signature, a threshold of signatures or a digest does not hold."""


class IllegalTransition(MdpsError):
    """An act that the present state does not allow."""

    def __init__(self, state: str, act: str, allowed: str) -> None:
        """``allowed`` says in which state the act is possible, or what is possible now."""
        self.state = state
        self.act = act
        self.allowed = allowed
        super().__init__(f"'{act}' is not possible in state '{state}'; allowed: {allowed}")


class UsageFault(MdpsError):
    """Wrong usage, or a file that cannot be opened. Commands end with status 2."""


class EnvironmentFault(MdpsError):
    """Something the controller stands on has failed. Commands end with status 3."""


class StoreError(EnvironmentFault):
    """The disk did not take a write, or what it holds cannot be read."""


class LinkError(EnvironmentFault):
    """The printer, the broker or a local socket is gone."""


class ToolError(EnvironmentFault):
    """An outside program (the slicer, the broker) is missing or could not be run."""
