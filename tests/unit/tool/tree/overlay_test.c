/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tool/tree/overlay.h"
#include "tool/tree/tree.h"

static struct arena arena;
static struct diagnostics diagnostics;
static char folder[64];
static const struct overlay_reader reader = {
    &arena, &diagnostics, RULE_BOARD_TREE, {.file = "board.yaml", .line = 3, .column = 7}};

static int setup(void **state) {
    strcpy(folder, P_tmpdir "/bulkhead-overlay-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int teardown(void **state) {
    static const char *const names[] = {"a.dtso", "a.dtbo"};

    for (size_t i = 0; i < 2; i++)
        unlink(arena_printf(&arena, "%s/%s", folder, names[i]));
    rmdir(folder);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return 0;
}

static const char *write_file(const char *name, const void *bytes, size_t size) {
    const char *path = arena_printf(&arena, "%s/%s", folder, name);
    const char *why = NULL;

    assert_true(file_write(path, bytes, size, &why, &arena));
    return path;
}

static struct overlay read_source(const char *text) {
    struct overlay overlay;
    const char *whole = arena_printf(&arena, "/dts-v1/;\n/plugin/;\n%s", text);
    const char *path = write_file("a.dtso", whole, strlen(whole));

    assert_true(overlay_read(&reader, path, &overlay));
    return overlay;
}

/* A tree with /one/two, which has a label if it is to have one. */
static const void *make_tree(bool label) {
    unsigned char *tree = arena_alloc(&arena, 4096);

    assert_int_equal(fdt_create(tree, 4096), 0);
    assert_int_equal(fdt_finish_reservemap(tree), 0);
    fdt_begin_node(tree, "");
    fdt_begin_node(tree, "aliases");
    fdt_property_string(tree, "self", "self");
    fdt_end_node(tree);
    fdt_begin_node(tree, "one");
    fdt_begin_node(tree, "two");
    fdt_property_u32(tree, "phandle", 7);
    fdt_property_string(tree, "status", "disabled");
    fdt_end_node(tree);
    fdt_end_node(tree);
    if (label) {
        fdt_begin_node(tree, "__symbols__");
        fdt_property_string(tree, "second", "/one/two");
        fdt_end_node(tree);
    }
    fdt_end_node(tree);
    assert_int_equal(fdt_finish(tree), 0);
    return tree;
}

static const unsigned char *apply(const char *text, bool label, size_t *size) {
    struct overlay overlay = read_source(text);

    return overlay_apply(&reader, &overlay, make_tree(label), size);
}

static void check_message(const char *what) {
    assert_int_equal(diagnostics.count, 1);
    assert_string_equal(diagnostics.items[0].rule, "board-tree");
    if (strstr(diagnostics.items[0].message, what) == NULL)
        fail_msg("'%s' does not say '%s'", diagnostics.items[0].message, what);
}

static void properties_change_and_nodes_come_by_label_or_path(void **state) {
    size_t size = 0;
    const void *tree = apply("&second { status = \"okay\"; };\n"
                             "&{/one} { new: three { peer = <&second>; }; };\n",
                             true, &size);

    assert_non_null(tree);
    assert_int_equal(fdt_check_full(tree, size), 0);
    assert_true(tree_is_enabled(tree, fdt_path_offset(tree, "/one/two")));
    int three = fdt_path_offset(tree, "/one/three");
    assert_int_equal(tree_cell(tree, three, "peer", 0), 7);
    /* Its label is the tree's from now on. */
    assert_string_equal(tree_string(tree, fdt_path_offset(tree, "/__symbols__"), "new"),
                        "/one/three");
    assert_int_equal(diagnostics.count, 0);
}

static void a_label_that_the_tree_lacks_is_named(void **state) {
    size_t size = 0;

    assert_null(apply("&secnd { };\n", true, &size));
    check_message("no label 'secnd'");
    check_message("did you mean 'second'?");
    assert_int_equal(diagnostics.items[0].mark.line, 3);
}

static void a_tree_without_labels_wants_paths(void **state) {
    size_t size = 0;

    assert_null(apply("&second { };\n", false, &size));
    check_message("&{/path/of/the/node}");
}

static void a_path_that_the_tree_lacks_is_named_with_the_nearest(void **state) {
    size_t size = 0;

    assert_null(apply("&{/one/tow} { };\n", false, &size));
    check_message("no node '/one/tow'");
    check_message("did you mean '/one/two'?");
}

/* libfdt would follow this one for ever. */
static void an_alias_is_no_path(void **state) {
    size_t size = 0;

    assert_null(
        apply("/ { fragment@0 { target-path = \"self\"; __overlay__ { }; }; };\n", false, &size));
    check_message("no node 'self'");
}

static void names_may_need_more_room_than_the_overlay_has(void **state) {
    const char *text = "&{/one/two} {\n";
    size_t size = 0;

    for (int i = 0; i < 300; i++)
        text = arena_printf(&arena, "%s l%d: n%d { a = <1>; };\n", text, i, i);
    const void *tree = apply(arena_printf(&arena, "%s};\n", text), true, &size);
    assert_non_null(tree);
    assert_string_equal(tree_string(tree, fdt_path_offset(tree, "/__symbols__"), "l299"),
                        "/one/two/n299");
}

static void an_error_of_dtc_is_told_at_its_own_place(void **state) {
    struct overlay overlay;
    static const char text[] = "/dts-v1/;\n/plugin/;\n&second {\n    status = ;\n};\n";
    const char *path = write_file("a.dtso", text, sizeof(text) - 1);

    assert_false(overlay_read(&reader, path, &overlay));
    check_message("syntax error");
    assert_string_equal(diagnostics.items[0].mark.file, path);
    assert_int_equal(diagnostics.items[0].mark.line, 4);
}

static void without_dtc_the_remedy_is_said(void **state) {
    struct overlay overlay;
    const char *path = write_file("a.dtso", "", 0);
    char *before = arena_strdup(&arena, getenv("PATH"));

    setenv("PATH", "/nonexistent", 1);
    assert_false(overlay_read(&reader, path, &overlay));
    setenv("PATH", before, 1);
    check_message("install it (package device-tree-compiler); or name a compiled overlay");
}

static void a_blob_that_is_no_overlay_is_refused(void **state) {
    struct overlay overlay;
    const void *tree = make_tree(false);
    const char *path = write_file("a.dtbo", tree, fdt_totalsize(tree));

    assert_false(overlay_read(&reader, path, &overlay));
    check_message("is no device tree overlay");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(properties_change_and_nodes_come_by_label_or_path),
        TEST(a_label_that_the_tree_lacks_is_named),
        TEST(a_tree_without_labels_wants_paths),
        TEST(a_path_that_the_tree_lacks_is_named_with_the_nearest),
        TEST(an_alias_is_no_path),
        TEST(names_may_need_more_room_than_the_overlay_has),
        TEST(an_error_of_dtc_is_told_at_its_own_place),
        TEST(without_dtc_the_remedy_is_said),
        TEST(a_blob_that_is_no_overlay_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
