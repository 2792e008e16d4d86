/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_table.h - contract: the format of translation table entries.
 *
 * Pure: values in, values out. Both stages use 4 KiB pages, 512 entries a
 * table and three levels, so that level 0 maps 1 GiB, level 1 maps 2 MiB and
 * level 2 maps 4 KiB an entry.
 */
#ifndef ARCH_PAGE_TABLE_H
#define ARCH_PAGE_TABLE_H

#include "lib/address.h"

#define PAGE_TABLE_LEVELS  3u
#define PAGE_TABLE_ENTRIES 512u

/* What a mapping may be used for. Write and execute never go together at the hypervisor's stage. */
enum page_use {
    PAGE_HYPERVISOR_TEXT,   /* read, execute */
    PAGE_HYPERVISOR_CONST,  /* read */
    PAGE_HYPERVISOR_DATA,   /* read, write */
    PAGE_HYPERVISOR_DEVICE, /* read, write; device memory */
    PAGE_GUEST_MEMORY,      /* stage 2: read, write, execute */
    PAGE_GUEST_DEVICE,      /* stage 2: read, write; device memory */
};

/* An entry that maps the block or page at `address`, level 0 to 2. */
uint64_t arch_pte_leaf(phys_t address, unsigned level, enum page_use use);

/* An entry that refers to the next level's table. */
uint64_t arch_pte_table(phys_t table);

/* Pages of a stage 2's root table, which is aligned to its size; level 0's entries run on in it. */
uint64_t arch_guest_root_pages(void);

/* Whether the entry maps or refers to anything. */
bool arch_pte_is_valid(uint64_t entry);

/* The table that a valid entry at level 0 or 1 refers to; false if it is a block. */
bool arch_pte_next(uint64_t entry, phys_t *table);
#endif
