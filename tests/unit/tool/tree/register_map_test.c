/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has registers in a range is found as by looking at each.
 */
#include "tests/unit/test.h"

#include "config/config_check.h"
#include "tests/unit/tool/trees.h"
#include "tool/tree/register_map.h"

static const struct system_range registers[] = {
    {0, 0x100000000},                       /* over all that follows below 4 GiB */
    {0x1000, 0x100},       {0x1000, 0x100}, /* alike */
    {0x1080, 0x1000},                       /* over the end of these */
    {0x3000, 1},           {0xffff0000, 0x20000},
    {0x200000000, 0x1000}, {UINT64_MAX - 0xfff, 0x1000}, /* up to the last byte */
};

/* Its nodes have these registers, in another order than by address. */
static void *make_tree(void) {
    void *tree = malloc(4096);

    assert_int_equal(fdt_create_empty_tree(tree, 4096), 0);
    fdt_setprop_u32(tree, 0, "#address-cells", 2);
    fdt_setprop_u32(tree, 0, "#size-cells", 2);
    for (size_t i = 0; i < COUNT(registers); i++) {
        char name[] = {'n', (char)('a' + i), '\0'};
        int node = fdt_add_subnode(tree, 0, name);

        assert_true(node > 0);
        fdt_appendprop_u64(tree, node, "reg", registers[i].phys);
        fdt_appendprop_u64(tree, node, "reg", registers[i].size);
    }
    return tree;
}

static size_t found(const struct register_map *map, struct system_range range) {
    size_t at = register_map_find(map, range);
    const struct register_map_item *item;
    size_t count = 0;

    while ((item = register_map_next(map, range, &at)) != NULL) {
        assert_true(overlap(item->range, range));
        count++;
    }
    return count;
}

static size_t expected(struct system_range range) {
    size_t count = 0;

    for (size_t i = 0; i < COUNT(registers); i++)
        count += overlap(registers[i], range);
    return count;
}

TEST(all_that_overlap_are_found) {
    static const uint64_t sizes[] = {0, 1, 0x80, 0x1000, 0x20000, UINT64_C(1) << 33};
    struct arena arena = {0};
    void *tree = make_tree();
    struct register_map map = register_map_make(read_tree(tree, &arena), &arena);

    assert_int_equal(map.count, COUNT(registers));
    for (size_t i = 0; i < COUNT(registers); i++) {
        uint64_t edges[] = {registers[i].phys, registers[i].phys + registers[i].size};

        for (size_t j = 0; j < 2 * 3 * sizeof(sizes) / sizeof(sizes[0]); j++) {
            struct system_range range = {edges[j % 2] + j / 2 % 3 - 1, sizes[j / 6]};

            if (range.phys + (range.size - 1) >= range.phys || range.size == 0)
                assert_int_equal(found(&map, range), expected(range));
        }
    }
    arena_free(&arena);
    free(tree);
}

TEST(an_empty_map_has_nothing) {
    struct arena arena = {0};
    void *tree = malloc(4096);

    assert_int_equal(fdt_create_empty_tree(tree, 4096), 0);
    struct register_map map = register_map_make(read_tree(tree, &arena), &arena);
    assert_int_equal(found(&map, (struct system_range){0, UINT64_MAX}), 0);
    assert_int_equal(found(&(struct register_map){0}, (struct system_range){0, 0x1000}), 0);
    arena_free(&arena);
    free(tree);
}
