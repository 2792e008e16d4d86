/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device tree compiler: how it is run, and where it says that something is wrong.
 */
#include "tests/unit/test.h"

#include <unistd.h>

#include <libfdt.h>

#include "tool/tree/dtc.h"

static void expect(const char *said, size_t count, const char *file, size_t line, size_t column,
                   const char *text) {
    struct arena arena = {0};
    struct dtc_errors errors = {0};

    dtc_read_errors(said, "asked.dtso", &arena, &errors);
    assert_int_equal(errors.count, count);
    if (count == 0)
        return;
    assert_string_equal(errors.items[0].mark.file, file);
    assert_int_equal(errors.items[0].mark.line, line);
    assert_int_equal(errors.items[0].mark.column, column);
    assert_string_equal(errors.items[0].text, text);
    arena_free(&arena);
}

TEST(errors_say_where) {
    expect("Error: some/patch.dtso:7.1-2 syntax error\nFATAL ERROR: Unable to parse input tree\n",
           1, "some/patch.dtso", 7, 1, "syntax error");
    expect("patch.dtso:12.3-20.4: ERROR (phandle_references): /x:y: no node\n", 1, "patch.dtso", 12,
           3, "ERROR (phandle_references): /x:y: no node");
    expect("Lexical error: a b.dtso:3.10-11 Unexpected '$'\nError: a b.dtso:3.10-11 syntax error\n",
           2, "a b.dtso", 3, 10, "Unexpected '$'");
}

TEST(errors_without_a_place_are_the_files) {
    expect("<stdout>: ERROR (duplicate_node_names): /a: Duplicate node name\n"
           "ERROR: Input tree has errors, aborting (use -f to force output)\n",
           1, "asked.dtso", 0, 0, "ERROR (duplicate_node_names): /a: Duplicate node name");
    expect("FATAL ERROR: Couldn't open \"asked.dtso\": No such file or directory\n", 1,
           "asked.dtso", 0, 0, "Couldn't open \"asked.dtso\": No such file or directory");
    expect("", 0, "", 0, 0, "");
}

TEST(a_blob_becomes_source) {
    struct arena arena = {0};
    struct dtc_errors errors;
    char tree[256];

    assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    assert_int_equal(fdt_setprop_string(tree, 0, "model", "a model"), 0);
    const char *source = dtc_source(tree, fdt_totalsize(tree), &arena, &errors);
    assert_non_null(source);
    assert_non_null(strstr(source, "model = \"a model\";"));
    assert_null(dtc_source("no blob", 7, &arena, &errors));
    assert_true(errors.count > 0);
    arena_free(&arena);
}

TEST(a_missing_compiler_is_named) {
    struct arena arena = {0};
    struct dtc_errors errors;
    struct file blob;
    const char *was = getenv("PATH");
    char *path = strdup(was != NULL ? was : "");

    setenv("PATH", "/nonexistent", 1);
    assert_false(dtc_compile("any.dtso", &blob, &arena, &errors));
    setenv("PATH", path, 1);
    assert_int_equal(errors.count, 1);
    assert_null(errors.items[0].mark.file);
    assert_non_null(strstr(errors.items[0].text, "dtc, cannot be run"));
    assert_non_null(strstr(errors.items[0].text, "device-tree-compiler"));
    free(path);
    arena_free(&arena);
}
