/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/value.h"

#include <ctype.h>
#include <string.h>

#include "tool/nearest.h"
#include "tool/number.h"
#include "tool/rules.h"

/* Marks a value as bad and says why. */
#define REFUSE(reader, value, rule, mark, ...)                                                     \
    ((value)->bad = true, rule_broken((reader)->diagnostics, rule, mark, __VA_ARGS__))

const char *value_path(struct arena *arena, const char *file, const char *path) {
    const char *slash = strrchr(file, '/');

    if (path[0] == '/' || slash == NULL)
        return arena_strdup(arena, path);
    return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
}

/* What ${name} stands for; NULL: nothing. */
static const char *lookup(const struct value_reader *reader, const char *name, size_t length) {
    if (length == 4 && strncmp(name, "arch", 4) == 0)
        return reader->arch;
    if (length == 5 && strncmp(name, "board", 5) == 0)
        return reader->board;
    for (size_t i = 0; reader->options != NULL && i < reader->options->definition_count; i++) {
        const struct definition *definition = &reader->options->definitions[i];

        if (strlen(definition->name) == length && strncmp(definition->name, name, length) == 0)
            return definition->value;
    }
    /* Without the images, nobody asks where they are. */
    return reader->options != NULL && reader->options->no_images ? "." : NULL;
}

static void read_path(struct value_reader *reader, struct value *value, const struct yaml *yaml) {
    const char *rest = yaml->text;
    const char *path = "";
    bool expanded = false;

    value->written = yaml->text;
    while (*rest != '\0') {
        const char *dollar = strstr(rest, "${");
        const char *end = dollar == NULL ? NULL : strchr(dollar, '}');

        if (end == NULL) {
            path = arena_printf(reader->arena, "%s%s", path, rest);
            break;
        }
        size_t length = (size_t)(end - dollar) - 2;
        const char *replacement = lookup(reader, dollar + 2, length);
        if (replacement == NULL) {
            REFUSE(reader, value, RULE_UNDEFINED_NAME, yaml->mark,
                   "nothing says what ${%.*s} stands for; give -D %.*s=VALUE", (int)length,
                   dollar + 2, (int)length, dollar + 2);
            return;
        }
        expanded = expanded || path[0] == '\0';
        path =
            arena_printf(reader->arena, "%s%.*s%s", path, (int)(dollar - rest), rest, replacement);
        rest = end + 1;
    }
    if (path[0] == '\0') {
        REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark, "a path cannot be empty");
        return;
    }
    /* What -D gives is relative to where the command runs, as it was typed there. */
    bool typed = expanded && yaml->text[0] == '$';
    value->text = typed ? path : value_path(reader->arena, yaml->mark.file, path);
}

static void read_number(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                        enum value_type type) {
    enum number_unit unit = type == TYPE_SIZE   ? NUMBER_SIZE
                            : type == TYPE_TIME ? NUMBER_TIME
                                                : NUMBER_PLAIN;
    const char *why = NULL;

    switch (number_parse(yaml->text, unit, &value->number, &why)) {
    case NUMBER_OK:
        return;
    case NUMBER_WRONG_UNIT:
        REFUSE(reader, value, RULE_WRONG_UNIT, yaml->mark, "'%s': %s", yaml->text, why);
        return;
    case NUMBER_TOO_LARGE:
        REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
               "'%s': the number is too large for any machine", yaml->text);
        return;
    default:
        REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark, "'%s': %s", yaml->text, why);
    }
}

static void read_bool(struct value_reader *reader, struct value *value, const struct yaml *yaml) {
    if (strcmp(yaml->text, "yes") == 0)
        value->number = 1;
    else if (strcmp(yaml->text, "no") != 0)
        REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark, "'%s': write yes or no", yaml->text);
}

/* Is `word` one of "a|b|c"? */
static bool is_choice(const char *choices, const char *word) {
    size_t length = strlen(word);

    for (const char *at = choices; at != NULL && *at != '\0';) {
        size_t size = strcspn(at, "|");

        if (size == length && strncmp(at, word, size) == 0)
            return true;
        at += size;
        at += *at == '|';
    }
    return false;
}

/* "a|b|c" as "a, b or c". */
static const char *list_choices(struct arena *arena, const char *choices) {
    const char *list = "";

    for (const char *at = choices; *at != '\0';) {
        size_t size = strcspn(at, "|");
        const char *next = at[size] == '\0' ? "" : strchr(at + size + 1, '|') ? ", " : " or ";

        list = arena_printf(arena, "%s%.*s%s", list, (int)size, at, next);
        at += size;
        at += *at == '|';
    }
    return list;
}

