/* SPDX-License-Identifier: Apache-2.0 */
/* Privileged Architecture 1.13, 12.4 (Sv39 to Sv57) and 20.5.1 (the same, x4): page table entries.
 */
#include "hypervisor/walk.h"

#define PPN UINT64_C(0x003ffffffffffc00)

#define V 1u
#define R (1u << 1)
#define W (1u << 2)
#define X (1u << 3)
#define U (1u << 4)
#define A (1u << 6)
#define D (1u << 7)

struct walk_entry walk_entry(uint64_t entry, unsigned level) {
    struct walk_entry read = {.phys = (entry & PPN) << 2, .attributes = entry & ~PPN};
    bool leaf = (entry & (R | X)) != 0;

    /* A reference to a table says nothing else; at the last level there is none. */
    read.valid = (entry & V) != 0 && (leaf || (level > 0 && (entry & ~PPN) == V));
    read.table = !leaf;
    return read;
}

/* Harts need not set A and D by themselves: where they are 0 the access faults. */
static bool allows(const struct walked *walked, uint64_t bits) {
    return (walked->attributes & bits) == bits;
}

bool walk_writable(const struct walked *walked) {
    return allows(walked, R | W | A | D) && !allows(walked, U);
}

bool walk_executable(const struct walked *walked) {
    return allows(walked, X | A) && !allows(walked, U);
}

/* Stage 2 translates all accesses as if from U-mode. */
bool walk_guest_readable(const struct walked *walked) {
    return allows(walked, R | A | U);
}

bool walk_guest_writable(const struct walked *walked) {
    return allows(walked, R | W | A | D | U);
}

bool walk_guest_executable(const struct walked *walked) {
    return allows(walked, X | A | U);
}
