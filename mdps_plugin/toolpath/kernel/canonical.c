/* Writes the canonical copy of a job: what reader.Job.canonical() gives, line by line. Judges
 * nothing but the grammar; stops where a line has none.
 *
 * Comments are left out, letters stand in the order X Y Z E F and then by the alphabet, and every
 * number is written from its value, or copied where its text is that writing already.
 */
#include "plain.h"

/* Of a number and a line feed, and more. */
#define LAST_BYTES 16

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

#if defined(__SSE2__)
/* "G1 X1.5 Y2.5 E.5", "G1 X1.5 Y2.5 F9000" or "G1 X1.5 Y2.5" to *out, if its text is canonical
 * but for a leading zero of E; NULL, and *out as it was, for another line. */
INLINE const uint8_t *copy_plain_move(const uint8_t *p, uint8_t **out) {
    struct plain plain;
    if (!find_parts(p, &plain) || !all_numbers(&plain)) {
        return NULL;
    }
    const uint64_t open = plain.points & plain.begins, of_last = BYTE_AT(plain.last + 2);
    const uint16_t third = load_two(p + plain.last);
    uint64_t other = (open & ~of_last) | (plain.zeros & plain.closing);
    if (third == (' ' | 'F' << 8)) {
        other = (other & ~BYTE_AT(plain.end - 1)) | plain.points >> plain.last;
    } else if (UNLIKELY(third != (' ' | 'E' << 8) && plain.last != plain.end)) {
        return NULL;
    }
    if (UNLIKELY(other != 0)) {
        return NULL;
    }
    /* The last number once more, behind a zero if there is none. */
    uint8_t *number = *out + plain.last + 2;
    memcpy(*out, p, PLAIN_BYTES);
    *number = '0';
    memcpy(number + (open != 0), p + plain.last + 2, LAST_BYTES);
    *out += plain.end + 1 + (open != 0);
    return p + plain.end + 1;
}
#else
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
#endif

/* "G1 F9000" to *out; NULL, and *out as it was, for a line of another form. */
INLINE const uint8_t *copy_speed(const uint8_t *p, uint8_t **out) {
    const uint64_t odd = no_digits(load_eight(p + 4) ^ EACH_BYTE('0'));
    const unsigned digits = odd != 0 ? (unsigned)__builtin_ctzll(odd) / 8 : 8;
    if (digits - 1 > 5 || p[4 + digits] != '\n' || (p[4] == '0' && digits > 1)) {
        return NULL;
    }
    memcpy(*out, p, 4 + 8);
    *out += 4 + digits + 1;
    return p + 4 + digits + 1;
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
    const uint32_t speed = 'G' | '1' << 8 | ' ' << 16 | (uint32_t)'F' << 24;
    if (room < LINE_ROOM || cursor->offset < 0 || cursor->offset > length ||
        (length > 0 && data[length - 1] != '\n')) {
        cursor->refused = 1;
        return 0;
    }
    const uint8_t *p = data + cursor->offset, *stop = data + length;
    const uint8_t *first = out, *full = out + room - LINE_ROOM;
    while (p < stop && out <= full) {
        const uint8_t *next = NULL;
        if (LIKELY(stop - p >= LINE_ROOM)) {
            const uint32_t begin = load_four(p);
            next = begin == plain   ? copy_plain_move(p, &out)
                   : begin == speed ? copy_speed(p, &out)
                                    : NULL;
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
    return out - first;
}
