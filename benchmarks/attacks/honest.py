"""Honest jobs: which there are, and how the examiner takes one. Runs no process."""

from __future__ import annotations

import time

from . import trial
from .bench_store import Bench, Case, load
from .models.catalogue import BLIND, HELD_OUT, ONCE_BLIND
from .recipes import BREADTH, SETUPS, Limits


def honest_cases(models: str, grid: str, variants: int) -> list[Case]:
    """``models``: held-out, blind or both (blind first); ``grid``: main, breadth or both."""
    held_out = [*ONCE_BLIND, *HELD_OUT] if models != "blind" else []
    names = [*(BLIND if models != "held-out" else ()), *held_out]
    setups = [*(SETUPS if grid != "breadth" else ()), *(BREADTH if grid != "main" else ())]
    return [
        Case(setup=setup, model=model, variant=variant)
        for variant in range(variants)
        for model in names
        for setup in setups
    ]


def look_at(case: Case, bench: Bench, limits: Limits) -> dict[str, object]:
    """One honest job: what was found, in the words that a person reads."""
    began = time.perf_counter()
    setup = case.setup
    row: dict[str, object] = {
        "key": case.name,
        "slicer": setup.slicer,
        "models": "blind" if case.model in BLIND else "held out",
        "setup": setup.special or "main grid",
    }
    try:
        specimen = load(bench, case, limits)
        same = trial.same(specimen.gcode, specimen.second)
    except (RuntimeError, ValueError) as fault:
        return {**row, "outcome": "not sliced", "rings": {}, "found": [str(fault)], "same": False}
    verdict = trial.verdict(specimen, specimen.gcode, setup.rings)
    refusals = verdict.refusals()
    return {
        **row,
        "outcome": "accepted" if verdict.accepted else "refused",
        "rings": trial.by_ring(refusals),
        "found": [f"{one.code} {one.observed()}; {one.allowed()}" for one in refusals],
        "milliseconds": round((time.perf_counter() - began) * 1000),
        "same": same,
    }
