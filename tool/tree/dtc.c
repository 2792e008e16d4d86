/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/dtc.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool/base/process.h"

#define SECONDS 60

/* LINE.COLUMN, as dtc writes it behind the file's name and a colon; NULL: there is none. */
static const char *find_place(const char *line, size_t *number, size_t *column) {
    for (const char *colon = strchr(line, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
        char *end = NULL;

        if (!isdigit((unsigned char)colon[1]))
            continue;
        *number = strtoul(colon + 1, &end, 10);
        *column = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
        if (*end == '.')
            return colon;
    }
    return NULL;
}

/* Takes "KIND: FILE:LINE.COLUMN-COLUMN WHAT" or "FILE:LINE.COLUMN-COLUMN: KIND WHAT" apart. */
static struct dtc_error read_error(const char *line, const char *path, struct arena *arena) {
    struct dtc_error error = {{.file = path}, line};
    const char *space = strstr(line, ": ");
    const char *colon = find_place(line, &error.mark.line, &error.mark.column);

    if (colon == NULL) {
        if (strncmp(line, "<stdout>: ", 10) == 0)
            error.text = line + 10;
        else if (strncmp(line, "FATAL ERROR: ", 13) == 0)
            error.text = line + 13;
        return error;
    }
    const char *file = space != NULL && space < colon ? space + 2 : line;
    const char *text = colon + strcspn(colon, " ");
    error.mark.file = arena_printf(arena, "%.*s", (int)(colon - file), file);
    error.text = text + strspn(text, " ");
    return error;
}

void dtc_read_errors(const char *text, const char *path, struct arena *arena,
                     struct dtc_errors *errors) {
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        const char *line = arena_printf(arena, "%.*s", (int)length, text);
        /* A line that only counts errors follows those that name them. */
        bool is_echo = errors->count != 0 &&
                       (strncmp(line, "FATAL ERROR", 11) == 0 || strncmp(line, "ERROR: ", 7) == 0);

        if (length != 0 && !is_echo) {
            *ARENA_ADD(arena, errors->items, errors->count) = read_error(line, path, arena);
        }
        text += length + (text[length] == '\n');
    }
}

/* Runs dtc on `input`, or on the file that its arguments name. */
static bool run_dtc(const char *const *arguments, const char *path, const struct file *input,
                    struct file *output, struct arena *arena, struct dtc_errors *errors) {
    struct process process;
    const char *why = NULL;

    *errors = (struct dtc_errors){0};
    if (!process_run(arguments, input, SECONDS, &process, arena)) {
        process = (struct process){.code = -1};
        why = arena_printf(arena, "the device tree compiler, dtc, cannot be run: %s",
                           strerror(errno));
    } else if (process.code != 0) {
        dtc_read_errors(process.errors, path, arena, errors);
        why = process.timed_out     ? "dtc does not come to an end"
              : errors->count != 0  ? NULL
              : process.code == 127 ? "the device tree compiler, dtc, cannot be run; install it "
                                      "(package device-tree-compiler)"
                                    : "dtc failed without a word";
    }
    if (why != NULL)
        *ARENA_ADD(arena, errors->items, errors->count) = (struct dtc_error){.text = why};
    *output = (struct file){.bytes = process.output, .size = process.output_size};
    return process.code == 0;
}

bool dtc_compile(const char *path, struct file *blob, struct arena *arena,
                 struct dtc_errors *errors) {
    const char *const arguments[] = {"dtc", "-q", "-@", "-Idts", "-Odtb", path, NULL};

    return run_dtc(arguments, path, NULL, blob, arena, errors);
}

const char *dtc_source(const void *blob, size_t size, struct arena *arena,
                       struct dtc_errors *errors) {
    static const char *const arguments[] = {"dtc", "-q", "-Idtb", "-Odts", "-", NULL};
    struct file input = {.bytes = arena_alloc(arena, size + 1), .size = size};
    struct file output = {0};

    memcpy(input.bytes, blob, size);
    return run_dtc(arguments, "dtc", &input, &output, arena, errors) ? (const char *)output.bytes
                                                                     : NULL;
}
