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
#include <string.h>

/* A call of these costs as much as some of their rows. */
#define IN_PLACE static inline __attribute__((always_inline))

#define FLAT 1e-12
/* With these bounds no number of a row lies above 4096: single precision is off by less than 4e-4 in all.
 * The columns of a bead in the rows at once lie within 2364 of where a word begins; where they are many, its
 * ends are steep, so that one beyond MOST_AWAY bounds none of these rows. */
#define NEAR_MIDDLE 1e-3F
#define MOST_SLOPE 60.0
#define MOST_HALF_PX 10.0
#define MOST_RUN_PX 1000.0                 /* slope times the rows at once */
#define MOST_AWAY 3000.0F
#define ROWS_AT_ONCE 64
/* A joint: how far a line must lie from a pixel's middle to be told from it, and how much narrower the
 * second bead may be. */
#define ASIDE_PX 0.01
#define MOST_NARROWER_PX 0.05
#define MOST_TURN 6.0
#define LEAST_TURN 0.01
#define CORNER_PX 0.011F
#define JOINT_PX 9.0
#define JOINT_ROWS 20
#define LEAST_REST 1.0F

/* Rows of a bead or disc, relative to base, where a word begins: from where on and up to where, which is the
 * same for an empty one. They lie in as many columns from there on as wide says. */
struct rows {
    int32_t first[ROWS_AT_ONCE], stop[ROWS_AT_ONCE];
    int32_t base, wide;
    four_flags keep;                       /* holds what comes out within the table */
};

/* So wide, rows lie in two words. */
#define TWO_WORDS 127

/* Of edges of some rows, how little and how far one lies beyond a pixel's middle. */
struct extremes {
    four least, most;
};

/* From begin along way for length; end: where it ends, as the reference has it. inverse: one over the way
 * along the rows, and over that across them, turned round. */
struct bead {
    couple begin, end, way, inverse;
    double length, half;
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
    double up = (double)row - bead->begin[1], along = up * bead->way[1], across = up * bead->way[0];
    double a = (0.0 - along) * bead->inverse[0], b = (bead->length - along) * bead->inverse[0];
    double c = (-bead->half - across) * bead->inverse[1];
    double d = (bead->half - across) * bead->inverse[1];
    struct span one = {a < b ? a : b, a > b ? a : b};
    struct span two = {c < d ? c : d, c > d ? c : d};
    one = fabs(bead->way[0]) < FLAT ? flat_span(along, 0.0, bead->length) : one;
    two = fabs(bead->way[1]) < FLAT ? flat_span(across, -bead->half, bead->half) : two;
    *first = ceil_within((one.low > two.low ? one.low : two.low) + bead->begin[0], 0, top);
    *last = floor_within((one.high < two.high ? one.high : two.high) + bead->begin[0], -1, top - 1);
}

static const float STEPS[ROWS_AT_ONCE] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

/* Numbers of four rows from i on. */
static inline four steps_at(int64_t i) {
    four steps;
    memcpy(&steps, STEPS + i, sizeof steps);
    return steps;
}

/* How far a place lies beyond the pixel's middle before it; less than 0 left of all. */
static inline four beyond(four place) {
    return place - __builtin_convertvector(__builtin_convertvector(place, four_flags), four);
}

/* Columns of four rows from i on between edges. */
static inline struct extremes put_columns(struct rows *rows, int64_t i, four left, four right,
                                          struct extremes before) {
    right = more_of(right, left);
    four_flags whole = __builtin_convertvector(left, four_flags);
    four_flags last = __builtin_convertvector(right, four_flags);
    four over = left - __builtin_convertvector(whole, four);
    four rest = right - __builtin_convertvector(last, four);
    whole = (whole + 1) & rows->keep;
    last = (last + 1) & rows->keep;
    memcpy(rows->first + i, &whole, sizeof whole);
    memcpy(rows->stop + i, &last, sizeof last);
    return (struct extremes){less_of(less_of(before.least, over), rest),
                             more_of(more_of(before.most, over), rest)};
}

