/* Lines beside the outline of their section: geometry.py, inside.py, gaps.py, and the samples that
 * outline.py and fit.py take. Each is compared with MARGIN on the careful side.
 */
#include "bits.h"
#include "fours.h"
#include "model.h"

#include <math.h>
#include <string.h>

#define MOST_EXACT 512
#define PROBE_MM 0.1
/* With shorter ones the pieces of the rule are as soon looked at. */
#define LEAST_STEP_MM 0.1
/* Where geometry._printable_edge looks for a piece as wide as a bead, from the outermost place inward, mm. */
#define INWARD_FIRST 0.01
#define INWARD_STEP 0.02
#define INWARD_BEADS 9

/* How far apart the outline is met within MARGIN of a place on an axis: no piece there is wider. */
static double spread_at(const struct outline *outline, int axis, double at) {
    const double *along0 = axis ? outline->y0 : outline->x0, *along1 = axis ? outline->y1 : outline->x1;
    const double *across0 = axis ? outline->x0 : outline->y0, *across1 = axis ? outline->x1 : outline->y1;
    double low = INFINITY, high = -INFINITY;
    for (int64_t n = 0; n < outline->count; n++) {
        double from = along0[n], step = along1[n] - from;
        if (least(from, along1[n]) > at + MARGIN || most(from, along1[n]) < at - MARGIN) {
            continue;
        }
        for (int end = 0; end < 2; end++) {
            double share = end;
            if (fabs(step) > 2 * MARGIN) {
                share = (at + (end ? MARGIN : -MARGIN) - from) / step;
                share = share < 0 ? 0 : share > 1 ? 1 : share;
            }
            double across = across0[n] + share * (across1[n] - across0[n]);
            low = least(low, across);
            high = most(high, across);
        }
    }
    return high - low;
}

/* Whether lines may end so far inside the outermost place of an axis, as a tip further out holds no bead. */
static int tip_is_narrow(const struct work *work, int axis, double edge, double toward, double inside) {
    double bead = work->rules->width_most[1] - MARGIN, deep = inside - work->rules->shorter + MARGIN;
    for (int64_t k = 0; INWARD_FIRST + INWARD_STEP * (double)k < deep; k++) {
        double inward = INWARD_FIRST + INWARD_STEP * (double)k;
        if (inward > INWARD_BEADS * bead || !(spread_at(&work->below, axis, edge - toward * inward) < bead)) {
            return 0;
        }
    }
    return deep < INWARD_BEADS * bead;
}

/* Box and volume of a layer against one section, as geometry._judge without findings. */
int section_in_order(const struct work *work, int64_t layer) {
    const struct model_rules *rules = work->rules;
    const struct outline *outline = &work->below;
    const struct lines *lines = &work->lines;
    if (outline->count == 0 || (layer == 0 && rules->spare_first)) {
        return 0;
    }
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, area = 0;
    double mx = outline->x0[0], my = outline->y0[0];
    for (int64_t n = 0; n < outline->count; n++) {
        double x0 = outline->x0[n], y0 = outline->y0[n], x1 = outline->x1[n], y1 = outline->y1[n];
        low[0] = least(low[0], least(x0, x1));
        low[1] = least(low[1], least(y0, y1));
        high[0] = most(high[0], most(x0, x1));
        high[1] = most(high[1], most(y0, y1));
        area += (x0 - mx) * (y1 - my) - (x1 - mx) * (y0 - my);
    }
    double solid = area / 2 * lines->height, ratio = lines->volume_mm3 / solid;
    if (!(solid > MARGIN) || !(ratio > rules->volume_least * (1 + MARGIN)) ||
        !(ratio < rules->volume_most * (1 - MARGIN))) {
        return 0;
    }
    double left[2] = {INFINITY, INFINITY}, right[2] = {-INFINITY, -INFINITY};
    for (int64_t n = 0; n < lines->count; n++) {
        double half = lines->width[n] / 2;
        left[0] = least(left[0], least(lines->x0[n], lines->x1[n]) - half);
        left[1] = least(left[1], least(lines->y0[n], lines->y1[n]) - half);
        right[0] = most(right[0], most(lines->x0[n], lines->x1[n]) + half);
        right[1] = most(right[1], most(lines->y0[n], lines->y1[n]) + half);
    }
    double out = rules->beyond - MARGIN, in = rules->shorter - MARGIN;
    for (int axis = 0; axis < 2; axis++) {
        if (!(right[axis] < high[axis] + out && left[axis] > low[axis] - out)) {
            return 0;
        }
        double right_in = high[axis] - right[axis], left_in = left[axis] - low[axis];
        if (!(right_in < in || tip_is_narrow(work, axis, high[axis], 1, right_in)) ||
            !(left_in < in || tip_is_narrow(work, axis, low[axis], -1, left_in))) {
            return 0;
        }
    }
    return 1;
}

