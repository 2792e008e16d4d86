/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the options that several subcommands share, for use with getopt_long().
 *
 *     static const struct option long_options[] = {
 *         OPTIONS_LONG,
 *         {"gdb", no_argument, NULL, 'g'},
 *         {0},
 *     };
 *     ... getopt_long(argc, argv, OPTIONS_SHORT "g", long_options, NULL) ...
 *     default: if (!options_take(&options, opt, optarg)) return EXIT_CODE_USAGE;
 */
#pragma once

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "tool/base/arena.h"
#include "tool/image/compile.h"

/* A zeroed struct options is ready. */
struct options {
    struct arena arena;
    struct compile_request request; /* -D, --hypervisor, --board, --boards */
    const char *output;             /* -o; NULL: the subcommand's default */
    bool help;                      /* -h, --help: print the usage and stop */
};

#define OPTIONS_SHORT "D:o:h"

enum {
    OPTION_HYPERVISOR = 256,
    OPTION_BOARDS,
    OPTION_BOARD,
    OPTION_OWN /* the first value for a subcommand */
};

/* clang-format off */
#define OPTIONS_LONG                                                                               \
    {"define", required_argument, NULL, 'D'},                                                      \
    {"output", required_argument, NULL, 'o'},                                                      \
    {"help", no_argument, NULL, 'h'},                                                              \
    {"hypervisor", required_argument, NULL, OPTION_HYPERVISOR},                                    \
    {"boards", required_argument, NULL, OPTION_BOARDS},                                            \
    {"board", required_argument, NULL, OPTION_BOARD}
/* clang-format on */

/* Lines for a subcommand's --help. */
#define OPTIONS_HELP                                                                               \
    "  -D NAME=VALUE      in paths, ${NAME} stands for VALUE\n"                                    \
    "  --hypervisor FILE  the hypervisor's binary (default: beside this program)\n"                \
    "  --board NAME       another board than the description's\n"                                  \
    "  --boards DIR       the folder with boards (default: near this program)\n"                   \
    "  -h, --help         print this\n"

/* Takes one option that getopt_long() returned. False, with a message on stderr, if it is none of
 * these or its argument is malformed. */
bool options_take(struct options *options, int option, const char *argument);

/* What to compile: the description at `path`, with boards from --boards, or else from a folder near
 * the executable. */
const struct compile_request *options_request(struct options *options, const char *path);

/* Frees what options_take() and the others have made. */
void options_free(struct options *options);