/* Of four rows, those that are. */
static inline four_flags doubted(four left, four right) {
    four over = beyond(left), rest = beyond(more_of(right, left));
    return (less_of(over, rest) < NEAR_MIDDLE) | (more_of(over, rest) > 1 - NEAR_MIDDLE);
}

/* Puts columns of the raster in place of those of a row. */
static inline void put_row(struct rows *rows, int32_t i, int32_t first, int32_t last) {
    rows->first[i] = first <= last ? first - rows->base : 0;
    rows->stop[i] = first <= last ? last + 1 - rows->base : 0;
}

static inline void set_row(const struct raster *raster, struct mask mask, int32_t row,
                           int32_t first, int32_t last) {
    if (first <= last) {
        mark_columns(raster, mask, row, first, last);
        set_run(mask.bits + row, raster->stride, first, last);
    }
}

/* Four rows from i on. */
static inline void set_four(const struct rows *rows, int64_t i, uint64_t *bits, uint64_t *marks,
                            uint64_t box, const uint64_t *runs) {
    for (int64_t k = i; k < i + 4; k++) {
        bits[k] |= runs[rows->stop[k] + 64] ^ runs[rows->first[k] + 64];
        marks[k] |= box;
    }
}

static inline void set_eight(const struct rows *rows, int64_t i, uint64_t *bits, uint64_t *beside,
                             uint64_t *marks, uint64_t box, const uint64_t *runs) {
    for (int64_t k = i; k < i + 4; k++) {
        int64_t from = rows->first[k], to = rows->stop[k];
        bits[k] |= runs[to + 64] ^ runs[from + 64];
        beside[k] |= runs[to] ^ runs[from];
        marks[k] |= box;
    }
}

/* Rows from first on, at least four. By fours, of which the last hold some of those before. */
IN_PLACE void set_rows(const struct raster *raster, struct mask mask, const struct rows *rows,
                       int64_t first, int64_t count) {
    if (rows->wide > TWO_WORDS || raster->marked > 1) {
        for (int64_t i = 0; i < count; i++) {
            set_row(raster, mask, (int32_t)(first + i), rows->base + rows->first[i],
                    rows->base + rows->stop[i] - 1);
        }
        return;
    }
    int64_t word = rows->base >> 6;
    uint64_t box = (uint64_t)(rows->wide > 64 ? 3 : 1) << word, *marks = mask.marks + first;
    uint64_t *bits = mask.bits + word * raster->stride + first, *beside = bits + raster->stride;
    const uint64_t *runs = raster->runs;
    if (rows->wide <= 64) {
        for (int64_t i = 0; i < count - 4; i += 4) {
            set_four(rows, i, bits, marks, box, runs);
        }
        set_four(rows, count - 4, bits, marks, box, runs);
        return;
    }
    for (int64_t i = 0; i < count - 4; i += 4) {
        set_eight(rows, i, bits, beside, marks, box, runs);
    }
    set_eight(rows, count - 4, bits, beside, marks, box, runs);
}

static void exact_rows(const struct raster *raster, struct mask mask, const struct bead *bead,
                       int32_t first, int32_t stop) {
    for (int32_t row = first; row < stop; row++) {
        int32_t from, to;
        exact_row(raster, bead, row, &from, &to);
        set_row(raster, mask, row, from, to);
    }
}

/* An end this far away bounds none of the rows. */
static inline float within(float value) {
    value = value > -MOST_AWAY ? value : -MOST_AWAY;
    return value < MOST_AWAY ? value : MOST_AWAY;
}

/* Where both ends and both sides of a bead cross a row, and how much farther on the next one. */
struct edges {
    float a0, a1, slope_a, b0, b1, slope_b;
};

static inline four left_of(const struct edges *edges, four step) {
    return more_of(edges->a0 + edges->slope_a * step, edges->b0 + edges->slope_b * step);
}

