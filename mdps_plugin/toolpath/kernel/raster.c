/* Sections filled and beads drawn on rows of bits: raster.py bit for bit, in units of pixels. */
#include "model.h"

#include <math.h>
#include <string.h>

#define FLAT 1e-12
#define ROWS_AT_ONCE 128

void clear(const struct raster *raster, struct mask mask) {
    memset(mask.bits, 0, (size_t)(raster->rows * raster->words) * sizeof(uint64_t));
}

static inline void set_run(uint64_t *row, int32_t first, int32_t last) {
    if (last < first) {
        return;
    }
    int32_t from = first >> 6, to = last >> 6;
    uint64_t begin = ~UINT64_C(0) << (first & 63), end = ~UINT64_C(0) >> (63 - (last & 63));
    /* Most runs lie in one word or two: no branch tells which. */
    uint64_t same = (uint64_t)(from != to) - 1;
    row[from] |= begin & (end | ~same);
    row[to] |= end & (begin | ~same);
    for (int32_t word = from + 1; word < to; word++) {
        row[word] = ~UINT64_C(0);
    }
}

/* ceil and floor of a number that was drawn into low to high before; no number gives low. */
static inline double whole_above(double value, double low, double high) {
    value = value > low ? value : low;
    value = value < high ? value : high;
    double whole = (double)(int32_t)value;
    return whole + (whole < value ? 1.0 : 0.0);
}

static inline double whole_below(double value, double low, double high) {
    value = value > low ? value : low;
    value = value < high ? value : high;
    double whole = (double)(int32_t)value;
    return whole - (whole > value ? 1.0 : 0.0);
}

static inline int32_t ceil_within(double value, double low, double high) {
    return (int32_t)whole_above(value, low, high);
}

static inline int32_t floor_within(double value, double low, double high) {
    return (int32_t)whole_below(value, low, high);
}

struct span {
    double low, high;
};

/* Values of x for which low <= slope * x + offset <= high, where slope is as good as none. */
static inline struct span flat_span(double offset, double low, double high) {
    int holds = low <= offset && offset <= high;
    return (struct span){holds ? -INFINITY : INFINITY, holds ? INFINITY : -INFINITY};
}

static void bead(const struct raster *raster, struct mask mask, double bx, double by, double ex,
                 double ey, double half) {
    double wx = ex - bx, wy = ey - by, length = sqrt(wx * wx + wy * wy);
    if (!(length > FLAT)) {
        return;
    }
    double ux = wx / length, uy = wy / length, rise = half * fabs(ux);
    double low = (by < ey ? by : ey) - rise, high = (by > ey ? by : ey) + rise;
    int32_t first = ceil_within(low, 0, (double)raster->rows);
    int32_t stop = ceil_within(high, 0, (double)raster->rows);
    double top = (double)raster->columns;
    int flat_a = fabs(ux) < FLAT, flat_b = fabs(uy) < FLAT;
    double inverse_a = 1.0 / (flat_a ? 1.0 : ux), inverse_b = 1.0 / (flat_b ? 1.0 : -uy);
    double left[ROWS_AT_ONCE], right[ROWS_AT_ONCE];
    for (int32_t row = first; row < stop; row += ROWS_AT_ONCE) {
        int32_t count = stop - row < ROWS_AT_ONCE ? stop - row : ROWS_AT_ONCE;
        double base = (double)row;
        if (!flat_a && !flat_b) {
            /* A factor's sign tells which of two products is the smaller one, in every row. */
            double a_low = inverse_a > 0 ? 0.0 : length, a_high = inverse_a > 0 ? length : 0.0;
            double b_low = inverse_b > 0 ? -half : half, b_high = -b_low;
            for (int32_t i = 0; i < count; i++) {
                double up = base + (double)i - by, along = up * uy, across = up * ux;
                double a0 = (a_low - along) * inverse_a, a1 = (a_high - along) * inverse_a;
                double c0 = (b_low - across) * inverse_b, c1 = (b_high - across) * inverse_b;
                left[i] = whole_above((a0 > c0 ? a0 : c0) + bx, 0, top);
                right[i] = whole_below((a1 < c1 ? a1 : c1) + bx, -1, top - 1);
            }
        } else {
            for (int32_t i = 0; i < count; i++) {
                double up = (double)(row + i) - by, along = up * uy, across = up * ux;
                double a = (0.0 - along) * inverse_a, b = (length - along) * inverse_a;
                double c = (-half - across) * inverse_b, d = (half - across) * inverse_b;
                struct span one = {a < b ? a : b, a > b ? a : b};
                struct span two = {c < d ? c : d, c > d ? c : d};
                one = flat_a ? flat_span(along, 0.0, length) : one;
                two = flat_b ? flat_span(across, -half, half) : two;
                left[i] = whole_above((one.low > two.low ? one.low : two.low) + bx, 0, top);
                right[i] =
                    whole_below((one.high < two.high ? one.high : two.high) + bx, -1, top - 1);
            }
        }
        uint64_t *bits = mask.bits + row * raster->words;
        for (int32_t i = 0; i < count; i++, bits += raster->words) {
            set_run(bits, (int32_t)left[i], (int32_t)right[i]);
        }
    }
}

