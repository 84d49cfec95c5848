"""From scanned order to released record in a real browser, with real clicks, and each "no" on it.

The whole hospital runs: simulator, controller, OctoPrint with the plugin. ``--pictures`` saves the
screens that the README shows.
"""

from __future__ import annotations

import hashlib
import json
import re
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from mdps_plugin.demonstration.orders import example_order
from mdps_plugin.demonstration.recipes import example_recipe
from mdps_plugin.recipes.store import recipes_folder
from tests.controller import bundles
from tests.hospital import DemoHospital, until
from tests.toolpath.carving import carve

from .conftest import Login
from .someone import Someone

pytestmark = [pytest.mark.browser, pytest.mark.octoprint]

# The printer's own temperature reports follow the wire's clock, not ours.
BUILD_WITHIN_MS = 120_000


def waiting(hospital: DemoHospital, recipe: str, state: str = "verified") -> str:
    """An order that waits for this recipe, once it was checked."""

    def found() -> str | None:
        for row in hospital.state()["orders"]:
            if row["recipe"].startswith(recipe) and row["state"] == state:
                return str(row["order_id"])
        return None

    return str(until(found, 60, f"an order for {recipe} that is {state}"))


def test_printing_an_unexamined_file_gives_reasons_and_no_byte(
    hospital: DemoHospital, login: Login, tmp_path: Path
) -> None:
    admin = login("admin")
    page = admin.page
    before = hospital.wire.mark()
    page.click("#tabs a:has-text('Terminal')")
    file = tmp_path / "bracket.gcode"
    file.write_text("G28\nM104 S250\nG1 X10 Y10 F3000\n")
    page.set_input_files("#gcode_upload", file)
    entry = page.locator("#files .entry:has-text('bracket')")

    # OctoPrint's own button in the file list: the page answers it at once.
    entry.locator(".btn-files-print").click()
    dialog = page.locator("#mdps_lock_dialog")
    expect(dialog).to_contain_text("Not started: this printer is locked")
    for words in (
        "Print was pressed for “bracket.gcode”.",
        "Only a job that was checked and signed for an order.",
        "Scan the order. Printing starts from the MDPS tab.",
        "Nothing was sent to the printer.",
    ):
        expect(dialog).to_contain_text(words)
    expect(page.locator("#mdps_lock_orders")).to_be_focused()
    admin.picture("lock-notice")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    # A page without that answer, as any other client: the controller refuses and says so here.
    page.evaluate("OctoPrint.files.select('local', 'bracket.gcode', true)")
    notice = page.locator(".mdps-notice")
    expect(notice.first).to_be_visible()
    for words in ("locked", "Observed", "Allowed", "Next step", "This attempt is in the record"):
        expect(notice.first).to_contain_text(words)
    until(lambda: hospital.admin.state() == "Operational", 20, "the end of the print")
    assert hospital.wire.beyond_queries(before) == []


def test_a_refused_order_says_why_and_what_now(hospital: DemoHospital, login: Login) -> None:
    person = hospital.person("tina")
    variables = {one.name: one.default for one in example_recipe("anatomical-model").variables}
    order, _, model = example_order(
        "anatomical-model", datetime.now(UTC), variables, model_from_order=True
    )
    # A binary STL is a header of 80 bytes, a count, and 50 bytes a facet: the last one is missing.
    facets = int.from_bytes(model[80:84], "little") - 1
    spoilt = model[:80] + facets.to_bytes(4, "little") + model[84:-50]
    order["model"]["sha256"] = hashlib.sha256(spoilt).hexdigest()
    order_id = str(person.post_order(order, spoilt)["order_id"])
    person.post("plugin/mdps/verify_order", {"order_id": order_id})
    waiting(hospital, "anatomical-model", "refused")

    tina = login("tina")
    tina.scan(order_id)
    box = tina.tab.locator(".mdps-refusal")
    expect(box).to_contain_text("This job may not be printed.")
    expect(box).to_contain_text("Nothing was sent to the printer.")
    first = box.locator("details").first
    for words in ("Model has holes", "Observed", "Allowed", "Next step", "Who can"):
        expect(first).to_contain_text(words)
    expect(tina.tab.locator("text=Sign and start")).to_have_count(0)
    tina.expect_in_view(tina.primary)
    tina.picture("refusal")


