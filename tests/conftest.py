"""Options and settings that hold for every room's tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Helpers that assert say what they saw, as tests do.
pytest.register_assert_rewrite(
    "tests.controller.event_checks", "tests.controller.workshop", "tests.interlock.rig"
)

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("mdps", deadline=None)
settings.load_profile("mdps")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pictures",
        nargs="?",
        const="docs/pictures",
        metavar="FOLDER",
        help="save the pictures of the screens that tests/browser sees",
    )
