/* Rows of bits: emptied, and filled with sections, raster.py bit for bit. Beads are drawn in beads.c. */
#include "bits.h"
#include "fours.h"
#include "model.h"

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
        empty_words(mask.bits + at, count);
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

/* Where two lines, or one, cross the middles of two rows. */
static inline two_whole columns_of(couple x, couple y, couple slope, couple rows, double right) {
    return ceil_both(x + (rows - y) * slope, right);
}

/* Two pieces of an outline, or one twice. */
struct crossed_two {
    couple x, y, slope;
    two_whole first, stop, down, begin, end;
};

static inline two_whole columns_in(const struct crossed *one, couple rows, double right) {
    const couple none = {0, 0};
    return columns_of(none + one->x, none + one->y, none + one->slope, rows, right);
}

/* Keeps one of two pieces if it crosses the middle of any row. Gives of how many. */
static inline int32_t keep_piece(struct work *work, int64_t *count, const struct crossed_two *two,
                                 int k) {
    int32_t rows = two->stop[k] - two->first[k];
    work->crossed[*count] = (struct crossed){two->x[k], two->y[k], two->slope[k], two->first[k],
                                             two->stop[k], two->down[k], two->begin[k], two->end[k]};
    *count += rows > 0;
    return rows > 0 ? rows : 0;
}

/* Pieces of an outline that cross the middles of rows, kept one after the other; how often in all; and
 * whether all surely end before the last column. */
struct pieces {
    int64_t count, total;
    int within;
};

static struct pieces find_pieces(struct work *work, const struct outline *outline) {
    const struct raster *raster = &work->raster;
    const double right = (double)(raster->columns - 1), low = (double)raster->rows;
    int64_t count = 0, total = 0;
    two_flags beside = {0, 0};
    for (int64_t n = 0; n < outline->count; n += 2) {
        int64_t both = n + 1 < outline->count, m = n + both;
        couple x = {outline->x0[n], outline->x0[m]}, y = {outline->y0[n], outline->y0[m]};
        couple end = {outline->x1[n], outline->x1[m]}, to = {outline->y1[n], outline->y1[m]};
        x = (x - raster->x) * raster->scale - 0.5;
        y = (y - raster->y) * raster->scale - 0.5;
        end = (end - raster->x) * raster->scale - 0.5;
        to = (to - raster->y) * raster->scale - 0.5;
        couple slope = (end - x) / (to - y);
        two_whole first = ceil_both(lower_of(y, to), low), stop = ceil_both(higher_of(y, to), low);
        couple top = __builtin_convertvector(first, couple);
        couple bottom = __builtin_convertvector(stop, couple) - 1;
        struct crossed_two two = {x, y, slope, first, stop,
                                  .down = __builtin_convertvector(to < y, two_whole),
                                  .begin = columns_of(x, y, slope, top, right),
                                  .end = columns_of(x, y, slope, bottom, right)};
        total += keep_piece(work, &count, &two, 0);
        total += both ? keep_piece(work, &count, &two, 1) : 0;
        /* A product that is none tells of a number that is none. */
        couple product = slope * y;
        two_flags within = (higher_of(x, end) <= right - 1) & (product < 1e15) & (product > -1e15);
        beside |= __builtin_convertvector(first < stop, two_flags) & ~within;
    }
    return (struct pieces){count, total, (beside[0] | beside[1]) == 0};
}

/* Places where outlines cross the middles of rows, by row and from left to right. Twice the column,
 * plus one where the inside begins. 0: more than there is room for. */
