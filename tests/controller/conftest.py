"""A filled cell, made once a session and copied for whoever needs one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .workshop import Workshop, started


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A cell with recipes, lots, trainings and a qualified printer; not running."""
    shop = Workshop.new(tmp_path_factory.mktemp("f") / "h")
    with started(shop):
        shop.fill()
    return shop


@pytest.fixture(scope="module")
def shop(filled: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A running copy of the filled cell for one file of tests."""
    with started(filled.copy_to(tmp_path_factory.mktemp("m") / "h")) as running:
        yield running


@pytest.fixture
def a_copy(filled: Workshop, tmp_path: Path) -> Iterator[Callable[..., Workshop]]:
    """Makes copies of the filled cell, not started; they are stopped after the test."""
    made: list[Workshop] = []

    def make(**options: object) -> Workshop:
        made.append(filled.copy_to(tmp_path / f"h{len(made)}", **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()
