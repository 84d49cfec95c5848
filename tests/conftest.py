"""Options and settings that hold for every room's tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

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
