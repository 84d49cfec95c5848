/* Ring A on the body of a job, in one pass: every rule of commands.py, layers.py, settings.py,
 * retraction.py, lines.py and bounds.py that speaks of single lines. Makes no finding.
 *
 * The start and end block, totals and variables are judged in Python. Where the reference computes
 * in floating point, limits come drawn in by a guard band: what lies in the band is doubt. A line
 * between two layers belongs to the later one, which is known only at its first printed line; what
 * depends on it waits in `pending` until then.
 */
#include "text.h"

#include <math.h>

enum kind { TO_HEIGHT, SETS_NOZZLE, SETS_BED, SETS_FAN };

struct pending {
    enum kind kind;
    int planar;
    int64_t from, to;                      /* heights of a move, or the value that is set in `to` */
};

struct run {
    const struct limits *limits;
    struct result *result;
    int64_t *layer_start, layer_room, *rows, row_room;
    int64_t x, y, z, extruder, feed, nozzle, bed, fan;
    int64_t index, line;                   /* of the line at hand */
    int64_t body, last_printed;
    int64_t layer;                         /* last printed one, -1 before the first */
    int64_t heat_at, fan_at;               /* rules of that layer */
    const struct class_limits *class_now;
    int unsettled;                         /* the next printed line has more to prove */
    int placed;                            /* X, Y and Z are known */
    int retracted;
    int feed_moved;                        /* something moved at the feed in force */
    int travel_ok, print_ok;               /* the feed in force, for travel and the class at hand */
    double distance;                       /* at the feed in force, 1e-5 mm */
    int waiting;
    struct pending pending[PENDING_AT_MOST];
};

#define X 1
#define Y 2
#define Z 4
#define E 8
#define F 16

static int doubt(struct run *run, enum doubt why) {
    run->result->doubt = why;
    return 0;
}

INLINE int near(int64_t value, int64_t target, int64_t tolerance) {
    return value >= target - tolerance && value <= target + tolerance;
}

INLINE int64_t distance_between(int64_t one, int64_t other) {
    return one > other ? one - other : other - one;
}

static int64_t height_of(const struct run *run, int64_t layer) {
    return run->limits->first_height + layer * run->limits->layer_height;
}

/* Time and greatest speed of what moved at the feed in force. */
static void close_feed(struct run *run) {
    if (run->feed > 0) {
        run->result->seconds += run->distance / SCALE / ((double)run->feed / SCALE / 60);
        if (run->feed_moved && run->feed > run->result->max_feed) {
            run->result->max_feed = run->feed;
        }
    }
    run->distance = 0;
    run->feed_moved = 0;
}

static void judge_feed(struct run *run) {
    const struct limits *limits = run->limits;
    run->travel_ok = run->feed >= limits->travel_slowest && run->feed <= limits->travel_fastest;
    run->print_ok = run->feed >= run->class_now->slowest && run->feed <= run->class_now->fastest;
}

static void set_feed(struct run *run, int64_t feed) {
    if (feed != run->feed) {
        close_feed(run);
        run->feed = feed;
        judge_feed(run);
    }
}

/* Something that is judged by the layer of the next printed line. */
static int wait(struct run *run, enum kind kind, int planar, int64_t from, int64_t to) {
    if (run->waiting == PENDING_AT_MOST) {
        return doubt(run, DOUBT_ROOM);
    }
    run->pending[run->waiting++] = (struct pending){kind, planar, from, to};
    run->unsettled = 1;
    return 1;
}

/* layers.check_heights: Z to the height of this layer or the one before, or its lift; down only
 * from a lift and straight. */
static int height_fits(const struct run *run, const struct pending *move, int64_t layer) {
    const struct limits *limits = run->limits;
    const int64_t now = height_of(run, layer), hop = limits->hop, give = limits->height_tolerance;
    const int64_t before = height_of(run, run->layer < 0 ? 0 : run->layer);
    const int on_layer = near(move->to, now, give) || near(move->to, before, give);
    const int on_hop = near(move->to, now + hop, give) || near(move->to, before + hop, give);
    const int from_hop = near(move->from, now + hop, give) || near(move->from, before + hop, give);
    const int straight = !move->planar && on_layer && from_hop && hop > 0;
    const int down = move->to < move->from && move->from != UNKNOWN && run->layer >= 0;
    return (on_layer || on_hop) && (!down || straight);
}

