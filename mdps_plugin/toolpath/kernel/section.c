/* Triangles by layers, the cut of a plane, and the printed lines of a layer in millimetres. */
#include "fours.h"
#include "mesh.h"
#include "model.h"

#include <math.h>

/* As Sections._layer: the layer whose middle lies nearest above (or below) a height. */
static double layer_near(double height, double start, double step, int above) {
    double upper = (height - start) / step + 0.5;
    int zero = above ? height <= start / 2 : height < start + step / 2;
    upper = above ? ceil(upper) : floor(upper);
    if (zero) {
        return height < start / 2 && !above ? -1.0 : 0.0;
    }
    return upper > 1.0 ? upper : 1.0;
}

static int32_t bounded(double layer) {
    /* A height that is no number counts as far above. */
    if (!(layer < 2e9)) {
        return 2000000000;
    }
    return layer < -1.0 ? -1 : (int32_t)layer;
}

/* Corners of a triangle: of a file they have 32 bits, of whoever made them up 64. */
static inline void triangle_at(const uint8_t *corners, int64_t stride, int64_t wide,
                               int64_t triangle, double *out) {
    if (wide) {
        memcpy(out, corners + triangle * stride, 9 * sizeof *out);
        return;
    }
    float some[9];
    corners_of(corners, stride, triangle, some);
    for (int k = 0; k < 9; k++) {
        out[k] = (double)some[k];
    }
}

int64_t mdps_spans(const uint8_t *corners, int64_t stride, int64_t wide, int64_t count,
                   double first_height, double layer_height, double plane_offset, int32_t *first,
                   int32_t *last, int64_t *top) {
    int64_t cuts = 0, highest = -1;
    for (int64_t i = 0; i < count; i++) {
        double corner[9];
        triangle_at(corners, stride, wide, i, corner);
        double low = corner[2], high = corner[2];
        for (int k = 1; k < 3; k++) {
            double z = corner[3 * k + 2];
            low = z < low ? z : low;
            high = z > high ? z : high;
        }
        int32_t from = bounded(layer_near(low - plane_offset, first_height, layer_height, 1));
        int32_t to = bounded(layer_near(high + plane_offset, first_height, layer_height, 0));
        first[i] = from = from > 0 ? from : 0;
        last[i] = to;
        highest = to > highest ? to : highest;
        cuts += to >= from ? (int64_t)to - from + 1 : 0;
    }
    *top = highest;
    return cuts;
}

/* edges: layers + 1 numbers. Triangles of a layer stay in their order, as in sections.py. */
int64_t mdps_order(const int32_t *first, const int32_t *last, int64_t count, int64_t *edges,
                   int64_t layers, int32_t *order, int64_t room) {
    int64_t most = 0, total = 0;
    if (count > INT32_MAX) {
        return -1;
    }
    for (int64_t k = 0; k <= layers; k++) {
        edges[k] = 0;
    }
    for (int64_t i = 0; i < count; i++) {
        if (first[i] < 0 || last[i] >= layers) {
            return -1;
        }
        for (int64_t k = first[i]; k <= last[i]; k++) {
            edges[k + 1]++;
        }
    }
    for (int64_t k = 1; k <= layers; k++) {
        most = edges[k] > most ? edges[k] : most;
        total += edges[k];
        edges[k] = total;
    }
    if (total > room) {
        return -1;
    }
    /* edges[k] goes along while layer k is filled, and ends where k + 1 begins. */
    for (int64_t i = 0; i < count; i++) {
        for (int64_t k = first[i]; k <= last[i]; k++) {
            order[edges[k]++] = (int32_t)i;
        }
    }
    for (int64_t k = layers; k > 0; k--) {
        edges[k] = edges[k - 1];
    }
    edges[0] = 0;
    return most;
}

double middle_of(const struct model_rules *rules, int64_t layer) {
    if (layer == 0) {
        return rules->first_height / 2;
    }
    return rules->first_height + ((double)layer - 0.5) * rules->layer_height;
}

/* Adds what a plane at height z cuts of a triangle, as section.cut. */
static inline void cut_triangle(const double *corner, double z, struct outline *out) {
    double height[3] = {corner[2] - z, corner[5] - z, corner[8] - z};
    int above[3] = {height[0] >= 0, height[1] >= 0, height[2] >= 0};
    if (above[0] == above[1] && above[1] == above[2]) {
        return;
    }
    int alone = above[0] == above[1] ? 2 : above[0] == above[2] ? 1 : 0;
    double x[2], y[2];
    for (int turn = 0; turn < 2; turn++) {
        int other = alone + turn + 1 < 3 ? alone + turn + 1 : alone + turn - 2;
        double share = height[alone] / (height[alone] - height[other]);
        const double *start = corner + 3 * alone, *stop = corner + 3 * other;
        x[turn] = start[0] + share * (stop[0] - start[0]);
        y[turn] = start[1] + share * (stop[1] - start[1]);
    }
    if (x[0] == x[1] && y[0] == y[1]) {
        return;
    }
    int from = above[alone] ? 0 : 1;
    int64_t n = out->count++;
    out->x0[n] = x[from];
    out->y0[n] = y[from];
    out->x1[n] = x[1 - from];
    out->y1[n] = y[1 - from];
}

/* By which corners lie above a plane, one bit each: the corner that lies alone, and those that it is cut off
 * from, first where the outline begins. */
static const struct {
    int32_t alone, begin, end;
} CUT_OFF[8] = {{0, 0, 0}, {0, 1, 2}, {1, 2, 0}, {2, 1, 0}, {2, 0, 1}, {1, 0, 2}, {0, 2, 1}, {0, 0, 0}};

static inline int corners_above(const double *corner, double z) {
    return (corner[2] >= z) | (corner[5] >= z) << 1 | (corner[8] >= z) << 2;
}

