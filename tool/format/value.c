/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/value.h"

#include <string.h>

#include "tool/base/nearest.h"
#include "tool/format/value_scalar.h"

/* Whether nothing stands behind the colon. */
static bool is_missing(const struct yaml *yaml) {
    return yaml->kind == YAML_SCALAR && !yaml->quoted &&
           (yaml->text[0] == '\0' || strcmp(yaml->text, "~") == 0 ||
            strcmp(yaml->text, "null") == 0);
}

/* Words in a list, or behind free keys. */
static void read_words(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key) {
    value->count = yaml->count;
    value->items = arena_alloc(reader->arena, yaml->count * sizeof(*value->items));
    for (size_t i = 0; i < yaml->count; i++) {
        const struct yaml_pair *pair = yaml->kind == YAML_MAP ? &yaml->pairs[i] : NULL;
        const struct yaml *word = pair != NULL ? pair->value : yaml->items[i];
        struct value *item = &value->items[i];

        *item = (struct value){.mark = pair != NULL ? pair->mark : word->mark,
                               .key = pair != NULL ? pair->key : NULL,
                               .given = true,
                               .text = word->text};
        if (word->kind != YAML_SCALAR) {
            VALUE_REFUSE(reader, item, RULE_WRONG_TYPE, word->mark,
                         "each value of '%s' is a word, not %s; write it as in %s: %s", key->name,
                         yaml_kind_text(word), key->name, key->example);
        } else if (is_missing(word)) {
            VALUE_REFUSE(reader, item, RULE_WRONG_VALUE, word->mark,
                         "a value of '%s' is missing here; write it as in %s: %s", key->name,
                         key->name, key->example);
        } else {
            value_read_scalar(reader, item, word, key);
        }
        value->bad = value->bad || item->bad;
    }
}

static struct value *value_of(const struct key *key, void *target) {
    return (struct value *)(void *)((char *)target + key->offset);
}

static void read_map(struct value_reader *reader, const struct schema *schema,
                     const struct yaml *yaml, const struct yaml *defaults, struct mark place,
                     void *target);

/* A map of the key's schema, or a value that stands for its shorthand key. */
static void read_short_map(struct value_reader *reader, const struct schema *schema,
                           const struct yaml *yaml, const struct yaml *defaults, struct mark place,
                           void *target) {
    bool short_form = schema->shorthand != NULL && yaml->kind == YAML_SCALAR;
    struct yaml value = *yaml;
    struct yaml_pair pair = {schema->shorthand, yaml->mark, &value};
    struct yaml map = {
        .kind = YAML_MAP, .mark = yaml->mark, .text = "", .pairs = &pair, .count = 1};

    read_map(reader, schema, short_form ? &map : yaml, short_form ? NULL : defaults, place, target);
}

/* True if the map's struct, or any value in it, is bad. */
static bool map_is_bad(const struct schema *schema, void *target) {
    bool bad = ((const struct value *)target)->bad;

    for (size_t i = 0; i < schema->key_count; i++)
        bad = bad || value_of(&schema->keys[i], target)->bad;
    return bad;
}

/* A key that stands where a name belongs, indented too little; true: that was said. */
static bool refuse_indent(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                          const struct key *key) {
    for (size_t i = 0; i < yaml->count; i++) {
        const struct yaml_pair *pair = &yaml->pairs[i];

        if (schema_key(key->schema, pair->key) == NULL || pair->value->kind == YAML_MAP)
            continue;
        VALUE_REFUSE(reader, value, RULE_UNKNOWN_KEY, pair->mark,
                     "'%s' is a key of %s, not the name of one; indent it deeper than %s%s%s",
                     pair->key, key->schema->what, i > 0 ? "'" : "a name",
                     i > 0 ? yaml->pairs[i - 1].key : "", i > 0 ? "' above" : "");
        return true;
    }
    return false;
}

/* A map of the key's schema, several in a list, or several by their names. */
static void read_maps(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                      const struct key *key, const struct yaml *defaults) {
    bool is_named = key->type == TYPE_NAMED;
    bool is_list = yaml->kind == YAML_LIST;
    size_t size = key->schema->size;

    if (is_named && refuse_indent(reader, value, yaml, key))
        return;
    value->count = is_named || is_list ? yaml->count : 1;
    value->maps = arena_alloc(reader->arena, value->count * size);
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_pair *pair = is_named ? &yaml->pairs[i] : NULL;
        const struct yaml *item = is_named ? pair->value : is_list ? yaml->items[i] : yaml;
        struct mark mark = is_named ? pair->mark : item->mark;
        struct value *target = (struct value *)(void *)((char *)value->maps + i * size);

        target->key = is_named ? pair->key : NULL;
        read_short_map(reader, key->schema, item, is_named ? defaults : NULL, mark, target);
        target->mark = mark;
        value->bad = value->bad || (!is_named && map_is_bad(key->schema, target));
    }
}

