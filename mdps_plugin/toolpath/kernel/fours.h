/* Four numbers of single precision at a time: a form that compilers turn into vectors of any processor. Within
 * the kernel. */
#ifndef MDPS_FOURS_H
#define MDPS_FOURS_H

#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_flags __attribute__((vector_size(16)));

/* The second where one is no number. */
#if defined(__SSE2__)
static inline four less_of(four one, four other) {
    return (four)_mm_min_ps((__m128)one, (__m128)other);
}

static inline four more_of(four one, four other) {
    return (four)_mm_max_ps((__m128)one, (__m128)other);
}
#else
static inline four less_of(four one, four other) {
    four_flags less = one < other;
    return (four)((less & (four_flags)one) | (~less & (four_flags)other));
}

static inline four more_of(four one, four other) {
    four_flags more = one > other;
    return (four)((more & (four_flags)one) | (~more & (four_flags)other));
}
#endif

static inline int any_of(four_flags flags) {
    uint64_t half[2];
    memcpy(half, &flags, sizeof half);
    return (half[0] | half[1]) != 0;
}

#endif
