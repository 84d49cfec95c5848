"""Ring C: the sliced block against models that it is not, and the attacks it is there for."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath.gaps import thickness_mm
from mdps_plugin.toolpath.section import cut

from .carving import carve
from .parts import (
    box,
    codes,
    drop,
    geometry,
    honest,
    layer_change,
    line_of,
    look,
    moved,
    prism,
)


def test_the_block_is_the_block() -> None:
    examination = look(honest())
    assert examination.verdict.accepted
    assert examination.verdict.findings == ()
    assert examination.layers == 25
    assert examination.digests["model"] == "0" * 64


@pytest.mark.parametrize(
    "change",
    [(0.11, 0.0), (-0.11, 0.0), (0.0, 0.11), (0.0, -0.11), (0.09, 0.09), (5.0, 0.0)],
)
def test_a_shifted_part_is_refused(change: tuple[float, float]) -> None:
    job = moved(lambda x, y: (x + change[0], y + change[1]))
    found = codes(look(job, **{"window.outside_model_mm": 10}))
    assert found & {"TP-082", "TP-085", "TP-087", "TP-113"}


def test_one_shifted_layer_is_refused() -> None:
    first, last = layer_change(6), layer_change(7)
    lines = moved(lambda x, y: (x + 0.2, y)).split(b"\n")
    kept = honest().split(b"\n")
    job = b"\n".join([*kept[:first], *lines[first : last - 1], *kept[last - 1 :]])
    examination = look(job)
    assert "TP-082" in codes(examination)
    assert {
        finding.where.layer
        for finding in examination.verdict.refusals()
        if finding.code == "TP-082"
    } == {6}


@pytest.mark.parametrize("factor", [0.98, 0.99, 1.01, 1.02])
def test_a_scaled_part_is_refused(factor: float) -> None:
    job = moved(lambda x, y: ((x - 100) * factor + 100, (y - 100) * factor + 100))
    found = codes(look(job, **{"window.outside_model_mm": 1}))
    assert found & {"TP-082", "TP-083", "TP-086"}


def test_a_mirrored_part_is_refused() -> None:
    """The block is its own mirror image; the model that it is held against is not."""
    lame = prism([(-10, -5), (10, -5), (10, 5), (-9, 5), (-10, 4)], 5)
    assert "TP-088" in codes(look(honest(), model=geometry(lame)))
    mirrored = box().copy()
    mirrored[:, :, 0] = 200 - mirrored[:, :, 0]
    assert look(honest(), model=geometry(mirrored[:, ::-1])).verdict.accepted


@pytest.mark.parametrize(
    ("model", "code"),
    [
        (box(z=4.4), "TP-081"),
        (box(z=5.6), "TP-080"),
        (box(x=21), "TP-083"),
        (box(y=9), "TP-082"),
        (prism([(-10, -5), (10, -5), (10, 0), (0, 5), (-10, 5)], 5), "TP-088"),
    ],
)
def test_another_model_is_refused(model: np.ndarray, code: str) -> None:
    assert code in codes(look(honest(), model=geometry(model), **{"window.outside_model_mm": 5}))


def test_the_top_layer_taken_off() -> None:
    job = drop(layer_change(24), line_of("M107", layer_change(24)) - 1)
    assert codes(look(job)) == {"TP-080"}


def test_infill_taken_out_of_one_layer() -> None:
    first = line_of("G1 F4800", layer_change(10))
    last = line_of("G1 E-.8 F2100", first)
    bare = drop(first, last - 1)
    assert "TP-084" in codes(look(bare))


@pytest.mark.parametrize(("x", "y"), [(110, 100), (96, 105), (110, 105)])
@pytest.mark.parametrize("radius", [1.2, 2.0])
def test_plastic_taken_away_at_a_wall(x: float, y: float, radius: float) -> None:
    """Through all layers; everything else keeps flow, speed and place."""
    job = carve(honest(), x, y, radius, first=line_of("G1 Z.2 F7800"))
    examination = look(job, **{"window.layer_volume_ratio": {"minimum": 0.2, "maximum": 1.1}})
    assert {"TP-089", "TP-100"} <= codes(examination)
    assert "wall along the outline" in {check.name for check in examination.verdict.checks}


def test_plastic_taken_away_at_a_wall_of_one_layer() -> None:
    first, last = layer_change(9), layer_change(10)
    carved = carve(honest(), 110, 100, 2, first=first).split(b"\n")
    rest = honest().split(b"\n")[last - 1 :]
    end = len(carve(b"\n".join(rest), 110, 100, 2).split(b"\n"))
    found = look(b"\n".join([*carved[:-end], *rest])).verdict.refusals()
    bare = {(finding.code, finding.where.layer) for finding in found}
    assert ("TP-089", 9) in bare
    assert {layer for _, layer in bare} == {9}


def test_a_hole_within_the_walls_is_seen_without_ring_b() -> None:
    """The slicer's infill is open too, but its lines do not end before nothing."""
    job = carve(honest(), 100, 100, 1, first=line_of("G1 Z.2 F7800"))
    found = look(job).verdict.refusals()
    assert {"TP-100", "TP-102"} <= {finding.code for finding in found}
    assert "TP-090" in codes(look(job, rings="ABC", reslice=honest()))


def test_where_the_part_is_thinner_than_a_wall_none_is_asked_for() -> None:
    strip = [(-10.0, -5.0), (10.0, -5.0), (10.0, 5.0), (-10.0, 5.0)]
    section = cut(prism(strip, 5), 2.5)
    thick = thickness_mm(
        section, np.array([[110.0, 100.0], [100.0, 95.0]]), np.array([[1.0, 0], [0, -1]])
    )
    assert thick == pytest.approx([20, 10])


def test_faces_in_the_cutting_plane_do_not_matter() -> None:
    """A block with a step exactly at the middle of layer 12: either side is an honest section."""
    foot, top = box(20, 10, 2.5), box(20, 10, 2.5) + np.array([0, 0, 2.5])
    assert look(honest(), model=geometry(np.concatenate((foot, top)))).verdict.accepted


def test_without_a_model_ring_c_has_not_run() -> None:
    verdict = look(honest(), model=None).verdict
    assert not verdict.accepted
    assert verdict.not_run == (
        "filled place by place",
        "inside the model",
        "layers of the model",
        "outline of the model",
        "parts of the plate",
        "plastic on single lines",
        "shift, size and turn",
        "supports",
        "wall along the outline",
        "walls and ends in place",
    )
