/* As twice.check_twice: plastic of a layer, and of each square of two by two tiles or large tiles, over
 * the area that its beads cover. Thin places of the model have no say here: where a layer needs them,
 * the kernel doubts. */
#include "model.h"

#define IN_WORD (64 / TILE_PX)
/* Tiles of a large one, along one side. */
#define LARGE 4
/* Lines of a job that is no print may be longer than any part. */
#define MOST_PIECES 2000000.0

static inline double whole(double value) {
    double found = (double)(int64_t)value;
    return found > value ? found - 1 : found;
}

/* Along one axis, the first tile on which a piece may lie, and how much of it lies there; the rest
 * lies on the next one. */
struct spread {
    double low, share;
};

static inline struct spread spread_of(double middle, double half) {
    double low = whole(middle - half), high = whole(middle + half);
    return (struct spread){low, high > low ? (high - (middle - half)) / (2 * half) : 1.0};
}

static inline void add(const struct work *work, double row, double column, double volume) {
    if (row >= 0 && row < (double)work->tile_rows && column >= 0 &&
        column < (double)work->tile_columns) {
        work->tile_plastic[(int64_t)row * work->tile_columns + (int64_t)column] += volume;
    }
}

/* A piece as a square of the bead's width, with its plastic spread evenly. */
static void add_piece(const struct work *work, double px, double py, double half, double volume) {
    struct spread x = spread_of(px, half), y = spread_of(py, half);
    add(work, y.low, x.low, volume * y.share * x.share);
    if (x.share < 1) {
        add(work, y.low, x.low + 1, volume * y.share * (1.0 - x.share));
    }
    if (y.share < 1) {
        add(work, y.low + 1, x.low, volume * (1.0 - y.share) * x.share);
        add(work, y.low + 1, x.low + 1, volume * (1.0 - y.share) * (1.0 - x.share));
    }
}

/* A line as its pieces have it: the first of them, from one to the next, in tiles. */
struct pieces {
    double x, y, step_x, step_y, half, count, volume;
};

/* The same for pieces that all lie on the tiles, where a cut is as good as a floor. Four tiles get
 * something, if only 0, one of them perhaps behind the last row or column: no branch tells which. */
static void add_inside(const struct work *work, const struct pieces *pieces) {
    double half = pieces->half, inverse = 1 / (2 * half);
    for (double k = 0.5; k < pieces->count; k++) {
        double px = pieces->x + k * pieces->step_x, py = pieces->y + k * pieces->step_y;
        double left = px - half, low = py - half;
        int32_t column = (int32_t)left, next = (int32_t)(px + half);
        int32_t row = (int32_t)low, over = (int32_t)(py + half);
        double x = (double)(next - column) * (1 - ((double)next - left) * inverse);
        double y = (double)(over - row) * (1 - ((double)over - low) * inverse);
        double upper = pieces->volume * y, lower = pieces->volume - upper;
        double *at = work->tile_plastic + row * work->tile_columns + column;
        double *above = at + work->tile_columns;
        at[0] += lower - lower * x;
        at[1] += lower * x;
        above[0] += upper - upper * x;
        above[1] += upper * x;
    }
}

/* Marks words of tiles that hold columns low to high in rows first to last. */
static inline void mark_tiles(const struct work *work, int32_t first, int32_t last, int32_t low,
                              int32_t high) {
    struct mask tiles = {NULL, work->tile_marks};
    for (int32_t row = first; row <= last; row++) {
        mark_columns(&work->raster, tiles, row, low * TILE_PX, high * TILE_PX);
    }
}

