"""The calls of the compiled kernel for ring C, with the layouts of model.h. Judges nothing.

Addresses of NumPy arrays go into a structure whose arrays must live as long as it does. ctypes lets
go of the interpreter's lock during a call: ranges of layers may run beside each other, each with
memory of its own.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .geometry import Corners
from .kernel_link import Kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FLOW_WIDTHS = 16
MOST_WALLS, MOST_ENDS = 16, 3
_PLACE_LENGTHS = ("end", "wall", "room", "round", "every", "far", "link")
SURE_SECTION, SURE_INSIDE, SURE_WALLED, SURE_COVERED = 1, 2, 4, 8
SURE_FLOW, SURE_PLACED, SURE_SAMPLED, SURE_PLACES = 16, 32, 64, 128

_I64, _F64, _AT = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p


class Rules(ctypes.Structure):
    """``struct model_rules`` of model.h; lengths in mm."""

    _fields_ = (
        *((name, _F64) for name in ("first_height", "layer_height", "plane_offset")),
        *((name, _F64) for name in ("filament_area", "round_sides")),
        *((name, _F64 * 2) for name in ("width_least", "width_most")),
        *((name, _F64) for name in ("seam", "beyond", "shorter", "volume_least", "volume_most")),
        *((name, _F64) for name in ("inside", "gap", "piece", "near", "thin", "probe")),
        ("flow_widths", _F64 * FLOW_WIDTHS),
        *((name, _F64) for name in ("flow_length", "flow_filament", "flow_spare")),
        *((name, _F64) for name in ("flow_seam", "flow_rest", "flow_long")),
        *((name, _F64) for name in ("filament_rounding", "length_rounding")),
        *((name, _F64 * 2) for name in ("short_length", "short_least", "short_most")),
        *((name, _I64) for name in ("flow_count", "flow_every", "flow_full")),
        *((name, _F64) for name in ("outer_inset", "layer_shift", "fit_near")),
        *((name, _F64) for name in ("fit_least_usual", "fit_least_hold", "fit_least_share")),
        *((name, _I64) for name in ("fit_samples", "fit_least_samples", "fit_rounds")),
        ("outline_samples", _I64),
        *((name, _F64) for name in ("grid_x", "grid_y", "pixels_per_mm")),
        *((name, _I64) for name in ("rows", "columns")),
        *((name, _F64) for name in ("walls", "beyond_walls", "cut", "cut_step", "cut_share")),
        *((name, _I64) for name in ("cut_steps", "solid", "one_fill", "knows_infill")),
        *((name, _I64) for name in ("top", "bottom", "border")),
        *((name, _I64) for name in ("outside_px", "open_px", "deep_px", "lasting_px", "infill_px")),
        ("place_walls", _F64 * MOST_WALLS * 2),
        *(("place_ends", _F64 * 2 * MOST_ENDS * 2), ("place_border", _F64 * 2 * 2)),
        *((f"place_{name}", _I64 * 2) for name in ("wall_count", "end_count", "bordered")),
        *((f"place_{name}", _F64) for name in _PLACE_LENGTHS),
        *(("place_spacing", _F64 * 2), ("graze_every", _F64)),
        *(("graze_steps", _I64), ("graze_ends", _I64)),
        *((f"turn_{name}", _F64) for name in ("line", "stub", "back", "aside", "way")),
        *(("place_around", _I64), ("place_border_px", _I64)),
        *(("border_fill", _F64 * 2), ("border_away", _F64 * 2 * 2)),
        *(("border_ends", _F64 * 2), ("border_turns", _F64 * 2), ("border_link", _F64 * 2 * 2)),
        *(("border_corner", _F64 * 2), ("border_tip", _F64 * 2)),
        *((f"border_{name}", _F64) for name in ("near", "piece", "sure", "slope")),
        *((f"faced_{name}", _F64) for name in ("from", "to", "every", "opposite")),
        ("faced_least", _I64 * 2),
        *((f"twice_{name}", _F64) for name in ("most", "spare", "step")),
        ("twice_spot", _F64 * 2),
        ("spare_first", _I64),
    )


class Task(ctypes.Structure):
    """``struct model``."""

    _fields_ = (
        ("rules", ctypes.POINTER(Rules)),
        *(("corners", _AT), ("triangle_count", _I64)),
        *(("corner_stride", _I64), ("corners_wide", _I64)),
        *(("order", _AT), ("order_count", _I64)),
        *(("edges", _AT), ("model_layers", _I64), ("most_met", _I64)),
        *(("printed", _AT), ("printed_count", _I64)),
        *(("layer_rows", _AT), ("layer_count", _I64), ("most_printed", _I64)),
        *((name, _AT) for name in ("sure", "fit_points", "fit_normals", "fit_insets")),
        *((name, _AT) for name in ("outline_normals", "outline_low", "outline_high")),
    )


def laid_out(corners: Corners) -> Corners:
    """``corners`` (n, 3, 3) if the kernel can read them where they lie, else a copy that it can.

    It reads the nine numbers of a triangle one after the other, as a binary STL has them.
    """
    for kind in ("<f4", "<f8"):
        size = np.dtype(kind).itemsize
        if corners.dtype == np.dtype(kind) and corners.strides[1:] == (3 * size, size):
            return corners
    return np.ascontiguousarray(corners, dtype=np.float64)


def layout(corners: Corners) -> tuple[int, int, bool]:
    """Address, bytes from triangle to triangle, and whether numbers have 64 bits."""
    return corners.ctypes.data, corners.strides[0], corners.dtype.itemsize == 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Sorted:
    """Triangles by layer: layer k has ``order[edges[k]:edges[k + 1]]``; ``most``: in any one."""

    order: npt.NDArray[np.int32]
    edges: Ints
    most: int

    @property
    def layers(self) -> int:
        """Layers that meet the model."""
        return len(self.edges) - 1


class Samples(NamedTuple):
    """Places along outlines, (n, 2) mm, normals there, (n, 2), and how deep the wall lies, (n,)."""

    points: Floats
    normals: Floats
    insets: Floats


class ModelKernel:
    """The calls of the library that ring C needs."""

    def __init__(self, library: ctypes.CDLL) -> None:
        """Declare them; :func:`model_kernel` has compared the layouts."""
        self._library = library
        library.mdps_spans.restype = library.mdps_order.restype = _I64
        library.mdps_spans.argtypes = (
            *(_AT, _I64, _I64, _I64, _F64, _F64, _F64, _AT, _AT, ctypes.POINTER(_I64)),
        )
        library.mdps_order.argtypes = (_AT, _AT, _I64, _AT, _I64, _AT, _I64)
        library.mdps_model_room.restype = library.mdps_layers.restype = _I64
        library.mdps_model_room.argtypes = (ctypes.POINTER(Task),)
        library.mdps_layers.argtypes = (ctypes.POINTER(Task), _I64, _I64, _AT, _I64)
        library.mdps_one_body.restype = library.mdps_part_fit.restype = _I64
        library.mdps_one_body.argtypes = (_AT, _I64, _AT, _AT, _I64)
        library.mdps_part_fit.argtypes = (
            *(_AT, _AT, _AT, _I64, _AT, _F64, ctypes.POINTER(Rules), _AT, _AT, _AT, _I64),
        )

    def sort(
        self, corners: Corners, heights: tuple[float, float], offset: float, most_cuts: int
    ) -> Sorted | None:
        """Triangles by layer; None with more than ``most_cuts`` meetings.

        ``corners``: (n, 3, 3) as :func:`laid_out` has them.
        ``heights``: of the first layer and of all others, mm; each is cut ``offset`` mm beside its
        middle.
        """
        first = np.empty(len(corners), dtype=np.int32)
        last = np.empty(len(corners), dtype=np.int32)
        top = _I64()
        cuts = self._library.mdps_spans(
            *(*layout(corners), len(corners), *heights, offset),
            *(first.ctypes.data, last.ctypes.data, top),
        )
        if not 0 < cuts <= most_cuts or not 0 <= top.value < most_cuts:
            return None
        edges = np.empty(top.value + 2, dtype=np.int64)
        order = np.empty(cuts, dtype=np.int32)
        most = self._library.mdps_order(
            *(first.ctypes.data, last.ctypes.data, len(corners)),
            *(edges.ctypes.data, len(edges) - 1, order.ctypes.data, len(order)),
        )
        return Sorted(order=order, edges=edges, most=most) if most >= 0 else None

    def one_body(self, triangles: Floats) -> bool:
        """Whether all triangles surely hang together over common corners."""
        slots = 1 << max(4, (2 * len(triangles)).bit_length())
        parent, table = np.empty(len(triangles), dtype=np.int32), np.empty(slots, dtype=np.int32)
        given = (parent.ctypes.data, table.ctypes.data, slots)
        return bool(self._library.mdps_one_body(triangles.ctypes.data, len(triangles), *given))

    def room(self, task: Task) -> int:
        """Bytes that :meth:`layers` wants; -1 where it would not take the task."""
        return int(self._library.mdps_model_room(task))

    def layers(self, task: Task, begin: int, end: int, memory: npt.NDArray[np.uint8]) -> bool:
        """Look at layers ``begin`` to ``end`` (exclusive)."""
        given = (memory.ctypes.data, len(memory))
        return bool(self._library.mdps_layers(task, begin, end, *given))

    def all_layers(self, task: Task, ranges: Sequence[tuple[int, int]], room: int) -> bool:
        """Look at every range, each in a thread with ``room`` bytes of its own."""

        def look(edges: tuple[int, int]) -> bool:
            return self.layers(task, *edges, np.empty(room, dtype=np.uint8))

        if len(ranges) == 1:
            return look(ranges[0])
        # Loads logging and more: only where there is something to look at beside.
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(len(ranges)) as pool:
            return all(list(pool.map(look, ranges)))

    def part_fit(
        self, samples: Samples, middle: Floats, reach_mm: float, rules: Rules
    ) -> tuple[Ints, Floats] | None:
        """The part as one body: shift in x and y and size, and the same with a turn, (2, 4).

        For either first 1 where it is told, 0 where the rule finds none, -1 in doubt. ``middle``
        (x, y) of the part and ``reach_mm``, half its width, as :func:`.fit._size` takes them.
        None where there are too many samples.
        """
        solved, made = np.zeros((2, 4)), np.zeros(2, dtype=np.int64)
        memory = np.empty(9 * (len(samples.insets) + 1))
        parts = [np.ascontiguousarray(part) for part in (*samples, middle)]
        points, normals, insets, about = (part.ctypes.data for part in parts)
        done = self._library.mdps_part_fit(
            *(points, normals, insets, len(samples.insets), about, reach_mm, rules),
            *(solved.ctypes.data, made.ctypes.data, memory.ctypes.data, len(memory)),
        )
        return (made, solved) if done else None


def model_kernel(found: Kernel | None) -> ModelKernel | None:
    """The calls of ``found``; None where there is no kernel, or one of another layout."""
    if found is None:
        return None
    size = found.library.mdps_model_size
    size.restype, size.argtypes = _I64, (_I64,)
    if [size(0), size(1)] != [ctypes.sizeof(Rules), ctypes.sizeof(Task)]:
        return None
    return ModelKernel(found.library)
