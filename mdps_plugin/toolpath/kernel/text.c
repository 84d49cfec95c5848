/* One line of G-code by the grammar of grammar.py, byte by byte. Judges no command.
 *
 * Whatever this file takes, grammar.py takes with the same meaning; where in doubt it takes nothing.
 */
#include "text.h"

const uint8_t CANONICAL_ORDER[27] = "XYZEFABCDGHIJKLMNOPQRSTUVW";

INLINE int is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

INLINE int ends_word(uint8_t byte) {
    return byte == ' ' || byte == ';' || byte == '\n';
}

const uint8_t *read_number_slowly(const uint8_t *p, int64_t *value) {
    const int negative = *p == '-';
    p += negative;
    int64_t read = 0;
    int whole = 0, places = 0;
    if (*p == '0') {
        p++;
        whole = 1;
    } else {
        for (; whole < 6 && is_digit(*p); p++, whole++) {
            read = read * 10 + (*p - '0');
        }
    }
    if (*p == '.') {
        p++;
        for (; places < 5 && is_digit(*p); p++, places++) {
            read = read * 10 + (*p - '0');
        }
        if (places == 0) {
            return NULL;
        }
    } else if (whole == 0) {
        return NULL;
    }
    /* A seventh whole digit, a sixth decimal, a digit after a leading zero. */
    if (is_digit(*p)) {
        return NULL;
    }
    for (int place = places; place < 5; place++) {
        read *= 10;
    }
    *value = negative ? -read : read;
    return p;
}

/* G or M and a number without leading zero, of at most four digits. */
static const uint8_t *read_word(const uint8_t *p, struct line *line) {
    if (*p != 'G' && *p != 'M') {
        return NULL;
    }
    line->letter = *p++;
    if (!is_digit(*p) || (*p == '0' && is_digit(p[1]))) {
        return NULL;
    }
    for (int digits = 0; digits < 4 && is_digit(*p); p++, digits++) {
        line->number = line->number * 10 + (*p - '0');
    }
    return p;
}

/* Letters that may stand without a value: axes to home, motors to release. */
static uint32_t may_be_bare(const struct line *line) {
    const uint32_t axes = LETTER('X') | LETTER('Y') | LETTER('Z');
    if (line->letter == 'G' && line->number == 28) {
        return axes;
    }
    return line->letter == 'M' && line->number == 84 ? axes | LETTER('E') : 0;
}

/* A letter that the line has not had, and its number; p is at the letter. */
static const uint8_t *read_token(const uint8_t *p, struct line *line) {
    const uint32_t letter = LETTER(*p);
    /* A printer takes the last G, M, T or N of a line for a command of its own. */
    if ((letter & (LETTER('G') | LETTER('M') | LETTER('N') | line->named)) != 0) {
        return NULL;
    }
    line->named |= letter;
    if (ends_word(p[1])) {
        line->bare |= letter;
        return (letter & may_be_bare(line)) != 0 ? p + 1 : NULL;
    }
    return read_number_slowly(p + 1, &line->value[*p - 'A']);
}

static const uint8_t *read_command(const uint8_t *p, struct line *line) {
    const uint8_t *begin = p;
    int tokens = 0;
    p = read_word(p, line);
    while (p != NULL && *p == ' ' && p[1] >= 'A' && p[1] <= 'Z') {
        p = read_token(p + 1, line);
        tokens++;
    }
    /* A canonical word is at most one byte longer than it was read: ".2" becomes "0.2". */
    if (p == NULL || !ends_word(*p) || p - begin + tokens > MAX_CANONICAL_BYTES) {
        return NULL;
    }
    return p;
}

/* High bit of the first byte outside printable ASCII, and perhaps of later ones. */
static uint64_t no_print(uint64_t text) {
    const uint64_t below = (text - EACH_BYTE(0x20)) & ~text;
    const uint64_t above = (text + EACH_BYTE(0x01)) | text;
    return (below | above) & EACH_BYTE(0x80);
}

/* To the line feed that ends a comment. */
static const uint8_t *skip_comment(const uint8_t *p, const uint8_t *stop) {
    for (; stop - p >= 8; p += 8) {
        const uint64_t odd = no_print(load_eight(p));
        if (odd != 0) {
            p += __builtin_ctzll(odd) / 8;
            return *p == '\n' ? p : NULL;
        }
    }
    while (*p >= 0x20 && *p <= 0x7E) {
        p++;
    }
    return *p == '\n' ? p : NULL;
}

const uint8_t *read_line(const uint8_t *p, const uint8_t *stop, struct line *line) {
    const uint8_t *begin = p;
    *line = (struct line){0};
    if (!ends_word(*p)) {
        p = read_command(p, line);
        if (p == NULL) {
            return NULL;
        }
    }
    while (*p == ' ') {
        p++;
    }
    if (*p == ';') {
        p = skip_comment(p + 1, stop);
    }
    if (p == NULL || *p != '\n') {
        return NULL;
    }
    const int64_t longest = line->letter ? MAX_COMMAND_LINE_BYTES : MAX_COMMENT_LINE_BYTES;
    return p - begin <= longest ? p + 1 : NULL;
}

uint8_t *write_number(uint8_t *out, int64_t value) {
    uint8_t digits[24];
    int count = 0, places = 5;
    if (value < 0) {
        *out++ = '-';
        value = -value;
    }
    while (places > 0 && value % 10 == 0) {
        value /= 10;
        places--;
    }
    do {
        digits[count++] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value != 0 || count <= places);
    while (count > 0) {
        if (count-- == places) {
            *out++ = '.';
        }
        *out++ = digits[count];
    }
    return out;
}
