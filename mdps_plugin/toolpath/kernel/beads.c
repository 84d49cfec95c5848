/* Beads drawn on rows of bits: raster.py pixel for pixel, in units of pixels.
 *
 * Where a bead is of the usual size its rows are reckoned in single precision, about a place beside
 * it. A row of which an edge lies within NEAR_MIDDLE of a pixel's middle is reckoned again, as the
 * reference does. Of a joint between two beads that nearly go straight on, only those rows are drawn
 * where it may show beside them.
 */
#include "bits.h"
#include "fours.h"
#include "model.h"

#include <math.h>

#define FLAT 1e-12
/* With these bounds no number of a row lies above 4096: single precision is off by less than 4e-4 in all.
 * The columns of a bead in the rows at once lie within 2300; where they are many, its ends are steep, so
 * that one beyond MOST_AWAY bounds none of these rows. */
#define NEAR_MIDDLE 2e-3F
#define MOST_SLOPE 60.0
#define MOST_HALF_PX 10.0
#define MOST_RUN_PX 1000.0                 /* slope times the rows at once */
#define MOST_AWAY 3000.0
#define ROWS_AT_ONCE 64
/* A joint: how far a line must lie from a pixel's middle to be told from it, and how much narrower the
 * second bead may be. */
#define ASIDE_PX 0.01
#define MOST_NARROWER_PX 0.05
#define MOST_TURN 6.0
#define JOINT_PX 9.0
#define JOINT_ROWS 20
#define LEAST_REST 1.0F

/* Rows of a bead or disc, relative to a column: from where on, up to where, which is 0 twice for an empty
 * one. */
struct rows {
    four_flags first[ROWS_AT_ONCE / 4], stop[ROWS_AT_ONCE / 4], doubt[ROWS_AT_ONCE / 4];
};

/* From x, y along ux, uy for length; ex, ey: where it ends, as the reference has it. */
struct bead {
    double x, y, ex, ey, ux, uy, length, half, inverse_a, inverse_b;
    int flat_a, flat_b;
};

struct span {
    double low, high;
};

/* Values of x for which low <= slope * x + offset <= high, where slope is as good as none. */
static inline struct span flat_span(double offset, double low, double high) {
    int holds = low <= offset && offset <= high;
    return (struct span){holds ? -INFINITY : INFINITY, holds ? INFINITY : -INFINITY};
}

/* One row as the reference has it. */
static void exact_row(const struct raster *raster, const struct bead *bead, int32_t row,
                      int32_t *first, int32_t *last) {
    double top = (double)raster->columns;
    double up = (double)row - bead->y, along = up * bead->uy, across = up * bead->ux;
    double a = (0.0 - along) * bead->inverse_a, b = (bead->length - along) * bead->inverse_a;
    double c = (-bead->half - across) * bead->inverse_b;
    double d = (bead->half - across) * bead->inverse_b;
    struct span one = {a < b ? a : b, a > b ? a : b};
    struct span two = {c < d ? c : d, c > d ? c : d};
    one = bead->flat_a ? flat_span(along, 0.0, bead->length) : one;
    two = bead->flat_b ? flat_span(across, -bead->half, bead->half) : two;
    *first = ceil_within((one.low > two.low ? one.low : two.low) + bead->x, 0, top);
    *last = floor_within((one.high < two.high ? one.high : two.high) + bead->x, -1, top - 1);
}

/* Columns of the k-th four of rows between edges, and which of them are in doubt. */
static inline four_flags columns_of(struct rows *rows, int32_t k, four left, four right) {
    four_flags whole = __builtin_convertvector(left, four_flags);
    four_flags last = __builtin_convertvector(right, four_flags);
    four over = left - __builtin_convertvector(whole, four);
    four rest = right - __builtin_convertvector(last, four);
    four_flags first = whole - (over > 0), any = last >= first;
    rows->first[k] = any & first;
    rows->stop[k] = any & (last + 1);
    rows->doubt[k] = (less_of(over, rest) < NEAR_MIDDLE) | (more_of(over, rest) > 1 - NEAR_MIDDLE);
    return rows->doubt[k];
}

