"""Bodies of a mesh that is surely closed, without sorting. Counts nothing and finds no fault.

:func:`mdps_plugin.models.surface.survey` sorts all corners and all edges, most of its time. Here
equal ones are brought together by a hash and compared number by number: two with one hash are tried
again under another, so that a hash can only cost time. Whatever is not as in a sound mesh gives
None, and the survey looks for itself. The kernel does the same in one pass (welded.c); this is for
where there is none, and for what it doubts.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .joined import Integers, connected
from .mesh import Corners, blocks

Places: TypeAlias = npt.NDArray[np.int32]
Hashes: TypeAlias = npt.NDArray[np.uint64]

# Odd numbers without a pattern: the golden ratio, and two of xxHash and MurmurHash3.
_FIRST, _SECOND, _THIRD = (
    np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xFF51AFD7ED558CCD)
)
_HALF = np.uint64(32)
# Each round leaves a tenth of what it was given.
_ROUNDS = 16


def bodies_if_closed(triangles: Corners) -> Integers | None:
    """A label for each of ``triangles`` (n, 3, 3), the place of the first of its body; or None.

    Given only if no corner of a triangle is another of its corners, and each edge has exactly two
    faces that run along it in opposite directions. Corners are welded and bodies joined as in the
    survey: by equal 32-bit coordinates, over edges.
    """
    corners = _weld(triangles)
    if corners is None:
        return None
    start, end = corners.ravel(), np.roll(corners, -1, axis=1).ravel()
    if (start == end).any():
        return None
    rises = start < end
    up, down = (np.flatnonzero(side).astype(np.int32) for side in (rises, ~rises))
    if len(up) != len(down):
        return None
    there = _edge(start[up], end[up], len(start))
    back = _edge(end[down], start[down], len(start))
    mate = _mates(there, back)
    return None if mate is None else connected(len(corners), up[mate] // 3, down // 3)


def _weld(triangles: Corners) -> Places | None:
    """For each corner, (n, 3), the place of one of those that are equal to it, the same for all.

    Block by block: memory that is touched for the first time costs more than what is done there.
    """
    corners = triangles.reshape(-1, 3)
    points = np.empty(corners.shape, dtype=np.float32)
    bits, found = points.view(np.uint32), np.empty(len(points), dtype=np.int32)
    table, shift = _table(len(points))
    for block in blocks(len(points)):
        points[block] = corners[block]
        points[block] += np.float32(0)  # -0 is 0: equal numbers have equal bits
        found[block] = _slots(_mix(_hash(bits[block])), shift)
        # One of those that want a slot has it; which one does not matter.
        table[found[block]] = np.arange(block.start, block.stop, dtype=np.int32)
    unlike = []
    for block in blocks(len(points)):
        found[block] = table[found[block]]
        unlike.append(np.flatnonzero(_differ(bits, found[block], block)) + block.start)
    left = np.concatenate(unlike)
    mixed = _mix(_hash(bits[left]))
    for _ in range(_ROUNDS):
        if len(left) == 0:
            return found.reshape(-1, 3)
        mixed = _mix(mixed)
        slot = _slots(mixed, shift)
        table[slot] = left
        found[left] = table[slot]
        other = _differ(bits, found[left], left)
        left, mixed = left[other], mixed[other]
    return None


def _edge(lower: Places, higher: Places, count: int) -> npt.NDArray[np.int64]:
    """Both ends of each edge, below ``count``, as one number."""
    edge = lower.astype(np.int64)
    edge *= count
    edge += higher
    return edge


def _hash(bits: npt.NDArray[np.uint32]) -> Hashes:
    """One number of the three in each row."""
    plane = bits[:, 0].astype(np.uint64)
    plane <<= _HALF
    plane |= bits[:, 1]
    plane *= _FIRST
    plane ^= bits[:, 2] * _SECOND
    return plane


def _differ(
    bits: npt.NDArray[np.uint32], one: Places, other: slice | Integers
) -> npt.NDArray[np.bool_]:
    """Which rows of ``bits`` are not alike, pair by pair."""
    found = bits[one, 0] != bits[other, 0]
    found |= bits[one, 1] != bits[other, 1]
    found |= bits[one, 2] != bits[other, 2]
    return np.asarray(found)


def _mates(there: npt.NDArray[np.int64], back: npt.NDArray[np.int64]) -> Places | None:
    """For each of ``back`` the place in ``there`` of its equal; None unless all are pairs.

    As many of ``back`` are matched in a round as of ``there`` only if no number stands twice in
    either: equal ones share their slot in every round, and one owner.
    """
    found = left = right = np.arange(len(there), dtype=np.int32)
    mixed, sought = (_mix(side.view(np.uint64) * _FIRST) for side in (there, back))
    table, shift = _table(2 * len(there))
    table.fill(0)
    own = back
    for turn in range(_ROUNDS):
        table[_slots(mixed, shift)] = left
        owner = table[_slots(sought, shift)]
        same = there[owner] == own
        if turn == 0:
            found = owner
        else:
            found[right] = owner
        rest = np.ones(len(there), dtype=np.bool_)
        rest[owner[same]] = False
        rest, other = rest if turn == 0 else rest[left], ~same
        left, right, own = left[rest], right[other], own[other]
        if len(left) != len(right):
            return None
        if len(left) == 0:
            return found
        mixed, sought = _mix(mixed[rest]), _mix(sought[other])
    return None


def _mix(numbers: Hashes) -> Hashes:
    """Spreads numbers that differ in a few bits over all of them (xorshift, multiply)."""
    numbers ^= numbers >> _HALF
    numbers *= _THIRD
    return numbers


def _table(things: int) -> tuple[Places, np.uint64]:
    """A slot or two for each of ``things``, and how far to shift a hash to have one of them."""
    bits = max(4, (things - 1).bit_length())
    return np.empty(1 << bits, dtype=np.int32), np.uint64(64 - bits)


def _slots(mixed: Hashes, shift: np.uint64) -> Places:
    return (mixed >> shift).astype(np.int32)
