/* coverage.py for one layer: what must be solid is covered, infill has no hole, no bead outside.
 *
 * First with more pixels than the rule looks at, which is cheap: borders of skins are left out of
 * account, and so is the band along the walls. Only if that leaves a place large enough, the very
 * pixels of the rule are made. So what is in order here is in order there.
 */
#include "bits.h"
#include "model.h"

#include <math.h>
#include <string.h>

static int is_empty(const struct raster *raster, struct mask mask) {
    uint64_t any = 0;
    EACH_WORD(raster, mask.marks, n) {
        any |= mask.bits[n];
    }
    return any == 0;
}

struct shape *cut_at(struct work *work, int64_t layer) {
    struct shape *shape = &work->shapes[(layer + 2 * work->shapes_count) % work->shapes_count];
    if (shape->cut == layer) {
        return shape;
    }
    shape->cut = shape->layer = INT64_MIN;
    if (!cut_layer(work->model, layer, work->rules->plane_offset, &shape->below, &shape->above)) {
        return NULL;
    }
    shape->cut = layer;
    return shape;
}

/* A layer of the model in pixels, from the few that are kept. NULL: doubt. */
struct shape *shape_at(struct work *work, int64_t layer) {
    struct shape *shape = cut_at(work, layer);
    work->quiet = layer == work->own ? work->quiet : 0;
    if (shape == NULL || shape->layer == layer) {
        return shape;
    }
    if (!fill_both(work, &shape->below, &shape->above, shape)) {
        return NULL;
    }
    shape->layer = layer;
    return shape;
}

/* Where no layer has asked for pixels of others for a while, as in a solid part, those of the layer before
 * are given up for these: their memory is still at hand, and that of all shapes is more than lies near. */
static void take_over(struct work *work, int64_t layer) {
    const int64_t count = work->shapes_count;
    struct shape *shape = &work->shapes[layer % count];
    struct shape *before = &work->shapes[(layer + count - 1) % count];
    if (work->quiet++ < count || shape->layer == layer || before->layer != layer - 1) {
        return;
    }
    struct mask both = shape->both, either = shape->either;
    shape->both = before->both;
    shape->either = before->either;
    before->both = both;
    before->either = either;
    before->layer = INT64_MIN;
}

/* Pixels within reach of the outline of a layer, on either side of its middle. */
static int along(struct work *work, int64_t layer, double reach, struct mask out) {
    const struct shape *cut = cut_at(work, layer);
    clear(&work->raster, out);
    if (cut == NULL) {
        return 0;
    }
    draw_outline(&work->raster, out, &cut->below, reach);
    draw_outline(&work->raster, out, &cut->above, reach);
    return 1;
}

/* A straight bead about everything within reach of a segment. */
static void draw_about(const struct raster *raster, struct mask out, const struct outline *outline,
                       int64_t n, double reach) {
    double x0 = outline->x0[n], y0 = outline->y0[n], x1 = outline->x1[n], y1 = outline->y1[n];
    double x = x1 - x0, y = y1 - y0, length = sqrt(x * x + y * y);
    if (!(length > 1e-9)) {
        /* Too short to have a direction: a square that holds the disc. */
        x = 1;
        y = 0;
        length = 1;
    }
    x *= reach / length;
    y *= reach / length;
    draw(raster, out, x0 - x, y0 - y, x1 + x, y1 + y, reach, 0);
}

/* At least what along() draws for the layer at hand, for less: where a segment of one side of the
 * middle has one of the other side within off of it, it is drawn once, wider by that. */
void roughly_along(struct work *work, double reach, struct mask out) {
    const struct outline *below = &work->below, *above = &work->above;
    double most = 1 / work->raster.scale;
    clear(&work->raster, out);
    for (int64_t n = 0; n < below->count || n < above->count; n++) {
        double off = INFINITY;
        if (n < below->count && n < above->count) {
            double x0 = below->x0[n] - above->x0[n], y0 = below->y0[n] - above->y0[n];
            double x1 = below->x1[n] - above->x1[n], y1 = below->y1[n] - above->y1[n];
            off = sqrt(fmax(x0 * x0 + y0 * y0, x1 * x1 + y1 * y1));
        }
        int once = off < most;
        if (n < below->count) {
            draw_about(&work->raster, out, below, n, reach + (once ? off : 0) + MARGIN);
        }
        if (n < above->count && !once) {
            draw_about(&work->raster, out, above, n, reach + MARGIN);
        }
    }
}

