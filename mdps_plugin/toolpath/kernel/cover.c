/* coverage.py for one layer: what must be solid is covered, infill has no hole, no bead outside.
 *
 * First with more pixels than the rule looks at, which is cheap: borders of skins are left out of
 * account, and so is the band along the walls. Only if that leaves a place large enough, the very
 * pixels of the rule are made. So what is in order here is in order there.
 */
#include "model.h"

#include <math.h>
#include <string.h>

static int64_t cells(const struct work *work) {
    return work->raster.rows * work->raster.words;
}

static int is_empty(const struct work *work, struct mask mask) {
    uint64_t any = 0;
    for (int64_t n = 0; n < cells(work); n++) {
        any |= mask.bits[n];
    }
    return any == 0;
}

/* A layer of the model in pixels, from the few that are kept. NULL: doubt. */
struct shape *shape_at(struct work *work, int64_t layer) {
    struct shape *shape = &work->shapes[(layer + 2 * work->shapes_count) % work->shapes_count];
    if (shape->layer == layer) {
        return shape;
    }
    const struct model *model = work->model;
    double side = model->rules->plane_offset;
    shape->layer = INT64_MIN;
    if (layer == work->own) {
        if (!fill_both(work, &work->below, &work->above, shape)) {
            return NULL;
        }
    } else if (!cut_layer(model, layer, -side, &work->spare_below) ||
               !cut_layer(model, layer, side, &work->spare_above) ||
               !fill_both(work, &work->spare_below, &work->spare_above, shape)) {
        return NULL;
    }
    shape->layer = layer;
    return shape;
}

/* Pixels within reach of the outline of a layer, on either side of its middle. */
static int along(struct work *work, int64_t layer, double reach, struct mask out) {
    const struct model *model = work->model;
    double side = model->rules->plane_offset;
    clear(&work->raster, out);
    for (int k = 0; k < 2; k++) {
        if (!cut_layer(model, layer, k ? side : -side, &work->spare_below)) {
            return 0;
        }
        draw_outline(&work->raster, out, &work->spare_below, reach);
    }
    return 1;
}

/* No surface within the solid layers above or below; 0: doubt. */
static int inner_of(struct work *work, int64_t layer, struct mask out) {
    struct shape *shape = shape_at(work, layer);
    if (shape == NULL) {
        return 0;
    }
    memcpy(out.bits, shape->both.bits, (size_t)cells(work) * sizeof(uint64_t));
    for (int64_t step = -work->rules->bottom; step <= work->rules->top; step++) {
        struct shape *other = step ? shape_at(work, layer + step) : NULL;
        if (step && other == NULL) {
            return 0;
        }
        for (int64_t n = 0; step && n < cells(work); n++) {
            out.bits[n] &= other->either.bits[n];
        }
    }
    return 1;
}

/* Where skins and other infill meet: near what is surely not inner, and near what is. Uses c and
 * rolled; inner is used up. 0: doubt. */
static int border_of(struct work *work, int64_t layer, struct mask inner, struct mask out) {
    const struct model_rules *rules = work->rules;
    struct shape *shape = shape_at(work, layer);
    struct shape *under = shape_at(work, layer - rules->bottom - 1);
    struct shape *over = shape_at(work, layer + rules->top + 1);
    if (shape == NULL || under == NULL || over == NULL || shape->layer != layer) {
        return 0;
    }
    for (int64_t n = 0; n < cells(work); n++) {
        uint64_t surely = inner.bits[n] & under->either.bits[n] & over->either.bits[n];
        out.bits[n] = shape->both.bits[n] & ~surely;
    }
    if (is_empty(work, out) || is_empty(work, inner)) {
        clear(&work->raster, out);
        return 1;
    }
    grow(&work->raster, out, work->rolled, rules->border);
    grow(&work->raster, inner, work->rolled, rules->border);
    for (int64_t n = 0; n < cells(work); n++) {
        out.bits[n] &= inner.bits[n];
    }
    return 1;
}

