/* Rows of bits: emptied, and filled with sections, raster.py bit for bit. Beads are drawn in beads.c. */
#include "bits.h"
#include "fours.h"
#include "model.h"

#include <math.h>
#include <string.h>

void make_runs(uint64_t *runs) {
    for (int k = 0; k < MOST_RUNS; k++) {
        runs[k] = k <= 64 ? 0 : k < 128 ? ~UINT64_C(0) >> (128 - k) : ~UINT64_C(0);
    }
}

void wipe(const struct raster *raster, struct mask mask) {
    memset(mask.bits, 0, (size_t)(raster->stride * raster->words) * sizeof(uint64_t));
    memset(mask.marks, 0, (size_t)(raster->rows * raster->marked) * sizeof(uint64_t));
}

/* Up to a tile's rows: nearly all of their words are marked if one is. */
static inline void clear_tile(const struct raster *raster, struct mask mask, int64_t first,
                              int64_t count, int64_t marked, int64_t k) {
    uint64_t *marks = mask.marks + first * marked + k, all = 0;
    for (int64_t row = 0; row < count; row++) {
        all |= marks[row * marked];
        marks[row * marked] = 0;
    }
    for (; all; all &= all - 1) {
        int64_t at = (64 * k + __builtin_ctzll(all)) * raster->stride + first;
        memset(mask.bits + at, 0, (size_t)count * sizeof(uint64_t));
    }
}

void clear(const struct raster *raster, struct mask mask) {
    const int64_t rows = raster->rows, whole = rows / TILE_PX * TILE_PX, marked = raster->marked;
    for (int64_t first = 0; marked == 1 && first < whole; first += TILE_PX) {
        clear_tile(raster, mask, first, TILE_PX, 1, 0);
    }
    for (int64_t first = marked == 1 ? whole : 0; first < rows; first += TILE_PX) {
        int64_t count = rows - first < TILE_PX ? rows - first : TILE_PX;
        for (int64_t k = 0; k < marked; k++) {
            clear_tile(raster, mask, first, count, marked, k);
        }
    }
}

void mark_as(const struct raster *raster, struct mask mask, const uint64_t *marks) {
    memcpy(mask.marks, marks, (size_t)(raster->rows * raster->marked) * sizeof(uint64_t));
}

static inline struct crossed crossed(const struct raster *raster, const struct outline *outline,
                                     int64_t n) {
    couple x = {outline->x0[n], outline->x1[n]}, y = {outline->y0[n], outline->y1[n]};
    x = (x - raster->x) * raster->scale - 0.5;
    y = (y - raster->y) * raster->scale - 0.5;
    couple back = {y[1], y[0]}, lower = lower_of(y, back), higher = higher_of(y, back);
    two_whole rows = ceil_both((couple){lower[0], higher[0]}, (double)raster->rows);
    double way = y[1] - y[0];
    return (struct crossed){.x = x[0], .end = x[1], .y = y[0], .slope = (x[1] - x[0]) / way,
                            .first = rows[0], .stop = rows[1], .down = way < 0};
}

/* Places where outlines cross the middles of rows, by row and from left to right. Twice the column,
 * plus one where the inside begins. 0: more than there is room for. */
