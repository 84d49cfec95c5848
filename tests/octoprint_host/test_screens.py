"""Screens in a real browser where the controller misbehaves or each click must be counted.

The way from order to released record with the real controller is the acceptance test's.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.harness import wait_until

from .conftest import SNAPSHOT, Hospital
from .real_face import PASSWORD
from .scripted_controller import ok

pytestmark = [pytest.mark.octoprint, pytest.mark.browser]

HOSTILE = '<img src=x onerror="window.hurt=1">{{7*7}}'
SHA = "ab" * 32
ROW = {
    "order_id": "O-1",
    "state": "verified",
    "recipe": "mask-extender revision 1",
    "device": HOSTILE,
    "patient_token": "P-7FK291QD4X2Z",
    "due": "2026-11-24T06:00:00Z",
    "build_id": None,
    "next_step": "Sign and start",
    "screen": "ready",
}
MEANING = "I take responsibility for starting this build."
ORDER: dict[str, Any] = {
    "order": {"order_id": "O-1"},
    "state": "verified",
    "next_step": {"text": "Sign and start", "who": "technician", "screen": "ready"},
    "recipe": {"label": "mask-extender revision 1"},
    "checking": None,
    "checks": [{"name": "grammar", "ring": None, "ran": True, "seconds": 0.1}],
    "findings": [],
    "build": None,
    "lots": [{"lot_id": "22B", "label": HOSTILE, "usable": True, "reasons": []}],
    "plate": "smooth PEI",
    "steps": [],
    "characteristics": [],
    "preconditions": [],
    "operator": None,
    "deviations": [],
    "documents": [],
    "picture": False,
    "to_sign": {
        "permit": {"subject_sha256": SHA, "meaning": MEANING, "what": [["Order", HOSTILE]]}
    },
}
REFUSAL = {
    "number": 9,
    "count": 1,
    "entry": 4118,
    "code": "GT-1",
    "clause": "",
    "title": "Not sent: the printer is locked",
    "observed": HOSTILE,
    "allowed": "Only the lines of a signed job.",
    "next_step": "Scan an order.",
    "who": "technician",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "chromium is needed: apt-get install chromium"
    quiet = ["quic", "background-networking", "component-update", "sync", "gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
        )
        yield browser
        browser.close()


class Screen:
    """One logged-in page that notes script faults and what it sent."""

    def __init__(self, browser: Browser, hospital: Hospital, user: str) -> None:
        self.faults: list[str] = []
        self.sent: list[str] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 800})
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on(
            "request",
            lambda request: request.method == "POST" and self.sent.append(request.url),
        )
        self.page.goto(f"{hospital.face.url}/")
        self.page.fill("#login input[type=text], input[type=text]", user)
        self.page.fill("input[type=password]", PASSWORD)
        self.page.click("button:has-text('Log in')")
        expect(self.page.locator("#mdps_scan")).to_be_visible(timeout=60_000)

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def ward(hospital: Hospital) -> Hospital:
    """One order waits, ready to be signed."""
    hospital.answers["state"] = ok({**SNAPSHOT, "seq": 50, "orders": [ROW]})
    hospital.answers["order"] = ok(ORDER)
    hospital.answers["recipes"] = ok([])
    hospital.controller.hang_up()
    return hospital


@pytest.fixture
def screen(ward: Hospital, browser: Browser) -> Iterator[Screen]:
    screen = Screen(browser, ward, "tech")
    yield screen
    faults = screen.faults
    screen.close()
    assert faults == []


def tell(hospital: Hospital, event: dict[str, Any]) -> None:
    assert hospital.controller.watching.wait(30)
    hospital.controller.tell(event)


def test_three_clicks_from_scanned_order_to_start(ward: Hospital, screen: Screen) -> None:
    page = screen.page
    wrong = {"kind": "signature", "message": "Wrong password. 2 tries left."}
    ward.answers["permit_build"] = {"ok": False, "error": wrong}
    # The scanner types into whatever has the focus and ends with Enter.
    expect(page.locator("#mdps_scan")).to_be_focused()
    page.keyboard.type("O-1")
    page.keyboard.press("Enter")
    sign = page.locator("#mdps_tab .mdps-primary:visible")
    expect(sign).to_have_text("Sign and start…")
    box = sign.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800
    assert box["height"] >= 48

    # Without the tick nothing opens: the focus goes where the answer is missing.
    sign.click()
    expect(page.locator("#mdps_plate")).to_be_focused()
    assert not page.locator("#mdps_sign_dialog").is_visible()

    page.locator("#mdps_plate").click()  # click 1
    sign.click()  # click 2
    dialog = page.locator("#mdps_sign_dialog")
    expect(page.locator("#mdps_sign_password")).to_be_focused()
    expect(dialog).to_contain_text(MEANING)
    expect(dialog).to_contain_text("tech")
    page.keyboard.type("wrong")
    page.click("#mdps_sign_submit")  # click 3, with the wrong password
    expect(dialog).to_contain_text("Wrong password. 2 tries left.")
    expect(page.locator("#mdps_sign_password")).to_have_value("")

    ward.answers["permit_build"] = ok({"build_id": "B-9"})
    ward.answers["job"] = {"ok": False, "refusal": {"findings": [], "not_run": ["permit"]}}
    page.fill("#mdps_sign_password", "right")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    wait_until(lambda: ward.controller.asked("job"), 20, "the start")
    first, second = ward.controller.asked("permit_build")
    assert first["args"] == {
        "order_id": "O-1",
        "plate_clear": True,
        "plate": "smooth PEI",
        "lot_id": "22B",
        "signature": {
            "user": "tech",
            "password": "wrong",
            "meaning": MEANING,
            "subject_sha256": SHA,
        },
    }
    assert second["args"]["signature"]["password"] == "right"
    assert ward.controller.asked("job")[0]["args"] == {"build_id": "B-9"}
    # A start that was refused says so on the screen, with the checks that did not run.
    expect(page.locator("#mdps_tab")).to_contain_text("These checks did not run: permit")


def test_keyboard_alone_opens_and_leaves_the_dialog(ward: Hospital, screen: Screen) -> None:
    page = screen.page
    page.keyboard.type("O-1")
    page.keyboard.press("Enter")
    page.locator("#mdps_plate").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#mdps_tab .mdps-primary:visible")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#mdps_sign_password")).to_be_focused()
    inside = "document.getElementById('mdps_sign_dialog').contains(document.activeElement)"
    for _ in range(9):
        page.keyboard.press("Tab")
        assert page.evaluate(inside)
    page.keyboard.press("Escape")
    expect(page.locator("#mdps_sign_dialog")).to_be_hidden()
    expect(page.locator("#mdps_tab .mdps-primary:visible")).to_be_focused()
    assert ward.controller.asked("permit_build") == []


def test_silence_shows_nothing_old_and_offers_no_start(ward: Hospital, screen: Screen) -> None:
    page = screen.page
    expect(page.locator("#mdps_tab")).to_contain_text("O-1")
    ward.controller.mute.set()
    expect(page.locator("#navbar_plugin_mdps")).to_contain_text(
        "No controller · locked", timeout=30_000
    )
    expect(page.locator("#mdps_tab")).to_contain_text("No answer for")
    expect(page.locator("#mdps_tab")).not_to_contain_text("O-1")
    assert page.locator("#mdps_tab .mdps-primary:visible").count() == 0
    ward.controller.mute.clear()
    expect(page.locator("#mdps_tab")).to_contain_text("O-1", timeout=30_000)


def test_values_are_text_and_a_repeat_counts_up(ward: Hospital, screen: Screen) -> None:
    page = screen.page
    expect(page.locator("#mdps_tab")).to_contain_text(HOSTILE)
    tell(ward, {"event": "refusal", **REFUSAL})
    notice = page.locator(".mdps-notice")
    expect(notice).to_contain_text(HOSTILE)
    tell(ward, {"event": "refusal", **REFUSAL, "count": 3})
    expect(notice).to_contain_text("(3 times)")
    assert notice.count() == 1
    page.fill("#mdps_scan", "O-1")
    page.keyboard.press("Enter")
    expect(page.locator("#mdps_tab .mdps-facts").first).to_contain_text(HOSTILE)
    assert page.evaluate("window.hurt") is None


def test_print_button_of_octoprint_sends_nothing(ward: Hospital, browser: Browser) -> None:
    ward.face.wait_for_state("Operational")
    ward.face.upload("bracket.gcode", "G28\n")
    screen = Screen(browser, ward, "operator")
    page = screen.page
    page.click("#tabs a:has-text('Terminal')")
    assert not page.locator("#job_print").is_visible()
    for selector in ("#terminal-sendpanel", "#temperature-table", "#control .jog-panel"):
        assert page.locator(selector).first.get_attribute("inert") is not None
    expect(page.locator("#term .mdps-core-banner")).to_contain_text("Locked.")
    sent = len(screen.sent)
    page.locator("#files .entry:has-text('bracket') .btn-files-print").click()
    dialog = page.locator("#mdps_lock_dialog")
    expect(dialog).to_contain_text("Not started: this printer is locked")
    expect(dialog).to_contain_text("bracket.gcode")
    assert [url for url in screen.sent[sent:] if "/api/" in url] == []
    page.click("#mdps_lock_orders")
    expect(page.locator("#mdps_scan")).to_be_visible()
    screen.close()
    assert screen.faults == []


@pytest.mark.parametrize(("user", "sees"), [("tech", True), ("inspector", False)])
def test_a_role_that_may_not_sign_sees_no_button(
    ward: Hospital, browser: Browser, user: str, sees: bool
) -> None:
    screen = Screen(browser, ward, user)
    screen.page.fill("#mdps_scan", "O-1")
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("#mdps_tab")).to_contain_text("Checks")
    assert (screen.page.locator("text=Sign and start…").count() == 1) == sees
    if not sees:
        expect(screen.page.locator("#mdps_tab")).to_contain_text("Needs: technician")
    screen.close()
    assert screen.faults == []
