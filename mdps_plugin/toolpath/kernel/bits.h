/* Runs of bits in a row of words, and whole numbers about a column. Within the kernel. */
#ifndef MDPS_BITS_H
#define MDPS_BITS_H

#include <stdint.h>
#include <string.h>

/* Two words of one row of words, or of two masks. */
typedef uint64_t word_pair __attribute__((vector_size(16)));

static inline word_pair pair_at(const uint64_t *words) {
    word_pair pair;
    memcpy(&pair, words, sizeof pair);
    return pair;
}

/* Empties a tile's words, or fewer. Two by two: what compilers make of memset takes longer to begin. */
static inline void empty_words(uint64_t *words, int64_t count) {
    const word_pair none = {0, 0};
    if (count != 16) {
        memset(words, 0, (size_t)count * sizeof *words);
        return;
    }
#pragma GCC unroll 8
    for (int k = 0; k < 16; k += 2) {
        memcpy(words + k, &none, sizeof none);
    }
}

/* Bits first to last of a row whose words lie stride apart; none where last lies before first. */
static inline void set_run(uint64_t *row, int64_t stride, int32_t first, int32_t last) {
    if (last < first) {
        return;
    }
    int32_t from = first >> 6, to = last >> 6;
    uint64_t begin = ~UINT64_C(0) << (first & 63), end = ~UINT64_C(0) >> (63 - (last & 63));
    /* Most runs lie in one word or two: no branch tells which. */
    uint64_t same = (uint64_t)(from != to) - 1;
    row[from * stride] |= begin & (end | ~same);
    row[to * stride] |= end & (begin | ~same);
    for (int32_t word = from + 1; word < to; word++) {
        row[word * stride] = ~UINT64_C(0);
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

#endif