/* As inside.is_inside for one place. */
static int winds(const struct outline *outline, double x, double y) {
    int64_t winding = 0;
    for (int64_t n = 0; n < outline->count; n++) {
        double y0 = outline->y0[n], y1 = outline->y1[n];
        int up = y0 <= y && y < y1, down = y1 <= y && y < y0;
        if (up || down) {
            double left = (outline->x1[n] - outline->x0[n]) * (y - y0) -
                          (x - outline->x0[n]) * (y1 - y0);
            winding += up && left > 0;
            winding -= down && left < 0;
        }
    }
    return winding > 0;
}

double square_to(double px, double py, double x0, double y0, double x1, double y1) {
    double sx = x1 - x0, sy = y1 - y0, tx = px - x0, ty = py - y0;
    double square = sx * sx + sy * sy;
    double share = (tx * sx + ty * sy) / (square > 1e-12 ? square : 1e-12);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    double ax = tx - share * sx, ay = ty - share * sy;
    return ax * ax + ay * ay;
}

static int near_outline(const struct outline *outline, double x, double y, double reach) {
    for (int64_t n = 0; n < outline->count; n++) {
        if (square_to(x, y, outline->x0[n], outline->y0[n], outline->x1[n], outline->y1[n]) <
            reach * reach) {
            return 1;
        }
    }
    return 0;
}

/* Whether the pixel about a place in pixels is set; 0 beside the grid. The place before the first
 * pixel is no place of it: one more than a share of -1 is a share above 0, which becomes 0. */
static inline int is_set(const struct raster *raster, const uint64_t *bits, couple place) {
    two_whole at = __builtin_convertvector(place + 1, two_whole) - 1;
    uint32_t across = (uint32_t)at[0], down = (uint32_t)at[1];
    return across < (uint32_t)raster->columns && down < (uint32_t)raster->rows &&
           bits[(across >> 6) * raster->stride + down] >> (across & 63) & 1;
}

/* A place of a line that lies in no pixel of the section. */
static int exactly_inside(const struct outline *outline, double x, double y, double reach) {
    return winds(outline, x, y) || near_outline(outline, x, y, reach);
}

/* Ends and middles of lines in the section, or as near to it as is allowed. A place in a pixel
 * whose middle is inside lies inside, or within 0.036 mm of the outline. */
int lines_inside(const struct work *work, struct mask both) {
    const struct lines *lines = &work->lines;
    const struct raster *raster = &work->raster;
    double reach = work->rules->inside - MARGIN, scale = raster->scale;
    const couple low = {raster->x, raster->y};
    int64_t exact = 0;
    if (work->below.count == 0 || reach < 0.036) {
        return 0;
    }
    int follows = 0;
    for (int64_t n = 0; n < lines->count; follows = lines->joined[n++]) {
        double x0 = lines->x0[n], y0 = lines->y0[n], x1 = lines->x1[n], y1 = lines->y1[n];
        /* Numbers of pixels, of lines that lie within 22 m. */
        couple first = ((couple){x0, y0} - low) * scale, last = ((couple){x1, y1} - low) * scale;
        /* Where the line before has ended, is looked at. */
        int begins = follows || is_set(raster, both.bits, first);
        int ends = is_set(raster, both.bits, last);
        int runs = is_set(raster, both.bits, (first + last) / 2);
        if (begins & ends & runs) {
            continue;
        }
        exact += !begins + !ends + !runs;
        if (exact > MOST_EXACT || (!begins && !exactly_inside(&work->below, x0, y0, reach)) ||
            (!ends && !exactly_inside(&work->below, x1, y1, reach)) ||
            (!runs && !exactly_inside(&work->below, (x0 + x1) / 2, (y0 + y1) / 2, reach))) {
            return 0;
        }
    }
    return 1;
}

/* From a place on the outline straight in to the other side, as gaps.thickness_mm: whether that is
 * surely less than thin. */
static int surely_thin(const struct outline *outline, double px, double py, double nx, double ny,
                       double probe, double thin) {
    for (int64_t n = 0; n < outline->count; n++) {
        double sx = outline->x1[n] - outline->x0[n], sy = outline->y1[n] - outline->y0[n];
        double ax = outline->x0[n] - px, ay = outline->y0[n] - py;
        double across = sx * ny - sy * nx;
        if (fabs(across) <= 1e-9) {
            continue;
        }
        double reach = (ax * sy - ay * sx) / across, share = -(ax * ny - ay * nx) / across;
        if (share > MARGIN && share < 1 - MARGIN && reach > probe + MARGIN &&
            reach < thin - MARGIN) {
            return 1;
        }
    }
    return 0;
}

