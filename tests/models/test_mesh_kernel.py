"""The kernel beside the plain way: a mesh of a file is surveyed, measured and placed the same.

What the kernel calls closed has to be closed by the plain way, body by body; where it doubts, the
plain way is asked anyway.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.errors import DocumentError
from mdps_plugin.library_link import SWITCH
from mdps_plugin.models.closed import bodies_if_closed
from mdps_plugin.models.mesh import Corners, Floats, Mesh, box_of
from mdps_plugin.models.mesh_link import MeshKernel, mesh_kernel
from mdps_plugin.models.placement import place_encoded
from mdps_plugin.models.stl import corners_in, encode_binary_stl, read_stl
from mdps_plugin.models.surface import survey, survey_plainly
from tests.factories import make_recipe

from .shapes import box, inside_out, text_stl, torus
from .test_closed import DAMAGE, SOUND

ENVELOPE = make_recipe().envelope
_ANY_NUMBER = st.floats(width=32)
_NUMBER = st.floats(-400, 400, width=32)


@contextmanager
def plainly() -> Iterator[None]:
    """Without the kernel."""
    os.environ[SWITCH] = "off"
    try:
        yield
    finally:
        del os.environ[SWITCH]


def calls(corners: Corners) -> MeshKernel:
    found = mesh_kernel(corners)
    assert found is not None
    return found


def in_a_file(triangles: Floats) -> Corners:
    """As read_stl lays them out, whatever the numbers."""
    return corners_in(encode_binary_stl(triangles))


def both_say_the_same(triangles: Floats) -> bool:
    """Whether the kernel was sure."""
    corners = in_a_file(triangles)
    said, wanted = calls(corners).bodies(corners), bodies_if_closed(corners)
    if said is not None:
        assert wanted is not None
        assert said.tolist() == wanted.tolist()
    mesh, plain = (Mesh(corners=corners, digest="") for _ in range(2))
    found = survey(mesh), mesh.volume_mm3(), mesh.bounds()[0].tolist(), mesh.bounds()[1].tolist()
    with plainly():
        assert found[0] == survey_plainly(plain)
        bounds = [corner.tolist() for corner in plain.bounds()]
        assert found[1:] == (plain.volume_mm3(), *bounds)
        assert survey(Mesh(corners=corners.astype(np.float64), digest="")) == found[0]
    return said is not None


@pytest.mark.parametrize("name", SOUND)
def test_of_a_sound_mesh_it_is_sure(name: str) -> None:
    assert both_say_the_same(np.concatenate(SOUND[name]))


def test_two_bodies_of_two_triangles_each_on_one_another() -> None:
    # The fewest triangles a corner: six corners for four triangles.
    two = np.concatenate([box()[:1], box()[:1, ::-1]])
    assert both_say_the_same(np.concatenate([two, two + 100]))


def test_more_corners_than_triangles_are_doubted_and_surveyed_all_the_same() -> None:
    two = np.concatenate([box()[:1], box()[:1, ::-1]])
    assert not both_say_the_same(np.concatenate([two + 100 * n for n in range(40)]))


def test_a_corner_with_more_edges_than_it_follows_is_doubted_at_most() -> None:
    # Two fans of 4,000 faces about one middle: each edge there is looked for among all before it.
    turn = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    rim = np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1) * 40
    middle, ahead = np.zeros_like(rim), np.roll(rim, -1, axis=0)
    fan = np.stack([middle, rim, ahead], axis=1)
    both_say_the_same(np.concatenate([fan, fan[:, ::-1]]))


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["a box", "a cavity", "two that touch in a corner"]),
    st.lists(
        st.tuples(st.sampled_from(DAMAGE), st.integers(0, 10_000), st.integers(0, 2)), max_size=4
    ),
    st.randoms(use_true_random=False),
)
def test_whatever_is_done_to_a_mesh(
    name: str, damage: list[tuple[Callable[[Floats, int, int], Floats], int, int]], random
) -> None:
    triangles = np.concatenate(SOUND[name])
    for spoil, row, corner in damage:
        triangles = spoil(triangles, row % len(triangles), corner)
    rows = list(range(len(triangles)))
    random.shuffle(rows)
    sure = both_say_the_same(triangles[rows])
    assert sure or damage


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=3, max_size=3),
        min_size=1,
        max_size=14,
    )
)
def test_triangles_between_the_corners_of_a_cube(corners) -> None:
    both_say_the_same(np.array(corners, dtype=np.float64))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.permutations(range(4))] * 3).map(lambda orders: [o[0] for o in orders]),
        min_size=2,
        max_size=10,
    )
)
def test_faces_of_a_tetrahedron_any_number_of_times_either_way(faces) -> None:
    corners = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]], dtype=np.float64)
    both_say_the_same(corners[np.array(faces)])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(_ANY_NUMBER, min_size=9, max_size=9), min_size=1, max_size=5))
def test_the_box_of_any_numbers(numbers) -> None:
    corners = in_a_file(np.array(numbers).reshape(-1, 3, 3))
    for most in (10_000.0, float(np.finfo(np.float32).max)):
        said = box_of(corners, most)
        with plainly():
            wanted = box_of(corners, most)
        assert (said is None) == (wanted is None)
        if said is not None and wanted is not None:
            assert [corner.tolist() for corner in said] == [corner.tolist() for corner in wanted]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_bytes_of_a_binary_file_are_read_alike(data) -> None:
    count = data.draw(st.integers(1, 3))
    records = data.draw(st.binary(min_size=50 * count, max_size=50 * count))
    file = bytes(80) + count.to_bytes(4, "little") + records
    said = _read(file)
    with plainly():
        assert _read(file) == said


def _read(file: bytes) -> object:
    try:
        mesh = read_stl(file, "model.stl")
    except DocumentError as fault:
        return str(fault)
    low, high = mesh.bounds()
    return mesh.triangles.tolist(), low.tolist(), high.tolist(), mesh.faces, survey(mesh)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(_NUMBER, min_size=9, max_size=9), min_size=1, max_size=6),
    st.floats(0, 500),
    st.floats(0, 500),
)
def test_volumes_and_places_to_the_last_bit(numbers, x, y) -> None:
    envelope = replace(ENVELOPE, placed_at_x_mm=x, placed_at_y_mm=y)
    data = encode_binary_stl(np.array(numbers).reshape(-1, 3, 3))
    mesh = read_stl(data, "model.stl")
    faces = mesh.faces
    try:
        placed, encoded = place_encoded(mesh, envelope)
    except DocumentError as fault:
        with plainly(), pytest.raises(DocumentError) as wanted:
            place_encoded(read_stl(data, "model.stl"), envelope)
        assert str(fault) == str(wanted.value)
        return
    with plainly():
        plain = read_stl(data, "model.stl")
        assert faces == plain.faces
        again, wanted_bytes = place_encoded(plain, envelope)
    assert encoded == wanted_bytes == encode_binary_stl(placed.triangles)
    assert placed.digest == again.digest
    # What placing knows of the result is what looking at it shows.
    seen = Mesh(corners=again.corners, digest="")
    for known, looked in zip(placed.bounds(), seen.bounds(), strict=True):
        assert known.tolist() == looked.tolist()
    assert placed.faces == seen.faces


@pytest.mark.parametrize("shape", [box(), torus(70)])  # less and more than a block
@pytest.mark.parametrize("with_kernel", [True, False])
def test_a_file_that_is_placed_already_is_taken_as_it_is(
    shape: Floats, with_kernel: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not with_kernel:
        monkeypatch.setenv(SWITCH, "off")
    first, data = place_encoded(read_stl(encode_binary_stl(shape), "model.stl"), ENVELOPE)
    mesh = read_stl(data, "placed.stl")
    placed, encoded = place_encoded(mesh, ENVELOPE)
    assert placed is mesh
    assert encoded is data
    assert placed == first
    assert placed.faces == first.faces


def _banner(data: bytearray) -> None:
    data[0] ^= 1


def _normal(data: bytearray) -> None:
    data[84 + 50 * 5] = 1


def _attribute(data: bytearray) -> None:
    data[-1] = 1


@pytest.mark.parametrize("change", [_banner, _normal, _attribute])
@pytest.mark.parametrize("with_kernel", [True, False])
@pytest.mark.parametrize("steps", [4, 70])
def test_any_other_byte_and_it_is_written_anew(
    change: Callable[[bytearray], None],
    with_kernel: bool,
    steps: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not with_kernel:
        monkeypatch.setenv(SWITCH, "off")
    _, data = place_encoded(read_stl(encode_binary_stl(torus(steps)), "model.stl"), ENVELOPE)
    other = bytearray(data)
    change(other)
    mesh = read_stl(bytes(other), "other.stl")
    placed, encoded = place_encoded(mesh, ENVELOPE)
    assert encoded == data
    assert placed.digest != mesh.digest


def test_a_zero_with_a_sign_is_written_without() -> None:
    _, data = place_encoded(read_stl(encode_binary_stl(box()), "model.stl"), ENVELOPE)
    other = bytearray(data)
    corner = np.frombuffer(other, dtype=np.uint8)[84:].reshape(-1, 50)[:, 12:48].copy()
    numbers = corner.view("<f4")
    numbers[numbers == 0] = -0.0
    np.frombuffer(other, dtype=np.uint8)[84:].reshape(-1, 50)[:, 12:48] = numbers.view(np.uint8)
    assert bytes(other) != data
    assert place_encoded(read_stl(bytes(other), "other.stl"), ENVELOPE)[1] == data


def test_text_and_numbers_of_64_bits_are_no_file_of_their_own() -> None:
    text = read_stl(text_stl(box()), "model.stl")
    wide = Mesh(corners=box(), digest=text.digest)
    assert text.file is None
    assert place_encoded(text, ENVELOPE) == place_encoded(wide, ENVELOPE)
    assert mesh_kernel(wide.corners) is None
    assert survey(text) == survey(wide)


@pytest.mark.parametrize("parts", [[box()], [box(), inside_out(box(1, 2, 3, at=(5, 5, 1)))]])
def test_the_switch_leaves_it_out(parts: list[Floats], monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = read_stl(encode_binary_stl(np.concatenate(parts)), "model.stl")
    found = survey(mesh)
    monkeypatch.setenv(SWITCH, "off")
    assert mesh_kernel(mesh.corners) is None
    assert survey(mesh) == found
