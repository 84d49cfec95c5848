"""Somebody at a real chromium: logs in, clicks, types, and notes what the page complained about."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.hospital import DemoHospital

WIDTH, HEIGHT = 1280, 800
COLOURS = 128
PATIENCE_MS = 30_000

REFUSALS = ("status of 403", "status of 409")
"""Chromium itself notes an answer that is a "no" as an error; that no was asked for."""


class Someone:
    """One person with a browser of their own. ``pictures`` is where the screens are saved."""

    def __init__(
        self, browser: Browser, hospital: DemoHospital, user: str, pictures: Path | None = None
    ) -> None:
        self.user = user
        self.faults: list[str] = []
        self.expected = REFUSALS
        self.presses = 0
        self._login = hospital.layout.logins()[user]
        self._pictures = pictures
        self._context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, accept_downloads=True
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("pageerror", lambda fault: self.faults.append(f"{user}: {fault}"))
        self.page.on("console", self._note)
        self.page.goto(hospital.running.url)
        self.page.fill("#login-user", user)
        self.page.fill("#login-password", self._login["octoprint_password"])
        self.page.click("#login-button")
        expect(self.page.locator("#mdps_scan")).to_be_visible(timeout=60_000)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(one in message.text for one in self.expected):
            self.faults.append(f"{self.user}: {message.text} {message.location.get('url')}")

    def close(self) -> None:
        """Close the browser window."""
        self._context.close()

    def picture(self, name: str) -> None:
        """Save what the window shows now, if pictures are wanted."""
        if self._pictures is None:
            return
        self.page.mouse.move(WIDTH - 1, HEIGHT - 1)
        shot = Image.open(io.BytesIO(self.page.screenshot(animations="disabled")))
        few = shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(self._pictures / f"{name}.png", optimize=True)

    @property
    def tab(self) -> Locator:
        """The MDPS tab."""
        return self.page.locator("#mdps_tab")

    @property
    def dialog(self) -> Locator:
        """The signing dialog."""
        return self.page.locator("#mdps_sign_dialog")

    @property
    def primary(self) -> Locator:
        """The one primary action of an open order."""
        return self.tab.locator(".mdps-actions .mdps-primary:visible")

    def scan(self, order_id: str) -> None:
        """What a scanner does: keys wherever the focus is, then Enter."""
        expect(self.page.locator("#mdps_scan")).to_be_focused()
        self.page.keyboard.type(order_id)
        self.page.keyboard.press("Enter")

    def press(self, target: Locator) -> None:
        """One counted click."""
        target.click()
        self.presses += 1

    def expect_in_view(self, target: Locator) -> None:
        """The whole of it stands in the window without scrolling, large enough for a glove."""
        expect(target).to_be_visible()
        box = target.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= HEIGHT
        assert box["height"] >= 48

    @property
    def signing_password(self) -> str:
        """This person's own."""
        return self._login["signing_password"]

    def type_password(self, password: str | None = None) -> None:
        """Type a signing password, one's own if none is given, where the focus is."""
        expect(self.page.locator("#mdps_sign_password")).to_be_focused()
        self.page.keyboard.type(password or self.signing_password)

    def sign(self) -> None:
        """Fill in the open signing dialog and sign; it closes."""
        self.type_password()
        self.press(self.page.locator("#mdps_sign_submit"))
        expect(self.dialog).to_be_hidden()

    def sign_refused(self) -> None:
        """The same where a rule will say no: the reasons stand on the screen behind it."""
        self.sign()
        expect(self.tab.locator(".mdps-no[role=alert]").first).to_be_visible()
