/* SPDX-License-Identifier: Apache-2.0 */
/* boot/chosen.c on trees that libfdt made, and on what is left of them when bytes are changed. */
#include "hypervisor/support.h"

#include <libfdt.h>

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "boot/chosen.c"

#define ROOM 2048u

static uint8_t tree[ROOM] __attribute__((aligned(8)));
static uint8_t rng[32], kaslr[8];

/* The sizes of what was found, one behind the other, and how many bytes of it had the values that
 * are looked for. */
static uint32_t sizes, equal;

static void seen(uint8_t *seed, uint32_t size, void *to) {
    uint32_t *count = to;

    sizes = sizes * 100 + size;
    for (uint32_t i = 0; i < size; i++)
        equal += seed[i] == (size == sizeof(kaslr) ? kaslr[0] : rng[0]);
    ++*count;
}

static uint32_t find_in(uint8_t *start, uint32_t size) {
    uint32_t count = 0;

    sizes = equal = 0;
    chosen_find(start, size, seen, &count);
    return count;
}

static void put(const char *path, const char *name, const void *value, int size) {
    int node = fdt_path_offset(tree, path);

    assert_true(node >= 0);
    assert_int_equal(fdt_setprop(tree, node, name, value, size), 0);
}

static void add(const char *parent, const char *name) {
    assert_true(fdt_add_subnode(tree, fdt_path_offset(tree, parent), name) >= 0);
}

/* As QEMU's: other nodes and properties before, behind and around. */
BEFORE_EACH(begin) {
    memset(rng, 0x5a, sizeof(rng));
    memset(kaslr, 0xa5, sizeof(kaslr));
    assert_int_equal(fdt_create_empty_tree(tree, ROOM), 0);
    put("/", "compatible", "some,board", 11);
    add("/", "memory@40000000");
    add("/", "chosen");
    add("/", "chosen-not");
    add("/", "soc");
    put("/soc", "odd", "abc", 3);
    put("/chosen", "stdout-path", "/uart", 6);
    put("/chosen", "rng-seed", rng, sizeof(rng));
    put("/chosen", "bootargs", "quiet", 6);
    put("/chosen", "kaslr-seed", kaslr, sizeof(kaslr));
}

static uint32_t find(void) {
    return find_in(tree, ROOM);
}

TEST(both_seeds_are_found) {
    assert_int_equal(find(), 2);
    assert_true(sizes == 3208 || sizes == 832);
    assert_int_equal(equal, sizeof(rng) + sizeof(kaslr));
}

/* Packed, so that nothing at all lies behind what is needed; and alone in the tree. */
TEST(a_tree_may_be_no_larger_than_it_needs) {
    assert_int_equal(fdt_pack(tree), 0);
    assert_int_equal(find_in(tree, fdt_totalsize(tree)), 2);
    assert_int_equal(find_in(tree, fdt_totalsize(tree) - 1), 0);
    assert_int_equal(fdt_create_empty_tree(tree, ROOM), 0);
    add("/", "chosen");
    put("/chosen", "kaslr-seed", kaslr, sizeof(kaslr));
    assert_int_equal(fdt_pack(tree), 0);
    assert_int_equal(find_in(tree, fdt_totalsize(tree)), 1);
}

TEST(one_or_none_may_be_there) {
    fdt_delprop(tree, fdt_path_offset(tree, "/chosen"), "rng-seed");
    assert_int_equal(find(), 1);
    assert_int_equal(sizes, sizeof(kaslr));
    fdt_delprop(tree, fdt_path_offset(tree, "/chosen"), "kaslr-seed");
    assert_int_equal(find(), 0);
}