/* Checks that a value has the form that its key's type has in YAML; false: an error was reported.
 */
static bool check_kind(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key) {
    static const struct shape {
        const char *text;
        bool scalar, list, map;
    } shapes[] = {
        [TYPE_CPUS] = {"an index, a range or a list", true, true, false},
        [TYPE_WORDS] = {"a list", false, true, false},
        [TYPE_PAIRS] = {"a map", false, false, true},
        [TYPE_MAP] = {"one value or a map", true, false, true},
        [TYPE_MAPS] = {"one value, a map or a list", true, true, true},
        [TYPE_NAMED] = {"a map of names", false, false, true},
    };
    static const struct shape one = {"one value", true, false, false};
    const struct shape *shape = shapes[key->type].text != NULL ? &shapes[key->type] : &one;
    bool is_right = yaml->kind == YAML_SCALAR ? shape->scalar
                    : yaml->kind == YAML_LIST ? shape->list
                                              : shape->map;
    const char *example = key->example;

    if (!is_right && key->type == TYPE_WORDS && yaml->kind == YAML_SCALAR)
        example = arena_printf(reader->arena, "[ %s ]", yaml->text);
    if (!is_right)
        VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
                     "'%s' is %s, not %s; write it as in %s: %s", key->name, shape->text,
                     yaml_kind_text(yaml), key->name, example);
    return is_right;
}

static void read_value(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key, const struct yaml *defaults) {
    value->mark = yaml->mark;
    value->given = true;
    if (is_missing(yaml)) {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "'%s' has no value; write one, as in %s: %s%s", key->name, key->name,
                     key->example, key->need == KEY_REQUIRED ? "" : ", or remove the key");
        return;
    }
    if (!check_kind(reader, value, yaml, key))
        return;
    if (key->type == TYPE_MAPS && yaml->kind == YAML_SCALAR && strstr(yaml->text, ", ") != NULL) {
        VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
                     "several are a list in brackets; write %s: [ %s ]", key->name, yaml->text);
        return;
    }
    switch (key->type) {
    case TYPE_WORDS:
    case TYPE_PAIRS:
        read_words(reader, value, yaml, key);
        break;
    case TYPE_MAP:
    case TYPE_MAPS:
    case TYPE_NAMED:
        read_maps(reader, value, yaml, key, defaults);
        break;
    default:
        value_read_scalar(reader, value, yaml, key);
        break;
    }
}

/* The key of the schema that seems to be meant by a word that is none; NULL: nobody knows. */
static const struct key *meant_key(const struct schema *schema, const char *word) {
    struct nearest nearest;

    nearest_begin(&nearest, word);
    for (size_t i = 0; i < schema->key_count; i++) {
        nearest_offer(&nearest, schema->keys[i].name);
        if (schema_is_choice(schema->keys[i].also, word))
            return &schema->keys[i];
    }
    return schema_key(schema, nearest.best);
}

