/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/schema_json.h"

#include <stdlib.h>
#include <string.h>

#include "tool/format/schema_text.h"

/* Numbers as number_parse() takes them. */
#define DECIMAL    "[0-9](_?[0-9])*"
#define NONZERO    "[1-9](_?[0-9])*"
#define HEX        "0[xX][0-9a-fA-F](_?[0-9a-fA-F])*"
#define ANY(unit)  "^(0|" NONZERO "|" HEX ")" unit "$"
#define MORE(unit) "^(" NONZERO "|" HEX ")" unit "$"
#define SIZE       " *(KiB|MiB|GiB)"
#define TIME       " *(us|ms|s)"
#define ADDRESS    "^(0|" HEX ")$"

/* How a value of a type without parts is written, beside the key's own choices. */
static const struct form {
    const char *pattern;
    const char *positive; /* the pattern of one that cannot be 0 */
    bool is_number;       /* YAML makes a number of what stands there */
    bool is_word;         /* or any word, which YAML may take for a number or for a truth */
    const char *choices;
} forms[] = {
    [TYPE_INTEGER] = {.pattern = ANY(""), .positive = MORE(""), .is_number = true},
    [TYPE_SIZE] = {.pattern = ANY(SIZE), .positive = MORE(SIZE)},
    [TYPE_ADDRESS] = {.pattern = ADDRESS, .positive = ADDRESS, .is_number = true},
    [TYPE_TIME] = {.pattern = ANY(TIME), .positive = MORE(TIME)},
    [TYPE_BOOL] = {.choices = "yes|no"},
    [TYPE_WORD] = {.is_word = true},
    [TYPE_PATH] = {.is_word = true},
    [TYPE_PLACE] = {.pattern = ADDRESS, .positive = ADDRESS, .is_number = true, .is_word = true},
    [TYPE_STRING] = {.pattern = "", .positive = ""},
    [TYPE_DIGEST] = {.pattern = "^[0-9a-fA-F]{64}$"},
    [TYPE_WORDS] = {.is_word = true},
    [TYPE_PAIRS] = {.is_word = true},
};

static void add_choices(json_t *ways, const char *choices) {
    json_t *words = json_array();
    const char *choice;
    size_t size;

    while ((size = schema_next_choice(&choices, &choice)) != 0)
        json_array_append_new(words, json_stringn(choice, size));
    json_array_append_new(ways, json_pack("{s:o}", "enum", words));
}

/* A value without parts, or each of a list of words. */
static void add_scalar(json_t *ways, const struct key *key) {
    const struct form *form = &forms[key->type];
    const char *choices = key->choices != NULL ? key->choices : form->choices;
    const char *pattern = key->positive ? form->positive : form->pattern;
    bool is_closed = choices != NULL && key->type != TYPE_ADDRESS && key->type != TYPE_PLACE;

    if (choices != NULL)
        add_choices(ways, choices);
    if (is_closed && form->is_number)
        json_array_append_new(
            ways, json_pack("{s:o}", "const", json_unsigned(strtoull(choices, NULL, 10))));
    if (is_closed)
        return;
    if (form->is_number)
        json_array_append_new(
            ways, json_pack("{s:s, s:i}", "type", "integer", "minimum", (int)key->positive));
    if (pattern != NULL)
        json_array_append_new(ways, json_pack("{s:s, s:s}", "type", "string", "pattern", pattern));
    if (form->is_word)
        json_array_append_new(ways, json_pack("{s:[s, s, s], s:i}", "type", "string", "number",
                                              "boolean", "minLength", 1));
}

