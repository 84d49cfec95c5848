/* borders.py for one layer: which ends and turns of filling lines surely lie where PrusaSlicer lets two
 * fills of a solid part meet, and which may. */
#include "model.h"

#include <math.h>

/* Pieces of an outline in the area to fill, and steps to tell where they lie; with more the rule does it. */
#define MOST_PIECES 2048
#define MOST_COMPARED 4000000

/* inverse: one over the square of its length. */
struct piece {
    double x, y, sx, sy, inverse;
    int sure;
};

/* Of one side of a layer. */
struct edges {
    int64_t count;
    struct piece piece[MOST_PIECES];
};

/* 1: surely deeper than to the area to fill by what outlines are rounded, 0: surely not, but in it or near;
 * -1: surely neither; -2: doubt. */
static int how_deep(const struct model_rules *rules, double depth, double fill) {
    double low = fill - rules->border_sure, high = fill + rules->border_sure;
    if (!(fabs(depth - low) >= MARGIN && fabs(depth - high) >= MARGIN)) {
        return -2;
    }
    return depth < low ? -1 : depth > high;
}

/* The same from a rough depth; -2: it does not tell. */
static int how_deep_roughly(const struct model_rules *rules, const struct rough *rough, double x,
                            double y, double fill) {
    if (rough == NULL) {
        return -2;
    }
    /* Beyond reach nothing tells how far. */
    double depth = least(sqrt((double)rough_square(rough, x, y)), rough->reach);
    if (depth < fill - rules->border_sure - ROUGH_MM - MARGIN) {
        return -1;
    }
    return depth > fill + rules->border_sure + ROUGH_MM + MARGIN ? 1 : -2;
}

/* The outline of a layer, a piece at a time, in the area to fill of the layer at hand. 0: doubt. */
static int find_edges(struct work *work, const struct outline *outline, const struct shape *own,
                      int side, double fill, struct edges *edges) {
    const struct model_rules *rules = work->rules;
    const struct rough *rough = rough_of(work, side);
    edges->count = 0;
    for (int64_t n = 0; n < outline->count; n++) {
        double x0 = outline->x0[n], y0 = outline->y0[n];
        double way_x = outline->x1[n] - x0, way_y = outline->y1[n] - y0;
        double length = sqrt(way_x * way_x + way_y * way_y), parts = length / rules->border_piece;
        double whole = ceil(parts);
        if (!(parts < 1e6) || fabs(parts - nearbyint(parts)) < 1e-9) {
            return 0;
        }
        /* No place of it lies further from its middle than half its length. */
        if (rough != NULL && sqrt((double)rough_square(rough, x0 + 0.5 * way_x, y0 + 0.5 * way_y)) <
                                 fill - rules->border_sure - ROUGH_MM - MARGIN - 0.5 * length) {
            continue;
        }
        double count = whole > 1 ? whole : 1, step_x = way_x / count, step_y = way_y / count;
        for (double k = 0; k < count; k++) {
            double x = x0 + k * step_x, y = y0 + k * step_y;
            double middle_x = x + 0.5 * step_x, middle_y = y + 0.5 * step_y;
            int deep = how_deep_roughly(rules, rough, middle_x, middle_y, fill);
            if (deep == -2) {
                deep = how_deep(rules, depth_of(sides_of(work, side), middle_x, middle_y), fill);
            }
            if (deep == -2 || edges->count == MOST_PIECES) {
                return 0;
            }
            if (deep >= 0 && pixel_set(&work->raster, own->either, middle_x, middle_y)) {
                double square = step_x * step_x + step_y * step_y;
                edges->piece[edges->count++] = (struct piece){
                    x, y, step_x, step_y, 1 / most(square, 1e-18), deep};
            }
        }
    }
    return 1;
}

/* Of these, what lies in the area to fill of another layer as well. 0: doubt. */
static int keep_within(struct work *work, const struct shape *other, int side, double fill,
                       int64_t *compared, struct edges *edges) {
    const struct outline *outline = side ? &other->above : &other->below;
    int64_t kept = 0;
    if (outline->count == 0) {
        edges->count = 0;
    }
    *compared += edges->count * outline->count;
    if (*compared > MOST_COMPARED) {
        return 0;
    }
    for (int64_t k = 0; k < edges->count; k++) {
        struct piece piece = edges->piece[k];
        double x = piece.x + 0.5 * piece.sx, y = piece.y + 0.5 * piece.sy, square = INFINITY;
        for (int64_t n = 0; n < outline->count; n++) {
            double here = square_to(x, y, outline->x0[n], outline->y0[n], outline->x1[n],
                                    outline->y1[n]);
            square = here < square ? here : square;
        }
        int deep = how_deep(work->rules, sqrt(square), fill);
        if (deep == -2) {
            return 0;
        }
        if (deep >= 0 && pixel_set(&work->raster, other->either, x, y)) {
            piece.sure = piece.sure && deep;
            edges->piece[kept++] = piece;
        }
    }
    edges->count = kept;
    return 1;
}

