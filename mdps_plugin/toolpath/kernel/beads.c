/* Beads drawn on rows of bits: raster.py pixel for pixel, in units of pixels.
 *
 * Beads are reckoned two at a time. Where one is of the usual size its rows are reckoned in single
 * precision, about a place beside it (rows.h). A row of which an edge lies within NEAR_MIDDLE of a
 * pixel's middle is reckoned again, as the reference does. Of a joint between two beads that nearly go
 * straight on, only those rows are drawn where it may show beside them.
 */
#include "rows.h"

#include <math.h>
#include <string.h>

#define FLAT 1e-12
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

/* From a place along a way for length; end: where it ends, as the reference has it. inverse: one over the way
 * along the rows, and over that across them, turned round. */
struct bead {
    double x, y, end_x, end_y, way_x, way_y, inverse_x, inverse_y, length, half;
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
    double up = (double)row - bead->y, along = up * bead->way_y, across = up * bead->way_x;
    double a = (0.0 - along) * bead->inverse_x, b = (bead->length - along) * bead->inverse_x;
    double c = (-bead->half - across) * bead->inverse_y;
    double d = (bead->half - across) * bead->inverse_y;
    struct span one = {a < b ? a : b, a > b ? a : b};
    struct span two = {c < d ? c : d, c > d ? c : d};
    one = fabs(bead->way_x) < FLAT ? flat_span(along, 0.0, bead->length) : one;
    two = fabs(bead->way_y) < FLAT ? flat_span(across, -bead->half, bead->half) : two;
    *first = ceil_within((one.low > two.low ? one.low : two.low) + bead->x, 0, top);
    *last = floor_within((one.high < two.high ? one.high : two.high) + bead->x, -1, top - 1);
}

static void exact_rows(const struct raster *raster, struct mask mask, const struct bead *bead,
                       int32_t first, int32_t stop) {
    for (int32_t row = first; row < stop; row++) {
        int32_t from, to;
        exact_row(raster, bead, row, &from, &to);
        set_row(raster, mask, row, from, to);
    }
}

/* Rows in doubt as the reference has them. */
static void settle(const struct raster *raster, const struct bead *bead, const struct edges *edges,
                   struct rows *rows, int32_t first, int32_t count) {
    for (int32_t at = 0; at < count; at += 4) {
        int32_t i = at < count - 4 ? at : count - 4;
        four step = steps_at(i);
        uint32_t doubt = bits_of(doubted(left_of(edges, step), right_of(edges, step)));
        for (; doubt; doubt &= doubt - 1) {
            int32_t from, to, k = i + __builtin_ctz(doubt);
            exact_row(raster, bead, first + k, &from, &to);
            put_row(rows, k, from, to);
        }
    }
}

/* Two beads, as struct bead. */
struct two_beads {
    couple x, y, end_x, end_y, way_x, way_y, inverse_x, inverse_y, length, half;
};

static inline couple size_of(couple number) {
    return higher_of(number, -number);
}

/* The first where the flag is set, else the second. */
static inline couple chosen(two_flags flags, couple one, couple other) {
    return (couple)((flags & (two_flags)one) | (~flags & (two_flags)other));
}

IN_PLACE struct two_beads beads_of(const struct raster *raster, couple x0, couple y0, couple x1,
                                   couple y1, couple half) {
    struct two_beads two = {.x = (x0 - raster->x) * raster->scale - 0.5,
                            .y = (y0 - raster->y) * raster->scale - 0.5,
                            .end_x = (x1 - raster->x) * raster->scale - 0.5,
                            .end_y = (y1 - raster->y) * raster->scale - 0.5,
                            .half = half * raster->scale};
    couple x = two.end_x - two.x, y = two.end_y - two.y, square = x * x + y * y;
    two.length = root_of(square);
    two.way_x = x / two.length;
    two.way_y = y / two.length;
    two.inverse_x = 1.0 / two.way_x;
    two.inverse_y = 1.0 / -two.way_y;
    return two;
}

static inline struct bead bead_of(const struct two_beads *two, int k) {
    return (struct bead){two->x[k], two->y[k], two->end_x[k], two->end_y[k], two->way_x[k],
                         two->way_y[k], two->inverse_x[k], two->inverse_y[k], two->length[k],
                         two->half[k]};
}

