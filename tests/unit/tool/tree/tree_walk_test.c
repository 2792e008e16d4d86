/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking trees from node to node gives what libfdt gives, in a fraction of the steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tree_registers.h"
#include "tool/base/file.h"
#include "tool/board/machine.h"
#include "tool/tree/tree.h"

static const char *const boards[] = {"boards/qemu-arm64/board.dtb", "boards/qemu-riscv64/board.dtb",
                                     "boards/qemu-riscv64-aia/board.dtb"};

static int not_found(int result) {
    return result < 0 ? -1 : result;
}

/* Each offset, nodes and others, and each phandle there could be. */
static void compare(const void *tree) {
    int size = (int)fdt_size_dt_struct(tree);

    for (int node = 0; node < size; node += (int)sizeof(fdt32_t)) {
        assert_int_equal(tree_parent(tree, node), not_found(fdt_parent_offset(tree, node)));
        if (node == 0 || tree_parent(tree, node) >= 0) {
            assert_int_equal(tree_next_node(tree, node),
                             not_found(fdt_next_node(tree, node, NULL)));
        }
    }
    for (int child = fdt_first_subnode(tree, 0); child >= 0; child = fdt_next_subnode(tree, child))
        assert_int_equal(tree_child(tree, 0, fdt_get_name(tree, child, NULL)), child);
    assert_int_equal(tree_child(tree, fdt_first_subnode(tree, 0), "none"), -1);
    assert_int_equal(tree_child(tree, 0, ""), -1);
    for (uint32_t phandle = 0; phandle < 0x20; phandle++) {
        assert_int_equal(tree_by_phandle(tree, phandle),
                         not_found(fdt_node_offset_by_phandle(tree, phandle)));
        assert_int_equal(tree_by_phandle(tree, 0x8000 + phandle),
                         not_found(fdt_node_offset_by_phandle(tree, 0x8000 + phandle)));
    }
    assert_int_equal(tree_by_phandle(tree, UINT32_MAX), -1);
}

/* How many registers a tree has, by the one walk and by the other. */
static size_t compare_registers(const void *tree) {
    size_t count = 0;

    assert_true(tree_registers_agree(tree, &count));
    return count;
}

static void boards_walk_as_libfdt_does(void **state) {
    for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
        struct arena arena = {0};
        struct file file = {0};

        assert_true(file_read(boards[i], &file, &arena));
        compare(file.bytes);
        assert_true(compare_registers(file.bytes) > 10);
        tree_index(file.bytes, &arena);
        compare(file.bytes);
        assert_true(compare_registers(file.bytes) > 10);
        tree_forget(file.bytes);
        arena_free(&arena);
    }
}

/* Empty names, values that look like tags and phandles, gaps, and both names of a phandle. */
static void *make_odd_tree(void) {
    char *tree = malloc(4096);
    const uint32_t tags[] = {cpu_to_fdt32(FDT_BEGIN_NODE), cpu_to_fdt32(FDT_END), cpu_to_fdt32(7)};

    assert_int_equal(fdt_create_empty_tree(tree, 4096), 0);
    int first = fdt_add_subnode(tree, 0, "first");
    int inner = fdt_add_subnode(tree, first, "inner");
    assert_int_equal(fdt_setprop(tree, inner, "like-tags", tags, sizeof(tags)), 0);
    assert_int_equal(fdt_setprop_u32(tree, inner, "no-phandle", 7), 0);
    assert_int_equal(fdt_setprop(tree, inner, "odd", "12345", 5), 0);
    int second = fdt_add_subnode(tree, 0, "second");
    assert_int_equal(fdt_setprop_u32(tree, second, "phandle", 7), 0);
    second = fdt_path_offset(tree, "/second");
    assert_int_equal(fdt_setprop_u32(tree, second, "linux,phandle", 8), 0);
    int third = fdt_add_subnode(tree, 0, "third");
    assert_int_equal(fdt_setprop_u32(tree, third, "linux,phandle", 9), 0);
    third = fdt_path_offset(tree, "/third");
    fdt_nop_property(tree, fdt_path_offset(tree, "/first/inner"), "odd");
    assert_int_equal(fdt_add_subnode(tree, third, "deep") > 0, 1);
    return tree;
}