/* 0: too long for it. */
static int share_out(const struct work *work) {
    const struct lines *lines = &work->lines;
    const struct raster *raster = &work->raster;
    double per_mm = raster->scale / TILE_PX, step = work->rules->twice_step, total = 0;
    for (int64_t n = 0; n < lines->count; n++) {
        double half = lines->width[n] / 2 * per_mm;
        half = half > 1e-6 ? half : 1e-6;
        half = half < 0.5 ? half : 0.5;
        double ax = (lines->x0[n] - raster->x) * per_mm, bx = (lines->x1[n] - raster->x) * per_mm;
        double ay = (lines->y0[n] - raster->y) * per_mm, by = (lines->y1[n] - raster->y) * per_mm;
        double left = (ax < bx ? ax : bx) - half, right = (ax > bx ? ax : bx) + half;
        double low = (ay < by ? ay : by) - half, high = (ay > by ? ay : by) + half;
        /* Drawn in by what rounding may move a piece that ends there. */
        int inside = left >= 1e-6 && low >= 1e-6 && right < (double)work->tile_columns - 1e-6 &&
                     high < (double)work->tile_rows - 1e-6;
        double steps = lines->length[n] / step, count = steps < 2e9 ? (double)(int64_t)steps : 2e9;
        count += count < steps;
        count = count > 1 ? count : 1;
        total += count;
        if (!(total < MOST_PIECES)) {
            return 0;
        }
        double share = 1 / count;
        struct pieces pieces = {.x = ax, .y = ay, .step_x = (bx - ax) * share,
                                .step_y = (by - ay) * share, .half = half, .count = count,
                                .volume = lines->volume[n] * share};
        if (inside) {
            mark_tiles(work, (int32_t)(low - 1e-6), (int32_t)(high + 1e-6), (int32_t)(left - 1e-6),
                       (int32_t)(right + 1e-6));
            add_inside(work, &pieces);
            continue;
        }
        mark_tiles(work, 0, (int32_t)work->tile_rows - 1, 0, (int32_t)work->tile_columns - 1);
        for (double k = 0.5; k < count; k++) {
            add_piece(work, ax + k * pieces.step_x, ay + k * pieces.step_y, half, pieces.volume);
        }
    }
    return 1;
}

/* Empties what the layer before has left. */
static void clear_tiles(const struct work *work) {
    for (int64_t row = 0; row < work->tile_rows; row++) {
        double *tiles = work->tile_plastic + row * work->tile_columns;
        uint64_t *marks = work->tile_marks + row * work->raster.marked;
        EACH_IN_ROW(&work->raster, k, marks[k], word) {
            for (int part = 0; part < IN_WORD; part++) {
                tiles[word * IN_WORD + part] = 0;
            }
        }
        for (int64_t k = 0; k < work->raster.marked; k++) {
            marks[k] = 0;
        }
    }
}

