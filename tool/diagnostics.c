/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/diagnostics.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void diagnostics_vadd(struct diagnostics *diagnostics, enum severity severity, struct mark mark,
                      const char *rule, const char *format, va_list arguments) {
    const char *message = arena_vprintf(&diagnostics->arena, format, arguments);

    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *old = &diagnostics->items[i];

        if (old->mark.line == mark.line && old->mark.column == mark.column &&
            strcmp(old->mark.file, mark.file) == 0 && strcmp(old->rule, rule) == 0 &&
            strcmp(old->message, message) == 0)
            return;
    }
    mark.file = arena_strdup(&diagnostics->arena, mark.file);
    diagnostics->count++;
    diagnostics->items = arena_grow(&diagnostics->arena, diagnostics->items, diagnostics->count,
                                    sizeof(*diagnostics->items));
    diagnostics->items[diagnostics->count - 1] =
        (struct diagnostic){severity, mark, arena_strdup(&diagnostics->arena, rule), message};
    diagnostics->error_count += severity == SEVERITY_ERROR;
}

void diagnostics_add(struct diagnostics *diagnostics, enum severity severity, struct mark mark,
                     const char *rule, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnostics_vadd(diagnostics, severity, mark, rule, format, arguments);
    va_end(arguments);
}

void diagnostics_add_system(struct diagnostics *diagnostics, struct mark mark, const char *rule,
                            const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnostics_vadd(diagnostics, SEVERITY_ERROR, mark, rule, format, arguments);
    va_end(arguments);
    diagnostics->system_error = true;
}

static int compare(const void *left, const void *right) {
    const struct diagnostic *a = *(const struct diagnostic *const *)left;
    const struct diagnostic *b = *(const struct diagnostic *const *)right;
    int files = strcmp(a->mark.file, b->mark.file);

    if (files != 0)
        return files;
    if (a->mark.line != b->mark.line)
        return a->mark.line < b->mark.line ? -1 : 1;
    if (a->mark.column != b->mark.column)
        return a->mark.column < b->mark.column ? -1 : 1;
    return a < b ? -1 : 1; /* as they were found */
}

bool diagnostics_colour(FILE *stream) {
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return (no_color == NULL || no_color[0] == '\0') && isatty(fileno(stream)) == 1 &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream) {
    bool colour = diagnostics_colour(stream);
    const char *bold = colour ? "\033[1m" : "";
    const char *plain = colour ? "\033[0m" : "";
    static const char *const looks[][2] = {
        [SEVERITY_ERROR] = {"error", "\033[31m"},
        [SEVERITY_WARNING] = {"warning", "\033[35m"},
        [SEVERITY_NOTICE] = {"notice", "\033[36m"},
    };
    const struct diagnostic **sorted = calloc(diagnostics->count + 1, sizeof(struct diagnostic *));

    if (sorted == NULL)
        return;
    for (size_t i = 0; i < diagnostics->count; i++)
        sorted[i] = &diagnostics->items[i];
    qsort(sorted, diagnostics->count, sizeof(struct diagnostic *), compare);
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = sorted[i];
        const char *const *look = looks[item->severity];

        fprintf(stream, "%s%s:", bold, item->mark.file);
        if (item->mark.line != 0)
            fprintf(stream, "%zu:%zu:", item->mark.line, item->mark.column);
        fprintf(stream, " %s%s:%s %s: %s\n", colour ? look[1] : "", look[0], plain, item->rule,
                item->message);
    }
    free(sorted);
}

enum exit_code diagnostics_exit_code(const struct diagnostics *diagnostics) {
    if (diagnostics->error_count == 0)
        return EXIT_CODE_OK;
    return diagnostics->system_error ? EXIT_CODE_SYSTEM : EXIT_CODE_DESCRIPTION;
}

void diagnostics_free(struct diagnostics *diagnostics) {
    arena_free(&diagnostics->arena);
    *diagnostics = (struct diagnostics){0};
}
