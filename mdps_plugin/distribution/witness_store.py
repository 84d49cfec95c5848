"""The last word of the log's witness, from a file: a lower bound for time (ADR 0027). Keeps none.

Whoever runs the witness, for instance the quality system, puts its newest cosigned checkpoint of
this cell's log there; the key that counts is pinned in ``cell.json``. Read anew at every look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..audit.cosignature import MAX_NOTE_BYTES, WitnessKey, open_cosigned
from ..errors import DocumentError


@dataclass(frozen=True, kw_only=True)
class WitnessFile:
    """Where the note lies, whose signature counts, and of which log it must speak."""

    path: Path
    key: WitnessKey
    origin: str

    def read(self) -> datetime | None:
        """When the witness last cosigned this log; None while no note lies there.

        :class:`DocumentError` for a note that cannot be read or that it has not signed.
        """
        try:
            with self.path.open("rb") as opened:
                note = opened.read(MAX_NOTE_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as fault:
            observed = fault.strerror or "cannot be read"
            raise DocumentError(str(self.path), "", observed, "a readable note") from None
        return open_cosigned(note, self.key, self.origin, str(self.path)).at