/* Puts columns of the raster in place of those of a row. */
static inline void put_row(struct rows *rows, int32_t i, int32_t base, int32_t first, int32_t last) {
    rows->first[i / 4][i % 4] = first <= last ? first - base : 0;
    rows->stop[i / 4][i % 4] = first <= last ? last + 1 - base : 0;
}

static inline void set_row(const struct raster *raster, struct mask mask, int32_t row,
                           int32_t first, int32_t last) {
    if (first <= last) {
        mark_columns(raster, mask, row, first, last);
        set_run(mask.bits + row, raster->stride, first, last);
    }
}

/* Rows from first on: they lie in as many columns from base on as wide says. */
static void set_rows(const struct raster *raster, struct mask mask, const struct rows *rows,
                     int32_t first, int32_t count, int32_t base, int32_t wide) {
    const int32_t *from = (const int32_t *)rows->first, *to = (const int32_t *)rows->stop;
    if (wide > 64 || raster->marked > 1) {
        for (int32_t i = 0; i < count; i++) {
            set_row(raster, mask, first + i, base + from[i], base + to[i] - 1);
        }
        return;
    }
    const uint64_t *within = raster->runs + 64 + (base & 63), *over = within - 64;
    uint64_t box = UINT64_C(1) << (base >> 6), *marks = mask.marks + first;
    uint64_t *bits = mask.bits + (base >> 6) * raster->stride + first;
    if ((base & 63) + wide <= 64) {
        for (int32_t i = 0; i < count; i++) {
            marks[i] |= box;
            bits[i] |= within[to[i] & 127] ^ within[from[i] & 127];
        }
        return;
    }
    uint64_t *beside = bits + raster->stride;
    box |= box << 1;
    for (int32_t i = 0; i < count; i++) {
        marks[i] |= box;
        bits[i] |= within[to[i] & 127] ^ within[from[i] & 127];
        beside[i] |= over[to[i] & 127] ^ over[from[i] & 127];
    }
}

/* An end this far away bounds none of the rows. */
static inline double within(double value) {
    return least(most(value, -MOST_AWAY), MOST_AWAY);
}

static void exact_rows(const struct raster *raster, struct mask mask, const struct bead *bead,
                       int32_t first, int32_t stop) {
    for (int32_t row = first; row < stop; row++) {
        int32_t from, to;
        exact_row(raster, bead, row, &from, &to);
        set_row(raster, mask, row, from, to);
    }
}

/* Rows first to stop, at most ROWS_AT_ONCE, of a bead that lies within low to high, on the raster. ends:
 * whether they bound these rows. */
static void quick_rows(const struct raster *raster, struct mask mask, const struct bead *bead,
                       int32_t first, int32_t stop, double low, double high, int ends) {
    struct rows rows;
    int32_t count = stop - first;
    double up = (double)first - bead->y, along = up * bead->uy, across = up * bead->ux;
    double a_low = bead->inverse_a > 0 ? 0.0 : bead->length;
    double b_low = bead->inverse_b > 0 ? -bead->half : bead->half;
    /* Where the axis crosses the first and the last row. */
    double begin = bead->x - across * bead->inverse_b;
    double end = begin - (double)count * bead->ux * bead->inverse_b;
    double reach = bead->half * fabs(bead->inverse_b);
    low = most(least(begin, end) - reach, low);
    high = least(most(begin, end) + reach, high);
    int32_t base = (int32_t)low - 3;
    double aside = bead->x - (double)base;
    float b0 = (float)((b_low - across) * bead->inverse_b + aside);
    float b1 = (float)((-b_low - across) * bead->inverse_b + aside);
    float slope_b = (float)(-bead->ux * bead->inverse_b);
    float a0 = (float)-MOST_AWAY, a1 = (float)MOST_AWAY, slope_a = 0;
    if (ends) {
        a0 = (float)within((a_low - along) * bead->inverse_a + aside);
        a1 = (float)within((bead->length - a_low - along) * bead->inverse_a + aside);
        slope_a = (float)(-bead->uy * bead->inverse_a);
    }
    four step = {0, 1, 2, 3};
    four_flags doubt = {0};
    for (int32_t k = 0; 4 * k < count; k++, step += 4) {
        four a = slope_a * step, b = slope_b * step;
        doubt |= columns_of(&rows, k, more_of(a0 + a, b0 + b), less_of(a1 + a, b1 + b));
    }
    if (any_of(doubt)) {
        for (int32_t i = 0; i < count; i++) {
            if (rows.doubt[i / 4][i % 4]) {
                int32_t from, to;
                exact_row(raster, bead, first + i, &from, &to);
                put_row(&rows, i, base, from, to);
            }
        }
    }
    set_rows(raster, mask, &rows, first, count, base, (int32_t)high + 2 - base);
}