static void disc(const struct raster *raster, struct mask mask, double x, double y, double radius) {
    int32_t first = ceil_within(y - radius, 0, (double)raster->rows);
    int32_t stop = ceil_within(y + radius, 0, (double)raster->rows);
    double top = (double)raster->columns, square = radius * radius;
    for (int32_t row = first; row < stop; row++) {
        double up = (double)row - y, rest = square - up * up;
        double reach = sqrt(rest > 0 ? rest : 0);
        set_run(mask.bits + row * raster->words, ceil_within(x - reach, 0, top),
                floor_within(x + reach, -1, top - 1));
    }
}

void draw(const struct raster *raster, struct mask mask, double x0, double y0, double x1, double y1,
          double half, int joined) {
    double ex = (x1 - raster->x) * raster->scale - 0.5, ey = (y1 - raster->y) * raster->scale - 0.5;
    half *= raster->scale;
    bead(raster, mask, (x0 - raster->x) * raster->scale - 0.5,
         (y0 - raster->y) * raster->scale - 0.5, ex, ey, half);
    if (joined) {
        disc(raster, mask, ex, ey, half);
    }
}

void draw_outline(const struct raster *raster, struct mask mask, const struct outline *outline,
                  double reach) {
    for (int64_t n = 0; n < outline->count; n++) {
        draw(raster, mask, outline->x0[n], outline->y0[n], outline->x1[n], outline->y1[n], reach,
             1);
    }
}

struct crossed {
    double x, y, slope;
    int32_t first, stop, down;
};

static inline struct crossed crossed(const struct raster *raster, const struct outline *outline,
                                     int64_t n) {
    double bx = (outline->x0[n] - raster->x) * raster->scale - 0.5;
    double by = (outline->y0[n] - raster->y) * raster->scale - 0.5;
    double ex = (outline->x1[n] - raster->x) * raster->scale - 0.5;
    double ey = (outline->y1[n] - raster->y) * raster->scale - 0.5;
    struct crossed found = {.x = bx, .y = by, .down = ey - by < 0};
    found.first = ceil_within(by < ey ? by : ey, 0, (double)raster->rows);
    found.stop = ceil_within(by > ey ? by : ey, 0, (double)raster->rows);
    found.slope = found.stop > found.first ? (ex - bx) / (ey - by) : 0;
    return found;
}

/* Places where outlines cross the middles of rows, by row and from left to right. Twice the column,
 * plus one where the inside begins. 0: more than there is room for. */
