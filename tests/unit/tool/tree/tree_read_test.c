/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tree is read to is what libfdt finds in its blob.
 */
#include <stdlib.h>

#include "tests/unit/tool/trees.h"
#include "tool/base/file.h"

static const char *const boards[] = {"boards/qemu-arm64/board.dtb", "boards/qemu-riscv64/board.dtb",
                                     "boards/qemu-riscv64-aia/board.dtb"};

/* A node and the blob's node at `offset` have the same properties. */
static void compare_properties(const struct tree_node *node, int offset) {
    const void *blob = node->tree->blob;
    size_t count = 0;
    int property;

    fdt_for_each_property_offset(property, blob, offset) {
        const struct tree_property *own = &node->properties[count++];
        const char *name = NULL;
        int length = 0;

        assert_ptr_equal(fdt_getprop_by_offset(blob, property, &name, &length), own->value);
        assert_string_equal(name, own->name);
        assert_int_equal(length, own->length);
        assert_ptr_equal(tree_property(node, name)->value,
                         fdt_getprop(blob, offset, name, &length));
    }
    assert_int_equal(count, node->property_count);
}

/* How many nodes it has. */
static size_t compare(const struct tree *tree) {
    const struct tree_node *node = tree->root;
    struct arena arena = {0};

    for (int offset = 0; offset >= 0; offset = fdt_next_node(tree->blob, offset, NULL), node++) {
        const char *path = tree_path(node, &arena);
        int parent = fdt_parent_offset(tree->blob, offset);
        uint32_t phandle = fdt_get_phandle(tree->blob, offset);

        assert_string_equal(node->name, fdt_get_name(tree->blob, offset, NULL));
        assert_int_equal(offset, fdt_path_offset(tree->blob, path));
        assert_ptr_equal(find_node(tree, path), node);
        assert_int_equal(parent < 0, node->parent == NULL);
        if (parent >= 0)
            assert_string_equal(node->parent->name, fdt_get_name(tree->blob, parent, NULL));
        assert_int_equal(node->phandle, phandle);
        if (phandle != 0)
            assert_ptr_equal(tree_by_phandle(tree, phandle), node);
        compare_properties(node, offset);
        int next = fdt_next_subnode(tree->blob, offset);
        assert_int_equal(next >= 0, parent >= 0 && node->end < node->parent->end);
        if (next >= 0)
            assert_string_equal(node->end->name, fdt_get_name(tree->blob, next, NULL));
    }
    assert_ptr_equal(node, tree->root->end);
    arena_free(&arena);
    return (size_t)(node - tree->root);
}

TEST(boards_are_what_libfdt_finds) {
    for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
        struct arena arena = {0};
        struct file file = {0};

        assert_true(file_read(boards[i], &file, &arena));
        assert_true(compare(read_tree(file.bytes, &arena)) > 10);
        arena_free(&arena);
    }
}

/* Values that look like tags and phandles, gaps, and both names of a phandle. */
static void *make_odd_tree(struct arena *arena) {
    char *tree = arena_alloc(arena, 4096);
    const uint32_t tags[] = {cpu_to_fdt32(FDT_BEGIN_NODE), cpu_to_fdt32(FDT_END), cpu_to_fdt32(7)};

    assert_int_equal(fdt_create_empty_tree(tree, 4096), 0);
    int first = fdt_add_subnode(tree, 0, "first");
    int inner = fdt_add_subnode(tree, first, "inner@1");
    assert_int_equal(fdt_setprop(tree, inner, "like-tags", tags, sizeof(tags)), 0);
    assert_int_equal(fdt_setprop_u32(tree, inner, "no-phandle", 7), 0);
    assert_int_equal(fdt_setprop(tree, inner, "odd", "12345", 5), 0);
    int second = fdt_add_subnode(tree, 0, "second");
    assert_int_equal(fdt_setprop_u32(tree, second, "linux,phandle", 8), 0);
    assert_int_equal(fdt_setprop_u32(tree, second, "phandle", 7), 0);
    int third = fdt_add_subnode(tree, 0, "third");
    assert_int_equal(fdt_setprop_u32(tree, third, "linux,phandle", 9), 0);
    assert_int_equal(fdt_setprop(tree, third, "phandle", "\0\0\0\2x", 5), 0); /* too long */
    assert_int_equal(fdt_add_subnode(tree, third, "deep") > 0, 1);
    fdt_nop_property(tree, fdt_path_offset(tree, "/first/inner@1"), "odd");
    return tree;
}

