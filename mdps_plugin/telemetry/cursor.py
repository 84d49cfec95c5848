"""How far the quality system has confirmed, and what to send next. Pure: no file, no clock.

The audit log is the outbox. ``confirmed`` counts the entries that are confirmed; it only moves
up. Under ``ack`` it moves on the registry's own word, never on PUBACK: a PUBACK says that the
broker has a message, and a broker may lose it. Under ``puback`` the site decided that this is
enough.

After a new connection, or a pause without progress, sending begins again at ``confirmed``, a few
entries only, until something is confirmed: a registry that is away for days costs the broker a
handful of repeats, never the whole backlog.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

from ..findings import Finding
from .ack import Ack
from .codes import ACK_BEYOND, ACK_NOT_OURS, ACK_STEPS_BACK

MOST_IN_PAHO = 50
MOST_UNCONFIRMED = 1000


class ConfirmBy(enum.Enum):
    """What moves the cursor."""

    ACK = "ack"
    PUBACK = "puback"


class Cursor:
    """State of sending. All numbers are indices of the audit log."""

    def __init__(self, origin: str, confirmed: int, confirm_by: ConfirmBy) -> None:
        """``confirmed``: entries known to be confirmed from earlier runs."""
        self._origin = origin
        self._confirm_by = confirm_by
        self.confirmed = confirmed
        self._next = confirmed
        self._sent_below = confirmed  # one past the highest entry ever sent
        self._in_paho: set[int] = set()
        self._broker_has: set[int] = set()
        self._probing = True
        self._held: Ack | None = None

    @property
    def outstanding(self) -> int:
        """Entries sent and not confirmed."""
        return max(0, self._next - self.confirmed)

    @property
    def in_paho(self) -> int:
        """Entries handed to the client library and not yet taken by the broker."""
        return len(self._in_paho)

    def next_index(self, size: int) -> int | None:
        """The entry to send now, of a log of ``size`` entries; None to wait."""
        most = MOST_IN_PAHO if self._probing else MOST_UNCONFIRMED
        if len(self._in_paho) >= MOST_IN_PAHO or self._next >= min(size, self.confirmed + most):
            return None
        return self._next

    def sent(self, index: int) -> bool:
        """The entry was handed over; True if that let a waiting confirmation count."""
        self._in_paho.add(index)
        self._next = index + 1
        self._sent_below = max(self._sent_below, self._next)
        if self._held is not None and self._held.through < self._sent_below:
            through, self._held = self._held.through, None
            return self._confirm(through + 1)
        return False

    def broker_took(self, index: int) -> bool:
        """PUBACK for an entry; True if the cursor moved."""
        self._in_paho.discard(index)
        if self._confirm_by is not ConfirmBy.PUBACK or index < self.confirmed:
            return False
        self._broker_has.add(index)
        confirmed = self.confirmed
        while confirmed in self._broker_has:
            self._broker_has.discard(confirmed)
            confirmed += 1
        return self._confirm(confirmed)

    def registry_has(
        self, ack: Ack, size: int, leaf: Callable[[int], bytes]
    ) -> tuple[bool, Finding | None]:
        """A confirmation came: whether the cursor moved, and what was wrong with it.

        Under ``puback`` it is checked the same way and may move the cursor too. One that names
        entries of this log which were not sent since the start waits until they are.
        """
        if ack.origin != self._origin:
            return False, Finding(kind=ACK_NOT_OURS, measured=ack.origin, limit=self._origin)
        if ack.through >= size:
            return False, Finding(kind=ACK_BEYOND, measured=ack.through, limit=size - 1)
        if leaf(ack.through) != ack.leaf:
            measured = f"Entry {ack.through} with hash {ack.leaf.hex()[:16]}"
            limit = f"Hash {leaf(ack.through).hex()[:16]}"
            return False, Finding(kind=ACK_NOT_OURS, measured=measured, limit=limit)
        if ack.through < self.confirmed:
            if ack.through + 1 == self.confirmed:
                return False, None
            limit = str(self.confirmed - 1)
            return False, Finding(kind=ACK_STEPS_BACK, measured=ack.through, limit=limit)
        if ack.through >= self._sent_below:
            if self._held is None or self._held.through < ack.through:
                self._held = ack
            return False, None
        return self._confirm(ack.through + 1), None

    def begin_again(self) -> None:
        """A new connection, or no progress: send again from what is confirmed, a few at first."""
        self._next = self.confirmed
        self._in_paho.clear()
        self._broker_has.clear()
        self._probing = True

    def _confirm(self, confirmed: int) -> bool:
        if confirmed <= self.confirmed:
            return False
        self.confirmed = confirmed
        self._next = max(self._next, confirmed)
        self._probing = False
        return True
