/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where interrupt files are: numbers worked out by hand from the AIA specification, 3.6.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/trees.h"
#include "tool/board/riscv_imsic.h"

static struct arena arena;

AFTER_EACH(free_arena) {
    arena_free(&arena);
}

static bool read_node(struct riscv_imsic *imsic, const char *path) {
    const struct tree *tree = compile_tree("tests/unit/tool/board/imsics.dts", &arena);

    return riscv_imsic_read(imsic, node_at(tree, path));
}

static void expect(const struct riscv_imsic *imsic, uint32_t n, uint64_t phys, uint32_t index) {
    struct riscv_imsic_file file;

    assert_true(riscv_imsic_file(imsic, n, &file));
    assert_int_equal(file.phys, phys);
    assert_int_equal(file.index, index);
}

TEST(test_one_group) {
    struct riscv_imsic imsic;
    struct riscv_imsic_file file;

    assert_true(read_node(&imsic, "/one-group"));
    assert_int_equal(imsic.hart_bits, 2);
    assert_int_equal(imsic.guest_files, 3);
    assert_int_equal(imsic.identities, 255);
    expect(&imsic, 0, 0x28000000, 0);
    expect(&imsic, 3, 0x2800c000, 3);
    assert_false(riscv_imsic_file(&imsic, 4, &file));
}

TEST(test_groups) {
    struct riscv_imsic imsic;
    struct riscv_imsic_file file;

    assert_true(read_node(&imsic, "/groups"));
    assert_int_equal(imsic.guest_files, 1);
    assert_int_equal(imsic.identities, 63);
    expect(&imsic, 0, 0x28000000, 0);
    expect(&imsic, 2, 0x28004000, 2);
    expect(&imsic, 3, 0x29000000, 4);
    expect(&imsic, 5, 0x29004000, 6);
    assert_false(riscv_imsic_file(&imsic, 6, &file));
}

TEST(test_hole) {
    struct riscv_imsic imsic;

    assert_true(read_node(&imsic, "/hole"));
    expect(&imsic, 1, UINT64_C(0x1000008000), 0x11);
    expect(&imsic, 2, UINT64_C(0x3000000000), 0x30);
    expect(&imsic, 3, UINT64_C(0x3000008000), 0x31);
}

TEST(test_incomplete) {
    static const char *const names[] = {"guests", "harts",  "groups",
                                        "shift",  "no-ids", "no-registers"};
    struct riscv_imsic imsic;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_false(read_node(&imsic, arena_printf(&arena, "/incomplete/%s", names[i])));
}
