/* The box of a mesh, its faces one by one, and its place on the plate: mesh.py, surface.py, placement.py. */
#include "mesh.h"

/* Of the nine numbers of a triangle the first eight go four and four, the last alone. */
#define MOST_OF 8

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_bits __attribute__((vector_size(16)));

/* The first where below holds, else the second. */
static inline four chosen(four_bits below, four one, four other) {
    return (four)((below & (four_bits)one) | (~below & (four_bits)other));
}

int64_t mdps_mesh_box(const uint8_t *corners, int64_t stride, int64_t count, float most,
                      double *box) {
    float low[9], high[9];
    four least[2], greatest[2];
    four_bits none = {0};
    int none_last = 0;
    if (count < 1) {
        return 0;
    }
    corners_of(corners, stride, 0, low);
    memcpy(high, low, sizeof high);
    memcpy(least, low, sizeof least);
    memcpy(greatest, low, sizeof greatest);
    for (int64_t n = 0; n < count; n++) {
        four some[2];
        float last;
        memcpy(some, corners + n * stride, sizeof some);
        memcpy(&last, corners + n * stride + sizeof some, sizeof last);
        for (int k = 0; k < 2; k++) {
            least[k] = chosen(some[k] < least[k], some[k], least[k]);
            greatest[k] = chosen(some[k] > greatest[k], some[k], greatest[k]);
            none |= some[k] != some[k];
        }
        low[MOST_OF] = last < low[MOST_OF] ? last : low[MOST_OF];
        high[MOST_OF] = last > high[MOST_OF] ? last : high[MOST_OF];
        none_last |= last != last;
    }
    memcpy(low, least, sizeof least);
    memcpy(high, greatest, sizeof greatest);
    for (int k = 0; k < 9; k++) {
        /* What is no number takes no part in the least and the most, unless it comes first. */
        if (none_last || none[k % 4] || !(low[k] >= -most && high[k] <= most)) {
            return 0;
        }
    }
    for (int axis = 0; axis < 3; axis++) {
        box[axis] = low[axis];
        box[axis + 3] = high[axis];
        for (int k = axis + 3; k < 9; k += 3) {
            box[axis] = low[k] < box[axis] ? low[k] : box[axis];
            box[axis + 3] = high[k] > box[axis + 3] ? high[k] : box[axis + 3];
        }
    }
    return 1;
}

void mdps_mesh_faces(const uint8_t *corners, int64_t stride, int64_t count, const double *middle,
                     double *volumes, double *sum, int64_t *flat) {
    double all = 0;
    flat[0] = 0;
    flat[1] = -1;
    for (int64_t n = 0; n < count; n++) {
        float some[9];
        double a[3], b[3], c[3], u[3], v[3];
        corners_of(corners, stride, n, some);
        for (int k = 0; k < 3; k++) {
            a[k] = (double)some[k] - middle[k];
            b[k] = (double)some[k + 3] - middle[k];
            c[k] = (double)some[k + 6] - middle[k];
            u[k] = (double)some[k + 3] - (double)some[k];
            v[k] = (double)some[k + 6] - (double)some[k];
        }
        volumes[n] = (a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
                      a[2] * (b[0] * c[1] - b[1] * c[0])) /
                     6.0;
        all += volumes[n];
        if (u[1] * v[2] == u[2] * v[1] && u[2] * v[0] == u[0] * v[2] && u[0] * v[1] == u[1] * v[0]) {
            flat[1] = flat[0]++ ? flat[1] : n;
        }
    }
    *sum = all;
}

void mdps_mesh_placed(const uint8_t *corners, int64_t stride, int64_t count, double steps,
                      const double *shift, uint8_t *records) {
    /* Adding this and taking it away again rounds to whole numbers, ties to even: below 2^51 there is
     * no other bit. */
    const double whole = 6755399441055744.0;
    double grid = 1 / steps, moved[9];
    for (int k = 0; k < 9; k++) {
        moved[k] = shift[k % 3];
    }
    for (int64_t n = 0; n < count; n++) {
        float some[MOST_OF], last;
        memcpy(some, corners + n * stride, sizeof some);
        memcpy(&last, corners + n * stride + sizeof some, sizeof last);
        for (int k = 0; k < MOST_OF; k++) {
            double rounded = ((double)some[k] * steps + whole - whole) * grid;
            some[k] = (float)(rounded + moved[k] + 0.0);
        }
        last = (float)(((double)last * steps + whole - whole) * grid + moved[MOST_OF] + 0.0);
        uint8_t *record = records + n * RECORD_BYTES + RECORD_CORNERS;
        memcpy(record, some, sizeof some);
        memcpy(record + sizeof some, &last, sizeof last);
    }
}

int64_t mdps_mesh_lies(const uint8_t *records, int64_t count, float steps) {
    /* Bits that are not as they would be; a zero with a sign is no whole number here. */
    uint32_t differ[MOST_OF] = {0};
    uint64_t besides = 0;
    for (int64_t n = 0; n < count; n++) {
        const uint8_t *record = records + n * RECORD_BYTES;
        uint64_t normal;
        uint32_t rest, one[MOST_OF], two[MOST_OF];
        uint16_t attribute;
        float some[MOST_OF], last, whole[MOST_OF];
        memcpy(&normal, record, sizeof normal);
        memcpy(&rest, record + sizeof normal, sizeof rest);
        memcpy(some, record + RECORD_CORNERS, sizeof some);
        memcpy(&last, record + RECORD_CORNERS + sizeof some, sizeof last);
        memcpy(&attribute, record + RECORD_BYTES - sizeof attribute, sizeof attribute);
        besides |= normal | rest | attribute;
        for (int k = 0; k < MOST_OF; k++) {
            some[k] *= steps;
            whole[k] = (float)(int32_t)some[k];
        }
        memcpy(one, some, sizeof one);
        memcpy(two, whole, sizeof two);
        for (int k = 0; k < MOST_OF; k++) {
            differ[k] |= one[k] ^ two[k];
        }
        last *= steps;
        whole[0] = (float)(int32_t)last;
        memcpy(one, &last, sizeof last);
        memcpy(two, whole, sizeof last);
        besides |= one[0] ^ two[0];
    }
    for (int k = 0; k < MOST_OF; k++) {
        besides |= differ[k];
    }
    return !besides;
}
