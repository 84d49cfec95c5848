"""Which things hang together over a chain of pairs. Knows nothing of meshes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.int64] | npt.NDArray[np.int32]


def connected(count: int, left: Integers, right: Integers) -> Integers:
    """A label for each of ``count`` things, equal where a chain of pairs joins them.

    Each round gives both ends of a pair the lower label and then follows labels of labels, so
    that long strips need few rounds.
    """
    labels: Integers = np.arange(count, dtype=np.int32)
    while len(left):
        one, other = labels[left], labels[right]
        lowest = np.minimum(one, other)
        np.minimum.at(labels, one, lowest)
        np.minimum.at(labels, other, lowest)
        while True:
            further = labels[labels]
            if (further == labels).all():
                break
            labels = further
        unlike = labels[left] != labels[right]
        left, right = left[unlike], right[unlike]
    return labels
