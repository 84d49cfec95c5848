/* Discs that fit into a mask, and a mask grown by a square. Neither draws nor judges. */
#include "model.h"

#include <math.h>
#include <string.h>

/* Places looked at one by one in one mask; beyond them the caller doubts. */
#define MOST_PLACES 4000000
#define MOST_WORDS 256

/* dst[i] = src[i + count] over bits; bits beside the row are 0. */
static void shift_down(uint64_t *out, const uint64_t *in, int64_t words, int64_t count) {
    int64_t whole = count >> 6;
    int part = (int)(count & 63);
    for (int64_t n = 0; n < words; n++) {
        uint64_t low = n + whole < words ? in[n + whole] : 0;
        uint64_t high = n + whole + 1 < words ? in[n + whole + 1] : 0;
        out[n] = part ? low >> part | high << (64 - part) : low;
    }
}

static void shift_up(uint64_t *out, const uint64_t *in, int64_t words, int64_t count) {
    int64_t whole = count >> 6;
    int part = (int)(count & 63);
    for (int64_t n = words - 1; n >= 0; n--) {
        uint64_t high = n - whole >= 0 ? in[n - whole] : 0;
        uint64_t low = n - whole - 1 >= 0 ? in[n - whole - 1] : 0;
        out[n] = part ? high << part | low >> (64 - part) : high;
    }
}

/* Bits at which a run of `length` set bits begins. Returns whether there is any. */
static int runs(uint64_t *row, int64_t words, int64_t length) {
    uint64_t moved[MOST_WORDS];
    uint64_t any = 1;
    int64_t have = 1;
    while (have < length && any) {
        int64_t step = have < length - have ? have : length - have;
        shift_down(moved, row, words, step);
        any = 0;
        for (int64_t n = 0; n < words; n++) {
            row[n] &= moved[n];
            any |= row[n];
        }
        have += step;
    }
    return any != 0;
}

/* Whether a word holds a whole byte that lies evenly, as one of those about a run of 15 and more
 * does. */
static inline uint64_t may_run(uint64_t word) {
    uint64_t x = word & word >> 1;
    x &= x >> 2;
    return x & x >> 4 & UINT64_C(0x0101010101010101);
}

/* Whether two rows have a pixel in common that is set, and one of them may have a long run. */
static int may_hold(const struct raster *raster, struct mask mask, int64_t one, int64_t other) {
    if (other >= raster->rows) {
        return 0;
    }
    const uint64_t *low = mask.bits + one, *high = mask.bits + other;
    uint64_t both = 0, run = 0;
    const uint64_t *first = mask.marks + one * raster->marked;
    const uint64_t *second = mask.marks + other * raster->marked;
    EACH_IN_ROW(raster, k, first[k] | second[k], n) {
        uint64_t here = low[n * raster->stride], there = high[n * raster->stride];
        both |= here & there;
        run |= may_run(here) | may_run(there);
    }
    return both != 0 && run != 0;
}

/* Bits low to low + count - 1 of a row, all set. */
static int all_set(const struct raster *raster, const uint64_t *row, int64_t low, int64_t count) {
    while (count > 0) {
        int64_t word = low >> 6;
        int part = (int)(low & 63);
        int64_t here = 64 - part < count ? 64 - part : count;
        if (low < 0 || word >= raster->words) {
            return 0;
        }
        uint64_t wanted = (~UINT64_C(0) >> (64 - here)) << part;
        if ((row[word * raster->stride] & wanted) != wanted) {
            return 0;
        }
        low += here;
        count -= here;
    }
    return 1;
}

/* Half the width of a disc of radius pixels, by row from its middle. */
static void half_widths(int64_t radius, int64_t *half) {
    for (int64_t down = 0; down <= radius; down++) {
        int64_t wide = (int64_t)sqrt((double)(radius * radius - down * down));
        while (wide * wide + down * down > radius * radius) {
            wide--;
        }
        while ((wide + 1) * (wide + 1) + down * down <= radius * radius) {
            wide++;
        }
        half[down] = wide;
    }
}

int disc_at(const struct raster *raster, struct mask mask, int64_t row, int64_t column,
            int64_t radius) {
    int64_t half[MOST_DISC_PX + 1];
    if (radius < 0 || radius > MOST_DISC_PX || row < radius || row >= raster->rows - radius) {
        return 0;
    }
    half_widths(radius, half);
    for (int64_t down = -radius; down <= radius; down++) {
        int64_t wide = half[down < 0 ? -down : down];
        if (!all_set(raster, mask.bits + row + down, column - wide, 2 * wide + 1)) {
            return 0;
        }
    }
    return 1;
}

int disc_fits(const struct raster *raster, struct mask mask, int64_t radius) {
    return disc_fits_but(raster, mask, radius, NULL, NULL);
}

/* A disc is looked for: half its widths, what it needs halfway aslant, and who leaves out middles. */
struct search {
    const struct raster *raster;
    struct mask mask;
    int64_t half[MOST_DISC_PX + 1], radius, aslant, places;
    int (*left_out)(void *asked, int64_t row, int64_t column);
    void *asked;
};

