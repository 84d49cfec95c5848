/* Writes the canonical copy of a job: what reader.Job.canonical() gives, line by line. Judges
 * nothing but the grammar; stops where a line has none.
 *
 * Comments are left out, letters stand in the order X Y Z E F and then by the alphabet, and every
 * number is written from its value, or copied where its text is that writing already.
 */
#include "text.h"

static uint8_t *write_line(uint8_t *out, const struct line *line) {
    *out++ = line->letter;
    out = write_number(out, (int64_t)line->number * SCALE);
    for (const uint8_t *letter = CANONICAL_ORDER; *letter != '\0'; letter++) {
        if ((line->named & LETTER(*letter)) == 0) {
            continue;
        }
        *out++ = ' ';
        *out++ = *letter;
        if ((line->bare & LETTER(*letter)) == 0) {
            out = write_number(out, line->value[*letter - 'A']);
        }
    }
    *out++ = '\n';
    return out;
}

/* One number with a point whose text is canonical but for a leading zero; NULL otherwise. */
INLINE const uint8_t *copy_number(const uint8_t *p, uint8_t **out) {
    int64_t value;
    const uint8_t *after = read_number(p, &value);
    if (after == NULL || after - p > 8 || *p == '-' || after[-1] == '0') {
        return NULL;
    }
    **out = '0';
    *out += *p == '.';
    memcpy(*out, p, 8);
    *out += after - p;
    return after;
}

INLINE void put_two(uint8_t **out, uint8_t one, uint8_t two) {
    (*out)[0] = one;
    (*out)[1] = two;
    *out += 2;
}

/* "G1 X1.5 Y2.5 E.5" to *out; NULL, and *out as it was, for a line of another form. */
INLINE const uint8_t *copy_plain_move(const uint8_t *p, uint8_t **out) {
    uint8_t *to = *out;
    memcpy(to, p, 4);
    to += 4;
    p = copy_number(p + 4, &to);
    if (p == NULL || load_two(p) != (' ' | 'Y' << 8)) {
        return NULL;
    }
    put_two(&to, ' ', 'Y');
    p = copy_number(p + 2, &to);
    if (p == NULL || load_two(p) != (' ' | 'E' << 8)) {
        return NULL;
    }
    put_two(&to, ' ', 'E');
    p = copy_number(p + 2, &to);
    if (p == NULL || *p != '\n') {
        return NULL;
    }
    *to++ = '\n';
    *out = to;
    return p + 1;
}

static const uint8_t *copy_line(const uint8_t *p, const uint8_t *stop, uint8_t **out,
                                struct cursor *cursor) {
    struct line line;
    p = read_line(p, stop, &line);
    if (p != NULL && line.letter) {
        *out = write_line(*out, &line);
        cursor->commands++;
    }
    return p;
}

int64_t mdps_canonical(const uint8_t *data, int64_t length, struct cursor *cursor, uint8_t *out,
                       int64_t room) {
    const uint32_t plain = 'G' | '1' << 8 | ' ' << 16 | (uint32_t)'X' << 24;
    if (room < LINE_ROOM || cursor->offset < 0 || cursor->offset > length ||
        (length > 0 && data[length - 1] != '\n')) {
        cursor->refused = 1;
        return 0;
    }
    const uint8_t *p = data + cursor->offset, *stop = data + length;
    const uint8_t *begin = out, *full = out + room - LINE_ROOM;
    while (p < stop && out <= full) {
        const uint8_t *next = NULL;
        if (stop - p >= LINE_ROOM && load_four(p) == plain) {
            next = copy_plain_move(p, &out);
            cursor->commands += next != NULL;
        }
        if (next == NULL) {
            next = copy_line(p, stop, &out, cursor);
        }
        if (next == NULL) {
            cursor->refused = 1;
            break;
        }
        cursor->lines++;
        p = next;
    }
    cursor->offset = p - data;
    return out - begin;
}
