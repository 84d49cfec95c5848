/* cut_ends.py for one layer: whether ends that are excused surely face no other over a bare stretch. Borders are
 * not looked at here: where any place between two such ends may be bare, the rule decides. */
#include "model.h"

#include <math.h>

/* Pairs of ends, and pixels between them; with more the rule does it. */
#define MOST_LOOKED 4000000

/* The end of a run, where its line would go on, and half the width of its bead. */
struct stop {
    double x, y, ahead_x, ahead_y, half;
};

static struct stop stop_of(const struct lines *lines, int64_t line, int at_end) {
    double length = fmax(lines->length[line], 1e-9);
    double way_x = (lines->x1[line] - lines->x0[line]) / length;
    double way_y = (lines->y1[line] - lines->y0[line]) / length;
    return at_end ? (struct stop){lines->x1[line], lines->y1[line], way_x, way_y, 0.5 * lines->width[line]}
                  : (struct stop){lines->x0[line], lines->y0[line], -way_x, -way_y,
                                  0.5 * lines->width[line]};
}

/* How far ahead of an end the bead of another begins that comes towards it; spare: taken into the limits, or out
 * of them. -1: it does not. */
static double comes_towards(const struct model_rules *rules, const struct stop *end,
                            const struct stop *other, double aside_most, double spare) {
    double x = other->x - end->x, y = other->y - end->y;
    double along = x * end->ahead_x + y * end->ahead_y;
    double aside = fabs(x * end->ahead_y - y * end->ahead_x);
    double same = end->ahead_x * other->ahead_x + end->ahead_y * other->ahead_y;
    int faces = same < rules->faced_opposite + spare && along > rules->faced_from - spare &&
                along <= rules->faced_to + spare && aside <= aside_most + spare;
    return faces ? along - other->half : -1;
}

/* As far ahead as the rule may look between an end and the first one that faces it; 0: not at all. */
static double looked_up_to(const struct work *work, const struct stop *end, double aside) {
    const struct lines *lines = &work->lines;
    double first = INFINITY, last = 0;
    int64_t begin = 0;
    for (int64_t n = 0; n < lines->count; n++) {
        if (lines->joined[n] && n + 1 < lines->count) {
            continue;
        }
        const struct stop both[] = {stop_of(lines, begin, 0), stop_of(lines, n, 1)};
        double x = both[0].x - both[1].x, y = both[0].y - both[1].y;
        int closed = sqrt(x * x + y * y) <= work->rules->seam && n > begin;
        begin = n + 1;
        for (int k = 0; !closed && k < 2; k++) {
            last = fmax(last, comes_towards(work->rules, end, &both[k], aside, MARGIN));
            double sure = comes_towards(work->rules, end, &both[k], aside, -MARGIN);
            first = sure >= 0 && sure < first ? sure : first;
        }
    }
    return first < last ? first : last;
}

int surely_no_cut(const struct work *work, const struct shape *shape, const struct odd *odd,
                  int64_t count) {
    const struct model_rules *rules = work->rules;
    const struct lines *lines = &work->lines;
    int kind = shape->layer ? 1 : 0;
    double aside = 0.5 * rules->place_spacing[kind];
    int64_t looked = 0;
    for (int64_t k = 0; k < count; k++) {
        if (!odd[k].stop) {
            continue;
        }
        int64_t line = odd[k].line;
        struct stop end = stop_of(lines, line, odd[k].at_end);
        looked += lines->count;
        if (work->drawn != shape->layer || looked > MOST_LOOKED || !(lines->length[line] > MARGIN)) {
            return 0;
        }
        double last = looked_up_to(work, &end, aside);
        int64_t bare = 0, least_bare = rules->faced_least[kind];
        int inside = 0;
        for (int64_t step = 1; bare > 0 || step <= least_bare; step++) {
            double way = end.half + (double)step * rules->faced_every;
            double x = end.x + way * end.ahead_x, y = end.y + way * end.ahead_y;
            if (!(way < last + MARGIN)) {
                break;
            }
            int covered = pixel_set(&work->raster, work->covered, x, y);
            bare = covered ? 0 : bare + 1;
            inside = !covered && (inside || pixel_set(&work->raster, shape->either, x, y));
            if (++looked > MOST_LOOKED || (inside && bare >= least_bare)) {
                return 0;
            }
        }
    }
    return 1;
}
