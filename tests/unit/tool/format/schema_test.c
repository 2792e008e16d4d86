/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A format's table as a JSON Schema and as Markdown; messages and rules as JSON. That the schema of
 * descriptions takes and refuses what it should is tested on whole files:
 * tests/config/test_schema.py.
 */
#include "tests/unit/test.h"

#include "tool/format/schema_json.h"
#include "tool/format/schema_text.h"
#include "tool/format/value.h"
#include "tool/report/diagnostics_json.h"
#include "tool/report/rules.h"

/* A table with defaults, one map below another, and a key that says nothing without another. */

struct part {
    struct value self;
    struct value size;
    struct value much;
};

struct whole {
    struct value self;
    struct value defaults;
    struct value parts;
    struct value later;
};

static const struct key part_keys[] = {
    {"size", TYPE_SIZE, KEY_REQUIRED, offsetof(struct part, size), .text = "how large",
     .example = "4 KiB", .positive = true},
    {"much", TYPE_WORD, KEY_OPTIONAL, offsetof(struct part, much), .choices = "a|b", .later = "c",
     .text = "how much", .fallback = "a", .example = "b", .with = "size"},
};
static const struct schema part_schema = {SCHEMA("a part", "size", part_keys, struct part)};
static const struct schema part_defaults = {SCHEMA("defaults", NULL, part_keys, struct part),
                                            .partial = true};
static const struct key whole_keys[] = {
    {"defaults", TYPE_MAP, KEY_OPTIONAL, offsetof(struct whole, defaults), .schema = &part_defaults,
     .text = "defaults", .fallback_text = "none", .example = "{ }"},
    {"parts", TYPE_NAMED, KEY_REQUIRED, offsetof(struct whole, parts), .schema = &part_schema,
     .text = "parts", .example = "{ a: 4 KiB }", .names = "^[a-z]+$"},
    {"later", TYPE_TIME, KEY_NOT_YET, offsetof(struct whole, later), .text = "what comes later",
     .fallback_text = "never", .example = "1 s"},
};
static const struct schema whole_schema = {SCHEMA("a whole", NULL, whole_keys, struct whole)};

static char *text;
static size_t size;
static FILE *stream;

BEFORE_EACH(setup) {
    stream = open_memstream(&text, &size);
}

AFTER_EACH(teardown) {
    free(text);
    text = NULL;
}

/* In one line. */
static void print(json_t *value) {
    json_dumpf(value, stream, 0);
    json_decref(value);
    fclose(stream);
}

static void expect(const char *part) {
    if (strstr(text, part) == NULL)
        fail_msg("no '%s' in\n%s", part, text);
}

TEST(test_json) {
    print(schema_json(&whole_schema, "Wholes"));
    expect("\"$schema\": \"http://json-schema.org/draft-07/schema#\"");
    expect("\"title\": \"Wholes\"");
    expect("\"required\": [\"parts\"]");
    expect("\"propertyNames\": {\"pattern\": \"^[a-z]+$\"}");
    expect("{\"$ref\": \"#/definitions/part\"}");
    expect("\"description\": \"Not yet supported. What comes later. Default: never. Example: "
           "later: 1 s\", \"not\": {}");
    expect("\"default\": \"a\"");
    expect("{\"enum\": [\"a\", \"b\"]}");
    expect("\"much\": [\"size\"]");
    /* What a default may give is required only where no default does. */
    expect("{\"if\": {\"required\": [\"defaults\"], \"properties\": {\"defaults\": {\"required\": "
           "[\"size\"]}}}, \"else\": {\"properties\": {\"parts\": {\"additionalProperties\": "
           "{\"required\": [\"size\"]}}}}}");
    assert_null(strstr(text, "\"c\""));
}

TEST(test_markdown) {
    schema_text_markdown(&whole_schema, stream);
    fclose(stream);
    expect("<!-- keys: whole -->\n| key | value | default | example | what it means |\n");
    expect("| `parts` | a map of names, each with a size in `KiB`, `MiB` or `GiB`, or a "
           "[map](#keys-part) | **required** | `{ a: 4 KiB }` | parts |\n");
    expect("| `later` | a time in `us`, `ms` or `s` | never | `1 s` | *not yet supported:* what "
           "comes later |\n");
    expect("| `much` | `a`, `b` | `a` | `b` | how much; not yet supported: `c`; only with `size` "
           "|\n");
    assert_null(strstr(text, "<!-- keys: defaults -->"));
}

TEST(test_rules_text) {
    schema_text_rules(stream);
    fclose(stream);
    expect("| `cpu-shared` | error | a CPU belongs to one VM |");
    expect("| `no-console` | warning |");
}

TEST(test_diagnostics) {
    struct diagnostics diagnostics = {0};
    struct mark later = {"b.yaml", 7, 3, 5};
    struct mark earlier = {"b.yaml", 2, 30, 0};

    rule_broken(&diagnostics, RULE_NO_CONSOLE, later, "a \"quote\"");
    diagnostics_add_system(&diagnostics, (struct mark){.file = "a.yaml"}, "file", "not there");
    rule_broken(&diagnostics, RULE_CPU_SHARED, earlier, "CPU %d", 3);
    print(diagnostics_json(&diagnostics, "b.yaml"));
    expect("{\"version\": 1, \"file\": \"b.yaml\", \"ok\": false, \"left_out\": 0, "
           "\"diagnostics\": [{\"file\": \"a.yaml\", \"line\": null, \"column\": null, "
           "\"end_column\": null, \"severity\": \"error\", \"rule\": \"file\", "
           "\"message\": \"not there\", \"remedy\": null}, ");
    expect("\"line\": 2, \"column\": 30, \"end_column\": null, ");
    expect("\"line\": 7, \"column\": 3, \"end_column\": 5, \"severity\": \"warning\", "
           "\"rule\": \"no-console\", \"message\": \"a \\\"quote\\\"\", "
           "\"remedy\": \"remove console: none");
    diagnostics_free(&diagnostics);
}

TEST(test_rules) {
    print(diagnostics_json_rules());
    expect("{\"name\": \"cpu-shared\", \"severity\": \"error\", "
           "\"text\": \"a CPU belongs to one VM\", "
           "\"remedy\": \"give each CPU to one VM\", \"needs\": [\"cpu-missing\"]}");
}
