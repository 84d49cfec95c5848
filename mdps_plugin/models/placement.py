"""Where the model lies on the plate: moved once, never turned or scaled. Pure."""

from __future__ import annotations

import numpy as np

from ..canonical import sha256_hex
from ..errors import DocumentError
from ..recipes.document import DesignEnvelope
from .mesh import Floats, Mesh
from .mesh_link import mesh_kernel
from .stl import Records, corners_in, encode_by_blocks, is_headed, records_in

#: Coordinates of a placed model are multiples of this: 2^-14 mm = 61 nm. Below
#: :data:`REACH_MM` such numbers are exact in the 32 bits that STL has, so that writing,
#: reading and placing again change nothing.
GRID_MM = 2.0**-14
REACH_MM = 1024.0
# Beyond this, less than 2^31 steps, the kernel is not asked.
_KERNEL_REACH_MM = 100_000.0


def place(mesh: Mesh, envelope: DesignEnvelope) -> Mesh:
    """The mesh with its box centre on the signed point and its lowest z at 0.

    Placing the result again is the identity, bit for bit. :class:`DocumentError` where the
    placed model would reach beyond :data:`REACH_MM`.
    """
    return place_encoded(mesh, envelope)[0]


def place_encoded(mesh: Mesh, envelope: DesignEnvelope) -> tuple[Mesh, bytes]:
    """As :func:`place`, and the file that the digest of the result is of.

    That is :func:`mdps_plugin.models.stl.write_binary_stl` of the result. Corners of the result
    lie in it. Where ``mesh`` came from these very bytes it is the result itself.
    """
    # Rounding keeps order: the corners of the box stay its corners.
    low, high = (_snap(corner) for corner in mesh.bounds())
    point = _snap(np.array([envelope.placed_at_x_mm, envelope.placed_at_y_mm]))
    shift = np.append(_snap(point - (low[:2] + high[:2]) / 2), -low[2])
    # As each coordinate is moved below.
    low, high = low + shift + 0.0, high + shift + 0.0
    furthest = max(float(high.max()), -float(low.min()))
    if furthest >= REACH_MM:
        raise DocumentError(
            mesh.digest, "placed model", f"reaches {furthest:g} mm", f"below {REACH_MM:g} mm"
        )
    encoded = _encoded(mesh, shift)
    if encoded is mesh.file:
        return mesh, encoded
    corners, digest = corners_in(encoded), sha256_hex(encoded)
    return Mesh(corners=corners, digest=digest, file=encoded, box=(low, high)), encoded


def _encoded(mesh: Mesh, shift: Floats) -> bytes:
    corners, kernel, file = mesh.corners, mesh_kernel(mesh.corners), mesh.file
    if max(-mesh.bounds()[0].min(), mesh.bounds()[1].max()) > _KERNEL_REACH_MM:
        kernel = None
    if kernel is not None and file is not None and is_headed(file, len(corners)):
        if not shift.any() and kernel.lies(records_in(file), 1 / GRID_MM):
            return file
        file = None

    def fill(block: slice, records: Records) -> None:
        if kernel is not None:
            kernel.place(corners[block], 1 / GRID_MM, shift, records)
            return
        some = _snap(corners[block].astype(np.float64))
        some += shift
        some += 0.0  # turns -0.0 into 0.0
        records["corners"] = some

    return encode_by_blocks(len(corners), fill, file)


def _snap(values: Floats) -> Floats:
    """Nearest multiple of the grid, ties to even: a second rounding finds nothing to do."""
    return np.asarray(np.rint(values / GRID_MM) * GRID_MM)
