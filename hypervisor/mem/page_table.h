/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_table.h - building translation tables out of pages of the pool, with the
 * largest blocks that address and size allow. Only ever adds; used at boot.
 */
#ifndef MEM_PAGE_TABLE_H
#define MEM_PAGE_TABLE_H

#include "arch/page_table.h"
#include "mem/page_pool.h"

/* Bytes that one entry of a level maps: 1 GiB, 2 MiB, 4 KiB. */
static inline uint64_t page_table_span(unsigned level) {
    return PAGE_SIZE << (9 * (PAGE_TABLE_LEVELS - 1 - level));
}

/* The index of the entry of a level that translates `in`. */
static inline unsigned page_table_index(uint64_t in, unsigned level) {
    return (unsigned)(in / page_table_span(level)) % PAGE_TABLE_ENTRIES;
}

/*
 * Maps [in, in + size) to [out, out + size) for `use` under the root table.
 * All three are multiples of 4 KiB; in + size is at most 512 GiB. The validator has
 * checked that nothing is there already: otherwise a panic.
 */
void page_table_map(struct page_pool *pool, uint64_t *root, uint64_t in, phys_t out, uint64_t size,
                    enum page_use use);
#endif
