/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_check.c - the subcommand check.
 */
#include <stdio.h>

#include "tool/commands/commands.h"
#include "tool/commands/options.h"
#include "tool/image/compile.h"
#include "tool/report/diagnostics.h"
#include "tool/report/diagnostics_json.h"
#include "tool/report/rules.h"

static const char usage[] =
    "usage: bulkhead check [OPTION...] SYSTEM.yaml\n"
    "       bulkhead check --list-rules [--json]\n\n"
    "Says whether a description is right. All errors that do not follow from others are printed\n"
    "in one run, as FILE:LINE:COLUMN: error: RULE: what, and what to do, with the line that is\n"
    "meant below. The exit code is 0 without errors, whatever warnings there are.\n";

static void list_rules(void) {
    for (int i = 0; i < RULE_COUNT; i++) {
        const struct rule_info *rule = rule_info((enum rule)i);

        printf("%-22s %-8s %s\n", rule->name, diagnostics_severity_text(rule->severity),
               rule->text);
    }
}

static int check(struct options *options, const char *path, bool json) {
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};

    compile(&compiled, options_request(options, path), &diagnostics);
    if (json)
        json_print(diagnostics_json(&diagnostics, path), stdout);
    int code = json ? (int)diagnostics_exit_code(&diagnostics) : diagnostics_finish(&diagnostics);
    diagnostics_free(&diagnostics);
    compiled_free(&compiled);
    return code;
}

int command_check(int argc, char **argv) {
    struct options options = {0};
    bool json = false;
    bool rules = false;
    const struct option_row rows[] = {
        {"json", 0, NULL, "print all of it as JSON on stdout", .flag = &json},
        {"list-rules", 0, NULL, "print the rules and what each demands", .flag = &rules},
        OPTIONS_COMPILE(&options),
    };
    int code;

    if (!options_parse(rows, COUNT(rows), usage, "", argc, argv, &code))
        ;
    else if (optind + !rules != argc)
        code = options_refuse("check", rules ? "takes one file, and none with --list-rules"
                                             : "takes one file");
    else if (!rules)
        code = check(&options, argv[optind], json);
    else if (json)
        json_print(diagnostics_json_rules(), stdout);
    else
        list_rules();
    options_free(&options);
    return code;
}
