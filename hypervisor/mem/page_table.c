/* SPDX-License-Identifier: Apache-2.0 */
#include "mem/page_table.h"

#include <stddef.h>

/* The highest level (largest block) that fits what is left to map. */
static unsigned block_level(uint64_t in, uint64_t out, uint64_t size) {
    unsigned level = 0;

    while (size < page_table_span(level) || ((in | out) & (page_table_span(level) - 1)) != 0)
        level++;
    return level;
}

/* The table below `entry`, made if there is none; NULL if the pool is empty or a block is there. */
static uint64_t *next_table(struct page_pool *pool, uint64_t *entry) {
    phys_t address;
    uint64_t *table;

    if (arch_pte_is_valid(*entry))
        return arch_pte_next(*entry, &address) ? page_pool_pointer(pool, address) : NULL;
    table = page_pool_alloc(pool, 1);
    if (table != NULL)
        *entry = arch_pte_table(page_pool_phys(pool, table));
    return table;
}

static bool map_one(struct page_pool *pool, uint64_t *table, uint64_t in, phys_t out,
                    unsigned block, enum page_use use) {
    uint64_t *entry;

    for (unsigned level = 0; level < block; level++) {
        table = next_table(pool, &table[page_table_index(in, level)]);
        if (table == NULL)
            return false;
    }
    entry = &table[page_table_index(in, block)];
    if (arch_pte_is_valid(*entry))
        return false;
    *entry = arch_pte_leaf(out, block, use);
    return true;
}

bool page_table_map(struct page_pool *pool, uint64_t *root, uint64_t in, phys_t out, uint64_t size,
                    enum page_use use) {
    while (size > 0) {
        unsigned level = block_level(in, out.value, size);

        if (!map_one(pool, root, in, out, level, use))
            return false;
        in += page_table_span(level);
        out.value += page_table_span(level);
        size -= page_table_span(level);
    }
    return true;
}
