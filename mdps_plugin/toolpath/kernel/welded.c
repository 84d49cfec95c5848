/* Bodies of a mesh that is surely closed: closed.py for the usual case, triangle by triangle.
 *
 * Corners are brought together by a hash and compared bit by bit; each edge is kept by its lower corner
 * until, and after, its second face has come. Whatever is not as in a sound mesh is doubt. */
#include "mesh.h"

#define MOST_TRIANGLES (INT32_MAX / 4)
/* Triangles whose slots are asked for before the first of them is looked at. */
#define AHEAD 64
#define DONE (-1)

struct edge {
    int32_t higher, next, face;            /* face: 2 times the first one, plus its direction; or DONE */
};

struct weld {
    int32_t *table, *head;
    uint32_t (*place)[3];
    struct edge *edges;
    int64_t slots, corners, corner_room, edge_count, edge_room, steps;
    int shift;
};

/* A sound mesh has about half as many corners as triangles: four slots or more for each. */
static int64_t slots_for(int64_t count) {
    int64_t slots = 16;
    while (slots < 2 * count) {
        slots *= 2;
    }
    return slots;
}

/* Most corners: a sound mesh of more than two triangles a body has at most as many as triangles. */
static int64_t corners_for(int64_t count) {
    return count + 4;
}

static int64_t edges_for(int64_t count) {
    return count + count / 2;
}

int64_t mdps_mesh_room(int64_t count) {
    if (count < 1 || count > MOST_TRIANGLES) {
        return -1;
    }
    int64_t corners = corners_for(count);
    return (int64_t)sizeof(int32_t) * (slots_for(count) + 4 * corners) +
           (int64_t)sizeof(struct edge) * edges_for(count);
}

static struct weld weld_in(void *memory, int64_t count) {
    struct weld weld = {.slots = slots_for(count), .corner_room = corners_for(count)};
    weld.edge_room = edges_for(count);
    weld.table = memory;
    weld.head = weld.table + weld.slots;
    weld.place = (uint32_t (*)[3])(weld.head + weld.corner_room);
    weld.edges = (struct edge *)(weld.place + weld.corner_room);
    weld.shift = 64 - __builtin_ctzll((uint64_t)weld.slots);
    /* No more than that for what shares slots or has many edges: a file made for it would take for ever. */
    weld.steps = 64 * count + 4096;
    memset(weld.table, 0xff, (size_t)weld.slots * sizeof *weld.table);
    return weld;
}

static inline int64_t slot_of(const struct weld *weld, const uint32_t *bits) {
    uint64_t key = ((uint64_t)bits[0] << 32 | bits[1]) * UINT64_C(0x9E3779B97F4A7C15);
    key ^= bits[2] * UINT64_C(0xC2B2AE3D27D4EB4F);
    key ^= key >> 32;
    return (int64_t)((key * UINT64_C(0xFF51AFD7ED558CCD)) >> weld->shift);
}

/* The number of a corner, a new one for a place that was not seen before; -1: doubt. */
static inline int32_t corner_at(struct weld *weld, const uint32_t *bits, int64_t slot) {
    for (;; slot = (slot + 1) & (weld->slots - 1)) {
        int32_t kept = weld->table[slot];
        if (kept < 0) {
            break;
        }
        const uint32_t *place = weld->place[kept];
        if (place[0] == bits[0] && place[1] == bits[1] && place[2] == bits[2]) {
            return kept;
        }
        if (--weld->steps < 0) {
            return -1;
        }
    }
    if (weld->corners == weld->corner_room) {
        return -1;
    }
    int32_t made = (int32_t)weld->corners++;
    memcpy(weld->place[made], bits, sizeof weld->place[made]);
    weld->table[slot] = made;
    weld->head[made] = -1;
    return made;
}

static inline int32_t root_of(int32_t *parent, int32_t one) {
    while (parent[one] != one) {
        parent[one] = parent[parent[one]];
        one = parent[one];
    }
    return one;
}

static inline void join(int32_t *parent, int32_t one, int32_t other) {
    one = root_of(parent, one);
    other = root_of(parent, other);
    if (one < other) {
        parent[other] = one;
    } else {
        parent[one] = other;
    }
}

