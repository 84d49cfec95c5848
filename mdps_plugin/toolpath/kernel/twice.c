/* As twice.check_twice: plastic of a layer, and of each square of two by two tiles or large tiles, over
 * the area that its beads cover. Thin places of the model have no say here: where a layer needs them,
 * the kernel doubts. */
#include "model.h"

#include <string.h>

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
        /* Tiles of both corners, where a cut is as good as a floor. */
        int inside = left >= 0 && low >= 0 && right < (double)work->tile_columns &&
                     high < (double)work->tile_rows;
        if (inside && (int32_t)left == (int32_t)right && (int32_t)low == (int32_t)high) {
            work->tile_plastic[(int32_t)low * work->tile_columns + (int32_t)left] += lines->volume[n];
            total += 1;
            continue;
        }
        double steps = lines->length[n] / step, count = steps < 2e9 ? (double)(int64_t)steps : 2e9;
        count += count < steps;
        count = count > 1 ? count : 1;
        total += count;
        if (!(total < MOST_PIECES)) {
            return 0;
        }
        double volume = lines->volume[n] / count;
        double step_x = (bx - ax) / count, step_y = (by - ay) / count;
        for (double k = 0.5; k < count; k++) {
            double px = ax + k * step_x, py = ay + k * step_y;
            if (inside && (int32_t)(px - half) == (int32_t)(px + half) &&
                (int32_t)(py - half) == (int32_t)(py + half)) {
                work->tile_plastic[(int32_t)(py - half) * work->tile_columns +
                                   (int32_t)(px - half)] +=
                    volume;
            } else {
                add_piece(work, px, py, half, volume);
            }
        }
    }
    return 1;
}

/* Covered pixels of each tile: of a word's bits in up to 16 rows, by its bytes. */
static void count_pixels(const struct work *work) {
    const struct raster *raster = &work->raster;
    const struct mask covered = work->covered;
    memset(work->tile_covered, 0,
           (size_t)(work->tile_rows * work->tile_columns) * sizeof(double));
    for (int64_t tile = 0; tile < work->tile_rows; tile++) {
        int64_t first = tile * TILE_PX;
        int64_t stop = raster->rows - first < TILE_PX ? raster->rows : first + TILE_PX;
        for (int64_t k = 0; k < raster->marked; k++) {
            uint64_t marks = 0;
            for (int64_t row = first; row < stop; row++) {
                marks |= covered.marks[row * raster->marked + k];
            }
            for (; marks; marks &= marks - 1) {
                int64_t word = 64 * k + __builtin_ctzll(marks);
                const uint64_t *bits = covered.bits + word * raster->stride;
                double *counts = work->tile_covered + tile * work->tile_columns + word * IN_WORD;
                uint64_t bytes = 0;
                for (int64_t row = first; row < stop; row++) {
                    uint64_t one = bits[row];
                    one -= one >> 1 & UINT64_C(0x5555555555555555);
                    one = (one & UINT64_C(0x3333333333333333)) +
                          (one >> 2 & UINT64_C(0x3333333333333333));
                    bytes += (one + (one >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
                }
                uint64_t pairs = (bytes & UINT64_C(0x00ff00ff00ff00ff)) +
                                 (bytes >> 8 & UINT64_C(0x00ff00ff00ff00ff));
                for (int64_t part = 0; part < IN_WORD; part++) {
                    counts[part] = (double)(pairs >> (part * TILE_PX) & 0xffff);
                }
            }
        }
    }
}

/* Whether no square of two by two holds more than this. */
static int squares_hold(const double *beyond, int64_t rows, int64_t columns, double most) {
    for (int64_t row = 0; row == 0 || row + 1 < rows; row++) {
        for (int64_t column = 0; column == 0 || column + 1 < columns; column++) {
            const double *at = beyond + row * columns + column;
            double sum = at[0] + (column + 1 < columns ? at[1] : 0);
            if (row + 1 < rows) {
                sum += at[columns] + (column + 1 < columns ? at[columns + 1] : 0);
            }
            if (!(sum <= most)) {
                return 0;
            }
        }
    }
    return 1;
}

/* 1: surely no more plastic than beads side by side hold. covered has to hold the layer's beads. */
int printed_once(struct work *work, int64_t layer) {
    const struct model_rules *rules = work->rules;
    int64_t rows = work->tile_rows, columns = work->tile_columns;
    double pixel = 1 / work->raster.scale, height = work->lines.height, area = 0;
    memset(work->tile_plastic, 0, (size_t)(rows * columns) * sizeof(double));
    if (!share_out(work)) {
        return 0;
    }
    count_pixels(work);
    double *beyond = work->tile_plastic;
    double most = rules->twice_spare - MARGIN;
    for (int64_t n = 0; n < rows * columns; n++) {
        double covered = work->tile_covered[n] * (pixel * pixel);
        area += covered;
        beyond[n] = beyond[n] / height - rules->twice_most * covered;
    }
    if (!(work->lines.volume_mm3 / height - rules->twice_most * area <= most) ||
        !squares_hold(beyond, rows, columns, rules->twice_spot[layer ? 1 : 0] - MARGIN)) {
        return 0;
    }
    double *large = work->tile_covered;
    int64_t across = (columns + LARGE - 1) / LARGE, down = (rows + LARGE - 1) / LARGE;
    memset(large, 0, (size_t)(across * down) * sizeof(double));
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t column = 0; column < columns; column++) {
            large[row / LARGE * across + column / LARGE] += beyond[row * columns + column];
        }
    }
    return squares_hold(large, down, across, most);
}
