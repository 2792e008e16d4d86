/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/yaml.h"

#include <stdarg.h>
#include <string.h>

#include <yaml.h>

#include "tool/rules.h"

#define DEPTH_MAX 16 /* a description needs 6 */

struct parse {
    yaml_parser_t parser;
    const char *file;
    struct arena *arena;
    struct diagnostics *diagnostics;
    bool failed;
    bool stop; /* libyaml gave up: there are no more events */
};

static struct mark mark_of(const struct parse *parse, yaml_mark_t mark) {
    return (struct mark){parse->file, mark.line + 1, mark.column + 1, 0};
}

static void __attribute__((format(printf, 4, 5)))
refuse(struct parse *parse, enum rule rule, struct mark mark, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rule_vbroken(parse->diagnostics, rule, mark, format, arguments);
    va_end(arguments);
    parse->failed = true;
}

static bool next_event(struct parse *parse, yaml_event_t *event) {
    if (parse->stop)
        return false;
    if (yaml_parser_parse(&parse->parser, event) == 0) {
        yaml_mark_t at = parse->parser.problem_mark;
        const char *problem = parse->parser.problem;
        /* Unquoted, the brace of ${NAME} opens or closes a mapping there. */
        bool in_braces = problem != NULL && strstr(problem, "'}'") != NULL;

        refuse(parse, RULE_YAML_SYNTAX, mark_of(parse, at),
               "this is no YAML: %s; mind the indentation, colons and quotes near here%s",
               problem != NULL ? problem : "it cannot be read",
               in_braces ? "; inside { }, a path that has ${...} in it needs quotes" : "");
        parse->stop = true;
        return false;
    }
    return true;
}

/* Anchors and tags may stand before any node. */
static void refuse_decoration(struct parse *parse, const yaml_event_t *event) {
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    struct mark mark = mark_of(parse, event->start_mark);

    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor != NULL) {
        refuse(parse, RULE_YAML_SUBSET, mark,
               "anchors (&%s) are not part of this format; write the value out, or use defaults:",
               (const char *)anchor);
    }
    if (tag != NULL) {
        refuse(parse, RULE_YAML_SUBSET, mark, "tags (%s) are not part of this format; remove it",
               (const char *)tag);
    }
}

static struct yaml *parse_node(struct parse *parse, const yaml_event_t *event, unsigned depth);

static struct yaml *new_node(struct parse *parse, const yaml_event_t *event, enum yaml_kind kind) {
    struct yaml *node = arena_alloc(parse->arena, sizeof(*node));

    node->kind = kind;
    node->mark = mark_of(parse, event->start_mark);
    node->text = "";
    return node;
}

static struct yaml *parse_list(struct parse *parse, const yaml_event_t *start, unsigned depth) {
    struct yaml *list = new_node(parse, start, YAML_LIST);
    yaml_event_t event;

    while (next_event(parse, &event)) {
        bool end = event.type == YAML_SEQUENCE_END_EVENT;

        if (!end) {
            struct yaml *item = parse_node(parse, &event, depth + 1);

            list->count++;
            list->items = arena_grow(parse->arena, list->items, list->count, sizeof(*list->items));
            list->items[list->count - 1] = item;
        }
        yaml_event_delete(&event);
        if (end)
            break;
    }
    return list;
}

/* A key must be a plain word, and new. */
static void check_key(struct parse *parse, const struct yaml *map, const struct yaml *key) {
    if (key->kind != YAML_SCALAR) {
        refuse(parse, RULE_YAML_SUBSET, key->mark, "a key must be a word, not %s",
               yaml_kind_text(key));
        return;
    }
    if (strcmp(key->text, "<<") == 0) {
        refuse(parse, RULE_YAML_SUBSET, key->mark,
               "merge keys (<<) are not part of this format; use defaults:");
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->pairs[i].key, key->text) == 0) {
            refuse(parse, RULE_DUPLICATE_KEY, key->mark,
                   "'%s' stands here a second time, first in line %zu; keep one of them", key->text,
                   map->pairs[i].mark.line);
            return;
        }
    }
}

