/* Which line of a layer is nearest to a place, and how far too far inside it runs. Judges nothing. */
#include "fours.h"
#include "model.h"

#include <math.h>
#include <string.h>

#define TIE_MM2 1e-9
#define LEAST_CELL_MM 1.25
#define MOST_CELL_MM 80.0
/* Nearer than this, the cells about a place are looked at at once. */
#define NEAR_MM 2.0
#define INSIDE_MM 0.25
/* Less far along the way out a line lies on neither side. */
#define SIDE_MM 1e-12
/* Lines about a place that are looked at two at a time; a bit for each in a word. */
#define MOST_LOOKED 64
/* Most places lie no further from a line than its inset, and this. */
#define LEAST_INSET_MM 0.2
#define GUESS_MM 0.035
/* A line within so much less than the cells reach lies in them. */
#define SPARE_MM 1e-3
/* What roundings take less than, and how far the cells reach beyond all lines: a hair more. */
#define HAIR_MM 1e-6
#define EDGE_MM 4e-6

static inline int64_t cell_of(double place, double low, double inverse, double last) {
    return (int64_t)least(most((place - low) * inverse, 0), last);
}

/* Lists of lines by cell: each item names the next one. All lines lie EDGE_MM within the cells. 0:
 * more than there is room for. */
static int put_lines(struct cells *cells, const struct lines *lines) {
    const double size = cells->size, inverse = cells->inverse;
    const double low_x = cells->low_x, low_y = cells->low_y;
    struct item *items = cells->items;
    int32_t used = 0, room = (int32_t)least((double)cells->room, INT32_MAX);
    for (int64_t n = 0; n < lines->count; n++) {
        double x0 = lines->x0[n], y0 = lines->y0[n], x1 = lines->x1[n], y1 = lines->y1[n];
        double begin = least(x0, x1) - HAIR_MM, stop = most(x0, x1) + HAIR_MM;
        int32_t first = (int32_t)((least(y0, y1) - low_y) * inverse);
        int32_t last = (int32_t)((most(y0, y1) - low_y) * inverse);
        int32_t from = (int32_t)((begin - low_x) * inverse);
        int32_t to = (int32_t)((stop - low_x) * inverse);
        double way = last - first > 1 && from < to ? (x1 - x0) / (y1 - y0) : 0;
        int32_t *head = cells->head + first * cells->across;
        for (int32_t row = first; row <= last; row++, head += cells->across) {
            if (way != 0) {
                /* What of it lies in this row of cells, and a hair more. */
                double low = low_y + (double)row * size - HAIR_MM, high = low + size + 2 * HAIR_MM;
                double a = x0 + (low - y0) * way, b = x0 + (high - y0) * way;
                from = (int32_t)((most(begin, least(a, b) - HAIR_MM) - low_x) * inverse);
                to = (int32_t)((least(stop, most(a, b) + HAIR_MM) - low_x) * inverse);
            }
            if (room - used <= to - from) {
                return 0;
            }
            for (int32_t *at = head + from; at <= head + to; at++, used++) {
                items[used].line = (int32_t)n;
                items[used].next = *at;
                *at = used;
            }
        }
    }
    return 1;
}

static int sort_by(struct cells *cells, const struct lines *lines, const double *high) {
    cells->inverse = 1 / cells->size;
    cells->last_column = floor((high[0] - cells->low_x) * cells->inverse);
    cells->last_row = floor((high[1] - cells->low_y) * cells->inverse);
    double across = cells->last_column + 1, down = cells->last_row + 1;
    if (!(across >= 1 && down >= 1 && across * down <= MOST_LINE_CELLS)) {
        return 0;
    }
    cells->across = (int64_t)across;
    cells->down = (int64_t)down;
    memset(cells->head, 0xff, (size_t)(cells->across * cells->down) * sizeof *cells->head);
    return put_lines(cells, lines);
}

int sort_lines(struct work *work) {
    const struct lines *lines = &work->lines;
    struct cells *cells = &work->line_cells;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int64_t n = 0; n < lines->count; n++) {
        low[0] = least(low[0], least(lines->x0[n], lines->x1[n]));
        low[1] = least(low[1], least(lines->y0[n], lines->y1[n]));
        high[0] = most(high[0], most(lines->x0[n], lines->x1[n]));
        high[1] = most(high[1], most(lines->y0[n], lines->y1[n]));
    }
    cells->low_x = low[0] - EDGE_MM;
    cells->low_y = low[1] - EDGE_MM;
    high[0] += EDGE_MM;
    high[1] += EDGE_MM;
    for (cells->size = LEAST_CELL_MM; cells->size <= MOST_CELL_MM; cells->size *= 2) {
        if (sort_by(cells, lines, high)) {
            return 1;
        }
    }
    return 0;
}

