/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/schema_text.h"

#include <ctype.h>
#include <string.h>

#include "tool/format/value_scalar.h"
#include "tool/report/rules.h"

#define SCHEMAS_MAX 16

/* A map's name without its article: "VM". */
static const char *name_of(const struct schema *schema) {
    const char *what = schema->what;

    if (strncmp(what, "a ", 2) == 0)
        return what + 2;
    return strncmp(what, "an ", 3) == 0 ? what + 3 : what;
}

const char *schema_text_slug(const struct schema *schema, struct arena *arena) {
    char *slug = arena_strdup(arena, name_of(schema));

    for (char *c = slug; *c != '\0'; c++)
        *c = *c == ' ' ? '-' : (char)tolower((unsigned char)*c);
    return slug;
}

const char *schema_text_key(const struct key *key, struct arena *arena) {
    const char *fallback = key->fallback != NULL ? key->fallback : key->fallback_text;
    const char *text =
        arena_printf(arena, "%c%s.", toupper((unsigned char)key->text[0]), key->text + 1);

    if (key->need == KEY_NOT_YET)
        text = arena_printf(arena, "Not yet supported. %s", text);
    if (fallback != NULL)
        text = arena_printf(arena, "%s Default: %s.", text, fallback);
    return arena_printf(arena, "%s Example: %s: %s", text, key->name, key->example);
}

/* "a|b" as "`a`, `b`, " */
static const char *list_words(struct arena *arena, const char *choices) {
    const char *list = "";
    const char *choice;
    size_t size;

    while ((size = value_next_choice(&choices, &choice)) != 0)
        list =
            arena_printf(arena, "%s%s`%.*s`", list, list[0] != '\0' ? ", " : "", (int)size, choice);
    return list;
}

static const struct key *shorthand_of(const struct schema *schema) {
    for (size_t i = 0; schema->shorthand != NULL && i < schema->key_count; i++)
        if (strcmp(schema->keys[i].name, schema->shorthand) == 0)
            return &schema->keys[i];
    return NULL;
}

static const char *type_text(const struct key *key, struct arena *arena);

/* A map, or what stands for its shorthand key. */
static const char *map_text(const struct schema *schema, struct arena *arena) {
    const struct key *short_key = shorthand_of(schema);
    const char *slug = schema_text_slug(schema, arena);

    if (short_key == NULL)
        return arena_printf(arena, "a [map](#keys-%s)", slug);
    return arena_printf(arena, "%s, or a [map](#keys-%s)", type_text(short_key, arena), slug);
}

/* What a value looks like, in Markdown. */
static const char *type_text(const struct key *key, struct arena *arena) {
    static const char *const texts[] = {
        [TYPE_INTEGER] = "a number",
        [TYPE_SIZE] = "a size in `KiB`, `MiB` or `GiB`",
        [TYPE_ADDRESS] = "an address in hexadecimal",
        [TYPE_TIME] = "a time in `us`, `ms` or `s`",
        [TYPE_BOOL] = "`yes`, `no`",
        [TYPE_CPUS] = "an index, a range or a list of them",
        [TYPE_WORD] = "a word",
        [TYPE_PATH] = "a path",
        [TYPE_PLACE] = "an address or a path",
        [TYPE_STRING] = "a text in quotes",
        [TYPE_DIGEST] = "64 hexadecimal digits",
        [TYPE_WORDS] = "a list of words",
        [TYPE_PAIRS] = "a map of words",
    };

    switch (key->type) {
    case TYPE_MAP:
        return map_text(key->schema, arena);
    case TYPE_MAPS:
        return arena_printf(arena, "%s, or a list of these", map_text(key->schema, arena));
    case TYPE_NAMED:
        return arena_printf(arena, "a map of names, each with %s", map_text(key->schema, arena));
    case TYPE_PAIRS:
        if (key->choices != NULL)
            return arena_printf(arena, "a map of names, each with %s",
                                list_words(arena, key->choices));
        return texts[key->type];
    case TYPE_INTEGER:
    case TYPE_WORD:
        return key->choices != NULL ? list_words(arena, key->choices) : texts[key->type];
    default:
        if (key->choices != NULL)
            return arena_printf(arena, "%s, %s", list_words(arena, key->choices), texts[key->type]);
        return texts[key->type];
    }
}