/* Covered pixels of the tiles of a word, 16 bits each: of its bits in up to 16 rows, by its bytes. */
static inline uint64_t count_pixels(const uint64_t *bits, int64_t rows) {
    uint64_t bytes = 0;
    for (int64_t row = 0; row < rows; row++) {
        uint64_t one = bits[row];
        one -= one >> 1 & UINT64_C(0x5555555555555555);
        one = (one & UINT64_C(0x3333333333333333)) + (one >> 2 & UINT64_C(0x3333333333333333));
        bytes += (one + (one >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    }
    return (bytes & UINT64_C(0x00ff00ff00ff00ff)) + (bytes >> 8 & UINT64_C(0x00ff00ff00ff00ff));
}

/* Takes from each tile's plastic, times inverse, as much as its covered pixels hold. Gives how many are
 * covered in all. */
static double take_covered(const struct work *work, double inverse, double room) {
    const struct raster *raster = &work->raster;
    const struct mask covered = work->covered;
    int64_t area = 0;
    for (int64_t tile = 0; tile < work->tile_rows; tile++) {
        int64_t first = tile * TILE_PX;
        int64_t count = raster->rows - first < TILE_PX ? raster->rows - first : TILE_PX;
        double *tiles = work->tile_plastic + tile * work->tile_columns;
        uint64_t *marks = work->tile_marks + tile * raster->marked;
        for (int64_t row = first; row < first + count; row++) {
            for (int64_t k = 0; k < raster->marked; k++) {
                marks[k] |= covered.marks[row * raster->marked + k];
            }
        }
        EACH_IN_ROW(raster, k, marks[k], word) {
            uint64_t counts = count_pixels(covered.bits + word * raster->stride + first, count);
            area += (int64_t)(counts * UINT64_C(0x0001000100010001) >> 48);
            for (int part = 0; part < IN_WORD; part++) {
                double *at = tiles + word * IN_WORD + part;
                *at = *at * inverse - room * (double)(int64_t)(counts >> (part * TILE_PX) & 0xffff);
            }
        }
    }
    return (double)area;
}

/* Whether no square of two by two tiles holds more than this, which is no less than 0: those that touch a
 * marked word. */
static int tiles_hold(const struct work *work, double most) {
    const int64_t columns = work->tile_columns, marked = work->raster.marked;
    int64_t more = 0;
    for (int64_t row = 0; row == 0 || row + 1 < work->tile_rows; row++) {
        /* Behind the last row lies an empty one. */
        int64_t next = row + 1 < work->tile_rows ? marked : 0;
        const uint64_t *marks = work->tile_marks + row * marked;
        const double *one = work->tile_plastic + row * columns, *two = one + columns;
        EACH_IN_ROW(&work->raster, k, marks[k] | marks[k + next], word) {
            int64_t low = word > 0 ? word * IN_WORD - 1 : 0, high = (word + 1) * IN_WORD;
            high = high < columns ? high : columns - 1;
            for (int64_t column = low; column < high; column++) {
                double sum = (one[column] + two[column]) + (one[column + 1] + two[column + 1]);
                more |= !(sum <= most);
            }
        }
    }
    return !more;
}

/* Whether no square of two by two large tiles holds more than this. */
static int squares_hold(const double *beyond, int64_t rows, int64_t columns, double most) {
    int64_t wide = columns > 1 ? columns - 1 : 1, more = 0;
    for (int64_t row = 0; row == 0 || row + 1 < rows; row++) {
        const double *one = beyond + row * columns, *two = row + 1 < rows ? one + columns : NULL;
        if (columns < 2 || two == NULL) {
            for (int64_t column = 0; column < wide; column++) {
                double sum = one[column] + (columns > 1 ? one[column + 1] : 0);
                sum += two != NULL ? two[column] : 0;
                more |= !(sum <= most);
            }
            continue;
        }
        for (int64_t column = 0; column < wide; column++) {
            double sum = (one[column] + two[column]) + (one[column + 1] + two[column + 1]);
            more |= !(sum <= most);
        }
    }
    return !more;
}

/* Sums of large tiles: as wide as a word. */
static void sum_large(const struct work *work) {
    const int64_t across = work->raster.words;
    for (int64_t first = 0; first < work->tile_rows; first += LARGE) {
        double *out = work->tile_large + first / LARGE * across;
        for (int64_t n = 0; n < across; n++) {
            out[n] = 0;
        }
        for (int64_t row = first; row < work->tile_rows && row < first + LARGE; row++) {
            const double *tiles = work->tile_plastic + row * work->tile_columns;
            const uint64_t *marks = work->tile_marks + row * work->raster.marked;
            EACH_IN_ROW(&work->raster, k, marks[k], word) {
                const double *at = tiles + word * IN_WORD;
                out[word] += (at[0] + at[1]) + (at[2] + at[3]);
            }
        }
    }
}

/* 1: surely no more plastic than beads side by side hold. covered has to hold the layer's beads. */
int printed_once(struct work *work, int64_t layer) {
    const struct model_rules *rules = work->rules;
    double pixel = 1 / work->raster.scale, inverse = 1 / work->lines.height;
    double most = rules->twice_spare - MARGIN, room = rules->twice_most * (pixel * pixel);
    double spot = rules->twice_spot[layer ? 1 : 0] - MARGIN;
    clear_tiles(work);
    if (!(spot >= 0) || !share_out(work)) {
        return 0;
    }
    double area = take_covered(work, inverse, room);
    if (!(work->lines.volume_mm3 * inverse - room * area <= most) || !tiles_hold(work, spot)) {
        return 0;
    }
    sum_large(work);
    return squares_hold(work->tile_large, (work->tile_rows + LARGE - 1) / LARGE, work->raster.words,
                        most);
}
