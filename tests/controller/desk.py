"""What tests of bad input share: an order nobody has seen, plain words, what is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .workshop import Workshop

PATIENT = {"name": "Jordan Example", "record_number": "EX-000-1", "date_of_birth": "1970-01-01"}
UNKIND = re.compile(r"\b(error|invalid|failed|please|traceback|exception)\b", re.IGNORECASE)


def plain(finding: dict[str, Any]) -> None:
    """A finding that a person can act on."""
    for line in ("title", "observed", "allowed", "next_step", "who"):
        text = finding[line]
        assert text, finding
        assert "?" not in text, finding
        assert UNKIND.search(text) is None, finding


def kept(shop: Workshop) -> tuple[int, int, int]:
    """Entries of the log, files of the store, bundles of the cell."""
    files = [path for path in (shop.cell / "files").rglob("*") if path.is_file()]
    folders = [path for path in (shop.cell / "recipes").rglob("*") if path.is_dir()]
    return shop.call("registers")["entries"], len(files), len(folders)


def desk_order() -> dict[str, Any]:
    """An order for the strap that nobody has seen yet."""
    return Workshop.make_order()[0]


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *parents, last = path.split(".")

    def change(order: dict[str, Any]) -> None:
        place: Any = order
        for name in parents:
            place = place[name]
        place[last] = value

    return change