static struct yaml *parse_map(struct parse *parse, const yaml_event_t *start, unsigned depth) {
    struct yaml *map = new_node(parse, start, YAML_MAP);
    struct yaml *key = NULL;
    yaml_event_t event;

    while (next_event(parse, &event)) {
        bool end = event.type == YAML_MAPPING_END_EVENT;

        if (!end && key == NULL) {
            key = parse_node(parse, &event, depth + 1);
            check_key(parse, map, key);
        } else if (!end) {
            struct yaml *value = parse_node(parse, &event, depth + 1);

            map->count++;
            map->pairs = arena_grow(parse->arena, map->pairs, map->count, sizeof(*map->pairs));
            map->pairs[map->count - 1] = (struct yaml_pair){key->text, key->mark, value};
            key = NULL;
        }
        yaml_event_delete(&event);
        if (end)
            break;
    }
    return map;
}

static struct yaml *parse_node(struct parse *parse, const yaml_event_t *event, unsigned depth) {
    refuse_decoration(parse, event);
    if (depth > DEPTH_MAX) {
        refuse(parse, RULE_YAML_SYNTAX, mark_of(parse, event->start_mark),
               "this is nested too deeply for a description");
        parse->stop = true;
        return new_node(parse, event, YAML_SCALAR);
    }
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return parse_list(parse, event, depth);
    if (event->type == YAML_MAPPING_START_EVENT)
        return parse_map(parse, event, depth);
    struct yaml *scalar = new_node(parse, event, YAML_SCALAR);
    if (event->type == YAML_ALIAS_EVENT) {
        refuse(parse, RULE_YAML_SUBSET, scalar->mark,
               "aliases (*%s) are not part of this format; write the value out, or use defaults:",
               (const char *)event->data.alias.anchor);
        return scalar;
    }
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length)
        refuse(parse, RULE_YAML_SYNTAX, scalar->mark,
               "a NUL character cannot be part of any value");
    scalar->text = arena_strdup(parse->arena, text);
    scalar->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return scalar;
}

/* The one document between the stream's start and its end. */
static struct yaml *parse_stream(struct parse *parse) {
    struct yaml *root = NULL;
    unsigned documents = 0;
    yaml_event_t event;

    while (next_event(parse, &event)) {
        bool end = event.type == YAML_STREAM_END_EVENT;
        bool second = false;

        if (event.type == YAML_DOCUMENT_START_EVENT && ++documents > 1) {
            refuse(parse, RULE_YAML_SUBSET, mark_of(parse, event.start_mark),
                   "a second document begins here; a description is one document");
            second = true;
        }
        if (event.type == YAML_SCALAR_EVENT || event.type == YAML_ALIAS_EVENT ||
            event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT)
            root = parse_node(parse, &event, 0);
        yaml_event_delete(&event);
        if (end || second)
            break;
    }
    return root;
}

struct yaml *yaml_parse(const char *file, const char *text, size_t size, struct arena *arena,
                        struct diagnostics *diagnostics) {
    struct parse parse = {.file = file, .arena = arena, .diagnostics = diagnostics};

    if (yaml_parser_initialize(&parse.parser) == 0) {
        diagnostics_add_system(diagnostics, (struct mark){.file = file}, "memory", "out of memory");
        return NULL;
    }
    yaml_parser_set_input_string(&parse.parser, (const unsigned char *)text, size);
    struct yaml *root = parse_stream(&parse);
    yaml_parser_delete(&parse.parser);
    if (root == NULL && !parse.failed)
        refuse(&parse, RULE_YAML_SYNTAX, (struct mark){file, 1, 1, 0}, "the file is empty");
    return parse.failed ? NULL : root;
}

struct yaml *yaml_get(const struct yaml *map, const char *key) {
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) == 0)
            return map->pairs[i].value;
    return NULL;
}

const char *yaml_kind_text(const struct yaml *node) {
    switch (node->kind) {
    case YAML_MAP:
        return "a map";
    case YAML_LIST:
        return "a list";
    default:
        return "a word";
    }
}
