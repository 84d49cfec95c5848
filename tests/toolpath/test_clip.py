"""Lines cut to a box, against the plain definition on points along them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.toolpath.clip import clip_to_box

from .parts import codes, insert, layer_change, look

LOW, HIGH = np.array([0.0, 0.0]), np.array([10.0, 5.0])
COORDINATE = st.integers(-20, 20).map(float)


@given(ends=st.tuples(COORDINATE, COORDINATE, COORDINATE, COORDINATE))
def test_what_is_kept_is_what_lies_inside(ends: tuple[float, float, float, float]) -> None:
    begin, end = np.array([ends[:2]]), np.array([ends[2:]])
    rows, first, last = clip_to_box(begin, end, LOW, HIGH)
    share = np.linspace(0, 1, 401)[:, None]
    points = begin + share * (end - begin)
    inside = points[((points >= LOW) & (points <= HIGH)).all(axis=1)]
    if len(rows) == 0:
        assert len(inside) == 0
        return
    assert ((first >= LOW - 1e-9) & (first <= HIGH + 1e-9)).all()
    assert ((last >= LOW - 1e-9) & (last <= HIGH + 1e-9)).all()
    if len(inside):
        kept = np.concatenate((first, last))
        assert (inside >= kept.min(axis=0) - 1e-9).all()
        assert (inside <= kept.max(axis=0) + 1e-9).all()


@pytest.mark.timeout(60)
def test_a_line_that_leads_far_away_is_refused_and_walked_along_by_nobody() -> None:
    """Such a line once took hours and all memory."""
    job = insert(layer_change(3) + 5, "G1 X999999 Y-999999 E1", "G1 X-999999 Y999999 E1")
    assert codes(look(job)) >= {"TP-067", "TP-105"}