static void an_odd_tree_too(void **state) {
    struct arena arena = {0};
    void *tree = make_odd_tree();

    for (int indexed = 0; indexed < 2; indexed++) {
        if (indexed)
            tree_index(tree, &arena);
        compare(tree);
        assert_int_equal(compare_registers(tree), 0);
        assert_int_equal(tree_parent(tree, -4), -1);
        assert_int_equal(tree_parent(tree, INT32_MAX - 3), -1);
    }
    tree_forget(tree);
    tree_forget(tree); /* there is none */
    arena_free(&arena);
    assert_int_equal(tree_child(tree, 0, "inner"), -1); /* it is a child's */
    assert_int_equal(tree_child(tree, tree_child(tree, 0, "first"), "inner"),
                     fdt_path_offset(tree, "/first/inner"));
    assert_int_equal(tree_by_phandle(tree, 7), fdt_path_offset(tree, "/second"));
    assert_int_equal(tree_by_phandle(tree, 8), -1); /* `phandle` counts */
    assert_int_equal(tree_by_phandle(tree, 9), fdt_path_offset(tree, "/third"));
    free(tree);
}

/* An alias is a path; libfdt would follow these to the end of the stack. */
static void an_alias_names_no_other(void **state) {
    void *tree = make_odd_tree();
    int aliases = fdt_add_subnode(tree, 0, "aliases");

    assert_int_equal(fdt_setprop_string(tree, aliases, "good", "/first/inner"), 0);
    assert_int_equal(fdt_setprop_string(tree, aliases, "self", "self"), 0);
    assert_int_equal(fdt_setprop_string(tree, aliases, "other", "good"), 0);
    assert_int_equal(fdt_setprop(tree, aliases, "open", "/first", 6), 0); /* no NUL */
    int inner = fdt_path_offset(tree, "/first/inner");
    assert_int_equal(tree_find(tree, "good", 4), inner);
    assert_int_equal(tree_find(tree, "/first/inner:115200", 12), inner);
    assert_int_equal(tree_find(tree, "/", 1), 0);
    assert_int_equal(tree_find(tree, "self", 4), -1);
    assert_int_equal(tree_find(tree, "other", 5), -1);
    assert_int_equal(tree_find(tree, "open", 4), -1);
    assert_int_equal(tree_find(tree, "none", 4), -1);
    assert_int_equal(tree_find(tree, "/none", 5), -1);
    assert_int_equal(tree_find(tree, "", 0), -1);
    assert_int_equal(tree_listed(tree, "aliases", "good"), inner);
    assert_int_equal(tree_listed(tree, "aliases", "self"), -1);
    assert_int_equal(tree_listed(tree, "aliases", "other"), -1); /* no alias of an alias */
    assert_int_equal(tree_listed(tree, "aliases", "open"), -1);
    assert_int_equal(tree_listed(tree, "aliases", "none"), -1);
    assert_int_equal(tree_listed(tree, "__symbols__", "good"), -1);
    free(tree);
}

/* A chain of so many nodes, with the root. */
static void *make_deep_tree(size_t depth, size_t *size) {
    *size = 0x1000 + 0x10 * depth;
    void *tree = malloc(*size);

    assert_int_equal(fdt_create(tree, (int)*size), 0);
    assert_int_equal(fdt_finish_reservemap(tree), 0);
    for (size_t i = 0; i < depth; i++)
        assert_int_equal(fdt_begin_node(tree, i == 0 ? "" : "n"), 0);
    for (size_t i = 0; i < depth; i++)
        assert_int_equal(fdt_end_node(tree), 0);
    assert_int_equal(fdt_finish(tree), 0);
    return tree;
}

/* All that follows nodes down has an end. */
static void a_deep_one_is_refused(void **state) {
    static const struct {
        size_t depth;
        int result;
    } cases[] = {{1, 0}, {64, 0}, {65, -FDT_ERR_BADSTRUCTURE}, {0x10000, -FDT_ERR_BADSTRUCTURE}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t size = 0;
        void *tree = make_deep_tree(cases[i].depth, &size);

        assert_int_equal(tree_check(tree, size), cases[i].result);
        free(tree);
    }
}

static void an_old_version_is_refused(void **state) {
    struct arena arena = {0};
    struct diagnostics errors = {0};
    struct machine machine = {0};
    struct file file = {0};

    assert_true(file_read(boards[0], &file, &arena));
    fdt_set_version(file.bytes, 15);
    fdt_set_last_comp_version(file.bytes, 2); /* libfdt itself would go on */
    assert_false(machine_read(&machine, "arm64", file.bytes, file.size, (struct mark){"t", 0, 0, 0},
                              &arena, &errors));
    assert_int_equal(errors.count, 1);
    assert_non_null(strstr(errors.items[0].message, "FDT_ERR_BADVERSION"));
    arena_free(&arena);
    diagnostics_free(&errors);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boards_walk_as_libfdt_does), cmocka_unit_test(an_odd_tree_too),
        cmocka_unit_test(an_alias_names_no_other),    cmocka_unit_test(a_deep_one_is_refused),
        cmocka_unit_test(an_old_version_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
