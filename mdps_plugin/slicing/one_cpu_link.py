"""A program started on one CPU. Chooses the CPU, starts and judges nothing.

PrusaSlicer makes as many threads as its CPU mask has CPUs, and collects the lines of a section in
the order in which these threads come: the islands of a layer and the vertex at which a wall begins
follow from that order (docs/adr/0039). With one CPU it makes one thread.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator

_TURNS = itertools.count()


@contextlib.contextmanager
def one_cpu() -> Iterator[None]:
    """What the calling thread starts within is bound to one of its CPUs, the next one each time.

    Inherited over fork and exec, so that the program never sees another mask; other threads keep
    theirs (sched_setaffinity(2)). Where the system does not allow it, the program starts on all:
    then slicing twice may differ, and ring B refuses what does.
    """
    try:
        allowed = os.sched_getaffinity(0)
    except OSError:
        yield
        return
    # Processes of their own pid that slice at once do not all take the first.
    chosen = sorted(allowed)[(os.getpid() + next(_TURNS)) % len(allowed)]
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {chosen})
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, allowed)
