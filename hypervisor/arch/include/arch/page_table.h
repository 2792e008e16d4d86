/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_table.h - contract: the format of translation table entries.
 *
 * Pure: values in, values out. Both stages use 4 KiB pages and 512 entries a table.
 * Levels count from the bottom: an entry of level 0 maps 4 KiB, of level 1 2 MiB,
 * of level 2 1 GiB. Those above refer to tables only. An entry of 0 maps nothing.
 */
#pragma once

#include "lib/address.h"

#define PAGE_TABLE_ENTRIES 512u
#define PAGE_LEVEL_MAX     2u /* of a block */

/* What a mapping may be used for. Write and execute never go together at the hypervisor's stage. */
enum page_use {
    PAGE_HYPERVISOR_TEXT,     /* read, execute */
    PAGE_HYPERVISOR_CONST,    /* read */
    PAGE_HYPERVISOR_DATA,     /* read, write */
    PAGE_HYPERVISOR_UNCACHED, /* the same, past the caches where the architecture knows such */
    PAGE_HYPERVISOR_DEVICE,   /* read, write; device memory */
    PAGE_GUEST_MEMORY,        /* stage 2: read, write, execute */
    PAGE_GUEST_DEVICE,        /* stage 2: read, write; device memory */
    PAGE_GUEST_PREFETCHABLE,  /* the same, where reading has no effect: as the guest maps it */
    PAGE_GUEST_SHARED,        /* stage 2: read, write; memory that other guests have too */
    PAGE_GUEST_READ_ONLY,     /* stage 2: read; the same */
};

/* An entry that maps the block or page at `address`, of a level up to PAGE_LEVEL_MAX. */
uint64_t arch_pte_leaf(phys_t address, unsigned level, enum page_use use);

/* An entry that refers to the next level's table. */
uint64_t arch_pte_table(phys_t table);

/* The table that an entry above level 0 refers to, which is not 0; false if it is a block. */
bool arch_pte_next(uint64_t entry, phys_t *table);
