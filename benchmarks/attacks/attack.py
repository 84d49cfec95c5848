"""What an attack is: a name, a ladder of sizes, and a way to spoil one subject. Runs nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mdps_plugin.authoring.geometry.solids import Floats

from .job import Job
from .recipes import Setup


class Subject(Protocol):
    """An honest job and what it was made from."""

    @property
    def setup(self) -> Setup:
        """The recipe of the laboratory that it was sliced for."""

    @property
    def gcode(self) -> bytes:
        """The honest job as the slicer wrote it."""

    @property
    def placed(self) -> Floats:
        """Triangles of the placed model, mm."""

    @property
    def job(self) -> Job:
        """The honest job taken apart."""

    def sliced(self, triangles: Floats, settings: bytes | None = None) -> bytes:
        """Another model, or the same under other settings, sliced; empty where that fails."""

    def other_job(self, rng: random.Random) -> bytes:
        """An honest job of another model under the same recipe."""

    def other_setup(self, rng: random.Random) -> bytes:
        """An honest job of the same model under another recipe of the laboratory."""


@dataclass(frozen=True, kw_only=True)
class Spoilt:
    """The spoilt job, and what was changed.

    ``mm3``: plastic taken away or put elsewhere, where that can be said. ``line`` counts from 1.
    ``nothing``: why this try was no attack; then it does not count and ``data`` is empty.
    """

    data: bytes = b""
    changed: str = ""
    mm3: float | None = None
    line: int | None = None
    layer: int | None = None
    nothing: str = ""


def nothing(reason: str) -> Spoilt:
    """A try that changes nothing."""
    return Spoilt(nothing=reason)


Maker = Callable[[Subject, float, random.Random], Spoilt]


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One class of attacks.

    ``sizes`` rise from the smallest to the largest attack, in ``unit``. ``names``: what the sizes
    0, 1, 2 ... stand for, where an attack has kinds and not sizes. ``split``: "infill" or "slicer"
    where results are told apart by it. ``models``: the only ones it can spoil; empty for any of the
    held-out models. ``around``: what the recipe prints besides the part, empty for the main grid.
    ``group`` is the section of the table, ``source`` where the
    attack was published or what it stands for.
    """

    name: str
    group: str
    make: Maker
    sizes: tuple[float, ...] = (1.0,)
    unit: str = ""
    names: tuple[str, ...] = ()
    split: str = ""
    source: str = ""
    models: tuple[str, ...] = ()
    around: str = ""


def sized(
    group: str,
    make: Callable[..., Spoilt],
    unit: str,
    sizes: tuple[float, ...],
    *,
    split: str = "",
    source: str = "",
    models: tuple[str, ...] = (),
) -> Attack:
    """A class of attacks that grow, named after what makes them."""
    return Attack(
        name=make.__name__,
        group=group,
        make=make,
        sizes=sizes,
        unit=unit,
        split=split,
        source=source,
        models=models,
    )
