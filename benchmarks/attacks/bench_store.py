"""Honest jobs of the laboratory: sliced once, kept on disk by digest, handed out as subjects.

Slicing runs under time and memory limits as in the product, but settings are not judged first: an
attack may be in them. What is kept is only bytes of jobs; losing the folder costs time, no result.
"""

from __future__ import annotations

import functools
import hashlib
import os
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from mdps_plugin.authoring.geometry.solids import Floats
from mdps_plugin.models.placement import place
from mdps_plugin.models.stl import encode_binary_stl, read_stl
from mdps_plugin.slicing.engines import find_engine
from mdps_plugin.slicing.process_link import ask_version, run_engine
from mdps_plugin.slicing.settings import parse_settings
from mdps_plugin.slicing.slicer import ignore_progress
from mdps_plugin.toolpath.geometry import ModelGeometry

from .job import Job
from .models.catalogue import MODELS, mesh
from .recipes import SETUPS, Limits, Setup, Signed, build, cut_blocks, plain_limits

_TIME_LIMIT_S, _MEMORY_LIMIT_MIB = 120.0, 2048


@dataclass(frozen=True, kw_only=True, order=True)
class Case:
    """One honest job: recipe of the laboratory, model, variant of the model."""

    setup: Setup
    model: str
    variant: int

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.model}.{self.variant} {self.setup.name}"


class Bench:
    """Slices, and remembers slicings in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "jobs"
        self._folder.mkdir(parents=True, exist_ok=True)

    def sliced(self, setup: Setup, stl: bytes, settings: bytes, run: int = 1) -> bytes:
        """The job of an STL; empty where the slicer gives none. ``run`` 2 is a second slicing."""
        engine = find_engine(setup.slicer)
        if engine is None:
            raise ValueError(f"no slicer {setup.slicer}")
        parts = (stl, settings, f"{engine.name} {_version(setup.slicer)} {run}".encode())
        digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts))
        kept = self._folder / f"{digest.hexdigest()}.gcode"
        if not kept.exists():
            made = run_engine(
                engine,
                stl,
                engine.files(settings, parse_settings(settings, setup.name)),
                ignore_progress,
                _TIME_LIMIT_S,
                _MEMORY_LIMIT_MIB,
            )
            _keep(kept, made.gcode)
        return kept.read_bytes()


@functools.cache
def _version(slicer: str) -> str:
    engine = find_engine(slicer)
    return "" if engine is None else ask_version(engine)


def _keep(path: Path, data: bytes) -> None:
    """Whole or not at all; another worker may do the same at the same time."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(name).replace(path)


@dataclass(kw_only=True)
class Specimen:
    """A case with its bytes; a :class:`benchmarks.attacks.attack.Subject`.

    ``gcode``: the honest job. ``again``: the same model sliced a second time, where it was.
    """

    case: Case
    bench: Bench
    signed: Signed
    placed: Floats
    geometry: ModelGeometry
    gcode: bytes
    again: bytes | None = None
    _job: Job | None = field(default=None)

    @property
    def setup(self) -> Setup:
        """The recipe of the laboratory."""
        return self.case.setup

    @property
    def job(self) -> Job:
        """The honest job taken apart, once."""
        if self._job is None:
            self._job = Job(self.gcode)
        return self._job

    @property
    def second(self) -> bytes:
        """The second slicing, for ring B, made when first asked for; ``RuntimeError`` if none."""
        if self.again is None:
            stl, settings = encode_binary_stl(self.placed), self.setup.settings()
            self.again = _given(self.case, self.bench.sliced(self.setup, stl, settings, run=2))
        return self.again

    def sliced(self, triangles: Floats, settings: bytes | None = None) -> bytes:
        """Another model or other settings, sliced where it lies."""
        chosen = self.setup.settings() if settings is None else settings
        return self.bench.sliced(self.setup, encode_binary_stl(triangles), chosen)

    def other_job(self, rng: random.Random) -> bytes:
        """Another model under this recipe."""
        model = rng.choice([name for name in MODELS if name != self.case.model])
        other = Case(setup=self.setup, model=model, variant=self.case.variant)
        return load(self.bench, other, plain_limits(self.setup)).gcode

    def other_setup(self, rng: random.Random) -> bytes:
        """This model under another recipe."""
        setup = rng.choice([one for one in SETUPS if one != self.setup])
        other = Case(setup=setup, model=self.case.model, variant=self.case.variant)
        return load(self.bench, other, plain_limits(setup)).gcode


@functools.lru_cache(maxsize=48)
def load(bench: Bench, case: Case, limits: Limits) -> Specimen:
    """Slice a case, or read it from disk; ``RuntimeError`` where the slicer gives no job."""
    # As many lines across a wall with every nozzle.
    size = case.setup.width_mm / case.setup.twin.width_mm
    model = read_stl(encode_binary_stl(mesh(case.model, case.variant) * size), case.model)
    blank = build(case.setup, limits, b"G21\n", b"M84\n")
    placed = place(model, blank.recipe.envelope)
    stl = encode_binary_stl(placed.triangles)
    first = _given(case, bench.sliced(case.setup, stl, case.setup.settings()))
    start, end = cut_blocks(case.setup, first)
    return Specimen(
        case=case,
        bench=bench,
        signed=build(case.setup, limits, start, end),
        placed=placed.triangles,
        geometry=ModelGeometry(corners=placed.corners, digest=placed.digest),
        gcode=first,
    )


def _given(case: Case, gcode: bytes) -> bytes:
    if not gcode:
        raise RuntimeError(f"{case.name}: the slicer gave no job")
    return gcode
