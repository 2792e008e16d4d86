/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/yaml.h"

#include <stdarg.h>
#include <string.h>

#include <yaml.h>

#include "tool/base/array.h"
#include "tool/base/utf8.h"
#include "tool/format/characters.h"
#include "tool/report/rules.h"
#include "tool/report/source_line.h"

struct parse {
    yaml_parser_t parser;
    const char *file;
    const char *text;
    size_t size;
    const struct yaml *last; /* the scalar that was read last; NULL: none yet */
    struct mark bracket;     /* of the innermost [ or { that is open; line 0: none is */
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

/* What libyaml says, and what to say in its place to someone who does not know its source. */
static const struct advice {
    const char *problem;
    bool at_start; /* the place is where the thing begins that is not complete */
    const char *text;
} advices[] = {
    {"mapping values are not allowed in this context", false,
     "no ':' can stand here; put a value that has ': ' in it in quotes, or begin a new line"},
    {"could not find expected ':'", true,
     "this is no 'KEY: VALUE'; write a ':' and a blank behind the key"},
    {"found unexpected end of stream", true,
     "the quote that begins here is never closed; close it"},
    {"found unknown escape character", false,
     "in double quotes \\ begins an escape, and there is none like this; write \\\\ for a single "
     "one, or use single quotes"},
    {"block sequence entries are not allowed in this context", false,
     "a list cannot begin here; write each '- ITEM' in a line of its own, under its key"},
    {"found character that cannot start any token", false,
     "no value can begin with this character; put the value in quotes"},
    {"did not find expected alphabetic or numeric character", false,
     "* and & begin aliases and anchors, which this format does not have; put the value in quotes"},
    {"did not find expected node content", false, "a value is missing here; write one"},
    {"found undefined tag handle", false,
     "! begins a tag, which this format does not have; put the value in quotes"},
    {"did not find expected <document start>", false,
     "nothing can follow the end of the document; remove the '...' above"},
    {"found incompatible YAML document", false, "remove the %YAML line; this format needs none"},
};

/* What stands at a place; 0: nothing does. */
static uint32_t character_at(const struct parse *parse, struct mark mark) {
    size_t size;
    const char *line = source_line_find(parse->text, parse->size, mark.line, &size);

    for (size_t column = 1; line != NULL && size > 0; column++) {
        size_t length;
        uint32_t character = utf8_next(line, size, &length);

        if (column == mark.column)
            return character;
        line += length;
        size -= length;
    }
    return 0;
}

/* A list or map in brackets that begins at `start` and does not go on at `at`. */
static void refuse_brackets(struct parse *parse, struct mark start, struct mark at) {
    char open = (char)character_at(parse, start);
    char close = open == '[' ? ']' : '}';
    const char *last = parse->last != NULL ? parse->last->text : "";

    if (last[0] != '\0' && last[strlen(last) - 1] == '$') {
        refuse(parse, RULE_YAML_SYNTAX, at,
               "a { ends the value here; inside [ ] and { }, a path that has ${...} in it needs "
               "quotes");
    } else if (start.line == at.line) {
        refuse(parse, RULE_YAML_SYNTAX, at, "a ',' or '%c' is missing here; write it", close);
    } else {
        refuse(parse, RULE_YAML_SYNTAX, start,
               "the '%c' that belongs to this '%c' is missing, or a ',' before line %zu; write it",
               close, open, at.line);
    }
}

/* A line that belongs to nothing that is open above it, or more behind a value that is complete. */
static void refuse_place(struct parse *parse, struct mark start, struct mark at) {
    if (parse->last != NULL && parse->last->quoted && parse->last->mark.line == at.line) {
        refuse(parse, RULE_YAML_SYNTAX, at,
               "nothing can follow a value in quotes; remove this, or write the quote inside the "
               "value twice ('it''s') or as \\\" in double quotes");
    } else if (character_at(parse, at) == '-') {
        refuse(parse, RULE_YAML_SYNTAX, at,
               "a list cannot go on here; put all its items, each with '- ', under one key");
    } else if (character_at(parse, start) == '-') {
        refuse(parse, RULE_YAML_SYNTAX, at,
               "line %zu, column %zu began a list with '- ', and this line is none of its items; "
               "write '- ' here too, or take it away there if each has a name of its own",
               start.line, start.column);
    } else {
        refuse(parse, RULE_YAML_SYNTAX, at,
               "this line is indented as none of those that are open above it; the nearest begins "
               "in line %zu, column %zu: begin this one there too, or deeper under its key",
               start.line, start.column);
    }
}

/* Says what libyaml found. */
static void refuse_syntax(struct parse *parse) {
    const yaml_parser_t *parser = &parse->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "it cannot be read";
    struct mark at = mark_of(parse, parser->problem_mark);
    struct mark start = mark_of(parse, parser->context_mark);

    size_t size = 0;
    const char *line = source_line_find(parse->text, parse->size, at.line, &size);
    const char *odd = line == NULL ? NULL : characters_odd(line, size, parse->arena);

    if (odd != NULL) {
        refuse(parse, RULE_YAML_SYNTAX, at, "in this line stands %s", odd);
        return;
    }
    if (character_at(parse, at) == '\t') {
        refuse(parse, RULE_YAML_SYNTAX, at,
               "a tab cannot indent a line; use blanks, two for each level");
        return;
    }
    if (strstr(problem, "did not find expected ','") != NULL) {
        refuse_brackets(parse, start, at);
        return;
    }
    if (strcmp(problem, "did not find expected key") == 0 ||
        strcmp(problem, "did not find expected '-' indicator") == 0) {
        refuse_place(parse, start, at);
        return;
    }
    for (size_t i = 0; i < COUNT(advices); i++) {
        if (strcmp(problem, advices[i].problem) == 0) {
            refuse(parse, RULE_YAML_SYNTAX, advices[i].at_start ? start : at, "%s",
                   advices[i].text);
            return;
        }
    }
    refuse(parse, RULE_YAML_SYNTAX, at,
           "this is no YAML: %s; mind the indentation, colons and quotes near here", problem);
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
    bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    bool is_scalar = event->type == YAML_SCALAR_EVENT;
    const yaml_char_t *anchor = is_list     ? event->data.sequence_start.anchor
                                : is_map    ? event->data.mapping_start.anchor
                                : is_scalar ? event->data.scalar.anchor
                                            : NULL;
    const yaml_char_t *tag = is_list     ? event->data.sequence_start.tag
                             : is_map    ? event->data.mapping_start.tag
                             : is_scalar ? event->data.scalar.tag
                                         : NULL;
    struct mark mark = mark_of(parse, event->start_mark);

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
    struct mark outer = parse->bracket;
    yaml_event_t event;

    if (start->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
        parse->bracket = list->mark;

    while (next_event(parse, &event)) {
        bool end = event.type == YAML_SEQUENCE_END_EVENT;

        if (end) {
            set_end(&list->mark, event.end_mark);
        } else if (list->count == YAML_ENTRIES_MAX) {
            refuse_more(parse, &event, "a list has at most 256 items; mend or split it");
        } else {
            struct yaml *item = parse_node(parse, &event, depth + 1);

            *ARENA_ADD(parse->arena, list->items, list->count) = item;
        }
        yaml_event_delete(&event);
        if (end)
            break;
    }
    parse->bracket = outer;
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
    struct mark outer = parse->bracket;
    yaml_event_t event;

    if (start->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
        parse->bracket = map->mark;
    while (next_event(parse, &event)) {
        bool end = event.type == YAML_MAPPING_END_EVENT;

        if (end) {
            set_end(&map->mark, event.end_mark);
        } else if (map->count == YAML_ENTRIES_MAX) {
            refuse_more(parse, &event, "a map has at most 256 keys; mend or split it");
        } else if (key == NULL) {
            key = parse_node(parse, &event, depth + 1);
            check_key(parse, map, key);
        } else {
            struct yaml *value = parse_node(parse, &event, depth + 1);

            *ARENA_ADD(parse->arena, map->pairs, map->count) =
                (struct yaml_pair){key->text, key->mark, value};
            key = NULL;
        }
        yaml_event_delete(&event);
        if (end)
            break;
    }
    parse->bracket = outer;
    return map;
}

/* What is a slip, mostly: characters that look like others, and a value that goes on in the next
 * line, which YAML joins. */
static void check_scalar(struct parse *parse, const struct yaml *scalar,
                         const yaml_event_t *event) {
    yaml_scalar_style_t style = event->data.scalar.style;
    const char *colon = strchr(scalar->text, ':');
    const char *odd = characters_odd(scalar->text, strlen(scalar->text), parse->arena);

    if (style == YAML_PLAIN_SCALAR_STYLE && odd != NULL) {
        refuse(parse, RULE_YAML_SYNTAX, scalar->mark,
               "here stands %s, or put all of this in quotes if it is meant", odd);
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
        refuse_brackets(parse, parse->bracket, mark_of(parse, event->end_mark));
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
    if (strlen(text) != event->data.scalar.length) {
        refuse(parse, RULE_YAML_SYNTAX, scalar->mark,
               "a NUL character cannot be part of any value; remove the \\0");
    }
    scalar->text = arena_strdup(parse->arena, text);
    scalar->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    set_end(&scalar->mark, event->end_mark);
    parse->last = scalar;
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
                          .text = text + skip,
                          .size = size - skip};

    struct mark mark = {.file = file};
    const char *wrong = characters_wrong(parse.text, parse.size, &mark, arena);

    diagnostics_add_source(diagnostics, file, parse.text, parse.size);
    if (wrong != NULL || parse.size > YAML_SIZE_MAX) {
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
    yaml_parser_set_input_string(&parse.parser, (const unsigned char *)parse.text, parse.size);
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
