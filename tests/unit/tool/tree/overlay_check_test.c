/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlays that would lead libfdt out of the tree: each is one that it applies, with one property
 * that is otherwise.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/trees.h"
#include "tool/tree/overlay_check.h"

#define ROOM  4096
#define PLACE "/fragment@0/__overlay__"
#define LOCAL "/__local_fixups__/fragment@0/__overlay__"

/* Sets a property of a node, which is made where it is not there yet. */
static void set(void *tree, const char *path, const char *name, const void *value, size_t size) {
    int node = 0;

    for (const char *at = path + 1; *at != '\0';) {
        size_t length = strcspn(at, "/");
        int next = fdt_subnode_offset_namelen(tree, node, at, (int)length);

        node = next >= 0 ? next : fdt_add_subnode_namelen(tree, node, at, (int)length);
        assert_true(node > 0);
        at += length + (at[length] == '/');
    }
    assert_int_equal(fdt_setprop(tree, node, name, value, (int)size), 0);
}

#define SET(tree, path, name, value) set(tree, path, name, value, sizeof(value))

static void *make_tree(void) {
    void *tree = malloc(ROOM);

    assert_int_equal(fdt_create_empty_tree(tree, ROOM), 0);
    set(tree, "/a", "phandle", "\0\0\0\1", 4);
    SET(tree, "/__symbols__", "a", "/a");
    return tree;
}

/* It sets `ref` to a label of the tree and a label of its own. */
static void *make_overlay(void) {
    void *overlay = malloc(ROOM);

    assert_int_equal(fdt_create_empty_tree(overlay, ROOM), 0);
    SET(overlay, "/fragment@0", "target-path", "/a");
    set(overlay, PLACE, "ref", "\xff\xff\xff\xff\0\0\0\1", 8);
    set(overlay, PLACE "/own", "phandle", "\0\0\0\1", 4);
    set(overlay, LOCAL, "ref", "\0\0\0\4", 4);
    SET(overlay, "/__fixups__", "a", PLACE ":ref:0");
    return overlay;
}

static int check(const void *overlay) {
    struct arena arena = {0};
    int result = overlay_check(read_tree(overlay, &arena));

    arena_free(&arena);
    return result;
}

TEST(a_good_one_is_applied) {
    struct arena arena = {0};
    void *tree = make_tree();
    void *overlay = make_overlay();
    size_t count = 0;

    assert_int_equal(check(overlay), 0);
    assert_int_equal(fdt_overlay_apply(tree, overlay), 0);
    const fdt32_t *cells = tree_cells(node_at(read_tree(tree, &arena), "/a"), "ref", &count);
    assert_int_equal(count, 2);
    assert_int_equal(fdt32_ld(&cells[0]), 1);
    assert_int_equal(fdt32_ld(&cells[1]), 2);
    arena_free(&arena);
    free(tree);
    free(overlay);
}

TEST(one_that_uses_nothing_is_good) {
    void *overlay = malloc(ROOM);

    assert_int_equal(fdt_create_empty_tree(overlay, ROOM), 0);
    assert_int_equal(check(overlay), 0);
    SET(overlay, "/__fixups__", "a", "/:a:0");
    assert_int_equal(check(overlay), -FDT_ERR_BADOVERLAY);
    free(overlay);
}

#define CASE(path, name, value)                                                                    \
    { path, name, value, sizeof(value) - 1 }
#define TEXT(path, name, value)                                                                    \
    { path, name, value, sizeof(value) }

static const struct {
    const char *path;
    const char *name;
    const char *value;
    size_t size;
} cases[] = {
    CASE(LOCAL, "ref", "\0\0\0\5"), /* a cell that ends behind the property */
    CASE(LOCAL, "ref", "\xff\xff\xff\xfc"),
    CASE(LOCAL, "ref", "\0\0\0"),
    CASE(LOCAL, "none", "\0\0\0\0"),
    CASE(LOCAL "/own", "phandle", "\0\0\0\0"),
    CASE(LOCAL "/none", "a", ""),
    CASE("/__local_fixups__/fragment@0", "target-path", "\0\0\0\0"),
    CASE("/__local_fixups__/__local_fixups__/fragment@0/__overlay__", "ref", "\0\0\0\0"),
    CASE("/__local_fixups__/__fixups__", "a", "\0\0\0\0"),
    TEXT("/__fixups__", "a", PLACE ":ref:5"),
    TEXT("/__fixups__", "a", PLACE ":ref:-4"),
    TEXT("/__fixups__", "a", PLACE ":ref:4294967296"),
    TEXT("/__fixups__", "a", PLACE ":ref:"),
    TEXT("/__fixups__", "a", PLACE ":ref:x"),
    TEXT("/__fixups__", "a", PLACE ":ref:0x0"),
    TEXT("/__fixups__", "a", PLACE ":ref"),
    TEXT("/__fixups__", "a", PLACE "::0"),
    TEXT("/__fixups__", "a", PLACE ":none:0"),
    TEXT("/__fixups__", "a", PLACE),
    TEXT("/__fixups__", "a", ""),
    TEXT("/__fixups__", "a", PLACE ":ref:0\0"),
    TEXT("/__fixups__", "a", "/none:ref:0"),
    TEXT("/__fixups__", "a", "self:ref:0"),
    TEXT("/__fixups__", "a", "/fragment@0:target-path:0"),
    TEXT("/__fixups__", "a", "//__fixups__:a:0"),
    TEXT("/__fixups__", "a", "/__local_fixups__/fragment@0/__overlay__:ref:0"),
    CASE("/__fixups__", "a", PLACE ":ref:0"), /* without its end */
    CASE("/__fixups__", "a", ""),
};

TEST(places_are_in_the_overlay) {
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *overlay = make_overlay();

        set(overlay, cases[i].path, cases[i].name, cases[i].value, cases[i].size);
        if (check(overlay) != -FDT_ERR_BADOVERLAY)
            fail_msg("%s:%s, case %zu", cases[i].path, cases[i].name, i);
        free(overlay);
    }
}

TEST(targets_are_paths) {
    void *overlay = make_overlay();

    SET(overlay, "/fragment@0", "target-path", "self");
    assert_int_equal(check(overlay), -FDT_ERR_BADPATH);
    SET(overlay, "/fragment@0", "target-path", "");
    assert_int_equal(check(overlay), -FDT_ERR_BADPATH);
    set(overlay, "/fragment@0", "target-path", "/a", 2);
    assert_int_equal(check(overlay), -FDT_ERR_BADPATH);
    free(overlay);
}