/* What a place is to the edges of one side, by kind of the piece or of where on it the nearest is. */
struct gaps {
    double sure, unsure, far;
};

static struct gaps gaps_to(const struct edges *edges, double px, double py) {
    struct gaps squares = {INFINITY, INFINITY, 0};
    for (int64_t k = 0; k < edges->count; k++) {
        const struct piece *piece = &edges->piece[k];
        double tx = px - piece->x, ty = py - piece->y;
        double share = (tx * piece->sx + ty * piece->sy) * piece->inverse;
        double on = share < 0 ? 0 : share > 1 ? 1 : share;
        double ax = tx - on * piece->sx, ay = ty - on * piece->sy, square = ax * ax + ay * ay;
        double *kind = piece->sure ? &squares.sure : &squares.unsure;
        *kind = least(square, *kind);
        squares.far = most(square, squares.far);
    }
    return (struct gaps){sqrt(squares.sure), sqrt(squares.unsure), sqrt(squares.far)};
}

/* Which of the places surely, and which may, lie at a border so far from these edges, of one side of the
 * middle or both. surface: what was widened to there may have been widened again. */
static void look_about(const struct model_rules *rules, int64_t kind, int surface,
                       const struct edges *sides, struct odd *odd, int64_t count) {
    int which = surface ? 0 : 1;
    double away = rules->border_away[kind][which], behind = rules->border_away[kind][1];
    double ends = rules->border_ends[kind], turns = rules->border_turns[kind];
    double near = rules->border_near - MARGIN, tip = rules->border_tip[which];
    for (int64_t n = 0; n < count; n++) {
        double low = INFINITY, high = 0, far = 0, off = odd[n].turning ? turns : ends;
        int unsure = 0;
        if (odd[n].surely) {
            continue;
        }
        for (int side = 0; side < 2; side++) {
            if (sides[side].count == 0) {
                continue;
            }
            struct gaps gaps = gaps_to(&sides[side], odd[n].spot.x, odd[n].spot.y);
            double gap = least(gaps.sure, gaps.unsure);
            low = least(gap, low);
            high = most(gap, high);
            far = most(far, gaps.sure < INFINITY ? gaps.sure : gaps.far);
            unsure = unsure || gaps.unsure < gaps.sure - MARGIN;
        }
        /* An end where others turn on the far side may graze the border: that is not told here. */
        const double offs[] = {-off, -ends, ends, off};
        for (int k = 0; k < 4; k++) {
            double at = away + offs[k];
            int one = fabs(low - at) <= near || fabs(high - at) <= near;
            int between = high - low < rules->border_slope - MARGIN && low <= at + near &&
                          high >= at - near;
            odd[n].surely = odd[n].surely || one || between;
        }
        /* About a corner lines may end further away: by how much it turns is not known here. */
        if (unsure && far >= away - off - near && low <= (away + off) * tip + near) {
            odd[n].maybe = 1;
        }
        double reach = unsure ? away * tip + behind * rules->border_corner[1] : away + behind;
        if (surface && most(high, far) >= away - turns - near && low <= reach + turns + near) {
            odd[n].maybe = 1;
        }
    }
}

int find_borders(struct work *work, int64_t layer, const uint8_t *crossed, struct odd *odd,
                 int64_t count) {
    const struct model_rules *rules = work->rules;
    struct edges sides[2];
    int64_t kind = layer ? 1 : 0, compared = 0;
    double fill = rules->border_fill[kind];
    for (int64_t step = -rules->bottom; step <= rules->top; step++) {
        int64_t beside = layer + step - (step > 0 ? 1 : -1);
        if (step == 0 || !crossed[step + rules->bottom + 1]) {
            continue;
        }
        struct shape *own = shape_at(work, layer), *other = shape_at(work, beside);
        struct shape *cut = cut_at(work, layer + step);
        if (own == NULL || other == NULL || cut == NULL || own->layer != layer ||
            other->layer != beside) {
            return 0;
        }
        for (int side = 0; side < 2; side++) {
            if (!find_edges(work, side ? &cut->above : &cut->below, own, side, fill,
                            &sides[side])) {
                return 0;
            }
        }
        if (beside != layer) {
            look_about(rules, kind, 0, sides, odd, count);
        }
        for (int side = 0; beside != layer && side < 2; side++) {
            if (!keep_within(work, other, side, fill, &compared, &sides[side])) {
                return 0;
            }
        }
        look_about(rules, kind, 1, sides, odd, count);
    }
    return 1;
}