static inline four right_of(const struct edges *edges, four step) {
    return less_of(edges->a1 + edges->slope_a * step, edges->b1 + edges->slope_b * step);
}

static inline struct extremes put_four(struct rows *rows, int64_t i, const struct edges *edges,
                                       struct extremes before) {
    four step = steps_at(i);
    return put_columns(rows, i, left_of(edges, step), right_of(edges, step), before);
}

/* Rows in doubt as the reference has them. */
static void settle(const struct raster *raster, const struct bead *bead, const struct edges *edges,
                   struct rows *rows, int32_t first, int32_t count) {
    for (int32_t at = 0; at < count; at += 4) {
        int32_t i = at < count - 4 ? at : count - 4;
        four step = steps_at(i);
        four_flags doubt = doubted(left_of(edges, step), right_of(edges, step));
        for (int k = 0; k < 4; k++) {
            if (doubt[k]) {
                int32_t from, to;
                exact_row(raster, bead, first + i + k, &from, &to);
                put_row(rows, i + k, from, to);
            }
        }
    }
}

/* Rows first to stop, at least four and at most ROWS_AT_ONCE, of a bead that lies within low to high, on the
 * raster. ends: whether they bound these rows. */
IN_PLACE void quick_rows(const struct raster *raster, struct mask mask, const struct bead *bead,
                         int32_t first, int32_t stop, double low, double high, int ends) {
    struct rows rows;
    int32_t count = stop - first;
    double up = (double)first - bead->begin[1];
    /* Where the axis crosses the first and the last row. */
    double begin = bead->begin[0] - up * bead->way[0] * bead->inverse[1];
    double end = begin - (double)count * bead->way[0] * bead->inverse[1];
    double reach = bead->half * fabs(bead->inverse[1]);
    low = most(least(begin, end) - reach, low);
    high = least(most(begin, end) + reach, high);
    rows.base = ((int32_t)low - 3) & ~63;
    rows.wide = (int32_t)high + 2 - rows.base;
    rows.keep = (four_flags){0} + (rows.wide > TWO_WORDS ? -1 : 127);
    struct edges edges = {.a0 = -MOST_AWAY, .a1 = MOST_AWAY,
                          .b0 = (float)(begin - (double)rows.base - reach),
                          .b1 = (float)(begin - (double)rows.base + reach),
                          .slope_b = (float)(-bead->way[0] * bead->inverse[1])};
    if (ends) {
        double one = bead->begin[0] - (double)rows.base - up * bead->way[1] * bead->inverse[0];
        double two = one + bead->length * bead->inverse[0];
        edges.a0 = within((float)least(one, two));
        edges.a1 = within((float)most(one, two));
        edges.slope_a = (float)(-bead->way[1] * bead->inverse[0]);
    }
    struct extremes extremes = {{1, 1, 1, 1}, {0, 0, 0, 0}};
    for (int64_t i = 0; i < count - 4; i += 4) {
        extremes = put_four(&rows, i, &edges, extremes);
    }
    extremes = put_four(&rows, count - 4, &edges, extremes);
    if (any_of((extremes.least < NEAR_MIDDLE) | (extremes.most > 1 - NEAR_MIDDLE))) {
        settle(raster, bead, &edges, &rows, first, count);
    }
    set_rows(raster, mask, &rows, first, count);
}

/* Whether a bead is of the usual width, and no row of it goes beyond the raster. */
static inline int is_narrow(const struct raster *raster, const struct bead *bead, couple low,
                            couple high) {
    return bead->half > 0 && bead->half < MOST_HALF_PX && low[0] > 4 &&
           high[0] < (double)raster->columns - 4;
}

