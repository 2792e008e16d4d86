/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool/base/array.h"
#include "tool/base/program.h"

/* Takes NAME=VALUE apart; a later definition of a name replaces an earlier one. */
static bool define(struct options *options, const char *argument) {
    struct definitions *definitions = &options->request.reading.definitions;
    const char *equals = strchr(argument, '=');

    if (equals == NULL || equals == argument) {
        fprintf(stderr, "bulkhead: -D %s: write -D NAME=VALUE\n", argument);
        return false;
    }
    char *name = arena_strdup(&options->arena, argument);
    name[equals - argument] = '\0';
    for (size_t i = 0; i < definitions->count; i++) {
        if (strcmp(definitions->items[i].name, name) == 0) {
            definitions->items[i].value = equals + 1;
            return true;
        }
    }
    *ARENA_ADD(&options->arena, definitions->items, definitions->count) =
        (struct definition){name, equals + 1};
    return true;
}

bool options_take(struct options *options, int option, const char *argument) {
    switch (option) {
    case 'D':
        return define(options, argument);
    case 'o':
        options->output = argument;
        return true;
    case 'h':
        options->help = true;
        return true;
    case OPTION_HYPERVISOR:
        options->request.hypervisor = argument;
        return true;
    case OPTION_BOARDS:
        options->request.reading.boards = argument;
        return true;
    case OPTION_BOARD:
        options->request.reading.board = argument;
        return true;
    default:
        return false; /* getopt_long() has said what is wrong */
    }
}

/* A folder with boards near the executable; NULL: there is none. */
static const char *find_boards(struct arena *arena) {
    static const char *const places[] = {"boards", "../boards", "../share/bulkhead/boards"};

    for (size_t i = 0; i < COUNT(places); i++) {
        const char *place = arena_printf(arena, "%s/%s", program_folder(arena), places[i]);

        if (access(place, R_OK | X_OK) == 0)
            return place;
    }
    return NULL;
}

const struct compile_request *options_request(struct options *options, const char *path) {
    struct compile_request *request = &options->request;

    request->path = path;
    if (request->reading.boards == NULL)
        request->reading.boards = find_boards(&options->arena);
    return request;
}

void options_free(struct options *options) {
    arena_free(&options->arena);
    *options = (struct options){0};
}
