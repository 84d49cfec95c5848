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
#define MOST_EARLIER 64

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

/* As along_side for a layer before, of which no cells are kept. */
static int along_earlier(struct work *work, int64_t layer, double px, double py, double reach) {
    double offset = work->rules->plane_offset, square = (reach - MARGIN) * (reach - MARGIN);
    const struct outline *outline = &work->spare_below;
    for (int side = 0; side < 2; side++) {
        if (!cut_layer(work->model, layer, side ? offset : -offset, &work->spare_below)) {
            return 0;
        }
        for (int64_t n = 0; n < outline->count; n++) {
            double sx = outline->x1[n] - outline->x0[n], sy = outline->y1[n] - outline->y0[n];
            double ex = px - outline->x1[n], ey = py - outline->y1[n];
            double along = -(ex * sx + ey * sy), across = ex * sy - ey * sx;
            double whole = sx * sx + sy * sy;
            int beside = whole > 1e-10 && along > MARGIN * whole && along < (1 - MARGIN) * whole &&
                         across * across < square * whole;
            if (beside || ex * ex + ey * ey < square) {
                return 1;
            }
        }
    }
    return 0;
}

static int near_border(struct work *work, int64_t layer, struct parts *parts, int64_t row,
                       int64_t column) {
    if (parts->known == 0) {
        parts->known = border_parts(work, layer, parts->inner, parts->other) ? 1 : -1;
    }
    return parts->known > 0 &&
           near_set(&work->raster, parts->other, row, column, work->rules->border) &&
           near_set(&work->raster, parts->inner, row, column, work->rules->border);
}

/* Whether a place lies within reach of the outline of the layer at hand, below or above its middle. */
static int along_own(struct work *work, int above, double px, double py, double reach) {
    const struct rough *rough = rough_of(work, above);
    double surely = reach - ROUGH_MM;
    /* About the begin of a segment none is drawn but that of the end of the one before it. */
    if (rough != NULL && rough->closed && reach < rough->reach && surely > 0 &&
        rough_square(rough, px, py) < surely * surely) {
        return 1;
    }
    return along_side(sides_of(work, above), px, py, reach);
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
    return along_own(work, 0, x, y, rules->beyond_walls) ||
           along_own(work, 1, x, y, rules->beyond_walls) ||
           (!rules->one_fill && near_border(work, work->own, &left->parts[0], row, column));
}

int left_out_of_three(void *asked, int64_t row, int64_t column) {
    struct left_out *left = asked;
    struct work *work = left->work;
    const struct raster *raster = &work->raster;
    double x = raster->x + ((double)column + 0.5) / raster->scale;
    double y = raster->y + ((double)row + 0.5) / raster->scale;
    if (surely_left_out(asked, row, column)) {
        return 1;
    }
    for (int back = 1; back < 3; back++) {
        int64_t layer = work->own - back;
        if (!work->rules->one_fill && near_border(work, layer, &left->parts[back], row, column)) {
            return 1;
        }
        /* Each time the layer is cut again: only a few may ask. */
        if (left->earlier < MOST_EARLIER) {
            left->earlier++;
            if (along_earlier(work, layer, x, y, work->rules->beyond_walls)) {
                return 1;
            }
        }
    }
    return 0;
}
