/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/schema_json.h"

#include <stdlib.h>
#include <string.h>

#include "tool/base/json.h"
#include "tool/format/schema_text.h"
#include "tool/format/value_scalar.h"

#define SCHEMAS_MAX 16

/* Numbers as number_parse() takes them. */
#define DECIMAL    "[0-9](_?[0-9])*"
#define NONZERO    "[1-9](_?[0-9])*"
#define HEX        "0[xX][0-9a-fA-F](_?[0-9a-fA-F])*"
#define ANY(unit)  "^(0|" NONZERO "|" HEX ")" unit "$"
#define MORE(unit) "^(" NONZERO "|" HEX ")" unit "$"
#define SIZE       " *(KiB|MiB|GiB)"
#define TIME       " *(us|ms|s)"

struct writer {
    struct json json;
    struct arena arena;
    const struct schema *schemas[SCHEMAS_MAX]; /* each below the root, once */
    size_t schema_count;
};

/* One way to write a value: a string of this form. */
static void add_pattern(struct json *json, const char *pattern) {
    json_map_line(json, NULL);
    json_text(json, "type", "string");
    json_text(json, "pattern", pattern);
    json_end(json);
}

/* One way to write a value: a number, where YAML makes one of what stands there. */
static void add_integer(struct json *json, bool positive, const uint64_t *most) {
    json_map_line(json, NULL);
    json_text(json, "type", "integer");
    json_number(json, "minimum", positive);
    if (most != NULL)
        json_number(json, "maximum", *most);
    json_end(json);
}

static void add_choices(struct json *json, const char *choices) {
    const char *choice;
    size_t size;

    if (choices == NULL)
        return;
    json_map_line(json, NULL);
    json_list_line(json, "enum");
    while ((size = value_next_choice(&choices, &choice)) != 0) {
        char word[64] = "";

        memcpy(word, choice, size < sizeof(word) ? size : sizeof(word) - 1);
        json_text(json, NULL, word);
    }
    json_end(json);
    json_end(json);
}

/* One way to write a value: any word, which YAML may take for a number or for a truth. */
static void add_word(struct json *json) {
    json_map_line(json, NULL);
    json_list_line(json, "type");
    json_text(json, NULL, "string");
    json_text(json, NULL, "number");
    json_text(json, NULL, "boolean");
    json_end(json);
    json_number(json, "minLength", 1);
    json_end(json);
}

static void add_numbers(struct json *json, const struct key *key) {
    switch (key->type) {
    case TYPE_INTEGER:
        if (key->choices == NULL) {
            add_integer(json, key->positive, NULL);
            add_pattern(json, key->positive ? MORE("") : ANY(""));
        } else {
            json_map_line(json, NULL);
            json_number(json, "const", strtoull(key->choices, NULL, 10));
            json_end(json);
        }
        break;
    case TYPE_SIZE:
        add_pattern(json, key->positive ? MORE(SIZE) : ANY(SIZE));
        break;
    case TYPE_TIME:
        add_pattern(json, key->positive ? MORE(TIME) : ANY(TIME));
        break;
    default:
        add_integer(json, false, NULL);
        add_pattern(json, "^(0|" HEX ")$");
        break;
    }
}

static void add_cpus(struct json *json, bool list) {
    static const uint64_t most = 63;

    add_integer(json, false, &most);
    add_pattern(json, "^" DECIMAL "(-" DECIMAL ")?$");
    if (!list)
        return;
    json_map(json, NULL);
    json_text(json, "type", "array");
    json_number(json, "minItems", 1);
    json_map(json, "items");
    json_list(json, "anyOf");
    add_cpus(json, false);
    json_end(json);
    json_end(json);
    json_end(json);
}

/* The words in a list (key "items") or in free keys ("additionalProperties"). */
static void add_words(struct json *json, const struct key *key, const char *type,
                      const char *inner) {
    json_map(json, NULL);
    json_text(json, "type", type);
    json_map_line(json, inner);
    json_list_line(json, "anyOf");
    if (key->choices != NULL)
        add_choices(json, key->choices);
    else
        add_word(json);
    json_end(json);
    json_end(json);
    json_end(json);
}