/* No surface within the solid layers above or below; 0: doubt. */
static int inner_of(struct work *work, int64_t layer, struct mask out) {
    const struct raster *raster = &work->raster;
    const struct model_rules *rules = work->rules;
    const uint64_t *others[2 * MOST_SHAPES];
    int64_t count = 0;
    struct shape *shape = shape_at(work, layer);
    for (int64_t step = -rules->bottom; step <= rules->top; step++) {
        struct shape *other = step ? shape_at(work, layer + step) : NULL;
        if (step && (other == NULL || count == 2 * MOST_SHAPES)) {
            return 0;
        }
        if (step) {
            others[count++] = other->either.bits;
        }
    }
    if (shape == NULL || shape->layer != layer) {
        return 0;
    }
    clear(raster, out);
    mark_as(raster, out, shape->both.marks);
    EACH_WORD(raster, shape->both.marks, n) {
        uint64_t left = shape->both.bits[n];
        for (int64_t k = 0; k < count; k++) {
            left &= others[k][n];
        }
        out.bits[n] = left;
    }
    return 1;
}

/* Where there is surely no surface near, and all else of the layer; the border of skins is what is near
 * both. 0: doubt. */
static int border_parts(struct work *work, int64_t layer, struct mask inner,
                        struct mask other) {
    const struct model_rules *rules = work->rules;
    const struct raster *raster = &work->raster;
    struct shape *shape = shape_at(work, layer);
    struct shape *under = shape_at(work, layer - rules->bottom - 1);
    struct shape *over = shape_at(work, layer + rules->top + 1);
    if (shape == NULL || under == NULL || over == NULL || shape->layer != layer ||
        !inner_of(work, layer, inner)) {
        return 0;
    }
    clear(raster, other);
    mark_as(raster, other, shape->both.marks);
    EACH_WORD(raster, shape->both.marks, n) {
        uint64_t surely = inner.bits[n] & under->either.bits[n] & over->either.bits[n];
        other.bits[n] = shape->both.bits[n] & ~surely;
    }
    return 1;
}

/* Where skins and other infill meet: near what is surely not inner, and near what is. Uses rolled;
 * inner is used up. 0: doubt. */
static int border_of(struct work *work, int64_t layer, struct mask inner, struct mask out) {
    const struct model_rules *rules = work->rules;
    const struct raster *raster = &work->raster;
    if (!border_parts(work, layer, inner, out)) {
        return 0;
    }
    if (is_empty(raster, out) || is_empty(raster, inner)) {
        clear(raster, out);
        return 1;
    }
    grow(raster, out, work->rolled, rules->border);
    grow(raster, inner, work->rolled, rules->border);
    EACH_WORD(raster, out.marks, n) {
        out.bits[n] &= inner.bits[n];
    }
    return 1;
}

/* Begins with no deep pixel, and memory for those of bits. */
static void set_apart(const struct raster *raster, struct hole *hole) {
    clear(raster, hole->deep);
    mark_as(raster, hole->deep, hole->bits.marks);
    hole->apart = 1;
}

static struct mask deep_of(const struct hole *hole) {
    return hole->apart ? hole->deep : hole->bits;
}

