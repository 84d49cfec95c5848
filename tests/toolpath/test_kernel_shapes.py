"""Beads and sections of the kernel are the reference's, pixel for pixel; depths as near as said.

Beads and depths work in single precision where that is enough. All are asked alone here: the
sources are compiled with a few lines that hand their work out.
"""

from __future__ import annotations

import ctypes
import math
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath.kernel_link import FOLDER
from mdps_plugin.toolpath.raster import PIXELS_PER_MM, Grid, draw, fill
from mdps_plugin.toolpath.section import Section

Floats = npt.NDArray[np.float64]
ROUGH_MM, REACH_MM = 0.015, 1.5
SHIM = r"""
#include "model.h"
#include <stdlib.h>
#include <string.h>

EXPORT void shim_draw(double x, double y, double scale, int64_t rows, int64_t columns,
                      uint64_t *bits, uint64_t *marks, double *parts, uint8_t *joined,
                      int64_t count) {
    int64_t words = (columns + 63) / 64;
    uint64_t runs[MOST_RUNS];
    struct raster raster = {.x = x, .y = y, .scale = scale, .rows = rows, .columns = columns,
                            .words = words, .stride = rows, .marked = (words + 63) / 64,
                            .runs = runs};
    make_runs(runs);
    struct mask mask = {bits, marks};
    struct lines lines = {.x0 = parts, .y0 = parts + count, .x1 = parts + 2 * count,
                          .y1 = parts + 3 * count, .width = parts + 4 * count,
                          .joined = joined, .count = count};
    draw_lines(&raster, mask, &lines);
}

static struct outline outline_of(double *parts, int64_t count) {
    return (struct outline){parts, parts + count, parts + 2 * count, parts + 3 * count, count};
}

EXPORT int shim_fill(double x, double y, double scale, int64_t rows, int64_t columns,
                     uint64_t *both, uint64_t *either, uint64_t *marks, double *parts,
                     int64_t count, double *others, int64_t other_count) {
    int64_t words = (columns + 63) / 64, most = count > other_count ? count : other_count;
    struct work *work = calloc(1, sizeof *work);
    struct shape shape = {.both = {both, marks}, .either = {either, marks}};
    struct outline below = outline_of(parts, count), above = outline_of(others, other_count);
    work->raster = (struct raster){.x = x, .y = y, .scale = scale, .rows = rows, .columns = columns,
                                   .words = words, .stride = rows, .marked = (words + 63) / 64};
    work->turns.bits = aligned_alloc(64, (size_t)((TURN_PIECES * rows * words * 8 + 63) / 64 * 64));
    memset(work->turns.bits, 0, (size_t)(TURN_PIECES * rows * words * 8));
    work->turns.marks = calloc((size_t)rows, sizeof(uint64_t));
    work->crossing_room = 64 * rows + 4096;
    for (int k = 0; k < 2; k++) {
        work->crossings[k].start = calloc((size_t)rows + 1, sizeof(int32_t));
        work->crossings[k].at = calloc((size_t)work->crossing_room, sizeof(int32_t));
    }
    work->row_next = calloc((size_t)rows, sizeof(int32_t));
    work->crossed = calloc((size_t)most, sizeof(struct crossed));
    /* The second time everything lies there that the first one has left. */
    int made = fill_both(work, &above, &below, &shape) && fill_both(work, &below, &above, &shape);
    for (int k = 0; k < 2; k++) {
        free(work->crossings[k].start), free(work->crossings[k].at);
    }
    free(work->turns.bits), free(work->turns.marks), free(work->row_next), free(work->crossed);
    free(work);
    return made;
}

EXPORT int64_t shim_rough(double *parts, int64_t count, double reach, const double *places,
                          float *squares, int64_t asked) {
    int64_t room = 4 * 40401 + 64 * count;
    struct work *work = calloc(1, sizeof *work);
    struct rough *rough = &work->rough[0];
    double *joined = calloc(4 * (size_t)count + 4, sizeof *joined);
    work->below = outline_of(parts, count);
    rough->reach = reach;
    rough->room = room;
    rough->joined = (struct outline){joined, joined + count, joined + 2 * count,
                                     joined + 3 * count, 0};
    for (rough->slots = 16; rough->slots < 2 * count + 2; rough->slots *= 2) {
    }
    rough->next = calloc((size_t)count + 1, sizeof(int32_t));
    rough->part = calloc((size_t)count + 1, sizeof(int32_t));
    rough->state = calloc((size_t)count + 1, 1);
    rough->table = calloc((size_t)rough->slots, sizeof(int32_t));
    rough->head = calloc(MOST_ROUGH_CELLS, sizeof(void *));
    rough->items = calloc((size_t)room, sizeof(struct near_four));
    rough->numbers = aligned_alloc(64, ((size_t)count * 80 + 127) / 64 * 64);
    int64_t made = rough_of(work, 0) != NULL ? rough->joined.count : -1;
    for (int64_t n = 0; made > 0 && n < asked; n++) {
        squares[n] = rough_square(rough, places[2 * n], places[2 * n + 1]);
    }
    free(rough->next), free(rough->part), free(rough->state), free(rough->table);
    free(rough->head), free(rough->items), free(rough->numbers);
    free(joined), free(work);
    return made;
}
"""


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The sources that are asked, compiled as setup.py does."""
    return _compiled(tmp_path_factory.mktemp("shapes"))


@pytest.fixture(scope="module")
def plain_shapes(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The same without instructions of x86 by name, as for any other processor."""
    return _compiled(tmp_path_factory.mktemp("plain-shapes"), "-U__SSE2__")


