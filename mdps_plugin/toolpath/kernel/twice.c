/* As twice.check_twice: plastic of a layer, and of each square of two by two tiles, over the area
 * that its beads cover. Thin places of the model have no say here: where a layer needs them, the
 * kernel doubts. A tile is as wide as a word. */
#include "model.h"

#include <string.h>

#define TILE_PX 64
#define WORDS_AT_ONCE 31
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
        column < (double)work->raster.words) {
        work->tile_plastic[(int64_t)row * work->raster.words + (int64_t)column] += volume;
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
        int inside = left >= 0 && low >= 0 && right < (double)raster->words &&
                     high < (double)work->tile_rows;
        if (inside && (int32_t)left == (int32_t)right && (int32_t)low == (int32_t)high) {
            work->tile_plastic[(int32_t)low * raster->words + (int32_t)left] += lines->volume[n];
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
                work->tile_plastic[(int32_t)(py - half) * raster->words + (int32_t)(px - half)] +=
                    volume;
            } else {
                add_piece(work, px, py, half, volume);
            }
        }
    }
    return 1;
}

/* Set bits of words that follow one another, by the bytes of words: a byte counts up to 8 for each. */
static int64_t count_bits(const uint64_t *bits, int64_t count) {
    int64_t total = 0;
    while (count > 0) {
        int64_t some = count < WORDS_AT_ONCE ? count : WORDS_AT_ONCE;
        uint64_t bytes = 0;
        for (int64_t n = 0; n < some; n++) {
            uint64_t one = bits[n];
            one -= one >> 1 & UINT64_C(0x5555555555555555);
            one = (one & UINT64_C(0x3333333333333333)) + (one >> 2 & UINT64_C(0x3333333333333333));
            bytes += (one + (one >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
        }
        uint64_t pairs = (bytes & UINT64_C(0x00ff00ff00ff00ff)) +
                         (bytes >> 8 & UINT64_C(0x00ff00ff00ff00ff));
        total += (int64_t)(pairs * UINT64_C(0x0001000100010001) >> 48);
        bits += some;
        count -= some;
    }
    return total;
}

/* Covered pixels of each tile. */
static void count_pixels(const struct work *work) {
    const struct raster *raster = &work->raster;
    const struct mask covered = work->covered;
    memset(work->tile_covered, 0, (size_t)(work->tile_rows * raster->words) * sizeof(double));
    for (int64_t tile = 0; tile < work->tile_rows; tile++) {
        int64_t first = tile * TILE_PX;
        int64_t count = raster->rows - first < TILE_PX ? raster->rows - first : TILE_PX;
        for (int64_t k = 0; k < raster->marked; k++) {
            uint64_t marks = 0;
            for (int64_t row = first; row < first + count; row++) {
                marks |= covered.marks[row * raster->marked + k];
            }
            for (; marks; marks &= marks - 1) {
                int64_t word = 64 * k + __builtin_ctzll(marks);
                work->tile_covered[tile * raster->words + word] =
                    (double)count_bits(covered.bits + word * raster->stride + first, count);
            }
        }
    }
}

/* 1: surely no more plastic than beads side by side hold. covered has to hold the layer's beads. */
int printed_once(struct work *work) {
    const struct model_rules *rules = work->rules;
    int64_t rows = work->tile_rows, columns = work->raster.words;
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
    if (!(work->lines.volume_mm3 / height - rules->twice_most * area <= most)) {
        return 0;
    }
    for (int64_t row = 0; row == 0 || row + 1 < rows; row++) {
        for (int64_t column = 0; column == 0 || column + 1 < columns; column++) {
            double *at = beyond + row * columns + column;
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
