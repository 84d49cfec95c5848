/* What the two halves of ring A share: the state of one run, and the rules that are asked seldom.
 *
 * body.c reads lines and judges each move; rules.c judges what changes between moves: heights,
 * layers, heat, fan, filament at rest, and which commands there may be. No state outlives a run.
 */
#ifndef MDPS_RULES_H
#define MDPS_RULES_H

#include "text.h"

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
    struct stroke *strokes;
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

INLINE int doubt(struct run *run, enum doubt why) {
    run->result->doubt = why;
    return 0;
}

INLINE int near(int64_t value, int64_t target, int64_t tolerance) {
    return value >= target - tolerance && value <= target + tolerance;
}

/* Time and greatest speed of what moved at the feed in force. */
void close_feed(struct run *run);

/* Whether travel and the class at hand may have the feed in force. */
void judge_feed(struct run *run);

/* Keeps what is judged by the layer of the next printed line. */
int wait_for_layer(struct run *run, enum kind kind, int planar, int64_t from, int64_t to);

/* What waited, now that its layer is known; `layer` may be one above run->layer. */
int settle_pending(struct run *run, int64_t layer);

/* Everything a printed line has to prove after a change of height, heat, fan or filament. */
int settle(struct run *run);

/* Filament that moves while the nozzle rests. */
int rest_line(struct run *run, int64_t filament);

/* Whether the body may hold this command with these letters; word gets its bit. */
int may_stand(struct run *run, const struct line *line, uint32_t *word);

/* One allowed command that is no move. */
int set_value(struct run *run, const struct line *line, uint32_t word);

#endif
