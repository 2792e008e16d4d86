/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/yaml.h"

#include <string.h>

#include <yaml.h>

#include "tool/format/characters.h"
#include "tool/format/yaml_problem.h"
#include "tool/report/rules.h"

struct parse {
    yaml_parser_t parser;
    const char *file;
    struct yaml_progress progress;
    struct mark bracket; /* of the innermost [ or { that is open; line 0: none is */
    struct arena *arena;
    struct diagnostics *diagnostics;
    bool failed;
    bool stop; /* libyaml gave up: there are no more events */
};

static struct mark mark_of(const struct parse *parse, yaml_mark_t mark) {
    return (struct mark){parse->file, mark.line + 1, mark.column + 1, 0};
}

/* Notes where what begins at `mark` ends, if that is in its line. */
static void set_end(struct mark *mark, yaml_mark_t end) {
    if (mark->line == end.line + 1 && end.column + 1 > mark->column)
        mark->end = end.column + 1;
}

static void __attribute__((format(printf, 4, 5)))
refuse(struct parse *parse, enum rule rule, struct mark mark, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rule_vbroken(parse->diagnostics, rule, mark, format, arguments);
    va_end(arguments);
    parse->failed = true;
}

/* Reports a problem that libyaml found. */
static void refuse_syntax(struct parse *parse) {
    const yaml_parser_t *parser = &parse->parser;
    const char *what = parser->problem != NULL ? parser->problem : "it cannot be read";
    struct mark mark = mark_of(parse, parser->problem_mark);
    struct mark start = {.file = parse->file};

    if (parser->context != NULL)
        start = mark_of(parse, parser->context_mark);
    const char *text = yaml_problem_text(&parse->progress, what, start, &mark);
    refuse(parse, RULE_YAML_SYNTAX, mark, "%s", text);
}

static bool next_event(struct parse *parse, yaml_event_t *event) {
    if (parse->stop)
        return false;
    if (yaml_parser_parse(&parse->parser, event) == 0) {
        refuse_syntax(parse);
        parse->stop = true;
        return false;
    }
    return true;
}

/* Says that there is too much of something, and ends the parsing. */
static void refuse_more(struct parse *parse, const yaml_event_t *event, const char *what) {
    refuse(parse, RULE_YAML_LIMIT, mark_of(parse, event->start_mark), "%s", what);
    parse->stop = true;
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

/* Adds an item to a list, or to a map in turn a key, which is kept in *key, and its value. */
static void add_node(struct parse *parse, struct yaml *group, struct yaml **key,
                     struct yaml *node) {
    if (group->kind == YAML_LIST) {
        *ARENA_ADD(parse->arena, group->items, group->count) = node;
    } else if (*key == NULL) {
        check_key(parse, group, node);
        *key = node;
    } else {
        *ARENA_ADD(parse->arena, group->pairs, group->count) =
            (struct yaml_pair){(*key)->text, (*key)->mark, node};
        *key = NULL;
    }
}

/* A list or a map. */
static struct yaml *parse_group(struct parse *parse, const yaml_event_t *start, unsigned depth) {
    bool is_list = start->type == YAML_SEQUENCE_START_EVENT;
    bool in_brackets = is_list ? start->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                               : start->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    struct yaml *group = new_node(parse, start, is_list ? YAML_LIST : YAML_MAP);
    struct yaml *key = NULL;
    struct mark outer = parse->bracket;
    yaml_event_t event;

    if (in_brackets)
        parse->bracket = group->mark;
    for (bool ends = false; !ends && next_event(parse, &event); yaml_event_delete(&event)) {
        ends = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        if (ends)
            set_end(&group->mark, event.end_mark);
        else if (group->count == YAML_ENTRIES_MAX)
            refuse_more(parse, &event,
                        is_list ? "a list has at most 256 items; mend or split it"
                                : "a map has at most 256 keys; mend or split it");
        else
            add_node(parse, group, &key, parse_node(parse, &event, depth + 1));
    }
    parse->bracket = outer;
    return group;
}

/* Refuses two slips: a character that looks like another, and a value that goes on in the next
 * line, which YAML joins. */
static void check_scalar(struct parse *parse, const struct yaml *scalar,
                         const yaml_event_t *event) {
    yaml_scalar_style_t style = event->data.scalar.style;
    const char *colon = strchr(scalar->text, ':');
    const char *odd = characters_odd(scalar->text, strlen(scalar->text), parse->arena);

    if (style == YAML_PLAIN_SCALAR_STYLE && odd != NULL) {
        refuse(parse, RULE_YAML_SYNTAX, scalar->mark,
               "here stands %s, or put all of this in quotes if it is meant", odd);
        parse->stop = true; /* what follows would be misunderstood */
        return;
    }
    if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE) {
        refuse(parse, RULE_YAML_SUBSET, scalar->mark,
               "block texts (| and >) are not part of this format; write the value in one line, in "
               "quotes");
        return;
    }
    if (style != YAML_PLAIN_SCALAR_STYLE || event->end_mark.line == event->start_mark.line)
        return;
    parse->stop = true; /* what follows would be misunderstood */
    if (parse->bracket.line != 0) {
        struct mark mark = mark_of(parse, event->end_mark);
        const char *text = yaml_problem_brackets(&parse->progress, parse->bracket, &mark);

        refuse(parse, RULE_YAML_SYNTAX, mark, "%s", text);
    } else if (colon != NULL && colon < strchr(scalar->text, ' ')) {
        refuse(parse, RULE_YAML_SYNTAX, scalar->mark,
               "this is no 'KEY: VALUE'; write a blank behind the ':'");
    } else {
        refuse(parse, RULE_YAML_SUBSET, scalar->mark,
               "this value goes on in line %zu, which is indented deeper; indent that as this line "
               "if it is a key of its own, or put the value in quotes",
               scalar->mark.line + 1);
    }
}

