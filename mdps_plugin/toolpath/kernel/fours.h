/* Four numbers of single precision or two of double at a time: a form that compilers turn into vectors of any
 * processor. Within the kernel. */
#ifndef MDPS_FOURS_H
#define MDPS_FOURS_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_flags __attribute__((vector_size(16)));
typedef double couple __attribute__((vector_size(16)));
typedef int64_t two_flags __attribute__((vector_size(16)));
typedef int32_t two_whole __attribute__((vector_size(8)));
typedef float two_rough __attribute__((vector_size(8)));

/* The second where one is no number. */
#if defined(__SSE2__)
static inline four less_of(four one, four other) {
    return (four)_mm_min_ps((__m128)one, (__m128)other);
}

static inline four more_of(four one, four other) {
    return (four)_mm_max_ps((__m128)one, (__m128)other);
}

static inline couple lower_of(couple one, couple other) {
    return (couple)_mm_min_pd((__m128d)one, (__m128d)other);
}

static inline couple higher_of(couple one, couple other) {
    return (couple)_mm_max_pd((__m128d)one, (__m128d)other);
}

static inline couple root_of(couple number) {
    return (couple)_mm_sqrt_pd((__m128d)number);
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

static inline couple lower_of(couple one, couple other) {
    two_flags less = one < other;
    return (couple)((less & (two_flags)one) | (~less & (two_flags)other));
}

static inline couple higher_of(couple one, couple other) {
    two_flags more = one > other;
    return (couple)((more & (two_flags)one) | (~more & (two_flags)other));
}

static inline couple root_of(couple number) {
    return (couple){sqrt(number[0]), sqrt(number[1])};
}
#endif

/* Each as ceil_within from 0 on. */
static inline two_whole ceil_both(couple value, double high) {
    value = lower_of(higher_of(value, (couple){0, 0}), (couple){high, high});
    two_whole whole = __builtin_convertvector(value, two_whole);
    two_flags less = __builtin_convertvector(whole, couple) < value;
    return whole - __builtin_convertvector(less, two_whole);
}

/* A bit for each flag, the first one lowest. */
#if defined(__SSE2__)
static inline uint32_t bits_of(four_flags flags) {
    return (uint32_t)_mm_movemask_ps((__m128)flags);
}

static inline uint32_t two_bits_of(two_flags flags) {
    return (uint32_t)_mm_movemask_pd((__m128d)flags);
}
#else
static inline uint32_t bits_of(four_flags flags) {
    four_flags bits = flags & (four_flags){1, 2, 4, 8};
    return (uint32_t)(bits[0] | bits[1] | bits[2] | bits[3]);
}

static inline uint32_t two_bits_of(two_flags flags) {
    return (uint32_t)((flags[0] & 1) | (flags[1] & 2));
}
#endif

/* The lowest of four in each of them. */
static inline four lowest_of(four number) {
    number = less_of(number, (four){number[2], number[3], number[0], number[1]});
    return less_of(number, (four){number[1], number[0], number[3], number[2]});
}

static inline int any_of(four_flags flags) {
    uint64_t half[2];
    memcpy(half, &flags, sizeof half);
    return (half[0] | half[1]) != 0;
}

#endif
