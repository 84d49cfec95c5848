/* flow_level.py for one layer: plastic of single lines, of runs, and of rows of short ones. */
#include "model.h"

#include <math.h>

static int short_in_order(const struct work *work, int64_t layer) {
    const struct model_rules *rules = work->rules;
    const struct lines *lines = &work->lines;
    int kind = layer ? 1 : 0;
    double whole = 0, volume = 0, count = 0;
    for (int64_t n = 0; n <= lines->count; n++) {
        double length = n < lines->count ? lines->length[n] : INFINITY;
        if (fabs(length - rules->short_length[kind]) < 1e-12) {
            return 0;
        }
        if (length < rules->short_length[kind]) {
            whole += length;
            volume += lines->volume[n];
            count += 1;
            continue;
        }
        if (!(count > 0)) {
            continue;
        }
        double spare = 2 * sqrt(count);
        double rounding = spare * rules->filament_rounding * rules->filament_area;
        double most = rules->short_most[kind] * (whole + spare * rules->length_rounding) + rounding;
        double least =
            rules->short_least[kind] * (whole - spare * rules->length_rounding) - rounding;
        if (!(volume < most - 1e-10 && volume > least + 1e-10)) {
            return 0;
        }
        whole = volume = count = 0;
    }
    return 1;
}

/* One run of lines that follow one another: first to last. */
static int run_in_order(const struct work *work, int64_t first, int64_t last, const double *nominal,
                        double per_mm) {
    const struct model_rules *rules = work->rules;
    const struct lines *lines = &work->lines;
    double x = lines->x0[first] - lines->x1[last], y = lines->y0[first] - lines->y1[last];
    double gap = sqrt(x * x + y * y), whole = 0, plastic = 0;
    if (fabs(gap - rules->flow_seam) < MARGIN && last > first) {
        return 0;
    }
    int strict = rules->flow_every || (gap <= rules->flow_seam && last > first);
    for (int64_t n = first; n <= last; n++) {
        whole += lines->length[n];
        plastic += lines->flow[n] * lines->length[n];
    }
    double mean = plastic / (whole > 1e-12 ? whole : 1e-12);
    double root = sqrt((double)(last - first + 1)), sums = 0, off = INFINITY;
    for (int64_t k = 0; k < rules->flow_count; k++) {
        off = fmin(off, fabs(mean / nominal[k] - 1));
    }
    for (int64_t n = first; n <= last; n++) {
        double length = lines->length[n], safe = length > 1e-9 ? length : 1e-9;
        double axes = (fabs(lines->x1[n] - lines->x0[n]) + fabs(lines->y1[n] - lines->y0[n])) / safe;
        double one = (rules->flow_length * axes + rules->flow_filament * per_mm) * rules->flow_spare;
        sums += one;
        if (length < rules->flow_long - MARGIN) {
            continue;
        }
        double nearest = INFINITY, least = 0;
        for (int64_t k = 0; k < rules->flow_count; k++) {
            double level = lines->flow[n] / nominal[k] - 1;
            nearest = fabs(level) < fabs(nearest) ? level : nearest;
            least = level < least ? level : least;
        }
        if (!(fabs(strict ? nearest : least) * length < one * (1 - MARGIN))) {
            return 0;
        }
        double rest = whole - length;
        double uneven = (lines->flow[n] / (mean > 1e-12 ? mean : 1e-12) - 1) * length;
        double loose = rules->flow_length * axes + rules->filament_rounding * per_mm;
        double limit = loose * (1.1 + root * length / whole) * (1 - MARGIN);
        if (rest > rules->flow_rest - MARGIN && !(fabs(uneven) < limit)) {
            return 0;
        }
    }
    if (strict && whole > rules->flow_rest - MARGIN && !(off * whole < sums * (1 - MARGIN))) {
        return 0;
    }
    return 1;
}

int flow_level(const struct work *work, int64_t layer) {
    const struct model_rules *rules = work->rules;
    const struct lines *lines = &work->lines;
    double nominal[FLOW_WIDTHS], least = INFINITY, height = lines->height;
    if (rules->flow_count < 0 || rules->flow_count > FLOW_WIDTHS || !short_in_order(work, layer)) {
        return 0;
    }
    double sides = rules->flow_full ? 0.0 : height * rules->round_sides;
    for (int64_t k = 0; k < rules->flow_count; k++) {
        nominal[k] = height * (rules->flow_widths[k] - sides);
        least = nominal[k] < least ? nominal[k] : least;
    }
    if (rules->flow_count == 0) {
        return 1;
    }
    if (!(least > 0)) {
        return 0;
    }
    double per_mm = rules->filament_area / least;
    int64_t first = 0;
    for (int64_t n = 0; n < lines->count; n++) {
        if (lines->joined[n] && n + 1 < lines->count) {
            continue;
        }
        if (!run_in_order(work, first, n, nominal, per_mm)) {
            return 0;
        }
        first = n + 1;
    }
    return 1;
}
