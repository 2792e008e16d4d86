/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool/base/array.h"

/* Takes NAME=VALUE apart; a later definition of a name replaces an earlier one. */
static bool define(struct options *options, const char *argument) {
    const char *equals = strchr(argument, '=');

    if (equals == NULL || equals == argument) {
        fprintf(stderr, "bulkhead: -D %s: write -D NAME=VALUE\n", argument);
        return false;
    }
    char *name = arena_strdup(&options->arena, argument);
    name[equals - argument] = '\0';
    for (size_t i = 0; i < options->definition_count; i++) {
        if (strcmp(options->definitions[i].name, name) == 0) {
            options->definitions[i].value = equals + 1;
            return true;
        }
    }
    *ARENA_ADD(&options->arena, options->definitions, options->definition_count) =
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
        options->hypervisor = argument;
        return true;
    case OPTION_BOARDS:
        options->boards = argument;
        return true;
    case OPTION_BOARD:
        options->board = argument;
        return true;
    default:
        return false; /* getopt_long() has said what is wrong */
    }
}

const char *options_program_folder(struct options *options) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (length <= 0)
        return ".";
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    return arena_strdup(&options->arena, path);
}

const char *options_hypervisor(struct options *options, const char *arch) {
    if (options->hypervisor != NULL)
        return options->hypervisor;
    return arena_printf(&options->arena, "%s/%s/hypervisor.bin", options_program_folder(options),
                        arch);
}

const char *options_boards(struct options *options) {
    static const char *const places[] = {"boards", "../boards", "../share/bulkhead/boards"};
    const char *folder = options_program_folder(options);

    if (options->boards != NULL)
        return options->boards;
    for (size_t i = 0; i < COUNT(places); i++) {
        const char *place = arena_printf(&options->arena, "%s/%s", folder, places[i]);

        if (access(place, R_OK | X_OK) == 0)
            return place;
    }
    return NULL;
}

void options_free(struct options *options) {
    arena_free(&options->arena);
    *options = (struct options){0};
}
