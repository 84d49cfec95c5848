/* Ring A on the body of a job, in one pass: reads each line and judges each move: place, speed, flow
 * and width, and what all of them add up to. Makes no finding.
 *
 * The rules of lines.py and bounds.py; the others are in rules.c. Start and end block, totals and
 * variables are judged in Python. Where the reference computes in floating point, limits come drawn
 * in by a guard band: what lies in the band is doubt.
 */
#include "rules.h"
#include "writing.h"

#include <math.h>

#define X 1
#define Y 2
#define Z 4
#define E 8
#define F 16

INLINE int64_t distance_between(int64_t one, int64_t other) {
    return one > other ? one - other : other - one;
}

static void set_feed(struct run *run, int64_t feed) {
    if (feed != run->feed) {
        close_feed(run);
        run->feed = feed;
        judge_feed(run);
    }
}

static void keep_row(struct run *run, int64_t x, int64_t y, int64_t filament) {
    int64_t *row = run->rows + run->result->printed * ROW_COLUMNS;
    const int64_t columns[ROW_COLUMNS] = {
        run->index, run->line, run->layer, run->x, run->y, run->z, x, y, run->z,
        filament,   run->feed, run->nozzle, run->bed, run->fan};
    memcpy(row, columns, sizeof columns);
}

/* 0: it does not fit, or no job says where the line begins. */
INLINE int keep_stroke(struct run *run, int64_t x, int64_t y, int64_t filament) {
    const struct stroke stroke = {(int32_t)run->layer, (int32_t)run->x,  (int32_t)run->y,
                              (int32_t)x,          (int32_t)y,       (int32_t)filament};
    run->strokes[run->result->printed] = stroke;
    return stroke.layer == run->layer && stroke.x0 == run->x && stroke.y0 == run->y &&
           stroke.x1 == x && stroke.y1 == y && stroke.filament == filament;
}

INLINE void widen(struct result *result, int axis, int64_t value) {
    result->low[axis] = value < result->low[axis] ? value : result->low[axis];
    result->high[axis] = value > result->high[axis] ? value : result->high[axis];
}

/* lines.check_flow. A line about as long as minimum_segment_mm keeps the tighter rule. */
INLINE int flow_fits(const struct class_limits *limits, double filament, double square,
                     double length) {
    if (LIKELY(square >= limits->long_square)) {
        return filament >= limits->least_flow * length && filament <= limits->most_flow * length;
    }
    const double surely = length > limits->short_length ? length - limits->short_length : 0;
    return filament >= limits->short_least_flow * surely - limits->short_filament &&
           filament <= limits->short_most_flow * (length + limits->short_length) +
                           limits->short_filament;
}

INLINE int print_line(struct run *run, int64_t x, int64_t y, int64_t filament, double square,
                      double length, int moving) {
    struct result *result = run->result;
    if (UNLIKELY(run->unsettled) && !settle(run)) {
        return 0;
    }
    if (UNLIKELY(moving && !run->print_ok)) {
        return doubt(run, DOUBT_SPEED);
    }
    if (UNLIKELY(!flow_fits(run->class_now, (double)filament, square, length))) {
        return doubt(run, DOUBT_FLOW);
    }
    widen(result, 0, run->x);
    widen(result, 0, x);
    widen(result, 1, run->y);
    widen(result, 1, y);
    widen(result, 2, run->z);
    result->filament += filament;
    if (run->strokes != NULL) {
        if (UNLIKELY(result->printed >= run->row_room || !keep_stroke(run, x, y, filament))) {
            return doubt(run, DOUBT_ROOM);
        }
    }
    if (UNLIKELY(run->rows != NULL)) {
        if (result->printed >= run->row_room) {
            return doubt(run, DOUBT_ROOM);
        }
        keep_row(run, x, y, filament);
    }
    result->printed++;
    run->last_printed = run->index;
    /* Far from overflow: one line adds at most 2e11. */
    return LIKELY(result->filament < ((int64_t)1 << 60)) ? 1 : doubt(run, DOUBT_ROOM);
}

INLINE int64_t filament_of(struct run *run, int64_t value) {
    if (run->limits->relative) {
        return value;
    }
    const int64_t before = run->extruder == UNKNOWN ? 0 : run->extruder;
    run->extruder = value;
    return value - before;
}

INLINE double step_between(int64_t from, int64_t to) {
    return from == UNKNOWN || to == UNKNOWN ? 0 : (double)(to - from);
}

INLINE double square_of(const struct run *run, int64_t x, int64_t y, int64_t z, int named) {
    double dx, dy, dz = 0;
    if (LIKELY(run->placed)) {
        dx = (double)(x - run->x);
        dy = (double)(y - run->y);
        dz = named & Z ? (double)(z - run->z) : 0;
    } else {
        dx = step_between(run->x, x);
        dy = step_between(run->y, y);
        dz = step_between(run->z, z);
    }
    return dx * dx + dy * dy + dz * dz;
}

