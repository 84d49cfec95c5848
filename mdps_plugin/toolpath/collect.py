"""Gathers findings so that a screen can show them: a few of each kind, in the order of the file.

Never drops the last finding of a kind, so what refuses stays refused. Judges nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from ..findings import Finding
from .codes import MORE_FINDINGS
from .codes_writing import OTHER_HAND

PER_KIND = 6
SHOWN = 50
ENOUGH = 1000
"""Findings after which a rule that goes layer by layer may stop: the job is refused by far."""


class Collector:
    """Findings of one examination; at most :data:`PER_KIND` of a kind are kept, all are counted."""

    def __init__(self) -> None:
        """Start with nothing found."""
        self._kept: list[Finding] = []
        self._count: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """Findings so far, those that are not kept included."""
        return self._count.total()

    @property
    def enough(self) -> bool:
        """Whether looking on would only cost time; an honest job never gets here.

        A job in other writing is all of it so, and may be the right plastic: that stops nothing.
        """
        return self.count - self._count[OTHER_HAND.code] >= ENOUGH

    def add(self, finding: Finding) -> None:
        """Keep or count one finding."""
        self._count[finding.code] += 1
        if self._count[finding.code] <= PER_KIND:
            self._kept.append(finding)

    def add_all(self, findings: Iterable[Finding]) -> None:
        """Keep or count several."""
        for finding in findings:
            self.add(finding)

    def add_each(self, places: npt.NDArray[np.int64], build: Callable[[int], Finding]) -> None:
        """One finding per place, all of one kind; builds only those that are kept."""
        for place in places[:PER_KIND]:
            self.add(build(int(place)))
        if len(places) > PER_KIND:
            self._count[self._kept[-1].code] += len(places) - PER_KIND

    def result(self) -> tuple[Finding, ...]:
        """By line, the rest after them; at most :data:`SHOWN` and the count of the others."""
        ordered = sorted(
            self._kept,
            key=lambda found: (found.where.line is None, found.where.line or 0, found.code),
        )
        first_of_kind = {found.code: found for found in reversed(ordered)}
        shown = set(map(id, first_of_kind.values()))
        for found in ordered:
            if len(shown) >= SHOWN:
                break
            shown.add(id(found))
        kept = [found for found in ordered if id(found) in shown]
        left = self.count - len(kept)
        if left:
            kept.append(Finding(kind=MORE_FINDINGS, measured=left, limit=len(kept)))
        return tuple(kept)