/* Whether all pixels about places that lie evenly, first to last, are set; 0 at the edge of the raster.
 * Places are off by less than 1e-3 pixels: of up to 10^6 steps each is a whole number of 2^-32. */
static int all_covered(const struct raster *raster, const uint64_t *bits, struct spot first,
                       struct spot last, int64_t count) {
    const double across = (double)raster->columns - 1, down = (double)raster->rows - 1;
    if (!(first.x >= 1 && first.y >= 1 && last.x >= 1 && last.y >= 1 && first.x < across &&
          last.x < across && first.y < down && last.y < down)) {
        return 0;
    }
    const double one = 4294967296.0, step = count > 1 ? one / (double)(count - 1) : 0;
    uint64_t x = (uint64_t)(int64_t)(first.x * one), y = (uint64_t)(int64_t)(first.y * one);
    uint64_t step_x = (uint64_t)(int64_t)((last.x - first.x) * step);
    uint64_t step_y = (uint64_t)(int64_t)((last.y - first.y) * step);
    uint64_t all = 1;
    for (int64_t k = 0; k < count; k++, x += step_x, y += step_y) {
        all &= bits[(int64_t)(x >> 38) * raster->stride + (int64_t)(y >> 32)] >> (x >> 32 & 63);
    }
    return (int)all;
}

/* One segment of the outline in pieces: what of it no line lies beside, mm. quick: a covered pixel
 * tells. */
static double bare_of(const struct work *work, int64_t n, int quick, int64_t *exact) {
    const struct model_rules *rules = work->rules;
    const struct outline *outline = &work->below;
    const struct raster *raster = &work->raster;
    double x0 = outline->x0[n], y0 = outline->y0[n];
    double sx = outline->x1[n] - x0, sy = outline->y1[n] - y0;
    double length = sqrt(sx * sx + sy * sy), parts = length / rules->piece, bare = 0;
    if (!(length > 0)) {
        return 0;
    }
    if (!(parts <= 999999)) {
        return INFINITY;
    }
    double count = whole_above(parts, 1, 1e6), scale = raster->scale, end = 0.5 / count;
    double inward = PROBE_MM * scale / length, outward = -PROBE_MM * scale / length;
    /* Both with a plus: some compilers make one rounding of a minus beside a plus, whatever they are told. */
    double x = (x0 - raster->x) * scale + outward * sy, along_x = sx * scale;
    double y = (y0 - raster->y) * scale + inward * sx, along_y = sy * scale;
    struct spot first = {x + end * along_x, y + end * along_y};
    struct spot last = {x + (1 - end) * along_x, y + (1 - end) * along_y};
    if (quick && all_covered(raster, work->covered.bits, first, last, (int64_t)count)) {
        return 0;
    }
    double nx = sy / length, ny = -sx / length;
    for (double k = 0; k < count; k++) {
        double share = (k + 0.5) / count;
        x = x0 + share * sx;
        y = y0 + share * sy;
        if (quick && pixel_set(raster, work->covered, x - PROBE_MM * nx, y - PROBE_MM * ny)) {
            continue;
        }
        if (++*exact > 8 * MOST_EXACT) {
            return INFINITY;
        }
        if (!(nearest_to(work, x, y, nx, ny, 1).high <= rules->near - MARGIN) &&
            !surely_thin(outline, x, y, nx, ny, rules->probe, rules->thin)) {
            bare += length / count;
        }
    }
    return bare;
}

/* Which joined segments have a line beside all that they stand for. A place of the outline lies
 * within ROUGH_MM of its own, there within half a step of one looked from, and that within PROBE_MM
 * and half a pixel of a bead. */
static void find_beside(const struct work *work, const struct rough *rough, double step) {
    const struct raster *raster = &work->raster;
    const struct outline *joined = &rough->joined;
    double scale = raster->scale;
    for (int64_t n = 0; n < joined->count; n++) {
        double sx = joined->x1[n] - joined->x0[n], sy = joined->y1[n] - joined->y0[n];
        double length = sqrt(sx * sx + sy * sy), count = whole_above(length / step, 1, 1e6);
        double end = 0.5 / count, inward = PROBE_MM / (length > 0 ? length : 1);
        double x = (joined->x0[n] - raster->x - inward * sy) * scale, along_x = sx * scale;
        double y = (joined->y0[n] - raster->y + inward * sx) * scale, along_y = sy * scale;
        struct spot first = {x + end * along_x, y + end * along_y};
        struct spot last = {x + (1 - end) * along_x, y + (1 - end) * along_y};
        rough->beside[n] =
            (uint8_t)all_covered(raster, work->covered.bits, first, last, (int64_t)count);
    }
}

