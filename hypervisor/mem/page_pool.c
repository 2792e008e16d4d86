/* SPDX-License-Identifier: Apache-2.0 */
#include "mem/page_pool.h"

#include "lib/report.h"
#include "lib/string.h"

void *page_pool_alloc(struct page_pool *pool, uint64_t pages) {
    void *start;

    if (pages > pool->count - pool->used)
        panic("the page pool is too small: %lu of %lu pages used", pool->used, pool->count);
    start = pool->mapped + pool->used * PAGE_SIZE;
    pool->used += pages;
    return memset(start, 0, pages * PAGE_SIZE);
}

phys_t page_pool_phys(const struct page_pool *pool, const void *inside) {
    return phys(pool->start.value + (uint64_t)((const uint8_t *)inside - pool->mapped));
}

void *page_pool_pointer(const struct page_pool *pool, phys_t address) {
    return pool->mapped + (address.value - pool->start.value);
}
