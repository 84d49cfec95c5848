"""Which rows of whole numbers are equal, exactly and without comparing each with each."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]

# Odd numbers without a pattern: square roots of the first primes (FIPS 180-4), made odd.
_FACTORS = np.array(
    [0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1],
    dtype=np.uint64,
)


def kinds_of_rows(table: Ints) -> Ints:
    """For each row of ``table`` (n, m) a number from 0, the same for rows that are equal.

    Rows are put beside each other by a sum that equal rows share; what is equal is then decided
    by the rows themselves. Where that sum fails, they are sorted by all columns.
    """
    order = np.argsort(_sums(table), kind="stable")
    new = _differs_from_last(table, order)
    sums = _sums(table[order[1:]]) == _sums(table[order[:-1]])
    if (new[1:] & sums).any():
        order = np.lexsort(table.T)
        new = _differs_from_last(table, order)
    kinds = np.empty(len(table), dtype=np.int64)
    kinds[order] = np.cumsum(new) - 1
    return kinds


def _sums(table: Ints) -> npt.NDArray[np.uint64]:
    total = np.zeros(len(table), dtype=np.uint64)
    for column in range(table.shape[1]):
        total ^= table[:, column].astype(np.uint64)
        total *= _FACTORS[column % len(_FACTORS)]
        total ^= total >> np.uint64(29)
    return total


def _differs_from_last(table: Ints, order: Ints) -> npt.NDArray[np.bool_]:
    new = np.zeros(len(table), dtype=np.bool_)
    new[:1] = True
    for column in range(table.shape[1]):
        values = table[order, column]
        new[1:] |= values[1:] != values[:-1]
    return new


def beyond(kinds: Ints, other: Ints) -> Ints:
    """Places in ``kinds`` of those that stand there more often than in ``other``: the last ones."""
    most = int(max(kinds.max(initial=-1), other.max(initial=-1))) + 1
    allowed = np.bincount(other, minlength=most)
    order = np.argsort(kinds, kind="stable")
    ordered = kinds[order]
    starts = np.searchsorted(ordered, np.arange(most))
    times = np.empty(len(kinds), dtype=np.int64)
    times[order] = np.arange(len(kinds)) - starts[ordered]
    return np.flatnonzero(times >= allowed[kinds])