static void print_key(const struct schema *schema, const struct key *key, FILE *stream,
                      struct arena *arena) {
    const char *fallback = key->fallback_text != NULL ? key->fallback_text : "**required**";

    if (key->fallback != NULL)
        fallback = arena_printf(arena, "`%s`", key->fallback);
    if (schema->partial && key->no_default)
        return;
    fprintf(stream, "| `%s` | %s | %s | `%s` | %s%s", key->name, type_text(key, arena),
            schema->partial ? "-" : fallback, key->example,
            key->need == KEY_NOT_YET ? "*not yet supported:* " : "", key->text);
    if (key->later != NULL)
        fprintf(stream, "; not yet supported: %s", list_words(arena, key->later));
    if (key->with != NULL)
        fprintf(stream, "; only with `%s`", key->with);
    fputs(" |\n", stream);
}

/* A key, or words for one, of which nothing is built yet; false if all of it is. */
static bool print_later(const struct schema *schema, const struct key *key, FILE *stream,
                        struct arena *arena) {
    if (key->need == KEY_NOT_YET)
        fprintf(stream, "* `%s` of %s: %s\n", key->name, schema->what, key->text);
    else if (key->later != NULL)
        fprintf(stream, "* `%s` of %s: %s\n", key->name, schema->what,
                list_words(arena, key->later));
    return key->need == KEY_NOT_YET || key->later != NULL;
}

static void print_table(const struct schema *schema, FILE *stream, struct arena *arena) {
    fprintf(stream,
            "<!-- keys: %s -->\n"
            "| key | value | default | example | what it means |\n"
            "|---|---|---|---|---|\n",
            schema_text_slug(schema, arena));
    for (size_t i = 0; i < schema->key_count; i++)
        print_key(schema, &schema->keys[i], stream, arena);
    fputs("<!-- end -->\n", stream);
}

/* All maps below `schema` that are not in the list yet. */
static size_t collect(const struct schema *schema, const struct schema **list, size_t count) {
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct schema *inner = schema->keys[i].schema;
        bool known = inner == NULL || inner->partial || count == SCHEMAS_MAX;

        for (size_t j = 0; !known && j < count; j++)
            known = list[j] == inner;
        if (!known) {
            list[count] = inner;
            count = collect(inner, list, count + 1);
        }
    }
    return count;
}

void schema_text_markdown(const struct schema *root, FILE *stream) {
    const struct schema *list[SCHEMAS_MAX] = {root};
    size_t count = collect(root, list, 1);
    struct arena arena = {0};
    bool any = false;

    for (size_t i = 0; i < count; i++)
        print_table(list[i], stream, &arena);
    fprintf(stream, "<!-- later: %s -->\n", schema_text_slug(root, &arena));
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < list[i]->key_count; j++)
            any = print_later(list[i], &list[i]->keys[j], stream, &arena) || any;
    if (!any)
        fputs("* nothing\n", stream);
    fputs("<!-- end -->\n", stream);
    arena_free(&arena);
}

void schema_text_rules(FILE *stream) {
    fputs("<!-- rules -->\n| rule | | what must hold | what to do |\n|---|---|---|---|\n", stream);
    for (int i = 0; i < RULE_COUNT; i++) {
        const struct rule_info *rule = rule_info((enum rule)i);

        fprintf(stream, "| `%s` | %s | %s | %s |\n", rule->name,
                diagnostics_severity_text(rule->severity), rule->text, rule->remedy);
    }
    fputs("<!-- end -->\n", stream);
}
