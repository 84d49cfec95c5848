/* Trimmed least squares of fit.py, two samples at a time. */
#include "fours.h"
#include "model.h"

#include <math.h>
#include <string.h>

#define MOST_WIDTH 4
/* Where a comparison is this near, the reference may have rounded to the other side. */
#define NEAR_TIE 1e-11
/* Of more values than these the median is looked for between two of a sample. */
#define MANY 16384
/* All are about 1. Beside a larger one, what is left of a sum would be off by more than the margin. */
#define MOST_COLUMN 1e3
#define MOST_SAMPLES (INT64_C(1) << 32)
#define SAMPLE 4096
#define ASIDE 192

/* The k-th smallest; reorders values so that none before it is larger, none behind it smaller. Each turn
 * chooses bounds from a sample that most likely lie close about it (Floyd and Rivest 1975). */
static double select_nth(double *values, int64_t low, int64_t high, int64_t k) {
    while (high > low) {
        if (high - low > 600) {
            double n = (double)(high - low + 1), i = (double)(k - low + 1), z = log(n);
            double s = 0.5 * exp(2 * z / 3);
            double sd = 0.5 * sqrt(z * s * (n - s) / n) * (i < n / 2 ? -1 : 1);
            int64_t from = (int64_t)((double)k - i * s / n + sd);
            int64_t to = (int64_t)((double)k + (n - i) * s / n + sd);
            select_nth(values, from > low ? from : low, to < high ? to : high, k);
        }
        double pivot = values[k];
        int64_t i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot) {
                i++;
            }
            while (values[j] > pivot) {
                j--;
            }
            if (i <= j) {
                double kept = values[i];
                values[i++] = values[j];
                values[j--] = kept;
            }
        }
        if (k <= j) {
            high = j;
        } else if (k >= i) {
            low = i;
        } else {
            return values[k];
        }
    }
    return values[k];
}

static double median(double *values, int64_t count) {
    double upper = select_nth(values, 0, count - 1, count / 2);
    if (count % 2) {
        return upper;
    }
    double lower = values[0];
    for (int64_t n = 1; n < count / 2; n++) {
        lower = values[n] > lower ? values[n] : lower;
    }
    return (lower + upper) / 2;
}

/* Least eigenvalue of a symmetric matrix by Jacobi's rotations. */
static double least_eigenvalue(double square[MOST_WIDTH][MOST_WIDTH], int64_t width) {
    double m[MOST_WIDTH][MOST_WIDTH];
    memcpy(m, square, sizeof m);
    for (int sweep = 0; sweep < 30; sweep++) {
        double aside = 0, trace = 0;
        for (int64_t p = 0; p < width; p++) {
            trace += fabs(m[p][p]);
            for (int64_t q = p + 1; q < width; q++) {
                aside += fabs(m[p][q]);
            }
        }
        if (aside < 1e-15 * trace) {
            break;
        }
        for (int64_t p = 0; p < width; p++) {
            for (int64_t q = p + 1; q < width; q++) {
                if (m[p][q] == 0) {
                    continue;
                }
                double angle = 0.5 * atan2(2 * m[p][q], m[q][q] - m[p][p]);
                double c = cos(angle), s = sin(angle);
                for (int64_t k = 0; k < width; k++) {
                    double a = m[k][p], b = m[k][q];
                    m[k][p] = c * a - s * b;
                    m[k][q] = s * a + c * b;
                }
                for (int64_t k = 0; k < width; k++) {
                    double a = m[p][k], b = m[q][k];
                    m[p][k] = c * a - s * b;
                    m[q][k] = s * a + c * b;
                }
            }
        }
    }
    double least = m[0][0];
    for (int64_t k = 1; k < width; k++) {
        least = m[k][k] < least ? m[k][k] : least;
    }
    return least;
}

/* Solves square * out = right; it has been seen to be positive definite. */
static void solve(double square[MOST_WIDTH][MOST_WIDTH], const double *right, int64_t width,
                  double *out) {
    double m[MOST_WIDTH][MOST_WIDTH + 1];
    for (int64_t i = 0; i < width; i++) {
        memcpy(m[i], square[i], (size_t)width * sizeof(double));
        m[i][width] = right[i];
    }
    for (int64_t i = 0; i < width; i++) {
        for (int64_t k = i + 1; k < width; k++) {
            double share = m[k][i] / m[i][i];
            for (int64_t j = i; j <= width; j++) {
                m[k][j] -= share * m[i][j];
            }
        }
    }
    for (int64_t i = width - 1; i >= 0; i--) {
        double sum = m[i][width];
        for (int64_t j = i + 1; j < width; j++) {
            sum -= m[i][j] * out[j];
        }
        out[i] = sum / m[i][i];
    }
}