/* The deep pixels of a layer as the rule has them; a, b and c are used. 0: doubt. */
static int make_exact(struct work *work, struct hole *hole) {
    const struct model_rules *rules = work->rules;
    const struct raster *raster = &work->raster;
    struct mask inner = work->a, border = work->b, near = work->c;
    if (hole->exact) {
        return 1;
    }
    if (!along(work, hole->layer, rules->beyond_walls, near)) {
        return 0;
    }
    if (rules->one_fill) {
        set_apart(raster, hole);
        EACH_WORD(raster, hole->bits.marks, n) {
            hole->deep.bits[n] = hole->bits.bits[n] & ~near.bits[n];
        }
        hole->exact = 1;
        return 1;
    }
    if (!inner_of(work, hole->layer, inner)) {
        return 0;
    }
    set_apart(raster, hole);
    /* What lies along the walls lies within near as well. */
    EACH_WORD(raster, hole->bits.marks, n) {
        uint64_t skin = rules->solid ? ~UINT64_C(0) : ~inner.bits[n];
        hole->deep.bits[n] = hole->bits.bits[n] & skin & ~near.bits[n];
    }
    if (!border_of(work, hole->layer, inner, border)) {
        return 0;
    }
    EACH_WORD(raster, hole->bits.marks, n) {
        hole->deep.bits[n] &= ~border.bits[n];
    }
    hole->exact = 1;
    return 1;
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
            open = pixel_set(raster, empty, px, py);
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
        int stops = !lines->joined[n] || n + 1 == lines->count;
        if ((begins || stops) && length > 0) {
            double safe = length > 1e-9 ? length : 1e-9;
            double ax = (lines->x1[n] - lines->x0[n]) / safe;
            double ay = (lines->y1[n] - lines->y0[n]) / safe;
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

/* What three masks have in common, in a row. Gives whether there may be any. */
static inline uint64_t common_row(const struct raster *raster, const struct mask *of, struct mask out,
                                  int64_t row, int64_t marked) {
    uint64_t any = 0;
    for (int64_t k = 0, mark = row * marked; k < marked; k++, mark++) {
        uint64_t common = of[0].marks[mark] & of[1].marks[mark] & of[2].marks[mark], marks = 0;
        uint64_t *bits = out.bits + 64 * k * raster->stride + row;
        for (uint64_t rest = out.marks[mark] & ~common; rest; rest &= rest - 1) {
            bits[__builtin_ctzll(rest) * raster->stride] = 0;
        }
        for (uint64_t rest = common; rest; rest &= rest - 1) {
            int64_t at = (64 * k + __builtin_ctzll(rest)) * raster->stride + row;
            uint64_t left = of[0].bits[at] & of[1].bits[at] & of[2].bits[at];
            out.bits[at] = left;
            marks |= left ? rest & -rest : 0;
        }
        out.marks[mark] = marks;
        any |= marks;
    }
    return any;
}

/* Whether a place may be open in this layer and in the two before it, where there are two. left: what
 * the deep pixels of this layer may hold too many; NULL: they are exact. */
static int lasts(struct work *work, int64_t layer, struct left_out *left) {
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
    const struct raster *raster = &work->raster;
    const struct mask of[] = {deep_of(hole[0]), deep_of(hole[1]), deep_of(hole[2])};
    struct mask all = work->d;
    uint64_t any = 0;
    for (int64_t row = 0; row < raster->rows; row++) {
        any |= raster->marked == 1 ? common_row(raster, of, all, row, 1)
                                   : common_row(raster, of, all, row, raster->marked);
    }
    return any && disc_fits_but(raster, all, work->rules->lasting_px + 1,
                                   left != NULL ? left_out_of_three : NULL, left);
}

static inline uint64_t leave_words(const uint64_t *of, const uint64_t *by, uint64_t *out,
                                   int64_t count) {
    word_pair any = {0, 0};
    for (int64_t n = 0; n < count - 1; n += 2) {
        word_pair left = pair_at(of + n) & ~pair_at(by + n);
        memcpy(out + n, &left, sizeof left);
        any |= left;
    }
    if (count % 2) {
        out[count - 1] = of[count - 1] & ~by[count - 1];
        any[0] |= out[count - 1];
    }
    return any[0] | any[1];
}

/* The same in the k-th words of marks of up to a tile's rows. Nearly all of their words are marked if one is:
 * so no row is asked whether it is. */
static inline uint64_t leave_tile(const struct raster *raster, struct mask of, struct mask by,
                                  struct mask out, int64_t first, int64_t count, int64_t marked,
                                  int64_t k) {
    const uint64_t *marks = of.marks + first * marked + k;
    uint64_t *restrict kept = out.marks + first * marked + k, all = 0, found = 0;
    for (int64_t row = 0; row < count; row++) {
        all |= marks[row * marked] | kept[row * marked];
    }
    for (int64_t row = 0; row < count; row++) {
        kept[row * marked] = 0;
    }
    for (; all; all &= all - 1) {
        int64_t n = __builtin_ctzll(all), at = (64 * k + n) * raster->stride + first;
        uint64_t any = leave_words(of.bits + at, by.bits + at, out.bits + at, count);
        const uint64_t *left = out.bits + at;
        found |= any;
        if (any) {
            for (int64_t row = 0; row < count; row++) {
                kept[row * marked] |= (uint64_t)(left[row] != 0) << n;
            }
        }
    }
    return found;
}

/* What of one mask another one leaves. Gives whether there is any. */
static int leave(const struct raster *raster, struct mask of, struct mask by, struct mask out) {
    const int64_t rows = raster->rows, whole = rows / TILE_PX * TILE_PX, marked = raster->marked;
    uint64_t found = 0;
    for (int64_t first = 0; marked == 1 && first < whole; first += TILE_PX) {
        found |= leave_tile(raster, of, by, out, first, TILE_PX, 1, 0);
    }
    for (int64_t first = marked == 1 ? whole : 0; first < rows; first += TILE_PX) {
        int64_t count = rows - first < TILE_PX ? rows - first : TILE_PX;
        for (int64_t k = 0; k < marked; k++) {
            found |= leave_tile(raster, of, by, out, first, count, marked, k);
        }
    }
    return found != 0;
}

/* Pixels that no bead covers. */
static void find_holes(struct work *work, const struct shape *shape, struct hole *hole,
                       int64_t layer) {
    hole->empty = !leave(&work->raster, shape->both, work->covered, hole->bits);
    hole->layer = layer;
    hole->exact = hole->apart = 0;
}

/* Whether beads lie outside both sections. Uses d. */
static int bead_outside(struct work *work, const struct shape *shape) {
    return leave(&work->raster, work->covered, shape->either, work->d) &&
           disc_fits(&work->raster, work->d, work->rules->outside_px + 1);
}

/* Where infill is sparse: walls and skins are covered, and no hole of the infill is too wide. Leaves
 * in deep what may be a hole in a skin. 0: there may be something. */
static int sparse_in_order(struct work *work, int64_t layer, struct hole *hole) {
    const struct model_rules *rules = work->rules;
    const struct raster *raster = &work->raster;
    struct mask walls = work->a, inner = work->b, border = work->c, looked = work->d;
    const uint64_t *empty = hole->bits.bits;
    roughly_along(work, rules->walls, walls);
    if (!inner_of(work, layer, inner)) {
        return 0;
    }
    clear(raster, looked);
    mark_as(raster, looked, hole->bits.marks);
    set_apart(raster, hole);
    EACH_WORD(raster, hole->bits.marks, n) {
        hole->deep.bits[n] = empty[n] & ~inner.bits[n];
        looked.bits[n] = empty[n] & (walls.bits[n] | ~inner.bits[n]);
    }
    int bare = disc_fits(raster, looked, rules->open_px + 1);
    int open = rules->knows_infill &&
               disc_fits(raster, hole->bits, rules->infill_px + 1);
    if (!bare && !open) {
        return 1;
    }
    if (!along(work, layer, rules->walls, walls) || !border_of(work, layer, inner, border)) {
        return 0;
    }
    EACH_WORD(raster, hole->bits.marks, n) {
        looked.bits[n] = (empty[n] & walls.bits[n]) | (hole->deep.bits[n] & ~border.bits[n]);
    }
    if (bare && disc_fits(raster, looked, rules->open_px + 1)) {
        return 0;
    }
    EACH_WORD(raster, hole->bits.marks, n) {
        looked.bits[n] = empty[n] & ~looked.bits[n];
    }
    return !open || !disc_fits(raster, looked, rules->infill_px + 1);
}

/* No line ends before nothing, borders of skins aside. */
static int ends_in_order(struct work *work, int64_t layer, const struct hole *hole) {
    const struct raster *raster = &work->raster;
    struct mask inner = work->b, border = work->c, looked = work->d;
    if (!ends_open(work, hole->bits)) {
        return 1;
    }
    if (work->rules->one_fill || !inner_of(work, layer, inner) ||
        !border_of(work, layer, inner, border)) {
        return 0;
    }
    clear(raster, looked);
    mark_as(raster, looked, hole->bits.marks);
    EACH_WORD(raster, hole->bits.marks, n) {
        looked.bits[n] = hole->bits.bits[n] & ~border.bits[n];
    }
    return !ends_open(work, looked);
}

/* 1: surely nothing to find. The layers before it, up to two, have to be covered before. */
int cover_layer(struct work *work, int64_t layer) {
    const struct model_rules *rules = work->rules;
    const struct raster *raster = &work->raster;
    struct hole *hole = &work->holes[layer % 3];
    hole->layer = work->drawn = INT64_MIN;
    take_over(work, layer);
    struct shape *shape = shape_at(work, layer);
    if (shape == NULL) {
        return 0;
    }
    clear(raster, work->covered);
    draw_lines(raster, work->covered, &work->lines);
    work->drawn = layer;
    if (!draw_seams(work)) {
        return 0;
    }
    find_holes(work, shape, hole, layer);
    if (!(layer == 0 && rules->spare_first) && bead_outside(work, shape)) {
        return 0;
    }
    if (hole->empty) {
        return 1;
    }
    /* In a solid part deep still holds all that is bare: a wider disc shows where a smaller one fits. */
    int solid = rules->solid || rules->one_fill;
    int64_t disc = rules->deep_px + 1, open = rules->open_px + 1;
    struct left_out left = {.work = work, .bare = hole->bits};
    if (solid && open >= disc) {
        left.bare_px = open;
    } else if (solid && disc_fits(raster, hole->bits, open)) {
        return 0;
    } else if (!solid && !sparse_in_order(work, layer, hole)) {
        return 0;
    }
    if (rules->knows_infill && !ends_in_order(work, layer, hole)) {
        return 0;
    }
    if (disc_fits_but(raster, deep_of(hole), disc, surely_left_out, &left)) {
        if (left.open || (left.bare_px > 0 && disc_fits(raster, hole->bits, open)) ||
            !make_exact(work, hole) || disc_fits(raster, deep_of(hole), disc)) {
            return 0;
        }
    }
    left.bare_px = 0;
    if (!lasts(work, layer, &left)) {
        return 1;
    }
    for (int k = 0; k < 3; k++) {
        if (work->holes[(layer + 3 - k) % 3].layer != layer - k) {
            return 0;
        }
    }
    for (int k = 0; k < 3; k++) {
        if (!make_exact(work, &work->holes[(layer + 3 - k) % 3])) {
            return 0;
        }
    }
    return !lasts(work, layer, NULL);
}
