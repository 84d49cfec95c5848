/* How deep places lie inside an outline, to within ROUGH_MM: enough for most. Judges nothing.
 *
 * A mesh is cut into many short segments. Here those that follow one another are joined to one as long as
 * none of them comes to lie further from it than JOINED_MM, on either side: so no distance to the outline
 * changes by more than that. Each cell of 2 mm holds a list of all joined segments within reach of any
 * place of it, in single precision, four at a time: see rough.h.
 */
#include "rough.h"

#include <math.h>
#include <string.h>

#define JOINED_MM 0.013
/* Ends that are nearer than this along both axes are one. */
#define END_MM 1e-4
/* Up to this a number is off by less than 2e-5 mm in single precision, and a distance by less than 3e-4. */
#define MOST_LENGTH_MM 400.0
/* Segments whose next one is looked for among all. */
#define MOST_LOOKED_FOR 8
/* Further from their chord segments are not looked at four at a time: too many cells would hold
 * them. */
#define MOST_ASIDE_MM 0.5

/* A place in units of END_MM, to the nearest. */
static inline int64_t unit_of(double place) {
    return (int64_t)(place * (1 / END_MM) + (place < 0 ? -0.5 : 0.5));
}

static inline uint64_t slot_of(int64_t x, int64_t y) {
    uint64_t key = (uint64_t)x * UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)y * UINT64_C(0xC2B2AE3D27D4EB4F);
    return key ^ key >> 29;
}

/* Whether a segment begins where another one ends, and follows none yet; from now on it does. */
static inline int follows(struct rough *rough, const struct outline *outline, int64_t k, int64_t n) {
    if (k < 0 || k >= outline->count || rough->state[k] & ROUGH_FOLLOWS ||
        !(fabs(outline->x0[k] - outline->x1[n]) < END_MM) ||
        !(fabs(outline->y0[k] - outline->y1[n]) < END_MM)) {
        return 0;
    }
    rough->state[k] |= ROUGH_FOLLOWS;
    rough->next[n] = (int32_t)k;
    return 1;
}

/* The same by a table of where segments begin, for those that have none yet. Gives how many; -1: too many
 * ends in one place. */
static int64_t look_up_next(struct rough *rough, const struct outline *outline) {
    uint64_t wrap = (uint64_t)rough->slots - 1;
    int64_t found = 0, left = most_probes(outline->count);
    memset(rough->table, 0xff, (size_t)rough->slots * sizeof *rough->table);
    for (int64_t n = 0; n < outline->count; n++) {
        uint64_t slot = slot_of(unit_of(outline->x0[n]), unit_of(outline->y0[n])) & wrap;
        while (rough->table[slot] >= 0) {
            slot = (slot + 1) & wrap;
            left--;
        }
        if (left < 0) {
            return -1;
        }
        rough->table[slot] = (int32_t)n;
    }
    for (int64_t n = 0; n < outline->count; n++) {
        if (rough->next[n] >= 0) {
            continue;
        }
        uint64_t slot = slot_of(unit_of(outline->x1[n]), unit_of(outline->y1[n])) & wrap;
        for (int32_t k; (k = rough->table[slot]) >= 0; slot = (slot + 1) & wrap, left--) {
            if (follows(rough, outline, k, n)) {
                found++;
                break;
            }
        }
        if (left < 0) {
            return -1;
        }
    }
    return found;
}

/* Whether any segment does. */
static int found_among_all(struct rough *rough, const struct outline *outline, int64_t n) {
    for (int64_t k = 0; k < outline->count; k++) {
        if (follows(rough, outline, k, n)) {
            return 1;
        }
    }
    return 0;
}

/* Which segment begins where another ends. Gives whether every one has one before it; then no end
 * is anything but a number. Faces of a mesh lie in its file in rows, mostly: then the next one
 * comes next, or behind the next of the one before. */
static int find_next(struct rough *rough, const struct outline *outline) {
    int64_t followed = 0, guess = -1, searched = 0;
    memset(rough->state, 0, (size_t)outline->count);
    for (int64_t n = 0; n < outline->count; n++) {
        rough->next[n] = -1;
        followed += follows(rough, outline, guess, n) || follows(rough, outline, n + 1, n) ||
                    (searched++ < MOST_LOOKED_FOR && found_among_all(rough, outline, n));
        guess = rough->next[n] >= 0 ? rough->next[n] + 1 : -1;
    }
    return followed == outline->count;
}

static int all_finite(const struct outline *outline) {
    int finite = 1;
    for (int64_t n = 0; n < outline->count; n++) {
        finite &= (fabs(outline->x0[n]) < MOST_MM) & (fabs(outline->y0[n]) < MOST_MM) &
                  (fabs(outline->x1[n]) < MOST_MM) & (fabs(outline->y1[n]) < MOST_MM);
    }
    return finite;
}

/* Directions in which a joined segment may end: between right and left, seen from where it begins.
 * Without a length they bound nothing. */
