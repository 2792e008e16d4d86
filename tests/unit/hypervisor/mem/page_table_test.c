/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "hypervisor/walk.h"
#include "mem/page_table.h"

#define PAGES      64u
#define ROOT_PAGES 4u
#define POOL_PHYS  UINT64_C(0x7f000000)
#define PAGE       UINT64_C(0x1000)
#define BLOCK      UINT64_C(0x200000)
#define GIGABYTE   UINT64_C(0x40000000)

static uint8_t memory[PAGES * 4096] __attribute__((aligned(4096)));
static struct page_pool pool;
static struct page_table tables;

/* As stage 2 has them on riscv64: a root of four pages. */
static void begin_levels(unsigned levels) {
    memset(memory, 0xee, sizeof(memory));
    pool = (struct page_pool){phys(POOL_PHYS), memory, PAGES, 0};
    tables = (struct page_table){&pool, page_pool_alloc(&pool, ROOT_PAGES), levels};
}

BEFORE_EACH(begin) {
    begin_levels(3);
}

static const uint64_t *table_at(uint64_t address) {
    assert_true(address >= POOL_PHYS && address < POOL_PHYS + pool.used * PAGE);
    return (const uint64_t *)(const void *)(memory + (address - POOL_PHYS));
}

struct mapping {
    uint64_t in, out, size;
};

static void map_it(void *argument) {
    const struct mapping *mapping = argument;

    page_table_map(&tables, mapping->in, phys(mapping->out), mapping->size, PAGE_GUEST_MEMORY);
}

/* False if it was a panic. */
static bool map(uint64_t in, uint64_t out, uint64_t size) {
    struct mapping mapping = {in, out, size};

    return host_run(map_it, &mapping) == HOST_RETURNED;
}

/* What a walk of everything finds. */
struct found {
    uint64_t in, out, size; /* one run, without a gap */
    unsigned count[3];      /* entries at each level */
    bool broken;            /* more than one run */
};

static void visit(uint64_t address, const struct walked *walked, void *context) {
    struct found *found = context;
    uint64_t span = walked->level == 2 ? GIGABYTE : walked->level == 1 ? BLOCK : PAGE;

    assert_true(walked->mapped);
    assert_int_equal(walked->phys % span, 0);
    if (found->size == 0) {
        found->in = address;
        found->out = walked->phys;
    } else if (address != found->in + found->size || walked->phys != found->out + found->size) {
        found->broken = true;
    }
    found->size += span;
    found->count[walked->level]++;
}

static struct found find(void) {
    struct found found = {0};

    walk_all(tables.root, tables.levels, ROOT_PAGES, table_at, visit, &found);
    return found;
}

/* That there is this one run, in as few entries as the two addresses allow. */
static void expect(uint64_t in, uint64_t out, uint64_t size) {
    struct found found = find();
    unsigned fewest[3] = {0};

    assert_false(found.broken);
    assert_int_equal(found.in, in);
    assert_int_equal(found.out, out);
    assert_int_equal(found.size, size);
    for (uint64_t done = 0, span; done < size; done += span) {
        unsigned level = ((in + done) | (out + done)) % GIGABYTE == 0 && size - done >= GIGABYTE ? 2
                         : ((in + done) | (out + done)) % BLOCK == 0 && size - done >= BLOCK     ? 1
                                                                                             : 0;
        span = level == 2 ? GIGABYTE : level == 1 ? BLOCK : PAGE;
        fewest[level]++;
    }
    assert_memory_equal(found.count, fewest, sizeof(fewest));
}

static void expect_maps(uint64_t in, uint64_t out, uint64_t size) {
    assert_true(map(in, out, size));
    expect(in, out, size);
}

TEST(uses_the_largest_blocks) {
    /* A page, 511 pages, blocks, a gigabyte, blocks, pages: as the addresses come. */
    expect_maps(GIGABYTE - 3 * BLOCK - PAGE, 3 * GIGABYTE - 3 * BLOCK - PAGE,
                GIGABYTE + 5 * BLOCK + 3 * PAGE);
}

TEST(what_is_not_congruent_goes_by_smaller_ones) {
    expect_maps(GIGABYTE, 2 * GIGABYTE + BLOCK, GIGABYTE);
    assert_int_equal(find().count[2], 0);
    assert_int_equal(find().count[1], 512);
    begin();
    expect_maps(0, GIGABYTE + PAGE, 4 * BLOCK);
    assert_int_equal(find().count[0], 4 * 512);
}

TEST(every_start_and_end_within_blocks) {
    static const uint64_t offsets[] = {0, PAGE, 2 * PAGE, BLOCK - PAGE, BLOCK, BLOCK + PAGE};

    for (unsigned i = 0; i < COUNT_OF(offsets); i++) {
        for (unsigned o = 0; o < COUNT_OF(offsets); o++) {
            for (unsigned s = 1; s < COUNT_OF(offsets); s++) {
                begin();
                expect_maps(GIGABYTE - BLOCK + offsets[i], offsets[o], BLOCK + offsets[s]);
            }
        }
    }
}