/* Edges of rows of two beads, and the columns that they lie in, as those of struct rows. */
struct frames {
    two_rough a0, a1, slope_a, b0, b1, slope_b;
    two_whole base, wide;
};

/* Pixels that may become whole numbers; none of a raster lies beyond. Of beads that nothing uses they may be
 * any. */
IN_PLACE couple on_grid(couple pixels) {
    const couple away = {1 << 24, 1 << 24};
    return lower_of(higher_of(pixels, -away), away);
}

/* Of rows from the first on of beads that lie within low to high, on the raster. */
IN_PLACE struct frames frames_of(const struct two_beads *two, couple first, couple count, couple low,
                                 couple high) {
    struct frames frames;
    couple up = first - two->y, lean = two->way_x * two->inverse_y;
    /* Where the axis crosses the first and the last row. */
    couple begin = two->x - up * lean, end = begin - count * lean;
    couple reach = two->half * size_of(two->inverse_y), turn = two->way_y * two->inverse_x;
    low = on_grid(higher_of(lower_of(begin, end) - reach, low));
    high = on_grid(lower_of(higher_of(begin, end) + reach, high));
    frames.base = (__builtin_convertvector(low, two_whole) - 3) & ~63;
    frames.wide = __builtin_convertvector(high, two_whole) + 2 - frames.base;
    couple base = __builtin_convertvector(frames.base, couple);
    /* An end this far away bounds none of the rows. */
    const couple away = {MOST_AWAY, MOST_AWAY};
    couple one = two->x - base - up * turn, other = one + two->length * two->inverse_x;
    couple left = lower_of(higher_of(lower_of(one, other), -away), away);
    couple right = lower_of(higher_of(higher_of(one, other), -away), away);
    frames.a0 = __builtin_convertvector(left, two_rough);
    frames.a1 = __builtin_convertvector(right, two_rough);
    frames.slope_a = __builtin_convertvector(-turn, two_rough);
    frames.b0 = __builtin_convertvector(begin - base - reach, two_rough);
    frames.b1 = __builtin_convertvector(begin - base + reach, two_rough);
    frames.slope_b = __builtin_convertvector(-lean, two_rough);
    return frames;
}

/* Rows first to stop, at least four and at most ROWS_AT_ONCE, of a bead that lies within low to high, on the
 * raster. ends: whether they bound these rows. */
static void quick_rows(const struct raster *raster, struct mask mask, const struct two_beads *two,
                       int32_t first, int32_t stop, couple low, couple high, int ends) {
    const couple none = {0, 0};
    int32_t count = stop - first;
    struct frames frames = frames_of(two, none + (double)first, none + (double)count, low, high);
    struct rows rows;
    rows.base = frames.base[0];
    rows.wide = frames.wide[0];
    struct edges edges = {.a0 = ends ? frames.a0[0] : -MOST_AWAY, .a1 = ends ? frames.a1[0] : MOST_AWAY,
                          .slope_a = ends ? frames.slope_a[0] : 0, .b0 = frames.b0[0],
                          .b1 = frames.b1[0], .slope_b = frames.slope_b[0]};
    if (put_rows(&rows, &edges, count)) {
        struct bead bead = bead_of(two, 0);
        settle(raster, &bead, &edges, &rows, first, count);
    }
    set_rows(raster, mask, &rows, first, count);
}

/* Everything of two beads lies within, and their rows from first to stop. */
struct boxes {
    couple low, high, low_y, high_y;
    two_whole first, stop;
};

IN_PLACE struct boxes boxes_of(const struct raster *raster, const struct two_beads *two) {
    couple aside = two->half * size_of(two->way_x);
    struct boxes boxes = {.low = lower_of(two->x, two->end_x) - two->half,
                          .high = higher_of(two->x, two->end_x) + two->half,
                          .low_y = lower_of(two->y, two->end_y) - aside,
                          .high_y = higher_of(two->y, two->end_y) + aside};
    boxes.first = ceil_both(boxes.low_y, (double)raster->rows);
    boxes.stop = ceil_both(boxes.high_y, (double)raster->rows);
    return boxes;
}

/* Whether beads are of the usual width, and no row of them goes beyond the raster. */
IN_PLACE two_flags are_narrow(const struct raster *raster, const struct two_beads *two,
                              const struct boxes *boxes) {
    return (two->half > 0) & (two->half < MOST_HALF_PX) & (boxes->low > 4) &
           (boxes->high < (double)raster->columns - 4);
}