/* What waited, now that its layer is known; `layer` may be one above run->layer. */
static int settle_pending(struct run *run, int64_t layer) {
    const struct heat_rule *heat = &run->limits->heat[run->heat_at];
    const struct fan_rule *fan = &run->limits->fan[run->fan_at];
    for (int i = 0; i < run->waiting; i++) {
        const struct pending *one = &run->pending[i];
        const int64_t speed = one->to / SCALE;
        switch (one->kind) {
        case TO_HEIGHT:
            if (!height_fits(run, one, layer)) {
                return doubt(run, DOUBT_HEIGHT);
            }
            break;
        case SETS_NOZZLE:
        case SETS_BED:
            if (one->to != (one->kind == SETS_NOZZLE ? heat->nozzle : heat->bed)) {
                return doubt(run, DOUBT_HEAT);
            }
            break;
        case SETS_FAN:
            if (one->to % SCALE != 0 || speed < 0 || speed >= FAN_VALUES ||
                (speed != 0 && !fan->allowed[speed])) {
                return doubt(run, DOUBT_FAN);
            }
            break;
        }
    }
    run->waiting = 0;
    return 1;
}

static void find_rules(struct run *run, int64_t layer) {
    const struct limits *limits = run->limits;
    while (run->heat_at + 1 < limits->heat_count &&
           limits->heat[run->heat_at + 1].from_layer <= layer) {
        run->heat_at++;
    }
    while (run->fan_at + 1 < limits->fan_count &&
           limits->fan[run->fan_at + 1].from_layer <= layer) {
        run->fan_at++;
    }
}

/* Heat and fan in force at a printed line. */
static int in_force(struct run *run) {
    const struct heat_rule *heat = &run->limits->heat[run->heat_at];
    const int64_t fan = run->fan / SCALE;
    if (run->nozzle != heat->nozzle || run->bed != heat->bed) {
        return doubt(run, DOUBT_HEAT);
    }
    if (run->fan % SCALE != 0 || fan < 0 || fan >= FAN_VALUES ||
        !run->limits->fan[run->fan_at].allowed[fan]) {
        return doubt(run, DOUBT_FAN);
    }
    run->result->fan_seen[fan] = 1;
    return 1;
}

/* layers.find_layers: the height of a printed line is that of this layer or the next. */
static int find_layer(const struct run *run, int64_t *layer) {
    const int64_t give = run->limits->height_tolerance;
    *layer = run->layer;
    if (run->layer >= 0 && near(run->z, height_of(run, run->layer), give)) {
        return 1;
    }
    *layer = run->layer + 1;
    return near(run->z, height_of(run, *layer), give);
}

/* Everything a printed line has to prove after a change of height, heat, fan or filament. */
static int settle(struct run *run) {
    int64_t layer;
    if (run->x == UNKNOWN || run->y == UNKNOWN || run->z == UNKNOWN) {
        return doubt(run, DOUBT_PLACE);
    }
    if (run->retracted) {
        return doubt(run, DOUBT_RETRACTION);
    }
    if (!find_layer(run, &layer) || layer >= run->layer_room) {
        return doubt(run, DOUBT_LAYER);
    }
    find_rules(run, layer);
    if (!settle_pending(run, layer) || !in_force(run)) {
        return 0;
    }
    if (layer != run->layer) {
        run->layer_start[layer] = layer == 0 ? run->body : run->last_printed + 1;
        run->layer = layer;
        run->class_now = &run->limits->classes[layer > 0];
        judge_feed(run);
    }
    run->unsettled = 0;
    return 1;
}

