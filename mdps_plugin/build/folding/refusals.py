"""Entries that end up in the refusals list: one notice each, repeats counted. Judges nothing.

An entry may carry ``finding`` (the JSON of a Finding) or ``verdict``; then the notice shows that.
Without one the notice is worded here from who, place and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...canonical import Json
from ...findings import Finding
from .. import codes, codes_part
from ..entities import Refusal
from ..kinds import found
from .working import REFUSALS_KEPT, Handler, View, Working

_PARTS = ("code", "clause", "title", "observed", "allowed", "next_step", "who")


def note_finding(working: Working, view: View, finding: Finding | Mapping[str, Json]) -> None:
    """Put one notice on the list; the same notice again raises the count of the newest one."""
    values = finding.to_json() if isinstance(finding, Finding) else finding
    texts = {name: str(values.get(name) or "") for name in _PARTS}
    newest = working.refusals[-1] if working.refusals else None
    notice = Refusal(
        number=(newest.number if newest else 0) + 1,
        at=view.at,
        count=1,
        entry=view.index,
        **texts,
    )
    if newest is not None and newest.same_notice(notice):
        working.refusals[-1] = replace(newest, at=view.at, entry=view.index, count=newest.count + 1)
        return
    working.refusals.append(notice)
    del working.refusals[:-REFUSALS_KEPT]


def note_verdict(working: Working, view: View) -> None:
    """Put the first refusing finding of the entry's verdict on the list."""
    fields = view.fields.child("verdict")
    for _, item in fields.items("findings"):
        if isinstance(item, Mapping) and item.get("severity") == "refuse":
            note_finding(working, view, item)
            return
    missing = fields.texts("not_run") if fields.has("not_run") else ()
    name = missing[0] if missing else "any check"
    note_finding(working, view, found(codes.CHECK_NOT_RUN, measured=name, part="Decision"))


def note_own(working: Working, view: View, otherwise: Finding) -> None:
    """Put the entry's own finding on the list, or ``otherwise`` where it has none."""
    value = view.fields.take("finding") if view.fields.has("finding") else None
    note_finding(working, view, value if isinstance(value, Mapping) else otherwise)


def _who(view: View) -> str:
    return view.fields.optional_text("who") or "somebody OctoPrint does not name"


def _line(view: View) -> str:
    """The line as it came, shortened: it may be anything that was typed."""
    value = view.fields.take("line") if view.fields.has("line") else None
    text = "".join(
        one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in str(value)[:80]
    )
    return text if value is not None and text.strip() else "A line"


def _line_refused(working: Working, view: View) -> None:
    _count_line(working, view)
    place = view.fields.optional_text("where_from") or "OctoPrint"
    kind = codes_part.NOT_SENT
    note_own(working, view, found(kind, measured=_line(view), place=place, person=_who(view)))


def _stop_word(working: Working, view: View) -> None:
    if view.fields.has("mode") and view.fields.take("mode") == "locked":
        # OctoPrint's own words after every cancel: no build was there to be stopped.
        return
    place = view.fields.optional_text("where_from") or "OctoPrint"
    kind = codes_part.STOP_WORD
    note_own(working, view, found(kind, measured=_line(view), place=place, person=_who(view)))


def _tripped(working: Working, view: View) -> None:
    reason = view.fields.optional_text("reason") or "The gate ended the build."
    note_own(working, view, found(codes_part.BUILD_STOPPED, measured=reason))


def _count_line(working: Working, view: View) -> None:
    """A refused line during a build counts in that build's record."""
    build_id = view.fields.optional_text("build_id")
    if build_id is not None and build_id in working.builds:
        build = working.builds[build_id]
        lines = view.optional_integer("count") or 1
        working.builds[build_id] = replace(build, refused_lines=build.refused_lines + lines)


HANDLERS: Mapping[str, Handler] = {
    "line_refused": _line_refused,
    "stop_word": _stop_word,
    "gate_tripped": _tripped,
}
