/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_check.c - the subcommand check.
 */
#include <getopt.h>
#include <stdio.h>

#include "tool/commands/commands.h"
#include "tool/commands/options.h"
#include "tool/image/compile.h"
#include "tool/report/diagnostics.h"
#include "tool/report/diagnostics_json.h"
#include "tool/report/rules.h"

enum { OPTION_LIST_RULES = OPTION_OWN, OPTION_JSON };

static const char help[] =
    "usage: bulkhead check [OPTION...] SYSTEM.yaml\n"
    "       bulkhead check --list-rules [--json]\n\n"
    "Says whether a description is right. All errors that do not follow from others are printed\n"
    "in one run, as FILE:LINE:COLUMN: error: RULE: what, and what to do, with the line that is\n"
    "meant below. The exit code is 0 without errors, whatever warnings there are.\n\n"
    "  --json             print all of it as JSON on stdout\n"
    "  --list-rules       print the rules and what each demands\n" OPTIONS_HELP;

struct arguments {
    struct options options;
    const char *path;
    bool list_rules;
    bool json;
};

/* True: go on. Else *code is the exit code. */
static bool parse(struct arguments *arguments, int argc, char **argv, int *code) {
    static const struct option long_options[] = {
        OPTIONS_LONG,
        {"json", no_argument, NULL, OPTION_JSON},
        {"list-rules", no_argument, NULL, OPTION_LIST_RULES},
        {0},
    };
    int option;

    *code = EXIT_CODE_USAGE;
    optind = 1;
    while ((option = getopt_long(argc, argv, OPTIONS_SHORT, long_options, NULL)) != -1) {
        if (option == OPTION_LIST_RULES) {
            arguments->list_rules = true;
        } else if (option == OPTION_JSON) {
            arguments->json = true;
        } else if (!options_take(&arguments->options, option, optarg)) {
            fprintf(stderr, "bulkhead: see bulkhead check --help\n");
            return false;
        }
    }
    if (arguments->options.help) {
        fputs(help, stdout);
        *code = EXIT_CODE_OK;
        return false;
    }
    if (optind + !arguments->list_rules != argc) {
        fprintf(stderr, "bulkhead: check takes one file%s; see bulkhead check --help\n",
                arguments->list_rules ? ", and none with --list-rules" : "");
        return false;
    }
    arguments->path = argv[optind];
    return true;
}

static void list_rules(void) {
    for (int i = 0; i < RULE_COUNT; i++) {
        const struct rule_info *rule = rule_info((enum rule)i);

        printf("%-22s %-8s %s\n", rule->name, diagnostics_severity_text(rule->severity),
               rule->text);
    }
}

static int check(struct arguments *arguments) {
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};

    compile(&compiled, options_request(&arguments->options, arguments->path), &diagnostics);
    if (arguments->json)
        json_print(diagnostics_json(&diagnostics, arguments->path), stdout);
    else
        diagnostics_print(&diagnostics, stderr);
    int code = (int)diagnostics_exit_code(&diagnostics);
    diagnostics_free(&diagnostics);
    compiled_free(&compiled);
    return code;
}

int command_check(int argc, char **argv) {
    struct arguments arguments = {0};
    int code;

    if (parse(&arguments, argc, argv, &code)) {
        code = EXIT_CODE_OK;
        if (!arguments.list_rules)
            code = check(&arguments);
        else if (arguments.json)
            json_print(diagnostics_json_rules(), stdout);
        else
            list_rules();
    }
    options_free(&arguments.options);
    return code;
}
