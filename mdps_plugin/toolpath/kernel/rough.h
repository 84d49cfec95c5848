/* The look into the cells of rough.c: how far a place lies from joined segments, four at a time.
 * Within the kernel. */
#ifndef MDPS_ROUGH_H
#define MDPS_ROUGH_H

#include "fours.h"
#include "model.h"

#include <math.h>

#define ROUGH_CELL_MM 2.0
/* Cells beside the outline, as many as no reach crosses: there a place before the first one may be
 * taken for one of the first, for it is too far away in either. */
#define ROUGH_EDGE 2
/* Numbers up to here become whole ones. */
#define MOST_MM 1e6

/* Square of the distance of a place, from the low corner on, to the nearest segment of a list, in each of
 * four numbers. From the middle of a segment a place lies along and across it; what is along, but beyond half
 * its length, and what is across are the sides of a right angle. */
static inline four square_among(const struct near_four *at, float x, float y) {
    const four qx = (four){0, 0, 0, 0} + x, qy = (four){0, 0, 0, 0} + y;
    const four none = {0, 0, 0, 0};
    const four_flags unsigned_ = {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX};
    four best = {1e9F, 1e9F, 1e9F, 1e9F};
    for (; at != NULL; at = at->next) {
        const four *side = (const four *)at->numbers;
        four ux = side[0], uy = side[1];
        four along = qx * ux + qy * uy - side[2], across = qx * uy - qy * ux - side[3];
        along = more_of((four)((four_flags)along & unsigned_) - side[4], none);
        best = less_of(along * along + across * across, best);
    }
    return lowest_of(best);
}

/* rough_square for places within MOST_MM, in each of four numbers. */
static inline four square_within(const struct rough *rough, double px, double py) {
    double x = px - rough->low_x, y = py - rough->low_y;
    uint32_t column = (uint32_t)(int32_t)(x * (1 / ROUGH_CELL_MM));
    uint32_t row = (uint32_t)(int32_t)(y * (1 / ROUGH_CELL_MM));
    if (column >= (uint32_t)rough->across || row >= (uint32_t)rough->down) {
        return (four){INFINITY, INFINITY, INFINITY, INFINITY};
    }
    return square_among(rough->head[row * (uint32_t)rough->across + column], (float)x, (float)y);
}

#endif
