/* An outline in cells of 2 mm, so that what lies near a place is soon found. Judges nothing.
 *
 * Distances are compared by those who ask, with MARGIN on the careful side: here a share is taken
 * times the inverse of a length, which rounds otherwise than a division.
 */
#include "fours.h"
#include "model.h"

#include <math.h>
#include <string.h>

#define CELL_MM 2.0

static inline int64_t cell_of(double place, double low, int64_t count) {
    double at = (place - low) * (1 / CELL_MM);
    at = at > 0 ? at : 0;
    at = at < (double)(count - 1) ? at : (double)(count - 1);
    return (int64_t)at;
}

/* Columns that a segment touches within one row of cells (-1: it lies in one), widened by a hair. */
static void columns_in(const struct sides *sides, const struct side *side, int64_t row,
                       int64_t *from, int64_t *to) {
    double low = sides->low_y + (double)row * CELL_MM - 1e-6, high = low + CELL_MM + 2e-6;
    double first = 0, last = 1;
    if (row >= 0 && fabs(side->sy) > 1e-9) {
        double a = (low - side->y) / side->sy, b = (high - side->y) / side->sy;
        first = most(first, least(a, b));
        last = least(last, most(a, b));
    }
    double begin = side->x + first * side->sx, end = side->x + last * side->sx;
    *from = cell_of(least(begin, end) - 1e-6, sides->low_x, sides->across);
    *to = cell_of(most(begin, end) + 1e-6, sides->low_x, sides->across);
}

static int sort_sides(struct sides *sides, const struct outline *outline) {
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    sides->count = 0;
    for (int64_t n = 0; n < outline->count; n++) {
        double x0 = outline->x0[n], y0 = outline->y0[n], x1 = outline->x1[n], y1 = outline->y1[n];
        double sx = x1 - x0, sy = y1 - y0, square = sx * sx + sy * sy;
        sides->side[n] =
            (struct side){x0, y0, sx, sy, 1 / (square > 1e-12 ? square : 1e-12)};
        low[0] = least(low[0], least(x0, x1));
        low[1] = least(low[1], least(y0, y1));
        high[0] = most(high[0], most(x0, x1));
        high[1] = most(high[1], most(y0, y1));
    }
    double across = floor((high[0] - low[0]) / CELL_MM) + 1;
    double down = floor((high[1] - low[1]) / CELL_MM) + 1;
    if (!(across >= 1 && down >= 1 && across * down <= MOST_CELLS)) {
        return 0;
    }
    sides->low_x = low[0];
    sides->low_y = low[1];
    sides->across = (int64_t)across;
    sides->down = (int64_t)down;
    sides->hint = 0;
    int64_t cells = sides->across * sides->down;
    sides->listed_used = sides->numbers_used = 0;
    memset(sides->near, 0xff, (size_t)cells * sizeof *sides->near);
    memset(sides->last_cell, 0xff, (size_t)outline->count * sizeof *sides->last_cell);
    memset(sides->start, 0, (size_t)(cells + 2) * sizeof *sides->start);
    for (int pass = 0; pass < 2; pass++) {
        int64_t total = 0;
        for (int64_t n = 0; n < outline->count; n++) {
            const struct side *side = &sides->side[n];
            double y1 = side->y + side->sy;
            int64_t first = cell_of(least(side->y, y1), sides->low_y, sides->down);
            int64_t last = cell_of(most(side->y, y1), sides->low_y, sides->down), from, to;
            for (int64_t row = first; row <= last; row++) {
                columns_in(sides, side, first == last ? -1 : row, &from, &to);
                total += to - from + 1;
                if (total > sides->room) {
                    return 0;
                }
                for (int64_t cell = row * sides->across + from; cell <= row * sides->across + to;
                     cell++) {
                    if (pass == 0) {
                        sides->start[cell + 2]++;
                    } else {
                        sides->items[sides->start[cell + 1]++] = (int32_t)n;
                    }
                }
            }
        }
        for (int64_t cell = 2; pass == 0 && cell < cells + 2; cell++) {
            sides->start[cell] += sides->start[cell - 1];
        }
    }
    sides->count = outline->count;
    return 1;
}

struct sides *sides_of(struct work *work, int above) {
    if (work->sided[above] == 0) {
        int made = sort_sides(&work->sides[above], above ? &work->above : &work->below);
        work->sided[above] = made ? 1 : -1;
    }
    return work->sided[above] > 0 ? &work->sides[above] : NULL;
}

