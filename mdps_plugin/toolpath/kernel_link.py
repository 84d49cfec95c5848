"""Finds the compiled kernel of ring A, proves that it is the right one, calls it. Judges nothing.

A kernel that is absent, built from other sources, of another ABI or of another layout is not used
and the reason is kept for ``mdps doctor``: the plain reference then does the work. Nothing here
raises because of a kernel. ctypes lets go of the interpreter's lock during a call, so that the
thread that feeds the printer goes on.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..library_link import (
    FOLDER,
    SWITCH,
    built,
    of_these_sources,
    open_library,
    source_digest,
    switched_off,
)

__all__ = ["FOLDER", "SWITCH", "Kernel", "kernel", "source_digest", "state"]

ABI = 5
FAN_VALUES = 256
ROW_COLUMNS, STROKE_COLUMNS = 14, 6
SHAPES_AT_MOST = 12
SHAPE_LETTERS = 8

_I64, _F64 = ctypes.c_int64, ctypes.c_double


class ClassLimits(ctypes.Structure):
    """``struct class_limits`` of kernel.h."""

    _fields_ = (
        ("least_flow", _F64),
        ("most_flow", _F64),
        ("long_square", _F64),
        ("short_least_flow", _F64),
        ("short_most_flow", _F64),
        ("short_length", _F64),
        ("short_filament", _F64),
        ("slowest", _I64),
        ("fastest", _I64),
    )


class HeatRule(ctypes.Structure):
    """``struct heat_rule``."""

    _fields_ = (("from_layer", _I64), ("nozzle", _I64), ("bed", _I64))


class FanSpeeds(ctypes.Structure):
    """``struct fan_rule``."""

    _fields_ = (("from_layer", _I64), ("allowed", ctypes.c_uint8 * FAN_VALUES))


class WritingRules(ctypes.Structure):
    """``struct writing``."""

    _fields_ = (
        *((name, _I64) for name in ("present", "zero_before_point", "remarks", "micrometres")),
        ("speed_last", _I64),
        ("step", _I64 * 26),
        ("moves", ((ctypes.c_uint8 * SHAPE_LETTERS) * SHAPES_AT_MOST) * 2),
    )


class Limits(ctypes.Structure):
    """``struct limits``; the arrays that it points to must live as long as it does."""

    _fields_ = (
        ("classes", ClassLimits * 2),
        *((name, _I64) for name in ("left", "right", "front", "back")),
        *((name, _I64) for name in ("first_height", "layer_height", "hop", "height_tolerance")),
        *((name, _I64) for name in ("travel_slowest", "travel_fastest")),
        *((name, _I64) for name in ("rest_length", "rest_length_tolerance")),
        *((name, _I64) for name in ("retract_feed", "deretract_feed", "rest_feed_tolerance")),
        *((name, _I64) for name in ("commands_at_most", "lines_at_most", "words", "relative")),
        *((name, _I64) for name in ("acceleration_count", "heat_count", "fan_count")),
        ("accelerations", ctypes.POINTER(_I64)),
        ("heat", ctypes.POINTER(HeatRule)),
        ("fan", ctypes.POINTER(FanSpeeds)),
        ("writing", WritingRules),
    )


class MachineStart(ctypes.Structure):
    """``struct machine``."""

    _fields_ = tuple(
        (name, _I64)
        for name in ("x", "y", "z", "extruder", "feed", "nozzle", "bed", "fan", "index", "line")
    )


class Result(ctypes.Structure):
    """``struct result``."""

    _fields_ = (
        *((name, _I64) for name in ("accepted", "doubt", "doubt_line")),
        *((name, _I64) for name in ("commands", "lines", "layers", "printed", "filament")),
        ("low", _I64 * 3),
        ("high", _I64 * 3),
        *((name, _I64) for name in ("max_feed", "nozzle", "bed")),
        ("seconds", _F64),
        ("fan_seen", ctypes.c_uint8 * FAN_VALUES),
    )


class Cursor(ctypes.Structure):
    """``struct cursor``."""

    _fields_ = tuple((name, _I64) for name in ("offset", "commands", "lines", "refused"))


_STRUCTURES = (ClassLimits, HeatRule, FanSpeeds, WritingRules, Limits, MachineStart, Result, Cursor)


@dataclass(frozen=True, kw_only=True)
class KernelState:
    """What a person wants to know: whether the kernel is used, and from where or why not."""

    used: bool
    observed: str


class Kernel:
    """The two calls of the library. Addresses and lengths come from NumPy arrays of the caller."""

    def __init__(self, library: ctypes.CDLL) -> None:
        """Declare the calls; :func:`_refusal` has looked at the library before."""
        self.library = library
        self._judge = library.mdps_judge
        self._judge.restype = _I64
        self._judge.argtypes = (
            *(ctypes.c_void_p, _I64, _I64, _I64),
            *(ctypes.POINTER(Limits), ctypes.POINTER(MachineStart), ctypes.POINTER(Result)),
            *(ctypes.c_void_p, _I64, ctypes.c_void_p, ctypes.c_void_p, _I64),
        )
        self._canonical = library.mdps_canonical
        self._canonical.restype = _I64
        self._canonical.argtypes = (
            *(ctypes.c_void_p, _I64, ctypes.POINTER(Cursor), ctypes.c_void_p, _I64),
        )

    def judge(
        self,
        data: tuple[int, int],
        body: tuple[int, int],
        limits: Limits,
        start: MachineStart,
        layer_start: tuple[int, int],
        rows: tuple[int | None, int | None, int] = (None, None, 0),
    ) -> Result:
        """One pass over the bytes of ``body`` in ``data``; arrays are (address, length).

        ``rows``: where rows and strokes go (None: nowhere), and for how many of them there is room.
        """
        result = Result()
        self._judge(*data, *body, limits, start, result, *layer_start, *rows)
        return result

    def canonical(self, data: tuple[int, int], cursor: Cursor, out: tuple[int, int]) -> int:
        """Canonical lines into ``out`` from ``cursor`` on; bytes written."""
        return int(self._canonical(*data, cursor, *out))


def kernel() -> Kernel | None:
    """The kernel, or None where the reference has to do; the switch is read at every call."""
    if switched_off():
        return None
    return _load()[0]


def state() -> KernelState:
    """For ``mdps doctor``."""
    if switched_off():
        return KernelState(used=False, observed=f"switched off by {SWITCH}")
    found, observed = _load()
    return KernelState(used=found is not None, observed=observed)


@lru_cache(maxsize=1)
def _load() -> tuple[Kernel | None, str]:
    return load_from(built())


def load_from(paths: Sequence[Path]) -> tuple[Kernel | None, str]:
    """The first of ``paths`` that is the right kernel, and its path; else None and why."""
    observed = "not built; a wheel of the controller for this machine brings it"
    for path in paths:
        try:
            library = open_library(path)
            reason = _refusal(library)
            if reason is None:
                return Kernel(library), str(path)
        except (OSError, AttributeError) as fault:
            # Of another architecture, cut off, or no kernel at all.
            reason = f"does not load: {fault}"
        observed = f"{path.name} {reason}"
    return None, observed


def _refusal(library: ctypes.CDLL) -> str | None:
    """Why this library must not be called; None if it may."""
    library.mdps_abi.restype = _I64
    if library.mdps_abi() != ABI:
        return f"has ABI {library.mdps_abi()}, wanted {ABI}"
    if not of_these_sources(library):
        return "was built from other sources"
    library.mdps_size_of.restype = _I64
    library.mdps_size_of.argtypes = (_I64,)
    sizes = [library.mdps_size_of(number) for number in range(len(_STRUCTURES))]
    if sizes != [ctypes.sizeof(structure) for structure in _STRUCTURES]:
        return "lays out its structures in another way"
    return None
