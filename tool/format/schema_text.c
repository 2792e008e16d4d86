/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/schema_text.h"

#include <ctype.h>
#include <string.h>

#include "tool/report/rules.h"

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

/* "a|b" as "`a`, `b`" */
static const char *list_words(struct arena *arena, const char *choices) {
    return schema_list_choices(arena, choices, "`", ", ");
}

static const char *type_text(const struct key *key, struct arena *arena);

/* A map, or what stands for its shorthand key. */
static const char *map_text(const struct schema *schema, struct arena *arena) {
    const struct key *short_key = schema_key(schema, schema->shorthand);
    const char *slug = schema_slug(schema, arena);

    if (short_key == NULL)
        return arena_printf(arena, "a [map](#keys-%s)", slug);
    return arena_printf(arena, "%s, or a [map](#keys-%s)", type_text(short_key, arena), slug);
}

/* The form of a value, in Markdown. */
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

static void print_key(const struct key *key, FILE *stream, struct arena *arena) {
    const char *fallback = key->fallback_text != NULL ? key->fallback_text : "**required**";

    if (key->fallback != NULL)
        fallback = arena_printf(arena, "`%s`", key->fallback);
    fprintf(stream, "| `%s` | %s | %s | `%s` | %s%s", key->name, type_text(key, arena), fallback,
            key->example, key->need == KEY_NOT_YET ? "*not yet supported:* " : "", key->text);
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
            schema_slug(schema, arena));
    for (size_t i = 0; i < schema->key_count; i++)
        print_key(&schema->keys[i], stream, arena);
    fputs("<!-- end -->\n", stream);
}

void schema_text_markdown(const struct schema *root, FILE *stream) {
    const struct schema *list[SCHEMA_MAPS_MAX];
    size_t count = schema_maps(root, list);
    struct arena arena = {0};
    bool any = false;

    for (size_t i = 0; i < count; i++)
        if (!list[i]->partial)
            print_table(list[i], stream, &arena);
    fprintf(stream, "<!-- later: %s -->\n", schema_slug(root, &arena));
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; !list[i]->partial && j < list[i]->key_count; j++)
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