TEST(reaches_the_last_address) {
    expect_maps(512 * GIGABYTE - PAGE, (UINT64_C(1) << 39) - PAGE, PAGE);
}

/* Each level more has nine bits more of the address, and a root of four pages two. */
TEST(each_level_more_reaches_further) {
    for (unsigned levels = 3; levels <= 5; levels++) {
        uint64_t end = UINT64_C(1) << (12 + 9 * levels);

        for (unsigned root_page = 0; root_page < ROOT_PAGES; root_page++) {
            begin_levels(levels);
            /* Two pages around the end of what one page of the root maps, or the last. */
            assert_true(map((root_page + 1) * end - PAGE, 7 * GIGABYTE - PAGE, PAGE));
            assert_int_equal(pool.used, ROOT_PAGES + levels - 1);
            expect((root_page + 1) * end - PAGE, 7 * GIGABYTE - PAGE, PAGE);
            if (root_page + 1 == ROOT_PAGES)
                break;
            assert_true(map((root_page + 1) * end, 7 * GIGABYTE, PAGE));
            expect((root_page + 1) * end - PAGE, 7 * GIGABYTE - PAGE, 2 * PAGE);
        }
    }
}

/* Across the end of what a table of each upper level maps, with gigabytes at the most. */
TEST(blocks_end_at_a_gigabyte) {
    for (unsigned levels = 4; levels <= 5; levels++) {
        uint64_t border = UINT64_C(2) << (9 * levels + 3);

        begin_levels(levels);
        expect_maps(border - 600 * GIGABYTE, 1000 * GIGABYTE, 1200 * GIGABYTE);
        assert_int_equal(find().count[2], 1200);
    }
}

TEST(refuses_what_is_mapped) {
    assert_true(map(BLOCK, 0, 4 * BLOCK));
    assert_false(map(BLOCK, 0, BLOCK)); /* a block, the same again */
    assert_string_equal(host.reason, "two mappings collide at 0x200000");
    assert_false(map(2 * BLOCK + PAGE, GIGABYTE, PAGE)); /* a page inside a block */
    expect(BLOCK, 0, 4 * BLOCK);
    begin();
    assert_true(map(BLOCK + PAGE, PAGE, PAGE));
    assert_false(map(BLOCK, 0, BLOCK)); /* a block over a page */
    assert_false(map(BLOCK, 0, 2 * PAGE));
    assert_false(map(0, 0, GIGABYTE)); /* a gigabyte over a table */
    begin();
    assert_true(map(0, 0, GIGABYTE));
    assert_false(map(5 * BLOCK, 5 * BLOCK, BLOCK)); /* a block inside a gigabyte */
    expect(0, 0, GIGABYTE);
}

TEST(says_when_the_pool_is_empty) {
    for (unsigned pages = ROOT_PAGES; pages < ROOT_PAGES + 3; pages++) {
        begin();
        pool.count = pages;
        /* Root, and two tables for a page. */
        assert_int_equal(map(0, 0, PAGE), pages >= ROOT_PAGES + 2);
        assert_true(pool.used <= pool.count);
    }
}

/* A few mappings at random; where they collide a byte map knows it. */
#define UNITS                                                                                      \
    1024u /* pages of the little world, over the border of what an entry of the root maps */

TEST(random_mappings_read_back) {
    struct random random = {42};

    for (unsigned round = 0; round < 300; round++) {
        uint64_t base = (GIGABYTE << 9 * (round % 3)) - UNITS / 2 * PAGE;
        uint32_t expected[UNITS] = {0}; /* 1 + the page behind it */

        begin_levels(3 + round % 3);
        for (unsigned n = 0; n < 6; n++) {
            uint32_t first = random_below(&random, UNITS);
            uint32_t count = 1 + random_below(&random, UNITS - first);
            uint32_t out = random_below(&random, 4) * 512 + random_below(&random, 3) % 2 * 7;
            bool is_free = true;

            out += round % 2 == 0 ? (first + UNITS / 2) % 512 : 0; /* congruent, or not */
            for (uint32_t i = first; i < first + count; i++)
                is_free = is_free && expected[i] == 0;
            if (!is_free)
                continue;
            assert_true(map(base + first * PAGE, out * PAGE, count * PAGE));
            for (uint32_t i = 0; i < count; i++)
                expected[first + i] = 1 + out + i;
        }
        for (uint32_t i = 0; i < UNITS; i++) {
            struct walked walked =
                walk(tables.root, tables.levels, base + i * PAGE + 0x123, table_at);

            assert_int_equal(walked.mapped, expected[i] != 0);
            if (walked.mapped)
                assert_int_equal(walked.phys, (expected[i] - 1) * PAGE + 0x123);
        }
    }
}