/* Whether the rows of a disc so far above and below its middle are set. */
static int both_set(const struct search *search, int64_t row, int64_t column, int64_t down) {
    int64_t wide = search->half[down];
    const uint64_t *middle = search->mask.bits + row;
    return all_set(search->raster, middle + down, column - wide, 2 * wide + 1) &&
           all_set(search->raster, middle - down, column - wide, 2 * wide + 1);
}

/* Whether one of the discs of a row fits whose widest runs begin at these bits of the n-th word. */
static int one_fits(struct search *search, int64_t row, int64_t n, uint64_t begins) {
    for (; begins; begins &= begins - 1) {
        int64_t column = n * 64 + __builtin_ctzll(begins) + search->radius;
        int64_t down = search->radius;
        if (++search->places > MOST_PLACES) {
            return 1;
        }
        if (!both_set(search, row, column, down) ||
            !both_set(search, row, column, search->aslant)) {
            continue;
        }
        while (down > 0 && both_set(search, row, column, down)) {
            down--;
        }
        if (down == 0 &&
            (search->left_out == NULL || !search->left_out(search->asked, row, column))) {
            return 1;
        }
    }
    return 0;
}

/* The same for all runs of a row, however long. */
static int row_fits(struct search *search, int64_t row) {
    const struct raster *raster = search->raster;
    uint64_t begins[MOST_WORDS];
    for (int64_t n = 0; n < raster->words; n++) {
        begins[n] = search->mask.bits[n * raster->stride + row];
    }
    if (!runs(begins, raster->words, 2 * search->radius + 1)) {
        return 0;
    }
    for (int64_t n = 0; n < raster->words; n++) {
        if (begins[n] && one_fits(search, row, n, begins[n])) {
            return 1;
        }
    }
    return 0;
}

static int long_fits(struct search *search) {
    const struct raster *raster = search->raster;
    const int64_t radius = search->radius, stop = raster->rows - radius;
    search->aslant = (int64_t)((double)radius * 0.7071);
    for (int64_t low = radius; low < stop; low += radius) {
        /* Of every radius-th row a disc holds two that follow one another, and much of one of them.
         * */
        if (!may_hold(raster, search->mask, low, low + radius)) {
            continue;
        }
        for (int64_t row = low; row < low + radius && row < stop; row++) {
            if (row_fits(search, row)) {
                return 1;
            }
        }
    }
    return 0;
}

/* Bits of a word of which as many to either side, up to 31, are set too. bits: the word, those
 * beside it a stride away. */
static uint64_t set_about(const struct raster *raster, const uint64_t *bits, int64_t n,
                          int64_t wide) {
    uint64_t low = *bits;
    if (wide == 0) {
        return low;
    }
    uint64_t high = n + 1 < raster->words ? bits[raster->stride] : 0;
    uint64_t before = n > 0 ? bits[-raster->stride] : 0;
    high = high << wide | low >> (64 - wide);
    low = low << wide | before >> (64 - wide);
    /* Runs begin where bits lay that far before. */
    for (int64_t have = 1, length = 2 * wide + 1; have < length;) {
        int64_t step = have < length - have ? have : length - have;
        low &= low >> step | high << (64 - step);
        high &= high >> step;
        have += step;
    }
    return low;
}

/* Whether a disc fits about one of these middles of the n-th word of a row. */
static int word_fits(const struct search *search, int64_t row, int64_t n, uint64_t middles) {
    const struct raster *raster = search->raster;
    const uint64_t *bits = search->mask.bits + n * raster->stride + row;
    for (int64_t down = 0; down < search->radius && middles; down++) {
        int64_t wide = search->half[down];
        middles &= set_about(raster, bits + down, n, wide);
        if (middles && down) {
            middles &= set_about(raster, bits - down, n, wide);
        }
    }
    for (; middles; middles &= middles - 1) {
        int64_t column = n * 64 + __builtin_ctzll(middles);
        if (search->left_out == NULL || !search->left_out(search->asked, row, column)) {
            return 1;
        }
    }
    return 0;
}

/* The same about any middle of the n-th word of rows from low on. */
static inline int word_between(const struct search *search, int64_t low, int64_t stop, int64_t n) {
    const int64_t radius = search->radius;
    const uint64_t *bits = search->mask.bits + n * search->raster->stride;
    uint64_t both = bits[low] & bits[low + radius];
    for (int64_t row = low; both && row < stop; row++) {
        uint64_t middles = both & bits[row] & bits[row - radius] & bits[row + radius];
        if (middles && word_fits(search, row, n, middles)) {
            return 1;
        }
    }
    return 0;
}

/* The same for all discs whose rows end in the word beside that of their middle. Of every radius-th
 * row each holds, about its middle, pixels of two that follow one another. */
