/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RAM in banks, with holes that the tree and board.yaml reserve: what is left is each page that
 * nobody has.
 */
#include <stdlib.h>

#include "tests/unit/tool/trees.h"
#include "tool/board/board.h"
#include "tool/board/machine_read.h"

#define BANK_AT(n) (0x40000000 + (n)*UINT64_C(0x10000000))
#define BANK_SIZE  UINT64_C(0x100000)
#define PAGE       UINT64_C(0x1000)
#define BANKS_MAX  8
#define HOLES_MAX  16

/* The n-th hole: of a byte, of whole pages, over two pages, beside another, twice, in each bank. */
static struct system_range hole_at(size_t n, size_t banks) {
    static const struct system_range holes[] = {
        {0x4000, 1},       {0x10000, 0x2000}, {0x20fff, 2},      {0x30000, 0x1000},
        {0x31000, 0x10},   {0x10000, 0x2000}, {0, 0x1000},       {BANK_SIZE - 1, 0x1000},
        {0x50000, 0},      {0x40000, 0x800},  {0x40800, 0x800},  {0x60000, 0x20000},
        {0x70000, 0x1000}, {0x61800, 0x100},  {0x90000, 0x3001}, {0xfe000, 0x1000},
    };
    struct system_range hole = holes[n % (sizeof(holes) / sizeof(holes[0]))];

    hole.phys += BANK_AT(n % banks);
    return hole;
}

static void *make_tree(size_t banks, size_t holes, struct arena *arena) {
    void *tree = arena_alloc(arena, 16384);

    assert_int_equal(fdt_create_empty_tree(tree, 16384), 0);
    fdt_setprop_u32(tree, 0, "#address-cells", 2);
    fdt_setprop_u32(tree, 0, "#size-cells", 2);
    int memory = fdt_add_subnode(tree, 0, "memory");
    fdt_setprop_string(tree, memory, "device_type", "memory");
    for (size_t i = banks; i-- > 0;) {
        fdt_appendprop_u64(tree, memory, "reg", BANK_AT(i));
        fdt_appendprop_u64(tree, memory, "reg", BANK_SIZE);
    }
    int reserved = fdt_add_subnode(tree, 0, "reserved-memory");
    fdt_setprop_u32(tree, reserved, "#address-cells", 2);
    fdt_setprop_u32(tree, reserved, "#size-cells", 2);
    fdt_setprop_empty(tree, reserved, "ranges");
    for (size_t i = 0; i < holes; i++) {
        int node = fdt_add_subnode(tree, fdt_path_offset(tree, "/reserved-memory"),
                                   arena_printf(arena, "hole%zu", i));

        fdt_appendprop_u64(tree, node, "reg", hole_at(i, banks).phys);
        assert_int_equal(fdt_appendprop_u64(tree, node, "reg", hole_at(i, banks).size), 0);
    }
    return tree;
}

static bool is_reserved(uint64_t page, size_t banks, size_t holes) {
    for (size_t i = 0; i < holes; i++) {
        struct system_range hole = hole_at(i, banks);

        if (hole.size != 0 && hole.phys < page + PAGE && hole.phys + hole.size > page)
            return true;
    }
    return false;
}

/* Each page of each bank is in one piece, or reserved; pieces are sorted, and none is empty. */
static void compare(const struct board *board, size_t banks, size_t holes) {
    const struct system_range *piece = board->ram;
    const struct system_range *end = board->ram + board->ram_count;

    for (size_t bank = 0; bank < banks; bank++) {
        for (uint64_t page = BANK_AT(bank); page < BANK_AT(bank) + BANK_SIZE; page += PAGE) {
            if (piece < end && page == piece->phys + piece->size) {
                piece++;
                assert_true(piece == end || piece->phys >= page);
            }
            bool is_free = piece < end && page >= piece->phys;
            if (is_free == is_reserved(page, banks, holes))
                fail_msg("%zu banks, %zu holes: 0x%llx", banks, holes, (unsigned long long)page);
        }
        if (piece < end && piece->phys + piece->size == BANK_AT(bank) + BANK_SIZE)
            piece++;
    }
    assert_ptr_equal(piece, end);
}

/* The machine lacks all else, which is said. */
TEST(what_is_left_is_exact) {
    for (size_t banks = 1; banks <= BANKS_MAX; banks++) {
        for (size_t holes = 0; holes <= HOLES_MAX; holes++) {
            struct diagnostics diagnostics = {0};
            struct board board = {.name = "holes"};
            const struct tree *tree =
                read_tree(make_tree(banks, holes, &board.arena), &board.arena);

            machine_read(&board.machine, "arm64", tree, (struct mark){.file = "t"}, &board.arena,
                         &diagnostics);
            assert_int_equal(board.machine.ram_count, banks);
            board_cut_ram(&board);
            compare(&board, banks, holes);
            diagnostics_free(&diagnostics);
            board_close(&board);
        }
    }
}