static int find_crossings(struct work *work, const struct outline *outline) {
    const struct raster *raster = &work->raster;
    int32_t *start = work->row_start, *next = work->row_next;
    memset(start, 0, (size_t)(raster->rows + 1) * sizeof *start);
    int64_t total = 0;
    for (int64_t n = 0; n < outline->count; n++) {
        struct crossed one = crossed(raster, outline, n);
        total += one.stop > one.first ? one.stop - one.first : 0;
        if (total > work->crossing_room) {
            return 0;
        }
        for (int32_t row = one.first; row < one.stop; row++) {
            start[row + 1]++;
        }
    }
    for (int64_t row = 0; row < raster->rows; row++) {
        if (start[row + 1] > MOST_ROW_CROSSINGS) {
            return 0;
        }
        next[row] = start[row];
        start[row + 1] += start[row];
    }
    for (int64_t n = 0; n < outline->count; n++) {
        struct crossed one = crossed(raster, outline, n);
        for (int32_t row = one.first; row < one.stop; row++) {
            double x = one.x + ((double)row - one.y) * one.slope;
            int32_t column = ceil_within(x, 0, (double)raster->columns);
            int32_t value = 2 * column + one.down;
            /* Row by row in order; they come nearly sorted. */
            int32_t low = start[row], at = next[row]++;
            for (; at > low && work->crossings[at - 1] > value; at--) {
                work->crossings[at] = work->crossings[at - 1];
            }
            work->crossings[at] = value;
        }
    }
    return 1;
}

/* The count of outlines about a pixel goes on from row to row, as in raster.py: a closed outline
 * leaves none. */
static int32_t fill_row(const struct work *work, int64_t row, uint64_t *bits, int32_t winding) {
    int32_t at = work->row_start[row], end = work->row_start[row + 1], from = 0;
    int32_t columns = (int32_t)work->raster.columns;
    while (at < end) {
        int32_t column = work->crossings[at] >> 1, before = winding;
        for (; at < end && work->crossings[at] >> 1 == column; at++) {
            winding += work->crossings[at] & 1 ? 1 : -1;
        }
        if (before > 0 && winding <= 0) {
            set_run(bits, from, column - 1);
        } else if (before <= 0) {
            from = column;
        }
    }
    if (winding > 0) {
        set_run(bits, from, columns - 1);
    }
    return winding;
}

uint64_t groups_of(const struct raster *raster, const uint64_t *row) {
    uint64_t groups = 0, bit = 1;
    if (raster->group == 1) {
        for (int64_t n = 0; n < raster->words; n++) {
            groups |= (uint64_t)(row[n] != 0) << n;
        }
        return groups;
    }
    for (int64_t n = 0; n < raster->words; bit <<= 1) {
        uint64_t any = 0;
        for (int64_t k = 0; k < raster->group && n < raster->words; k++, n++) {
            any |= row[n];
        }
        groups |= any ? bit : 0;
    }
    return groups;
}

int fill_both(struct work *work, const struct outline *below, const struct outline *above,
              struct shape *shape) {
    const struct raster *raster = &work->raster;
    int64_t words = raster->words;
    clear(raster, shape->both);
    clear(raster, shape->either);
    int32_t winding = 0;
    if (!find_crossings(work, below)) {
        return 0;
    }
    for (int64_t row = 0; row < raster->rows; row++) {
        winding = fill_row(work, row, shape->both.bits + row * words, winding);
    }
    winding = 0;
    if (!find_crossings(work, above)) {
        return 0;
    }
    for (int64_t row = 0; row < raster->rows; row++) {
        winding = fill_row(work, row, shape->either.bits + row * words, winding);
    }
    for (int64_t row = 0; row < raster->rows; row++) {
        uint64_t *both = shape->both.bits + row * words, *either = shape->either.bits + row * words;
        uint64_t any = 0;
        for (int64_t n = 0; n < words; n++) {
            uint64_t one = both[n], other = either[n];
            both[n] = one & other;
            either[n] = one | other;
            any |= one | other;
        }
        shape->filled[row] = any ? groups_of(raster, either) : 0;
    }
    return 1;
}