/* Puts an end of a cut of either plane in its place. */
static inline void put_ends(double *below, double *above, couple ends) {
    *below = ends[0];
    *above = ends[1];
}

/* Adds what two planes cut of a triangle, reckoned at once where both have the same corners above. */
static inline void cut_twice(const double *corner, couple z, struct outline *below,
                             struct outline *above) {
    int which = corners_above(corner, z[0]);
    if (which != corners_above(corner, z[1])) {
        cut_triangle(corner, z[0], below);
        cut_triangle(corner, z[1], above);
        return;
    }
    if (which == 0 || which == 7) {
        return;
    }
    const double *start = corner + 3 * CUT_OFF[which].alone;
    const double *one = corner + 3 * CUT_OFF[which].begin, *other = corner + 3 * CUT_OFF[which].end;
    couple height = start[2] - z, here = height / (height - (one[2] - z));
    couple there = height / (height - (other[2] - z));
    couple x0 = start[0] + here * (one[0] - start[0]), y0 = start[1] + here * (one[1] - start[1]);
    couple x1 = start[0] + there * (other[0] - start[0]), y1 = start[1] + there * (other[1] - start[1]);
    int64_t n = below->count, k = above->count;
    put_ends(below->x0 + n, above->x0 + k, x0);
    put_ends(below->y0 + n, above->y0 + k, y0);
    put_ends(below->x1 + n, above->x1 + k, x1);
    put_ends(below->y1 + n, above->y1 + k, y1);
    below->count += !(x0[0] == x1[0] && y0[0] == y1[0]);
    above->count += !(x0[1] == x1[1] && y0[1] == y1[1]);
}

/* As section.cut below and above the middle by side. Each has room for most_met segments, and for one
 * that comes to nothing. */
int cut_layer(const struct model *model, int64_t layer, double side, struct outline *below,
              struct outline *above) {
    double middle = middle_of(model->rules, layer), low = middle - side, high = middle + side;
    below->count = above->count = 0;
    if (layer < 0 || layer >= model->model_layers) {
        return 1;
    }
    int64_t begin = model->edges[layer], end = model->edges[layer + 1];
    if (begin < 0 || end > model->order_count || end - begin > model->most_met) {
        return 0;
    }
    for (int64_t at = begin; at < end; at++) {
        int32_t triangle = model->order[at];
        if (triangle < 0 || triangle >= model->triangle_count) {
            return 0;
        }
        double corner[9];
        triangle_at(model->corners, model->corner_stride, model->corners_wide, triangle, corner);
        cut_twice(corner, (couple){low, high}, below, above);
    }
    return 1;
}

#define BEGIN offsetof(struct stroke, x0)
#define END offsetof(struct stroke, x1)

/* Both numbers of a place of a stroke, exact. */
static inline couple place_at(const struct stroke *stroke, size_t where) {
    two_whole pair;
    memcpy(&pair, (const uint8_t *)stroke + where, sizeof pair);
    return __builtin_convertvector(pair, couple);
}

/* One over 100000, which is SCALE: 21 bits of it, and the rest. */
#define ONE_HIGH 0x1.4f8b5p-17
#define ONE_REST 0x1.11c6d1e108c3fp-38

/* The same as whole / SCALE, for whole numbers of 32 bits and a sign, in less time. The first product is
 * exact, and both together lie within 2^-73 of the quotient, of itself; which is a double, or lies 2^-66 or
 * more from the middle between two: no nearer do multiples of 1 / SCALE come to it. */
static inline couple in_mm(couple whole) {
    return whole * ONE_HIGH + whole * ONE_REST;
}

/* As geometry.layer_lines; out has room for most_printed lines. 0: doubt. */
int lines_of(const struct model *model, int64_t layer, struct lines *out) {
    const struct model_rules *rules = model->rules;
    int64_t begin = model->layer_rows[layer], end = model->layer_rows[layer + 1];
    int kind = layer ? 1 : 0;
    out->count = 0;
    if (begin < 0 || end > model->printed_count || end <= begin ||
        end - begin > model->most_printed) {
        return 0;
    }
    double height = layer ? rules->layer_height : rules->first_height;
    double sides = height * rules->round_sides;
    out->height = height;
    out->volume_mm3 = 0;
    out->widest = 0;
    out->narrowest = 1e9;
    for (int64_t n = begin; n < end; n++) {
        const struct stroke *stroke = model->printed + n;
        int64_t at = n - begin;
        couple begin_at = place_at(stroke, BEGIN), end_at = place_at(stroke, END);
        couple whole = in_mm(end_at - begin_at), from = in_mm(begin_at), to = in_mm(end_at);
        couple way = to - from;
        double length = sqrt(whole[0] * whole[0] + whole[1] * whole[1]);
        double volume = (double)stroke->filament / SCALE * rules->filament_area;
        double flow = length > 0 ? volume / length : 0;
        double width = flow / height + sides;
        width = width > rules->width_least[kind] ? width : rules->width_least[kind];
        width = width < rules->width_most[kind] ? width : rules->width_most[kind];
        out->x0[at] = from[0];
        out->y0[at] = from[1];
        out->x1[at] = to[0];
        out->y1[at] = to[1];
        out->width[at] = width;
        out->flow[at] = flow;
        out->volume[at] = volume;
        out->joined[at] = n + 1 < end && stroke->x1 == stroke[1].x0 && stroke->y1 == stroke[1].y0;
        out->length[at] = sqrt(way[0] * way[0] + way[1] * way[1]);
        out->volume_mm3 += volume;
        out->widest = width > out->widest ? width : out->widest;
        out->narrowest = width < out->narrowest ? width : out->narrowest;
    }
    out->count = end - begin;
    return 1;
}
