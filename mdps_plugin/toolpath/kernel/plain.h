/* Moves as slicers write nearly all of them, "G1 X1.5 Y2.5 E.5", found in one look at 32 bytes,
 * where the processor compares sixteen at once. What is no such line is read number by number.
 */
#ifndef MDPS_PLAIN_H
#define MDPS_PLAIN_H

#include "text.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define PLAIN_BYTES 32
/* Of a mask with a bit for each byte of a line, the bit of one. */
#define BYTE_AT(place) (UINT64_C(1) << (place))

/* A bit for each byte of the line: digits, the digit 0, points; where numbers begin, and their last
 * bytes. y: the blank behind X, last: that behind Y, or the line feed, which is end. */
struct plain {
    uint64_t digits, zeros, points, begins, closing;
    unsigned y, last, end;
};

#if defined(__SSE2__)
/* Not of char, which has a sign on some processors. */
typedef uint8_t sixteen __attribute__((vector_size(16)));
typedef int8_t sixteen_flags __attribute__((vector_size(16)));

INLINE sixteen sixteen_at(const uint8_t *p) {
    sixteen bytes;
    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

INLINE uint64_t bits_of_both(sixteen_flags low, sixteen_flags high) {
    return (uint64_t)((uint32_t)_mm_movemask_epi8((__m128i)low) |
                      (uint32_t)_mm_movemask_epi8((__m128i)high) << 16);
}

INLINE sixteen_flags is_decimal(sixteen text) {
    return (sixteen)(text - '0') <= 9;
}

/* Where the parts of a line lie that begins with "G1 X": two or three numbers without a sign, the
 * second one of Y. 0: it has others, or more than PLAIN_BYTES, of which all must be readable. */
INLINE int find_parts(const uint8_t *p, struct plain *plain) {
    const sixteen low = sixteen_at(p), high = sixteen_at(p + 16);
    const uint64_t feeds = bits_of_both(low == '\n', high == '\n');
    if (UNLIKELY(feeds == 0)) {
        return 0;
    }
    const uint64_t line = (feeds & (0 - feeds)) - 1;
    plain->end = (unsigned)__builtin_ctzll(feeds);
    plain->digits = bits_of_both(is_decimal(low), is_decimal(high)) & line;
    plain->zeros = bits_of_both(low == '0', high == '0') & line;
    plain->points = bits_of_both(low == '.', high == '.') & line;
    const uint64_t letters = line & ~(plain->digits | plain->points) & ~UINT64_C(15);
    if (UNLIKELY(letters == 0)) {
        return 0;
    }
    plain->y = (unsigned)__builtin_ctzll(letters);
    const uint64_t later = letters & ~(UINT64_C(3) << plain->y);
    plain->last = (unsigned)__builtin_ctzll(later | (line + 1));
    const uint64_t third = UINT64_C(3) << plain->last & line;
    plain->begins = BYTE_AT(4) | BYTE_AT(plain->y + 2) | BYTE_AT(plain->last + 2);
    plain->closing = (BYTE_AT(plain->y) | BYTE_AT(plain->last) | BYTE_AT(plain->end)) >> 1;
    return later == third && load_two(p + plain->y) == (' ' | 'Y' << 8);
}

/* Whether its numbers are such of the grammar, and none ends in a point. */
INLINE int all_numbers(const struct plain *plain) {
    const uint64_t digits = plain->digits, behind = plain->points << 1;
    const uint64_t two = digits & digits >> 1, four = two & two >> 2;
    /* Digits in a row carry a bit added to the first one on to what stands behind the last. */
    const uint64_t twice = (digits + behind) & ~digits & plain->points;
    const uint64_t empty = plain->begins & plain->closing << 1;
    const uint64_t open = plain->points & plain->closing;
    const uint64_t leading = plain->zeros & plain->begins & digits >> 1;
    const uint64_t seven = four & four >> 3, six = four & two >> 4 & behind;
    return (twice | empty | open | leading | seven | six) == 0;
}
#endif

#endif
