/* Reading numbers and lines: the grammar of grammar.py over bytes. Knows no limits.
 *
 * Every reader needs a line feed at or behind the place it is given and stops there at the latest;
 * read_number may load (not use) up to seven bytes more. Byte order is little-endian.
 */
#ifndef MDPS_TEXT_H
#define MDPS_TEXT_H

#include "kernel.h"

#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the kernel reads eight bytes at once and needs a little-endian machine"
#endif

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define INLINE static inline __attribute__((always_inline))
#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* One command line: word and, by letter of the alphabet, values in 1e-5. */
struct line {
    uint32_t named;                        /* bit 0 is A */
    uint32_t bare;                         /* of these, the ones without a value */
    int64_t value[26];
    int32_t number;                        /* of the word: 1 for G1 */
    uint8_t letter;                        /* G, M, or 0 for a line without a command */
};

#define LETTER(name) (UINT32_C(1) << ((name) - 'A'))
#define VALUE(line, name) ((line)->value[(name) - 'A'])

/* Next line after p, NULL if this one is no line of the grammar. */
const uint8_t *read_line(const uint8_t *p, const uint8_t *stop, struct line *line);

/* The same rules, one byte after the other; NULL if there is no number at p. */
const uint8_t *read_number_slowly(const uint8_t *p, int64_t *value);

/* 12.345, 0.2, -0.8, 5: as grammar.number_text; the place behind it. At most 21 bytes. */
uint8_t *write_number(uint8_t *out, int64_t value);

/* grammar.ORDER. */
extern const uint8_t CANONICAL_ORDER[27];

INLINE uint64_t load_eight(const uint8_t *p) {
    uint64_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

INLINE uint32_t load_four(const uint8_t *p) {
    uint32_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

INLINE uint16_t load_two(const uint8_t *p) {
    uint16_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

/* Eight digits, the first in the lowest byte, to their value: three multiplications. */
INLINE uint64_t eight_digits(uint64_t digits) {
    digits = digits * 10 + (digits >> 8);
    const uint64_t pairs = UINT64_C(0x000000FF000000FF);
    return (((digits & pairs) * UINT64_C(0x000F424000000064)) +
            (((digits >> 16) & pairs) * UINT64_C(0x0000271000000001))) >> 32;
}

/* High bit of every byte that is no decimal digit; text has been XORed with '0'. */
INLINE uint64_t no_digits(uint64_t text) {
    return (((text & EACH_BYTE(0x7F)) + EACH_BYTE(0x76)) | text) & EACH_BYTE(0x80);
}

/* A number with a point and its terminator within eight bytes, all at once; every other writing
 * takes the slow way. Eight bytes from p on must be readable. */
INLINE const uint8_t *read_number(const uint8_t *p, int64_t *value) {
    static const int64_t ten_to[6] = {1, 10, 100, 1000, 10000, 100000};
    const uint64_t text = load_eight(p) ^ EACH_BYTE('0');
    const uint64_t odd = no_digits(text);
    const uint64_t later = odd & (odd - 1);
    if (UNLIKELY(later == 0)) {
        return read_number_slowly(p, value);
    }
    const unsigned point = (unsigned)__builtin_ctzll(odd) - 7;      /* in bits: whole digits times 8 */
    const unsigned after = (unsigned)__builtin_ctzll(later) - 7;
    const unsigned fraction = after - point - 8;
    const int leading_zero = point >= 16 && (text & 0xFF) == 0;
    if (UNLIKELY(((text >> point) & 0xFF) != ('.' ^ '0') || fraction - 8 > 32 || leading_zero)) {
        return read_number_slowly(p, value);
    }
    const uint64_t whole = (UINT64_C(1) << point) - 1;
    const uint64_t digits = (text & whole) | ((text >> 8) & ~whole);
    *value = (int64_t)eight_digits(digits << (72 - after)) * ten_to[5 - fraction / 8];
    return p + after / 8;
}

#endif