struct cone {
    double right_x, right_y, left_x, left_y, far;
};

/* Whether a joined segment may end at a place x, y from its begin, with all that it has passed near it. */
static inline int may_end(const struct cone *cone, double x, double y) {
    return x * x + y * y >= cone->far && cone->right_x * y - cone->right_y * x >= 0 &&
           x * cone->left_y - y * cone->left_x >= 0;
}

/* From now on it passes within JOINED_MM of this place. */
static inline void pass_by(struct cone *cone, double x, double y) {
    double square = x * x + y * y;
    cone->far = square;
    if (square <= JOINED_MM * JOINED_MM) {
        return;
    }
    /* Both a length times as long: it is their directions that count. */
    double length = sqrt(square), right_x = x * length + y * JOINED_MM;
    double right_y = y * length - x * JOINED_MM, left_x = x * length - y * JOINED_MM;
    double left_y = y * length + x * JOINED_MM;
    if (cone->right_x * right_y - cone->right_y * right_x >= 0) {
        cone->right_x = right_x;
        cone->right_y = right_y;
    }
    if (left_x * cone->left_y - left_y * cone->left_x >= 0) {
        cone->left_x = left_x;
        cone->left_y = left_y;
    }
}

static void join(struct rough *rough, const struct outline *outline) {
    struct outline *joined = &rough->joined;
    int64_t at = -1;
    for (int64_t first = 0; first < outline->count; first++) {
        struct cone cone = {0, 0, 0, 0, INFINITY};
        double begin_x = 0, begin_y = 0;
        for (int32_t n = (int32_t)first; n >= 0 && !(rough->state[n] & ROUGH_SEEN);
             n = rough->next[n]) {
            double end_x = outline->x1[n], end_y = outline->y1[n];
            double x = end_x - begin_x, y = end_y - begin_y;
            if (!may_end(&cone, x, y)) {
                begin_x = joined->x0[++at] = outline->x0[n];
                begin_y = joined->y0[at] = outline->y0[n];
                cone = (struct cone){0};
                x = end_x - begin_x;
                y = end_y - begin_y;
            }
            pass_by(&cone, x, y);
            joined->x1[at] = end_x;
            joined->y1[at] = end_y;
            rough->part[n] = (int32_t)at;
            rough->state[n] |= ROUGH_SEEN;
        }
    }
    joined->count = at + 1;
}

/* Cells within reach of it hold a four. */
struct chord {
    double x0, y0, x1, y1, reach;
};

/* Of a place no further than ROUGH_EDGE cells from the outline. */
static inline int32_t cell_of(double place, double low) {
    return (int32_t)((place - low) * (1 / ROUGH_CELL_MM));
}

/* How far count joined segments from first on lie from the chord between both ends; INFINITY: one
 * of them begins or ends beside it. */
static double aside_of(const struct outline *joined, int64_t first, int64_t count) {
    double x0 = joined->x0[first], y0 = joined->y0[first], across = 0;
    double sx = joined->x1[first + count - 1] - x0, sy = joined->y1[first + count - 1] - y0;
    double square = sx * sx + sy * sy;
    for (int64_t n = 1; n < 2 * count - 1; n++) {
        int64_t k = first + n / 2;
        double x = (n % 2 ? joined->x1[k] : joined->x0[k]) - x0;
        double y = (n % 2 ? joined->y1[k] : joined->y0[k]) - y0, along = x * sx + y * sy;
        if (!(along >= 0 && along <= square)) {
            return INFINITY;
        }
        across = most(across, fabs(x * sy - y * sx));
    }
    return count > 1 ? across / sqrt(square) : 0;
}

/* Up to four joined segments in single precision, from the low corner on; what is left of four far
 * away. One too short for a direction is taken for its middle: it is off by less than 1e-6 mm. */
static void make_four(struct rough *rough, int64_t first, int64_t count, float *numbers) {
    const struct outline *joined = &rough->joined;
    for (int64_t k = 0; k < 4; k++) {
        int64_t n = first + (k < count ? k : 0);
        double sx = joined->x1[n] - joined->x0[n], sy = joined->y1[n] - joined->y0[n];
        double x = joined->x0[n] + sx / 2 - rough->low_x, y = joined->y0[n] + sy / 2 - rough->low_y;
        double length = sqrt(sx * sx + sy * sy), inverse = length > 1e-6 ? 1 / length : 0;
        double ux = inverse > 0 ? sx * inverse : 1, uy = sy * inverse;
        numbers[k] = (float)ux;
        numbers[4 + k] = (float)uy;
        numbers[8 + k] = k < count ? (float)(x * ux + y * uy) : 1e6F;
        numbers[12 + k] = (float)(x * uy - y * ux);
        numbers[16 + k] = (float)(length / 2);
    }
}

/* Puts a four into the lists of all cells within reach of a chord, from this item on. Gives the
 * next one; NULL: no room. */
