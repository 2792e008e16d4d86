/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - a subcommand's options in one table, for getopt_long() and for its --help.
 */
#pragma once

#include <getopt.h>

#include "tool/base/arena.h"
#include "tool/image/compile.h"

/* One option, with one of the last three. */
struct option_row {
    const char *name;     /* --name */
    char letter;          /* -n; 0: none */
    const char *argument; /* "FILE", or "[=PORT]" if it may be left out; NULL: it takes none */
    const char *text;     /* its description, for --help */
    const char **into;    /* where its argument goes */
    bool *flag;           /* a flag that it sets */
    bool (*take)(void *context, const char *argument); /* false, with a message: it is wrong */
    void *context;
};

/* A zeroed struct options is ready. */
struct options {
    struct arena arena;
    struct compile_request request; /* -D, --hypervisor, --board, --boards */
    const char *output;             /* -o; NULL: the subcommand's default */
};

#define OPTIONS_OUTPUT(options, text)                                                              \
    { "output", 'o', "FILE", text, .into = &(options)->output }

/* The rows of a subcommand that compiles. */
/* clang-format off */
#define OPTIONS_COMPILE(options)                                                                   \
    {"define", 'D', "NAME=VALUE", "in paths, ${NAME} stands for VALUE",                            \
     .take = options_define, .context = (options)},                                                \
    {"hypervisor", 0, "FILE", "the hypervisor's binary (default: beside this program)",            \
     .into = &(options)->request.hypervisor},                                                      \
    {"board", 0, "NAME", "another board than the description's",                                   \
     .into = &(options)->request.reading.board},                                                   \
    {"boards", 0, "DIR", "the folder with boards (default: near this program)",                    \
     .into = &(options)->request.reading.boards}
/* clang-format on */

/*
 * Takes the options of the subcommand argv[0]. True: go on, with the rest from argv[optind] on.
 * False: *code is the exit code, after --help, which is `usage`, the table and `more`, or after a
 * message. `count` is at most 16.
 */
bool options_parse(const struct option_row *rows, size_t count, const char *usage, const char *more,
                   int argc, char **argv, int *code);

/* Says how a subcommand is used, as in "takes one file"; returns the exit code. */
int options_refuse(const char *subcommand, const char *how);

/* -D NAME=VALUE. A later definition of a name replaces an earlier one. */
bool options_define(void *options, const char *argument);

/* A request to compile the description at `path`, with boards from --boards, or else from a folder
 * near the executable. */
const struct compile_request *options_request(struct options *options, const char *path);

/* Frees all memory of the options. */
void options_free(struct options *options);
