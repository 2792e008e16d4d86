/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include <string.h>

#include "mem/page_pool.h"

#define PAGES 8u

static uint8_t memory[PAGES * 4096];

static struct page_pool dirty_pool(void) {
    memset(memory, 0xee, sizeof(memory));
    return (struct page_pool){phys(0x48000000), memory, PAGES, 0};
}

static void gives_zeroed_pages_one_behind_the_other(void **state) {
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

static void is_empty_when_all_is_given(void **state) {
    struct page_pool pool = dirty_pool();

    assert_null(page_pool_alloc(&pool, PAGES + 1));
    assert_null(page_pool_alloc(&pool, UINT64_MAX));
    assert_int_equal(pool.used, 0);
    assert_non_null(page_pool_alloc(&pool, PAGES - 1));
    assert_null(page_pool_alloc(&pool, 2));
    assert_non_null(page_pool_alloc(&pool, 1));
    assert_null(page_pool_alloc(&pool, 1));
    assert_int_equal(pool.used, PAGES);
}

static void translates_both_ways(void **state) {
    struct page_pool pool = dirty_pool();
    uint8_t *inside = (uint8_t *)page_pool_alloc(&pool, 3) + 4096 + 17;

    assert_int_equal(page_pool_phys(&pool, inside).value, 0x48001011);
    assert_ptr_equal(page_pool_pointer(&pool, phys(0x48001011)), inside);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_pages_one_behind_the_other),
        cmocka_unit_test(is_empty_when_all_is_given),
        cmocka_unit_test(translates_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
