"""Every fuzz target on honest input, on damaged honest input, and on all that ever crashed it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.seeds import seeds
from benchmarks.fuzz.targets import TARGETS

SEEDS = seeds()
#: ``TARGET-anything``: inputs as the fuzzer left them.
CRASHES = sorted((Path(__file__).parent / "crashes").glob("*-*"))


def test_every_target_has_seeds() -> None:
    assert SEEDS.keys() == TARGETS.keys()
    assert all(SEEDS.values())


@pytest.mark.parametrize("target", TARGETS)
def test_honest_input(target: str) -> None:
    for data in (b"", *SEEDS[target]):
        TARGETS[target](data)


def test_what_crashed_once() -> None:
    for path in CRASHES:
        TARGETS[path.name.partition("-")[0]](path.read_bytes())


@pytest.mark.parametrize("target", sorted(TARGETS.keys() - {"body"}))
@given(st.data())
@settings(max_examples=40, deadline=None)
def test_damaged_input(target: str, data: st.DataObject) -> None:
    """Bytes changed, taken out, doubled, and pieces of two inputs put together."""
    given_ = data.draw(st.sampled_from(SEEDS[target]))
    other = data.draw(st.sampled_from(SEEDS[target]))
    at, end = sorted(data.draw(st.integers(0, len(given_))) for _ in range(2))
    put = data.draw(
        st.sampled_from([b"", given_[at:end] * 2, other[at:end]]) | st.binary(max_size=8)
    )
    TARGETS[target](given_[:at] + put + given_[end:])
