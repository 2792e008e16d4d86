/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/dtc.h"

#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* One run of dtc, with files for its input, output and errors: no pipe can fill up. */
struct run {
    FILE *streams[3];
    struct arena *arena;
    struct dtc_errors *errors;
};

static bool open_streams(struct run *run) {
    for (size_t i = 0; i < 3; i++) {
        run->streams[i] = tmpfile();
        if (run->streams[i] == NULL) {
            run->errors->why =
                arena_printf(run->arena, "no temporary file for dtc: %s", strerror(errno));
            return false;
        }
    }
    return true;
}

static void close_streams(struct run *run) {
    for (size_t i = 0; i < 3; i++)
        if (run->streams[i] != NULL)
            fclose(run->streams[i]);
}

/* All that was written to a stream. */
static struct file read_stream(struct run *run, FILE *stream) {
    struct file file = {0};
    long size = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;

    file.bytes = arena_alloc(run->arena, (size_t)(size < 0 ? 0 : size) + 1);
    rewind(stream);
    if (size > 0)
        file.size = fread(file.bytes, 1, (size_t)size, stream);
    return file;
}

/* Starts dtc and waits for it; its exit code, or -1 if it did not run. */
static int start(struct run *run, char *const *arguments) {
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = 0;

    posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; i++)
        posix_spawn_file_actions_adddup2(&actions, fileno(run->streams[i]), i);
    int error = posix_spawnp(&child, "dtc", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        run->errors->why = arena_printf(run->arena,
                                        "the device tree compiler, dtc, cannot be run: %s; install "
                                        "it (package device-tree-compiler)",
                                        strerror(error));
        return -1;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

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
        /* What only says that there were errors follows one that says which. */
        bool is_echo = errors->count != 0 &&
                       (strncmp(line, "FATAL ERROR", 11) == 0 || strncmp(line, "ERROR: ", 7) == 0);

        if (length != 0 && !is_echo) {
            errors->items =
                arena_grow(arena, errors->items, ++errors->count, sizeof(*errors->items));
            errors->items[errors->count - 1] = read_error(line, path, arena);
        }
        text += length + (text[length] == '\n');
    }
}

/* Runs dtc on `input`, or on the file that its arguments name. */
static bool run_dtc(const char *const *arguments, const char *path, const struct file *input,
                    struct file *output, struct arena *arena, struct dtc_errors *errors) {
    struct run run = {.arena = arena, .errors = errors};
    char *copies[8] = {NULL};
    int code = -1;

    *errors = (struct dtc_errors){0};
    for (size_t i = 0; i < 7 && arguments[i] != NULL; i++)
        copies[i] = arena_strdup(arena, arguments[i]);
    if (open_streams(&run) &&
        (input == NULL || fwrite(input->bytes, 1, input->size, run.streams[0]) == input->size)) {
        rewind(run.streams[0]);
        code = start(&run, copies);
    }
    if (code == 0)
        *output = read_stream(&run, run.streams[1]);
    else if (code > 0)
        dtc_read_errors((const char *)read_stream(&run, run.streams[2]).bytes, path, arena, errors);
    close_streams(&run);
    if (code != 0 && errors->why == NULL && errors->count == 0)
        errors->why = "dtc failed without a word";
    return code == 0;
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
