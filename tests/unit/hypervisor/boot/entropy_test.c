/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot/entropy.c with the board's RAM as one buffer, at 0 as on some boards: what no window shows
 * is poisoned, so that the sanitizer finds whoever reads elsewhere.
 */
#include "hypervisor/support.h"

#include <libfdt.h>
#include <sanitizer/asan_interface.h>

/* NOLINTBEGIN(bugprone-suspicious-include) */
#include "boot/chosen.c"
#include "boot/entropy.c"
/* NOLINTEND(bugprone-suspicious-include) */

#include "hypervisor/small_system.h"

#define RAM_SIZE (8u << 20)
#define HOME     UINT64_C(0x400000)
#define IMAGE    UINT64_C(0x10000)
#define TREE     UINT64_C(0x601008)
#define LOW_TREE UINT64_C(0x101008)

static uint8_t ram[RAM_SIZE] __attribute__((aligned(4096)));
static struct system_range ranges[2];
static uint64_t key[ENTROPY_WORDS];
static unsigned opened;

void space_window_close(enum space_window window) {
    assert_int_equal(window, WINDOW_SOURCE);
    ASAN_POISON_MEMORY_REGION(ram, RAM_SIZE);
}

void *space_window(enum space_window window, phys_t start, uint64_t size, enum page_use use) {
    space_window_close(window);
    assert_int_equal(use, PAGE_HYPERVISOR_DATA);
    assert_true(size > 0 && start.value % PAGE_SIZE + size <= SPACE_WINDOW_SIZE);
    assert_true(start.value <= RAM_SIZE && size <= RAM_SIZE - start.value);
    ASAN_UNPOISON_MEMORY_REGION(ram + start.value, size);
    opened++;
    return ram + start.value;
}

BEFORE_EACH(begin) {
    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    memset(ram, 0, RAM_SIZE);
    memset(key, 0, sizeof(key));
    opened = 0;
    small_begin();
    small.table.home = HOME;
    small.table.image_size = IMAGE;
    ranges[0] = (struct system_range){0, RAM_SIZE / 2};
    ranges[1] = (struct system_range){RAM_SIZE / 2, RAM_SIZE / 2};
    small.system.ram = ranges;
    small.system.ram_count = 2;
}

/* A tree at `at`, in `size` bytes, with a seed for each that is not NULL. */
static void tree_at(uint64_t at, int size, const char *rng, int rng_size, const char *kaslr) {
    static uint8_t tree[SPACE_WINDOW_SIZE] __attribute__((aligned(8)));

    assert_int_equal(fdt_create_empty_tree(tree, size), 0);
    assert_true(fdt_add_subnode(tree, 0, "chosen") > 0);
    if (rng != NULL)
        assert_int_equal(
            fdt_setprop(tree, fdt_path_offset(tree, "/chosen"), "rng-seed", rng, rng_size), 0);
    if (kaslr != NULL)
        assert_int_equal(
            fdt_setprop(tree, fdt_path_offset(tree, "/chosen"), "kaslr-seed", kaslr, 8), 0);
    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    memcpy(ram + at, tree, (size_t)size);
    ASAN_POISON_MEMORY_REGION(ram, RAM_SIZE);
}

static bool gather(uint64_t tree) {
    bool any = entropy_gather(&small.system, phys(tree), key);

    ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
    return any;
}

#define RNG   "0123456789abcdefghijklmnopqrstuv"
#define KASLR "@ABCDEFG"

/* Whether its bytes are still somewhere in RAM. */
static bool is_left(const char *seed, size_t size) {
    return memmem(ram, RAM_SIZE, seed, size) != NULL;
}

#define BOTH "pppppppp89abcdefghijklmnopqrstuv" /* each over the other */

TEST(seeds_make_the_key_and_are_wiped) {
    static const struct {
        const char *rng;
        int rng_size;
        const char *kaslr, *key;
    } cases[] = {
        {RNG, 32, KASLR, BOTH},
        {RNG, 32, NULL, RNG},
        {NULL, 0, KASLR, KASLR "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
        {RNG KASLR, 40, NULL, BOTH}, /* a long one is folded */
        /* Those that can be guessed count for nothing. */
        {"seven  ", 7, NULL, NULL},
        {RNG RNG, 64, NULL, NULL},
        {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, NULL, NULL},
        {NULL, 0, NULL, NULL},
    };

    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        begin();
        tree_at(TREE, 1024, cases[i].rng, cases[i].rng_size, cases[i].kaslr);
        assert_int_equal(gather(TREE), cases[i].key != NULL);
        if (cases[i].key != NULL)
            assert_memory_equal(key, cases[i].key, sizeof(key));
        assert_false(is_left(RNG, 8) || is_left(KASLR, 8) || is_left("seven  ", 7));
        assert_int_equal(host.cleaned, cases[i].rng_size + (cases[i].kaslr != NULL ? 8 : 0));
        /* And are no seeds the second time. */
        memset(key, 0, sizeof(key));
        assert_false(gather(TREE));
    }
}