/* One G0 or G1; `named` is a constant wherever it matters for speed. */
INLINE int move(struct run *run, int named, int64_t x, int64_t y, int64_t z, int64_t e, int64_t f) {
    const struct limits *limits = run->limits;
    const int planar = (named & (X | Y)) != 0, feeding = (named & E) != 0;
    x = named & X ? x : run->x;
    y = named & Y ? y : run->y;
    z = named & Z ? z : run->z;
    if (named & F) {
        set_feed(run, f);
    }
    const int64_t filament = feeding ? filament_of(run, e) : 0;
    if (feeding && ((named & Z) || (planar && UNLIKELY(filament < 0)))) {
        return doubt(run, named & Z ? DOUBT_HEIGHT : DOUBT_RETRACTION);
    }
    if (planar && UNLIKELY((x < limits->left) | (x > limits->right) | (y < limits->front) |
                           (y > limits->back))) {
        return doubt(run, DOUBT_PLACE);
    }
    const int moving = x != run->x || y != run->y || z != run->z;
    const double square = square_of(run, x, y, z, named), length = sqrt(square);
    if (planar && feeding) {
        if (!print_line(run, x, y, filament, square, length, moving)) {
            return 0;
        }
    } else if (moving && UNLIKELY(!run->travel_ok)) {
        return doubt(run, DOUBT_SPEED);
    }
    if (!planar && feeding && filament != 0 && !rest_line(run, filament)) {
        return 0;
    }
    if ((named & Z) && z != run->z && !wait_for_layer(run, TO_HEIGHT, planar, run->z, z)) {
        return 0;
    }
    run->distance += named & (X | Y | Z) ? length : (double)distance_between(filament, 0);
    run->feed_moved |= moving;
    run->x = x;
    run->y = y;
    run->z = z;
    if (UNLIKELY(!run->placed)) {
        run->placed = x != UNKNOWN && y != UNKNOWN && z != UNKNOWN;
    }
    return 1;
}

static int named_of(const struct line *line) {
    return (line->named & LETTER('X') ? X : 0) | (line->named & LETTER('Y') ? Y : 0) |
           (line->named & LETTER('Z') ? Z : 0) | (line->named & LETTER('E') ? E : 0) |
           (line->named & LETTER('F') ? F : 0);
}

/* One command of any form that the body may hold. */
static int obey(struct run *run, const struct line *line) {
    uint32_t word;
    if (!may_stand(run, line, &word)) {
        return 0;
    }
    if ((word & (WORD_G0 | WORD_G1)) == 0) {
        return set_value(run, line, word);
    }
    return move(run, named_of(line), VALUE(line, 'X'), VALUE(line, 'Y'), VALUE(line, 'Z'),
                VALUE(line, 'E'), VALUE(line, 'F'));
}

/* A coordinate of a plain move: the place behind it; NULL where any_line has to look. */
INLINE const uint8_t *read_coordinate(const struct writing *writing, const uint8_t *p,
                                      int64_t *value) {
    const uint8_t *after = read_number(p, value);
    const int sure = after == NULL || !writing->present ||
                     (surely_written(writing, p, after) & point_in_four(after));
    return LIKELY(sure) ? after : NULL;
}

/* The same for filament, which has all five digits. */
INLINE const uint8_t *read_filament(const struct writing *writing, const uint8_t *p,
                                    int64_t *value) {
    const uint8_t *after = read_number(p, value);
    return after == NULL || !writing->present || LIKELY(surely_written(writing, p, after)) ? after
                                                                                           : NULL;
}

/* A speed behind X and Y: whole, and where this slicer writes it so at all. */
INLINE const uint8_t *read_speed(const struct writing *writing, const uint8_t *p, int64_t *value) {
    const uint8_t *after = read_number(p, value);
    if (after == NULL || !writing->present) {
        return after;
    }
    int sure = writing->speed_last && *p != '0';
    for (; p < after; p++) {
        sure &= *p >= '0';
    }
    return sure ? after : NULL;
}

/* A move as slicers write nearly all of them, "G1 X1.5 Y2.5 E.5": the place behind it. NULL, and
 * nothing done, if the line has another form; NULL and a doubt if it breaks a limit. */
