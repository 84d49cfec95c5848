"""Shares with their intervals, and the smallest size that is surely found. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

_Z95 = 1.959964
SURE = 0.99


def wilson(found: int, tried: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) where nothing was tried."""
    if tried == 0:
        return 0.0, 1.0
    share, z2 = found / tried, _Z95**2
    middle = (share + z2 / (2 * tried)) / (1 + z2 / tried)
    half = _Z95 / (1 + z2 / tried) * math.sqrt(share * (1 - share) / tried + z2 / (4 * tried**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def upper_bound_of_none(tried: int) -> float:
    """95 % upper bound of a share of which none was seen: 1 - 0.05^(1/n), about 3/n."""
    return 1.0 if tried == 0 else 1 - 0.05 ** (1 / tried)


def smallest_sure(found: Sequence[int], tried: Sequence[int]) -> int | None:
    """Place of the smallest size from which on every size is found in 99 % or more.

    Sizes rise; those that were never tried say nothing. None where the largest that was tried is
    not found that surely.
    """
    place = None
    for index in range(len(tried) - 1, -1, -1):
        if tried[index] == 0:
            continue
        if found[index] < SURE * tried[index]:
            break
        place = index
    return place