/* Of a generator that counts: what each word of the key is. */
static void machine_words(uint64_t words[ENTROPY_WORDS]) {
    memset(words, 0, sizeof(key));
    for (uint64_t i = 0; i < ASKED * ENTROPY_WORDS; i++)
        words[i % ENTROPY_WORDS] ^= 0x1111 + i;
}

TEST(the_machines_numbers_come_on_top) {
    uint64_t numbers[ENTROPY_WORDS], rng_words[ENTROPY_WORDS];

    machine_words(numbers);
    host.random = 0x1111;
    assert_true(gather(0));
    assert_memory_equal(key, numbers, sizeof(key));
    memset(key, 0, sizeof(key));
    host.random = 0x1111;
    tree_at(TREE, 1024, RNG, 32, NULL);
    assert_true(gather(TREE));
    memcpy(rng_words, RNG, sizeof(rng_words));
    for (unsigned i = 0; i < ENTROPY_WORDS; i++)
        assert_int_equal(key[i], numbers[i] ^ rng_words[i]);
}

/* What other boot loaders leave, and trees that must not be touched. */
TEST(where_there_can_be_no_tree_nothing_is_read) {
    static const uint64_t addresses[] = {
        1, TREE + 4, HOME, HOME + IMAGE - 8, RAM_SIZE, RAM_SIZE + 0x1000, UINT64_MAX - 7};

    for (unsigned i = 0; i < COUNT_OF(addresses); i++) {
        if (addresses[i] <= RAM_SIZE - 1024)
            tree_at(addresses[i], 1024, RNG, 32, NULL);
        assert_false(gather(addresses[i]));
        assert_int_equal(opened, 0);
    }
    small.system.ram_count = 1;
    tree_at(TREE, 1024, RNG, 32, NULL);
    assert_false(gather(TREE));
    assert_int_equal(opened, 0);
    assert_true(is_left(RNG, 32));
}

TEST(where_there_is_no_tree_nothing_is_written) {
    static const uint64_t addresses[] = {0, 0x100, TREE, RAM_SIZE - 8, RAM_SIZE / 2 - 8};
    static const struct random start = {9};
    struct random random = start;

    for (uint32_t i = 0; i < RAM_SIZE; i += 8)
        *(uint64_t *)(void *)(ram + i) = random_next(&random);
    for (unsigned i = 0; i < COUNT_OF(addresses); i++)
        assert_false(gather(addresses[i]));
    assert_int_equal(opened, COUNT_OF(addresses));
    random = start;
    for (uint32_t i = 0; i < RAM_SIZE; i += 8)
        assert_int_equal(*(uint64_t *)(void *)(ram + i), random_next(&random));
    assert_int_equal(host.cleaned, 0);
}

/* Up to the image, the end of its RAM, and the window's. */
TEST(a_tree_lies_wholly_where_it_may) {
    const uint64_t ends[] = {HOME, RAM_SIZE};

    ranges[0].size = RAM_SIZE;
    small.system.ram_count = 1;
    for (unsigned i = 0; i < COUNT_OF(ends); i++) {
        tree_at(ends[i] - 1024, 1024, RNG, 32, NULL);
        assert_true(gather(ends[i] - 1024));
        begin();
        ranges[0].size = RAM_SIZE;
        small.system.ram_count = 1;
        tree_at(ends[i] - 1016, 1016, RNG, 32, NULL);
        ASAN_UNPOISON_MEMORY_REGION(ram, RAM_SIZE);
        ram[ends[i] - 1016 + 6]++; /* it says that it is larger */
        assert_false(gather(ends[i] - 1016));
        assert_true(is_left(RNG, 32));
    }
    tree_at(LOW_TREE, SPACE_WINDOW_SIZE - 8, RNG, 32, NULL);
    assert_true(gather(LOW_TREE));
    memset(key, 0, sizeof(key));
    tree_at(LOW_TREE, SPACE_WINDOW_SIZE, RNG, 32, NULL);
    assert_false(gather(LOW_TREE));
}
