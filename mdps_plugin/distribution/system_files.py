"""Files that a desk computer leaves on a stick by itself: known by exact name, never read. Pure.

A Mac writes ``.DS_Store`` into each folder that somebody opened and ``__MACOSX`` into each zip;
Windows writes ``Thumbs.db`` and ``System Volume Information``. Nobody put them there, so they
refuse no stick; whatever is not named here is judged like everything else. No signed name can be
one of them: each begins with a character, or holds a space, that a repository's names never do, or
stands where no list of TUF lies.
"""

from __future__ import annotations

import re

SYSTEM_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
SYSTEM_FOLDERS = frozenset(
    {
        *("__MACOSX", ".Spotlight-V100", ".Trashes", ".fseventsd"),
        *("System Volume Information", "$RECYCLE.BIN"),
    }
)
#: What this program leaves where it was killed while writing: see ``repository_store``.
UNFINISHED = re.compile(r"\.writing-[a-z0-9_]{8}")
_PLAIN = re.compile(r"[A-Za-z0-9_%][A-Za-z0-9._%-]{0,199}")


def is_system_file(name: str) -> bool:
    """True for a name like ``metadata/.DS_Store`` or ``__MACOSX/maker/._x``; no part may be ``..``.

    What stands before the known name must be plain, so that a trick of names stays one.
    """
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\\" in part or "\x00" in part for part in parts):
        return False
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if (part in SYSTEM_FILES and last) or (part in SYSTEM_FOLDERS and not last):
            return True
        if _PLAIN.fullmatch(part) is None:
            return False
    return False
