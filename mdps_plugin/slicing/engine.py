"""What the room knows of one slicer program: names, how to ask it, how to judge what it gave.

Facts and pure functions only; ``process_link.py`` runs the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..findings import Finding

Settings = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One slicer program.

    ``version_in`` finds the version in what ``version_arguments`` print. ``files`` gives the
    files of its private folder besides ``model.stl``, from the signed bytes and the settings read
    from them; ``arguments`` let it write ``job.gcode`` there. ``rules`` judges settings before a
    run (``compared`` as in :func:`mdps_plugin.slicing.settings.judge_settings`). ``output`` judges
    a job against the settings it was made with: None where the job is not whole. ``one_thread``:
    whether the order in which its threads run shows in the job (docs/adr/0039).
    """

    name: str
    program: str
    package: str
    version_arguments: tuple[str, ...]
    version_in: re.Pattern[str]
    files: Callable[[bytes, Settings], Mapping[str, bytes]]
    arguments: tuple[str, ...]
    rules: Callable[[Settings, bool], tuple[Finding, ...]]
    output: Callable[[bytes, Settings], tuple[Finding, ...] | None]
    one_thread: bool


def plain_name(name: str) -> str:
    """A slicer's name without case, spaces and dashes: ``prusa-slicer`` is ``PrusaSlicer``."""
    return re.sub(r"[\s_-]", "", name).lower()
