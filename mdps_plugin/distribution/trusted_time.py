"""What time is it, if somebody may have set the clock back? Pure.

Uptane 2.1.0, 5.4: a secure source of time. The latest moment that anything believable has shown:
the machine's clock, the last entry of the audit log, the last witnessed checkpoint, the last
accepted refresh. A clock behind that is a finding; one that is ahead cannot be told from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ..findings import Finding, FindingKind, Where
from ..reading import instant_text
from . import codes

#: A step back of up to this is what time servers do; below the resolution that matters to dates.
TOLERANCE = timedelta(seconds=5)


def trusted_time(
    clock: datetime, shown: Mapping[str, datetime | None], behind: FindingKind = codes.CLOCK_BACK
) -> tuple[datetime, tuple[Finding, ...]]:
    """The moment to judge by (aware UTC), and a finding if ``clock`` lies behind one of ``shown``.

    ``shown`` maps the words for a source of time to the latest moment it has shown. ``behind``:
    the kind of that finding; another one where ``clock`` is a day that somebody asked for.
    """
    latest, source = clock, "the machine's clock"
    for name, moment in shown.items():
        if moment is not None and moment > latest:
            latest, source = moment, name
    if latest - clock <= TOLERANCE:
        return latest, ()
    finding = Finding(
        kind=behind,
        where=Where(path=source),
        measured=instant_text(clock),
        limit=instant_text(latest),
    )
    return latest, (finding,)
