/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/report/diagnostics.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/base/utf8.h"
#include "tool/report/source_line.h"

void diagnostics_vadd(struct diagnostics *diagnostics, enum severity severity, struct mark mark,
                      const char *rule, const char *format, va_list arguments) {
    if (diagnostics->count == DIAGNOSTICS_MAX) {
        diagnostics->error_count += severity == SEVERITY_ERROR;
        diagnostics->left_out++;
        return;
    }
    const char *message = arena_vprintf(&diagnostics->arena, format, arguments);

    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *old = &diagnostics->items[i];

        if (old->mark.line == mark.line && old->mark.column == mark.column &&
            strcmp(old->mark.file, mark.file) == 0 && strcmp(old->rule, rule) == 0 &&
            strcmp(old->message, message) == 0)
            return;
    }
    mark.file = arena_strdup(&diagnostics->arena, mark.file);
    struct diagnostic *item =
        ARENA_ADD(&diagnostics->arena, diagnostics->items, diagnostics->count);

    *item = (struct diagnostic){severity, mark, rule, message, diagnostics->count};
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

void diagnostics_add_source(struct diagnostics *diagnostics, const char *file, const void *text,
                            size_t size) {
    struct arena *arena = &diagnostics->arena;
    char *copy = arena_alloc(arena, size + 1);

    if (size > 0)
        memcpy(copy, text, size);
    *ARENA_ADD(arena, diagnostics->sources, diagnostics->source_count) =
        (struct diagnostic_source){arena_strdup(arena, file), copy, size};
}

static const struct diagnostic_source *find_source(const struct diagnostics *diagnostics,
                                                   const char *file) {
    for (size_t i = 0; i < diagnostics->source_count; i++)
        if (strcmp(diagnostics->sources[i].file, file) == 0)
            return &diagnostics->sources[i];
    return NULL;
}

static int compare(const void *left, const void *right) {
    const struct diagnostic *a = left;
    const struct diagnostic *b = right;
    int files = strcmp(a->mark.file, b->mark.file);

    if (files != 0)
        return files;
    if (a->mark.line != b->mark.line)
        return a->mark.line < b->mark.line ? -1 : 1;
    if (a->mark.column != b->mark.column)
        return a->mark.column < b->mark.column ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

void diagnostics_sort(struct diagnostics *diagnostics) {
    if (diagnostics->count > 0)
        qsort(diagnostics->items, diagnostics->count, sizeof(*diagnostics->items), compare);
}

/* Whether it is a terminal on which colour is wanted. */
static bool is_coloured(FILE *stream) {
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return (no_color == NULL || no_color[0] == '\0') && isatty(fileno(stream)) == 1 &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

const char *diagnostics_severity_text(enum severity severity) {
    static const char *const texts[] = {"error", "warning", "notice"};

    return texts[severity];
}

static void print_all(struct diagnostics *diagnostics, FILE *stream, bool colour) {
    static const char *const colours[] = {"\033[31m", "\033[35m", "\033[36m"};
    const char *plain = colour ? "\033[0m" : "";

    diagnostics_sort(diagnostics);
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        const struct mark *mark = &item->mark;
        const struct diagnostic_source *source = find_source(diagnostics, mark->file);
        const char *tint = colour ? colours[item->severity] : "";

        fputs(colour ? "\033[1m" : "", stream);
        utf8_print(stream, mark->file);
        if (mark->line != 0)
            fprintf(stream, ":%zu:%zu", mark->line, mark->column);
        fprintf(stream, ": %s%s:%s %s: ", tint, diagnostics_severity_text(item->severity), plain,
                item->rule);
        utf8_print(stream, item->message);
        fputc('\n', stream);
        if (source != NULL)
            source_line_print(stream, source->text, source->size, mark, tint, plain);
    }
    if (diagnostics->left_out != 0)
        fprintf(stream, "bulkhead: and at least %zu more; mend these first\n",
                diagnostics->left_out);
}

/* All at once: stderr has no buffer, and a call for each letter takes long. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *stream) {
    char *text = NULL;
    size_t size = 0;
    FILE *buffer = arena_memstream(&text, &size);

    print_all(diagnostics, buffer, is_coloured(stream));
    fclose(buffer);
    fwrite(text, 1, size, stream);
    free(text);
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

int diagnostics_finish(struct diagnostics *diagnostics) {
    enum exit_code code = diagnostics_exit_code(diagnostics);

    diagnostics_print(diagnostics, stderr);
    diagnostics_free(diagnostics);
    return (int)code;
}