static void read_word(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                      const struct key *key) {
    value->text = yaml->text;
    if (yaml->text[0] == '\0') {
        REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
               "'%s' has no value; write one, or remove the key", key->name);
    } else if (is_choice(key->later, yaml->text)) {
        REFUSE(reader, value, RULE_NOT_SUPPORTED, yaml->mark,
               "'%s' is not yet supported here; write %s", yaml->text,
               list_choices(reader->arena, key->choices));
    } else if (key->choices != NULL && !is_choice(key->choices, yaml->text)) {
        REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark, "'%s': write %s", yaml->text,
               list_choices(reader->arena, key->choices));
    }
}

static void read_string(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                        const struct key *key) {
    value->text = yaml->text;
    if (!yaml->quoted) {
        REFUSE(reader, value, RULE_UNQUOTED_STRING, yaml->mark,
               "'%s' must be quoted, or YAML cuts it at the first ' #'; write %s: \"%s\"",
               key->name, key->name, yaml->text);
    }
}

static void read_digest(struct value_reader *reader, struct value *value, const struct yaml *yaml) {
    char *text = arena_strdup(reader->arena, yaml->text);

    for (char *c = text; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    value->text = text;
    if (strlen(text) != 64 || text[strspn(text, "0123456789abcdef")] != '\0') {
        REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
               "'%s' is no SHA-256; write the 64 hexadecimal digits that sha256sum prints",
               yaml->text);
    }
}

/* One item of cpus: an index, or a range FIRST-LAST. */
static void read_cpu_range(struct value_reader *reader, struct value *value,
                           const struct yaml *yaml) {
    uint64_t first = 0;
    uint64_t last = 0;
    const char *why = "";
    const char *dash = strchr(yaml->text, '-');
    char *head = arena_strdup(reader->arena, yaml->text);

    if (yaml->kind != YAML_SCALAR) {
        REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
               "a CPU is an index (3) or a range (0-2), not %s", yaml_kind_text(yaml));
        return;
    }
    if (dash != NULL)
        head[dash - yaml->text] = '\0';
    if (number_parse(head, NUMBER_PLAIN, &first, &why) != NUMBER_OK ||
        number_parse(dash != NULL ? dash + 1 : head, NUMBER_PLAIN, &last, &why) != NUMBER_OK) {
        REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
               "'%s' is no CPU; write an index (3), a range (0-2) or a list ([0, 2])", yaml->text);
        return;
    }
    if (first > last || last > 63) {
        REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
               "'%s': a range goes up, and a CPU's index is at most 63", yaml->text);
        return;
    }
    for (uint64_t cpu = first; cpu <= last; cpu++) {
        if ((value->number >> cpu & 1) != 0) {
            REFUSE(reader, value, RULE_CPU_TWICE, yaml->mark,
                   "CPU %u stands here twice; list each CPU once", (unsigned)cpu);
        }
        value->number |= UINT64_C(1) << cpu;
    }
}

static void read_cpus(struct value_reader *reader, struct value *value, const struct yaml *yaml) {
    if (yaml->kind != YAML_LIST) {
        read_cpu_range(reader, value, yaml);
        return;
    }
    for (size_t i = 0; i < yaml->count; i++)
        read_cpu_range(reader, value, yaml->items[i]);
    if (yaml->count == 0) {
        REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
               "the list of CPUs is empty; a VM needs at least one");
    }
}

static void read_words(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key) {
    if (yaml->kind != YAML_LIST) {
        REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark, "'%s' is a list: write %s: [ %s ]",
               key->name, key->name, yaml->kind == YAML_SCALAR ? yaml->text : "...");
        return;
    }
    value->count = yaml->count;
    value->items = arena_alloc(reader->arena, (yaml->count + 1) * sizeof(*value->items));
    for (size_t i = 0; i < yaml->count; i++) {
        const struct yaml *item = yaml->items[i];

        value->items[i] = (struct value){.mark = item->mark, .given = true, .text = item->text};
        if (item->kind != YAML_SCALAR) {
            REFUSE(reader, value, RULE_WRONG_TYPE, item->mark,
                   "'%s' is a list of words, not of %ss", key->name, yaml_kind_text(item) + 2);
        }
    }
}

