/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_pool.h - the only allocator there is: pages of one range of RAM, handed
 * out while the first core builds the system and never given back. There is no
 * allocation after boot.
 */
#pragma once

#include "lib/address.h"

struct page_pool {
    phys_t start;
    uint8_t *mapped; /* where the first page is mapped while the pool is in use */
    uint64_t count;  /* pages */
    uint64_t used;   /* pages */
};

/*
 * Zeroed, contiguous pages. The validator has checked that the pool is large enough: running dry
 * is our mistake, and a panic.
 */
void *page_pool_alloc(struct page_pool *pool, uint64_t pages);

/* The machine address of something inside pages that the pool handed out. */
phys_t page_pool_phys(const struct page_pool *pool, const void *inside);

/* The other way round: `address` must lie in the pool. */
void *page_pool_pointer(const struct page_pool *pool, phys_t address);
