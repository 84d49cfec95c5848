"""The signed site policy of a cell without a chain of trust: a file beside ``cell.json``.

Read anew at each use, so that whoever changes it meets the next permit, not the next restart.
Judges nothing itself; a file that cannot be read is a finding, never a missing limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..policy import codes
from ..policy.signed import PolicyReading, PolicySigners, no_policy, read_policy
from ..recipes.envelope import MAX_ENVELOPE_BYTES


@dataclass(frozen=True, kw_only=True)
class PolicyFile:
    """Where the policy lies, and the hospital that it must be of."""

    path: Path
    institution: str


def read_policy_file(place: PolicyFile, signers: PolicySigners, at: datetime) -> PolicyReading:
    """The policy there, judged at ``at`` (aware UTC)."""
    name = place.path.name
    try:
        with place.path.open("rb") as stream:
            data = stream.read(MAX_ENVELOPE_BYTES + 1)
    except FileNotFoundError:
        return no_policy(codes.found(codes.MISSING, path=f"no file {name} beside cell.json"))
    except OSError as fault:
        return no_policy(
            codes.found(
                codes.UNREADABLE,
                path=name,
                measured=fault.strerror or "not readable",
                limit="a file that the controller may read",
            )
        )
    return read_policy(data, signers, at, name, place.institution)