/* The first of two beads: it may lie beside the raster, be long or wide, or have an end or a side along
 * rows. */
static void draw_bead(const struct raster *raster, struct mask mask, const struct two_beads *two) {
    const struct bead bead = bead_of(two, 0);
    const struct boxes boxes = boxes_of(raster, two);
    double slope = fabs(bead.inverse_y);
    int32_t first = boxes.first[0], stop = boxes.stop[0], from = first, to = stop;
    int32_t at_once = ROWS_AT_ONCE;
    if (!(are_narrow(raster, two, &boxes)[0] && slope < MOST_SLOPE)) {
        exact_rows(raster, mask, &bead, from, to);
        return;
    }
    int steep = !(fabs(bead.inverse_x) < MOST_SLOPE);
    if (steep) {
        /* A row and more inside both ends, these bound nothing. */
        double rise = 2 * bead.half * fabs(bead.way_x) + 1;
        from = ceil_within(boxes.low_y[0] + rise, (double)first, (double)stop);
        to = ceil_within(boxes.high_y[0] - rise, (double)from, (double)stop);
        exact_rows(raster, mask, &bead, first, from);
        exact_rows(raster, mask, &bead, to, stop);
    } else {
        slope = most(slope, fabs(bead.inverse_x));
    }
    if (slope * ROWS_AT_ONCE > MOST_RUN_PX) {
        at_once = (int32_t)(MOST_RUN_PX / slope);
    }
    for (int32_t row = from; row < to; row += at_once) {
        int32_t end = to - row < at_once ? to : row + at_once;
        if (end - row < 4) {
            exact_rows(raster, mask, &bead, row, end);
        } else {
            quick_rows(raster, mask, two, row, end, boxes.low, boxes.high, !steep);
        }
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

/* Whether discs lie on the raster, and are of the usual size. */
static inline two_flags are_usual(couple rows, couple columns, couple x, couple y, couple radius) {
    return (radius < MOST_HALF_PX) & (x - radius > 4) & (x + radius < columns - 4) &
           (y - radius > 4) & (y + radius < rows - 4);
}

static int is_usual(const struct raster *raster, double x, double y, double radius) {
    const couple none = {0, 0};
    return are_usual(none + (double)raster->rows, none + (double)raster->columns, none + x, none + y,
                     none + radius)[0] != 0;
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
        four_flags near_end = rest < LEAST_REST;
        uint32_t doubt = bits_of(doubted(middle - reach, middle + reach) | near_end);
        put_columns(&rows, i, middle - reach, middle + reach, (struct extremes){0});
        for (; doubt; doubt &= doubt - 1) {
            int32_t from, to, k = i + __builtin_ctz(doubt);
            exact_disc_row(raster, x, y, radius, first + k, &from, &to);
            put_row(&rows, k, from, to);
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

/* Beads reckoned at once, before the first of them is drawn: two at a time, and none waits for a root of
 * another. */
#define BEADS_AT_ONCE 32

/* Numbers of as many beads. The first one is the one before these. */
typedef double each_number[BEADS_AT_ONCE + 2];
typedef float each_rough[BEADS_AT_ONCE + 2];
typedef int32_t each_whole[BEADS_AT_ONCE + 2];

/* As struct bead, and its rows and edges where it is usual. Of its joint with the one before, where that is
 * plain: the first row, how many and where columns are counted from; relative to these the row and column of
 * its middle; the slopes of the ends of both, as lines to the left and right of the wedge between them; and
 * where both have a corner near the middle of a pixel. */
struct some_beads {
    each_number x, y, end_x, end_y, way_x, way_y, inverse_x, inverse_y, length, half;
    each_whole usual, first, count, base, wide;
    each_rough a0, a1, slope_a, b0, b1, slope_b;
    each_whole plain, joint_first, joint_count, joint_base;
    /* Bits: 1 at the end of the one before, 2 at the begin of this; 4 and 8 the same on the other side. */
    uint32_t corners[BEADS_AT_ONCE + 2];
    each_rough up, middle, low, high;
};

#define PUT(array, numbers) memcpy((array) + k, &(numbers), sizeof(numbers))

static inline couple couple_at(const double *numbers) {
    couple found;
    memcpy(&found, numbers, sizeof found);
    return found;
}

static inline struct two_beads beads_at(const struct some_beads *some, int64_t k) {
    return (struct two_beads){
        couple_at(some->x + k), couple_at(some->y + k), couple_at(some->end_x + k),
        couple_at(some->end_y + k), couple_at(some->way_x + k), couple_at(some->way_y + k),
        couple_at(some->inverse_x + k), couple_at(some->inverse_y + k), couple_at(some->length + k),
        couple_at(some->half + k)};
}

/* The k-th and the next one, of lines n and m. What comes out where a bead is not usual is used by none. */
static inline void reckon_beads(const struct raster *raster, const struct lines *lines, int64_t n,
                                int64_t m, struct some_beads *some, int64_t k) {
    couple x0 = {lines->x0[n], lines->x0[m]}, y0 = {lines->y0[n], lines->y0[m]};
    couple x1 = {lines->x1[n], lines->x1[m]}, y1 = {lines->y1[n], lines->y1[m]};
    couple half = (couple){lines->width[n], lines->width[m]} / 2;
    struct two_beads two = beads_of(raster, x0, y0, x1, y1, half);
    struct boxes boxes = boxes_of(raster, &two);
    couple slope = higher_of(size_of(two.inverse_x), size_of(two.inverse_y));
    two_whole count = boxes.stop - boxes.first;
    couple first = __builtin_convertvector(boxes.first, couple);
    couple rows = __builtin_convertvector(count, couple);
    struct frames frames = frames_of(&two, first, rows, boxes.low, boxes.high);
    two_flags is_usual = are_narrow(raster, &two, &boxes) & (two.length > FLAT) &
                         (slope < MOST_SLOPE) & (slope * rows <= MOST_RUN_PX) & (rows >= 4) &
                         (rows <= ROWS_AT_ONCE);
    two_whole usual = __builtin_convertvector(is_usual, two_whole);
    PUT(some->x, two.x), PUT(some->y, two.y), PUT(some->end_x, two.end_x);
    PUT(some->end_y, two.end_y), PUT(some->way_x, two.way_x), PUT(some->way_y, two.way_y);
    PUT(some->inverse_x, two.inverse_x), PUT(some->inverse_y, two.inverse_y);
    PUT(some->length, two.length), PUT(some->half, two.half), PUT(some->usual, usual);
    PUT(some->first, boxes.first), PUT(some->count, count), PUT(some->base, frames.base);
    PUT(some->wide, frames.wide), PUT(some->a0, frames.a0), PUT(some->a1, frames.a1);
    PUT(some->slope_a, frames.slope_a), PUT(some->b0, frames.b0), PUT(some->b1, frames.b1);
    PUT(some->slope_b, frames.slope_b);
}

/* Corners of the lines across two joints, so far beside their middles and the other way: which lie within wide
 * of the middle of a pixel, along both axes. As bits, of the first joint 1 and 4, of the second 2 and 8. */
static inline uint32_t near_corners(two_rough x, two_rough y, two_rough aside, two_rough down,
                                    two_rough wide) {
    four xs = (four){x[0], x[1], x[0], x[1]} + (four){-aside[0], -aside[1], aside[0], aside[1]};
    four ys = (four){y[0], y[1], y[0], y[1]} + (four){down[0], down[1], -down[0], -down[1]};
    four reach = {wide[0], wide[1], wide[0], wide[1]};
    return bits_of((__builtin_convertvector(xs - reach, four_flags) <
                    __builtin_convertvector(xs + reach, four_flags)) &
                   (__builtin_convertvector(ys - reach, four_flags) <
                    __builtin_convertvector(ys + reach, four_flags)));
}

/* How far about the ends of the second line something of the disc may lie. */
static inline couple reach_of(couple radius, couple half) {
    couple narrower = higher_of(radius - half, (couple){0, 0});
    return ASIDE_PX + narrower + root_of(2 * radius * narrower);
}

/* Joints of the k-th and the next one with those before them. What comes out where one is not plain is used
 * by none. */
static inline void reckon_joints(const struct raster *raster, struct some_beads *some, int64_t k) {
    const struct two_beads one = beads_at(some, k - 1), next = beads_at(some, k);
    couple x = one.end_x, y = one.end_y, radius = one.half;
    couple columns = {(double)raster->columns, (double)raster->columns};
    couple rows = {(double)raster->rows, (double)raster->rows};
    /* Columns for a row, along the end of each. */
    couple a = -one.way_y * one.inverse_x, b = -next.way_y * next.inverse_x;
    couple across = one.way_x * next.way_x, shorter = lower_of(one.length, next.length);
    two_flags is_plain = (shorter > radius + ASIDE_PX) & (shorter > FLAT) &
                         (across + one.way_y * next.way_y > 0.5) &
                         (higher_of(size_of(a), size_of(b)) < MOST_TURN) & (across > LEAST_TURN) &
                         (radius < JOINT_PX) & (radius - next.half < MOST_NARROWER_PX) &
                         are_usual(rows, columns, x, y, radius);
    two_whole plain = __builtin_convertvector(is_plain, two_whole);
    two_whole first = __builtin_convertvector(on_grid(y - radius), two_whole);
    two_whole count = __builtin_convertvector(on_grid(y + radius), two_whole) + 1 - first;
    two_whole base = __builtin_convertvector(on_grid(x - radius), two_whole) - 3;
    two_rough up = __builtin_convertvector(__builtin_convertvector(first, couple) - y, two_rough);
    two_rough middle = __builtin_convertvector(x - __builtin_convertvector(base, couple), two_rough);
    two_flags back = one.way_x < 0;
    two_rough low = __builtin_convertvector(chosen(back, b, a), two_rough);
    two_rough high = __builtin_convertvector(chosen(back, a, b), two_rough);
    PUT(some->plain, plain), PUT(some->joint_first, first), PUT(some->joint_count, count);
    PUT(some->joint_base, base), PUT(some->up, up), PUT(some->middle, middle);
    PUT(some->low, low), PUT(some->high, high);
    /* Relative to a pixel beside it, and a little farther than ASIDE_PX for what that rounds. */
    const two_rough near = {CORNER_PX, CORNER_PX};
    two_rough wide = near + __builtin_convertvector(reach_of(radius, next.half), two_rough);
    two_rough sx = __builtin_convertvector(one.way_y * radius, two_rough);
    two_rough sy = __builtin_convertvector(one.way_x * radius, two_rough);
    two_rough tx = __builtin_convertvector(next.way_y * radius, two_rough);
    two_rough ty = __builtin_convertvector(next.way_x * radius, two_rough);
    uint32_t ends = near_corners(middle, 2 - up, sx, sy, near);
    uint32_t begins = near_corners(middle, 2 - up, tx, ty, wide);
    some->corners[k] = (ends & 5) | (begins & 5) << 1;
    some->corners[k + 1] = (ends >> 1 & 5) | (begins & 10);
}

/* What of the disc of a joint lies about the ends of both lines across it, which is a pixel seldom. */
static void draw_corners(const struct raster *raster, struct mask mask, const struct some_beads *some,
                         int64_t k) {
    double x = some->end_x[k - 1], y = some->end_y[k - 1], radius = some->half[k - 1];
    for (uint32_t found = some->corners[k]; found; found &= found - 1) {
        int n = __builtin_ctz(found);
        int64_t of = n & 1 ? k : k - 1;
        double far = n & 2 ? -radius : radius;
        disc_about(raster, mask, x, y, radius, x - far * some->way_y[of], y + far * some->way_x[of],
                   n & 1 ? reach_of((couple){radius, 0}, (couple){some->half[k], 0})[0] : ASIDE_PX);
    }
}

/* The joint at the end of a bead where the next one begins.
 *
 * What of the disc lies behind the end of one is within its bead, and what lies ahead of the begin of the
 * other within that, as far as it is as wide. There is left: the wedge between both ends, which are two
 * lines through the middle; and what lies beside the second bead, if that is narrower, about the ends
 * of the lines. A pixel that lies on an edge may be counted to neither: so the places about all four
 * ends, and along both lines, are drawn. */
static void draw_joint(const struct raster *raster, struct mask mask, const struct some_beads *some,
                       int64_t k) {
    double x = some->end_x[k - 1], y = some->end_y[k - 1], radius = some->half[k - 1];
    if (!some->plain[k]) {
        draw_disc(raster, mask, x, y, radius);
        return;
    }
    /* Rows in which a pixel's middle lies between both lines, or near them. Where the line to the left lies to
     * the right of the other, within the turn, both beads hold what lies between. */
    int32_t from[JOINT_ROWS], to[JOINT_ROWS], first = some->joint_first[k];
    int32_t count = some->joint_count[k], base = some->joint_base[k];
    uint32_t hits = 0;
    float up = some->up[k], middle = some->middle[k];
    four left = (four){0} + (middle - (float)radius - 1), right = left + (2 * (float)radius + 2);
    for (int32_t i = 0; i < count; i += 4) {
        four here = up + steps_at(i);
        four low = more_of(here * some->low[k] + (middle - (float)ASIDE_PX), left);
        four high = less_of(here * some->high[k] + (middle + (float)ASIDE_PX), right);
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
    draw_corners(raster, mask, some, k);
}

void draw(const struct raster *raster, struct mask mask, double x0, double y0, double x1, double y1,
          double half, int joined) {
    const couple none = {0, 0};
    struct two_beads two = beads_of(raster, none + x0, none + y0, none + x1, none + y1, none + half);
    if (two.length[0] > FLAT) {
        draw_bead(raster, mask, &two);
    }
    if (joined) {
        draw_disc(raster, mask, two.end_x[0], two.end_y[0], two.half[0]);
    }
}

IN_PLACE void draw_usual(const struct raster *raster, struct mask mask, const struct some_beads *some,
                         int64_t k) {
    struct rows rows;
    rows.base = some->base[k];
    rows.wide = some->wide[k];
    struct edges edges = {some->a0[k], some->a1[k], some->slope_a[k], some->b0[k], some->b1[k],
                          some->slope_b[k]};
    if (put_rows(&rows, &edges, some->count[k])) {
        struct two_beads two = beads_at(some, k);
        struct bead bead = bead_of(&two, 0);
        settle(raster, &bead, &edges, &rows, some->first[k], some->count[k]);
    }
    set_rows(raster, mask, &rows, some->first[k], some->count[k]);
}

static void draw_some(const struct raster *raster, struct mask mask, const struct some_beads *some,
                      const uint8_t *joined, int64_t count) {
    for (int64_t k = 1; k <= count; k++) {
        if (some->usual[k]) {
            draw_usual(raster, mask, some, k);
        } else if (some->length[k] > FLAT) {
            const struct two_beads two = beads_at(some, k);
            draw_bead(raster, mask, &two);
        }
        if (joined[k - 1]) {
            draw_joint(raster, mask, some, k);
        }
    }
}

/* Takes the last of some beads for the one before the next ones. */
static void keep_last(struct some_beads *some, int64_t count) {
    some->end_x[0] = some->end_x[count];
    some->end_y[0] = some->end_y[count];
    some->way_x[0] = some->way_x[count];
    some->way_y[0] = some->way_y[count];
    some->inverse_x[0] = some->inverse_x[count];
    some->length[0] = some->length[count];
    some->half[0] = some->half[count];
}

void draw_lines(const struct raster *raster, struct mask mask, const struct lines *lines) {
    struct some_beads some = {0};
    uint8_t joined[BEADS_AT_ONCE + 2] = {0};
    for (int64_t first = 0, count = 0; first < lines->count; first += count) {
        count = lines->count - first < BEADS_AT_ONCE ? lines->count - first : BEADS_AT_ONCE;
        for (int64_t k = 0; k < count; k += 2) {
            int64_t n = first + k, m = k + 1 < count ? n + 1 : n;
            reckon_beads(raster, lines, n, m, &some, k + 1);
            joined[k + 1] = lines->joined[n];
            joined[k + 2] = lines->joined[m];
        }
        for (int64_t k = 1; k <= count; k += 2) {
            reckon_joints(raster, &some, k);
        }
        draw_some(raster, mask, &some, joined, count);
        keep_last(&some, count);
        joined[0] = joined[count];
    }
    if (joined[0]) {
        draw_disc(raster, mask, some.end_x[0], some.end_y[0], some.half[0]);
    }
}

void draw_outline(const struct raster *raster, struct mask mask, const struct outline *outline,
                  double reach) {
    for (int64_t n = 0; n < outline->count; n++) {
        draw(raster, mask, outline->x0[n], outline->y0[n], outline->x1[n], outline->y1[n], reach,
             1);
    }
}
