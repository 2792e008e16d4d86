/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <unistd.h>

#include "tests/unit/tool/trees.h"
#include "tool/tree/overlay.h"

static struct arena arena;
static struct overlay overlay;
static struct dtc_errors errors;
static char folder[64];

BEFORE_EACH(setup) {
    strcpy(folder, P_tmpdir "/bulkhead-overlay-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

AFTER_EACH(teardown) {
    static const char *const names[] = {"a.dtso", "a.dtbo"};

    for (size_t i = 0; i < 2; i++)
        unlink(arena_printf(&arena, "%s/%s", folder, names[i]));
    rmdir(folder);
    arena_free(&arena);
}

static const char *write_file(const char *name, const void *bytes, size_t size) {
    const char *path = arena_printf(&arena, "%s/%s", folder, name);
    const char *why = NULL;

    assert_true(file_write(path, bytes, size, &why, &arena));
    return path;
}

static bool read_overlay(const char *path) {
    errors = (struct dtc_errors){0};
    return overlay_read(&overlay, path, &arena, &errors);
}

static void read_source(const char *text) {
    const char *whole = arena_printf(&arena, "/dts-v1/;\n/plugin/;\n%s", text);
    const char *path = write_file("a.dtso", whole, strlen(whole));

    assert_true(read_overlay(path));
}

/* A tree with /one/two@2, which has a label if it is to have one, and labels that are none. */
static void *make_tree(bool label) {
    unsigned char *tree = arena_alloc(&arena, 4096);

    assert_int_equal(fdt_create(tree, 4096), 0);
    assert_int_equal(fdt_finish_reservemap(tree), 0);
    fdt_begin_node(tree, "");
    fdt_begin_node(tree, "aliases");
    fdt_property_string(tree, "self", "self");
    fdt_end_node(tree);
    fdt_begin_node(tree, "one");
    fdt_begin_node(tree, "two@2");
    fdt_property_u32(tree, "phandle", 7);
    fdt_property_string(tree, "status", "disabled");
    fdt_end_node(tree);
    fdt_end_node(tree);
    if (label) {
        fdt_begin_node(tree, "__symbols__");
        fdt_property_string(tree, "second", "/one/two@2");
        fdt_property_string(tree, "self", "self");
        fdt_property_string(tree, "none", "/none");
        fdt_property(tree, "open", "/one", 4);
        fdt_end_node(tree);
    }
    fdt_end_node(tree);
    assert_int_equal(fdt_finish(tree), 0);
    return tree;
}

/* The tree with an overlay; NULL: it cannot be applied. */
static const struct tree *apply(const char *text, bool label) {
    const struct overlay_target target = {read_tree(make_tree(label), &arena), "the tree",
                                          "write a path"};

    read_source(text);
    const void *blob = overlay_apply(&overlay, &target, &arena, &errors);
    return blob == NULL ? NULL : read_tree(blob, &arena);
}

static void check_message(const char *what) {
    assert_int_equal(errors.count, 1);
    if (strstr(errors.items[0].text, what) == NULL)
        fail_msg("'%s' does not say '%s'", errors.items[0].text, what);
}

TEST(properties_change_and_nodes_come_by_label_or_path) {
    const struct tree *tree = apply("&second { status = \"okay\"; };\n"
                                    "&{/one} { new: three { peer = <&second>; }; };\n",
                                    true);

    assert_true(tree_is_enabled(node_at(tree, "/one/two@2")));
    assert_int_equal(tree_cell(node_at(tree, "/one/three"), "peer", 0), 7);
    /* Its label is the tree's from now on. */
    assert_string_equal(tree_string(node_at(tree, "/__symbols__"), "new"), "/one/three");
    assert_int_equal(errors.count, 0);
}

/* With or without labels of its own, and whether or not the node has a phandle. */
TEST(a_name_that_is_alone_is_a_label) {
    for (int label = 0; label < 2; label++) {
        const struct tree *tree = apply("&two_2 { peer = <&one>; };", label == 1);
        const struct tree_node *one = node_at(tree, "/one");

        assert_int_not_equal(one->phandle, 0);
        assert_int_equal(tree_cell(node_at(tree, "/one/two@2"), "peer", 0), one->phandle);
    }
    assert_null(apply("&{/} { other { one { }; }; }; &one { a; };\n&four { };", false));
    check_message("no label 'four'");
}

TEST(a_label_that_the_tree_lacks_is_named) {
    assert_null(apply("&secnd { };\n", true));
    check_message("the tree has no label 'secnd'");
    check_message("did you mean 'second'?");
    assert_null(errors.items[0].mark.file);
    assert_null(apply("&tow_2 { };\n", true));
    check_message("did you mean 'two_2'?");
}

/* libfdt would look for the end of one of these, and follow another for ever. */
TEST(labels_stand_for_paths) {
    static const char *const labels[] = {"self", "none", "open"};

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        assert_null(apply(arena_printf(&arena, "&%s { };\n", labels[i]), true));
        check_message("no label");
    }
}

TEST(a_tree_without_labels_wants_paths) {
    assert_null(apply("&second { };\n", false));
    check_message("write a path");
}

TEST(a_path_that_the_tree_lacks_is_named_with_the_nearest) {
    assert_null(apply("&{/one/tow@2} { };\n", false));
    check_message("no node '/one/tow@2'");
    check_message("did you mean '/one/two@2'?");
}

TEST(names_may_need_more_room_than_the_overlay_has) {
    const char *text = "&{/one/two@2} {\n";

    for (int i = 0; i < 300; i++)
        text = arena_printf(&arena, "%s l%d: n%d { a = <1>; };\n", text, i, i);
    const struct tree *tree = apply(arena_printf(&arena, "%s};\n", text), true);
    assert_string_equal(tree_string(node_at(tree, "/__symbols__"), "l299"), "/one/two@2/n299");
}

TEST(without_dtc_the_remedy_is_said) {
    const char *path = write_file("a.dtso", "", 0);
    char *before = arena_strdup(&arena, getenv("PATH"));

    setenv("PATH", "/nonexistent", 1);
    assert_false(read_overlay(path));
    setenv("PATH", before, 1);
    check_message("install it (package device-tree-compiler); or name a compiled overlay");
}

/* Source is told from a blob by what it holds; a blob by its name as well. */
TEST(a_blob_that_is_no_overlay_is_refused) {
    static const char *const names[] = {"a.dtbo", "a.dtso"};
    const void *tree = make_tree(false);

    for (size_t i = 0; i < 2; i++) {
        const char *path = write_file(names[i], tree, fdt_totalsize(tree));

        assert_false(read_overlay(path));
        check_message("is no device tree overlay, so");
    }
    assert_false(read_overlay(write_file("a.dtbo", "/dts-v1/;", 9)));
    check_message("is damaged or no device tree overlay");
    assert_false(read_overlay("none.dtso"));
    assert_non_null(overlay.source.why);
}
