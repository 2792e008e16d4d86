/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeps any file from taking long: bounds of its size, its lists and maps, its paths, and of
 * how much is said about it.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/fixture.h"
#include "tool/format/yaml.h"
#include "tool/image/compile.h"
#include "tool/report/rules.h"

static struct arena arena;
static struct diagnostics diagnostics;

AFTER_EACH(end) {
    arena_free(&arena);
    diagnostics_free(&diagnostics);
}

static const char *list_of(size_t count) {
    const char *text = "a:\n";

    for (size_t i = 0; i < count; i++)
        text = arena_printf(&arena, "%s- x\n", text);
    return text;
}

static const char *map_of(size_t count) {
    const char *text = "";

    for (size_t i = 0; i < count; i++)
        text = arena_printf(&arena, "%sk%zu: 1\n", text, i);
    return text;
}

static const char *nested(size_t depth) {
    char *text = arena_alloc(&arena, 2 * depth + 8);

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return text;
}

static const char *comment_of(size_t size) {
    char *text = arena_alloc(&arena, size + 1);

    memcpy(text, "a: 1 ", 5);
    memset(text + 5, '#', size - 5);
    return text;
}

static struct yaml *parse(const char *text) {
    diagnostics_free(&diagnostics);
    return yaml_parse("t.yaml", text, strlen(text), &arena, &diagnostics);
}

TEST(a_file_has_bounds) {
    const struct {
        const char *(*make)(size_t count);
        size_t most;
    } cases[] = {
        {list_of, YAML_ENTRIES_MAX},
        {map_of, YAML_ENTRIES_MAX},
        {nested, YAML_DEPTH_MAX + 1}, /* the outermost is at depth 0 */
        {comment_of, YAML_SIZE_MAX},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_non_null(parse(cases[i].make(cases[i].most)));
        assert_int_equal(diagnostics.count, 0);
        assert_null(parse(cases[i].make(cases[i].most + 1)));
        assert_int_equal(diagnostics.count, 1);
        assert_string_equal(diagnostics.items[0].rule, "yaml-limit");
    }
}

TEST(too_many_errors_are_counted) {
    char *text = NULL;
    size_t size = 0;

    diagnostics_free(&diagnostics);
    for (unsigned i = 0; i < DIAGNOSTICS_MAX + 7; i++)
        rule_broken(&diagnostics, RULE_VM_NAME, (struct mark){"a.yaml", i + 1, 1, 0}, "no %u", i);
    assert_int_equal(diagnostics.count, DIAGNOSTICS_MAX);
    assert_int_equal(diagnostics.error_count, DIAGNOSTICS_MAX + 7);
    assert_int_equal(diagnostics.left_out, 7);
    FILE *stream = open_memstream(&text, &size);
    diagnostics_print(&diagnostics, stream);
    fclose(stream);
    assert_non_null(strstr(text, "a.yaml:100:1: error: vm-name: no 99\n"
                                 "bulkhead: and at least 7 more; mend these first\n"));
    free(text);
}

/* ${board} in a path, again and again. */
TEST(a_path_has_an_end) {
    struct fixture fixture;
    const char *path = "";

    fixture_open(&fixture);
    for (int i = 0; i < 1000; i++)
        path = arena_printf(&arena, "%s${board}", path);
    const char *text = arena_printf(&arena,
                                    "bulkhead: 1\nboard: qemu-arm64\nvms:\n"
                                    "  one: { cpus: 0, memory: 1 MiB, image: \"%s\" }\n",
                                    path);
    assert_false(fixture_compile(&fixture, text, false));
    assert_int_equal(fixture.diagnostics.count, 1);
    assert_string_equal(fixture.diagnostics.items[0].rule, "wrong-value");
    assert_non_null(strstr(fixture.diagnostics.items[0].message, "4096"));
    fixture_close(&fixture);
}