static void read_pairs(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key) {
    if (yaml->kind != YAML_MAP) {
        REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
               "'%s' is a map: write %s: { NAME: VALUE }", key->name, key->name);
        return;
    }
    value->count = yaml->count;
    value->items = arena_alloc(reader->arena, (yaml->count + 1) * sizeof(*value->items));
    for (size_t i = 0; i < yaml->count; i++) {
        const struct yaml *item = yaml->pairs[i].value;

        value->items[i] = (struct value){
            .mark = item->mark, .key = yaml->pairs[i].key, .given = true, .text = item->text};
        if (item->kind != YAML_SCALAR) {
            REFUSE(reader, value, RULE_WRONG_TYPE, item->mark, "'%s' is a word, not %s",
                   yaml->pairs[i].key, yaml_kind_text(item));
        }
    }
}

/* A map of the key's schema, or a value that stands for its shorthand key. */
static void read_short_map(struct value_reader *reader, const struct key *key,
                           const struct yaml *yaml, const struct yaml *defaults, void *target) {
    const struct schema *schema = key->schema;

    if (yaml->kind == YAML_MAP || schema->shorthand == NULL) {
        value_read(reader, schema, yaml, defaults, target);
        return;
    }
    struct yaml_pair pair = {schema->shorthand, yaml->mark,
                             arena_alloc(reader->arena, sizeof(*yaml))};
    struct yaml map = {
        .kind = YAML_MAP, .mark = yaml->mark, .text = "", .pairs = &pair, .count = 1};

    *pair.value = *yaml;
    value_read(reader, schema, &map, NULL, target);
}

/* True if the map's struct, or any value in it, is bad. */
static bool map_is_bad(const struct schema *schema, const void *target) {
    bool bad = ((const struct value *)target)->bad;

    for (size_t i = 0; i < schema->key_count; i++) {
        const void *value = (const char *)target + schema->keys[i].offset;

        bad = bad || ((const struct value *)value)->bad;
    }
    return bad;
}

static void read_maps(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                      const struct key *key) {
    bool list = yaml->kind == YAML_LIST && key->type == TYPE_MAPS;
    size_t size = key->schema->size;

    value->count = list ? yaml->count : 1;
    value->maps = arena_alloc(reader->arena, (value->count + 1) * size);
    for (size_t i = 0; i < value->count; i++) {
        void *target = (char *)value->maps + i * size;

        read_short_map(reader, key, list ? yaml->items[i] : yaml, NULL, target);
        value->bad = value->bad || map_is_bad(key->schema, target);
    }
}

/* A word that the key takes, an address, or else a path. */
static void read_place(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key) {
    if (yaml->text[0] == '\0' || is_choice(key->choices, yaml->text)) {
        read_word(reader, value, yaml, key);
    } else if (isdigit((unsigned char)yaml->text[0])) {
        read_number(reader, value, yaml, TYPE_ADDRESS);
    } else {
        value->is_path = true;
        read_path(reader, value, yaml);
    }
}

static void read_named(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key, const struct yaml *defaults) {
    size_t size = key->schema->size;

    if (yaml->kind != YAML_MAP) {
        REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark, "'%s' is a map of names, each %s",
               key->name, key->schema->what);
        return;
    }
    value->count = yaml->count;
    value->maps = arena_alloc(reader->arena, (yaml->count + 1) * size);
    for (size_t i = 0; i < yaml->count; i++) {
        struct value *target = (struct value *)(void *)((char *)value->maps + i * size);

        read_short_map(reader, key, yaml->pairs[i].value, defaults, target);
        target->key = yaml->pairs[i].key;
        target->mark = yaml->pairs[i].mark;
    }
}

static bool is_scalar_type(enum value_type type) {
    return type < TYPE_WORDS && type != TYPE_CPUS;
}