def _compiled(folder: Path, *more: str) -> ctypes.CDLL:
    (folder / "shim.c").write_text(SHIM)
    flags = ("-std=c11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math")
    made = folder / "shapes.so"
    subprocess.run(
        ["cc", *flags, *more, "-fPIC", "-shared", f"-I{FOLDER}", "-o", made, folder / "shim.c"]
        + [FOLDER / name for name in ("beads.c", "raster.c", "rough.c")]
        + ["-lm"],
        check=True,
    )
    library = ctypes.CDLL(str(made))
    at, whole, real = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
    library.shim_draw.argtypes = (real, real, real, whole, whole, at, at, at, at, whole)
    library.shim_fill.argtypes = (real, real, real, whole, whole, at, at, at, at, whole, at, whole)
    library.shim_rough.argtypes = (at, whole, real, at, at, whole)
    library.shim_rough.restype = whole
    return library


def _kernel_draw(
    library: ctypes.CDLL, grid: Grid, ends: Floats, widths: Floats, joined: npt.NDArray[np.uint8]
) -> npt.NDArray[np.bool_]:
    words = -(-grid.columns // 64)
    bits = np.zeros((words, grid.rows), dtype=np.uint64)
    marks = np.zeros((grid.rows, -(-words // 64)), dtype=np.uint64)
    parts = np.ascontiguousarray(np.vstack((ends.T, widths)))
    library.shim_draw(
        *(grid.x_mm, grid.y_mm, PIXELS_PER_MM, grid.rows, grid.columns, bits.ctypes.data),
        *(marks.ctypes.data, parts.ctypes.data, joined.ctypes.data, len(ends)),
    )
    return _pixels(grid, bits, marks)


def _pixels(
    grid: Grid, bits: npt.NDArray[np.uint64], marks: npt.NDArray[np.uint64]
) -> npt.NDArray[np.bool_]:
    """Of words, which hold nothing where they are not marked."""
    held = (bits != 0).T
    marked = np.unpackbits(marks.view(np.uint8), axis=1, bitorder="little")[:, : len(bits)]
    assert not (held & (marked == 0)).any()
    rows = np.ascontiguousarray(bits.T).view(np.uint8)
    return np.unpackbits(rows, axis=1, bitorder="little")[:, : grid.columns].astype(np.bool_)


# How the way of a line turns against that of the one before, how long it is, how much wider, how
# its end is rounded (mm), and whether the next one goes on from there.
_STEPS = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from([0.0, 0.0, math.pi / 2, -math.pi / 2, math.pi, math.pi / 4]),
            st.floats(-0.05, 0.05),
            st.floats(-3.2, 3.2),
            st.floats(-1e-6, 1e-6),
        ),
        st.one_of(st.floats(0.01, 2.0), st.floats(2.0, 40.0), st.sampled_from([0.0, 0.05, 1.0])),
        st.sampled_from([0.0, 0.0, 1e-5, -1e-4, -2e-3, 0.02, -0.02, 2.0]),
        st.sampled_from([0.001, 0.001, 0.025, 0.05]),
        st.sampled_from([True, True, True, False]),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(
    _STEPS,
    st.floats(0, 7),
    st.integers(30, 400),
    st.sampled_from([37, 37, 300, 4500]),
    st.sampled_from([0.0, -3.0125, 117.3]),
)
def test_beads_cover_the_pixels_of_the_reference(
    shapes: ctypes.CDLL,
    steps: list[tuple[float, float, float, float, bool]],
    way: float,
    side: int,
    more: int,
    corner: float,
) -> None:
    # With more than 64 words in a row each has several words of marks.
    grid = Grid(x_mm=corner - (more - 37) / 40, y_mm=-corner, rows=side, columns=side + more)
    low, size = np.array([corner, -corner]), side / PIXELS_PER_MM
    place, ends, widths, joined = low + size / 2, [], [], []
    for turn, length, wider, step, goes_on in steps:
        way += turn
        end = place + length * np.array([math.cos(way), math.sin(way)])
        end = np.round(end / step) * step
        if (np.abs(end - low - size / 2) > size).any():
            end, goes_on = np.round((low + size / 3) / step) * step, False
        ends.append([*place, *end])
        widths.append(0.45 + wider)
        joined.append(goes_on)
        place = end if goes_on else low + size * np.array([(way % 1), (3 * way % 1)])
    table, wide = np.array(ends), np.array(widths)
    flags = np.array(joined, dtype=np.uint8)
    reference = draw(grid, table[:, :2], table[:, 2:], wide / 2, flags.astype(np.bool_))
    np.testing.assert_array_equal(_kernel_draw(shapes, grid, table, wide, flags), reference)


_TURN = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
# A ring of corners about a middle: shares of the grid, a whole number of pixels or not, either way
# round, closed or not; and whether it is there twice.
_RING = st.tuples(
    *(_TURN, _TURN, st.floats(0.005, 1.5), st.lists(st.floats(0.1, 1.0), min_size=3, max_size=24)),
    *(st.booleans(), st.sampled_from([0.0, 0.0, 1.0]), st.booleans(), st.booleans()),
)

_Ring = tuple[float, float, float, list[float], bool, float, bool, bool]
_PROPER: _Ring = (0.5, 0.5, 0.8, [1.0] * 12, False, 0.0, False, False)
# Begins in every row, and ends nowhere.
_OPEN: _Ring = (0.5, 0.5, 0.8, [1.0] * 12, False, 0.0, True, False)


def _rings(grid: Grid, rings: list[_Ring]) -> Floats:
    size = np.array([grid.columns, grid.rows]) / PIXELS_PER_MM
    found = [np.zeros((0, 4))]
    for across, down, reach, radii, even, back, opened, again in rings:
        turn = np.linspace(0, 2 * math.pi, len(radii), endpoint=False)
        corners = np.array([across, down]) * size + (
            reach
            * size.min()
            / 2
            * np.array(radii)[:, None]
            * np.stack((np.cos(turn), np.sin(turn)), 1)
        )
        if even:
            corners = (np.round(corners * PIXELS_PER_MM) + 0.5) / PIXELS_PER_MM
        corners = (corners[::-1] if back else corners) + [grid.x_mm, grid.y_mm]
        sides = np.hstack((corners, np.roll(corners, -1, axis=0)))[: -1 if opened else None]
        found += [sides] * (2 if again else 1)
    return np.concatenate(found)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(_RING, min_size=1, max_size=4),
    st.lists(_RING, max_size=2),
    st.integers(1, 90),
    st.sampled_from([3, 64, 150, 4200]),
)
@example(rings=[_PROPER], more=[], rows=60, columns=150)
@example(rings=[_OPEN], more=[], rows=60, columns=150)
@example(rings=[_PROPER, _OPEN], more=[_PROPER], rows=60, columns=150)
def test_sections_fill_the_pixels_of_the_reference(
    shapes: ctypes.CDLL,
    rings: list[_Ring],
    more: list[_Ring],
    rows: int,
    columns: int,
) -> None:
    """Proper outlines; such as cross, lie upon each other, are open, reach beyond the grid."""
    grid = Grid(x_mm=-1.5, y_mm=0.25, rows=rows, columns=columns)
    sides = [_rings(grid, rings), _rings(grid, [*rings, *more])]
    words = -(-grid.columns // 64)
    both, either = np.zeros((2, words, grid.rows), dtype=np.uint64)
    marks = np.zeros((grid.rows, -(-words // 64)), dtype=np.uint64)
    parts = [np.ascontiguousarray(one.T) for one in sides]
    made = shapes.shim_fill(
        *(grid.x_mm, grid.y_mm, PIXELS_PER_MM, grid.rows, grid.columns),
        *(both.ctypes.data, either.ctypes.data, marks.ctypes.data),
        *(parts[0].ctypes.data, len(sides[0]), parts[1].ctypes.data, len(sides[1])),
    )
    assert made
    one, two = (fill(grid, Section(segments=side.reshape(-1, 2, 2))) for side in sides)
    np.testing.assert_array_equal(_pixels(grid, both, marks), one & two)
    np.testing.assert_array_equal(_pixels(grid, either, marks), one | two)


def _outline(
    radius: float, waves: float, count: int, noise: int, seed: int, order: str = "none"
) -> Floats:
    """Closed, in segments of all lengths, ends a hair apart as cuts of edges are.

    ``order``: "none", "along" the outline, or in two "rows" that take turns, as faces of a mesh.
    """
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * math.pi, count))
    reach = radius * (1 + 0.1 * np.cos(waves * turn)) + rng.normal(0, 10.0**-noise, count)
    points = reach[:, None] * np.stack((np.cos(turn), np.sin(turn)), axis=1)
    segments = np.hstack((points, np.roll(points, -1, axis=0)))
    segments = segments + rng.normal(0, 1e-12, segments.shape)
    if order == "none":
        return np.asarray(rng.permutation(segments))
    return segments if order == "along" else np.concatenate((segments[1::2], segments[::2]))


def _distance(places: Floats, segments: Floats) -> Floats:
    way = segments[:, 2:] - segments[:, :2]
    away = places[:, None] - segments[None, :, :2]
    share = (away * way).sum(axis=2) / np.maximum((way * way).sum(axis=1), 1e-18)
    nearest = away - np.clip(share, 0, 1)[:, :, None] * way
    return np.asarray(np.sqrt((nearest * nearest).sum(axis=2)).min(axis=1))


@settings(max_examples=90, deadline=None)
@given(
    st.floats(0.5, 90.0),
    st.floats(0, 9),
    st.integers(3, 700),
    st.integers(1, 6),
    st.integers(0, 2**32 - 1),
    st.sampled_from(("none", "along", "rows")),
)
def test_rough_depths_are_as_near_as_they_say(
    shapes: ctypes.CDLL,
    plain_shapes: ctypes.CDLL,
    radius: float,
    waves: float,
    count: int,
    noise: int,
    seed: int,
    order: str,
) -> None:
    segments = _outline(radius, waves, count, noise, seed, order)
    rng = np.random.default_rng(seed)
    along = segments[rng.integers(0, count, 300)]
    places = along[:, :2] + rng.uniform(0, 1, (300, 1)) * (along[:, 2:] - along[:, :2])
    places = np.ascontiguousarray(places + rng.normal(0, 0.6, places.shape))
    squares = np.zeros(len(places), dtype=np.float32)
    others, parts = np.zeros_like(squares), np.ascontiguousarray(segments.T)
    given_ = (parts.ctypes.data, count, REACH_MM, places.ctypes.data)
    made = shapes.shim_rough(*given_, squares.ctypes.data, len(places))
    assert 0 < made <= count
    assert plain_shapes.shim_rough(*given_, others.ctypes.data, len(places)) == made
    assert others.tobytes() == squares.tobytes()
    exact, rough = _distance(places, segments), np.sqrt(squares.astype(np.float64))
    # Beside the cells of the outline nothing is told.
    told = rough < REACH_MM - ROUGH_MM
    assert (np.abs(rough - exact)[told] < ROUGH_MM).all()
    on = (places >= segments[:, :2].min(axis=0)).all(axis=1)
    on &= (places <= segments[:, :2].max(axis=0)).all(axis=1)
    assert told[on & (exact < REACH_MM - 2 * ROUGH_MM)].all()


def test_a_fine_outline_becomes_few_segments(shapes: ctypes.CDLL) -> None:
    segments = _outline(70.0, 0.0, 2000, 6, 1)
    parts, none = np.ascontiguousarray(segments.T), np.zeros(1)
    made = shapes.shim_rough(
        *(parts.ctypes.data, len(segments), REACH_MM, none.ctypes.data, none.ctypes.data, 0)
    )
    assert 0 < made < 400


def test_ends_that_all_lie_in_one_place_are_not_sorted_for_ever(shapes: ctypes.CDLL) -> None:
    """As where a cut passes a hair below the apex of a pit of very many sides."""
    turn = np.linspace(0, 2 * math.pi, 20_001)
    points = 4e-5 * np.stack((np.cos(turn), np.sin(turn)), axis=1)
    parts = np.hstack((points[:-1], points[1:]))
    # What ends where nothing begins is looked for among all ends, sorted.
    alone = np.array([[1.0, 0.0, 2.0, 0.0]])
    none = np.zeros(1)

    def made(*segments: Floats) -> int:
        some = np.ascontiguousarray(np.concatenate(segments).T)
        return int(
            shapes.shim_rough(
                *(some.ctypes.data, some.shape[1], REACH_MM),
                *(none.ctypes.data, none.ctypes.data, 0),
            )
        )

    assert made(parts, alone) == -1
    assert made(parts[:100], alone) > 0
    assert made(parts) > 0