/* 0: it is too short to be one. */
static inline int make_bead(const struct raster *raster, couple begin, couple end, double half,
                            struct bead *bead) {
    const couple corner = {raster->x, raster->y};
    bead->begin = (begin - corner) * raster->scale - 0.5;
    bead->end = (end - corner) * raster->scale - 0.5;
    couple along = bead->end - bead->begin, square = along * along;
    bead->half = half * raster->scale;
    bead->length = sqrt(square[0] + square[1]);
    bead->way = along / bead->length;
    bead->inverse = 1.0 / (bead->way * (couple){1, -1});
    return bead->length > FLAT;
}

/* One that may lie beside the raster, be long or wide, or of which an end or a side lies along rows. */
static void draw_odd_bead(const struct raster *raster, struct mask mask, const struct bead *bead,
                          couple low, couple high) {
    double slope = fabs(bead->inverse[1]);
    int32_t first = ceil_within(low[1], 0, (double)raster->rows);
    int32_t stop = ceil_within(high[1], 0, (double)raster->rows);
    int32_t from = first, to = stop, at_once = ROWS_AT_ONCE;
    if (!(is_narrow(raster, bead, low, high) && slope < MOST_SLOPE)) {
        exact_rows(raster, mask, bead, first, stop);
        return;
    }
    int steep = !(fabs(bead->inverse[0]) < MOST_SLOPE);
    if (steep) {
        /* A row and more inside both ends, these bound nothing. */
        double rise = 2 * bead->half * fabs(bead->way[0]) + 1;
        from = ceil_within(low[1] + rise, (double)first, (double)stop);
        to = ceil_within(high[1] - rise, (double)from, (double)stop);
        exact_rows(raster, mask, bead, first, from);
        exact_rows(raster, mask, bead, to, stop);
    } else {
        slope = most(slope, fabs(bead->inverse[0]));
    }
    if (slope * ROWS_AT_ONCE > MOST_RUN_PX) {
        at_once = (int32_t)(MOST_RUN_PX / slope);
    }
    for (int32_t row = from; row < to; row += at_once) {
        int32_t end = to - row < at_once ? to : row + at_once;
        if (end - row < 4) {
            exact_rows(raster, mask, bead, row, end);
        } else {
            quick_rows(raster, mask, bead, row, end, low[0], high[0], !steep);
        }
    }
}