static struct near_four *put_four(const struct rough *rough, struct chord chord,
                                  const float *numbers, struct near_four *item) {
    double x0 = chord.x0, y0 = chord.y0, x1 = chord.x1, y1 = chord.y1, reach = chord.reach;
    double way = fabs(x1 - x0) < 100 * fabs(y1 - y0) ? (x1 - x0) / (y1 - y0) : 0;
    double low_y = least(y0, y1), high_y = most(y0, y1);
    double low_x = least(x0, x1), high_x = most(x0, x1);
    /* Along x, no place within reach of a line aslant lies further beside it. */
    double beside = reach * sqrt(1 + way * way);
    int32_t last = cell_of(high_y + reach, rough->low_y);
    for (int32_t row = cell_of(low_y - reach, rough->low_y); row <= last; row++) {
        double left = low_x - reach, right = high_x + reach;
        if (way != 0) {
            double a = x0 + (rough->low_y + (double)row * ROUGH_CELL_MM - y0) * way;
            double b = a + ROUGH_CELL_MM * way;
            left = most(left, least(a, b) - beside);
            right = least(right, most(a, b) + beside);
        }
        int32_t from = cell_of(left, rough->low_x), to = cell_of(right, rough->low_x);
        if (rough->items + rough->room - item <= to - from) {
            return NULL;
        }
        const struct near_four **head = rough->head + row * rough->across;
        for (int32_t column = from; column <= to; column++, item++) {
            *item = (struct near_four){numbers, head[column]};
            head[column] = item;
        }
    }
    return item;
}

/* Joined segments that follow one another are looked at four at a time: one item in each cell
 * within reach of the chord of them and as far as they lie from it. 0: no room. */
static int make_lists(struct rough *rough) {
    const struct outline *joined = &rough->joined;
    float *numbers = rough->numbers;
    struct near_four *item = rough->items;
    memset(rough->head, 0, (size_t)(rough->across * rough->down) * sizeof *rough->head);
    for (int64_t first = 0, taken = 0; first < joined->count && item != NULL; first += taken) {
        double aside = INFINITY;
        for (taken = 8; !(aside < MOST_ASIDE_MM);) {
            taken /= 2;
            aside = first + taken <= joined->count ? aside_of(joined, first, taken) : INFINITY;
        }
        int64_t last = first + taken - 1;
        struct chord chord = {joined->x0[first], joined->y0[first], joined->x1[last],
                              joined->y1[last], rough->reach + aside + 1e-6};
        make_four(rough, first, taken, numbers);
        item = put_four(rough, chord, numbers, item);
        numbers += ROUGH_PIECES * 4;
    }
    return item != NULL;
}

static void widen(double *low, double *high, const double *places, int64_t count) {
    for (int64_t n = 0; n < count; n++) {
        *low = least(*low, places[n]);
        *high = most(*high, places[n]);
    }
}

static int make_rough(struct rough *rough, const struct outline *outline) {
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    int64_t count = outline->count;
    rough->closed = find_next(rough, outline);
    if (!rough->closed) {
        int64_t open = count;
        for (int64_t n = 0; n < count; n++) {
            open -= rough->next[n] >= 0;
        }
        int64_t found = all_finite(outline) ? look_up_next(rough, outline) : -1;
        if (found < 0) {
            return 0;
        }
        rough->closed = found == open;
        widen(&low[0], &high[0], outline->x1, count);
        widen(&low[1], &high[1], outline->y1, count);
    }
    /* Where each segment follows another one, ends are begins, or a hair beside them. */
    widen(&low[0], &high[0], outline->x0, count);
    widen(&low[1], &high[1], outline->y0, count);
    double across = high[0] - low[0], down = high[1] - low[1];
    if (!(across >= 0 && down >= 0 && across < MOST_LENGTH_MM && down < MOST_LENGTH_MM &&
          fabs(low[0]) < MOST_MM && fabs(low[1]) < MOST_MM)) {
        return 0;
    }
    rough->low_x = low[0] - ROUGH_EDGE * ROUGH_CELL_MM;
    rough->low_y = low[1] - ROUGH_EDGE * ROUGH_CELL_MM;
    rough->across = (int64_t)(across / ROUGH_CELL_MM) + 1 + 2 * ROUGH_EDGE;
    rough->down = (int64_t)(down / ROUGH_CELL_MM) + 1 + 2 * ROUGH_EDGE;
    join(rough, outline);
    return make_lists(rough);
}

const struct rough *rough_of(struct work *work, int above) {
    struct rough *rough = &work->rough[above];
    if (rough->made == 0) {
        rough->made = make_rough(rough, above ? &work->above : &work->below) ? 1 : -1;
    }
    return rough->made > 0 ? rough : NULL;
}

float rough_square(const struct rough *rough, double px, double py) {
    return fabs(px) < MOST_MM && fabs(py) < MOST_MM ? square_within(rough, px, py)[0] : INFINITY;
}
