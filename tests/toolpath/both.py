"""One job looked at by the kernel alone, by the reference alone, and by both. Tests nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

from mdps_plugin.toolpath.examine import Examination
from mdps_plugin.toolpath.kernel_link import SWITCH, kernel
from mdps_plugin.toolpath.one_pass import Accepted, accept

from .parts import (
    ANY_WRITING,
    box,
    bundle,
    geometry,
    look,
    recipe,
)
from .test_properties import COMMANDS, LINES

RECIPE = recipe()
OTHER = recipe(**ANY_WRITING)
FILES = bundle()
BOX = geometry(box()).box()
MANY = settings(max_examples=150, deadline=None)
WALL = next(n for n in COMMANDS if LINES[n] == b"G1 X90.632 Y104.368 E.63419" and n > 800)


def kernel_alone(gcode: bytes, **changes: Any) -> Accepted | None:
    files = changes.pop("files", FILES)
    own = changes.pop("own", False)
    signed = RECIPE if own else OTHER
    if changes or files is not FILES:
        signed = recipe(files, **ANY_WRITING, **changes)
    return accept(kernel(), gcode, signed, files, BOX, None)


def by_reference(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> Any:
    with monkeypatch.context() as patch:
        patch.setenv(SWITCH, "off")
        return act()


def reference_alone(gcode: bytes, own: bool = False) -> Examination:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, "off")
        return look(gcode, rings="A", own=own)


def never_less_strict(gcode: bytes, own: bool = False) -> bool:
    """Whether the kernel accepted; then the reference must, with the same result.

    ``own``: under the recipe of the slicer that wrote the job, which is held to its writing.
    """
    accepted = kernel_alone(gcode, own=own)
    if accepted is None:
        return False
    reference = reference_alone(gcode, own)
    assert reference.verdict.accepted
    assert reference.verdict.findings == ()
    assert reference.summary == accepted.summary
    assert reference.layer_start == accepted.layer_start
    assert reference.lines == accepted.lines
    assert reference.canonical == accepted.canonical()
    return True


def swapped(line: int, text: bytes) -> bytes:
    return b"\n".join([*LINES[:line], text, *LINES[line + 1 :]])
