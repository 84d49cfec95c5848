/* Trimmed least squares of fit.py, and the fit of one layer. */
#include "model.h"

#include <math.h>
#include <string.h>

#define MOST_WIDTH 4
/* Where a comparison is this near, the reference may have rounded to the other side. */
#define NEAR_TIE 1e-11
/* Of more values than these the median is looked for between two of a sample. */
#define MANY 4096
#define SAMPLE 512
#define ASIDE 64

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

/* Sums of products over the samples that are used; square holds both halves. */
static inline void add_products(const double *columns, const double *values, const uint8_t *used,
                                int64_t count, int64_t width,
                                double square[MOST_WIDTH][MOST_WIDTH], double *right) {
    double products[MOST_WIDTH][MOST_WIDTH] = {{0}}, sums[MOST_WIDTH] = {0};
    for (int64_t n = 0; n < count; n++) {
        const double *row = columns + n * width;
        if (!used[n]) {
            continue;
        }
        for (int64_t i = 0; i < width; i++) {
            for (int64_t j = 0; j < width; j++) {
                products[i][j] += row[i] * row[j];
            }
            sums[i] += row[i] * values[n];
        }
    }
    memcpy(square, products, sizeof products);
    memcpy(right, sums, sizeof sums);
}

/* How far each value lies off what was solved. */
static inline void find_left(const double *columns, const double *values, int64_t count,
                             int64_t width, const double *solved, double *left) {
    double kept[MOST_WIDTH] = {0};
    memcpy(kept, solved, (size_t)width * sizeof *kept);
    for (int64_t n = 0; n < count; n++) {
        const double *row = columns + n * width;
        double made = 0;
        for (int64_t i = 0; i < width; i++) {
            made += row[i] * kept[i];
        }
        left[n] = fabs(values[n] - made);
    }
}

/* Least squares over the samples that are used: 1 and the solution, 0 none, -1 in doubt. A number for the
 * width that compilers know takes half the time. */
static int solve_used(const double *columns, int64_t width, const double *values, int64_t count,
                      const uint8_t *used, int64_t many, double least_hold, double *solved,
                      double *left) {
    double square[MOST_WIDTH][MOST_WIDTH], right[MOST_WIDTH];
    if (width == 3) {
        add_products(columns, values, used, count, 3, square, right);
    } else if (width == 4) {
        add_products(columns, values, used, count, 4, square, right);
    } else {
        add_products(columns, values, used, count, width, square, right);
    }
    for (int64_t i = 0; i < width; i++) {
        right[i] /= (double)many;
        for (int64_t j = 0; j < width; j++) {
            square[i][j] /= (double)many;
        }
    }
    double hold = least_eigenvalue(square, width);
    if (fabs(hold - least_hold) < 1e-9) {
        return -1;
    }
    if (hold < least_hold) {
        return 0;
    }
    solve(square, right, width, solved);
    if (width == 3) {
        find_left(columns, values, count, 3, solved, left);
    } else if (width == 4) {
        find_left(columns, values, count, 4, solved, left);
    } else {
        find_left(columns, values, count, width, solved, left);
    }
    return 1;
}

/* The median of many values, those that are used: by one pass over them, where the places of a sample
 * bound it. some: room for all. */
static double median_of_many(const double *values, const uint8_t *used, int64_t count, int64_t many,
                             double *some) {
    double sample[SAMPLE];
    int64_t taken = 0, below = 0, have = 0, middle = many / 2;
    for (int64_t n = 0; n < SAMPLE; n++) {
        int64_t at = n * count / SAMPLE;
        sample[taken] = values[at];
        taken += used[at];
    }
    if (taken < SAMPLE / 2) {
        return NAN;
    }
    double high = select_nth(sample, 0, taken - 1, taken / 2 + ASIDE);
    double low = select_nth(sample, 0, taken / 2 + ASIDE, taken / 2 - ASIDE);
    for (int64_t n = 0; n < count; n++) {
        below += used[n] & (values[n] < low);
        some[have] = values[n];
        have += used[n] & (values[n] >= low) & (values[n] <= high);
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

/* 1.4826 times the median of those left that are used, at least least_usual. Where the larger half of them
 * surely gives no more than that, nobody has to look for the median. */
static double usual_of(const double *left, const uint8_t *used, int64_t count, int64_t many,
                       double least_usual, double *some) {
    int64_t within = 0, have = 0;
    for (int64_t n = 0; n < count; n++) {
        within += used[n] & (1.4826 * left[n] <= least_usual);
    }
    if (within > many / 2) {
        return least_usual;
    }
    double middle = many > MANY ? median_of_many(left, used, count, many, some) : NAN;
    if (!(middle >= 0)) {
        for (int64_t n = 0; n < count; n++) {
            if (used[n]) {
                some[have++] = left[n];
            }
        }
        middle = median(some, have);
    }
    double usual = 1.4826 * middle;
    return usual > least_usual ? usual : least_usual;
}

/* Values within near of their median: how many; -1: in doubt. */
static int64_t about_middle(const double *values, int64_t count, double near, uint8_t *used,
                            double *some) {
    double low = values[0], high = values[0];
    int64_t many = 0, doubt = 0;
    for (int64_t n = 0; n < count; n++) {
        doubt |= !(fabs(values[n]) < 1e6);
        low = values[n] < low ? values[n] : low;
        high = values[n] > high ? values[n] : high;
    }
    if (doubt) {
        return -1;
    }
    if (high - low <= near - 2 * NEAR_TIE) {
        /* Wherever the median lies. */
        memset(used, 1, (size_t)count);
        return count;
    }
    memcpy(some, values, (size_t)count * sizeof *some);
    double middle = median(some, count);
    for (int64_t n = 0; n < count; n++) {
        double away = fabs(values[n] - middle);
        doubt |= fabs(away - near) < NEAR_TIE;
        used[n] = away <= near;
        many += used[n];
    }
    return doubt ? -1 : many;
}

/* memory: 3 numbers for each value. */
int64_t mdps_trimmed(const double *columns, int64_t width, const double *values, int64_t count,
                     double near, double least_share, int64_t least, double least_hold,
                     double least_usual, int64_t rounds, double *solved, double *memory) {
    double *left = memory, *some = memory + count;
    uint8_t *used = (uint8_t *)(memory + 2 * count);
    if (count <= 0 || width < 1 || width > MOST_WIDTH) {
        return count == 0 ? 0 : -1;
    }
    int64_t many = about_middle(values, count, near, used, some), doubt = 0;
    if (many < 0) {
        return -1;
    }
    double needed = least_share * (double)count;
    needed = needed > (double)least ? needed : (double)least;
    for (int64_t round = 0; round < rounds; round++) {
        if (doubt || fabs((double)many - needed) < 1e-6) {
            return -1;
        }
        if ((double)many < needed) {
            return 0;
        }
        int made = solve_used(columns, width, values, count, used, many, least_hold, solved, left);
        if (made != 1) {
            return made;
        }
        double most = 3 * usual_of(left, used, count, many, least_usual, some);
        int64_t changed = 0;
        many = 0;
        for (int64_t n = 0; n < count; n++) {
            uint8_t stays = left[n] <= most;
            doubt |= fabs(left[n] - most) < NEAR_TIE && round + 1 < rounds;
            changed |= stays ^ used[n];
            used[n] = stays;
            many += stays;
        }
        if (!changed && !doubt) {
            /* Each further round would be this one again. */
            return 1;
        }
    }
    return 1;
}
