/* Whether the signed slicer would have written a line so: the rules of writing.py. */
#ifndef MDPS_WRITING_H
#define MDPS_WRITING_H

#include "text.h"

/* Whether the text from begin on, which is the command of line, is this slicer's. */
int is_written(const struct writing *writing, const uint8_t *begin, const struct line *line);

/* Whether a number of a plain move surely is; p to after (exclusive) is a number of the grammar.
 * A number that is not surely so is left to is_written. */
INLINE int surely_written(const struct writing *writing, const uint8_t *p, const uint8_t *after) {
    const int negative = *p == '-';
    const uint8_t first = p[negative];
    const uint8_t other = writing->zero_before_point ? '.' : '0';
    return (after[-1] != '0') & (negative ? first > '0' : first != other);
}

/* Whether a point stands among the last four bytes: three digits behind it at most. */
INLINE int point_in_four(const uint8_t *after) {
    const uint32_t text = load_four(after - 4) ^ UINT32_C(0x2E2E2E2E);
    return ((text - UINT32_C(0x01010101)) & ~text & UINT32_C(0x80808080)) != 0;
}

#endif