static void add_cpus(json_t *ways) {
    json_array_append_new(
        ways, json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", 0, "maximum", 63));
    json_array_append_new(
        ways, json_pack("{s:s, s:s}", "type", "string", "pattern", "^" DECIMAL "(-" DECIMAL ")?$"));
}

static void add_ways(json_t *ways, const struct key *key, struct arena *arena);

/* One value, or each of several: a map, or what stands for its shorthand key; or without parts. */
static void add_one(json_t *ways, const struct key *key, struct arena *arena) {
    const struct schema *schema = key->schema;

    if (schema != NULL) {
        json_t *path = json_sprintf("#/definitions/%s", schema_slug(schema, arena));

        json_array_append_new(ways, json_pack("{s:o}", "$ref", path));
        if (schema->shorthand != NULL)
            add_ways(ways, schema_key(schema, schema->shorthand), arena);
    } else if (key->type == TYPE_CPUS) {
        add_cpus(ways);
    } else {
        add_scalar(ways, key);
    }
}

/* All ways to write a key's value. */
static void add_ways(json_t *ways, const struct key *key, struct arena *arena) {
    bool may_be_list = key->type == TYPE_CPUS || key->type == TYPE_WORDS || key->type == TYPE_MAPS;
    bool has_free_keys = key->type == TYPE_PAIRS || key->type == TYPE_NAMED;

    if (!has_free_keys && key->type != TYPE_WORDS)
        add_one(ways, key, arena);
    if (!has_free_keys && !may_be_list)
        return;
    json_t *each = json_array();
    add_one(each, key, arena);
    json_t *all = json_pack("{s:s, s:{s:o}}", "type", may_be_list ? "array" : "object",
                            may_be_list ? "items" : "additionalProperties", "anyOf", each);
    if (key->type == TYPE_CPUS)
        json_object_set_new(all, "minItems", json_integer(1));
    if (key->names != NULL) {
        json_object_set_new(all, "propertyNames", json_pack("{s:s}", "pattern", key->names));
        json_object_set_new(all, "minProperties", json_integer(key->need == KEY_REQUIRED));
    }
    json_array_append_new(ways, all);
}

static json_t *key_json(const struct key *key, struct arena *arena) {
    const char *text = schema_text_key(key, arena);

    if (key->need == KEY_NOT_YET)
        return json_pack("{s:s, s:{}}", "description", text, "not");
    json_t *ways = json_array();
    add_ways(ways, key, arena);
    return json_pack("{s:s, s:s*, s:o}", "description", text, "default", key->fallback, "anyOf",
                     ways);
}

/* The key of the root that has defaults for maps with these keys; NULL: none has. */
static const struct key *find_defaults(const struct schema *root, const struct schema *schema) {
    for (size_t i = 0; i < root->key_count; i++) {
        const struct schema *inner = root->keys[i].schema;

        if (inner != NULL && inner->partial && inner->keys == schema->keys)
            return &root->keys[i];
    }
    return NULL;
}

/* A map's schema: its keys, which of them must be there, and which another needs. */
static json_t *body(const struct schema *root, const struct schema *schema, struct arena *arena) {
    json_t *properties = json_object();
    json_t *required = json_array();
    json_t *company = json_object();
    bool has_defaults = find_defaults(root, schema) != NULL;

    for (size_t i = 0; i < schema->key_count; i++) {
        const struct key *key = &schema->keys[i];
        bool is_needed = key->need == KEY_REQUIRED && (!has_defaults || key->no_default);

        if (schema->partial && key->no_default)
            continue;
        json_object_set_new(properties, key->name, key_json(key, arena));
        if (is_needed && !schema->partial)
            json_array_append_new(required, json_string(key->name));
        if (key->with != NULL)
            json_object_set_new(company, key->name, json_pack("[s]", key->with));
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:b}", "type", "object", "properties", properties,
                     "required", required, "dependencies", company, "additionalProperties", 0);
}

/* Each map that may have defaults has what they lack. */
static json_t *conditions(const struct schema *root) {
    json_t *all = json_array();

    for (size_t i = 0; i < root->key_count; i++) {
        const struct schema *schema = root->keys[i].schema;
        const struct key *defaults =
            schema == NULL || schema->partial ? NULL : find_defaults(root, schema);

        for (size_t j = 0; defaults != NULL && j < schema->key_count; j++)
            if (schema->keys[j].need == KEY_REQUIRED && !schema->keys[j].no_default)
                json_array_append_new(
                    all,
                    json_pack("{s:{s:[s], s:{s:{s:[s]}}}, s:{s:{s:{s:{s:[s]}}}}}", "if", "required",
                              defaults->name, "properties", defaults->name, "required",
                              schema->keys[j].name, "else", "properties", root->keys[i].name,
                              "additionalProperties", "required", schema->keys[j].name));
    }
    return all;
}

json_t *schema_json(const struct schema *root, const char *title) {
    const struct schema *maps[SCHEMA_MAPS_MAX];
    size_t count = schema_maps(root, maps);
    struct arena arena = {0};
    json_t *whole = json_pack("{s:s, s:s}", "$schema", "http://json-schema.org/draft-07/schema#",
                              "title", title);
    json_t *definitions = json_object();
    json_t *all = conditions(root);

    json_object_update_new(whole, body(root, root, &arena));
    if (json_array_size(all) != 0)
        json_object_set(whole, "allOf", all);
    json_decref(all);
    for (size_t i = 1; i < count; i++)
        json_object_set_new(definitions, schema_slug(maps[i], &arena), body(root, maps[i], &arena));
    json_object_set_new(whole, "definitions", definitions);
    arena_free(&arena);
    return whole;
}
