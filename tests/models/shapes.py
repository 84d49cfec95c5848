"""Small closed meshes for tests, as arrays of triangles in millimetres."""

from __future__ import annotations

import numpy as np

from mdps_plugin.models.mesh import Floats, Mesh
from mdps_plugin.models.stl import encode_binary_stl, read_stl

_FACES = [
    *([0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]),
    *([2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]),
]


def box(x: float = 20, y: float = 10, z: float = 5, at: tuple[float, float, float] = (0, 0, 0)):
    """12 triangles, facing outward, lowest corner ``at``."""
    corners = np.array(
        [[i, j, k] for i in (0.0, x) for j in (0.0, y) for k in (0.0, z)], dtype=np.float64
    ) + np.array(at)
    return corners[np.array(_FACES)]


def inside_out(triangles: Floats) -> Floats:
    return triangles[:, ::-1, :]


def mesh(*parts: Floats) -> Mesh:
    """Through the writer and the reader, as every model comes."""
    return read_stl(encode_binary_stl(np.concatenate(parts)), "model.stl")


def text_stl(triangles: Floats, name: str = "part") -> bytes:
    lines = [f"solid {name}"]
    for triangle in triangles:
        lines += ["  facet normal 0 0 0", "    outer loop"]
        lines += [f"      vertex {x:.9g} {y:.9g} {z:.9g}" for x, y, z in triangle]
        lines += ["    endloop", "  endfacet"]
    return "\n".join([*lines, f"endsolid {name}", ""]).encode()


def torus(steps: int, at: tuple[float, float] = (0, 0), radius: float = 40, tube: float = 12):
    """2 * steps² triangles of a closed ring that lies on the plate, facing outward."""
    turn = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    around, across = np.meshgrid(turn, turn, indexing="ij")
    reach = radius + tube * np.cos(across)
    points = np.stack(
        [reach * np.cos(around) + at[0], reach * np.sin(around) + at[1], tube * np.sin(across)], -1
    ) + np.array([0, 0, tube])
    here, ahead = points, np.roll(points, -1, axis=0)
    above, beyond = np.roll(points, -1, axis=1), np.roll(ahead, -1, axis=1)
    pairs = [[here, ahead, beyond], [here, beyond, above]]
    return np.concatenate([np.stack(three, axis=-2).reshape(-1, 3, 3) for three in pairs])
