/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subset of YAML, and typed values by tables.
 */
#include "tests/unit/test.h"

#include "tool/format/value.h"
#include "tool/format/yaml.h"

static struct arena arena;
static struct diagnostics diagnostics;

AFTER_EACH(end) {
    arena_free(&arena);
    diagnostics_free(&diagnostics);
}

static struct yaml *parse(const char *text) {
    return yaml_parse("t.yaml", text, strlen(text), &arena, &diagnostics);
}

TEST(test_tree) {
    struct yaml *root = parse("a: 1\nb: [ x, 'y z', { c: d } ]\ne:\n  f: \"g # h\"\n");

    assert_non_null(root);
    assert_int_equal(root->kind, YAML_MAP);
    assert_int_equal(root->count, 3);
    assert_string_equal(yaml_get(root, "a")->text, "1");
    assert_false(yaml_get(root, "a")->quoted);
    const struct yaml *list = yaml_get(root, "b");
    assert_int_equal(list->kind, YAML_LIST);
    assert_int_equal(list->count, 3);
    assert_string_equal(list->items[1]->text, "y z");
    assert_true(list->items[1]->quoted);
    assert_string_equal(yaml_get(list->items[2], "c")->text, "d");
    const struct yaml *f = yaml_get(yaml_get(root, "e"), "f");
    assert_string_equal(f->text, "g # h");
    assert_int_equal(f->mark.line, 4);
    assert_int_equal(f->mark.column, 6);
    assert_int_equal(f->mark.end, 13);
    assert_int_equal(list->mark.end, 26);
    assert_int_equal(yaml_get(root, "e")->mark.end, 0); /* it is more than a line */
    assert_null(yaml_get(root, "z"));
    assert_null(yaml_get(list, "a"));
}

/* Someone names the wrong file. */
TEST(test_no_description) {
    assert_null(yaml_parse("t", "MZ\0\x91", 4, &arena, &diagnostics));
    assert_non_null(strstr(diagnostics.items[0].message, "binary"));
}