/* The map below this one that has such a key; NULL: none. */
static const struct schema *find_below(const struct schema *schema, const char *name) {
    for (size_t i = 0; schema != NULL && i < schema->key_count; i++) {
        const struct schema *inner =
            schema->keys[i].need == KEY_NOT_YET ? NULL : schema->keys[i].schema;
        const struct schema *found = inner == NULL ? NULL : find_below(inner, name);

        if (inner != NULL && !inner->partial && schema_key(inner, name) != NULL)
            return inner;
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* The map that has such a key: one below this one, or any of the file; NULL: none. */
static const struct schema *find_home(const struct value_reader *reader,
                                      const struct schema *schema, const char *name) {
    const struct schema *below = find_below(schema, name);

    if (below != NULL || reader->root == NULL)
        return below;
    return schema_key(reader->root, name) != NULL ? reader->root : find_below(reader->root, name);
}

/* Whether the pair behind the n-th, which has no value, should be part of that. */
static bool is_outside(const struct schema *schema, const struct yaml *yaml, size_t n) {
    const struct key *key = schema_key(schema, yaml->pairs[n].key);

    if (key == NULL || key->schema == NULL || !is_missing(yaml->pairs[n].value) ||
        n + 1 >= yaml->count || schema_key(schema, yaml->pairs[n + 1].key) != NULL)
        return false;
    return key->type == TYPE_NAMED || schema_key(key->schema, yaml->pairs[n + 1].key) != NULL;
}

/* The key for maps by names, of which one seems to stand here, a level too high; NULL: none. */
static const struct key *find_holder(const struct schema *schema, const struct yaml *yaml) {
    for (size_t i = 0; i < schema->key_count && yaml->kind == YAML_MAP && yaml->count > 0; i++)
        if (schema->keys[i].type == TYPE_NAMED &&
            schema_key(schema->keys[i].schema, yaml->pairs[0].key) != NULL)
            return &schema->keys[i];
    return NULL;
}

static void refuse_unknown(struct value_reader *reader, const struct schema *schema,
                           const struct yaml *yaml, size_t n) {
    const struct yaml_pair *pair = &yaml->pairs[n];
    const char *name = pair->key;
    const struct schema *home = find_home(reader, schema, name);
    const struct key *meant = meant_key(schema, name);
    const struct key *holder = find_holder(schema, pair->value);
    const char *advice = "remove it";
    bool is_value = schema->shorthand != NULL &&
                    schema_is_choice(schema_key(schema, schema->shorthand)->choices, name);

    if (schema_is_choice(schema->foreign, name)) {
        advice = schema->foreign_text;
    } else if (n > 0 && is_outside(schema, yaml, n - 1)) {
        advice = arena_printf(reader->arena, "if it belongs to '%s' above, indent it deeper",
                              yaml->pairs[n - 1].key);
    } else if (holder != NULL) {
        advice = arena_printf(reader->arena, "if it is %s, write it below '%s:', indented deeper",
                              holder->schema->what, holder->name);
    } else if (strchr(name, ':') != NULL && is_missing(pair->value)) {
        advice = "write a blank behind the ':'";
    } else if (home != NULL && !is_value) {
        advice = arena_printf(reader->arena, "it is a key of %s; move it there", home->what);
    } else if (meant != NULL) {
        advice = arena_printf(reader->arena, "did you mean '%s'?", meant->name);
    } else if (schema->shorthand != NULL && is_missing(pair->value)) {
        advice = arena_printf(reader->arena, "write %s without { }, or { %s: %s }", name,
                              schema->shorthand, name);
    } else if (schema->shorthand != NULL && yaml_get(yaml, schema->shorthand) == NULL) {
        advice = arena_printf(reader->arena, "it is a map with '%s', or the value of that alone",
                              schema->shorthand);
    }
    rule_broken(reader->diagnostics, RULE_UNKNOWN_KEY, pair->mark, "%s has no key '%s'; %s",
                schema->what, name, advice);
}

/* Keys that are no part of the format, or none yet, or none that can be a default. */
static void refuse_keys(struct value_reader *reader, const struct schema *schema,
                        const struct yaml *yaml) {
    for (size_t i = 0; i < yaml->count && reader->diagnostics->left_out == 0; i++) {
        const struct yaml_pair *pair = &yaml->pairs[i];
        const struct key *key = schema_key(schema, pair->key);

        if (key == NULL) {
            refuse_unknown(reader, schema, yaml, i);
        } else if (key->need == KEY_NOT_YET) {
            rule_broken(reader->diagnostics, RULE_NOT_SUPPORTED, pair->mark,
                        "'%s' (%s) is not yet supported; remove it", key->name, key->text);
        } else if (schema->partial && key->no_default) {
            rule_broken(reader->diagnostics, RULE_DEFAULT_OWNED, pair->mark,
                        "'%s' cannot be a default, because what one VM has no other has; write it "
                        "in each VM",
                        key->name);
        }
    }
}

/* True if an unknown key may be the missing one, written otherwise: one message is enough then. */
static bool is_misspelt(const struct schema *schema, const struct yaml *yaml,
                        const struct key *key) {
    bool is_short = schema->shorthand != NULL && strcmp(schema->shorthand, key->name) == 0;

    for (size_t i = 0; i < yaml->count; i++) {
        const char *name = yaml->pairs[i].key;

        if (schema_key(schema, name) == NULL && (is_short || meant_key(schema, name) == key))
            return true;
    }
    return false;
}

/* A key that is not given in the map, nor as a default. */
static void miss_key(struct value_reader *reader, const struct schema *schema,
                     const struct yaml *yaml, const struct key *key, struct mark place,
                     struct value *value) {
    if (key->need != KEY_REQUIRED)
        return;
    value->bad = true;
    if (schema->partial || reader->diagnostics->left_out != 0 || is_misspelt(schema, yaml, key))
        return;
    rule_broken(reader->diagnostics, RULE_MISSING_KEY, place,
                "%s needs '%s' (%s); add it, as in %s: %s", schema->what, key->name, key->text,
                key->name, key->example);
}

/* Keys that say nothing without another. */
static void check_company(struct value_reader *reader, const struct schema *schema, void *target) {
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct key *key = &schema->keys[i];
        struct value *value = value_of(key, target);
        const struct key *with = key->with == NULL ? NULL : schema_key(schema, key->with);

        if (with == NULL || !value->given || value_of(with, target)->given || schema->partial)
            continue;
        VALUE_REFUSE(reader, value, RULE_MISSING_KEY, value->mark,
                     "'%s' says nothing without '%s' (%s); add that, as in %s: %s, or remove '%s'",
                     key->name, with->name, with->text, with->name, with->example, key->name);
    }
}

/* Whether the n-th pair is empty because what follows is indented too little. */
static bool is_emptied(const struct schema *schema, const struct yaml *yaml, const char *name) {
    for (size_t i = 0; i < yaml->count; i++)
        if (strcmp(yaml->pairs[i].key, name) == 0)
            return is_outside(schema, yaml, i);
    return false;
}

static void refuse_map(struct value_reader *reader, const struct schema *schema,
                       const struct yaml *yaml, struct value *self) {
    if (is_missing(yaml) && self->key != NULL) {
        VALUE_REFUSE(reader, self, RULE_WRONG_VALUE, yaml->mark,
                     "'%s' is empty; write the keys of %s below it, indented deeper", self->key,
                     schema->what);
    } else if (self->key != NULL) {
        VALUE_REFUSE(reader, self, RULE_WRONG_TYPE, yaml->mark,
                     "'%s' is %s, which is a map, not %s; write its keys below it, each as KEY: "
                     "VALUE",
                     self->key, schema->what, yaml_kind_text(yaml));
    } else if (schema->shorthand != NULL) {
        VALUE_REFUSE(reader, self, RULE_WRONG_TYPE, yaml->mark,
                     "%s is one value, or a map with '%s', not %s; write one of the two",
                     schema->what, schema->shorthand, yaml_kind_text(yaml));
    } else {
        VALUE_REFUSE(reader, self, RULE_WRONG_TYPE, yaml->mark,
                     "%s is a map, not %s; write its keys, each as KEY: VALUE", schema->what,
                     yaml_kind_text(yaml));
    }
}

static void read_map(struct value_reader *reader, const struct schema *schema,
                     const struct yaml *yaml, const struct yaml *defaults, struct mark place,
                     void *target) {
    struct value *self = target;

    self->mark = yaml->mark;
    self->given = true;
    if (yaml->kind != YAML_MAP) {
        refuse_map(reader, schema, yaml, self);
        for (size_t i = 0; i < schema->key_count; i++) {
            value_of(&schema->keys[i], target)->bad = true; /* no rule says more about any */
            value_of(&schema->keys[i], target)->mark = yaml->mark;
        }
        return;
    }
    refuse_keys(reader, schema, yaml);
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct key *key = &schema->keys[i];
        struct value *value = value_of(key, target);
        const struct yaml *given = yaml_get(yaml, key->name);
        const struct yaml *shared = defaults == NULL ? NULL : yaml_get(defaults, key->name);

        value->mark = yaml->mark;
        if (given == NULL && shared != NULL && key->no_default)
            value->bad = true; /* it was said of the default */
        else if (given == NULL && shared == NULL)
            miss_key(reader, schema, yaml, key, place, value);
        else if (given != NULL && is_emptied(schema, yaml, key->name))
            value->bad = true; /* it was said of what follows */
        else
            read_value(reader, value, given != NULL ? given : shared, key,
                       yaml_get(yaml, "defaults"));
    }
    check_company(reader, schema, target);
}

void value_read(struct value_reader *reader, const struct schema *schema, const struct yaml *yaml,
                const struct yaml *defaults, void *target) {
    read_map(reader, schema, yaml, defaults, yaml->mark, target);
}