TEST(what_is_elsewhere_is_not_looked_at) {
    assert_int_equal(fdt_del_node(tree, fdt_path_offset(tree, "/chosen")), 0);
    put("/", "rng-seed", rng, sizeof(rng));
    put("/chosen-not", "rng-seed", rng, sizeof(rng));
    put("/soc", "kaslr-seed", kaslr, sizeof(kaslr));
    add("/soc", "chosen");
    put("/soc/chosen", "rng-seed", rng, sizeof(rng));
    add("/soc/chosen", "chosen");
    assert_int_equal(find(), 0);
    /* Nor below it, whose own come all the same. */
    add("/", "chosen");
    add("/chosen", "module");
    put("/chosen/module", "rng-seed", rng, sizeof(rng));
    assert_int_equal(find(), 0);
    put("/chosen", "rng-seed-2", rng, sizeof(rng));
    put("/chosen", "rng", rng, sizeof(rng));
    assert_int_equal(find(), 0);
    put("/chosen", "rng-seed", rng, 16);
    assert_int_equal(find(), 1);
    assert_int_equal(sizes, 16);
}

TEST(removed_properties_are_passed) {
    fdt_nop_property(tree, fdt_path_offset(tree, "/chosen"), "kaslr-seed");
    assert_int_equal(find(), 1);
    assert_int_equal(sizes, sizeof(rng));
}

static void refused(uint32_t offset, uint32_t value) {
    uint8_t kept[4];

    memcpy(kept, tree + offset, sizeof(kept));
    for (uint32_t i = 0; i < 4; i++)
        tree[offset + i] = (uint8_t)(value >> (24 - 8 * i));
    assert_int_equal(find(), 0);
    memcpy(tree + offset, kept, sizeof(kept));
}

TEST(what_is_no_tree_holds_nothing) {
    refused(0, 0xd00dfeec);
    refused(4, ROOM + 1);
    refused(4, 0);
    refused(8, UINT32_MAX);
    refused(8, fdt_off_dt_struct(tree) + 2);
    refused(8, UINT32_MAX - 3);
    refused(8, UINT32_MAX - 11);
    refused(8, ROOM);
    refused(12, UINT32_MAX);
    refused(12, ROOM);
    refused(20, 16);
    refused(20, 18);
    refused(36, 0);
    assert_int_equal(find(), 2);
    for (uint32_t size = 0; size < 40; size++)
        assert_int_equal(find_in(tree, size), 0);
    memset(tree, 0, sizeof(tree));
    assert_int_equal(find(), 0);
    memset(tree, 0xff, sizeof(tree));
    assert_int_equal(find(), 0);
}

/* A tree that says it ends anywhere in its structure; the sanitizer guards the end. */
TEST(cut_off_trees_end_where_they_end) {
    for (uint32_t size = 40; size < ROOM; size++) {
        uint8_t *copy = malloc(size);

        assert_non_null(copy);
        memcpy(copy, tree, size);
        copy[6] = (uint8_t)(size >> 8);
        copy[7] = (uint8_t)size;
        copy[36] = 0x7f; /* the structure goes on for ever */
        find_in(copy, size);
        free(copy);
    }
}

/* Whatever the bytes are, what is found lies in the tree, each byte of which is looked at. */
TEST(broken_trees_lead_nowhere) {
    static const uint64_t words[] = {0, 1, 2, 3, 4, 9, 0xff, 8, 32, 0x7fffffff, 0xffffffff};
    struct random random = {7};
    uint32_t any = 0;

    for (uint32_t run = 0; run < 100000; run++) {
        uint32_t size = ROOM / 2 + random_below(&random, ROOM / 2);
        uint8_t *copy = malloc(size);

        assert_non_null(copy);
        memcpy(copy, tree, size);
        for (uint32_t n = 1 + random_below(&random, 4); n > 0; n--) {
            uint32_t at = random_below(&random, fdt_off_mem_rsvmap(tree) + 600) / 4 * 4;
            uint32_t value = (uint32_t)random_value(&random, words, COUNT_OF(words));

            for (uint32_t i = 0; i < 4 && at + 4 < size && at != 0; i++)
                copy[at + i] = (uint8_t)(value >> (24 - 8 * i));
        }
        copy[4] = copy[5] = 0;
        copy[6] = (uint8_t)(size >> 8);
        copy[7] = (uint8_t)size;
        any += find_in(copy, size);
        free(copy);
    }
    assert_true(any > 1000);
}