static struct yaml *parse_node(struct parse *parse, const yaml_event_t *event, unsigned depth) {
    refuse_decoration(parse, event);
    if (depth > YAML_DEPTH_MAX) {
        refuse_more(parse, event, "this is nested more than 16 levels deep; count the brackets");
        return new_node(parse, event, YAML_SCALAR);
    }
    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
        return parse_group(parse, event, depth);
    struct yaml *scalar = new_node(parse, event, YAML_SCALAR);
    if (event->type == YAML_ALIAS_EVENT) {
        refuse(parse, RULE_YAML_SUBSET, scalar->mark,
               "aliases (*%s) are not part of this format; write the value out, or use defaults:",
               (const char *)event->data.alias.anchor);
        return scalar;
    }
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length) {
        refuse(parse, RULE_YAML_SYNTAX, scalar->mark,
               "a NUL character cannot be part of any value; remove the \\0");
    }
    scalar->text = arena_strdup(parse->arena, text);
    scalar->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    set_end(&scalar->mark, event->end_mark);
    parse->progress.last = scalar->text;
    parse->progress.last_quoted = scalar->quoted;
    parse->progress.last_line = scalar->mark.line;
    check_scalar(parse, scalar, event);
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

bool yaml_file_read(const char *path, struct file *file, struct arena *arena) {
    return file_read_start(path, YAML_SIZE_MAX + 1, file, arena);
}

struct yaml *yaml_parse(const char *file, const char *text, size_t size, struct arena *arena,
                        struct diagnostics *diagnostics) {
    static const char bom[] = "\xef\xbb\xbf";
    size_t skip = size >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;
    struct parse parse = {.file = file,
                          .arena = arena,
                          .diagnostics = diagnostics,
                          .progress = {text + skip, size - skip, .last = "", .arena = arena}};

    struct mark mark = {.file = file};
    const char *wrong = characters_wrong(parse.progress.text, parse.progress.size, &mark, arena);

    diagnostics_add_source(diagnostics, file, parse.progress.text, parse.progress.size);
    if (wrong != NULL || parse.progress.size > YAML_SIZE_MAX) {
        if (wrong != NULL)
            refuse(&parse, RULE_YAML_SYNTAX, mark, "%s", wrong);
        else
            refuse(&parse, RULE_YAML_LIMIT, (struct mark){.file = file},
                   "the file has more than %u KiB, which is no description; name the right one",
                   YAML_SIZE_MAX / 1024);
        return NULL;
    }
    if (yaml_parser_initialize(&parse.parser) == 0) {
        diagnostics_add_system(diagnostics, (struct mark){.file = file}, "memory", "out of memory");
        return NULL;
    }
    yaml_parser_set_encoding(&parse.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parse.parser, (const unsigned char *)parse.progress.text,
                                 parse.progress.size);
    struct yaml *root = parse_stream(&parse);
    yaml_parser_delete(&parse.parser);
    if (root == NULL && !parse.failed) {
        refuse(&parse, RULE_YAML_SYNTAX, (struct mark){file, 1, 1, 0},
               "the file is empty; begin it with bulkhead: 1");
    }
    return parse.failed ? NULL : root;
}

struct yaml *yaml_get(const struct yaml *map, const char *key) {
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) == 0)
            return map->pairs[i].value;
    return NULL;
}

const char *yaml_kind_text(const struct yaml *node) {
    static const char *const texts[] = {
        [YAML_SCALAR] = "a single value", [YAML_LIST] = "a list", [YAML_MAP] = "a map"};

    return texts[node->kind];
}
