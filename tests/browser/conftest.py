"""One demonstration hospital and one chromium for the tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from mdps_plugin.demonstration.waiting import prepare_orders
from tests.hospital import DemoHospital

from .someone import Someone

SPEED = 120.0
PATIENCE_MS = 30_000
QUIET = ("gpu", "quic", "background-networking", "component-update", "sync")

Login = Callable[[str], Someone]


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHospital]:
    with DemoHospital(tmp_path_factory.mktemp("h"), speed=SPEED) as hospital:
        prepare_orders(hospital.layout, lambda _text: None)
        hospital.make_ready()
        yield hospital


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "chromium is needed: apt-get install chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--no-first-run", *(f"--disable-{one}" for one in QUIET)],
        )
        yield browser
        browser.close()


@pytest.fixture
def login(
    hospital: DemoHospital, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Login]:
    """Log somebody in. No page may have complained when the test is over."""
    folder = request.config.getoption("--pictures")
    pictures = Path(folder) if folder else None
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    there: list[Someone] = []

    def log_in(user: str) -> Someone:
        there.append(Someone(browser, hospital, user, pictures))
        return there[-1]

    yield log_in
    faults = [fault for one in there for fault in one.faults]
    for one in there:
        one.close()
    assert faults == []