INLINE const uint8_t *plain_move(struct run *run, const uint8_t *p) {
    const struct writing *writing = &run->limits->writing;
    int64_t x, y, e, f;
    int fits;
    p = read_coordinate(writing, p + 4, &x);
    if (p == NULL || UNLIKELY(load_two(p) != (' ' | 'Y' << 8))) {
        return NULL;
    }
    p = read_coordinate(writing, p + 2, &y);
    if (p == NULL) {
        return NULL;
    }
    if (LIKELY(load_two(p) == (' ' | 'E' << 8))) {
        p = read_filament(writing, p + 2, &e);
        if (p == NULL || UNLIKELY(*p != '\n')) {
            return NULL;
        }
        run->index++;
        fits = move(run, X | Y | E, x, y, 0, e, 0);
    } else if (*p == '\n') {
        run->index++;
        fits = move(run, X | Y, x, y, 0, 0, 0);
    } else if (load_two(p) == (' ' | 'F' << 8)) {
        p = read_speed(writing, p + 2, &f);
        if (p == NULL || *p != '\n') {
            return NULL;
        }
        run->index++;
        fits = move(run, X | Y | F, x, y, 0, 0, f);
    } else {
        return NULL;
    }
    return fits ? p + 1 : NULL;
}

static const uint8_t *any_line(struct run *run, const uint8_t *p, const uint8_t *stop) {
    struct line line;
    const uint8_t *begin = p;
    p = read_line(p, stop, &line);
    if (p == NULL) {
        doubt(run, DOUBT_GRAMMAR);
        return NULL;
    }
    if (run->limits->writing.present && !is_written(&run->limits->writing, begin, &line)) {
        doubt(run, DOUBT_WRITING);
        return NULL;
    }
    if (line.letter) {
        run->index++;
        return obey(run, &line) ? p : NULL;
    }
    return p;
}

/* All lines of the body; 0 after a doubt. */
static int read_body(struct run *run, const uint8_t *p, const uint8_t *stop,
                     const uint8_t *plain_stop) {
    const uint32_t plain = 'G' | '1' << 8 | ' ' << 16 | (uint32_t)'X' << 24;
    const int plain_allowed = (run->limits->words & WORD_G1) != 0;
    while (p < stop) {
        const uint8_t *next = NULL;
        run->line++;
        if (LIKELY(p < plain_stop && load_four(p) == plain && plain_allowed)) {
            next = plain_move(run, p);
        }
        if (next == NULL && run->result->doubt == DOUBT_NONE) {
            next = any_line(run, p, stop);
        }
        if (next == NULL) {
            return 0;
        }
        p = next;
    }
    return 1;
}

static void begin_run(struct run *run, const struct limits *limits, const struct machine *start,
                      struct result *result) {
    memset(run, 0, sizeof *run);
    memset(result, 0, sizeof *result);
    run->limits = limits;
    run->result = result;
    run->x = start->x;
    run->y = start->y;
    run->z = start->z;
    run->extruder = start->extruder;
    run->feed = start->feed;
    run->nozzle = start->nozzle;
    run->bed = start->bed;
    run->fan = start->fan;
    /* index and line are those of the line at hand: one before the body now. */
    run->body = start->index;
    run->index = start->index - 1;
    run->line = start->line;
    run->layer = -1;
    run->unsettled = 1;
    run->placed = run->x != UNKNOWN && run->y != UNKNOWN && run->z != UNKNOWN;
    run->class_now = &limits->classes[0];
    judge_feed(run);
    for (int axis = 0; axis < 3; axis++) {
        result->low[axis] = INT64_MAX;
        result->high[axis] = INT64_MIN;
    }
}

/* What only the whole body shows. */
static int end_run(struct run *run, const struct machine *start) {
    struct result *result = run->result;
    close_feed(run);
    result->commands = run->index + 1 - run->body;
    result->lines = run->line - start->line;
    result->layers = run->layer + 1;
    result->nozzle = run->nozzle;
    result->bed = run->bed;
    if (run->layer < 0) {
        return doubt(run, DOUBT_LAYER);
    }
    if (result->commands > run->limits->commands_at_most ||
        result->lines > run->limits->lines_at_most) {
        return doubt(run, DOUBT_COUNT);
    }
    return settle_pending(run, run->layer);
}

int64_t mdps_judge(const uint8_t *data, int64_t length, int64_t begin, int64_t end,
                   const struct limits *limits, const struct machine *start, struct result *result,
                   int64_t *layer_start, int64_t layer_room, int64_t *rows, struct stroke *strokes,
                   int64_t row_room) {
    struct run run;
    begin_run(&run, limits, start, result);
    if (begin < 0 || begin >= end || end > length || data[end - 1] != '\n' ||
        limits->heat_count < 1 || limits->fan_count < 1) {
        return doubt(&run, DOUBT_ROOM);
    }
    run.layer_start = layer_start;
    run.layer_room = layer_room;
    run.rows = rows;
    run.strokes = strokes;
    run.row_room = row_room;
    const int64_t plain_stop = length - LINE_ROOM;
    const int whole = read_body(&run, data + begin, data + end,
                                plain_stop > begin ? data + plain_stop : data + begin);
    result->accepted = whole && end_run(&run, start);
    result->doubt_line = run.line;
    return result->accepted;
}