static void add_ways(struct writer *writer, const struct key *key);

/* A map, or what stands for its shorthand key. */
static void add_map(struct writer *writer, const struct schema *schema) {
    struct json *json = &writer->json;

    json_map_line(json, NULL);
    json_text(
        json, "$ref",
        arena_printf(&writer->arena, "#/definitions/%s", schema_text_slug(schema, &writer->arena)));
    json_end(json);
    for (size_t i = 0; schema->shorthand != NULL && i < schema->key_count; i++)
        if (strcmp(schema->keys[i].name, schema->shorthand) == 0)
            add_ways(writer, &schema->keys[i]);
}

/* A list of maps, or maps by name. */
static void add_maps(struct writer *writer, const struct key *key, const char *type,
                     const char *inner) {
    struct json *json = &writer->json;

    json_map(json, NULL);
    json_text(json, "type", type);
    if (key->names != NULL) {
        json_map_line(json, "propertyNames");
        json_text(json, "pattern", key->names);
        json_end(json);
        json_number(json, "minProperties", 1);
    }
    json_map(json, inner);
    json_list(json, "anyOf");
    add_map(writer, key->schema);
    json_end(json);
    json_end(json);
    json_end(json);
}

/* All ways to write a key's value, into an open list. */
static void add_ways(struct writer *writer, const struct key *key) {
    struct json *json = &writer->json;

    switch (key->type) {
    case TYPE_INTEGER:
    case TYPE_SIZE:
    case TYPE_TIME:
    case TYPE_ADDRESS:
        add_choices(json, key->choices);
        add_numbers(json, key);
        break;
    case TYPE_BOOL:
        add_choices(json, "yes|no");
        break;
    case TYPE_CPUS:
        add_cpus(json, true);
        break;
    case TYPE_DIGEST:
        add_pattern(json, "^[0-9a-fA-F]{64}$");
        break;
    case TYPE_WORDS:
        add_words(json, key, "array", "items");
        break;
    case TYPE_PAIRS:
        add_words(json, key, "object", "additionalProperties");
        break;
    case TYPE_MAPS:
        add_maps(writer, key, "array", "items");
        add_map(writer, key->schema);
        break;
    case TYPE_MAP:
        add_map(writer, key->schema);
        break;
    case TYPE_NAMED:
        add_maps(writer, key, "object", "additionalProperties");
        break;
    case TYPE_PLACE:
        add_choices(json, key->choices);
        add_numbers(json, key);
        add_word(json);
        break;
    case TYPE_STRING:
        add_pattern(json, "");
        break;
    default: /* WORD, PATH */
        if (key->type == TYPE_WORD && key->choices != NULL)
            add_choices(json, key->choices);
        else
            add_word(json);
        break;
    }
}

static void add_key(struct writer *writer, const struct key *key) {
    struct json *json = &writer->json;

    json_map(json, key->name);
    json_text(json, "description", schema_text_key(key, &writer->arena));
    if (key->need == KEY_NOT_YET) {
        json_map_line(json, "not");
        json_end(json);
    } else {
        if (key->fallback != NULL)
            json_text(json, "default", key->fallback);
        json_list(json, "anyOf");
        add_ways(writer, key);
        json_end(json);
    }
    json_end(json);
}

/* Keys that say nothing without another. */
static void add_company(struct json *json, const struct schema *schema) {
    json_map(json, "dependencies");
    for (size_t i = 0; i < schema->key_count; i++) {
        if (schema->keys[i].with == NULL)
            continue;
        json_list_line(json, schema->keys[i].name);
        json_text(json, NULL, schema->keys[i].with);
        json_end(json);
    }
    json_end(json);
}