/* As gaps.longest_gap: all that is bare together is no longer than one gap may be. A place 0.1 mm
 * inside whose pixel is covered has a line near enough. */
int outline_walled(struct work *work) {
    const struct model_rules *rules = work->rules;
    const struct lines *lines = &work->lines;
    double bare = 0;
    int64_t exact = 0;
    if (work->below.count == 0) {
        return 0;
    }
    double spare = rules->near + (lines->narrowest - lines->widest) / 2 - PROBE_MM - 0.036 - MARGIN;
    const struct rough *rough = spare - ROUGH_MM > LEAST_STEP_MM / 2 ? rough_of(work, 0) : NULL;
    if (rough != NULL) {
        find_beside(work, rough, 2 * (spare - ROUGH_MM));
    }
    for (int64_t n = 0; n < work->below.count; n++) {
        if (rough != NULL && rough->beside[rough->part[n]]) {
            continue;
        }
        bare += bare_of(work, n, spare >= 0, &exact);
        if (bare > rules->gap - MARGIN) {
            return 0;
        }
    }
    return 1;
}

/* Lengths only grow: with the last of so many all of them lie before a place. */
#define LEAP 4

/* How long the outline is up to the end of each segment. */
static void find_lengths(const struct outline *outline, double *length) {
    double total = 0;
    for (int64_t n = 0; n < outline->count; n++) {
        double x = outline->x1[n] - outline->x0[n], y = outline->y1[n] - outline->y0[n];
        total += sqrt(x * x + y * y);
        length[n] = total;
    }
}

/* Section.samples: places spread evenly over the outline, and normals. */
static int samples(const struct outline *outline, int64_t count, const double *length,
                   double *points, double *normals) {
    double total = outline->count > 0 ? length[outline->count - 1] : 0;
    if (!(total > 0) || !(total < 1e9)) {
        return 0;
    }
    int64_t chosen = 0;
    for (int64_t k = 0; k < count; k++) {
        double at = ((double)k + 0.5) * total / (double)count;
        while (chosen + LEAP < outline->count && length[chosen + LEAP - 1] < at) {
            chosen += LEAP;
        }
        while (chosen + 1 < outline->count && length[chosen] < at) {
            chosen++;
        }
        double sx = outline->x1[chosen] - outline->x0[chosen];
        double sy = outline->y1[chosen] - outline->y0[chosen], own = sqrt(sx * sx + sy * sy);
        if (!(own > 0)) {
            return 0;
        }
        double share = 1 - (length[chosen] - at) / own;
        points[2 * k] = outline->x0[chosen] + share * sx;
        points[2 * k + 1] = outline->y0[chosen] + share * sy;
        normals[2 * k] = sy / own;
        normals[2 * k + 1] = -sx / own;
    }
    return 1;
}

/* Samples of both sides for the fit, of the section below for the outline. 0: none surely. */
int sample_layer(struct work *work, int64_t layer) {
    const struct model *model = work->model;
    const struct model_rules *rules = work->rules;
    int64_t each = rules->fit_samples, some = rules->outline_samples;
    double *length = work->numbers, *points = length + model->most_met;
    if (!sort_lines(work)) {
        return 0;
    }
    /* The side below last: its lengths are asked again. */
    for (int side = 1; side >= 0; side--) {
        const struct outline *outline = side ? &work->above : &work->below;
        int64_t at = (2 * layer + side) * each;
        double *place = model->fit_points + 2 * at, *normal = model->fit_normals + 2 * at;
        find_lengths(outline, length);
        if (each > 0 && !samples(outline, each, length, place, normal)) {
            return 0;
        }
        for (int64_t k = 0; k < each; k++) {
            struct nearest found = nearest_to(work, place[2 * k], place[2 * k + 1], normal[2 * k],
                                              normal[2 * k + 1], 0);
            if (!(found.high - found.low < 1e-8)) {
                return 0;
            }
            model->fit_insets[at + k] = found.low - rules->outer_inset;
        }
    }
    double *normal = model->outline_normals + 2 * layer * some;
    if (!samples(&work->below, some, length, points, normal)) {
        return 0;
    }
    for (int64_t k = 0; k < some; k++) {
        struct nearest found = nearest_to(work, points[2 * k], points[2 * k + 1], normal[2 * k],
                                          normal[2 * k + 1], 1);
        model->outline_low[layer * some + k] = found.low;
        model->outline_high[layer * some + k] = found.high;
    }
    return 1;
}