static void read_value(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key, const struct yaml *defaults) {
    value->mark = yaml->mark;
    value->given = true;
    if (is_scalar_type(key->type) && yaml->kind != YAML_SCALAR) {
        REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark, "'%s' is one value, not %s", key->name,
               yaml_kind_text(yaml));
        return;
    }
    switch (key->type) {
    case TYPE_ADDRESS:
        if (is_choice(key->choices, yaml->text)) {
            value->text = yaml->text;
            break;
        }
        read_number(reader, value, yaml, key->type);
        break;
    case TYPE_INTEGER:
    case TYPE_SIZE:
    case TYPE_TIME:
        read_number(reader, value, yaml, key->type);
        break;
    case TYPE_BOOL:
        read_bool(reader, value, yaml);
        break;
    case TYPE_CPUS:
        read_cpus(reader, value, yaml);
        break;
    case TYPE_WORD:
        read_word(reader, value, yaml, key);
        break;
    case TYPE_PATH:
        read_path(reader, value, yaml);
        break;
    case TYPE_PLACE:
        read_place(reader, value, yaml, key);
        break;
    case TYPE_STRING:
        read_string(reader, value, yaml, key);
        break;
    case TYPE_DIGEST:
        read_digest(reader, value, yaml);
        break;
    case TYPE_WORDS:
        read_words(reader, value, yaml, key);
        break;
    case TYPE_PAIRS:
        read_pairs(reader, value, yaml, key);
        break;
    case TYPE_MAP:
        if (yaml->kind == YAML_LIST) {
            REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark, "'%s' is one value or a map, not %s",
                   key->name, yaml_kind_text(yaml));
            break;
        }
        read_maps(reader, value, yaml, key);
        break;
    case TYPE_MAPS:
        read_maps(reader, value, yaml, key);
        break;
    case TYPE_NAMED:
        read_named(reader, value, yaml, key, defaults);
        break;
    }
}

static const struct key *find_key(const struct schema *schema, const char *name) {
    for (size_t i = 0; i < schema->key_count; i++)
        if (strcmp(schema->keys[i].name, name) == 0)
            return &schema->keys[i];
    return NULL;
}

/* Keys that are no part of the format, or none yet. */
static void refuse_keys(struct value_reader *reader, const struct schema *schema,
                        const struct yaml *yaml) {
    for (size_t i = 0; i < yaml->count; i++) {
        const struct yaml_pair *pair = &yaml->pairs[i];
        const struct key *key = find_key(schema, pair->key);
        struct nearest nearest;

        if (key != NULL && key->need == KEY_NOT_YET) {
            rule_broken(reader->diagnostics, RULE_NOT_SUPPORTED, pair->mark,
                        "'%s' (%s) is not yet supported; remove it", key->name, key->text);
        }
        if (key != NULL)
            continue;
        nearest_begin(&nearest, pair->key);
        for (size_t j = 0; j < schema->key_count; j++)
            nearest_offer(&nearest, schema->keys[j].name);
        if (nearest.best != NULL) {
            rule_broken(reader->diagnostics, RULE_UNKNOWN_KEY, pair->mark,
                        "%s has no key '%s'; did you mean '%s'?", schema->what, pair->key,
                        nearest.best);
        } else {
            rule_broken(reader->diagnostics, RULE_UNKNOWN_KEY, pair->mark,
                        "%s has no key '%s'; remove it", schema->what, pair->key);
        }
    }
}

/* True if an unknown key of `yaml` may be the missing one, misspelt: then one message is enough. */
static bool is_misspelt(const struct schema *schema, const struct yaml *yaml,
                        const struct key *key) {
    for (size_t i = 0; i < yaml->count; i++) {
        struct nearest nearest;

        nearest_begin(&nearest, yaml->pairs[i].key);
        for (size_t j = 0; j < schema->key_count; j++)
            nearest_offer(&nearest, schema->keys[j].name);
        if (find_key(schema, yaml->pairs[i].key) == NULL && nearest.best == key->name)
            return true;
    }
    return false;
}

void value_read(struct value_reader *reader, const struct schema *schema, const struct yaml *yaml,
                const struct yaml *defaults, void *target) {
    struct value *self = target;

    self->mark = yaml->mark;
    self->given = true;
    if (yaml->kind != YAML_MAP) {
        REFUSE(reader, self, RULE_WRONG_TYPE, yaml->mark, "%s is a map (KEY: VALUE), not %s",
               schema->what, yaml_kind_text(yaml));
        return;
    }
    refuse_keys(reader, schema, yaml);
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct key *key = &schema->keys[i];
        struct value *value = (struct value *)(void *)((char *)target + key->offset);
        const struct yaml *given = yaml_get(yaml, key->name);

        value->mark = yaml->mark;
        if (given == NULL && defaults != NULL)
            given = yaml_get(defaults, key->name);
        if (given != NULL) {
            read_value(reader, value, given, key, yaml_get(yaml, "defaults"));
        } else if (key->need == KEY_REQUIRED) {
            value->bad = true;
            if (!schema->partial && !is_misspelt(schema, yaml, key)) {
                REFUSE(reader, value, RULE_MISSING_KEY, yaml->mark, "%s needs '%s' (%s)",
                       schema->what, key->name, key->text);
            }
        }
    }
}
