"""The documentation as text: pages, links, what stands in code marks. Judges nothing."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MARKED = re.compile(r"`([^`\n]+)`")
LEFT_OUT = {".venv", ".git", "node_modules", "fonts", "build", "dist", ".pytest_cache"}


@cache
def pages() -> tuple[Path, ...]:
    """Every page of the repository that people read."""
    found = ROOT.rglob("*.md")
    return tuple(sorted(page for page in found if not LEFT_OUT & set(page.parts)))


def text(page: Path) -> str:
    """A page."""
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", text(page))


def fenced(page: Path, language: str) -> list[str]:
    """The blocks of code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What a link may name after ``#``, as the usual web pages make it from headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def script(name: str) -> ModuleType:
    """A file of ``scripts/`` as a module; they are no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
