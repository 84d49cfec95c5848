"""The tree against the vectors of Certificate Transparency and against RFC 6962's own words."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_holds,
    consistency_proof,
    inclusion_holds,
    inclusion_proof,
    leaf_hash,
    tree_root,
)

CT_INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def plain_root(inputs: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not inputs:
        return hashlib.sha256().digest()
    if len(inputs) == 1:
        return hashlib.sha256(b"\x00" + inputs[0]).digest()
    middle = 1
    while middle * 2 < len(inputs):
        middle *= 2
    left, right = plain_root(inputs[:middle]), plain_root(inputs[middle:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_certificate_transparency(size):
    leaves = [leaf_hash(bytes.fromhex(text)) for text in CT_INPUTS[:size]]
    assert tree_root(leaves).hex() == CT_ROOTS[size - 1]


def test_empty_tree():
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256().digest()


@given(st.lists(st.binary(max_size=5), max_size=40))
def test_frontier_equals_the_definition_at_every_size(inputs):
    frontier = Frontier()
    for size, data in enumerate(inputs):
        assert frontier.root() == plain_root(inputs[:size])
        before = frontier.copy()
        frontier.push(leaf_hash(data))
        assert before.size == size
        assert before.root() == plain_root(inputs[:size])
    assert frontier.root() == plain_root(inputs)


@st.composite
def trees(draw):
    size = draw(st.integers(1, 70))
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    return leaves, draw(st.integers(0, size - 1)), draw(st.integers(0, size))


@given(trees(), st.data())
def test_inclusion_proofs_hold_and_nothing_else_does(tree, data):
    leaves, index, _ = tree
    root, proof = tree_root(leaves), inclusion_proof(leaves, index)
    assert inclusion_holds(leaves[index], index, len(leaves), proof, root)
    other = data.draw(st.integers(0, len(leaves)))
    if other != index:
        assert not inclusion_holds(leaves[index], other, len(leaves), proof, root)
    assert not inclusion_holds(leaf_hash(b"else"), index, len(leaves), proof, root)
    assert not inclusion_holds(leaves[index], index, len(leaves), (*proof, root), root)
    assert not inclusion_holds(leaves[index], index, len(leaves), proof, leaves[index][::-1])
    if proof:
        assert not inclusion_holds(leaves[index], index, len(leaves), proof[:-1], root)


@given(trees())
def test_consistency_proofs_hold_and_a_fork_does_not(tree):
    leaves, _, old = tree
    root, old_root = tree_root(leaves), tree_root(leaves[:old])
    proof = consistency_proof(leaves, old)
    assert consistency_holds(old, old_root, len(leaves), root, proof)
    assert not consistency_holds(old, old_root, len(leaves), root, (*proof, root))
    if proof:
        assert not consistency_holds(old, old_root, len(leaves), root, proof[:-1])
    if old:
        forked = [leaf_hash(b"forked"), *leaves[1:]]
        fork = consistency_proof(forked, old)
        assert not consistency_holds(old, old_root, len(leaves), tree_root(forked), fork)
        assert not consistency_holds(old, old_root, len(leaves), tree_root(forked), proof)


def test_proofs_outside_the_tree_are_misuse():
    leaves = [leaf_hash(b"a")]
    with pytest.raises(RuntimeError):
        inclusion_proof(leaves, 1)
    with pytest.raises(RuntimeError):
        consistency_proof(leaves, 2)
    assert not consistency_holds(2, EMPTY_ROOT, 1, EMPTY_ROOT, ())
    assert not inclusion_holds(leaves[0], 0, 0, (), leaves[0])
