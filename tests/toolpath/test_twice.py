"""A layer printed twice is seen where flow, outlines and coverage stay as they were."""

from __future__ import annotations

from .parts import codes, honest, layer_change, look


def test_a_whole_layer_printed_again_is_seen() -> None:
    """With the wide limits for the volume of a layer that a thin part needs."""
    lines = honest().split(b"\n")
    first, last = layer_change(8) - 1, layer_change(9) - 1
    layer = [one for one in lines[first:last] if not one.startswith((b"G1 Z", b";", b"G92"))]
    job = b"\n".join([*lines[:last], *layer, *lines[last:]])
    assert "TP-114" in codes(look(job))


def test_honest_lines_lie_beside_one_another() -> None:
    assert look(honest()).verdict.accepted