static int make_bead(struct bead *bead, double half) {
    double wx = bead->ex - bead->x, wy = bead->ey - bead->y;
    double length = sqrt(wx * wx + wy * wy);
    bead->half = half;
    bead->length = length;
    if (!(length > FLAT)) {
        return 0;
    }
    bead->ux = wx / length;
    bead->uy = wy / length;
    bead->flat_a = fabs(bead->ux) < FLAT;
    bead->flat_b = fabs(bead->uy) < FLAT;
    bead->inverse_a = 1.0 / (bead->flat_a ? 1.0 : bead->ux);
    bead->inverse_b = 1.0 / (bead->flat_b ? 1.0 : -bead->uy);
    return 1;
}

static void draw_bead(const struct raster *raster, struct mask mask, const struct bead *bead) {
    double half = bead->half, rise = half * fabs(bead->ux);
    double lower = least(bead->y, bead->ey), upper = most(bead->y, bead->ey);
    int32_t first = ceil_within(lower - rise, 0, (double)raster->rows);
    int32_t stop = ceil_within(upper + rise, 0, (double)raster->rows);
    double low = least(bead->x, bead->ex) - half, high = most(bead->x, bead->ex) + half;
    if (!(half < MOST_HALF_PX && fabs(bead->inverse_b) < MOST_SLOPE && !bead->flat_b && low > 4 &&
          high < (double)raster->columns - 4)) {
        exact_rows(raster, mask, bead, first, stop);
        return;
    }
    int32_t from = first, to = stop, at_once = ROWS_AT_ONCE;
    double slope = fabs(bead->inverse_b);
    int steep = bead->flat_a || !(fabs(bead->inverse_a) < MOST_SLOPE);
    if (steep) {
        /* A row and more inside both ends, these bound nothing. */
        from = ceil_within(lower + rise + 1, (double)first, (double)stop);
        to = ceil_within(upper - rise - 1, (double)from, (double)stop);
        exact_rows(raster, mask, bead, first, from);
        exact_rows(raster, mask, bead, to, stop);
    } else {
        slope = most(slope, fabs(bead->inverse_a));
    }
    if (slope * ROWS_AT_ONCE > MOST_RUN_PX) {
        at_once = (int32_t)(MOST_RUN_PX / slope);
    }
    for (int32_t row = from; row < to; row += at_once) {
        int32_t end = to - row < at_once ? to : row + at_once;
        quick_rows(raster, mask, bead, row, end, low, high, !steep);
    }
}

static void exact_disc_row(const struct raster *raster, double x, double y, double radius,
                           int32_t row, int32_t *first, int32_t *last) {
    double top = (double)raster->columns;
    double up = (double)row - y, rest = radius * radius - up * up;
    double reach = sqrt(rest > 0 ? rest : 0);
    *first = ceil_within(x - reach, 0, top);
    *last = floor_within(x + reach, -1, top - 1);
}

/* Whether a disc lies on the raster, and is of the usual size. */
static int is_usual(const struct raster *raster, double x, double y, double radius) {
    return radius < MOST_HALF_PX && x - radius > 4 && x + radius < (double)raster->columns - 4 &&
           y - radius > 4 && y + radius < (double)raster->rows - 4;
}

