/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/riscv_imsic.h"

#include "tool/tree/tree_address.h"

#define FILE_SHIFT      12 /* a file is a page */
#define GUEST_BITS_MAX  6
#define HART_BITS_MAX   14
#define GROUP_BITS_MAX  7
#define GROUP_SHIFT_MIN 24
#define GROUP_SHIFT_MAX 55

static uint64_t bits(uint32_t count) {
    return (UINT64_C(1) << count) - 1;
}

/* How many bits it takes to tell `count` things apart. */
static uint32_t bits_for(size_t count) {
    uint32_t needed = 0;

    while ((UINT64_C(1) << needed) < count)
        needed++;
    return needed;
}

bool riscv_imsic_read(struct riscv_imsic *imsic, const struct tree_node *node) {
    size_t count = 0;

    *imsic = (struct riscv_imsic){0};
    tree_cells(node, "interrupts-extended", &count);
    imsic->guest_bits = tree_cell(node, "riscv,guest-index-bits", 0);
    imsic->hart_bits = tree_cell(node, "riscv,hart-index-bits", bits_for(count / 2));
    imsic->group_bits = tree_cell(node, "riscv,group-index-bits", 0);
    imsic->group_shift = tree_cell(node, "riscv,group-index-shift", GROUP_SHIFT_MIN);
    uint32_t own = tree_cell(node, "riscv,num-ids", 0);
    uint32_t guests = tree_cell(node, "riscv,num-guest-ids", own);
    imsic->identities = guests < own ? guests : own;
    while (imsic->region_count < IMSIC_REGIONS_MAX &&
           tree_register(node, imsic->region_count, &imsic->regions[imsic->region_count]))
        imsic->region_count++;
    if (imsic->guest_bits > GUEST_BITS_MAX || imsic->hart_bits > HART_BITS_MAX ||
        imsic->group_bits > GROUP_BITS_MAX || imsic->group_shift > GROUP_SHIFT_MAX)
        return false;
    imsic->guest_files = (uint32_t)bits(imsic->guest_bits);
    return imsic->region_count != 0 && imsic->identities != 0;
}

bool riscv_imsic_file(const struct riscv_imsic *imsic, uint32_t n, struct riscv_imsic_file *file) {
    uint32_t shift = imsic->guest_bits + FILE_SHIFT;
    uint64_t offset = (uint64_t)n << shift;

    for (size_t i = 0; i < imsic->region_count; i++) {
        struct system_range region = imsic->regions[i];

        if (offset < region.size) {
            uint64_t phys = region.phys + offset;
            uint64_t hart = phys >> shift & bits(imsic->hart_bits);
            uint64_t group = phys >> imsic->group_shift & bits(imsic->group_bits);

            *file = (struct riscv_imsic_file){phys, (uint32_t)(group << imsic->hart_bits | hart)};
            return true;
        }
        /* The last hart of a group may lack the guests' files: a hole follows. */
        offset -= (region.size + bits(shift)) & ~bits(shift);
    }
    return false;
}
