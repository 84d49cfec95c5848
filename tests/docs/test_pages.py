"""All pages: links and paths are there, nothing is claimed, every page can be found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import DOCS, LINK, MARKED, ROOT, anchors, pages, prose, text

PAGES = pages()
PATH = re.compile(
    r"(?:mdps_plugin|simulator|tests|scripts|docs|validated_recipes|firmware_profiles)/[\w./-]*"
)
CLAIM = re.compile(r"\b(compliant|compliance|approved|certified|certification)\b", re.I)
# Sentences that say what is *not* claimed, or speak of the site's own approval of a recipe.
EXPLAINED = (
    "not a certificate of conformity",
    "may be called compliant, approved or certified",
    "`recipe_approved`",
    "has no approval of this site",
    "a revision is approved by a person",
)
IN_SOURCE = re.compile(r"docs/[\w/-]+(?:\.\w+)?")


def ids(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def test_the_usual_pages_are_there() -> None:
    names = {ids(page) for page in PAGES}
    for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY", "docs/README"):
        assert f"{name}.md" in names


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if target.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{target} in {ids(page)}"
        if anchor:
            assert anchor in anchors(file), f"{target} in {ids(page)}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_paths_that_are_named_exist(page: Path) -> None:
    for word in MARKED.findall(prose(page)):
        if PATH.fullmatch(word):
            assert (ROOT / word).exists(), f"{word} in {ids(page)}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_nothing_is_claimed_that_an_authority_would_have_to_say(page: Path) -> None:
    for line in text(page).splitlines():
        left = line
        for sentence in EXPLAINED:
            left = left.replace(sentence, "")
        assert not CLAIM.search(left), f"{ids(page)}: {line}"


def test_sentences_that_are_let_pass_stand_somewhere() -> None:
    everything = "\n".join(text(page) for page in PAGES)
    assert [sentence for sentence in EXPLAINED if sentence not in everything] == []


def test_pages_that_the_code_names_exist() -> None:
    decisions = {page.name[:4] for page in (DOCS / "adr").glob("0*.md")}
    found = 0
    for room in ("mdps_plugin", "simulator", "scripts"):
        for path in (ROOT / room).rglob("*.py"):
            for name in IN_SOURCE.findall(path.read_text(encoding="utf-8")):
                found += 1
                short = re.fullmatch(r"docs/adr/(\d{4})", name)
                there = short[1] in decisions if short else (ROOT / name).exists()
                assert there, f"{name} in {path.relative_to(ROOT)}"
    assert found > 20


def test_every_page_of_docs_is_in_its_index() -> None:
    index = text(DOCS / "README.md")
    listed = {target.partition("#")[0] for target in LINK.findall(index)}
    names = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert names - listed == set()


def test_every_decision_is_in_its_index_with_its_own_title() -> None:
    index = text(DOCS / "adr" / "README.md")
    rows = dict(re.findall(r"^\| \[(\d{4})\]\([^)]+\) \| (.+) \|$", index, re.M))
    titles = {}
    for page in sorted((DOCS / "adr").glob("0*.md")):
        number, title = re.fullmatch(r"# (\d{4}) (.+)", text(page).splitlines()[0]).groups()
        assert page.name.startswith(number)
        assert f"]({page.name})" in index
        for head in ("**Decided.**", "**Not chosen.**", "**Follows.**"):
            assert head in text(page), page.name
        titles[number] = title
    assert rows == titles
    # A number that was given out and not used stays free: pages name each other by number.
    assert len(titles) == len(list((DOCS / "adr").glob("0*.md")))


def test_the_readme_is_short_and_begins_with_a_command() -> None:
    lines = text(ROOT / "README.md").splitlines()
    assert len(lines) < 120
    assert any(line.startswith("make demo") for line in lines[:20])


def test_every_picture_of_docs_is_shown_and_is_small() -> None:
    shown = {target for page in PAGES for target in LINK.findall(prose(page))}
    for picture in (DOCS / "pictures").glob("*.png"):
        assert any(target.endswith(f"pictures/{picture.name}") for target in shown), (
            f"show {picture.name} in README.md"
        )
        assert picture.stat().st_size < 400_000, picture.name