static void draw_disc(const struct raster *raster, struct mask mask, double x, double y,
                      double radius) {
    int32_t first = ceil_within(y - radius, 0, (double)raster->rows);
    int32_t stop = ceil_within(y + radius, 0, (double)raster->rows);
    if (!is_usual(raster, x, y, radius)) {
        for (int32_t row = first; row < stop; row++) {
            int32_t from, to;
            exact_disc_row(raster, x, y, radius, row, &from, &to);
            set_row(raster, mask, row, from, to);
        }
        return;
    }
    struct rows rows;
    float rest[ROWS_AT_ONCE];
    int32_t count = stop - first, padded = (count + 3) & ~3, base = (int32_t)(x - radius) - 3;
    float up = (float)((double)first - y), square = (float)(radius * radius);
    float middle = (float)(x - (double)base);
    for (int32_t i = 0; i < padded; i++) {
        float here = up + (float)i, left = square - here * here;
        rest[i] = left > 0 ? left : 0;
    }
    for (int32_t k = 0; 4 * k < count; k++) {
        four reach;
        for (int n = 0; n < 4; n++) {
            reach[n] = sqrtf(rest[4 * k + n]);
        }
        columns_of(&rows, k, middle - reach, middle + reach);
    }
    for (int32_t i = 0; i < count; i++) {
        /* Near the ends a small difference of squares is a large one of widths. */
        if (rows.doubt[i / 4][i % 4] || rest[i] < LEAST_REST) {
            int32_t from, to;
            exact_disc_row(raster, x, y, radius, first + i, &from, &to);
            put_row(&rows, i, base, from, to);
        }
    }
    set_rows(raster, mask, &rows, first, count, base, (int32_t)(x + radius) + 2 - base);
}

/* Of a disc, what lies in columns from to to of a row. */
static void disc_between(const struct raster *raster, struct mask mask, double x, double y,
                         double radius, int32_t row, int32_t from, int32_t to) {
    int32_t first, last;
    if (!((double)row >= y - radius && (double)row < y + radius)) {
        return;
    }
    exact_disc_row(raster, x, y, radius, row, &first, &last);
    set_row(raster, mask, row, first > from ? first : from, last < to ? last : to);
}

/* Of a disc, all that lies within reach of a place, along both axes. */
static void disc_about(const struct raster *raster, struct mask mask, double x, double y,
                       double radius, double px, double py, double reach) {
    for (int32_t row = (int32_t)(py - reach) + 1; (double)row <= py + reach; row++) {
        disc_between(raster, mask, x, y, radius, row, (int32_t)(px - reach), (int32_t)(px + reach) + 1);
    }
}

static inline int bit_set(const struct raster *raster, struct mask mask, int32_t row, int32_t column) {
    return (int)(mask.bits[(column >> 6) * raster->stride + row] >> (column & 63)) & 1;
}

static const int32_t BIT_OF[JOINT_ROWS] = {1,       1 << 1,  1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,
                                           1 << 7,  1 << 8,  1 << 9,  1 << 10, 1 << 11, 1 << 12, 1 << 13,
                                           1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19};

/* The joint at the end of a bead where the next one begins.
 *
 * What of the disc lies behind the end of one is within its bead, and what lies ahead of the begin of the
 * other within that, as far as it is as wide. There is left: the wedge between both ends, which are two
 * lines through the middle; and what lies beside the second bead, if that is narrower, about the ends
 * of the lines. A pixel that lies on an edge may be counted to neither: so the places about all four
 * ends, and along both lines, are drawn. */
