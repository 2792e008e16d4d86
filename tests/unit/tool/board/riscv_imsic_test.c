/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where interrupt files are: numbers worked out by hand from the AIA specification, 3.6.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/trees.h"
#include "tool/board/riscv_imsic.h"

static struct arena arena;
static unsigned char tree[4096] __attribute__((aligned(8)));

AFTER_EACH(free_arena) {
    arena_free(&arena);
}

static void begin(void) {
    fdt_create(tree, sizeof(tree));
    fdt_finish_reservemap(tree);
    fdt_begin_node(tree, "");
    put(tree, "#address-cells", CELLS(2));
    put(tree, "#size-cells", CELLS(1));
    fdt_begin_node(tree, "imsic");
}

static bool end(struct riscv_imsic *imsic) {
    fdt_end_node(tree);
    fdt_end_node(tree);
    assert_int_equal(fdt_finish(tree), 0);
    return riscv_imsic_read(imsic, node_at(read_tree(tree, &arena), "/imsic"));
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

    begin();
    put(tree, "reg", CELLS(0, 0x28000000, 0x10000));
    put(tree, "interrupts-extended", CELLS(1, 9, 2, 9, 3, 9, 4, 9));
    put(tree, "riscv,guest-index-bits", CELLS(2));
    put(tree, "riscv,num-ids", CELLS(255));
    assert_true(end(&imsic));
    assert_int_equal(imsic.hart_bits, 2);
    assert_int_equal(imsic.guest_files, 3);
    assert_int_equal(imsic.identities, 255);
    expect(&imsic, 0, 0x28000000, 0);
    expect(&imsic, 3, 0x2800c000, 3);
    assert_false(riscv_imsic_file(&imsic, 4, &file));
}

/* Two sockets of three harts, each with a file for one guest. */
TEST(test_groups) {
    struct riscv_imsic imsic;
    struct riscv_imsic_file file;

    begin();
    put(tree, "reg", CELLS(0, 0x28000000, 0x6000, 0, 0x29000000, 0x6000));
    put(tree, "interrupts-extended", CELLS(1, 9, 2, 9, 3, 9, 4, 9, 5, 9, 6, 9));
    put(tree, "riscv,guest-index-bits", CELLS(1));
    put(tree, "riscv,hart-index-bits", CELLS(2));
    put(tree, "riscv,group-index-bits", CELLS(1));
    put(tree, "riscv,group-index-shift", CELLS(24));
    put(tree, "riscv,num-ids", CELLS(2047));
    put(tree, "riscv,num-guest-ids", CELLS(63));
    assert_true(end(&imsic));
    assert_int_equal(imsic.guest_files, 1);
    assert_int_equal(imsic.identities, 63);
    expect(&imsic, 0, 0x28000000, 0);
    expect(&imsic, 2, 0x28004000, 2);
    expect(&imsic, 3, 0x29000000, 4);
    expect(&imsic, 5, 0x29004000, 6);
    assert_false(riscv_imsic_file(&imsic, 6, &file));
}

/* Groups far apart; the last hart of the first lacks most of its guests' files. */
TEST(test_hole) {
    struct riscv_imsic imsic;

    begin();
    put(tree, "reg", CELLS(0x10, 0, 0xa000, 0x30, 0, 0x10000));
    put(tree, "interrupts-extended", CELLS(1, 9, 2, 9, 3, 9, 4, 9));
    put(tree, "riscv,guest-index-bits", CELLS(3));
    put(tree, "riscv,hart-index-bits", CELLS(4));
    put(tree, "riscv,group-index-bits", CELLS(2));
    put(tree, "riscv,group-index-shift", CELLS(36));
    put(tree, "riscv,num-ids", CELLS(63));
    assert_true(end(&imsic));
    expect(&imsic, 1, UINT64_C(0x1000008000), 0x11);
    expect(&imsic, 2, UINT64_C(0x3000000000), 0x30);
    expect(&imsic, 3, UINT64_C(0x3000008000), 0x31);
}

TEST(test_incomplete) {
    static const char *const names[] = {"riscv,guest-index-bits", "riscv,hart-index-bits",
                                        "riscv,group-index-bits", "riscv,group-index-shift"};
    struct riscv_imsic imsic;

    for (size_t i = 0; i < 4; i++) {
        begin();
        put(tree, "reg", CELLS(0, 0x28000000, 0x10000));
        put(tree, "riscv,num-ids", CELLS(255));
        put(tree, names[i], CELLS(60));
        assert_false(end(&imsic));
    }
    begin();
    put(tree, "reg", CELLS(0, 0x28000000, 0x10000));
    assert_false(end(&imsic));
    begin();
    put(tree, "riscv,num-ids", CELLS(255));
    assert_false(end(&imsic));
}