/* More, with what is said, is in tests/config/bad. */
TEST(test_refused) {
    static const struct {
        const char *text;
        const char *rule;
    } cases[] = {
        {"[ a ]: 1", "yaml-subset"},
        {"a: \"\\0\"", "yaml-syntax"},
        {"a: >\n  b", "yaml-subset"},
        {"a: \xe4", "yaml-syntax"},
        {"a: \x7f", "yaml-syntax"},
        {"a: \x80", "yaml-syntax"},
        {"%YAML 1.3\n---\na: 1", "yaml-syntax"},
        {"a: 1\n...\nb: 1", "yaml-syntax"},
        {"\xff\xfe\xff", "yaml-syntax"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        end();
        assert_null(parse(cases[i].text));
        assert_true(diagnostics.error_count >= 1);
        assert_string_equal(diagnostics.items[0].rule, cases[i].rule);
    }
}

/* A format of its own, with a key of each type. */

struct inner {
    struct value self;
    struct value size;
};

struct outer {
    struct value self;
    struct value number;
    struct value time;
    struct value flag;
    struct value cpus;
    struct value word;
    struct value path;
    struct value string;
    struct value digest;
    struct value words;
    struct value pairs;
    struct value inner;
    struct value inners;
    struct value named;
    struct value later;
};

static const struct key inner_keys[] = {
    {"size", TYPE_SIZE, KEY_REQUIRED, offsetof(struct inner, size), .text = "a size"},
};
static const struct schema inner_schema = {SCHEMA("an inner", "size", inner_keys, struct inner)};

#define AT(field) offsetof(struct outer, field)
static const struct key outer_keys[] = {
    {"number", TYPE_INTEGER, KEY_REQUIRED, AT(number), .text = "a number"},
    {"time", TYPE_TIME, KEY_OPTIONAL, AT(time), .text = "a time"},
    {"flag", TYPE_BOOL, KEY_OPTIONAL, AT(flag), .text = "a flag"},
    {"cpus", TYPE_CPUS, KEY_OPTIONAL, AT(cpus), .text = "CPUs"},
    {"word", TYPE_WORD, KEY_OPTIONAL, AT(word), .choices = "red|green|blue", .later = "grey",
     .text = "a colour"},
    {"path", TYPE_PATH, KEY_OPTIONAL, AT(path), .text = "a path"},
    {"string", TYPE_STRING, KEY_OPTIONAL, AT(string), .text = "a string"},
    {"digest", TYPE_DIGEST, KEY_OPTIONAL, AT(digest), .text = "a digest"},
    {"words", TYPE_WORDS, KEY_OPTIONAL, AT(words), .text = "words"},
    {"pairs", TYPE_PAIRS, KEY_OPTIONAL, AT(pairs), .text = "pairs"},
    {"inner", TYPE_MAP, KEY_OPTIONAL, AT(inner), .schema = &inner_schema, .text = "an inner"},
    {"inners", TYPE_MAPS, KEY_OPTIONAL, AT(inners), .schema = &inner_schema, .text = "inners"},
    {"named", TYPE_NAMED, KEY_OPTIONAL, AT(named), .schema = &inner_schema, .text = "named inners"},
    {"later", TYPE_WORD, KEY_NOT_YET, AT(later), .text = "what comes later"},
};
#undef AT
static const struct schema outer_schema = {SCHEMA("an outer", NULL, outer_keys, struct outer)};

static struct outer outer;

static void read_text(const char *text) {
    struct definition definitions[] = {{"dir", "/somewhere"}, {"part", "x"}};
    const struct definitions all = {definitions, 2, NULL};
    struct value_reader reader = {.arena = &arena,
                                  .diagnostics = &diagnostics,
                                  .definitions = &all,
                                  .arch = "arm64",
                                  .board = "b"};

    end();
    outer = (struct outer){0};
    struct yaml *yaml = yaml_parse("folder/t.yaml", text, strlen(text), &arena, &diagnostics);
    assert_non_null(yaml);
    value_read(&reader, &outer_schema, yaml, NULL, &outer);
}

TEST(test_values) {
    read_text("number: 0x10\ntime: 3 ms\nflag: yes\ncpus: [ 0, 2-3 ]\nword: green\n"
              "path: ${dir}/${arch}-${board}\nstring: 'a # b'\nwords: [ a, b ]\n"
              "pairs: { k: v }\ninner: 4 KiB\ninners: [ 1 MiB, { size: 2 MiB } ]\n"
              "named: { one: 1 KiB, two: { size: 2 KiB } }\n");
    assert_int_equal(diagnostics.count, 0);
    assert_int_equal(outer.number.number, 16);
    assert_int_equal(outer.time.number, 3000000);
    assert_int_equal(outer.flag.number, 1);
    assert_int_equal(outer.cpus.number, 13);
    assert_string_equal(outer.word.text, "green");
    assert_string_equal(outer.path.text, "/somewhere/arm64-b");
    assert_string_equal(outer.string.text, "a # b");
    assert_int_equal(outer.words.count, 2);
    assert_string_equal(outer.words.items[1].text, "b");
    assert_string_equal(outer.pairs.items[0].key, "k");
    assert_string_equal(outer.pairs.items[0].text, "v");
    assert_int_equal(((const struct inner *)outer.inner.maps)->size.number, 4096);
    assert_int_equal(outer.inners.count, 2);
    assert_int_equal(((const struct inner *)outer.inners.maps)[1].size.number, 2 << 20);
    assert_string_equal(((const struct inner *)outer.named.maps)[1].self.key, "two");
    read_text("number: 1\npath: sub/${part}/file\n");
    assert_string_equal(outer.path.text, "folder/sub/x/file");
    assert_false(outer.time.given);
}

/* More, with what is said, is in tests/config/bad. */
TEST(test_wrong_values) {
    static const struct {
        const char *text;
        const char *rule;
    } cases[] = {
        {"number: 1\npath: ''", "wrong-value"},
        {"number: 1\nwords: [ [ a ] ]", "wrong-type"},
        {"number: 1\npairs: { a: [ b ] }", "wrong-type"},
        {"number: 1\nnamed: { one: [ 1 KiB ] }", "wrong-type"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        read_text(cases[i].text);
        assert_int_equal(diagnostics.count, 1);
        assert_string_equal(diagnostics.items[0].rule, cases[i].rule);
    }
}

TEST(test_defaults) {
    struct value_reader reader = {.arena = &arena, .diagnostics = &diagnostics};
    struct yaml *yaml = parse("word: red");
    struct yaml *defaults = parse("{ number: 5, word: blue }");

    outer = (struct outer){0};
    value_read(&reader, &outer_schema, yaml, defaults, &outer);
    assert_int_equal(diagnostics.count, 0);
    assert_int_equal(outer.number.number, 5);
    assert_string_equal(outer.word.text, "red");
}
