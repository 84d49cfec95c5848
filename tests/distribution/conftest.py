"""Fixtures of the distribution room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two repositories that a client has accepted."""
    world = make_world(tmp_path)
    yield world
    world.chain.close()
