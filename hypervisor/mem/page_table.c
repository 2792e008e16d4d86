/* SPDX-License-Identifier: Apache-2.0 */
#include "mem/page_table.h"

#include "lib/report.h"

/* The highest level (largest block) that fits what is left to map. */
static unsigned block_level(uint64_t in, uint64_t out, uint64_t size) {
    unsigned level = PAGE_LEVEL_MAX;

    while (size < page_table_span(level) || ((in | out) & (page_table_span(level) - 1)) != 0)
        level--;
    return level;
}

static noreturn void collide(uint64_t in) {
    panic("two mappings collide at %lx", in);
}

/* The table below `entry`, which translates `in`; made if there is none. */
static uint64_t *next_table(struct page_pool *pool, uint64_t *entry, uint64_t in) {
    phys_t address;

    if (*entry == 0)
        *entry = arch_pte_table(page_pool_phys(pool, page_pool_alloc(pool, 1)));
    if (!arch_pte_next(*entry, &address))
        collide(in);
    return page_pool_pointer(pool, address);
}

void page_table_map(const struct page_table *table, uint64_t in, phys_t out, uint64_t size,
                    enum page_use use) {
    while (size > 0) {
        unsigned block = block_level(in, out.value, size);
        unsigned level = table->levels - 1;
        uint64_t *entry = &table->root[in / page_table_span(level)];

        while (level-- > block)
            entry = &next_table(table->pool, entry, in)[page_table_index(in, level)];
        if (*entry != 0)
            collide(in);
        *entry = arch_pte_leaf(out, block, use);
        in += page_table_span(block);
        out.value += page_table_span(block);
        size -= page_table_span(block);
    }
}
