/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/board_ram.h"

#include "abi/boot_record.h"

void board_ram_cut(struct system_range **ram, size_t *count, struct system_range taken,
                   struct arena *arena) {
    uint64_t mask = SYSTEM_PAGE_SIZE - 1;
    uint64_t start = taken.phys & ~mask;
    uint64_t last = taken.phys + taken.size;
    uint64_t end = last < taken.phys ? ~mask : (last + mask) & ~mask;

    for (size_t i = *count; i-- > 0;) {
        struct system_range piece = (*ram)[i];
        uint64_t piece_end = piece.phys + piece.size;

        if (start >= piece_end || end <= piece.phys)
            continue;
        (*ram)[i] = (*ram)[--*count];
        if (start > piece.phys)
            *ARENA_ADD(arena, *ram, *count) = (struct system_range){piece.phys, start - piece.phys};
        if (end < piece_end)
            *ARENA_ADD(arena, *ram, *count) = (struct system_range){end, piece_end - end};
    }
}
