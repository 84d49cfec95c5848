"""The recipes screen in a real browser: import, approve, withdraw, and a recall that reaches parts.

The manufacturer and the hospital's quality system are played by the demonstration's repositories;
what they send comes as a zip, as a person at the screen would bring it. ``--pictures`` saves the
screens.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from mdps_plugin.demonstration import headless
from mdps_plugin.demonstration.person import StepRefused
from mdps_plugin.demonstration.repositories import Repositories
from mdps_plugin.distribution.layout import recipe_path
from mdps_plugin.distribution.mirror_store import write_zip
from mdps_plugin.distribution.repository_store import (
    export_zip,
    load_repository,
    save_repository,
)
from mdps_plugin.recipes.store import find_bundle
from tests.controller import bundles
from tests.controller.conftest import make_quick
from tests.controller.workshop import QUICK
from tests.hospital import DemoHospital

from .conftest import SPEED, Login
from .someone import Someone

pytestmark = [pytest.mark.browser, pytest.mark.octoprint]


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHospital]:
    with DemoHospital(tmp_path_factory.mktemp("h"), speed=4 * SPEED) as hospital:
        quick = bundles.variant(tmp_path_factory.mktemp("q") / "quick", make_quick)
        hospital.approve(quick)
        hospital.make_ready()
        yield hospital


def repositories(hospital: DemoHospital) -> Repositories:
    return Repositories(hospital.layout.repositories)


def today() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def recipe(person: Someone, title: str) -> Locator:
    return person.tab.locator(f".mdps-recipe:has-text('{title}')")


def open_recipes(person: Someone) -> None:
    person.page.click("button:has-text('Recipes')")
    expect(person.tab).to_contain_text("May be printed today:")


def bring(person: Someone, whose: str, stick: Path) -> None:
    """Choose the file and open the signing dialog."""
    person.tab.locator("text=Import a stick…").click()
    person.tab.locator(f"input[name=mdps_whose][value={whose}]").check()
    person.page.set_input_files("#mdps_stick", stick)
    person.expect_in_view(person.tab.locator(".mdps-primary:visible"))
    person.tab.locator("text=Sign and import…").click()
    for words in (stick.name, "I imported this repository of recipes."):
        expect(person.dialog).to_contain_text(words)


def test_a_stick_is_imported_and_a_recipe_approved(
    hospital: DemoHospital, login: Login, tmp_path: Path
) -> None:
    kept = repositories(hospital)
    splint, guide = find_bundle("wrist-splint"), find_bundle("surgical-guide")
    kept.release([splint, guide], today())
    sticks = kept.sticks(today())
    quinn = login("quinn")
    open_recipes(quinn)
    expect(quinn.tab).to_contain_text("May be printed today: 5 of 5")
    expect(recipe(quinn, "Mask extender")).to_contain_text(
        "Alex Example (head of quality) for quality, Robin Example (regulatory affairs)"
    )

    # One byte of it is another: refused whole, with words, and nothing changed.
    spoilt = tmp_path / "spoilt.zip"
    whole = load_repository(kept.manufacturer)
    name = max(one for one in whole.files if one.endswith(".aids.json"))
    altered = whole.files[name].replace(b"wrist-splint", b"wrist-splinT")
    assert altered != whole.files[name]
    write_zip(spoilt, {**whole.files, name: altered})
    bring(quinn, "manufacturer", spoilt)
    quinn.sign_refused()
    box = quinn.tab.locator(".mdps-no[role=alert]")
    for words in ("Observed", "Allowed", "Next step"):
        expect(box).to_contain_text(words)
    quinn.tab.locator("text=Back to the recipes").click()
    expect(quinn.tab).to_contain_text("May be printed today: 5 of 5")

    for whose, stick in sticks.items():
        bring(quinn, whose, stick)
        quinn.sign()
        expect(quinn.tab).to_contain_text("Imported. What was accepted is in the record.")
    quinn.page.click("button:has-text('Recipes')")
    expect(quinn.tab).not_to_contain_text("Imported.")
    expect(quinn.tab).to_contain_text("May be printed today: 5 of 7")
    row = recipe(quinn, "Wrist splint")
    expect(row).to_contain_text("Nobody here has signed for it.")
    denied = recipe(quinn, "guide")
    expect(denied).to_contain_text("Class IIa")
    expect(denied.locator("button:has-text('Approve')")).to_have_count(0)
    quinn.picture("recipes")

    tina = login("tina")
    open_recipes(tina)
    expect(recipe(tina, "Wrist splint")).to_contain_text("Needs: quality manager")
    expect(tina.tab.locator("button:has-text('Approve')")).to_have_count(0)

    row.locator("button:has-text('Approve')").click()
    quinn.tab.locator("text=Sign approval…").click()
    expect(quinn.page.locator("#mdps_recipe_text")).to_be_focused()
    quinn.page.keyboard.type("OQ 7, three parts")
    quinn.expect_in_view(quinn.tab.locator(".mdps-primary:visible"))
    quinn.tab.locator("text=Sign approval…").click()
    # Somebody without the role signs at quinn's screen: refused there too.
    quinn.page.click("text=Change person")
    quinn.page.keyboard.type("tina")
    quinn.page.keyboard.press("Tab")
    quinn.type_password(tina.signing_password)
    quinn.page.keyboard.press("Enter")
    expect(quinn.tab.locator(".mdps-no[role=alert]")).to_contain_text("quality manager")
    quinn.tab.locator("text=Sign approval…").click()
    expect(quinn.dialog).to_contain_text("I approve this recipe for use at this site.")
    quinn.sign()
    expect(quinn.tab).to_contain_text("May be printed today: 6 of 7")
    expect(row).to_contain_text("OQ 7, three parts")
    expect(row).to_contain_text("Quinn Adeyemi")

    row.locator("button:has-text('Withdraw')").click()
    quinn.page.keyboard.type("The edge pad is not on the market any more.")
    quinn.tab.locator("text=Sign withdrawal…").click()
    quinn.sign()
    expect(row).to_contain_text("Withdrawn at this site")
    expect(quinn.tab).to_contain_text("May be printed today: 5 of 7")


def test_a_recall_on_a_stick_reaches_what_was_made(
    hospital: DemoHospital, login: Login, tmp_path: Path
) -> None:
    wish = headless.Wish(recipe_id=QUICK, values={})
    order_id, build_id = headless.released_build(hospital.running, wish, hospital._say)
    waiting = hospital.permitted(QUICK)
    maker = load_repository(repositories(hospital).manufacturer)
    maker.withdraw(recipe_path("aids", QUICK, 1), "Notches may tear (recall 7).", today())
    repositories(hospital)._finish(maker, today())
    save_repository(maker, repositories(hospital).manufacturer)
    # Lists only: a recall needs no recipe to travel.
    maker.files = {k: v for k, v in maker.files.items() if k.startswith("metadata/")}
    recall = tmp_path / "recall.zip"
    export_zip(maker, recall)

    quinn = login("quinn")
    open_recipes(quinn)
    bring(quinn, "manufacturer", recall)
    quinn.sign()
    box = quinn.tab.locator(".mdps-no[role=alert]")
    expect(box).to_contain_text("Notches may tear (recall 7).")
    expect(box).to_contain_text("Made 1 = 1 released, still here")
    expect(recipe(quinn, "Quick strap")).to_contain_text("Recalled")
    quinn.picture("recall")
    box.locator("text=Show the parts").click()
    expect(quinn.tab.locator(f"tr:has-text('{build_id}')")).to_contain_text("released, still here")

    # Signed before the recall: not armed after it, and not a line more reaches the printer.
    before = hospital.wire.mark()
    tina = hospital.person("tina")
    with pytest.raises(StepRefused, match="Recalled: the manufacturer has withdrawn this recipe"):
        headless.start(tina, waiting.build_id, hospital._say)
    assert hospital.wire.beyond_queries(before) == []
    # Released before the recall: it stays here.
    with pytest.raises(StepRefused, match="Recalled: the manufacturer has withdrawn this recipe"):
        headless.hand_over(tina, order_id, build_id)
    entry = next(one for one in reversed(hospital.entries(0)) if one["kind"] == "recipes_imported")
    assert entry["body"]["recalled"] == [
        {"recipe": f"{QUICK}/1", "reason": "Notches may tear (recall 7)."}
    ]
