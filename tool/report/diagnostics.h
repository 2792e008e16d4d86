/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagnostics.h - what is wrong, and where: collected in a run, printed together as
 *
 *     file:line:column: error: rule: what, and what to do
 *        12 | the line
 *           |     ^~~~
 */
#pragma once

#include <stdio.h>

#include "tool/base/arena.h"
#include "tool/base/exit_code.h"
#include "tool/report/mark.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTICE };

struct diagnostic {
    enum severity severity;
    struct mark mark;
    const char *rule; /* as it was added: a text that stays */
    const char *message;
    size_t number; /* they were found in this order */
};

/* A text file that marks may point into. */
struct diagnostic_source {
    const char *file;
    const char *text;
    size_t size;
};

/* More are counted, not kept: nobody reads them, and no file may take long. */
#define DIAGNOSTICS_MAX 100u

/* A zeroed struct diagnostics is ready. */
struct diagnostics {
    struct arena arena;
    struct diagnostic *items;
    size_t count;
    size_t error_count;
    struct diagnostic_source *sources;
    size_t source_count;
    size_t left_out;   /* of both kinds, beyond the first DIAGNOSTICS_MAX */
    bool system_error; /* one of them is the machine's fault, not the description's */
};

/* Keeps a copy of a file's text, to show the lines that marks point to. */
void diagnostics_add_source(struct diagnostics *diagnostics, const char *file, const void *text,
                            size_t size);

/* Adds one. The mark's file name is copied. An equal one at the same place is added only once. */
void diagnostics_add(struct diagnostics *diagnostics, enum severity severity, struct mark mark,
                     const char *rule, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void diagnostics_vadd(struct diagnostics *diagnostics, enum severity severity, struct mark mark,
                      const char *rule, const char *format, va_list arguments)
    __attribute__((format(printf, 5, 0)));

/* Adds an error that is the machine's, not the description's: exit code 3. */
void diagnostics_add_system(struct diagnostics *diagnostics, struct mark mark, const char *rule,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "error", "warning" or "notice". */
const char *diagnostics_severity_text(enum severity severity);

/* Orders them by file and place; those at one place as they were found. */
void diagnostics_sort(struct diagnostics *diagnostics);

/*
 * Prints all, in order, each with the line that it points to; in colour if `stream` is a terminal,
 * NO_COLOR is unset and TERM is not "dumb". Other characters than printed ones are shown as \xNN.
 */
void diagnostics_print(struct diagnostics *diagnostics, FILE *stream);

/* EXIT_CODE_OK without errors, else _SYSTEM or _DESCRIPTION. */
enum exit_code diagnostics_exit_code(const struct diagnostics *diagnostics);

/* Frees all messages; there are none then. */
void diagnostics_free(struct diagnostics *diagnostics);

/* Prints all to stderr and frees them; the exit code, for a command that ends so. */
int diagnostics_finish(struct diagnostics *diagnostics);