/* One side of a face, from corner to corner. 0: doubt. */
static inline int take_edge(struct weld *weld, int32_t *parent, int32_t from, int32_t to,
                            int32_t face) {
    int rises = from < to;
    int32_t lower = rises ? from : to, higher = rises ? to : from;
    if (from == to) {
        return 0;
    }
    for (int32_t at = weld->head[lower]; at >= 0; at = weld->edges[at].next) {
        struct edge *edge = weld->edges + at;
        if (edge->higher == higher) {
            /* A third face, or two that run the same way. */
            if (edge->face == DONE || (edge->face & 1) == rises) {
                return 0;
            }
            join(parent, face, edge->face >> 1);
            edge->face = DONE;
            return 1;
        }
        if (--weld->steps < 0) {
            return 0;
        }
    }
    if (weld->edge_count == weld->edge_room) {
        return 0;
    }
    int32_t made = (int32_t)weld->edge_count++;
    weld->edges[made] = (struct edge){higher, weld->head[lower], 2 * face + rises};
    weld->head[lower] = made;
    return 1;
}

/* What lies where a slot or a corner says; asked for now, looked at later. */
static inline void ask_for_place(const struct weld *weld, int64_t slot) {
    int32_t kept = weld->table[slot];
    __builtin_prefetch(weld->place + (kept > 0 ? kept : 0));
}

static inline void ask_for_edges(const struct weld *weld, int32_t corner) {
    int32_t first = weld->head[corner];
    __builtin_prefetch(weld->edges + (first > 0 ? first : 0), 1);
}

/* Numbers of the corners of triangles begin to end (exclusive). 0: doubt. */
static int weld_corners(struct weld *weld, const uint8_t *corners, int64_t stride, int32_t begin,
                        int32_t end, int32_t *corner) {
    uint32_t bits[3 * AHEAD][3];
    int64_t slot[3 * AHEAD];
    int count = 3 * (end - begin);
    for (int32_t face = begin; face < end; face++) {
        float some[9];
        corners_of(corners, stride, face, some);
        for (int k = 0; k < 9; k++) {
            some[k] += 0.0f;               /* 0.0 and -0.0 are one place */
        }
        memcpy(bits[3 * (face - begin)], some, sizeof some);
    }
    for (int n = 0; n < count; n++) {
        slot[n] = slot_of(weld, bits[n]);
        __builtin_prefetch(weld->table + slot[n], 1);
    }
    for (int n = 0; n < count; n++) {
        ask_for_place(weld, slot[n]);
    }
    for (int n = 0; n < count; n++) {
        corner[n] = corner_at(weld, bits[n], slot[n]);
        if (corner[n] < 0) {
            return 0;
        }
        __builtin_prefetch(weld->head + corner[n], 1);
    }
    return 1;
}

/* Triangles begin to end (exclusive), at most AHEAD. 0: doubt. */
static int take_faces(struct weld *weld, const uint8_t *corners, int64_t stride, int32_t begin,
                      int32_t end, int32_t *parent) {
    int32_t corner[3 * AHEAD];
    if (!weld_corners(weld, corners, stride, begin, end, corner)) {
        return 0;
    }
    for (int n = 0; n < 3 * (end - begin); n++) {
        ask_for_edges(weld, corner[n]);
    }
    for (int32_t face = begin; face < end; face++) {
        const int32_t *of = corner + 3 * (face - begin);
        parent[face] = face;
        if (!take_edge(weld, parent, of[0], of[1], face) ||
            !take_edge(weld, parent, of[1], of[2], face) ||
            !take_edge(weld, parent, of[2], of[0], face)) {
            return 0;
        }
    }
    return 1;
}

int64_t mdps_mesh_bodies(const uint8_t *corners, int64_t stride, int64_t count, int32_t *labels,
                         void *memory, int64_t room) {
    int64_t wanted = mdps_mesh_room(count), bodies = 0;
    if (wanted < 0 || room < wanted) {
        return 0;
    }
    struct weld weld = weld_in(memory, count);
    for (int64_t begin = 0; begin < count; begin += AHEAD) {
        int64_t end = begin + AHEAD < count ? begin + AHEAD : count;
        if (!take_faces(&weld, corners, stride, (int32_t)begin, (int32_t)end, labels)) {
            return 0;
        }
    }
    for (int64_t n = 0; n < weld.edge_count; n++) {
        if (weld.edges[n].face != DONE) {
            return 0;
        }
    }
    /* A root is the least of its body, so that it is known when the others are reached. */
    for (int64_t n = 0; n < count; n++) {
        labels[n] = labels[labels[n]];
        bodies += labels[n] == n;
    }
    return bodies;
}
