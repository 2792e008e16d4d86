/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands.h"

#include <getopt.h>
#include <stdio.h>

#include "tool/compile.h"
#include "tool/diagnostics.h"
#include "tool/options.h"
#include "tool/rules.h"

enum { OPTION_LIST_RULES = OPTION_OWN };

static const char check_help[] =
    "usage: bulkhead check [OPTION...] SYSTEM.yaml\n\n"
    "Says whether a description is right. All errors that do not follow from others are printed\n"
    "in one run, as FILE:LINE:COLUMN: error: RULE: what, and what to do.\n\n"
    "  --list-rules       print the rules and what each demands\n" OPTIONS_HELP;

static const char build_help[] =
    "usage: bulkhead build [OPTION...] SYSTEM.yaml\n\n"
    "Checks a description and makes a system image of it, which boots as a Linux kernel image\n"
    "does, and a manifest beside it with the digests of all that went in.\n\n"
    "  -o FILE            the image (default: system.img)\n" OPTIONS_HELP;

/* Parses a subcommand's options; true: go on with *path. Else *code is the exit code. */
static bool parse(struct options *options, int argc, char **argv, const char *help,
                  const char **path, bool *list_rules, int *code) {
    static const struct option long_options[] = {
        OPTIONS_LONG, {"list-rules", no_argument, NULL, OPTION_LIST_RULES}, {0}};
    int option;

    *code = EXIT_CODE_USAGE;
    optind = 1;
    while ((option = getopt_long(argc, argv, OPTIONS_SHORT, long_options, NULL)) != -1) {
        if (option == OPTION_LIST_RULES && list_rules != NULL) {
            *list_rules = true;
        } else if (!options_take(options, option, optarg)) {
            fprintf(stderr, "bulkhead: see bulkhead %s --help\n", argv[0]);
            return false;
        }
    }
    if (options->help) {
        fputs(help, stdout);
        *code = EXIT_CODE_OK;
        return false;
    }
    if (list_rules != NULL && *list_rules)
        return true;
    if (optind + 1 != argc) {
        fprintf(stderr, "bulkhead: %s takes one file; see bulkhead %s --help\n", argv[0], argv[0]);
        return false;
    }
    *path = argv[optind];
    return true;
}

static int list_rules(void) {
    for (int rule = 0; rule < RULE_COUNT; rule++)
        printf("%-22s %s\n", rule_info((enum rule)rule)->name, rule_info((enum rule)rule)->text);
    return EXIT_CODE_OK;
}

int command_check(int argc, char **argv) {
    struct options options = {0};
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};
    const char *path = NULL;
    bool wants_rules = false;
    int code = EXIT_CODE_OK;

    if (parse(&options, argc, argv, check_help, &path, &wants_rules, &code)) {
        if (wants_rules) {
            code = list_rules();
        } else {
            compile(&compiled, path, false, &options, &diagnostics);
            diagnostics_print(&diagnostics, stderr);
            code = (int)diagnostics_exit_code(&diagnostics);
        }
    }
    diagnostics_free(&diagnostics);
    compiled_free(&compiled);
    options_free(&options);
    return code;
}

int command_build(int argc, char **argv) {
    struct options options = {0};
    struct compiled compiled = {0};
    const char *path = NULL;
    int code = EXIT_CODE_OK;

    if (parse(&options, argc, argv, build_help, &path, NULL, &code)) {
        const char *output = options.output != NULL ? options.output : "system.img";

        code = (int)compile_to_file(&compiled, path, output, &options);
    }
    compiled_free(&compiled);
    options_free(&options);
    return code;
}
