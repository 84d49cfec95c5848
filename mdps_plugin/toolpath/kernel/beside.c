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
#define MOST_EARLIER 2000
#define MOST_SEARCHED 1000

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
static int along_earlier(const struct outline *outline, double px, double py, double reach) {
    double square = (reach - MARGIN) * (reach - MARGIN);
    for (int64_t n = 0; n < outline->count; n++) {
        double sx = outline->x1[n] - outline->x0[n], sy = outline->y1[n] - outline->y0[n];
        double ex = px - outline->x1[n], ey = py - outline->y1[n];
        double back = -(ex * sx + ey * sy), across = ex * sy - ey * sx, whole = sx * sx + sy * sy;
        int beside = whole > 1e-10 && back > MARGIN * whole && back < (1 - MARGIN) * whole &&
                     across * across < square * whole;
        if (beside || ex * ex + ey * ey < square) {
            return 1;
        }
    }
    return 0;
}

/* Bits first to last of those of the n-th word. */
static inline uint64_t between(int64_t n, int64_t first, int64_t last) {
    uint64_t bits = n == first >> 6 ? ~UINT64_C(0) << (first & 63) : ~UINT64_C(0);
    return n == last >> 6 ? bits & ~UINT64_C(0) >> (63 - (last & 63)) : bits;
}

/* The layers that tell what of one is inner, and what surely is: see cover.c. 0: doubt. */
struct near_layers {
    const uint64_t *own, *others[2 * MOST_SHAPES], *surely[2];
    int64_t count;
};

static int find_layers(struct work *work, int64_t layer, struct near_layers *near) {
    const struct model_rules *rules = work->rules;
    near->count = 0;
    near->own = NULL;
    for (int64_t step = -rules->bottom - 1; step <= rules->top + 1; step++) {
        const struct shape *shape = shape_at(work, layer + step);
        if (shape == NULL || near->count == 2 * MOST_SHAPES) {
            return 0;
        }
        if (step == 0) {
            near->own = shape->both.bits;
        } else if (step < -rules->bottom || step > rules->top) {
            near->surely[step > 0] = shape->either.bits;
        } else {
            near->others[near->count++] = shape->either.bits;
        }
    }
    return near->own != NULL;
}

/* Looks for pixels of both parts of the border within reach of a pixel, from its row outwards. */
static int search_border(struct work *work, int64_t layer, int64_t row, int64_t column,
                         struct met *met) {
    const struct raster *raster = &work->raster;
    struct near_layers near;
    int64_t reach = work->rules->border;
    int64_t left = column > reach ? column - reach : 0;
    int64_t right = column + reach < raster->columns ? column + reach : raster->columns - 1;
    if (!find_layers(work, layer, &near)) {
        return 0;
    }
    met->inner_row = met->other_row = -1;
    for (int64_t k = 0; k <= 2 * reach; k++) {
        int64_t down = row + (k % 2 ? (k + 1) / 2 : -k / 2);
        if (down < 0 || down >= raster->rows) {
            continue;
        }
        for (int64_t n = left >> 6; n <= right >> 6; n++) {
            int64_t at = n * raster->stride + down;
            uint64_t own = near.own[at] & between(n, left, right), inner = own;
            for (int64_t one = 0; one < near.count && inner; one++) {
                inner &= near.others[one][at];
            }
            uint64_t other = own & ~(inner & near.surely[0][at] & near.surely[1][at]);
            if (inner && met->inner_row < 0) {
                met->inner_row = (int32_t)down;
                met->inner_column = (int32_t)(64 * n + __builtin_ctzll(inner));
            }
            if (other && met->other_row < 0) {
                met->other_row = (int32_t)down;
                met->other_column = (int32_t)(64 * n + __builtin_ctzll(other));
            }
        }
        if (met->inner_row >= 0 && met->other_row >= 0) {
            return 1;
        }
    }
    return 0;
}

