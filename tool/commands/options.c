/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool/base/program.h"
#include "tool/base/text.h"

#define ROWS_MAX 16

/* getopt_long() returns this and n for the n-th row. */
#define FIRST 256

/* "  --board NAME       another board ...", in lines */
static void add_help(struct text *text, const struct option_row *row) {
    const char *argument = row->argument == NULL ? "" : row->argument;
    const char *name = row->letter == 0 ? arena_printf(text->arena, "--%s", row->name)
                                        : arena_printf(text->arena, "-%c", row->letter);
    const char *blank = argument[0] == '\0' || argument[0] == '[' ? "" : " ";
    const char *whole = arena_printf(text->arena, "%s%s%s", name, blank, argument);

    text_wrap(text, arena_printf(text->arena, "  %-17s  ", whole),
              arena_printf(text->arena, "%21s", ""), row->text);
}

static void print_help(const struct option_row *rows, size_t count, const char *usage,
                       const char *more) {
    struct arena arena = {0};
    struct text text = {.arena = &arena};

    for (size_t i = 0; i < count; i++)
        add_help(&text, &rows[i]);
    printf("%s\n%s  -h, --help         print this\n%s", usage, text_get(&text), more);
    arena_free(&arena);
}

static bool take(const struct option_row *row, const char *argument) {
    if (row->into != NULL)
        *row->into = argument;
    if (row->flag != NULL)
        *row->flag = true;
    return row->take == NULL || row->take(row->context, argument);
}

bool options_parse(const struct option_row *rows, size_t count, const char *usage, const char *more,
                   int argc, char **argv, int *code) {
    struct option options[ROWS_MAX + 2] = {{"help", no_argument, NULL, 'h'}};
    char letters[2 * ROWS_MAX + 2] = "h";
    int option;

    for (size_t i = 0; i < count; i++) {
        const char *argument = rows[i].argument;
        int has = argument == NULL     ? no_argument
                  : argument[0] == '[' ? optional_argument
                                       : required_argument;

        options[i + 1] = (struct option){rows[i].name, has, NULL, FIRST + (int)i};
        if (rows[i].letter != 0)
            strcat(letters, (char[]){rows[i].letter, ':', '\0'});
    }
    *code = EXIT_CODE_OK;
    optind = 1;
    while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        size_t row = 0;

        if (option == 'h') {
            print_help(rows, count, usage, more);
            return false;
        }
        while (row < count && option != FIRST + (int)row && option != rows[row].letter)
            row++;
        if (row == count || !take(&rows[row], optarg)) {
            fprintf(stderr, "bulkhead: see bulkhead %s --help\n", argv[0]);
            *code = EXIT_CODE_USAGE;
            return false;
        }
    }
    return true;
}

int options_refuse(const char *subcommand, const char *how) {
    fprintf(stderr, "bulkhead: %s %s; see bulkhead %s --help\n", subcommand, how, subcommand);
    return EXIT_CODE_USAGE;
}

bool options_define(void *context, const char *argument) {
    struct options *options = context;
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