static int find_crossings(struct work *work, const struct outline *outline,
                          struct crossings *crossings) {
    const struct raster *raster = &work->raster;
    int32_t *start = crossings->start, *next = work->row_next;
    int64_t total = 0, count = 0;
    memset(start, 0, (size_t)(raster->rows + 1) * sizeof *start);
    for (int64_t n = 0; n < outline->count; n++) {
        struct crossed one = crossed(raster, outline, n);
        if (one.stop <= one.first) {
            continue;
        }
        work->crossed[count++] = one;
        total += one.stop - one.first;
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
    for (int64_t n = 0; n < count; n++) {
        struct crossed one = work->crossed[n];
        for (int32_t row = one.first; row < one.stop; row++) {
            double x = one.x + ((double)row - one.y) * one.slope;
            int32_t column = ceil_within(x, 0, (double)raster->columns);
            int32_t value = 2 * column + one.down;
            /* Row by row in order; they come nearly sorted. */
            int32_t low = start[row], at = next[row]++;
            for (; at > low && crossings->at[at - 1] > value; at--) {
                crossings->at[at] = crossings->at[at - 1];
            }
            crossings->at[at] = value;
        }
    }
    return 1;
}

/* Columns first to last of a row of one mask, and of another too if there is one. */
static inline void set_both(const struct raster *raster, struct mask mask, struct mask *other,
                            int64_t row, int32_t first, int32_t last) {
    if (last < first) {
        return;
    }
    set_run(mask.bits + row, raster->stride, first, last);
    if (other != NULL) {
        set_run(other->bits + row, raster->stride, first, last);
    }
    mark_columns(raster, mask, row, first, last);
}

/* Fills a row of a mask, of another with the same marks too if there is one. The count of outlines about
 * a pixel goes on from row to row, as in raster.py: a closed outline leaves none. */
static void fill_row(const struct raster *raster, const struct crossings *crossings, int64_t row,
                     struct mask mask, struct mask *other, int32_t *winding) {
    const int32_t *at = crossings->at + crossings->start[row];
    const int32_t *end = crossings->at + crossings->start[row + 1];
    int32_t from = 0, around = *winding;
    if (around == 0 && end - at == 2 && (at[0] & 1) && !(at[1] & 1) && at[0] < at[1]) {
        /* Mostly one outline begins and ends. */
        set_both(raster, mask, other, row, at[0] >> 1, (at[1] >> 1) - 1);
        return;
    }
    while (at < end) {
        int32_t column = *at >> 1, before = around;
        for (; at < end && *at >> 1 == column; at++) {
            around += *at & 1 ? 1 : -1;
        }
        if (before > 0 && around <= 0) {
            set_both(raster, mask, other, row, from, column - 1);
        } else if (before <= 0) {
            from = column;
        }
    }
    if (around > 0) {
        set_both(raster, mask, other, row, from, (int32_t)raster->columns - 1);
    }
    *winding = around;
}

static int same_row(const struct crossings *one, const struct crossings *two, int64_t row) {
    int32_t count = one->start[row + 1] - one->start[row];
    const int32_t *a = one->at + one->start[row], *b = two->at + two->start[row];
    if (two->start[row + 1] - two->start[row] != count) {
        return 0;
    }
    for (int32_t n = 0; n < count; n++) {
        if (a[n] != b[n]) {
            return 0;
        }
    }
    return 1;
}

/* What another layer has left. */
static inline void clear_row(const struct raster *raster, struct shape *shape, int64_t row) {
    uint64_t *marks = shape->both.marks + row * raster->marked;
    EACH_IN_ROW(raster, k, marks[k], n) {
        shape->both.bits[n * raster->stride + row] = 0;
        shape->either.bits[n * raster->stride + row] = 0;
    }
    for (int64_t k = 0; k < raster->marked; k++) {
        marks[k] = 0;
    }
}

#define ROWS_AT_ONCE 64

/* Columns of rows from the first on, of one at least, and of one behind them to make pairs. */
static inline void columns_of(const struct crossed *one, int32_t first, int32_t count, double right,
                              int32_t *columns) {
    couple row = {(double)first, (double)first + 1};
    int32_t i = 0;
    do {
        two_whole pair = ceil_both(one->x + (row - one->y) * one->slope, right);
        memcpy(columns + i, &pair, sizeof pair);
        row += 2;
        i += 2;
    } while (i < count);
}

/* Notes where one piece of an outline begins or ends rows. Gives whether a bit was set already, lowest. */
static inline uint64_t note_piece(struct work *work, const struct crossed *one, uint64_t *bits,
                                  double right) {
    const int64_t stride = work->raster.stride;
    uint64_t twice = 0;
    for (int32_t first = one->first; first < one->stop; first += ROWS_AT_ONCE) {
        int32_t columns[ROWS_AT_ONCE], count = one->stop - first;
        count = count < ROWS_AT_ONCE ? count : ROWS_AT_ONCE;
        columns_of(one, first, count, right, columns);
        /* Columns go one way: the first and the last tell all words. */
        int32_t word = columns[0] >> 6, last = columns[count - 1] >> 6;
        uint64_t *at = bits + word * stride + first, words = UINT64_C(1) << word;
        if (word == last) {
            for (int32_t i = 0; i < count; i++) {
                uint64_t old = at[i];
                twice |= old >> (columns[i] & 63);
                at[i] = old | UINT64_C(1) << (columns[i] & 63);
            }
        } else {
            for (int32_t i = 0; i < count; i++) {
                at = bits + (columns[i] >> 6) * stride + first + i;
                twice |= *at >> (columns[i] & 63);
                *at |= UINT64_C(1) << (columns[i] & 63);
            }
            words = words < UINT64_C(1) << last ? (UINT64_C(2) << last) - words
                                                : 2 * words - (UINT64_C(1) << last);
        }
        uint64_t *tile = work->turns.marks + first / TILE_PX;
        uint64_t *end = work->turns.marks + (first + count - 1) / TILE_PX;
        *end |= words;
        for (; tile < end; tile++) {
            *tile |= words;
        }
    }
    return twice & 1;
}

/* Notes where one side of a layer begins and ends in each row. 0: that is not told by a bit a column, as
 * where two outlines begin in one. */
static int note_turns(struct work *work, const struct outline *outline, int side) {
    const struct raster *raster = &work->raster;
    const double right = (double)(raster->columns - 1);
    const int64_t size = raster->stride * raster->words;
    uint64_t *begins = work->turns.bits + side * size, *ends = begins + 2 * size, twice = 0;
    int64_t total = 0, count = 0;
    int beside = 0;
    for (int64_t n = 0; n < outline->count; n++) {
        struct crossed one = crossed(raster, outline, n);
        int any = one.stop > one.first;
        work->crossed[count] = one;
        count += any;
        total += any ? one.stop - one.first : 0;
        /* A product that is none tells of a number that is none. */
        beside |= any & !(most(one.x, one.end) <= right - 1 && fabs(one.slope * one.y) < 1e15);
    }
    if (total > work->crossing_room) {
        return 0;
    }
    for (int64_t n = 0; n < count; n++) {
        const struct crossed one = work->crossed[n];
        twice |= note_piece(work, &one, one.down ? begins : ends, right);
    }
    return twice == 0 && !beside;
}

/* Two words of one side of a layer, between where it begins and ends in them. A bit less a lower one is all
 * bits from that on: what is borrowed lies inside. around: of the words before; wrong: what tells that begins
 * and ends take no turns. */
static inline word_pair fill_words(uint64_t *begins, uint64_t *ends, int64_t count,
                                   word_pair *around, word_pair *wrong) {
    const word_pair none = {0, 0};
    word_pair one = none, other = none;
    memcpy(&one, begins, (size_t)count * sizeof *begins);
    memcpy(&other, ends, (size_t)count * sizeof *ends);
    memcpy(begins, &none, (size_t)count * sizeof *begins);
    memcpy(ends, &none, (size_t)count * sizeof *ends);
    word_pair inside = other - one + *around;
    *wrong |= (one ^ other) & (inside ^ one);
    *around = 0 - (inside >> 63);
    return inside;
}

/* What rows tell together: whether turns are wrong, rows lie inside behind a word, and any of it is filled. */
struct told {
    word_pair wrong, open, any;
};

/* Two rows of a word, or the last one. size: words from one piece of turns to the next; around: of both
 * sides. */
static inline struct told fill_rows(uint64_t *turns, int64_t size, uint64_t *both, uint64_t *either,
                                    int64_t count, word_pair *around, struct told told) {
    word_pair one = fill_words(turns, turns + 2 * size, count, &around[0], &told.wrong);
    word_pair two = fill_words(turns + size, turns + 3 * size, count, &around[1], &told.wrong);
    word_pair in_both = one & two, in_either = one | two;
    memcpy(both, &in_both, (size_t)count * sizeof *both);
    memcpy(either, &in_either, (size_t)count * sizeof *either);
    told.open |= around[0] | around[1];
    told.any |= in_either;
    return told;
}

/* One word of a tile's rows. */
static inline struct told fill_word(const struct work *work, const struct shape *shape, int64_t at,
                                    int64_t count, word_pair *around) {
    const int64_t size = work->raster.stride * work->raster.words;
    uint64_t *turns = work->turns.bits + at, *both = shape->both.bits + at;
    uint64_t *either = shape->either.bits + at;
    struct told told = {0};
    for (int64_t row = 0; row < count - 1; row += 2) {
        told = fill_rows(turns + row, size, both + row, either + row, 2, around + row, told);
    }
    if (count % 2) {
        int64_t row = count - 1;
        told = fill_rows(turns + row, size, both + row, either + row, 1, around + row, told);
    }
    return told;
}

/* Fills rows of a tile between the places where both sides begin and end. Gives what tells that these do not
 * take turns. */
static inline uint64_t fill_tile(const struct work *work, const struct shape *shape, int64_t first,
                                 int64_t count) {
    const int64_t stride = work->raster.stride;
    uint64_t *marks = shape->both.marks + first, before = 0, filled = 0;
    uint64_t turned = work->turns.marks[first / TILE_PX];
    /* By row, of two rows and of both sides: whether they lie inside before a word. */
    word_pair around[TILE_PX] = {0}, wrong = {0, 0}, open = {0, 0};
    work->turns.marks[first / TILE_PX] = 0;
    for (int64_t row = 0; row < count; row++) {
        before |= marks[row];
    }
    for (int64_t n = -1;;) {
        int inside = (open[0] | open[1]) != 0;
        n = inside || turned == 0 ? n + 1 : __builtin_ctzll(turned);
        if ((!inside && turned == 0) || n == work->raster.words) {
            break;
        }
        turned &= ~(UINT64_C(1) << n);
        before &= ~(UINT64_C(1) << n);
        struct told told = fill_word(work, shape, n * stride + first, count, around);
        wrong |= told.wrong;
        open = told.open;
        filled |= (uint64_t)((told.any[0] | told.any[1]) != 0) << n;
    }
    for (; before; before &= before - 1) {
        int64_t at = __builtin_ctzll(before) * stride + first;
        memset(shape->both.bits + at, 0, (size_t)count * sizeof(uint64_t));
        memset(shape->either.bits + at, 0, (size_t)count * sizeof(uint64_t));
    }
    for (int64_t row = 0; row < count; row++) {
        marks[row] = filled;
    }
    wrong |= open;
    return wrong[0] | wrong[1];
}

/* Both sides of a layer where each row of either begins and ends in turns, as those of proper outlines do:
 * no sorting then. 0: it may not be so. */
static int fill_in_turns(struct work *work, const struct outline *below, const struct outline *above,
                         struct shape *shape) {
    const int64_t whole = work->raster.rows / TILE_PX * TILE_PX;
    uint64_t wrong = 0;
    if (work->raster.marked > 1) {
        return 0;
    }
    int told = note_turns(work, below, 0);
    told &= note_turns(work, above, 1);
    for (int64_t row = 0; row < whole; row += TILE_PX) {
        wrong |= fill_tile(work, shape, row, TILE_PX);
    }
    if (whole < work->raster.rows) {
        wrong |= fill_tile(work, shape, whole, work->raster.rows - whole);
    }
    return told && wrong == 0;
}

int fill_both(struct work *work, const struct outline *below, const struct outline *above,
              struct shape *shape) {
    const struct raster *raster = &work->raster;
    struct crossings *one = &work->crossings[0], *two = &work->crossings[1];
    int32_t winding = 0, other = 0;
    if (fill_in_turns(work, below, above, shape)) {
        return 1;
    }
    if (!find_crossings(work, below, one) || !find_crossings(work, above, two)) {
        for (int64_t row = 0; row < raster->rows; row++) {
            clear_row(raster, shape, row);
        }
        return 0;
    }
    for (int64_t row = 0; row < raster->rows; row++) {
        clear_row(raster, shape, row);
        if (winding == other && same_row(one, two, row)) {
            fill_row(raster, one, row, shape->both, &shape->either, &winding);
            other = winding;
            continue;
        }
        fill_row(raster, one, row, shape->both, NULL, &winding);
        fill_row(raster, two, row, shape->either, NULL, &other);
        uint64_t *both = shape->both.bits + row, *either = shape->either.bits + row;
        EACH_IN_ROW(raster, k, shape->both.marks[row * raster->marked + k], n) {
            int64_t at = n * raster->stride;
            uint64_t low = both[at], high = either[at];
            both[at] = low & high;
            either[at] = low | high;
        }
    }
    return 1;
}