TEST(an_odd_tree_too) {
    struct arena arena = {0};
    const struct tree *tree = read_tree(make_odd_tree(&arena), &arena);

    assert_int_equal(compare(tree), 6);
    assert_null(tree_child(tree->root, "inner")); /* it is a child's */
    assert_null(tree_child(tree->root, ""));
    assert_ptr_equal(tree_child(node_at(tree, "/first"), "inner"), node_at(tree, "/first/inner@1"));
    assert_null(tree_child(node_at(tree, "/first"), "inner@"));
    assert_ptr_equal(tree_by_phandle(tree, 7), node_at(tree, "/second"));
    assert_null(tree_by_phandle(tree, 8)); /* `phandle` counts */
    assert_ptr_equal(tree_by_phandle(tree, 9), node_at(tree, "/third"));
    assert_null(tree_by_phandle(tree, 0));
    assert_null(tree_by_phandle(tree, UINT32_MAX));
    arena_free(&arena);
}

/* An alias is a path; libfdt would follow these to the end of the stack. */
TEST(an_alias_names_no_other) {
    struct arena arena = {0};
    void *blob = make_odd_tree(&arena);
    int aliases = fdt_add_subnode(blob, 0, "aliases");

    assert_int_equal(fdt_setprop_string(blob, aliases, "good", "/first/inner"), 0);
    assert_int_equal(fdt_setprop_string(blob, aliases, "self", "self"), 0);
    assert_int_equal(fdt_setprop_string(blob, aliases, "other", "good"), 0);
    assert_int_equal(fdt_setprop(blob, aliases, "open", "/first", 6), 0); /* no NUL */
    const struct tree *tree = read_tree(blob, &arena);
    const struct tree_node *inner = node_at(tree, "/first/inner@1");
    assert_ptr_equal(find_node(tree, "good"), inner);
    assert_ptr_equal(find_node(tree, "//first//inner/"), inner);
    assert_ptr_equal(tree_find(tree, "/first/inner:115200", 12), inner);
    assert_ptr_equal(find_node(tree, "/"), tree->root);
    static const char *const none[] = {"self", "other", "open", "none", "goo", "/none", ""};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_null(find_node(tree, none[i]));
    assert_ptr_equal(tree_listed(tree, "aliases", "good"), inner);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_null(tree_listed(tree, "aliases", none[i]));
    assert_null(tree_listed(tree, "__symbols__", "good"));
    arena_free(&arena);
}

/* What libfdt takes for trees: two roots, and properties behind a node. */
TEST(what_dtc_would_not_make_is_refused) {
    static const struct {
        uint32_t tags[12];
        int result;
    } cases[] = {
        {{FDT_BEGIN_NODE, 0, FDT_PROP, 0, 0, FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_END_NODE}, 0},
        {{FDT_BEGIN_NODE, 0, FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_PROP, 0, 0, FDT_END_NODE},
         -FDT_ERR_BADSTRUCTURE},
        {{FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_NOP, FDT_NOP,
          FDT_NOP},
         -FDT_ERR_BADSTRUCTURE},
        {{FDT_NOP, FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_NOP, FDT_NOP, FDT_NOP, FDT_NOP, FDT_NOP},
         -FDT_ERR_BADSTRUCTURE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _Alignas(8) unsigned char blob[512];

        assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
        assert_int_equal(fdt_finish_reservemap(blob), 0);
        fdt_begin_node(blob, "");
        fdt_property(blob, "a", "123456789abc", 12);
        fdt_end_node(blob);
        assert_int_equal(fdt_finish(blob), 0);
        for (size_t tag = 0; tag < 9; tag++)
            fdt32_st(blob + fdt_off_dt_struct(blob) + 4 * tag, cases[i].tags[tag]);
        assert_int_equal(tree_check(blob, sizeof(blob)), cases[i].result);
    }
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
TEST(a_deep_one_is_refused) {
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

TEST(an_old_version_is_refused) {
    struct arena arena = {0};
    struct file file = {0};

    assert_true(file_read(boards[0], &file, &arena));
    fdt_set_version(file.bytes, 15);
    fdt_set_last_comp_version(file.bytes, 2); /* libfdt itself would go on */
    assert_int_equal(tree_check(file.bytes, file.size), -FDT_ERR_BADVERSION);
    arena_free(&arena);
}