static int find_crossings(struct work *work, const struct outline *outline,
                          struct crossings *crossings) {
    const struct raster *raster = &work->raster;
    int32_t *start = crossings->start, *next = work->row_next;
    struct pieces pieces = find_pieces(work, outline);
    if (pieces.total > work->crossing_room) {
        return 0;
    }
    memset(start, 0, (size_t)(raster->rows + 1) * sizeof *start);
    for (int64_t n = 0; n < pieces.count; n++) {
        for (int32_t row = work->crossed[n].first; row < work->crossed[n].stop; row++) {
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
    for (int64_t n = 0; n < pieces.count; n++) {
        struct crossed one = work->crossed[n];
        for (int32_t row = one.first; row < one.stop; row++) {
            double x = one.x + ((double)row - one.y) * one.slope;
            int32_t column = ceil_within(x, 0, (double)raster->columns);
            int32_t value = 2 * column - one.down;
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

/* Sets a bit of a column, or none; gives what was set of it. */
static inline uint64_t set_turn(uint64_t *at, uint64_t any, int32_t column) {
    uint64_t old = *at, bit = any << (column & 63);
    *at = old | bit;
    return old & bit;
}

/* Notes the rows between the first and the last one. bits: of the first row, in the word that holds them all,
 * or in the first one, stride before the next. Two rows at a time, of which the last may be none: no branch
 * tells which. Gives what was set already. */
static inline uint64_t note_between(const struct crossed *one, uint64_t *bits, double right,
                                    int64_t stride) {
    const int64_t last = one->stop - one->first - 1;
    couple rows = (couple){1, 2} + (double)one->first;
    uint64_t twice = 0;
    for (int64_t i = 1; i < last; i += 2, rows += 2) {
        two_whole column = columns_in(one, rows, right);
        int64_t both = i + 1 < last;
        twice |= set_turn(bits + i + (column[0] >> 6) * stride, 1, column[0]);
        twice |= set_turn(bits + i + both + (column[1] >> 6) * stride, (uint64_t)both, column[1]);
    }
    return twice;
}

/* Marks of the words from one column to another, either way: as columns of a piece go one way, of all words
 * between two of its rows. */
static inline uint64_t words_between(int32_t column, int32_t other) {
    uint64_t word = UINT64_C(1) << (column >> 6), last = UINT64_C(1) << (other >> 6);
    return word < last ? 2 * last - word : 2 * word - last;
}

/* The tiles of a long piece, each with its own words. */
static void mark_long(struct work *work, const struct crossed *one, double right) {
    for (int32_t first = one->first, stop; first < one->stop; first = stop) {
        stop = (first / TILE_PX + 1) * TILE_PX;
        stop = stop < one->stop ? stop : one->stop;
        two_whole ends = columns_in(one, (couple){(double)first, (double)stop - 1}, right);
        work->turns.marks[first / TILE_PX] |= words_between(ends[0], ends[1]);
    }
}

#define LONG_ROWS 64

/* Notes where one piece of an outline begins or ends rows. Gives bits that were set already. */
static inline uint64_t note_piece(struct work *work, const struct crossed *one, uint64_t *bits,
                                  double right) {
    const int64_t stride = work->raster.stride, count = one->stop - one->first;
    uint64_t *first = bits + (one->begin >> 6) * stride + one->first;
    uint64_t *last = bits + (one->end >> 6) * stride + one->stop - 1;
    uint64_t twice = set_turn(first, 1, one->begin) | set_turn(last, count > 1, one->end);
    uint64_t words = UINT64_C(1) << (one->begin >> 6);
    if (one->begin >> 6 == one->end >> 6) {
        twice |= note_between(one, first, right, 0);
    } else {
        twice |= note_between(one, bits + one->first, right, stride);
        words = words_between(one->begin, one->end);
    }
    if (count > LONG_ROWS) {
        mark_long(work, one, right);
        return twice;
    }
    uint64_t *tile = work->turns.marks + (uint32_t)one->first / TILE_PX;
    uint64_t *end = work->turns.marks + (uint32_t)(one->stop - 1) / TILE_PX;
    /* Mostly one or two: no branch tells which. */
    *tile |= words;
    *end |= words;
    while (++tile < end) {
        *tile |= words;
    }
    return twice;
}

/* Notes where one side of a layer begins and ends in each row. 0: that is not told by a bit a column, as
 * where two outlines begin in one. */
static int note_turns(struct work *work, const struct outline *outline, int side) {
    const struct raster *raster = &work->raster;
    const double right = (double)(raster->columns - 1);
    const int64_t size = raster->stride * raster->words;
    uint64_t *begins = work->turns.bits + side * size, *ends = begins + 2 * size, twice = 0;
    struct pieces pieces = find_pieces(work, outline);
    if (pieces.total > work->crossing_room) {
        return 0;
    }
    for (int64_t n = 0; n < pieces.count; n++) {
        const struct crossed *one = &work->crossed[n];
        twice |= note_piece(work, one, one->down ? begins : ends, right);
    }
    return twice == 0 && pieces.within;
}

/* Two words of one side of a layer, between where it begins and ends in them. A bit less a lower one is all
 * bits from that on: what is borrowed lies inside. before: 1 where that is so of the words before; wrong: what
 * tells that begins and ends take no turns. */
static inline word_pair fill_words(uint64_t *begins, uint64_t *ends, int64_t count,
                                   word_pair *before, word_pair *wrong) {
    const word_pair none = {0, 0};
    word_pair one = none, other = none;
    memcpy(&one, begins, (size_t)count * sizeof *begins);
    memcpy(&other, ends, (size_t)count * sizeof *ends);
    memcpy(begins, &none, (size_t)count * sizeof *begins);
    memcpy(ends, &none, (size_t)count * sizeof *ends);
    word_pair inside = other - one - *before;
    *wrong |= (one ^ other) & (inside ^ one);
    *before = inside >> 63;
    return inside;
}

/* What rows tell together: whether turns are wrong, and any of a word is filled. */
struct told {
    word_pair wrong, any;
};

/* Two rows of a word, or the last one. size: words from one piece of turns to the next; before: of both
 * sides. */
static inline struct told fill_rows(uint64_t *turns, int64_t size, uint64_t *both, uint64_t *either,
                                    int64_t count, word_pair *before, struct told told) {
    word_pair one = fill_words(turns, turns + 2 * size, count, &before[0], &told.wrong);
    word_pair two = fill_words(turns + size, turns + 3 * size, count, &before[1], &told.wrong);
    word_pair in_both = one & two, in_either = one | two;
    memcpy(both, &in_both, (size_t)count * sizeof *both);
    memcpy(either, &in_either, (size_t)count * sizeof *either);
    told.any |= in_either;
    return told;
}

/* One word of a tile's rows. */
static inline struct told fill_word(const struct work *work, const struct shape *shape, int64_t at,
                                    int64_t count, word_pair *before) {
    const int64_t size = work->raster.stride * work->raster.words;
    uint64_t *turns = work->turns.bits + at, *both = shape->both.bits + at;
    uint64_t *either = shape->either.bits + at;
    struct told told = {0};
    for (int64_t row = 0; row < count - 1; row += 2) {
        told = fill_rows(turns + row, size, both + row, either + row, 2, before + row, told);
    }
    if (count % 2) {
        int64_t row = count - 1;
        told = fill_rows(turns + row, size, both + row, either + row, 1, before + row, told);
    }
    return told;
}

/* Fills rows of a tile between the places where both sides begin and end. Gives what tells that these do not
 * take turns. */
static inline uint64_t fill_tile(const struct work *work, const struct shape *shape, int64_t first,
                                 int64_t count) {
    const int64_t stride = work->raster.stride;
    uint64_t *marks = shape->both.marks + first, held = 0, filled = 0, open = 0;
    uint64_t turned = work->turns.marks[first / TILE_PX];
    /* By row, of two rows and of both sides: whether they lie inside before a word. */
    word_pair before[TILE_PX], wrong = {0, 0};
    work->turns.marks[first / TILE_PX] = 0;
#pragma GCC unroll 16
    for (int k = 0; k < TILE_PX; k++) {
        before[k] = wrong;
    }
    for (int64_t row = 0; row < count; row++) {
        held |= marks[row];
    }
    for (int64_t n = -1;;) {
        n = open || turned == 0 ? n + 1 : __builtin_ctzll(turned);
        if ((!open && turned == 0) || n == work->raster.words) {
            break;
        }
        turned &= ~(UINT64_C(1) << n);
        held &= ~(UINT64_C(1) << n);
        struct told told = fill_word(work, shape, n * stride + first, count, before);
        wrong |= told.wrong;
        uint64_t any = told.any[0] | told.any[1];
        open = any >> 63;
        filled |= (uint64_t)(any != 0) << n;
    }
    for (; held; held &= held - 1) {
        int64_t at = __builtin_ctzll(held) * stride + first;
        empty_words(shape->both.bits + at, count);
        empty_words(shape->either.bits + at, count);
    }
    for (int64_t row = 0; row < count; row++) {
        marks[row] = filled;
    }
    return wrong[0] | wrong[1] | open;
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