def test_a_job_with_a_void_is_shown_with_its_place(
    hospital: DemoHospital, login: Login, tmp_path: Path
) -> None:
    hospital.approve(bundles.brought_strap(tmp_path / "brought"))
    job = (recipes_folder() / "mask-extender" / "1" / "job.gcode").read_bytes()
    # The last two layers only: the recipe signs how many lines a job may have.
    first = job[: job.index(b"G1 Z1 F")].count(b"\n")
    spoilt = carve(job, 125.0, 114.4, 1.2, travel=7200, first=first)
    assert spoilt != job
    order, _, _ = example_order(
        "mask-extender", datetime.now(UTC), {"colour": "white"}, model_from_order=False
    )
    order.update(recipe_id="brought-strap", gcode_sha256=hashlib.sha256(spoilt).hexdigest())
    person = hospital.person("tina")
    order_id = str(person.post_order(order, spoilt)["order_id"])
    person.post("plugin/mdps/verify_order", {"order_id": order_id})
    waiting(hospital, "brought-strap", "refused")

    tina = login("tina")
    tina.scan(order_id)
    picture = tina.tab.locator(".mdps-layer img")
    expect(picture).to_be_visible()
    until(lambda: picture.evaluate("it => it.complete && it.naturalWidth") == 1324, 10, "the PNG")
    picture.scroll_into_view_if_needed()
    tina.picture("layer")


def test_from_scanned_order_to_released_record(hospital: DemoHospital, login: Login) -> None:
    order_id = waiting(hospital, "mask-extender")
    before = hospital.wire.mark()
    tina, admin = login("tina"), login("admin")
    tina.picture("today")
    start(tina, order_id)
    watch_it_build(tina, admin, hospital)
    post_process(tina)
    inspect(tina)

    # The operator sees why, and no button.
    expect(tina.tab).to_contain_text("Needs: releaser")
    expect(tina.tab.locator("text=Sign release")).to_have_count(0)
    expect(tina.tab).to_contain_text("Released by a second person: Robert Lindqvist")

    rob = login("rob")
    release(rob, tina, order_id)
    papers(rob)
    hand_over(rob)
    records(rob, hospital, order_id)
    streamed, lines = hospital.wire.digest(before)
    assert lines > 1000
    record = hospital.person("tina").get(f"plugin/mdps/record/{build_of(hospital, order_id)}")
    assert record["job"]["planned"] == record["job"]["streamed"] == streamed


def build_of(hospital: DemoHospital, order_id: str) -> str:
    rows = hospital.call("orders")
    return str(next(row["build_id"] for row in rows if row["order_id"] == order_id))


def start(tina: Someone, order_id: str) -> None:
    """Three clicks from the scanned order to the start: tick, open the dialog, sign."""
    page = tina.page
    tina.scan(order_id)
    expect(tina.primary).to_have_text("Sign and start…")
    tina.expect_in_view(tina.primary)
    expect(tina.tab).to_contain_text("Lot 22B")
    # Too early: nothing opens, and the focus goes to what is missing.
    tina.primary.click()
    expect(page.locator("#mdps_plate")).to_be_focused()

    tina.presses = 0
    tina.press(page.locator("#mdps_plate"))
    tina.press(tina.primary)
    for words in ("Tina Okafor", "22B", "mask-extender revision 1", "I take responsibility", "UTC"):
        expect(tina.dialog).to_contain_text(words)
    tina.expect_in_view(page.locator("#mdps_sign_submit"))
    tina.picture("sign")
    tina.type_password()
    tina.press(page.locator("#mdps_sign_submit"))
    expect(tina.dialog).to_be_hidden()
    assert tina.presses == 3


