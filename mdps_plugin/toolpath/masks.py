"""Sets of pixels, widened and followed along what is joined. Pure; says nothing of plastic.

Each looks only at the rows and columns where something is set: little of a plate is support.
"""

from __future__ import annotations

import numpy as np

from .raster import Ints, Mask


def grown(mask: Mask, reach: int) -> Mask:
    """Set within a square of ``reach`` pixels to each side of a set pixel."""
    part = _set_part(mask, reach)
    out = np.zeros_like(mask)
    out[part] = _grown(mask[part], reach)
    return out


def flooded(seed: Mask, free: Mask) -> Mask:
    """Which of the ``free`` pixels are joined to one of ``seed``, along rows and columns."""
    part = _set_part(free, 0)
    out = np.zeros_like(free)
    out[part] = _flooded(seed[part], free[part])
    return out


def _set_part(mask: Mask, beside: int) -> tuple[slice, slice]:
    """The rows and columns that hold every set pixel, and ``beside`` more to each side."""
    found = []
    for axis in (1, 0):
        at = np.flatnonzero(mask.any(axis=axis))
        low, high = (int(at[0]), int(at[-1]) + 1) if len(at) else (0, 0)
        found.append(slice(max(low - beside, 0), high + beside if len(at) else 0))
    return found[0], found[1]


def _grown(mask: Mask, reach: int) -> Mask:
    if not mask.any():
        return mask
    for axis in (0, 1):
        mask = _grown_along(mask, reach, axis)
    return mask


def _grown_along(mask: Mask, reach: int, axis: int) -> Mask:
    """Looks twice as far on with each step, until it has seen ``reach`` to both sides."""
    lines = np.moveaxis(mask, axis, 0)
    seen = np.zeros((len(lines) + 2 * reach, *lines.shape[1:]), dtype=np.bool_)
    seen[reach : reach + len(lines)] = lines
    far, wanted = 1, 2 * reach + 1
    while far < wanted:
        step = min(far, wanted - far)
        seen[:-step] |= seen[step:]
        far += step
    return np.moveaxis(seen[: len(lines)], 0, axis)


def _flooded(seed: Mask, free: Mask) -> Mask:
    found = seed & free
    if not found.any():
        return found
    rows, columns = _runs(free), _runs(free.T)
    before = int(found.sum())
    while True:
        found = _joined(_joined(found, free, rows).T, free.T, columns).T
        now = int(found.sum())
        if now == before:
            return found
        before = now


def _runs(free: Mask) -> Ints:
    """A number for each run of free pixels: it rises at each that is not free, and row by row."""
    padded = np.ones((free.shape[0], free.shape[1] + 1), dtype=np.bool_)
    np.logical_not(free, out=padded[:, 1:])
    return np.cumsum(padded, axis=None).reshape(padded.shape)[:, 1:]


def _joined(found: Mask, free: Mask, run: Ints) -> Mask:
    """Free pixels of a row that hang together with one that was found."""
    touched = np.zeros(int(run[-1, -1]) + 1, dtype=np.bool_)
    touched[run[found]] = True
    return np.asarray(touched[run] & free)
