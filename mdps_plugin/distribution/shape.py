"""Lists that are not what JSON or a repository looks like, in the words of TUF. Opens no file.

python-tuf's own parser takes the last of two members with one name; another reader may take the
first. A list that two readers read as two lists is refused, whoever signed it.
"""

from __future__ import annotations

import json
from contextlib import suppress

from tuf.api import exceptions

from ..errors import DocumentError


class ShapeFault(exceptions.DownloadError):
    """The source is not what a repository looks like; ``fault`` says where."""

    def __init__(self, fault: DocumentError) -> None:
        """Keep the document error."""
        super().__init__(str(fault))
        self.fault = fault


def refuse_double_names(raw: bytes, role: str) -> None:
    """:class:`ShapeFault` for an object with one name twice: two readers would see two lists.

    What is no JSON at all is left to python-tuf's own words.
    """

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ShapeFault(
                DocumentError(f"{role}.json", repr(twice[:40]), "the name twice", "each name once")
            )
        return found

    with suppress(ValueError, RecursionError):
        json.loads(raw, object_pairs_hook=unique)
