/* As twice.check_twice: plastic of a layer, and of each square of two by two tiles or large tiles, over
 * the area that its beads cover. Thin places of the model have no say here: where a layer needs them,
 * the kernel doubts. */
#include "bits.h"
#include "fours.h"
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

/* A line as its pieces have it, in tiles: where it begins, along both axes; from one to the next. */
struct pieces {
    couple begin, step;
    double half, count, volume;
};

static inline void add_two(double *at, couple more) {
    couple sum;
    memcpy(&sum, at, sizeof sum);
    sum += more;
    memcpy(at, &sum, sizeof sum);
}

/* The same for pieces that all lie on the tiles, where a cut is as good as a floor. Four tiles get
 * something, if only 0, one of them perhaps behind the last row or column: no branch tells which. */
static inline void add_inside(const struct work *work, const struct pieces *pieces) {
    double half = pieces->half, inverse = 1 / (2 * half);
    couple place = pieces->begin + 0.5 * pieces->step;
    for (int32_t left = (int32_t)pieces->count; left > 0; left--, place += pieces->step) {
        couple low = place - half;
        two_whole tile = __builtin_convertvector(low, two_whole);
        two_whole next = __builtin_convertvector(place + half, two_whole);
        couple edge = __builtin_convertvector(next, couple);
        couple beyond = edge - __builtin_convertvector(tile, couple);
        /* Of what lies on the next tile. */
        couple share = beyond * (1 - (edge - low) * inverse);
        double upper = pieces->volume * share[1];
        couple aside = {1 - share[0], share[0]};
        double *at = work->tile_plastic + tile[1] * work->tile_columns + tile[0];
        add_two(at, (pieces->volume - upper) * aside);
        add_two(at + work->tile_columns, upper * aside);
    }
}

/* Marks words of tiles that hold columns low to high in rows first to last, none of which is less than 0. */
static inline void mark_tiles(const struct work *work, int32_t first, int32_t last, int32_t low,
                              int32_t high) {
    const struct mask tiles = {NULL, work->tile_marks};
    if (work->raster.marked == 1) {
        uint64_t box = 2 * (UINT64_C(1) << ((uint32_t)high / IN_WORD)) -
                       (UINT64_C(1) << ((uint32_t)low / IN_WORD));
        uint64_t *row = tiles.marks + first, *end = tiles.marks + last;
        /* Mostly two or three: no branch tells which. */
        *row |= box;
        *end |= box;
        row[(end - row) / 2] |= box;
        for (row = end - row > 2 ? row : end; row < end; row++) {
            *row |= box;
        }
        return;
    }
    for (int32_t row = first; row <= last; row++) {
        mark_columns(&work->raster, tiles, row, low * TILE_PX, high * TILE_PX);
    }
}

static void add_all(const struct work *work, const struct pieces *pieces) {
    mark_tiles(work, 0, (int32_t)work->tile_rows - 1, 0, (int32_t)work->tile_columns - 1);
    for (double k = 0.5; k < pieces->count; k++) {
        add_piece(work, pieces->begin[0] + k * pieces->step[0],
                  pieces->begin[1] + k * pieces->step[1], pieces->half, pieces->volume);
    }
}

