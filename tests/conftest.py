"""Options and settings that hold for every room's tests."""

from __future__ import annotations

from itertools import zip_longest

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


WAITING = ("octoprint", "browser", "broker")
"""Marks of what takes minutes a file, most of them spent waiting for other processes."""

RECKONING = ("slicer",)
"""Marks of what takes minutes a file and keeps a processor busy."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin first, so that no worker has one left while the rest have ended.

    By turns one that waits and one that reckons: workers that all wait leave the processors idle.
    Order within a file stays. Works with ``--no-loadscope-reorder``: xdist would begin with the
    files of most tests, which are the quick ones.
    """
    marks: dict[str, set[str]] = {}
    for item in items:
        own = marks.setdefault(_file(item), set())
        own.update(mark.name for mark in item.iter_markers())

    def marked(names: tuple[str, ...], files: list[str]) -> list[str]:
        rows = [(n, file) for n, name in enumerate(names) for file in files if name in marks[file]]
        return list(dict.fromkeys(file for _, file in sorted(rows, key=lambda row: row[0])))

    waiting = marked(WAITING, list(marks))
    reckoning = marked(RECKONING, [file for file in marks if file not in waiting])
    turns = [file for pair in zip_longest(waiting, reckoning) for file in pair if file is not None]
    place = {file: n for n, file in enumerate(turns)}
    items.sort(key=lambda item: place.get(_file(item), len(turns)))


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pictures",
        nargs="?",
        const="docs/pictures",
        metavar="FOLDER",
        help="save the pictures of the screens that tests/browser sees",
    )
