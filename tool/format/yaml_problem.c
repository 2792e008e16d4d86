/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/yaml_problem.h"

#include <string.h>

#include "tool/base/text.h"
#include "tool/base/utf8.h"
#include "tool/format/characters.h"
#include "tool/report/source_line.h"

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
     "the document ends above, with a value in brackets or '...'; nothing can follow it"},
    {"found incompatible YAML document", false, "remove the %YAML line; this format needs none"},
};

/* The character at a place; 0: there is none. */
static uint32_t character_at(const struct yaml_progress *progress, struct mark mark) {
    size_t size;
    const char *line = source_line_find(progress->text, progress->size, mark.line, &size);

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

/* The column at which a line's comment begins, as far as ' #' tells; its end if it has none. */
static const char *find_comment(const char *line, size_t size) {
    const char *comment = line == NULL ? NULL : memmem(line, size, " #", 2);

    return comment == NULL ? line + size : comment;
}

const char *yaml_problem_brackets(const struct yaml_progress *progress, struct mark start,
                                  struct mark *mark) {
    char open = (char)character_at(progress, start);
    char close = open == '[' ? ']' : '}';
    size_t line = mark->line;
    size_t size = 0;
    const char *first = source_line_find(progress->text, progress->size, start.line, &size);

    if (text_ends_with(progress->last, "$"))
        return "a { ends the value here; inside [ ] and { }, a path that has ${...} in it needs "
               "quotes";
    if (start.line == line)
        return arena_printf(progress->arena, "a ',' or '%c' is missing here; write it", close);
    *mark = start;
    return arena_printf(
        progress->arena,
        "the '%c' that belongs to this '%c' is missing, or a ',' before line %zu; "
        "write it%s",
        close, open, line,
        find_comment(first, size) == first + size ? "" : " (behind ' #' all is a comment)");
}

/* A line that belongs to nothing that is open above it, or more behind a value that is complete. */
static const char *place_text(const struct yaml_progress *progress, struct mark start,
                              struct mark at) {
    bool is_item = character_at(progress, start) == '-';

    if (progress->last_quoted && progress->last_line == at.line)
        return "nothing can follow a value in quotes; remove this, or write the quote inside the "
               "value twice ('it''s') or as \\\" in double quotes";
    if (character_at(progress, at) == '-')
        return "a list cannot go on here; put all its items, each with '- ', under one key";
    return arena_printf(
        progress->arena,
        is_item
            ? "line %zu, column %zu began a list with '- ', and this line is none of its items; "
              "write '- ' here too, or take it away there if each has a name of its own"
            : "this line is indented as none of those that are open above it; the nearest begins "
              "in line %zu, column %zu: begin this one there too, or deeper under its key",
        start.line, start.column);
}

/* A character in the line of `mark` that looks like another, for a person; NULL: there is none. */
static const char *odd_text(const struct yaml_progress *progress, struct mark mark) {
    size_t size = 0;
    const char *line = source_line_find(progress->text, progress->size, mark.line, &size);
    const char *odd = line == NULL ? NULL
                                   : characters_odd(line, (size_t)(find_comment(line, size) - line),
                                                    progress->arena);

    return odd == NULL ? NULL : arena_printf(progress->arena, "in this line stands %s", odd);
}

const char *yaml_problem_text(const struct yaml_progress *progress, const char *what,
                              struct mark start, struct mark *mark) {
    const char *odd = odd_text(progress, *mark);

    if (odd == NULL && (odd = odd_text(progress, start)) != NULL)
        *mark = start;
    if (odd != NULL)
        return odd;
    if (character_at(progress, *mark) == '\t')
        return "a tab cannot indent a line; use blanks, two for each level";
    if (strstr(what, "did not find expected ','") != NULL)
        return yaml_problem_brackets(progress, start, mark);
    if (strcmp(what, "did not find expected key") == 0 ||
        strcmp(what, "did not find expected '-' indicator") == 0)
        return place_text(progress, start, *mark);
    for (size_t i = 0; i < COUNT(advices); i++) {
        if (strcmp(what, advices[i].problem) == 0) {
            *mark = advices[i].at_start ? start : *mark;
            return advices[i].text;
        }
    }
    return arena_printf(progress->arena,
                        "this is no YAML: %s; mind the indentation, colons and quotes near here",
                        what);
}