static void draw_joint(const struct raster *raster, struct mask mask, const struct bead *one,
                       const struct bead *two) {
    double x = one->ex, y = one->ey, radius = one->half, narrower = radius - two->half;
    /* Columns for a row, along the end of each. */
    double slope = -one->uy * one->inverse_a, other = -two->uy * two->inverse_a;
    if (!(one->length > radius + ASIDE_PX && two->length > radius + ASIDE_PX &&
          one->ux * two->ux + one->uy * two->uy > 0.5 && fabs(slope) < MOST_TURN &&
          fabs(other) < MOST_TURN && radius < JOINT_PX &&
          narrower < MOST_NARROWER_PX && !one->flat_a && !two->flat_a &&
          one->ux * two->ux > 0 && is_usual(raster, x, y, radius))) {
        draw_disc(raster, mask, x, y, radius);
        return;
    }
    /* Rows in which a pixel's middle lies between both lines, or near them. */
    int32_t from[JOINT_ROWS], to[JOINT_ROWS], hits = 0, first = (int32_t)(y - radius);
    int32_t count = (int32_t)(y + radius) + 1 - first, base = (int32_t)(x - radius) - 3;
    int32_t padded = (count + 3) & ~3;
    float up = (float)((double)first - y), middle = (float)(x - (double)base);
    float one_slope = (float)slope, other_slope = (float)other;
    float left = middle - (float)radius - 1, right = middle + (float)radius + 1;
    for (int32_t i = 0; i < padded; i++) {
        float here = up + (float)i, a = here * one_slope, b = here * other_slope;
        float low = middle + (a < b ? a : b) - (float)ASIDE_PX;
        float high = middle + (a < b ? b : a) + (float)ASIDE_PX;
        low = low > left ? low : left;
        high = high < right ? high : right;
        from[i] = (int32_t)low;
        to[i] = (int32_t)high;
        hits |= from[i] < to[i] ? BIT_OF[i] : 0;
    }
    for (hits &= (1 << count) - 1; hits; hits &= hits - 1) {
        int32_t i = __builtin_ctz((uint32_t)hits), last = base + to[i];
        /* Where there is one pixel, a bead mostly holds it. */
        if (to[i] - from[i] > 1 || !bit_set(raster, mask, first + i, last)) {
            disc_between(raster, mask, x, y, radius, first + i, base + from[i], last + 1);
        }
    }
    double reach = ASIDE_PX;
    if (narrower > 0) {
        reach += narrower + sqrt(2 * radius * narrower);
    }
    for (int side = -1; side < 2; side += 2) {
        double far = side * radius, one_y = y + far * one->ux, two_y = y + far * two->ux;
        if ((int32_t)(one_y - ASIDE_PX) != (int32_t)(one_y + ASIDE_PX)) {
            disc_about(raster, mask, x, y, radius, x - far * one->uy, one_y, ASIDE_PX);
        }
        if ((int32_t)(two_y - reach) != (int32_t)(two_y + reach)) {
            disc_about(raster, mask, x, y, radius, x - far * two->uy, two_y, reach);
        }
    }
}

void draw(const struct raster *raster, struct mask mask, double x0, double y0, double x1, double y1,
          double half, int joined) {
    struct bead bead = {.x = (x0 - raster->x) * raster->scale - 0.5,
                        .y = (y0 - raster->y) * raster->scale - 0.5,
                        .ex = (x1 - raster->x) * raster->scale - 0.5,
                        .ey = (y1 - raster->y) * raster->scale - 0.5};
    if (make_bead(&bead, half * raster->scale)) {
        draw_bead(raster, mask, &bead);
    }
    if (joined) {
        draw_disc(raster, mask, bead.ex, bead.ey, bead.half);
    }
}

static int bead_of(const struct raster *raster, const struct lines *lines, int64_t n,
                   struct bead *bead) {
    bead->x = (lines->x0[n] - raster->x) * raster->scale - 0.5;
    bead->y = (lines->y0[n] - raster->y) * raster->scale - 0.5;
    bead->ex = (lines->x1[n] - raster->x) * raster->scale - 0.5;
    bead->ey = (lines->y1[n] - raster->y) * raster->scale - 0.5;
    return make_bead(bead, lines->width[n] / 2 * raster->scale);
}

/* Roots and quotients of a bead take long: they are begun before the one before it is drawn. */
void draw_lines(const struct raster *raster, struct mask mask, const struct lines *lines) {
    struct bead three[3], *before = &three[2], *bead = &three[0], *next = &three[1];
    int joint = 0, long_before = 0, long_next = 0;
    int is_long = lines->count > 0 && bead_of(raster, lines, 0, bead);
    for (int64_t n = 0; n < lines->count; n++) {
        if (n + 1 < lines->count) {
            long_next = bead_of(raster, lines, n + 1, next);
        }
        if (is_long) {
            draw_bead(raster, mask, bead);
        }
        if (joint && long_before && is_long) {
            draw_joint(raster, mask, before, bead);
        } else if (joint) {
            draw_disc(raster, mask, before->ex, before->ey, before->half);
        }
        joint = lines->joined[n];
        long_before = is_long;
        is_long = long_next;
        struct bead *last = before;
        before = bead;
        bead = next;
        next = last;
    }
    if (joint) {
        draw_disc(raster, mask, before->ex, before->ey, before->half);
    }
}

void draw_outline(const struct raster *raster, struct mask mask, const struct outline *outline,
                  double reach) {
    for (int64_t n = 0; n < outline->count; n++) {
        draw(raster, mask, outline->x0[n], outline->y0[n], outline->x1[n], outline->y1[n], reach,
             1);
    }
}