static int is_near(int64_t row, int64_t column, int32_t other_row, int32_t other_column,
                   int64_t reach) {
    return row - other_row <= reach && other_row - row <= reach && column - other_column <= reach &&
           other_column - column <= reach;
}

/* Whether a pixel surely lies in the border of skins of one of three layers. What was found for one
 * pixel mostly does for the next. */
static int near_border(struct left_out *left, int back, int64_t row, int64_t column) {
    struct work *work = left->work;
    int64_t reach = work->rules->border;
    int32_t count = left->met_count[back] < MOST_FOUND ? left->met_count[back] : MOST_FOUND;
    for (int32_t k = 0; k < count; k++) {
        const struct met *met = &left->met[back][k];
        if (is_near(row, column, met->inner_row, met->inner_column, reach) &&
            is_near(row, column, met->other_row, met->other_column, reach)) {
            return 1;
        }
    }
    struct met met;
    if (++left->searched > MOST_SEARCHED ||
        !search_border(work, work->own - back, row, column, &met)) {
        return 0;
    }
    left->met[back][left->met_count[back]++ % MOST_FOUND] = met;
    return 1;
}

/* Whether a pixel of the layer at hand lies within reach of its outline, below or above the middle.
 * */
static int along_own(struct left_out *left, int above, int64_t row, int64_t column) {
    struct work *work = left->work;
    const struct raster *raster = &work->raster;
    const struct rough *rough = rough_of(work, above);
    double x = raster->x + ((double)column + 0.5) / raster->scale;
    double y = raster->y + ((double)row + 0.5) / raster->scale;
    double reach = work->rules->beyond_walls, surely = reach - ROUGH_MM;
    /* About the begin of a segment none is drawn but that of the end of the one before it. What lies beyond the
     * reach of the cells only makes a place seem further away. */
    if (rough != NULL && rough->closed && surely > 0) {
        double away = sqrt((double)rough_square(rough, x, y));
        if (away < surely) {
            /* A place no further from this one than this is no further from the outline by more. */
            double spare = (surely - away) * raster->scale * (1 - MARGIN);
            left->about[column / 64 % MOST_ABOUT] = (struct about){row, column, spare * spare};
            return 1;
        }
    }
    return along_side(sides_of(work, above), x, y, reach);
}

int surely_left_out(void *asked, int64_t row, int64_t column) {
    struct left_out *left = asked;
    const struct about *about = &left->about[column / 64 % MOST_ABOUT];
    if (left->bare_px > 0 &&
        disc_at(&left->work->raster, left->bare, row, column, left->bare_px)) {
        left->open = 1;
        return 0;
    }
    double down = (double)(row - about->row), aside = (double)(column - about->column);
    if (down * down + aside * aside < about->square) {
        return 1;
    }
    if (++left->asked > MOST_MIDDLES) {
        return 0;
    }
    return along_own(left, 0, row, column) || along_own(left, 1, row, column) ||
           (!left->work->rules->one_fill && near_border(left, 0, row, column));
}

int left_out_of_three(void *asked, int64_t row, int64_t column) {
    struct left_out *left = asked;
    struct work *work = left->work;
    const struct raster *raster = &work->raster;
    if (surely_left_out(asked, row, column)) {
        return 1;
    }
    double x = raster->x + ((double)column + 0.5) / raster->scale;
    double y = raster->y + ((double)row + 0.5) / raster->scale;
    for (int back = 1; back < 3; back++) {
        int64_t layer = work->own - back;
        if (!work->rules->one_fill && near_border(left, back, row, column)) {
            return 1;
        }
        const struct shape *cut = ++left->earlier < MOST_EARLIER ? cut_at(work, layer) : NULL;
        if (cut != NULL && (along_earlier(&cut->below, x, y, work->rules->beyond_walls) ||
                            along_earlier(&cut->above, x, y, work->rules->beyond_walls))) {
            return 1;
        }
    }
    return 0;
}
