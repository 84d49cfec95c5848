/* Where the corners of a mesh lie, and what the room of models asks of the kernel.
 *
 * Corners lie as in a binary STL: nine numbers of 32 bits, one triangle `stride` bytes after the other,
 * at any address. The caller hands over all memory; nothing is kept between calls.
 */
#ifndef MDPS_MESH_H
#define MDPS_MESH_H

#include "kernel.h"

#include <string.h>

/* Bytes of a triangle in a binary STL: normal, corners, attribute. */
#define RECORD_BYTES 50
#define RECORD_CORNERS 12

/* Lowest and highest corner, box: six numbers. 0: a number that is none, or beyond most. */
EXPORT int64_t mdps_mesh_box(const uint8_t *corners, int64_t stride, int64_t count, float most,
                             double *box);
/* Bytes of memory that mdps_mesh_bodies wants; -1: more triangles than it takes. */
EXPORT int64_t mdps_mesh_room(int64_t count);
/* How many bodies a mesh has that is surely closed, as closed.py says it; label of each triangle: the first
 * of its body. 0: in doubt, and labels hold nothing. memory lies at a multiple of 8. */
EXPORT int64_t mdps_mesh_bodies(const uint8_t *corners, int64_t stride, int64_t count,
                                int32_t *labels, void *memory, int64_t room);
/* Signed volume of each triangle against middle, and their sum one by one; flat: how many have no area,
 * and the first of these. */
EXPORT void mdps_mesh_faces(const uint8_t *corners, int64_t stride, int64_t count,
                            const double *middle, double *volumes, double *sum, int64_t *flat);
/* Corners on the grid of 1 / steps mm (a power of two) and moved by shift, as placement.py does it, into
 * count records of a binary STL, of which only the corners are written. No number may reach 2^50 steps. */
EXPORT void mdps_mesh_placed(const uint8_t *corners, int64_t stride, int64_t count, double steps,
                             const double *shift, uint8_t *records);
/* Whether count records of a binary STL hold nothing but corners on that grid, no zero with a sign among
 * them: to place them where they are changes no byte. No number may reach 2^31 steps. */
EXPORT int64_t mdps_mesh_lies(const uint8_t *records, int64_t count, float steps);

/* The corners of one triangle, 32 bits each. */
static inline void corners_of(const uint8_t *corners, int64_t stride, int64_t triangle, float *out) {
    memcpy(out, corners + triangle * stride, 9 * sizeof *out);
}

#endif
