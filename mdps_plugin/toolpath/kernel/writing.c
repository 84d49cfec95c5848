/* A command written again as the signed slicer writes it, and compared with the bytes of the job.
 *
 * The rules of writing.py, byte for byte. What is no such line here is left to it.
 */
#include "writing.h"

/* The shape with just the letters of the line; NULL if this slicer has none. */
static const uint8_t *shape_of(const struct writing *writing, const struct line *line) {
    if (line->letter != 'G' || line->number > 1) {
        return CANONICAL_ORDER;
    }
    for (int place = 0; place < SHAPES_AT_MOST; place++) {
        const uint8_t *shape = writing->moves[line->number][place];
        uint32_t letters = 0;
        if (shape[0] == 0) {
            break;
        }
        for (int letter = 0; letter < SHAPE_LETTERS && shape[letter] != 0; letter++) {
            letters |= LETTER(shape[letter]);
        }
        if (letters == line->named) {
            return shape;
        }
    }
    return NULL;
}

/* writing.Writing.number; NULL where a value has more digits than are written. */
static uint8_t *write_as(const struct writing *writing, uint8_t *out, uint8_t letter,
                         int64_t value) {
    const int whole = (writing->micrometres & LETTER(letter)) != 0;
    if (value % writing->step[letter - 'A'] != 0) {
        return NULL;
    }
    if (whole && value == 0) {
        memcpy(out, "0.00", 4);
        return out + 4;
    }
    uint8_t *end = write_number(out, value);
    const int no_zero = !writing->zero_before_point ||
                        (whole && value > -SCALE && value <= -SCALE / 10);
    if (no_zero && value != 0 && value > -SCALE && value < SCALE) {
        uint8_t *zero = out + (value < 0);
        memmove(zero, zero + 1, (size_t)(end - zero - 1));
        end--;
    }
    return end;
}

static uint8_t *write_command(const struct writing *writing, uint8_t *out, const struct line *line) {
    const uint8_t *letter = shape_of(writing, line);
    if (letter == NULL) {
        return NULL;
    }
    *out++ = line->letter;
    out = write_number(out, (int64_t)line->number * SCALE);
    for (; *letter != 0; letter++) {
        if ((line->named & LETTER(*letter)) == 0) {
            continue;
        }
        *out++ = ' ';
        *out++ = *letter;
        if ((line->bare & LETTER(*letter)) == 0) {
            out = write_as(writing, out, *letter, line->value[*letter - 'A']);
            if (out == NULL) {
                return NULL;
            }
        }
    }
    return out;
}

int is_written(const struct writing *writing, const uint8_t *begin, const struct line *line) {
    uint8_t text[26 * 24];
    if (line->letter == 0) {
        return *begin == ';' || *begin == '\n';
    }
    const uint8_t *end = write_command(writing, text, line);
    if (end == NULL) {
        return 0;
    }
    /* The line ends in a line feed, which no text has: nothing behind it is looked at. */
    const uint8_t *p = begin;
    for (const uint8_t *byte = text; byte < end; byte++, p++) {
        if (*p != *byte) {
            return 0;
        }
    }
    if (*p == '\n') {
        return 1;
    }
    const int spaced = *p == ' ';
    while (*p == ' ') {
        p++;
    }
    return writing->remarks && *p == ';' && (spaced || p[1] == '_');
}