static inline void look_at(const struct work *work, int32_t n, double px, double py, double nx,
                           double ny, double wide, struct nearest *best) {
    const struct lines *lines = &work->lines;
    double x0 = lines->x0[n], y0 = lines->y0[n], x1 = lines->x1[n];
    /* No branch tells on which side: that would be wrong half the time. */
    double beside = most(most(least(x0, x1) - px, px - most(x0, x1)), 0.0);
    if (beside * beside > best->square + TIE_MM2) {
        return;
    }
    double sx = lines->x1[n] - x0, sy = lines->y1[n] - y0, tx = px - x0, ty = py - y0;
    double square = sx * sx + sy * sy;
    double share = (tx * sx + ty * sy) / (square > 1e-12 ? square : 1e-12);
    share = least(most(share, 0.0), 1.0);
    double ax = tx - share * sx, ay = ty - share * sy, away = ax * ax + ay * ay;
    if (away > best->square + TIE_MM2) {
        return;
    }
    double inset = sqrt(away), side = ax * nx + ay * ny;
    inset = (side < 0 ? -inset : inset) - wide * lines->width[n] / 2;
    if (away < best->square - TIE_MM2) {
        *best = (struct nearest){away, inset, inset};
    }
    best->square = away < best->square ? away : best->square;
    best->low = inset < best->low ? inset : best->low;
    best->high = inset > best->high ? inset : best->high;
    /* Beside a line as near as nothing the sign is that of a rounding. */
    if (fabs(side) < SIDE_MM) {
        best->low = least(best->low, -fabs(inset));
        best->high = most(best->high, fabs(inset));
    }
}

/* Lines in the cells about a place, in order; the square of how far each lies off, and how far along
 * the way out. One more is room for the other of two. */
struct looked {
    int64_t count;
    int32_t line[MOST_LOOKED + 1];
    couple away[MOST_LOOKED / 2 + 1], side[MOST_LOOKED / 2 + 1];
};

/* Takes up the lines of a cell. 0: too many. */
static inline int take_up(const struct cells *cells, int64_t row, int64_t column,
                          struct looked *looked) {
    int32_t at = cells->head[row * cells->across + column];
    for (; at >= 0; at = cells->items[at].next) {
        if (looked->count == MOST_LOOKED) {
            return 0;
        }
        looked->line[looked->count++] = cells->items[at].line;
    }
    return 1;
}

static inline couple of_both(const double *numbers, const int32_t *line) {
    return (couple){numbers[line[0]], numbers[line[1]]};
}

/* Reckons as look_at does, two at a time. Gives the least square; INFINITY where there is no line. */
static inline double measure(const struct lines *lines, struct looked *looked, double px, double py,
                             double nx, double ny) {
    const couple none = {0, 0}, whole = {1, 1}, some = {1e-12, 1e-12};
    couple nearest = {INFINITY, INFINITY};
    looked->line[looked->count] = looked->count > 0 ? looked->line[looked->count - 1] : 0;
    for (int64_t k = 0; 2 * k < looked->count; k++) {
        const int32_t *line = looked->line + 2 * k;
        couple x0 = of_both(lines->x0, line), y0 = of_both(lines->y0, line);
        couple sx = of_both(lines->x1, line) - x0, sy = of_both(lines->y1, line) - y0;
        couple tx = px - x0, ty = py - y0;
        couple share = (tx * sx + ty * sy) / higher_of(sx * sx + sy * sy, some);
        share = lower_of(higher_of(share, none), whole);
        couple ax = tx - share * sx, ay = ty - share * sy, away = ax * ax + ay * ay;
        looked->away[k] = away;
        looked->side[k] = ax * nx + ay * ny;
        nearest = lower_of(away, nearest);
    }
    return least(nearest[0], nearest[1]);
}

/* Of all lines taken up, those as near as the nearest one, as look_at finds them in any order: all
 * others lie four ties off. 0: one is nearly as near, and what counts hangs on the order. */
static inline int choose(const struct work *work, const struct looked *looked, double square,
                         double wide, struct nearest *best) {
    const double *away = (const double *)looked->away, *side = (const double *)looked->side;
    const couple nearly = {square + 4 * TIE_MM2, square + 4 * TIE_MM2};
    uint64_t beside = 0;
    for (int64_t k = 0; 2 * k < looked->count; k++) {
        beside |= (uint64_t)two_bits_of(looked->away[k] <= nearly) << 2 * k;
    }
    *best = (struct nearest){square, INFINITY, -INFINITY};
    for (; beside != 0; beside &= beside - 1) {
        int n = __builtin_ctzll(beside);
        if (away[n] > square + TIE_MM2 / 2) {
            return 0;
        }
        double inset = sqrt(away[n]);
        inset = (side[n] < 0 ? -inset : inset) - wide * work->lines.width[looked->line[n]] / 2;
        best->low = inset < best->low ? inset : best->low;
        best->high = inset > best->high ? inset : best->high;
        if (fabs(side[n]) < SIDE_MM) {
            best->low = least(best->low, -fabs(inset));
            best->high = most(best->high, fabs(inset));
        }
    }
    /* Numbers that are none say nothing. */
    return best->low <= best->high;
}

