"""The calls of the compiled kernel for meshes. Judges nothing.

They take corners as a binary STL has them, 32-bit numbers wherever they lie, so that nothing is
copied; for any other array there is no call, and the plain way does the work.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..library_link import find_library, switched_off

Corners: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Floats: TypeAlias = npt.NDArray[np.float64]

_I64, _F64, _AT = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p


class MeshKernel:
    """The calls of mesh.h."""

    def __init__(self, library: ctypes.CDLL) -> None:
        """Declare them. They take no structure, so that the sources say all of their layout."""
        self._library = library
        mesh = (_AT, _I64, _I64)
        library.mdps_mesh_box.restype = library.mdps_mesh_room.restype = _I64
        library.mdps_mesh_box.argtypes = (*mesh, ctypes.c_float, _AT)
        library.mdps_mesh_room.argtypes = (_I64,)
        library.mdps_mesh_bodies.restype = _I64
        library.mdps_mesh_bodies.argtypes = (*mesh, _AT, _AT, _I64)
        library.mdps_mesh_faces.restype = library.mdps_mesh_placed.restype = None
        library.mdps_mesh_faces.argtypes = (*mesh, _AT, _AT, _AT, _AT)
        library.mdps_mesh_placed.argtypes = (*mesh, _F64, _AT, _AT)
        library.mdps_mesh_lies.restype = _I64
        library.mdps_mesh_lies.argtypes = (_AT, _I64, ctypes.c_float)

    def box(self, corners: Corners, most: float) -> tuple[Floats, Floats] | None:
        """Lowest and highest corner; None with a number that is none, or beyond ``most``."""
        box = np.empty((2, 3))
        if not self._library.mdps_mesh_box(*_mesh(corners), most, box.ctypes.data):
            return None
        return box[0], box[1]

    def bodies(self, corners: Corners) -> npt.NDArray[np.int32] | None:
        """:func:`mdps_plugin.models.closed.bodies_if_closed`, or None in doubt."""
        room = self._library.mdps_mesh_room(len(corners))
        if room < 0:
            return None
        labels, memory = np.empty(len(corners), dtype=np.int32), np.empty(room, dtype=np.uint8)
        given = (labels.ctypes.data, memory.ctypes.data, room)
        return labels if self._library.mdps_mesh_bodies(*_mesh(corners), *given) else None

    def faces(self, corners: Corners, middle: Floats) -> tuple[Floats, float, int, int]:
        """Volumes, their sum one by one, triangles without an area, and the first of these."""
        volumes, added = np.empty(len(corners)), _F64()
        middle, flat = np.ascontiguousarray(middle, dtype=np.float64), (_I64 * 2)()
        self._library.mdps_mesh_faces(
            *(*_mesh(corners), middle.ctypes.data, volumes.ctypes.data),
            *(ctypes.addressof(added), ctypes.addressof(flat)),
        )
        return volumes, added.value, flat[0], flat[1]

    def place(
        self, corners: Corners, steps: float, shift: Floats, records: npt.NDArray[np.void]
    ) -> None:
        """Corners on the grid of ``1 / steps`` mm, moved, into records of a binary STL."""
        shift = np.ascontiguousarray(shift, dtype=np.float64)
        self._library.mdps_mesh_placed(
            *_mesh(corners), steps, shift.ctypes.data, records.ctypes.data
        )

    def lies(self, records: npt.NDArray[np.void], steps: float) -> bool:
        """Whether placing these records by nothing surely changes no byte of them."""
        return bool(self._library.mdps_mesh_lies(records.ctypes.data, len(records), steps))


def _mesh(corners: Corners) -> tuple[int, int, int]:
    return corners.ctypes.data, corners.strides[0], len(corners)


def as_in_a_file(corners: Corners) -> bool:
    """Whether the kernel can take these where they lie."""
    return corners.dtype == np.dtype("<f4") and corners.strides[1:] == (12, 4)


def mesh_kernel(corners: Corners) -> MeshKernel | None:
    """The calls; None where there is no kernel, or none for these corners."""
    return None if switched_off() or not as_in_a_file(corners) else _calls()


@lru_cache(maxsize=1)
def _calls() -> MeshKernel | None:
    library = find_library()
    return None if library is None else MeshKernel(library)