static double square_to_side(const struct side *side, double px, double py) {
    double tx = px - side->x, ty = py - side->y;
    double share = (tx * side->sx + ty * side->sy) * side->inverse;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    double ax = tx - share * side->sx, ay = ty - share * side->sy;
    return ax * ax + ay * ay;
}

struct best {
    double square;
    int32_t side;
};

static inline void look_in(const struct sides *sides, int64_t row, int64_t column, double px,
                           double py, struct best *best) {
    const int32_t *start = sides->start + row * sides->across + column;
    for (int32_t at = start[0]; at < start[1]; at++) {
        int32_t n = sides->items[at];
        double square = square_to_side(&sides->side[n], px, py);
        if (square < best->square) {
            best->square = square;
            best->side = n;
        }
    }
}

/* From the cell of a place outwards, ring by ring. */
static void look_around(const struct sides *sides, double px, double py, struct best *best) {
    int64_t column = cell_of(px, sides->low_x, sides->across);
    int64_t row = cell_of(py, sides->low_y, sides->down);
    for (int64_t ring = 0;; ring++) {
        int64_t left = column - ring, right = column + ring, low = row - ring, high = row + ring;
        double near = INFINITY;
        near = left >= 0 ? fmin(near, px - (sides->low_x + (double)(left + 1) * CELL_MM)) : near;
        near = right < sides->across ? fmin(near, sides->low_x + (double)right * CELL_MM - px) : near;
        near = low >= 0 ? fmin(near, py - (sides->low_y + (double)(low + 1) * CELL_MM)) : near;
        near = high < sides->down ? fmin(near, sides->low_y + (double)high * CELL_MM - py) : near;
        if (ring > 0 && (near == INFINITY || (near > 0 && near * near > best->square))) {
            return;
        }
        for (int64_t y = low > 0 ? low : 0; y <= high && y < sides->down; y++) {
            int64_t step = y == low || y == high || ring == 0 ? 1 : 2 * ring;
            for (int64_t x = left; x <= right; x += step) {
                if (x >= 0 && x < sides->across) {
                    look_in(sides, y, x, px, py, best);
                }
            }
        }
    }
}

/* All segments within reach of any place of a cell, in single precision. -2: no room. */
static int32_t make_list(struct sides *sides, int64_t row, int64_t column) {
    int64_t cell = row * sides->across + column;
    double x = sides->low_x + ((double)column + 0.5) * CELL_MM;
    double y = sides->low_y + ((double)row + 0.5) * CELL_MM;
    double wide = sides->reach + 0.5 * CELL_MM + 1e-6;
    int32_t *list = sides->listed + sides->listed_used;
    int64_t room = 2 * sides->near_room - sides->listed_used - 8, count = 0;
    if (room <= 0) {
        return -2;
    }
    struct around around = sides_near(sides, x, y, wide);
    for (int32_t n; (n = next_near(sides, &around)) >= 0;) {
        const struct side *side = &sides->side[n];
        double ax = side->x - x, ay = side->y - y, bx = ax + side->sx, by = ay + side->sy;
        if (sides->last_cell[n] == (int32_t)cell || (ax > wide && bx > wide) ||
            (ax < -wide && bx < -wide) || (ay > wide && by > wide) || (ay < -wide && by < -wide)) {
            continue;
        }
        if (count >= room) {
            return -2;
        }
        sides->last_cell[n] = (int32_t)cell;
        list[2 + count++] = n;
    }
    int64_t wanted = (count + 3) / 4 * 4;
    if (sides->numbers_used + wanted > sides->near_room) {
        return -2;
    }
    float *numbers = sides->numbers + NEAR_PIECES * sides->numbers_used;
    for (int64_t k = 0; k < wanted; k++) {
        int far = k >= count;
        const struct side *side = &sides->side[far ? 0 : list[2 + k]];
        numbers[k] = far ? 1e6F : (float)(side->x - x);
        numbers[wanted + k] = far ? 1e6F : (float)(side->y - y);
        numbers[2 * wanted + k] = far ? 0.0F : (float)side->sx;
        numbers[3 * wanted + k] = far ? 0.0F : (float)side->sy;
        numbers[4 * wanted + k] = far ? 0.0F : (float)side->inverse;
    }
    for (int64_t k = count; k < wanted; k++) {
        list[2 + k] = -1;
    }
    list[0] = (int32_t)wanted;
    list[1] = (int32_t)sides->numbers_used;
    int32_t at = (int32_t)sides->listed_used;
    sides->listed_used += wanted + 2;
    sides->numbers_used += wanted;
    return at;
}