IN_PLACE void draw_bead(const struct raster *raster, struct mask mask, const struct bead *bead) {
    couple aside = {bead->half, bead->half * fabs(bead->way[0])};
    couple low = lower_of(bead->begin, bead->end) - aside;
    couple high = higher_of(bead->begin, bead->end) + aside;
    two_whole rows = ceil_both((couple){low[1], high[1]}, (double)raster->rows);
    double slope = most(fabs(bead->inverse[0]), fabs(bead->inverse[1]));
    int32_t count = rows[1] - rows[0];
    if (is_narrow(raster, bead, low, high) && slope * ROWS_AT_ONCE <= MOST_RUN_PX && count >= 4 &&
        count <= ROWS_AT_ONCE) {
        quick_rows(raster, mask, bead, rows[0], rows[1], low[0], high[0], 1);
    } else {
        draw_odd_bead(raster, mask, bead, low, high);
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
    if (stop - first < 4 || !is_usual(raster, x, y, radius)) {
        for (int32_t row = first; row < stop; row++) {
            int32_t from, to;
            exact_disc_row(raster, x, y, radius, row, &from, &to);
            set_row(raster, mask, row, from, to);
        }
        return;
    }
    struct rows rows;
    int32_t count = stop - first;
    rows.base = ((int32_t)(x - radius) - 3) & ~63;
    rows.wide = (int32_t)(x + radius) + 2 - rows.base;
    rows.keep = (four_flags){0} + (rows.wide > TWO_WORDS ? -1 : 127);
    float up = (float)((double)first - y), square = (float)(radius * radius);
    float middle = (float)(x - (double)rows.base);
    for (int32_t at = 0; at < count; at += 4) {
        int32_t i = at < count - 4 ? at : count - 4;
        four here = up + steps_at(i), rest = more_of(square - here * here, (four){0, 0, 0, 0});
        four reach = {sqrtf(rest[0]), sqrtf(rest[1]), sqrtf(rest[2]), sqrtf(rest[3])};
        /* Near the ends a small difference of squares is a large one of widths. */
        four_flags doubt = doubted(middle - reach, middle + reach) | (rest < LEAST_REST);
        put_columns(&rows, i, middle - reach, middle + reach, (struct extremes){0});
        for (int k = 0; k < 4; k++) {
            if (doubt[k]) {
                int32_t from, to;
                exact_disc_row(raster, x, y, radius, first + i + k, &from, &to);
                put_row(&rows, i + k, from, to);
            }
        }
    }
    set_rows(raster, mask, &rows, first, count);
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

/* What of the disc of a joint lies about the ends of both lines across it, which is a pixel seldom. */
static void draw_corners(const struct raster *raster, struct mask mask, const struct bead *one,
                         const struct bead *next) {
    double x = one->end[0], y = one->end[1], radius = one->half, narrower = most(radius - next->half, 0);
    double reach = ASIDE_PX + narrower + sqrt(2 * radius * narrower);
    /* Relative to a pixel beside it, and a little farther than ASIDE_PX for what that rounds. */
    float px = (float)(x - (double)(int32_t)(x - radius) + 2);
    float py = (float)(y - (double)(int32_t)(y - radius) + 2);
    four across = {(float)one->way[0], -(float)one->way[0], (float)next->way[0], -(float)next->way[0]};
    four along = {(float)one->way[1], -(float)one->way[1], (float)next->way[1], -(float)next->way[1]};
    four wide = {CORNER_PX, CORNER_PX, CORNER_PX + (float)reach, CORNER_PX + (float)reach};
    four xs = px - along * (float)radius, ys = py + across * (float)radius;
    uint32_t found = bits_of((__builtin_convertvector(xs - wide, four_flags) <
                              __builtin_convertvector(xs + wide, four_flags)) &
                             (__builtin_convertvector(ys - wide, four_flags) <
                              __builtin_convertvector(ys + wide, four_flags)));
    for (; found; found &= found - 1) {
        int n = __builtin_ctz(found);
        const struct bead *bead = n < 2 ? one : next;
        double far = n & 1 ? -radius : radius;
        disc_about(raster, mask, x, y, radius, x - far * bead->way[1], y + far * bead->way[0],
                   n < 2 ? ASIDE_PX : reach);
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
                       const struct bead *next) {
    double x = one->end[0], y = one->end[1], radius = one->half, narrower = radius - next->half;
    /* Columns for a row, along the end of each. */
    double slope = -one->way[1] * one->inverse[0], other = -next->way[1] * next->inverse[0];
    double steepest = most(fabs(slope), fabs(other)), shorter = least(one->length, next->length);
    if (!(shorter > radius + ASIDE_PX && one->way[0] * next->way[0] + one->way[1] * next->way[1] > 0.5 &&
          steepest < MOST_TURN && one->way[0] * next->way[0] > LEAST_TURN && radius < JOINT_PX &&
          narrower < MOST_NARROWER_PX && is_usual(raster, x, y, radius))) {
        draw_disc(raster, mask, x, y, radius);
        return;
    }
    /* Rows in which a pixel's middle lies between both lines, or near them. */
    int32_t from[JOINT_ROWS], to[JOINT_ROWS], first = (int32_t)(y - radius);
    int32_t count = (int32_t)(y + radius) + 1 - first, base = (int32_t)(x - radius) - 3;
    uint32_t hits = 0;
    float up = (float)((double)first - y), middle = (float)(x - (double)base);
    four left = (four){0} + (middle - (float)radius - 1), right = left + (2 * (float)radius + 2);
    for (int32_t i = 0; i < count; i += 4) {
        four here = up + steps_at(i), a = here * (float)slope, b = here * (float)other;
        four low = more_of(less_of(a, b) + (middle - (float)ASIDE_PX), left);
        four high = less_of(more_of(a, b) + (middle + (float)ASIDE_PX), right);
        four_flags begin = __builtin_convertvector(low, four_flags);
        four_flags end = __builtin_convertvector(high, four_flags);
        memcpy(from + i, &begin, sizeof begin);
        memcpy(to + i, &end, sizeof end);
        hits |= bits_of(begin < end) << i;
    }
    for (hits &= (UINT32_C(1) << count) - 1; hits; hits &= hits - 1) {
        int32_t i = __builtin_ctz(hits), last = base + to[i];
        /* Where there is one pixel, a bead mostly holds it. */
        if (to[i] - from[i] > 1 || !bit_set(raster, mask, first + i, last)) {
            disc_between(raster, mask, x, y, radius, first + i, base + from[i], last + 1);
        }
    }
    draw_corners(raster, mask, one, next);
}

void draw(const struct raster *raster, struct mask mask, double x0, double y0, double x1, double y1,
          double half, int joined) {
    struct bead bead;
    if (make_bead(raster, (couple){x0, y0}, (couple){x1, y1}, half, &bead)) {
        draw_bead(raster, mask, &bead);
    }
    if (joined) {
        draw_disc(raster, mask, bead.end[0], bead.end[1], bead.half);
    }
}

static int bead_of(const struct raster *raster, const struct lines *lines, int64_t n,
                   struct bead *bead) {
    return make_bead(raster, (couple){lines->x0[n], lines->y0[n]}, (couple){lines->x1[n], lines->y1[n]},
                     lines->width[n] / 2, bead);
}

/* Beads reckoned at once, before the first of them is drawn: their roots and quotients take long, and none
 * waits for another. */
#define BEADS_AT_ONCE 32

/* beads[0] is the one before these. */
struct some_beads {
    struct bead beads[BEADS_AT_ONCE + 1];
    uint8_t is_long[BEADS_AT_ONCE + 1];
};

static void draw_some(const struct raster *raster, struct mask mask, const struct some_beads *some,
                      const uint8_t *joined, int64_t count) {
    for (int64_t k = 1; k <= count; k++) {
        const struct bead *before = &some->beads[k - 1], *bead = &some->beads[k];
        if (some->is_long[k]) {
            draw_bead(raster, mask, bead);
        }
        if (!joined[k - 1]) {
            continue;
        }
        if (some->is_long[k - 1] & some->is_long[k]) {
            draw_joint(raster, mask, before, bead);
        } else {
            draw_disc(raster, mask, before->end[0], before->end[1], before->half);
        }
    }
}

void draw_lines(const struct raster *raster, struct mask mask, const struct lines *lines) {
    struct some_beads some;
    uint8_t joined[BEADS_AT_ONCE + 1] = {0};
    for (int64_t first = 0, count = 0; first < lines->count; first += count) {
        count = lines->count - first < BEADS_AT_ONCE ? lines->count - first : BEADS_AT_ONCE;
        for (int64_t k = 0; k < count; k++) {
            some.is_long[k + 1] = (uint8_t)bead_of(raster, lines, first + k, &some.beads[k + 1]);
            joined[k + 1] = lines->joined[first + k];
        }
        draw_some(raster, mask, &some, joined, count);
        some.beads[0] = some.beads[count];
        some.is_long[0] = some.is_long[count];
        joined[0] = joined[count];
    }
    if (joined[0]) {
        draw_disc(raster, mask, some.beads[0].end[0], some.beads[0].end[1], some.beads[0].half);
    }
}

void draw_outline(const struct raster *raster, struct mask mask, const struct outline *outline,
                  double reach) {
    for (int64_t n = 0; n < outline->count; n++) {
        draw(raster, mask, outline->x0[n], outline->y0[n], outline->x1[n], outline->y1[n], reach,
             1);
    }
}