/* Whether a required key of the maps in `key` may stand in the root's defaults instead. */
static bool has_defaults(const struct schema *root, const struct schema *schema) {
    for (size_t i = 0; i < root->key_count; i++) {
        const struct schema *inner = root->keys[i].schema;

        if (inner != NULL && inner->partial && inner->keys == schema->keys)
            return true;
    }
    return false;
}

/* What a map's schema holds: its keys, and which of them must be there. */
static void add_body(struct writer *writer, const struct schema *root,
                     const struct schema *schema) {
    struct json *json = &writer->json;
    bool defaults = has_defaults(root, schema);

    json_text(json, "type", "object");
    json_map(json, "properties");
    for (size_t i = 0; i < schema->key_count; i++)
        if (!schema->partial || !schema->keys[i].no_default)
            add_key(writer, &schema->keys[i]);
    json_end(json);
    json_list_line(json, "required");
    for (size_t i = 0; !schema->partial && i < schema->key_count; i++)
        if (schema->keys[i].need == KEY_REQUIRED && (!defaults || schema->keys[i].no_default))
            json_text(json, NULL, schema->keys[i].name);
    json_end(json);
    add_company(json, schema);
    json_bool(json, "additionalProperties", false);
}

/* If the defaults lack `name`, each map in `maps` has it. */
static void add_condition(struct json *json, const char *defaults, const char *maps,
                          const char *name) {
    json_map_line(json, NULL);
    json_map(json, "if");
    json_list(json, "required");
    json_text(json, NULL, defaults);
    json_end(json);
    json_map(json, "properties");
    json_map(json, defaults);
    json_list(json, "required");
    json_text(json, NULL, name);
    json_end(json);
    json_end(json);
    json_end(json);
    json_end(json);
    json_map(json, "else");
    json_map(json, "properties");
    json_map(json, maps);
    json_map(json, "additionalProperties");
    json_list(json, "required");
    json_text(json, NULL, name);
    json_end(json);
    json_end(json);
    json_end(json);
    json_end(json);
    json_end(json);
    json_end(json);
}

/* What must be there if it is not a default. */
static void add_conditions(struct json *json, const struct schema *root) {
    const struct key *defaults = NULL;

    for (size_t i = 0; i < root->key_count; i++)
        if (root->keys[i].schema != NULL && root->keys[i].schema->partial)
            defaults = &root->keys[i];
    for (size_t i = 0; defaults != NULL && i < root->key_count; i++) {
        const struct schema *schema = root->keys[i].schema;

        if (schema == NULL || schema->partial || schema->keys != defaults->schema->keys)
            continue;
        json_list(json, "allOf");
        for (size_t j = 0; j < schema->key_count; j++)
            if (schema->keys[j].need == KEY_REQUIRED && !schema->keys[j].no_default)
                add_condition(json, defaults->name, root->keys[i].name, schema->keys[j].name);
        json_end(json);
    }
}

/* Finds all maps below `schema`. */
static void collect(struct writer *writer, const struct schema *schema) {
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct schema *inner = schema->keys[i].schema;
        bool known = inner == NULL || writer->schema_count == SCHEMAS_MAX;

        for (size_t j = 0; !known && j < writer->schema_count; j++)
            known = writer->schemas[j] == inner;
        if (!known) {
            writer->schemas[writer->schema_count++] = inner;
            collect(writer, inner);
        }
    }
}

void schema_json(const struct schema *root, const char *title, FILE *stream) {
    struct writer writer = {.json = {.stream = stream}};
    struct json *json = &writer.json;

    collect(&writer, root);
    json_map(json, NULL);
    json_text(json, "$schema", "http://json-schema.org/draft-07/schema#");
    json_text(json, "title", title);
    add_body(&writer, root, root);
    add_conditions(json, root);
    json_map(json, "definitions");
    for (size_t i = 0; i < writer.schema_count; i++) {
        json_map(json, schema_text_slug(writer.schemas[i], &writer.arena));
        add_body(&writer, root, writer.schemas[i]);
        json_end(json);
    }
    json_end(json);
    json_end(json);
    arena_free(&writer.arena);
}
