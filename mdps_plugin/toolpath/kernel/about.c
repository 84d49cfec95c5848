/* Which kernel this is, so that Python never calls one that was built from other sources. */
#include "kernel.h"

#ifndef KERNEL_SOURCE_SHA256
#define KERNEL_SOURCE_SHA256 "unknown"
#endif

int64_t mdps_abi(void) {
    return KERNEL_ABI;
}

const char *mdps_source_digest(void) {
    return KERNEL_SOURCE_SHA256;
}

/* Sizes of the structures, in the order of kernel.h; 0 for a number that has none. */
int64_t mdps_size_of(int64_t which) {
    static const int64_t sizes[] = {
        sizeof(struct class_limits), sizeof(struct heat_rule), sizeof(struct fan_rule),
        sizeof(struct writing),      sizeof(struct limits),    sizeof(struct machine),
        sizeof(struct result),       sizeof(struct cursor)};
    return which >= 0 && which < (int64_t)(sizeof sizes / sizeof sizes[0]) ? sizes[which] : 0;
}