static inline couple two_at(const double *numbers, int64_t n) {
    couple found;
    memcpy(&found, numbers + n, sizeof found);
    return found;
}

static inline two_flags flags_at(const int64_t *flags, int64_t n) {
    two_flags found;
    memcpy(&found, flags + n, sizeof found);
    return found;
}

static inline couple size_of(couple number) {
    return (couple)((two_flags)number & INT64_MAX);
}

/* Sums of products over the samples that are used. */
struct sums {
    double square[MOST_WIDTH][MOST_WIDTH], right[MOST_WIDTH];
};

/* square: the lower half. */
static inline void add_all(const struct samples *samples, int64_t width, struct sums *sums) {
    couple products[MOST_WIDTH][MOST_WIDTH] = {{{0}}}, right[MOST_WIDTH] = {{0}};
    for (int64_t n = 0; n < samples->count; n += 2) {
        two_flags used = flags_at(samples->used, n);
        couple value = two_at(samples->values, n), row[MOST_WIDTH];
        for (int64_t i = 0; i < width; i++) {
            row[i] = (couple)((two_flags)two_at(samples->columns + i * samples->room, n) & used);
            for (int64_t j = 0; j <= i; j++) {
                products[i][j] += row[i] * row[j];
            }
            right[i] += row[i] * value;
        }
    }
    for (int64_t i = 0; i < width; i++) {
        sums->right[i] = right[i][0] + right[i][1];
        for (int64_t j = 0; j <= i; j++) {
            sums->square[i][j] = products[i][j][0] + products[i][j][1];
        }
    }
}

/* One sample more, or less. */
static void add_one(const struct samples *samples, int64_t n, int64_t width, double sign,
                    struct sums *sums) {
    for (int64_t i = 0; i < width; i++) {
        double here = sign * samples->columns[i * samples->room + n];
        for (int64_t j = 0; j <= i; j++) {
            sums->square[i][j] += here * samples->columns[j * samples->room + n];
        }
        sums->right[i] += here * samples->values[n];
    }
}

/* How far each value lies off what was solved. Gives how many that are used lie no further off than usual. */
static inline int64_t find_left(const struct samples *samples, int64_t width, const double *solved,
                                double usual) {
    two_flags within = {0};
    for (int64_t n = 0; n < samples->count; n += 2) {
        couple made = {0};
        for (int64_t i = 0; i < width; i++) {
            made += two_at(samples->columns + i * samples->room, n) * solved[i];
        }
        couple left = size_of(two_at(samples->values, n) - made);
        memcpy(samples->left + n, &left, sizeof left);
        within -= (1.4826 * left <= usual) & flags_at(samples->used, n);
    }
    return within[0] + within[1];
}

/* Least squares over the samples that are used: 1 and the solution, 0 none, -1 in doubt. within: of those that
 * are used, how many lie no further off than usual. */
static inline int solve_used(const struct samples *samples, const struct sums *sums, int64_t width,
                             int64_t many, const struct model_rules *rules, double *solved,
                             int64_t *within) {
    double square[MOST_WIDTH][MOST_WIDTH], right[MOST_WIDTH];
    for (int64_t i = 0; i < width; i++) {
        right[i] = sums->right[i] / (double)many;
        for (int64_t j = 0; j <= i; j++) {
            square[i][j] = square[j][i] = sums->square[i][j] / (double)many;
        }
    }
    double hold = least_eigenvalue(square, width), needed = rules->fit_least_hold;
    if (!(fabs(hold - needed) >= 1e-9)) {
        return -1;
    }
    if (hold < needed) {
        return 0;
    }
    solve(square, right, width, solved);
    *within = find_left(samples, width, solved, rules->fit_least_usual);
    return 1;
}

/* The median of many values, those that are used: by one pass over them, where the places of a sample
 * bound it. some: room for all. */
