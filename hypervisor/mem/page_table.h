/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_table.h - building translation tables out of pages of the pool, with the
 * largest blocks that address and size allow. Only ever adds; used at boot.
 */
#pragma once

#include "arch/page_table.h"
#include "mem/page_pool.h"

struct page_table {
    struct page_pool *pool; /* that further tables come from */
    uint64_t *root;
    unsigned levels;
};

/* Bytes that one entry of a level maps: 4 KiB, 2 MiB, 1 GiB ... */
static inline uint64_t page_table_span(unsigned level) {
    return PAGE_SIZE << (9 * level);
}

/* The index of the entry of a level that translates `in`, but for a root of several pages. */
static inline unsigned page_table_index(uint64_t in, unsigned level) {
    return (unsigned)(in / page_table_span(level)) % PAGE_TABLE_ENTRIES;
}

/*
 * Maps [in, in + size) to [out, out + size) for `use`. All three are multiples of
 * 4 KiB. The validator has checked that the tables reach as far, and that nothing is
 * there already: otherwise a panic.
 */
void page_table_map(const struct page_table *table, uint64_t in, phys_t out, uint64_t size,
                    enum page_use use);
