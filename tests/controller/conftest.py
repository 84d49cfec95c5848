"""A filled cell, made once a session and copied for whoever needs one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.build.signature import Act

from . import bundles
from .workshop import QUICK, Workshop, started


def make_quick(document: dict[str, Any]) -> None:
    """The strap without waiting: steps that may be signed at once."""
    document["identity"].update(recipe_id=QUICK, title="Quick strap")
    for step in document["post_processing"]:
        step["minimum_s"] = 0


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A cell with recipes, lots, trainings and a qualified printer; not running."""
    shop = Workshop.new(tmp_path_factory.mktemp("f") / "h")
    quick = bundles.variant(tmp_path_factory.mktemp("q") / "quick-strap", make_quick)
    with started(shop):
        shop.fill()
        shop.register(
            "approve_recipe",
            Act.APPROVE_RECIPE,
            bundle=str(quick),
            local_qualification="For tests.",
        )
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


@pytest.fixture(scope="module")
def desk(filled: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A running cell without a printer: what is looked at here comes long before one."""
    shop = filled.copy_to(tmp_path_factory.mktemp("d") / "h")
    with shop:
        shop.start_controller(printer=False)
        yield shop
        assert shop.traces() == []
        assert shop.log_is_whole()
