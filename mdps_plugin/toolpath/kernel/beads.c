/* Beads drawn on rows of bits: raster.py pixel for pixel, in units of pixels.
 *
 * Where a bead is of the usual size its rows are reckoned in single precision, about a place beside
 * it. A row of which an edge lies within NEAR_MIDDLE of a pixel's middle is reckoned again, as the
 * reference does. Of a joint between two beads that nearly go straight on, only those rows are drawn
 * where it may show beside them.
 */
#include "bits.h"
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
#define MOST_BOX 3                         /* words */
/* A joint: how far a line must lie from a pixel's middle to be told from it, and how much narrower the
 * second bead may be. */
#define ASIDE_PX 0.01
#define MOST_NARROWER_PX 0.05
#define MOST_TURN 6.0
#define JOINT_PX 9.0
#define JOINT_ROWS 20
#define LEAST_REST 1.0F

/* Rows of a bead or disc, relative to a column. */
struct rows {
    float left[ROWS_AT_ONCE], right[ROWS_AT_ONCE];
    int32_t first[ROWS_AT_ONCE], last[ROWS_AT_ONCE], doubt[ROWS_AT_ONCE];
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

/* Columns of rows about base, and whether any is in doubt; count rounds up to fours. */
static inline int columns_of(struct rows *rows, int32_t count, int32_t base) {
    int32_t any = 0;
    for (int32_t i = 0; i < count; i++) {
        float left = rows->left[i], right = rows->right[i];
        int32_t whole = (int32_t)left, under = (int32_t)right;
        float over = left - (float)whole, rest = right - (float)under;
        rows->first[i] = base + whole + (over > 0);
        rows->last[i] = base + under;
        rows->doubt[i] = (over < NEAR_MIDDLE) | (over > 1 - NEAR_MIDDLE) | (rest < NEAR_MIDDLE) |
                         (rest > 1 - NEAR_MIDDLE);
        any |= rows->doubt[i];
    }
    return any;
}

static inline void set_row(const struct raster *raster, struct mask mask, int32_t row,
                           int32_t first, int32_t last) {
    if (first <= last) {
        mark_columns(raster, mask, row, first, last);
        set_run(mask.bits + row, raster->stride, first, last);
    }
}

/* Two words beside each other. */
__extension__ typedef unsigned __int128 pair;

/* As many bits as a run of at most 64 columns has, from the first on. */
static inline uint64_t run_of(int32_t first, int32_t last) {
    return last < first ? 0 : ~UINT64_C(0) >> (63 - (last - first));
}

/* Rows from first on, all within columns low to high. */
static void set_rows(const struct raster *raster, struct mask mask, const struct rows *rows,
                     int32_t first, int32_t count, int32_t low, int32_t high) {
    if (high - low >= 64 * MOST_BOX || raster->marked > 1) {
        for (int32_t i = 0; i < count; i++) {
            set_row(raster, mask, first + i, rows->first[i], rows->last[i]);
        }
        return;
    }
    uint64_t box = (~UINT64_C(0) << (low >> 6)) & (~UINT64_C(0) >> (63 - (high >> 6)));
    for (int32_t i = 0; i < count; i++) {
        mask.marks[first + i] |= box;
    }
    uint64_t *bits = mask.bits + (low >> 6) * raster->stride + first;
    int32_t aside = low & ~63;
    if (high - low >= 64) {
        for (int32_t i = 0; i < count; i++) {
            set_run(mask.bits + first + i, raster->stride, rows->first[i], rows->last[i]);
        }
    } else if (high >> 6 == low >> 6) {
        for (int32_t i = 0; i < count; i++) {
            bits[i] |= run_of(rows->first[i], rows->last[i]) << ((rows->first[i] - aside) & 63);
        }
    } else {
        for (int32_t i = 0; i < count; i++) {
            pair both = (pair)run_of(rows->first[i], rows->last[i])
                        << ((rows->first[i] - aside) & 127);
            bits[i] |= (uint64_t)both;
            bits[i + raster->stride] |= (uint64_t)(both >> 64);
        }
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
    int32_t count = stop - first, padded = (count + 3) & ~3;
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
    for (int32_t i = 0; i < padded; i++) {
        float step = (float)i, a = slope_a * step, b = slope_b * step;
        float one = a0 + a, other = b0 + b, two = a1 + a, second = b1 + b;
        rows.left[i] = one > other ? one : other;
        rows.right[i] = two < second ? two : second;
    }
    if (columns_of(&rows, padded, base)) {
        for (int32_t i = 0; i < count; i++) {
            if (rows.doubt[i]) {
                exact_row(raster, bead, first + i, rows.first + i, rows.last + i);
            }
        }
    }
    set_rows(raster, mask, &rows, first, count, base, (int32_t)high + 1);
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
    for (int32_t i = 0; i < padded; i++) {
        float reach = sqrtf(rest[i]);
        rows.left[i] = middle - reach;
        rows.right[i] = middle + reach;
    }
    columns_of(&rows, padded, base);
    for (int32_t i = 0; i < count; i++) {
        /* Near the ends a small difference of squares is a large one of widths. */
        if (rows.doubt[i] || rest[i] < LEAST_REST) {
            exact_disc_row(raster, x, y, radius, first + i, rows.first + i, rows.last + i);
        }
    }
    set_rows(raster, mask, &rows, first, count, base, (int32_t)(x + radius) + 1);
}

/* Of a disc, what lies in columns low to high of a row. */
static void disc_between(const struct raster *raster, struct mask mask, double x, double y,
                         double radius, int32_t row, double low, double high) {
    int32_t first, last, from = (int32_t)low, to = (int32_t)high + 1;
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
        disc_between(raster, mask, x, y, radius, row, px - reach, px + reach);
    }
}

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
    float low[JOINT_ROWS], high[JOINT_ROWS];
    int32_t hit[JOINT_ROWS], any = 0, first = (int32_t)(y - radius);
    int32_t count = (int32_t)(y + radius) + 1 - first, base = (int32_t)(x - MOST_TURN * radius) - 2;
    float up = (float)((double)first - y), middle = (float)(x - (double)base);
    float one_slope = (float)slope, other_slope = (float)other;
    int32_t padded = (count + 3) & ~3;
    for (int32_t i = 0; i < padded; i++) {
        float here = up + (float)i, a = here * one_slope, b = here * other_slope;
        low[i] = middle + (a < b ? a : b) - (float)ASIDE_PX;
        high[i] = middle + (a < b ? b : a) + (float)ASIDE_PX;
        hit[i] = (int32_t)low[i] != (int32_t)high[i];
        any |= hit[i];
    }
    for (int32_t i = 0; any && i < count; i++) {
        if (hit[i]) {
            disc_between(raster, mask, x, y, radius, first + i, (double)base + (double)low[i],
                         (double)base + (double)high[i]);
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