/* The deep pixels of a layer as the rule has them; a, b, c and d are used. 0: doubt. */
static int make_exact(struct work *work, struct hole *hole) {
    const struct model_rules *rules = work->rules;
    struct mask inner = work->a, border = work->b, near = work->c;
    if (hole->exact) {
        return 1;
    }
    if (!along(work, hole->layer, rules->beyond_walls, near)) {
        return 0;
    }
    if (rules->one_fill) {
        for (int64_t n = 0; n < cells(work); n++) {
            hole->deep.bits[n] = hole->bits.bits[n] & ~near.bits[n];
        }
        hole->exact = 1;
        return 1;
    }
    if (!inner_of(work, hole->layer, inner)) {
        return 0;
    }
    for (int64_t n = 0; n < cells(work); n++) {
        uint64_t skin = rules->solid ? ~UINT64_C(0) : ~inner.bits[n];
        hole->deep.bits[n] = hole->bits.bits[n] & skin & ~near.bits[n];
    }
    /* along() of the walls lies within near. */
    if (!border_of(work, hole->layer, inner, border)) {
        return 0;
    }
    for (int64_t n = 0; n < cells(work); n++) {
        hole->deep.bits[n] &= ~border.bits[n];
    }
    hole->exact = 1;
    return 1;
}

static void draw_lines(struct work *work) {
    const struct lines *lines = &work->lines;
    const struct raster *raster = &work->raster;
    for (int64_t n = 0; n < lines->count; n++) {
        draw(raster, work->covered, lines->x0[n], lines->y0[n], lines->x1[n], lines->y1[n],
             lines->width[n] / 2, lines->joined[n]);
    }
}

/* The seams of closed walls are joined. 0: doubt whether one is closed. */
static int draw_seams(struct work *work) {
    const struct lines *lines = &work->lines;
    int64_t first = 0;
    for (int64_t n = 0; n < lines->count; n++) {
        if (lines->joined[n] && n + 1 < lines->count) {
            continue;
        }
        double x = lines->x0[first] - lines->x1[n], y = lines->y0[first] - lines->y1[n];
        double gap = sqrt(x * x + y * y);
        if (fabs(gap - work->rules->seam) < MARGIN) {
            return 0;
        }
        if (gap <= work->rules->seam && n > first) {
            double bx = lines->x0[first], by = lines->y0[first];
            draw(&work->raster, work->covered, bx, by, bx, by, lines->width[first] / 2, 1);
        }
        first = n + 1;
    }
    return 1;
}

/* Whether the way ahead of one end is empty too far, at five places over the width. */
static int end_open(const struct work *work, struct mask empty, double x, double y, double ax,
                    double ay, double width) {
    const struct model_rules *rules = work->rules;
    const struct raster *raster = &work->raster;
    double share[5] = {-rules->cut_share, -rules->cut_share / 2, 0.0, rules->cut_share / 2,
                       rules->cut_share};
    double sx = -ay, sy = ax;
    for (int64_t step = 0; step < rules->cut_steps; step++) {
        double ahead = ((double)step + 0.5) * rules->cut_step;
        int open = 1;
        for (int k = 0; k < 5 && open; k++) {
            double px = x + share[k] * width * sx + ahead * ax;
            double py = y + share[k] * width * sy + ahead * ay;
            double column = floor((px - raster->x) * raster->scale);
            double row = floor((py - raster->y) * raster->scale);
            open = column >= 0 && row >= 0 && column < (double)raster->columns &&
                   row < (double)raster->rows && is_set(raster, empty, (int64_t)row,
                                                        (int64_t)column);
        }
        if (!open) {
            return (double)step * rules->cut_step > rules->cut + rules->cut_step / 2;
        }
    }
    return 1;
}

/* Whether some run of lines ends before nothing. */
static int ends_open(const struct work *work, struct mask empty) {
    const struct lines *lines = &work->lines;
    int begins = 1;
    for (int64_t n = 0; n < lines->count; n++) {
        double length = lines->length[n];
        double ax = lines->x1[n] - lines->x0[n], ay = lines->y1[n] - lines->y0[n];
        int stops = !lines->joined[n] || n + 1 == lines->count;
        if (length > 0) {
            double safe = length > 1e-9 ? length : 1e-9;
            ax /= safe;
            ay /= safe;
            if (begins && end_open(work, empty, lines->x0[n], lines->y0[n], -ax, -ay,
                                   lines->width[n])) {
                return 1;
            }
            if (stops && end_open(work, empty, lines->x1[n], lines->y1[n], ax, ay,
                                  lines->width[n])) {
                return 1;
            }
        }
        begins = stops;
    }
    return 0;
}

