/* Discs of a mask made roughly that are none in the mask as the rule has it. Draws nothing.
 *
 * coverage.py leaves out of its deep pixels the bands along walls and the borders of skins. To draw
 * these takes more time than all else of a layer, and mostly there is little to ask: whether the few
 * discs that fit without them would still fit. Here each is asked by its middle. A disc fits only if
 * its middle is set too, so a middle that is surely left out settles it.
 */
#include "model.h"

#include <math.h>

/* More middles than this in one layer: the very pixels are made instead. */
#define MOST_MIDDLES 200000

/* Whether a place lies within reach of an outline surely, as raster.draw draws it: beside a segment, or
 * about the end of one. hint: where to look first. */
static int along_side(struct sides *sides, double px, double py, double reach) {
    if (sides == NULL) {
        return 0;
    }
    double square = (reach - MARGIN) * (reach - MARGIN);
    struct around around = sides_near(sides, px, py, reach);
    for (int32_t n = sides->hint; n >= 0; n = next_near(sides, &around)) {
        const struct side *side = &sides->side[n];
        double ex = px - side->x - side->sx, ey = py - side->y - side->sy;
        double share = 1 + (ex * side->sx + ey * side->sy) * side->inverse;
        double across = ex * side->sy - ey * side->sx;
        int beside = side->inverse < 1e10 && share > MARGIN &&
                     share < 1 - MARGIN && across * across * side->inverse < square;
        if (beside || ex * ex + ey * ey < square) {
            sides->hint = n;
            return 1;
        }
    }
    return 0;
}

int surely_left_out(void *asked, int64_t row, int64_t column) {
    struct left_out *left = asked;
    struct work *work = left->work;
    const struct raster *raster = &work->raster;
    const struct model_rules *rules = work->rules;
    double x = raster->x + ((double)column + 0.5) / raster->scale;
    double y = raster->y + ((double)row + 0.5) / raster->scale;
    if (left->bare_px > 0 && disc_at(raster, left->bare, row, column, left->bare_px)) {
        left->open = 1;
        return 0;
    }
    if (++left->asked > MOST_MIDDLES) {
        return 0;
    }
    if (along_side(sides_of(work, 0), x, y, rules->beyond_walls) ||
        along_side(sides_of(work, 1), x, y, rules->beyond_walls)) {
        return 1;
    }
    if (rules->one_fill) {
        return 0;
    }
    if (!left->known) {
        left->known = border_parts(work, work->own, left->inner, left->other) ? 1 : -1;
    }
    return left->known > 0 && near_set(raster, left->other, row, column, rules->border) &&
           near_set(raster, left->inner, row, column, rules->border);
}
