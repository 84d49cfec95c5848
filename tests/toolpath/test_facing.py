"""Which ends of lines face each other over a gap."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath.facing import facing

AT, AHEAD = np.array([(0.0, 0.0)]), np.array([(1.0, 0.0)])


@pytest.mark.parametrize(
    ("place", "ahead", "wanted"),
    [
        ((4.0, 0.1), (-1.0, 0.0), True),
        # Beside it; too far; too near; behind; the same way; across; itself.
        ((4.0, 0.3), (-1.0, 0.0), False),
        ((6.0, 0.0), (-1.0, 0.0), False),
        ((0.4, 0.0), (-1.0, 0.0), False),
        ((-1.0, 0.0), (-1.0, 0.0), False),
        ((4.0, 0.0), (1.0, 0.0), False),
        ((4.0, 0.0), (0.0, 1.0), False),
        ((0.0, 0.0), (1.0, 0.0), False),
    ],
)
def test_two_ends_face_each_other_where_one_line_was(
    place: tuple[float, float], ahead: tuple[float, float], wanted: bool
) -> None:
    given = np.array([place]), np.array([ahead])
    assert facing(AT, AHEAD, *given, (0.5, 5.0), 0.2).tolist() == [[wanted]]
    assert facing(*given, AT, AHEAD, (0.5, 5.0), 0.2).tolist() == [[wanted]]


def test_none_faces_none() -> None:
    none = np.empty((0, 2))
    assert facing(none, none, AT, AHEAD, (0.5, 5.0), 0.2).shape == (0, 1)
    assert facing(AT, AHEAD, none, none, (0.5, 5.0), 0.2).shape == (1, 0)
