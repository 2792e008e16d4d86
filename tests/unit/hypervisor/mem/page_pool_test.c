/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "mem/page_pool.h"

#define PAGES 8u

static uint8_t memory[PAGES * 4096];

static struct page_pool dirty_pool(void) {
    memset(memory, 0xee, sizeof(memory));
    return (struct page_pool){phys(0x48000000), memory, PAGES, 0};
}

TEST(gives_zeroed_pages_one_behind_the_other) {
    struct page_pool pool = dirty_pool();
    uint8_t *first = page_pool_alloc(&pool, 1);
    uint8_t *next = page_pool_alloc(&pool, 3);

    assert_ptr_equal(first, memory);
    assert_ptr_equal(next, memory + 4096);
    assert_int_equal(pool.used, 4);
    for (unsigned i = 0; i < 4 * 4096; i++)
        assert_int_equal(memory[i], 0);
    /* And nothing else is touched. */
    for (unsigned i = 4 * 4096; i < sizeof(memory); i++)
        assert_int_equal(memory[i], 0xee);
}

struct try {
    struct page_pool pool;
    uint64_t pages;
};

static void alloc(void *argument) {
    struct try *try = argument;

    page_pool_alloc(&try->pool, try->pages);
}

TEST(too_many_pages_are_a_panic) {
    static const uint64_t used[] = {0, 0, PAGES - 1, PAGES};
    static const uint64_t pages[] = {PAGES + 1, UINT64_MAX, 2, 1};

    for (unsigned i = 0; i < COUNT_OF(pages); i++) {
        struct try try = {dirty_pool(), pages[i]};

        try.pool.used = used[i];
        assert_int_equal(host_run(alloc, &try), HOST_PANICKED);
        assert_int_equal(try.pool.used, used[i]);
    }
    assert_string_equal(host.reason, "the page pool is too small: 8 of 8 pages used");
}

TEST(all_pages_can_be_had) {
    struct page_pool pool = dirty_pool();

    assert_ptr_equal(page_pool_alloc(&pool, PAGES - 1), memory);
    assert_ptr_equal(page_pool_alloc(&pool, 1), memory + (PAGES - 1) * 4096);
    assert_int_equal(pool.used, PAGES);
}

TEST(translates_both_ways) {
    struct page_pool pool = dirty_pool();
    uint8_t *inside = (uint8_t *)page_pool_alloc(&pool, 3) + 4096 + 17;

    assert_int_equal(page_pool_phys(&pool, inside).value, 0x48001011);
    assert_ptr_equal(page_pool_pointer(&pool, phys(0x48001011)), inside);
}