static void look_in(const struct work *work, int64_t row, int64_t column, double px, double py,
                    double nx, double ny, double wide, struct nearest *best) {
    const struct cells *cells = &work->line_cells;
    int32_t at = cells->head[row * cells->across + column];
    for (; at >= 0; at = cells->items[at].next) {
        look_at(work, cells->items[at].line, px, py, nx, ny, wide, best);
    }
}

/* From the cell of a place outwards, ring by ring. */
static void look_around(const struct work *work, double px, double py, double nx, double ny,
                        double wide, struct nearest *best) {
    const struct cells *cells = &work->line_cells;
    const double size = cells->size;
    int64_t column = cell_of(px, cells->low_x, cells->inverse, cells->last_column);
    int64_t row = cell_of(py, cells->low_y, cells->inverse, cells->last_row);
    for (int64_t ring = 0;; ring++) {
        int64_t left = column - ring, right = column + ring, low = row - ring, high = row + ring;
        double near = INFINITY;
        near = left >= 0 ? least(near, px - (cells->low_x + (double)(left + 1) * size)) : near;
        near = right < cells->across ? least(near, cells->low_x + (double)right * size - px) : near;
        near = low >= 0 ? least(near, py - (cells->low_y + (double)(low + 1) * size)) : near;
        near = high < cells->down ? least(near, cells->low_y + (double)high * size - py) : near;
        if (ring > 0 && (near == INFINITY || (near > 0 && near * near > best->square + 1e-6))) {
            return;
        }
        for (int64_t y = low > 0 ? low : 0; y <= high && y < cells->down; y++) {
            int64_t step = y == low || y == high || ring == 0 ? 1 : 2 * ring;
            for (int64_t x = left; x <= right; x += step) {
                if (x >= 0 && x < cells->across) {
                    look_in(work, y, x, px, py, nx, ny, wide, best);
                }
            }
        }
    }
}

/* The cell where most likely a line lies, then those within reach of it, or ring by ring. */
static struct nearest look_one_by_one(const struct work *work, double px, double py, double nx,
                                      double ny, double wide) {
    const struct cells *cells = &work->line_cells;
    struct nearest best = {INFINITY, 0, 0};
    /* Most likely a line lies a little inside; others have to be nearer. */
    int64_t column = cell_of(px - INSIDE_MM * nx, cells->low_x, cells->inverse, cells->last_column);
    int64_t row = cell_of(py - INSIDE_MM * ny, cells->low_y, cells->inverse, cells->last_row);
    look_in(work, row, column, px, py, nx, ny, wide, &best);
    if (!(best.square < NEAR_MM * NEAR_MM)) {
        look_around(work, px, py, nx, ny, wide, &best);
        return best;
    }
    double reach = sqrt(best.square) + 1e-3;
    int64_t left = cell_of(px - reach, cells->low_x, cells->inverse, cells->last_column);
    int64_t right = cell_of(px + reach, cells->low_x, cells->inverse, cells->last_column);
    int64_t low = cell_of(py - reach, cells->low_y, cells->inverse, cells->last_row);
    int64_t high = cell_of(py + reach, cells->low_y, cells->inverse, cells->last_row);
    for (int64_t y = low; y <= high; y++) {
        for (int64_t x = left; x <= right; x++) {
            if (y != row || x != column) {
                look_in(work, y, x, px, py, nx, ny, wide, &best);
            }
        }
    }
    return best;
}

/* The nearest lines, in the cells within reach. 0: none surely lies within it, square tells how near
 * one does; or they have to be looked at one by one. */
static inline int look_within(const struct work *work, double px, double py, double nx, double ny,
                              double wide, double reach, double *square, struct nearest *best) {
    const struct cells *cells = &work->line_cells;
    struct looked looked;
    looked.count = 0;
    int64_t left = cell_of(px - reach, cells->low_x, cells->inverse, cells->last_column);
    int64_t right = cell_of(px + reach, cells->low_x, cells->inverse, cells->last_column);
    int64_t low = cell_of(py - reach, cells->low_y, cells->inverse, cells->last_row);
    int64_t high = cell_of(py + reach, cells->low_y, cells->inverse, cells->last_row);
    for (int64_t row = low; row <= high; row++) {
        for (int64_t column = left; column <= right; column++) {
            if (!take_up(cells, row, column, &looked)) {
                return 0;
            }
        }
    }
    *square = measure(&work->lines, &looked, px, py, nx, ny);
    reach -= SPARE_MM;
    return *square <= reach * reach && choose(work, &looked, *square, wide, best);
}

struct nearest nearest_to(const struct work *work, double px, double py, double nx, double ny,
                          double wide) {
    struct nearest best;
    double square = INFINITY, inset = most(work->rules->outer_inset, LEAST_INSET_MM);
    double reach = least(inset + GUESS_MM, NEAR_MM);
    for (int turn = 0; turn < 2; turn++) {
        if (look_within(work, px, py, nx, ny, wide, reach, &square, &best)) {
            return best;
        }
        if (!(square < NEAR_MM * NEAR_MM)) {
            break;
        }
        reach = sqrt(square) + 2 * SPARE_MM;
    }
    return look_one_by_one(work, px, py, nx, ny, wide);
}
