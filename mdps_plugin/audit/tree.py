"""The Merkle tree of the log: RFC 6962 section 2.1, hashes and proofs. Holds no entry, no file.

Leaf hash: SHA-256(0x00 || entry). Node hash: SHA-256(0x01 || left || right). Head of the empty
tree: SHA-256 of nothing. Proofs are made as in RFC 6962 sections 2.1.1 and 2.1.2 and checked by
the algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2. All hashes are 32 raw bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash of one entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: enough to add leaves and to tell the root."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Start from the leaf hashes of a whole tree, or from nothing."""
        self.size = 0
        self._roots: list[bytes] = []  # of the perfect subtrees, largest first
        for leaf in leaves:
            self.push(leaf)

    def push(self, leaf: bytes) -> None:
        """Add one leaf hash on the right."""
        self._roots.append(leaf)
        rest = self.size
        while rest & 1:
            right = self._roots.pop()
            self._roots.append(node_hash(self._roots.pop(), right))
            rest >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Head of the tree as it is now."""
        if not self._roots:
            return EMPTY_ROOT
        head = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            head = node_hash(left, head)
        return head

    def copy(self) -> Frontier:
        """An independent frontier of the same tree."""
        twin = Frontier()
        twin.size = self.size
        twin._roots = list(self._roots)
        return twin


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Head of the tree over these leaf hashes."""
    return Frontier(leaves).root()


def _split(size: int) -> int:
    """The largest power of two below ``size`` (at least 2)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Audit path of leaf ``index`` in the tree over ``leaves``; ``RuntimeError`` outside it."""
    if not 0 <= index < len(leaves):
        raise RuntimeError(f"leaf {index} of a tree of {len(leaves)}")
    path: list[bytes] = []
    while len(leaves) > 1:
        middle = _split(len(leaves))
        if index < middle:
            path.append(tree_root(leaves[middle:]))
            leaves = leaves[:middle]
        else:
            path.append(tree_root(leaves[:middle]))
            leaves = leaves[middle:]
            index -= middle
    return tuple(reversed(path))


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """Proof that the tree over ``leaves`` continues its own first ``old_size`` leaves.

    Empty for ``old_size`` 0 and for ``old_size`` equal to the size of the tree.
    """
    if not 0 <= old_size <= len(leaves):
        raise RuntimeError(f"an old tree of {old_size} in a tree of {len(leaves)}")
    if old_size == 0:
        return ()
    path: list[bytes] = []
    whole = True  # the old tree is, as a whole, the left edge of what is looked at
    while old_size != len(leaves):
        middle = _split(len(leaves))
        if old_size <= middle:
            path.append(tree_root(leaves[middle:]))
            leaves = leaves[:middle]
        else:
            path.append(tree_root(leaves[:middle]))
            leaves = leaves[middle:]
            old_size -= middle
            whole = False
    if not whole:
        path.append(tree_root(leaves))
    return tuple(reversed(path))


def inclusion_holds(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """True if ``proof`` shows that ``leaf`` is leaf ``index`` of the tree ``size``, ``root``."""
    if not 0 <= index < size:
        return False
    first, last, head = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            head = node_hash(sibling, head)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            head = node_hash(head, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and head == root


def consistency_holds(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """True if ``proof`` shows that the tree ``size``, ``root`` continues the old one.

    The old tree of size 0 is continued by every tree; its root must be that of the empty tree.
    """
    if not 0 <= old_size <= size:
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    if old_size == size:
        return not proof and old_root == root
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    first, last = old_size - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_head = head = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old_head, head = node_hash(sibling, old_head), node_hash(sibling, head)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            head = node_hash(head, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and old_head == old_root and head == root
