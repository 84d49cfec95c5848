/* Rows of a bead or disc between edges, in single precision, put on rows of bits four at a time. For
 * beads.c. */
#ifndef MDPS_ROWS_H
#define MDPS_ROWS_H

#include "bits.h"
#include "fours.h"
#include "model.h"

/* A call of these costs as much as some of their rows. */
#define IN_PLACE static inline __attribute__((always_inline))

/* With these bounds no number of a row lies above 4096: single precision is off by less than 4e-4 in all.
 * The columns of a bead in the rows at once lie within 2364 of where a word begins; where they are many, its
 * ends are steep, so that one beyond MOST_AWAY bounds none of these rows. */
#define NEAR_MIDDLE 1e-3F
#define MOST_SLOPE 60.0
#define MOST_HALF_PX 10.0
#define MOST_RUN_PX 1000.0                 /* slope times the rows at once */
#define MOST_AWAY 3000.0F
#define ROWS_AT_ONCE 64

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

/* Puts rows between edges, at least four and at most ROWS_AT_ONCE. Gives whether one is in doubt. */
IN_PLACE int put_rows(struct rows *rows, const struct edges *edges, int32_t count) {
    struct extremes extremes = {{1, 1, 1, 1}, {0, 0, 0, 0}};
    rows->keep = (four_flags){0} + (rows->wide > TWO_WORDS ? -1 : 127);
    for (int64_t i = 0; i < count - 4; i += 4) {
        extremes = put_four(rows, i, edges, extremes);
    }
    extremes = put_four(rows, count - 4, edges, extremes);
    return any_of((extremes.least < NEAR_MIDDLE) | (extremes.most > 1 - NEAR_MIDDLE));
}

#endif