static double median_of_many(const double *values, const int64_t *used, int64_t count, int64_t many,
                             double *some) {
    double sample[SAMPLE];
    int64_t taken = 0, below = 0, have = 0, middle = many / 2;
    for (int64_t n = 0; n < SAMPLE; n++) {
        int64_t at = n * count / SAMPLE;
        sample[taken] = values[at];
        taken -= used[at];
    }
    if (taken < SAMPLE / 2) {
        return NAN;
    }
    double high = select_nth(sample, 0, taken - 1, taken / 2 + ASIDE);
    double low = select_nth(sample, 0, taken / 2 + ASIDE, taken / 2 - ASIDE);
    for (int64_t n = 0; n < count; n++) {
        int64_t here = used[n] & 1;
        below += here & (values[n] < low);
        some[have] = values[n];
        have += here & (values[n] >= low) & (values[n] <= high);
    }
    /* The one before the middle has to lie there too. */
    if (below >= middle || middle >= below + have) {
        return NAN;
    }
    double upper = select_nth(some, 0, have - 1, middle - below), lower = some[0];
    for (int64_t n = 1; n < middle - below; n++) {
        lower = some[n] > lower ? some[n] : lower;
    }
    return many % 2 ? upper : (lower + upper) / 2;
}

static double median_of(const struct samples *samples, const double *values, int64_t many) {
    double middle = NAN;
    int64_t have = 0;
    if (many > MANY) {
        middle = median_of_many(values, samples->used, samples->count, many, samples->some);
    }
    if (!isnan(middle)) {
        return middle;
    }
    for (int64_t n = 0; n < samples->count; n++) {
        if (samples->used[n]) {
            samples->some[have++] = values[n];
        }
    }
    return median(samples->some, have);
}

/* Values within near of their median: how many; -1: in doubt. */
static int64_t about_middle(const struct samples *samples, double near) {
    const double *values = samples->values;
    const int64_t room = samples->room, count = samples->count;
    couple low = {values[0], values[0]}, high = low;
    two_flags number = {-1, -1}, doubt = {0}, many = {0};
    for (int64_t n = 0; n + 1 < count; n += 2) {
        couple value = two_at(values, n);
        number &= size_of(value) < 1e6;
        low = lower_of(value, low);
        high = higher_of(value, high);
    }
    double last = values[count - 1], lower = last < low[0] ? last : low[0];
    double upper = last > high[0] ? last : high[0];
    lower = low[1] < lower ? low[1] : lower;
    upper = high[1] > upper ? high[1] : upper;
    if (!(number[0] & number[1]) || !(fabs(last) < 1e6)) {
        return -1;
    }
    for (int64_t n = 0; n < room; n++) {
        samples->used[n] = n < count ? -1 : 0;
    }
    if (upper - lower <= near - 2 * NEAR_TIE) {
        /* Wherever the median lies. */
        return count;
    }
    double middle = median_of(samples, values, count);
    for (int64_t n = 0; n < room; n += 2) {
        couple away = size_of(two_at(values, n) - middle);
        two_flags used = (away <= near) & flags_at(samples->used, n);
        doubt |= size_of(away - near) < NEAR_TIE;
        memcpy(samples->used + n, &used, sizeof used);
        many -= used;
    }
    return doubt[0] | doubt[1] ? -1 : many[0] + many[1];
}

/* From now on those are used that lie no further off than most; sums is made new for those that are others than
 * before. Gives how many; changed: whether there are such; doubt: whether one lies about there. */
static inline int64_t use_near(const struct samples *samples, int64_t width, double most,
                               struct sums *sums, int *changed, int *doubt) {
    two_flags near = {0}, many = {0};
    *changed = 0;
    for (int64_t n = 0; n < samples->count; n += 2) {
        couple left = two_at(samples->left, n);
        two_flags used = flags_at(samples->used, n), stays = left <= most;
        if (n + 1 == samples->count) {
            stays[1] = 0;
        }
        near |= size_of(left - most) < NEAR_TIE;
        many -= stays;
        two_flags other = stays ^ used;
        if (other[0] | other[1]) {
            *changed = 1;
            for (int k = 0; k < 2; k++) {
                if (other[k]) {
                    add_one(samples, n + k, width, stays[k] ? 1 : -1, sums);
                }
            }
            memcpy(samples->used + n, &stays, sizeof stays);
        }
    }
    *doubt |= (near[0] | near[1]) != 0;
    return many[0] + many[1];
}