static inline int short_fits(const struct search *search, int64_t marked) {
    const struct raster *raster = search->raster;
    const int64_t radius = search->radius, stop = raster->rows - radius;
    const int64_t step = radius > 0 ? radius : 1;
    for (int64_t low = radius; low < stop; low += step) {
        const uint64_t *marks = search->mask.marks + low * marked, *next = marks + radius * marked;
        for (int64_t k = 0; k < marked; k++) {
            for (uint64_t left = marks[k] & next[k]; left; left &= left - 1) {
                int64_t n = 64 * k + __builtin_ctzll(left);
                if (word_between(search, low, low + step < stop ? low + step : stop, n)) {
                    return 1;
                }
            }
        }
    }
    return 0;
}

int disc_fits_but(const struct raster *raster, struct mask mask, int64_t radius,
                  int (*left_out)(void *asked, int64_t row, int64_t column), void *asked) {
    struct search search = {.raster = raster, .mask = mask, .radius = radius,
                            .left_out = left_out, .asked = asked};
    if (radius < 0 || radius > MOST_DISC_PX || raster->words > MOST_WORDS) {
        return 1;
    }
    half_widths(radius, search.half);
    if (radius >= 32) {
        return long_fits(&search);
    }
    return raster->marked == 1 ? short_fits(&search, 1) : short_fits(&search, raster->marked);
}

static void grow_row(uint64_t *row, int64_t words, int64_t reach, uint64_t last) {
    uint64_t moved[MOST_WORDS];
    for (int way = 0; way < 2; way++) {
        for (int64_t have = 0; have < reach;) {
            int64_t step = have + 1 < reach - have ? have + 1 : reach - have;
            (way ? shift_up : shift_down)(moved, row, words, step);
            for (int64_t n = 0; n < words; n++) {
                row[n] |= moved[n];
            }
            have += step;
        }
    }
    row[words - 1] &= last;
}

/* The same along a column of words. Runs of rows are joined in blocks of as many rows as the square is
 * high, from both ends (van Herk 1992); scratch: rows words. */
static void grow_column(uint64_t *bits, uint64_t *scratch, int64_t rows, int64_t reach) {
    int64_t block = 2 * reach + 1;
    /* scratch: from the beginning of each block to a row; bits: from a row to its end. */
    scratch[0] = bits[0];
    for (int64_t row = 1; row < rows; row++) {
        scratch[row] = bits[row] | (row % block ? scratch[row - 1] : 0);
    }
    for (int64_t row = rows - 2; row >= 0; row--) {
        bits[row] |= (row + 1) % block ? bits[row + 1] : 0;
    }
    /* The window of row r is r - reach to r + reach. Rows are overwritten from below; what they need
     * of bits lies above. */
    for (int64_t row = rows - 1; row >= 0; row--) {
        int64_t low = row > reach ? row - reach : 0;
        int64_t high = row + reach < rows ? row + reach : rows - 1;
        if (low == 0) {
            /* The first block begins here. */
            bits[row] = scratch[high];
        } else if (low / block == high / block) {
            /* Cut off by the last row. */
            bits[row] = bits[low];
        } else {
            bits[row] = bits[low] | scratch[high];
        }
    }
}

/* Set within a square of reach pixels to each side, within the grid. Uses scratch. */
void grow(const struct raster *raster, struct mask mask, struct mask scratch, int64_t reach) {
    const int64_t words = raster->words, stride = raster->stride;
    uint64_t last = ~UINT64_C(0) >> (int)(words * 64 - raster->columns), moved[MOST_WORDS];
    if (words > MOST_WORDS) {
        return;
    }
    for (int64_t row = 0; row < raster->rows; row++) {
        uint64_t any = 0;
        for (int64_t n = 0; n < words; n++) {
            any |= moved[n] = mask.bits[n * stride + row];
        }
        if (any) {
            grow_row(moved, words, reach, last);
        }
        for (int64_t n = 0; any && n < words; n++) {
            mask.bits[n * stride + row] = moved[n];
        }
    }
    for (int64_t n = 0; n < words; n++) {
        grow_column(mask.bits + n * stride, scratch.bits + n * stride, raster->rows, reach);
    }
    for (int64_t row = 0; row < raster->rows; row++) {
        mark_columns(raster, scratch, row, 0, (int32_t)raster->columns - 1);
        mark_columns(raster, mask, row, 0, (int32_t)raster->columns - 1);
    }
}

/* Any bit within a square of reach pixels to each side; as coverage.grown, for one pixel. */
int near_set(const struct raster *raster, struct mask mask, int64_t row, int64_t column,
             int64_t reach) {
    int64_t left = column - reach, right = column + reach, low = row - reach, high = row + reach;
    left = left > 0 ? left : 0;
    right = right < raster->columns ? right : raster->columns - 1;
    low = low > 0 ? low : 0;
    high = high < raster->rows ? high : raster->rows - 1;
    for (int64_t down = low; down <= high; down++) {
        for (int64_t word = left >> 6; word <= right >> 6; word++) {
            uint64_t part = mask.bits[word * raster->stride + down];
            part &= word == left >> 6 ? ~UINT64_C(0) << (left & 63) : ~UINT64_C(0);
            part &= word == right >> 6 ? ~UINT64_C(0) >> (63 - (right & 63)) : ~UINT64_C(0);
            if (part) {
                return 1;
            }
        }
    }
    return 0;
}