/* 0: too long for it. */
static int share_out(const struct work *work) {
    const struct lines *lines = &work->lines;
    const struct raster *raster = &work->raster;
    double per_mm = raster->scale / TILE_PX, step = work->rules->twice_step, total = 0;
    const couple corner = {raster->x, raster->y};
    /* Drawn in by what rounding may move a piece that ends there. */
    const couple far = {(double)work->tile_columns - 1e-6, (double)work->tile_rows - 1e-6};
    for (int64_t n = 0; n < lines->count; n++) {
        double half = lines->width[n] / 2 * per_mm;
        half = half > 1e-6 ? half : 1e-6;
        half = half < 0.5 ? half : 0.5;
        couple begin = ((couple){lines->x0[n], lines->y0[n]} - corner) * per_mm;
        couple end = ((couple){lines->x1[n], lines->y1[n]} - corner) * per_mm;
        couple low = lower_of(begin, end) - half, high = higher_of(begin, end) + half;
        two_flags inside = (low >= 1e-6) & (high < far);
        double steps = lines->length[n] / step, count = steps < 2e9 ? (double)(int64_t)steps : 2e9;
        count += count < steps;
        count = count > 1 ? count : 1;
        total += count;
        if (!(total < MOST_PIECES)) {
            return 0;
        }
        double share = 1 / count;
        struct pieces pieces = {.begin = begin, .step = (end - begin) * share, .half = half,
                                .count = count, .volume = lines->volume[n] * share};
        if (inside[0] & inside[1]) {
            two_whole from = __builtin_convertvector(low - 1e-6, two_whole);
            two_whole to = __builtin_convertvector(high + 1e-6, two_whole);
            mark_tiles(work, from[1], to[1], from[0], to[0]);
            add_inside(work, &pieces);
        } else {
            add_all(work, &pieces);
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

#define BYTES(number) (UINT64_C(0x0101010101010101) * (number))

/* Set bits of each byte. */
static inline word_pair bits_in_bytes(word_pair words) {
    words -= words >> 1 & BYTES(0x55);
    words = (words & BYTES(0x33)) + (words >> 2 & BYTES(0x33));
    return (words + (words >> 4)) & BYTES(0x0f);
}

/* Three words as one that counts single bits, and one that counts twos. */
static inline word_pair add_bits(word_pair *one, word_pair two, word_pair three) {
    word_pair either = *one ^ two, twos = (*one & two) | (either & three);
    *one = either ^ three;
    return twos;
}

/* Set bits of each byte in 16 rows of a word: added up as bits first, which leaves fewer words to count. */
static inline word_pair count_sixteen(const uint64_t *bits) {
    word_pair one = pair_at(bits), other = pair_at(bits + 6), last = pair_at(bits + 14);
    word_pair twos = add_bits(&one, pair_at(bits + 2), pair_at(bits + 4));
    word_pair more = add_bits(&other, pair_at(bits + 8), pair_at(bits + 10));
    word_pair third = add_bits(&one, other, pair_at(bits + 12));
    word_pair fours = add_bits(&twos, more, third);
    return bits_in_bytes(one) + bits_in_bytes(last) + 2 * bits_in_bytes(twos) +
           4 * bits_in_bytes(fours);
}

/* Covered pixels of the tiles of a word, 16 bits each: of its bits in up to 16 rows, by its bytes. */
static inline uint64_t count_pixels(const uint64_t *bits, int64_t rows) {
    word_pair bytes = {0, 0};
    if (rows == TILE_PX) {
        bytes = count_sixteen(bits);
    } else {
        for (int64_t row = 0; row < rows; row++) {
            bytes += bits_in_bytes((word_pair){bits[row], 0});
        }
    }
    bytes = (bytes & UINT64_C(0x00ff00ff00ff00ff)) + (bytes >> 8 & UINT64_C(0x00ff00ff00ff00ff));
    return bytes[0] + bytes[1];
}

/* Marks of any of a tile's rows. */
static inline uint64_t marks_of(const uint64_t *marks, int64_t count, int64_t marked) {
    uint64_t any = 0;
    for (int64_t row = 0; row < count; row++) {
        any |= marks[row * marked];
    }
    return any;
}

static inline couple count_of(uint64_t counts, int part) {
    return (couple){(double)(int32_t)(counts >> part * TILE_PX & 0xffff),
                 (double)(int32_t)(counts >> (part + 1) * TILE_PX & 0xffff)};
}

/* Takes from each tile's plastic, times inverse, as much as its covered pixels hold. Gives how many are
 * covered in all. little: whether no tile has more than that left. */
static double take_covered(const struct work *work, double inverse, double room, double most_left,
                           int *little) {
    const struct raster *raster = &work->raster;
    const struct mask covered = work->covered;
    const int64_t marked = raster->marked;
    int64_t area = 0;
    two_flags more = {0, 0};
    for (int64_t tile = 0; tile < work->tile_rows; tile++) {
        int64_t first = tile * TILE_PX;
        int64_t count = raster->rows - first < TILE_PX ? raster->rows - first : TILE_PX;
        double *tiles = work->tile_plastic + tile * work->tile_columns;
        uint64_t *marks = work->tile_marks + tile * marked;
        const uint64_t *rows = covered.marks + first * marked;
        for (int64_t k = 0; k < marked; k++) {
            marks[k] |= marked == 1 && count == TILE_PX ? marks_of(rows, TILE_PX, 1)
                                                        : marks_of(rows + k, count, marked);
        }
        EACH_IN_ROW(raster, k, marks[k], word) {
            uint64_t counts = count_pixels(covered.bits + word * raster->stride + first, count);
            area += (int64_t)(counts * UINT64_C(0x0001000100010001) >> 48);
            for (int part = 0; part < IN_WORD; part += 2) {
                double *at = tiles + word * IN_WORD + part;
                couple left;
                memcpy(&left, at, sizeof left);
                left = left * inverse - room * count_of(counts, part);
                memcpy(at, &left, sizeof left);
                more |= ~(left <= most_left);
            }
        }
    }
    *little = (more[0] | more[1]) == 0;
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
    int little = 0;
    /* Where no tile has more than a quarter left, four have no more than all. */
    double area = take_covered(work, inverse, room, spot / 4, &little);
    if (!(work->lines.volume_mm3 * inverse - room * area <= most) ||
        (!little && !tiles_hold(work, spot))) {
        return 0;
    }
    sum_large(work);
    return squares_hold(work->tile_large, (work->tile_rows + LARGE - 1) / LARGE, work->raster.words,
                        most);
}