static void keep_row(struct run *run, int64_t x, int64_t y, int64_t filament) {
    int64_t *row = run->rows + run->result->printed * ROW_COLUMNS;
    const int64_t columns[ROW_COLUMNS] = {
        run->index, run->line, run->layer, run->x, run->y, run->z, x, y, run->z,
        filament,   run->feed, run->nozzle, run->bed, run->fan};
    memcpy(row, columns, sizeof columns);
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

/* retraction.check_retractions: back and forth in turn, by exact length and speed. */
static int rest_line(struct run *run, int64_t filament) {
    const struct limits *limits = run->limits;
    const int back = filament < 0;
    const int64_t feed = back ? limits->retract_feed : limits->deretract_feed;
    if (!near(back ? -filament : filament, limits->rest_length, limits->rest_length_tolerance) ||
        back == run->retracted || !near(run->feed, feed, limits->rest_feed_tolerance)) {
        return doubt(run, DOUBT_RETRACTION);
    }
    run->retracted = back;
    run->unsettled = 1;
    return 1;
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
    if ((named & Z) && z != run->z && !wait(run, TO_HEIGHT, planar, run->z, z)) {
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

/* Which of the words of the body a line holds; 0 for any other. */
static uint32_t word_of(const struct line *line) {
    if (line->letter == 'G') {
        switch (line->number) {
        case 0: return WORD_G0;
        case 1: return WORD_G1;
        case 92: return WORD_G92;
        default: return 0;
        }
    }
    switch (line->number) {
    case 104: return WORD_M104;
    case 106: return WORD_M106;
    case 107: return WORD_M107;
    case 109: return WORD_M109;
    case 140: return WORD_M140;
    case 190: return WORD_M190;
    case 204: return WORD_M204;
    default: return 0;
    }
}

/* Letters that have a meaning after a word, commands._LETTERS. */
static uint32_t letters_of(uint32_t word) {
    switch (word) {
    case WORD_G0: return LETTER('X') | LETTER('Y') | LETTER('Z') | LETTER('F');
    case WORD_G1: return LETTER('X') | LETTER('Y') | LETTER('Z') | LETTER('E') | LETTER('F');
    case WORD_G92: return LETTER('E');
    case WORD_M107: return 0;
    case WORD_M204: return LETTER('P') | LETTER('S') | LETTER('T');
    default: return LETTER('S');
    }
}

static int is_acceleration(const struct limits *limits, int64_t value) {
    for (int64_t i = 0; i < limits->acceleration_count; i++) {
        if (limits->accelerations[i] == value) {
            return 1;
        }
    }
    return 0;
}

static int accelerate(struct run *run, const struct line *line) {
    for (int letter = 0; letter < 26; letter++) {
        if ((line->named >> letter & 1) && !is_acceleration(run->limits, line->value[letter])) {
            return doubt(run, DOUBT_ACCELERATION);
        }
    }
    return 1;
}

static int set(struct run *run, enum kind kind, int64_t *what, int64_t value) {
    *what = value;
    return wait(run, kind, 0, 0, value);
}

static int named_of(const struct line *line) {
    return (line->named & LETTER('X') ? X : 0) | (line->named & LETTER('Y') ? Y : 0) |
           (line->named & LETTER('Z') ? Z : 0) | (line->named & LETTER('E') ? E : 0) |
           (line->named & LETTER('F') ? F : 0);
}

#define VALUE(line, letter) ((line)->value[(letter) - 'A'])

/* One command of any form that the body may hold. */
static int obey(struct run *run, const struct line *line) {
    const uint32_t word = word_of(line), letters = letters_of(word);
    if (!(word & (uint32_t)run->limits->words) || line->bare || (line->named & ~letters) ||
        (letters && !line->named)) {
        return doubt(run, DOUBT_COMMAND);
    }
    switch (word) {
    case WORD_G0:
    case WORD_G1:
        return move(run, named_of(line), VALUE(line, 'X'), VALUE(line, 'Y'), VALUE(line, 'Z'),
                    VALUE(line, 'E'), VALUE(line, 'F'));
    case WORD_G92:
        run->extruder = 0;
        return VALUE(line, 'E') == 0 ? 1 : doubt(run, DOUBT_COMMAND);
    case WORD_M104:
    case WORD_M109:
        return set(run, SETS_NOZZLE, &run->nozzle, VALUE(line, 'S'));
    case WORD_M140:
    case WORD_M190:
        return set(run, SETS_BED, &run->bed, VALUE(line, 'S'));
    case WORD_M106:
        return set(run, SETS_FAN, &run->fan, VALUE(line, 'S'));
    case WORD_M107:
        run->fan = 0;
        run->unsettled = 1;
        return 1;
    default:
        return accelerate(run, line);
    }
}

/* A move as slicers write nearly all of them, "G1 X1.5 Y2.5 E.5": the place behind it. NULL, and
 * nothing done, if the line has another form; NULL and a doubt if it breaks a limit. */
INLINE const uint8_t *plain_move(struct run *run, const uint8_t *p) {
    int64_t x, y, e, f;
    int fits;
    p = read_number(p + 4, &x);
    if (p == NULL || UNLIKELY(load_two(p) != (' ' | 'Y' << 8))) {
        return NULL;
    }
    p = read_number(p + 2, &y);
    if (p == NULL) {
        return NULL;
    }
    if (LIKELY(load_two(p) == (' ' | 'E' << 8))) {
        p = read_number(p + 2, &e);
        if (p == NULL || UNLIKELY(*p != '\n')) {
            return NULL;
        }
        run->index++;
        fits = move(run, X | Y | E, x, y, 0, e, 0);
    } else if (*p == '\n') {
        run->index++;
        fits = move(run, X | Y, x, y, 0, 0, 0);
    } else if (load_two(p) == (' ' | 'F' << 8)) {
        p = read_number(p + 2, &f);
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
    p = read_line(p, stop, &line);
    if (p == NULL) {
        doubt(run, DOUBT_GRAMMAR);
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
                   int64_t *layer_start, int64_t layer_room, int64_t *rows, int64_t row_room) {
    struct run run;
    begin_run(&run, limits, start, result);
    if (begin < 0 || begin >= end || end > length || data[end - 1] != '\n' ||
        limits->heat_count < 1 || limits->fan_count < 1) {
        return doubt(&run, DOUBT_ROOM);
    }
    run.layer_start = layer_start;
    run.layer_room = layer_room;
    run.rows = rows;
    run.row_room = row_room;
    const int64_t plain_stop = length - LINE_ROOM;
    const int whole = read_body(&run, data + begin, data + end,
                                plain_stop > begin ? data + plain_stop : data + begin);
    result->accepted = whole && end_run(&run, start);
    result->doubt_line = run.line;
    return result->accepted;
}
