"""Options and settings that hold for every room's tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Helpers that assert say what they saw, as tests do.
pytest.register_assert_rewrite(
    "tests.controller.event_checks",
    "tests.controller.plain_host",
    "tests.controller.running_cell",
    "tests.controller.site",
    "tests.controller.workshop",
    "tests.interlock.gate_cases",
    "tests.interlock.rig",
    "tests.toolpath.both",
)

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("mdps", deadline=None)
settings.load_profile("mdps")


LONG_FIRST = ("octoprint", "browser", "broker", "slicer")
"""Marks of what takes minutes a file, most of them spent waiting for other processes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with real hosts begin first, so that no worker has one left while the rest have ended.

    Order within a file stays. Works with ``--no-loadscope-reorder``: xdist would begin with the
    files of most tests, which are the quick ones.
    """

    def place(item: pytest.Item) -> int:
        marks = {mark.name for mark in item.iter_markers()}
        return next((n for n, name in enumerate(LONG_FIRST) if name in marks), len(LONG_FIRST))

    first: dict[str, int] = {}
    for item in items:
        file = item.nodeid.partition("::")[0]
        first[file] = min(first.get(file, len(LONG_FIRST)), place(item))
    items.sort(key=lambda item: first[item.nodeid.partition("::")[0]])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pictures",
        nargs="?",
        const="docs/pictures",
        metavar="FOLDER",
        help="save the pictures of the screens that tests/browser sees",
    )
