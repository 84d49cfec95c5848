/* The rules of ring A that are asked seldom: what may change between printed lines, and how.
 *
 * The rules of commands.py, settings.py, retraction.py and layers.py. Reads no text. A line between
 * two layers belongs to the later one, which is known only at its first printed line; what depends
 * on it waits in `pending` until then.
 */
#include "rules.h"

static int64_t height_of(const struct run *run, int64_t layer) {
    return run->limits->first_height + layer * run->limits->layer_height;
}

void close_feed(struct run *run) {
    if (run->feed > 0) {
        run->result->seconds += run->distance / SCALE / ((double)run->feed / SCALE / 60);
        if (run->feed_moved && run->feed > run->result->max_feed) {
            run->result->max_feed = run->feed;
        }
    }
    run->distance = 0;
    run->feed_moved = 0;
}

void judge_feed(struct run *run) {
    const struct limits *limits = run->limits;
    run->travel_ok = run->feed >= limits->travel_slowest && run->feed <= limits->travel_fastest;
    run->print_ok = run->feed >= run->class_now->slowest && run->feed <= run->class_now->fastest;
}

int wait_for_layer(struct run *run, enum kind kind, int planar, int64_t from, int64_t to) {
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

int settle_pending(struct run *run, int64_t layer) {
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

int settle(struct run *run) {
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

/* retraction.check_retractions: back and forth in turn, by exact length and speed. */
int rest_line(struct run *run, int64_t filament) {
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

int may_stand(struct run *run, const struct line *line, uint32_t *word) {
    *word = word_of(line);
    const uint32_t letters = letters_of(*word);
    if (!(*word & (uint32_t)run->limits->words) || line->bare || (line->named & ~letters) ||
        (letters && !line->named)) {
        return doubt(run, DOUBT_COMMAND);
    }
    return 1;
}

static int set(struct run *run, enum kind kind, int64_t *what, int64_t value) {
    *what = value;
    return wait_for_layer(run, kind, 0, 0, value);
}

int set_value(struct run *run, const struct line *line, uint32_t word) {
    switch (word) {
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
