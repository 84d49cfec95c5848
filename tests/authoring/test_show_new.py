"""``mdps recipe show`` as pages, ``mdps recipe new`` from a template, also as a dialogue."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mdps_plugin.authoring.lint import lint
from mdps_plugin.authoring.page import DRAFT_BANNER, recipe_sheet
from mdps_plugin.authoring.page_html import render_html
from mdps_plugin.authoring.refusals import honest
from mdps_plugin.cli.main import main
from mdps_plugin.findings import Severity
from mdps_plugin.recipes.parse import parse_recipe
from mdps_plugin.slicing.settings import parse_settings

from .test_lint import AT

VECTORS = Path(__file__).parents[1] / "vectors" / "recipes"


def test_a_verified_bundle_as_html_and_pdf(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    words = ["recipe", "show", "finger-splint", "--html", str(html), "--pdf", str(pdf), "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["written"] == [str(pdf), str(html)]
    page = html.read_text(encoding="utf-8")
    for text in ("Intended use", "12 to 40 mm", "nozzle 240 °C", "AU-015", "Alex Example"):
        assert text in page, text
    assert "EXAMPLE RECIPE" in page
    assert pdf.read_bytes().startswith(b"%PDF-")
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Rests one finger joint" in text
    assert "page 1 of" in text


def test_nothing_is_written_for_a_bundle_that_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html = tmp_path / "page.html"
    assert main(["recipe", "show", str(VECTORS / "unsigned"), "--html", str(html)]) == 1
    assert not html.exists()
    assert "refused" in capsys.readouterr().err


def test_the_page_says_what_no_test_covers_and_escapes_every_text() -> None:
    draft = honest()
    draft.document["evidence"][0]["coverage"].pop()
    draft.document["device"]["intended_use"] = '<script>alert("x")</script> & more'
    recipe = parse_recipe(draft.document, "draft")
    settings = parse_settings(draft.files["settings.ini"], "settings.ini")
    findings = lint(draft.document, draft.files, AT, "draft").findings
    sheet = recipe_sheet(recipe, settings, findings, None)
    assert sheet.banner == DRAFT_BANNER
    page = render_html(sheet).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<td>variables.length_mm</td><td>15 to 60 mm</td><td>nothing</td><td>no</td>" in page

    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "col"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    tags = Tags()
    tags.feed(page)
    assert tags.open == []


def test_new_from_a_template_is_a_draft_that_nobody_can_sign(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "thumb-splint"
    words = ["recipe", "new", str(folder), "--template", "finger-splint", "--json"]
    assert main(words) == 0
    made = json.loads(capsys.readouterr().out)
    document = json.loads((folder / "recipe.json").read_text())
    assert document["identity"]["recipe_id"] == "thumb-splint"
    assert document["identity"]["title"] == "Thumb splint"
    assert {path.name for path in (folder / "files").iterdir()} == {
        item["name"] for item in document["files"]
    }
    assert main(["recipe", "lint", made["files"], "--document", made["document"], "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    codes = {f["code"] for f in report["findings"] if f["severity"] == Severity.REFUSE.value}
    assert codes == {"AU-010", "AU-013", "AU-041"}
    assert report["not_run"] == []
    places = {f["where"]["path"] for f in report["findings"] if f["code"] == "AU-041"}
    assert {"manufacturer.name", "device.intended_use", "need_justification"} <= places
    pages = ["--html", str(tmp_path / "draft.html"), "--document", made["document"]]
    assert main(["recipe", "show", made["files"], *pages]) == 0
    assert DRAFT_BANNER in (tmp_path / "draft.html").read_text()
    assert main(words) == 2
    for wrong in (["--id", "Not A Name"], ["--template", "none"]):
        assert main(["recipe", "new", str(tmp_path / "other"), *words[3:5], *wrong]) == 2
    assert main(["recipe", "new", str(tmp_path / "none" / "other"), *words[3:5]]) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"thumb-splint", "draft.html"}


def test_new_asks_on_a_terminal_for_what_was_not_given(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mdps_plugin.cli.main", "recipe", "new", "my-splint"]
    with subprocess.Popen(
        [*command, "--title", "My splint"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    ) as process:
        os.close(theirs)
        os.write(ours, b"finger-splint\n\nExample Works\n\n\n")
        _, said = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0, said
    assert b"Template (acoustic-bell, anatomical-model," in said
    document = json.loads((tmp_path / "my-splint" / "recipe.json").read_text())
    assert document["identity"]["recipe_id"] == "my-splint"
    assert document["manufacturer"]["name"] == "Example Works"
    assert document["manufacturer"]["address"].startswith("TODO")
