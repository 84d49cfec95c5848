/* Corners of an outline that point into the part, as depth.py: how far a mitre reaches about each, and which
 * places lie on it. */
#include "model.h"

#include <math.h>
#include <string.h>

#define MOST_MITRE 3.0
#define JOIN_MM 1e-4

static double factor_between(const struct outline *outline, int64_t first, int64_t second) {
    double ax = outline->x1[first] - outline->x0[first];
    double ay = outline->y1[first] - outline->y0[first];
    double bx = outline->x1[second] - outline->x0[second];
    double by = outline->y1[second] - outline->y0[second];
    double turn = -atan2(ax * by - ay * bx, ax * bx + ay * by);
    double cosine = cos((turn > 0 ? turn : 0) / 2);
    return 1 / (cosine > 1.0 / MOST_MITRE ? cosine : 1.0 / MOST_MITRE);
}

static uint64_t slot_of(double x, double y) {
    uint64_t bits[2];
    memcpy(&bits[0], &x, sizeof x);
    memcpy(&bits[1], &y, sizeof y);
    uint64_t key = (bits[0] ^ bits[0] >> 29) * UINT64_C(0x9E3779B97F4A7C15);
    key = (key ^ bits[1] ^ bits[1] >> 31) * UINT64_C(0xC2B2AE3D27D4EB4F);
    return key ^ key >> 32;
}

/* How much further than elsewhere a mitre reaches at both ends of each segment: the least of all
 * that depth.py may mean, 1 where nothing joins; 1 for all where too many ends lie in one place. */
void find_mitres(struct mitres *mitres, const struct outline *outline) {
    uint64_t wrap = (uint64_t)mitres->slots - 1;
    int64_t left = most_probes(outline->count);
    memset(mitres->table, 0xff, (size_t)mitres->slots * sizeof *mitres->table);
    for (int64_t n = 0; n < outline->count; n++) {
        double x = nearbyint(outline->x0[n] / JOIN_MM) + 0.0;
        double y = nearbyint(outline->y0[n] / JOIN_MM) + 0.0;
        uint64_t slot = slot_of(x, y) & wrap;
        while (left >= 0 && mitres->table[slot] >= 0) {
            slot = (slot + 1) & wrap;
            left--;
        }
        if (left < 0) {
            break;
        }
        mitres->table[slot] = (int32_t)n;
        mitres->before[n] = mitres->after[n] = INFINITY;
    }
    for (int64_t n = 0; n < outline->count && left >= 0; n++) {
        double x = nearbyint(outline->x1[n] / JOIN_MM) + 0.0;
        double y = nearbyint(outline->y1[n] / JOIN_MM) + 0.0;
        uint64_t slot = slot_of(x, y) & wrap;
        for (int32_t k; left >= 0 && (k = mitres->table[slot]) >= 0; slot = (slot + 1) & wrap) {
            left--;
            if (nearbyint(outline->x0[k] / JOIN_MM) == x &&
                nearbyint(outline->y0[k] / JOIN_MM) == y) {
                double factor = factor_between(outline, n, k);
                mitres->after[n] = fmin(mitres->after[n], factor);
                mitres->before[k] = fmin(mitres->before[k], factor);
            }
        }
    }
    for (int64_t n = 0; n < outline->count; n++) {
        int found = left >= 0;
        mitres->after[n] = found && mitres->after[n] < INFINITY ? mitres->after[n] : 1.0;
        mitres->before[n] = found && mitres->before[n] < INFINITY ? mitres->before[n] : 1.0;
    }
    mitres->known = 1;
}

/* How far beside the line of a segment. */
static double aside_of(const struct outline *outline, int64_t n, struct spot spot) {
    double x = outline->x1[n] - outline->x0[n], y = outline->y1[n] - outline->y0[n];
    double length = sqrt(x * x + y * y);
    double across = x * (spot.y - outline->y0[n]) - y * (spot.x - outline->x0[n]);
    return length > 1e-9 ? fabs(across) / length : INFINITY;
}

/* Whether a place nearest to an end of a segment surely lies on the mitre about it, beside the further of
 * the lines that meet there: as depth.py, for whichever segment it takes for the one that joins. */
int on_mitre(const struct outline *outline, struct sides *sides, int64_t n, int begins,
                    struct spot spot, double low, double high) {
    double own = aside_of(outline, n, spot);
    double x = begins ? outline->x0[n] : outline->x1[n];
    double y = begins ? outline->y0[n] : outline->y1[n];
    double key_x = nearbyint(x / JOIN_MM), key_y = nearbyint(y / JOIN_MM);
    int64_t joined = 0;
    if (!(own <= high)) {
        return 0;
    }
    struct around around = sides_near(sides, x, y, 2 * JOIN_MM);
    for (int32_t k; (k = next_near(sides, &around)) >= 0;) {
        double end_x = begins ? outline->x1[k] : outline->x0[k];
        double end_y = begins ? outline->y1[k] : outline->y0[k];
        if (nearbyint(end_x / JOIN_MM) == key_x && nearbyint(end_y / JOIN_MM) == key_y) {
            double other = aside_of(outline, k, spot), further = own > other ? own : other;
            if (!(further >= low && further <= high)) {
                return 0;
            }
            joined++;
        }
    }
    return joined > 0;
}
