"""A task for the examining process: the signed block of tests/toolpath, and what spoils it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mdps_plugin.controller.verification import Checked, Task
from mdps_plugin.findings import Verdict
from tests.toolpath import parts

REACH_MM = (200.0, 200.0, 180.0)


def a_task(job: bytes | None = None, model: bytes | None = None) -> Task:
    """The block with its own signed job; ``job`` another one, pinned as it is."""
    job = parts.honest() if job is None else job
    files = parts.bundle(job=job)
    files["model.stl"] = parts.stl_bytes(parts.box()) if model is None else model
    size: Any = {"minimum": 1, "maximum": 200}
    recipe = parts.recipe(
        files,
        rings=["A", "C"],
        **{f"envelope.size_{axis}_mm": size for axis in "xyz"},
        **{"envelope.volume_cm3": {"minimum": 0.001, "maximum": 10_000}},
    )
    return Task(
        order_id="O-1",
        recipe=recipe,
        pinned=files,
        variables={},
        reach_mm=REACH_MM,
        model=None,
        gcode=None,
        threads=1,
    )


def untimed(checked: Checked) -> Checked:
    """Without how long each check took."""

    def of(verdict: Verdict) -> Verdict:
        return replace(
            verdict, checks=tuple(replace(check, seconds=None) for check in verdict.checks)
        )

    model, toolpath = checked.model, checked.toolpath
    return replace(
        checked,
        model=model and replace(model, verdict=of(model.verdict)),
        toolpath=toolpath and replace(toolpath, verdict=of(toolpath.verdict)),
    )