def watch_it_build(tina: Someone, admin: Someone, hospital: DemoHospital) -> None:
    """Percentage on the screen; a line typed in the terminal is refused and changes nothing."""
    navbar = tina.page.locator("#navbar_plugin_mdps")
    expect(navbar).to_contain_text(re.compile(r"Building \d+ %"), timeout=BUILD_WITHIN_MS)
    expect(tina.tab.locator(".mdps-live")).to_contain_text(re.compile(r"of 6\s+layers"))

    # The field takes nothing; somebody who puts that out of the way meets the gate.
    page = admin.page
    page.click("#tabs a:has-text('Terminal')")
    command = page.locator("#terminal-command")
    assert page.locator("#terminal-sendpanel").get_attribute("inert") is not None
    page.evaluate("document.querySelectorAll('[inert]').forEach(e => e.removeAttribute('inert'))")
    command.click()
    page.keyboard.type("M104 S300")
    page.keyboard.press("Enter")
    notice = page.locator(".mdps-notice:has-text('M104 S300')")
    for words in ("Not sent: the printer is locked", "Observed", "Allowed", "Next step"):
        expect(notice).to_contain_text(words)
    notice_here = tina.page.locator(".mdps-notice:has-text('M104 S300')")
    expect(notice_here).to_be_visible()
    notice_here.locator(".ui-pnotify-closer").click()
    expect(notice_here).to_be_hidden()
    expect(navbar).to_contain_text(re.compile("Building ([3-9][0-9]) %"), timeout=BUILD_WITHIN_MS)
    tina.picture("building")
    assert "M104 S300" not in hospital.wire.commands()


def post_process(tina: Someone) -> None:
    """Every step of the recipe, with its time and its readings."""
    measure = tina.tab.locator(".mdps-measure")
    field = measure.locator("input[type=text]")
    expect(tina.tab).to_contain_text("Step 1 of 3", timeout=BUILD_WITHIN_MS)
    expect(tina.page.locator("#navbar_plugin_mdps")).to_contain_text("Locked · step 1 of 3")
    tina.primary.click()
    expect(tina.page.locator("#mdps_start_step")).to_be_focused()
    tina.page.keyboard.press("Enter")
    type_while_told_again(tina, field, "4", "5")
    expect(measure).to_contain_text("5 °C too high")
    expect(tina.tab).to_contain_text("The time is not over yet.")
    tina.picture("postprocess")
    field.fill("30")
    expect(measure).not_to_contain_text("wait", timeout=60_000)
    tina.primary.click()
    expect(tina.dialog).to_contain_text("I did this step as instructed and read these values.")
    tina.sign()

    expect(tina.tab).to_contain_text("Step 2 of 3")
    expect(tina.tab).to_contain_text("Nothing to read off.")
    tina.primary.click()
    tina.sign()

    expect(tina.tab).to_contain_text("Step 3 of 3")
    field.fill("8")
    tina.primary.click()
    tina.sign()


def type_while_told_again(tina: Someone, field: Locator, begun: str, rest: str) -> None:
    """News of the order, come while somebody types, may not take the field from under the keys."""
    field.click()
    tina.page.keyboard.type(begun)
    tina.page.evaluate(
        "() => { const told = ko.dataFor(document.getElementById('mdps_tab')).order.data;"
        " told(structuredClone(told())); }"
    )
    tina.page.keyboard.type(rest)
    expect(field).to_have_value(begun + rest)


def inspect(tina: Someone) -> None:
    """A value outside its limits is refused and stays on record; then the right ones."""
    expect(tina.tab.locator("h3").first).to_contain_text("Inspection")
    fields = tina.tab.locator(".mdps-measure input[type=text]")
    type_while_told_again(tina, fields.first, "12", "1.2")
    for field, value in zip(fields.all()[1:], ("20", "1.2"), strict=True):
        field.fill(value)
    tina.tab.locator(".mdps-measure label:has-text('Yes')").click()
    expect(tina.tab).to_contain_text("0.6 mm too high")
    tina.expect_in_view(tina.primary)
    tina.picture("inspect")
    expect(tina.primary).to_have_text("Record these values…")
    tina.primary.click()
    tina.sign()
    box = tina.tab.locator(".mdps-no[role=alert]")
    for words in ("A value is outside its limits", "Length: 121.2 mm", "119.4 to 120.6 mm"):
        expect(box).to_contain_text(words)
    # Said once, on the screen of the person who measured.
    expect(tina.page.locator(".mdps-notice")).to_have_count(0)

    fields.first.fill("120,1")
    expect(tina.primary).to_have_text("Sign inspection…")
    tina.primary.click()
    tina.sign()
    expect(tina.page.locator("#navbar_plugin_mdps")).to_contain_text("Locked · to release")


