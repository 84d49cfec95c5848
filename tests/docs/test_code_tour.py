"""docs/code-tour.md: every path is there, every function stands in the file named before it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from .pages import DOCS, MARKED, ROOT, text

TOUR = text(DOCS / "code-tour.md")
IS_PATH = re.compile(r"[\w./-]+/[\w./-]*|[\w-]+\.(py|js|md|toml)")
IS_FUNCTION = re.compile(r"\w+\(\)")
IS_CLASS = re.compile(r"[A-Z][a-z]\w+(\.\w+)?")
# Folders of a running cell, and what OctoPrint sends: nothing of the repository.
NOT_PATHS = {"CELL/run/printer", "/plugin/mdps/receive_order", "codes.py"}


@cache
def defined(path: Path) -> frozenset[str]:
    """Functions and classes of a Python file, methods among them."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def named() -> list[tuple[str, str | None]]:
    """(function, file named with it) in reading order.

    "`f()` of `a.py`" belongs to a.py; a bare "`f()`" to the file named last.
    """
    found: list[tuple[str, str | None]] = []
    last: str | None = None
    waiting: list[str] = []
    for match in re.finditer(r"`([^`\n]+)`(\s+(?:of|in)\s+(?=`)|\s+and\s+(?=`\w+\(\)`))?", TOUR):
        word, joined = match[1], (match[2] or "").strip()
        if IS_FUNCTION.fullmatch(word):
            if joined:
                waiting.append(word)
            else:
                found.append((word, last))
        elif IS_PATH.fullmatch(word) and word not in NOT_PATHS:
            last = word
            found += [(function, last) for function in waiting]
            waiting = []
    assert not waiting
    return found


def test_every_path_exists() -> None:
    paths = [word for word in MARKED.findall(TOUR) if IS_PATH.fullmatch(word)]
    assert len(paths) > 60
    missing = [path for path in paths if path not in NOT_PATHS and not (ROOT / path).exists()]
    assert missing == []


def test_every_function_stands_in_the_file_named_with_it() -> None:
    functions = named()
    assert len(functions) > 70
    for function, path in functions:
        assert path is not None, function
        assert path.endswith(".py"), f"{function} after {path}"
        assert function.removesuffix("()") in defined(ROOT / path), f"{function} in {path}"


def test_what_is_named_of_the_browsers_scripts_stands_there() -> None:
    path, name = "mdps_plugin/octoprint_host/static/js/order_making.js", "self.signPermit"
    assert f"`{name}` in\n`{path}`" in TOUR
    assert f"{name} = function" in (ROOT / path).read_text(encoding="utf-8")


def test_every_class_named_exists() -> None:
    words = {word.split(".")[0] for word in MARKED.findall(TOUR) if IS_CLASS.fullmatch(word)}
    sources = (
        path for room in ("mdps_plugin", "simulator") for path in (ROOT / room).rglob("*.py")
    )
    known = frozenset().union(*(defined(path) for path in sources))
    assert words
    assert words - known == set()
