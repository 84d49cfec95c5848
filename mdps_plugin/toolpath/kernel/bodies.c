/* Whether a model is surely one body: bodies.py for this one question. */
#include "model.h"

#include <string.h>

static int32_t root_of(int32_t *parent, int32_t one) {
    while (parent[one] != one) {
        parent[one] = parent[parent[one]];
        one = parent[one];
    }
    return one;
}

static uint64_t key_of(const double *corner, double *place) {
    uint64_t bits[3], key = 0;
    for (int k = 0; k < 3; k++) {
        /* 0.0 and -0.0 are one place. */
        place[k] = corner[k] + 0.0;
        memcpy(&bits[k], &place[k], sizeof bits[k]);
        key = (key ^ bits[k] ^ bits[k] >> 31) * UINT64_C(0x9E3779B97F4A7C15);
        key ^= key >> 29;
    }
    return key;
}

/* 1: all triangles hang together over common corners. parent: count numbers; table: slots numbers, a
 * power of two. 0: several bodies, or too many corners for the table. */
int64_t mdps_one_body(const double *triangles, int64_t count, int32_t *parent, int32_t *table,
                      int64_t slots) {
    if (count < 1 || count > INT32_MAX / 3 || slots < 2 || (slots & (slots - 1))) {
        return 0;
    }
    memset(table, 0xff, (size_t)slots * sizeof *table);
    int64_t corners = 0, parts = count;
    for (int32_t n = 0; n < count; n++) {
        parent[n] = n;
    }
    for (int64_t n = 0; n < 3 * count; n++) {
        double place[3], other[3];
        uint64_t slot = key_of(triangles + 3 * n, place) & (uint64_t)(slots - 1);
        int32_t face = (int32_t)(n / 3);
        for (;; slot = (slot + 1) & (uint64_t)(slots - 1)) {
            int32_t kept = table[slot];
            if (kept < 0) {
                if (++corners > slots / 4 * 3) {
                    return 0;
                }
                table[slot] = (int32_t)n;
                break;
            }
            (void)key_of(triangles + 3 * (int64_t)kept, other);
            if (place[0] == other[0] && place[1] == other[1] && place[2] == other[2]) {
                int32_t one = root_of(parent, face), two = root_of(parent, kept / 3);
                parts -= one != two;
                parent[one] = two;
                break;
            }
        }
    }
    return parts == 1;
}