def release(rob: Someone, tina: Someone, order_id: str) -> None:
    """Whoever made it is refused at rob's own screen too; the second person may."""
    page = rob.page
    rob.tab.locator(f".mdps-item:has-text('{order_id}')").click()
    expect(rob.tab).to_contain_text("Made by: Tina Okafor")
    rob.expect_in_view(rob.primary)
    rob.picture("release")
    rob.primary.click()
    page.click("text=Change person")
    page.keyboard.type("tina")
    page.keyboard.press("Tab")
    rob.type_password(tina.signing_password)
    page.keyboard.press("Enter")
    box = rob.tab.locator(".mdps-no[role=alert]")
    for words in ("You cannot release this part", "You made it.", "A second person"):
        expect(box).to_contain_text(words)

    rob.primary.click()
    expect(rob.dialog).to_contain_text("Robert Lindqvist")
    expect(rob.dialog).to_contain_text("I reviewed the record and release this device for use.")
    rob.sign()
    expect(rob.tab.locator("h3").first).to_contain_text("Released")


def papers(rob: Someone) -> None:
    """Every document opens or is saved, and is what its name says."""
    links = rob.tab.locator(".mdps-docs a")
    expect(links).to_have_count(7)
    for link in links.all():
        url = link.evaluate("link => link.href")
        answer = rob.page.request.get(url)
        assert answer.status == 200
        if url.endswith(".pdf"):
            assert answer.body().startswith(b"%PDF-")
        elif url.endswith(".json"):
            assert json.loads(answer.body())["format"] == "mdps-record/1"
            with rob.page.expect_download() as saved:
                link.click()
            assert Path(saved.value.path()).read_bytes() == answer.body()
        else:
            assert answer.body().startswith(b"\x89PNG")


def hand_over(rob: Someone) -> None:
    """To whom, and that the papers went with it."""
    rob.picture("documents")
    rob.tab.locator(".mdps-actions .mdps-primary").click()
    expect(rob.page.locator("#mdps_hand_to")).to_be_focused()
    rob.page.keyboard.type("ward 4B")
    rob.page.locator("#mdps_copy").click()
    rob.primary.click()
    expect(rob.dialog).to_contain_text("ward 4B")
    rob.sign()
    expect(rob.tab.locator("h3").first).to_contain_text("Handed over")


def records(rob: Someone, hospital: DemoHospital, order_id: str) -> None:
    """The record shows who signed what; the log verifies."""
    rob.page.click("text=Back to today")
    expect(rob.tab).not_to_contain_text(order_id)
    rob.page.click("button:has-text('Records')")
    expect(rob.tab).to_contain_text("Not checked yet")
    rob.page.click("button:has-text('Verify the log')")
    expect(rob.tab).to_contain_text("Verified.")
    expect(rob.tab).to_contain_text(re.compile(r"\d+ entries are unchanged, in order and signed."))
    build = build_of(hospital, order_id)
    row = rob.tab.locator(f"tr:has-text('release signed'):has-text('{build}')")
    expect(row).to_contain_text("Robert Lindqvist")
    expect(row).to_contain_text("I reviewed the record and release this device for use.")
    expect(rob.tab.locator("tr:has-text('inspection refused')")).to_have_count(1)
    rob.picture("record")


def test_without_the_controller_no_start_is_offered(hospital: DemoHospital, login: Login) -> None:
    tina = login("tina")
    order_id = waiting(hospital, "finger-splint")
    tina.scan(order_id)
    expect(tina.primary).to_have_text("Sign and start…")
    tina.expected = (*tina.expected, "status of 503")
    hospital.end("controller", signal.SIGKILL)
    for place in ("#navbar_plugin_mdps", "#sidebar_plugin_mdps", "#mdps_tab"):
        expect(tina.page.locator(place)).to_contain_text("No controller · locked", timeout=30_000)
    expect(tina.tab).to_contain_text("A running controller.")
    expect(tina.tab).to_contain_text("Wait 1 minute. Then call IT.")
    expect(tina.tab.locator(".mdps-primary:visible")).to_have_count(0)
    expect(tina.tab).not_to_contain_text(order_id)
    tina.picture("no-controller")
    hospital.start_controller()
    expect(tina.tab).to_contain_text(order_id, timeout=30_000)
