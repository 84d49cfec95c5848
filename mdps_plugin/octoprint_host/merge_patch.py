"""What changed between two snapshots, as a JSON Merge Patch (RFC 7396). Pure.

A member that became null or vanished is written as null; whoever applies the patch drops it, and
the screens treat "missing" and "null" alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..canonical import Json


def merge_patch(old: Mapping[str, Json], new: Mapping[str, Json]) -> dict[str, Json]:
    """The smallest patch that turns ``old`` into ``new``; lists are replaced as a whole."""
    patch: dict[str, Json] = {}
    for key in old.keys() | new.keys():
        before, after = old.get(key), new.get(key)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            inner = merge_patch(before, after)
            if inner:
                patch[key] = inner
        elif json.dumps(before) != json.dumps(after):
            # As text, because Python holds 1, 1.0 and true for equal and a screen does not.
            patch[key] = after
    return patch


def apply_patch(target: Json, patch: Json) -> Json:
    """``target`` after ``patch``, as in RFC 7396 section 2; the browser does the same."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = apply_patch(result.get(key), value)
    return result