/* Whether a place may be open in this layer and in the two before it, where there are two. */
static int lasts(struct work *work, int64_t layer) {
    const struct hole *hole[3];
    if (layer < 2) {
        return 0;
    }
    for (int k = 0; k < 3; k++) {
        hole[k] = &work->holes[(layer + 3 - k) % 3];
        if (hole[k]->layer != layer - k) {
            return 1;
        }
    }
    if (hole[0]->empty || hole[1]->empty || hole[2]->empty) {
        return 0;
    }
    struct mask all = work->d;
    for (int64_t n = 0; n < cells(work); n++) {
        all.bits[n] = hole[0]->deep.bits[n] & hole[1]->deep.bits[n] & hole[2]->deep.bits[n];
    }
    return disc_fits(&work->raster, all, work->rules->lasting_px + 1);
}

/* 1: surely nothing to find. The layers before it, up to two, have to be covered before. */
int cover_layer(struct work *work, int64_t layer) {
    const struct model_rules *rules = work->rules;
    const struct raster *raster = &work->raster;
    int64_t size = cells(work);
    struct hole *hole = &work->holes[layer % 3];
    hole->layer = INT64_MIN;
    struct shape *shape = shape_at(work, layer);
    if (shape == NULL) {
        return 0;
    }
    clear(raster, work->covered);
    draw_lines(work);
    if (!draw_seams(work)) {
        return 0;
    }
    struct mask walls = work->a, inner = work->b, border = work->c, looked = work->d;
    for (int64_t n = 0; n < size; n++) {
        uint64_t covered = work->covered.bits[n];
        hole->bits.bits[n] = hole->deep.bits[n] = shape->both.bits[n] & ~covered;
        looked.bits[n] = covered & ~shape->either.bits[n];
    }
    hole->layer = layer;
    hole->exact = 0;
    hole->empty = is_empty(work, hole->bits);
    int spare = layer == 0 && rules->spare_first;
    if (!spare && disc_fits(raster, looked, rules->outside_px + 1)) {
        return 0;
    }
    if (hole->empty) {
        return 1;
    }
    const uint64_t *empty = hole->bits.bits;
    int known_border = 0;
    if (rules->solid || rules->one_fill) {
        if (disc_fits(raster, hole->bits, rules->open_px + 1)) {
            return 0;
        }
    } else {
        if (!along(work, layer, rules->walls, walls) || !inner_of(work, layer, inner)) {
            return 0;
        }
        for (int64_t n = 0; n < size; n++) {
            hole->deep.bits[n] = empty[n] & ~inner.bits[n];
            looked.bits[n] = empty[n] & (walls.bits[n] | ~inner.bits[n]);
        }
        int bare = disc_fits(raster, looked, rules->open_px + 1);
        int open = 0;
        if (rules->knows_infill) {
            for (int64_t n = 0; n < size; n++) {
                looked.bits[n] = empty[n] & ~walls.bits[n];
            }
            open = disc_fits(raster, looked, rules->infill_px + 1);
        }
        if (bare || open) {
            if (!border_of(work, layer, inner, border)) {
                return 0;
            }
            known_border = 1;
            for (int64_t n = 0; n < size; n++) {
                uint64_t must = walls.bits[n] | (hole->deep.bits[n] & ~border.bits[n]);
                looked.bits[n] = empty[n] & must;
            }
            if (bare && disc_fits(raster, looked, rules->open_px + 1)) {
                return 0;
            }
            for (int64_t n = 0; n < size; n++) {
                looked.bits[n] = empty[n] & ~looked.bits[n];
            }
            if (open && disc_fits(raster, looked, rules->infill_px + 1)) {
                return 0;
            }
        }
    }
    if (rules->knows_infill && ends_open(work, hole->bits)) {
        if (rules->one_fill) {
            return 0;
        }
        if (!known_border && (!inner_of(work, layer, inner) ||
                              !border_of(work, layer, inner, border))) {
            return 0;
        }
        for (int64_t n = 0; n < size; n++) {
            looked.bits[n] = empty[n] & ~border.bits[n];
        }
        if (ends_open(work, looked)) {
            return 0;
        }
    }
    if (disc_fits(raster, hole->deep, rules->deep_px + 1) &&
        (!make_exact(work, hole) || disc_fits(raster, hole->deep, rules->deep_px + 1))) {
        return 0;
    }
    if (lasts(work, layer)) {
        for (int k = 0; k < 3; k++) {
            struct hole *one = &work->holes[(layer + 3 - k) % 3];
            if (one->layer != layer - k || !make_exact(work, one)) {
                return 0;
            }
        }
        return !lasts(work, layer);
    }
    return 1;
}
