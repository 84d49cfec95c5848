/* The box of a mesh, its faces one by one, and its place on the plate: mesh.py, surface.py, placement.py. */
#include "mesh.h"

int64_t mdps_mesh_box(const uint8_t *corners, int64_t stride, int64_t count, float most,
                      double *box) {
    float low[9], high[9];
    int32_t limit, furthest[9] = {0};
    memcpy(&limit, &most, sizeof limit);
    if (count < 1) {
        return 0;
    }
    corners_of(corners, stride, 0, low);
    corners_of(corners, stride, 0, high);
    for (int64_t n = 0; n < count; n++) {
        float some[9];
        int32_t bits[9];
        corners_of(corners, stride, n, some);
        memcpy(bits, some, sizeof bits);
        for (int k = 0; k < 9; k++) {
            low[k] = some[k] < low[k] ? some[k] : low[k];
            high[k] = some[k] > high[k] ? some[k] : high[k];
            /* Without their sign, bits are in the order of the numbers; infinite and none come last. */
            int32_t size = bits[k] & INT32_MAX;
            furthest[k] = size > furthest[k] ? size : furthest[k];
        }
    }
    for (int k = 0; k < 9; k++) {
        if (furthest[k] > limit) {
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
        float some[9];
        corners_of(corners, stride, n, some);
        for (int k = 0; k < 9; k++) {
            double rounded = ((double)some[k] * steps + whole - whole) * grid;
            some[k] = (float)(rounded + moved[k] + 0.0);
        }
        memcpy(records + n * RECORD_BYTES + RECORD_CORNERS, some, sizeof some);
    }
}
