"""Where the model lies on the plate: moved once, never turned or scaled. Pure."""

from __future__ import annotations

import numpy as np

from ..canonical import sha256_hex
from ..errors import DocumentError
from ..recipes.document import DesignEnvelope
from .mesh import Floats, Mesh, blocks
from .stl import digest_of_binary_stl, encode_binary_stl

#: Coordinates of a placed model are multiples of this: 2^-14 mm = 61 nm. Below
#: :data:`REACH_MM` such numbers are exact in the 32 bits that STL has, so that writing,
#: reading and placing again change nothing.
GRID_MM = 2.0**-14
REACH_MM = 1024.0


def place(mesh: Mesh, envelope: DesignEnvelope) -> Mesh:
    """The mesh with its box centre on the signed point and its lowest z at 0.

    Placing the result again is the identity, bit for bit. :class:`DocumentError` where the
    placed model would reach beyond :data:`REACH_MM`.
    """
    placed = _moved(mesh, envelope)
    return Mesh(triangles=placed, digest=digest_of_binary_stl(placed))


def place_encoded(mesh: Mesh, envelope: DesignEnvelope) -> tuple[Mesh, bytes]:
    """As :func:`place`, and the file that the digest of the result is of.

    That is :func:`mdps_plugin.models.stl.write_binary_stl` of the result.
    """
    placed = _moved(mesh, envelope)
    encoded = encode_binary_stl(placed)
    return Mesh(triangles=placed, digest=sha256_hex(encoded)), encoded


def _moved(mesh: Mesh, envelope: DesignEnvelope) -> Floats:
    # Rounding keeps order: the corners of the box stay its corners.
    low, high = (_snap(corner) for corner in mesh.bounds())
    point = _snap(np.array([envelope.placed_at_x_mm, envelope.placed_at_y_mm]))
    shift = np.append(_snap(point - (low[:2] + high[:2]) / 2), -low[2])
    placed, furthest = np.empty_like(mesh.triangles), 0.0
    for block in blocks(len(placed)):
        some = placed[block]
        some[:] = _snap(mesh.triangles[block])
        some += shift
        some += 0.0  # turns -0.0 into 0.0
        furthest = max(furthest, float(some.max()), -float(some.min()))
    if furthest >= REACH_MM:
        raise DocumentError(
            mesh.digest, "placed model", f"reaches {furthest:g} mm", f"below {REACH_MM:g} mm"
        )
    return placed


def _snap(values: Floats) -> Floats:
    """Nearest multiple of the grid, ties to even: a second rounding finds nothing to do."""
    return np.asarray(np.rint(values / GRID_MM) * GRID_MM)