/* As trimmed, for a width that compilers know. many: of the samples that are used, which sums has. */
static inline int trimmed_of(const struct samples *samples, int64_t width, int64_t many,
                             struct sums sums, const struct model_rules *rules, double *solved) {
    double needed = rules->fit_least_share * (double)samples->count;
    int64_t within = 0;
    int doubt = 0, changed = 1;
    needed = most(needed, (double)rules->fit_least_samples);
    for (int64_t round = 0; round < rules->fit_rounds; round++) {
        if (doubt || fabs((double)many - needed) < 1e-6) {
            return -1;
        }
        if ((double)many < needed) {
            return 0;
        }
        int made = solve_used(samples, &sums, width, many, rules, solved, &within);
        if (made != 1) {
            return made;
        }
        /* Where the larger half surely gives no more than that, nobody has to look for the median. */
        double usual = rules->fit_least_usual;
        if (within <= many / 2) {
            usual = most(usual, 1.4826 * median_of(samples, samples->left, many));
        }
        many = use_near(samples, width, 3 * usual, &sums, &changed, &doubt);
        if (!changed && !doubt) {
            /* Each further round would be this one again. */
            return 1;
        }
        doubt &= round + 1 < rules->fit_rounds;
    }
    return 1;
}

int64_t sample_room(int64_t count, int64_t width) {
    return (width + 5) * (count + 1);
}

struct samples lay_samples(double *memory, int64_t count, int64_t width) {
    int64_t room = (count + 1) & ~INT64_C(1);
    double *values = memory + width * room;
    struct samples samples = {.columns = memory, .values = values, .count = count, .room = room,
                              .left = values + room, .some = values + 2 * room,
                              .used = (int64_t *)(values + 3 * room),
                              .first = (int64_t *)(values + 4 * room)};
    for (int64_t k = 1; k <= width + 1 && room > 0; k++) {
        memory[k * room - 1] = 0;
    }
    return samples;
}

int trimmed(const struct samples *samples, const struct model_rules *rules, double *solved) {
    struct sums sums;
    if (samples->count <= 0) {
        return 0;
    }
    int64_t many = about_middle(samples, rules->fit_near);
    if (many < 0) {
        return -1;
    }
    add_all(samples, 3, &sums);
    return trimmed_of(samples, 3, many, sums, rules, solved);
}

/* Of three columns and of all four: both begin with the same samples, and with the same sums. */
static void fit_both(const struct samples *samples, const struct model_rules *rules, double *solved,
                     int64_t *made) {
    struct sums sums;
    int64_t many = samples->count > 0 ? about_middle(samples, rules->fit_near) : 0;
    made[0] = made[1] = many < 0 ? -1 : 0;
    if (many <= 0) {
        return;
    }
    add_all(samples, MOST_WIDTH, &sums);
    memcpy(samples->first, samples->used, (size_t)samples->room * sizeof *samples->used);
    made[0] = trimmed_of(samples, 3, many, sums, rules, solved);
    memcpy(samples->used, samples->first, (size_t)samples->room * sizeof *samples->used);
    made[1] = trimmed_of(samples, MOST_WIDTH, many, sums, rules, solved + MOST_WIDTH);
}

int64_t mdps_part_fit(const double *points, const double *normals, const double *insets,
                      int64_t count, const double *middle, double reach,
                      const struct model_rules *rules, double *solved, int64_t *made,
                      double *memory, int64_t room) {
    if (count < 0 || count > MOST_SAMPLES || room < sample_room(count, MOST_WIDTH)) {
        return 0;
    }
    struct samples samples = lay_samples(memory, count, MOST_WIDTH);
    double *column = samples.columns, *values = samples.values, inverse = 1 / reach;
    int usual = 1;
    for (int64_t n = 0; n < count; n++) {
        double x = (points[2 * n] - middle[0]) * inverse, along_x = normals[2 * n];
        double y = (points[2 * n + 1] - middle[1]) * inverse, along_y = normals[2 * n + 1];
        double larger = -(x * along_x + y * along_y), turned = y * along_x - x * along_y;
        column[n] = -along_x;
        column[samples.room + n] = -along_y;
        column[2 * samples.room + n] = larger;
        column[3 * samples.room + n] = turned;
        values[n] = insets[n];
        usual &= (fabs(along_x) < MOST_COLUMN) & (fabs(along_y) < MOST_COLUMN) &
                 (fabs(larger) < MOST_COLUMN) & (fabs(turned) < MOST_COLUMN);
    }
    if (!usual) {
        made[0] = made[1] = -1;
        return 1;
    }
    fit_both(&samples, rules, solved, made);
    return 1;
}