/* Single precision is off by less than a quarter of this in the square of a distance below 3 mm, for
 * segments of up to 2 m. */
#define SINGLE_MM2 4e-3F
#define MOST_LISTED 256

/* The nearest of a list: exact, for all that are as near in single precision. */
static void look_listed(const struct sides *sides, int64_t row, int64_t column, double px, double py,
                        struct best *best) {
    const int32_t *list = sides->listed + sides->near[row * sides->across + column];
    const int64_t count = list[0] / 4;
    const four *x = (const four *)(sides->numbers + NEAR_PIECES * (int64_t)list[1]);
    const four *y = x + count, *sx = y + count, *sy = sx + count, *inverse = sy + count;
    float qx = (float)(px - sides->low_x - ((double)column + 0.5) * CELL_MM);
    float qy = (float)(py - sides->low_y - ((double)row + 0.5) * CELL_MM);
    const four none = {0, 0, 0, 0}, one = {1, 1, 1, 1};
    four square[MOST_LISTED / 4], best_four = {1e9F, 1e9F, 1e9F, 1e9F};
    for (int64_t k = 0; k < count; k++) {
        four tx = qx - x[k], ty = qy - y[k];
        four share = (tx * sx[k] + ty * sy[k]) * inverse[k];
        share = less_of(share, one);
        share = (four)((share > none) & (four_flags)share);
        tx -= share * sx[k];
        ty -= share * sy[k];
        square[k] = tx * tx + ty * ty;
        best_four = less_of(square[k], best_four);
    }
    float near = best_four[0];
    for (int k = 1; k < 4; k++) {
        near = best_four[k] < near ? best_four[k] : near;
    }
    near += SINGLE_MM2;
    for (int64_t k = 0; k < count; k++) {
        if (!any_of(square[k] <= near)) {
            continue;
        }
        for (int64_t n = 4 * k; n < 4 * k + 4; n++) {
            /* What fills up the last four is far away. */
            if (square[k][n % 4] > near || list[2 + n] < 0) {
                continue;
            }
            double exact = square_to_side(&sides->side[list[2 + n]], px, py);
            if (exact < best->square) {
                best->square = exact;
                best->side = list[2 + n];
            }
        }
    }
}

double depth_of(struct sides *sides, double px, double py) {
    if (sides == NULL) {
        return NAN;
    }
    struct best best = {INFINITY, 0};
    double column = (px - sides->low_x) * (1 / CELL_MM), row = (py - sides->low_y) * (1 / CELL_MM);
    if (column >= 0 && row >= 0 && column < (double)sides->across && row < (double)sides->down) {
        int64_t x = (int64_t)column, y = (int64_t)row, cell = y * sides->across + x;
        if (sides->near[cell] == -1) {
            sides->near[cell] = make_list(sides, y, x);
        }
        if (sides->near[cell] >= 0 && sides->listed[sides->near[cell]] <= MOST_LISTED) {
            look_listed(sides, y, x, px, py, &best);
        }
    }
    if (!(best.square < sides->reach * sides->reach)) {
        look_around(sides, px, py, &best);
    }
    sides->hint = best.side;
    return sqrt(best.square);
}

int32_t next_near(const struct sides *sides, struct around *around) {
    for (;;) {
        if (around->at < around->stop) {
            return sides->items[around->at++];
        }
        if (++around->row > around->high) {
            return -1;
        }
        const int32_t *start = sides->start + around->row * sides->across;
        around->at = start[around->left];
        around->stop = start[around->right + 1];
    }
}

struct around sides_near(const struct sides *sides, double px, double py, double reach) {
    return (struct around){.left = cell_of(px - reach, sides->low_x, sides->across),
                           .right = cell_of(px + reach, sides->low_x, sides->across),
                           .row = cell_of(py - reach, sides->low_y, sides->down) - 1,
                           .high = cell_of(py + reach, sides->low_y, sides->down)};
}
