/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands.h"

#include <getopt.h>
#include <stdio.h>

#include "tool/compile.h"
#include "tool/diagnostics.h"
#include "tool/options.h"

static const char build_help[] =
    "usage: bulkhead build [OPTION...] SYSTEM.yaml\n\n"
    "Checks a description and makes a system image of it, which boots as a Linux kernel image\n"
    "does, and a manifest beside it with the digests of all that went in.\n\n"
    "  -o FILE            the image (default: system.img)\n" OPTIONS_HELP;

/* Parses a subcommand's options; true: go on with *path. Else *code is the exit code. */
static bool parse(struct options *options, int argc, char **argv, const char *help,
                  const char **path, int *code) {
    static const struct option long_options[] = {OPTIONS_LONG, {0}};
    int option;

    *code = EXIT_CODE_USAGE;
    optind = 1;
    while ((option = getopt_long(argc, argv, OPTIONS_SHORT, long_options, NULL)) != -1) {
        if (!options_take(options, option, optarg)) {
            fprintf(stderr, "bulkhead: see bulkhead %s --help\n", argv[0]);
            return false;
        }
    }
    if (options->help) {
        fputs(help, stdout);
        *code = EXIT_CODE_OK;
        return false;
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "bulkhead: %s takes one file; see bulkhead %s --help\n", argv[0], argv[0]);
        return false;
    }
    *path = argv[optind];
    return true;
}

int command_build(int argc, char **argv) {
    struct options options = {0};
    struct compiled compiled = {0};
    const char *path = NULL;
    int code = EXIT_CODE_OK;

    if (parse(&options, argc, argv, build_help, &path, &code)) {
        const char *output = options.output != NULL ? options.output : "system.img";

        code = (int)compile_to_file(&compiled, path, output, &options);
    }
    compiled_free(&compiled);
    options_free(&options);
    return code;
}
