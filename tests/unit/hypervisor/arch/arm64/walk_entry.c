/* SPDX-License-Identifier: Apache-2.0 */
/* DDI 0487 D8.3: descriptors of 4 KiB tables. */
#include "hypervisor/walk.h"

#define OUTPUT_MASK UINT64_C(0x0000fffffffff000)

struct walk_entry walk_entry(uint64_t entry, unsigned level) {
    struct walk_entry read = {.phys = entry & OUTPUT_MASK, .attributes = entry & ~OUTPUT_MASK};

    /* Bits [1:0]: 01 a block, 11 a table, or at the last level a page. */
    read.valid = (entry & 1) != 0 && (level > 0 || (entry & 3) == 3);
    read.table = level > 0 && (entry & 3) == 3;
    return read;
}

/* Stage 1 of EL2: AP[2] is "read only", XN is bit 54. */
bool walk_writable(const struct walked *walked) {
    return (walked->attributes & 1u << 7) == 0;
}

bool walk_executable(const struct walked *walked) {
    return (walked->attributes & UINT64_C(1) << 54) == 0;
}

/* Stage 2: S2AP in [7:6], XN in [54:53]. */
bool walk_guest_readable(const struct walked *walked) {
    return (walked->attributes & 1u << 6) != 0;
}

bool walk_guest_writable(const struct walked *walked) {
    return (walked->attributes & 1u << 7) != 0;
}

bool walk_guest_executable(const struct walked *walked) {
    return (walked->attributes & UINT64_C(3) << 53) == 0;
}
